"""Writes `site_slots` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.site_slots.spec import SiteSlots
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: SiteSlots, model: ModelWriter) -> None:
    """Adds one row for each site with offers and a known number of slots."""
    data, choose = model.data, model.variables.choose
    default = np.inf if block.default is None else float(block.default)
    frame = data.instance.sites
    slots = np.full(len(frame), default)
    if "slots" in frame:
        slots = frame["slots"].fillna(default).to_numpy(float)
    sites = np.flatnonzero(np.isfinite(slots) & (np.diff(data.at_site.indptr) > 0))
    taken = np.asarray(data.serves.sum(axis=1)).ravel()
    ids = (frame["site_id"].to_numpy(object)[sites],)
    terms = csr_array(data.at_site[sites].multiply(taken[None, :]).tocsr()[:, choose.offer])
    model.add_rows(ids, {"choose": terms}, upper=slots[sites], kind=Kind.PACKING)
