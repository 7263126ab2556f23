"""Writes `earliest` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.earliest.spec import Earliest
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(_block: Earliest, model: ModelWriter) -> None:
    """Adds a row for each offer that some planned year is too early for."""
    data, choose = model.data, model.variables.choose
    frame, count = data.instance.offers, len(data.offer_ids)
    first = frame["earliest"].to_numpy(float) if "earliest" in frame else np.full(count, np.nan)
    early = np.flatnonzero(choose.year < first[choose.offer])
    offers, row = np.unique(choose.offer[early], return_inverse=True)
    shape = (len(offers), len(choose.offer))
    terms = csr_array((np.ones(len(early)), (row.ravel(), early)), shape=shape)
    model.add_rows((data.offer_ids[offers],), {choose.name: terms}, upper=0.0, kind=Kind.PACKING)
