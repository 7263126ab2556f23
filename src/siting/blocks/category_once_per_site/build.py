"""Writes `category_once_per_site` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.category_once_per_site.spec import CategoryOncePerSite
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(_block: CategoryOncePerSite, model: ModelWriter) -> None:
    """Adds one row for each site and category with at least two offers."""
    data, choose = model.data, model.variables.choose
    pairs = data.serves.tocoo()
    width = data.serves.shape[1]
    key = data.site[pairs.row] * width + pairs.col
    keys, row, counts = np.unique(key, return_inverse=True, return_counts=True)
    terms = csr_array(
        (np.ones(len(row)), (row, pairs.row)), shape=(len(keys), data.serves.shape[0])
    )
    several = np.flatnonzero(counts > 1)
    ids = (
        data.instance.sites["site_id"].to_numpy(object)[keys[several] // width],
        np.array(data.category_names, dtype=object)[keys[several] % width],
    )
    chosen = csr_array(terms[several][:, choose.offer])
    model.add_rows(ids, {"choose": chosen}, upper=1.0, kind=Kind.PACKING)
