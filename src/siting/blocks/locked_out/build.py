"""Writes `locked_out` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.locked_out.spec import LockedOut
from siting.blocks.names import category_ids
from siting.blocks.writer import ModelWriter, rows_of_offers
from siting.program import Kind


def build(block: LockedOut, model: ModelWriter) -> None:
    """Adds a row that rules out each offer that is named, or whose site or category is."""
    data, known = model.data, category_ids(model.data.instance)
    named = np.isin(data.category_names, [known[name] for name in block.categories])
    out = np.isin(data.offer_ids, list(block.offer_ids(data.instance))) | (
        data.serves @ named.astype(float) > 0
    )
    sites = list(block.site_ids(data.instance))
    out |= np.isin(data.instance.offers["site_id"].to_numpy(object), sites)
    ids, terms = rows_of_offers(model, np.flatnonzero(out))
    model.add_rows(ids, terms, upper=0.0, kind=Kind.PACKING)
