"""Writes `locked_in` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.locked_in.spec import LockedIn
from siting.blocks.writer import ModelWriter, rows_of_offers
from siting.program import Kind


def build(block: LockedIn, model: ModelWriter) -> None:
    """Adds a row that demands each of the offers."""
    offers = np.flatnonzero(
        np.isin(model.data.offer_ids, list(block.offer_ids(model.data.instance)))
    )
    ids, terms = rows_of_offers(model, offers)
    model.add_rows(ids, terms, lower=1.0, kind=Kind.QUOTA)
