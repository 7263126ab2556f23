"""Writes `excludes` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.excludes.spec import Excludes
from siting.blocks.writer import ModelWriter
from siting.program import Kind

Index = NDArray[np.int64]


def build(block: Excludes, model: ModelWriter) -> None:
    """Adds one row for the offers, and one for each pair at a site that does not go together."""
    data = model.data
    named = np.flatnonzero(np.isin(data.offer_ids, list(block.offer_ids(data.instance))))
    groups = [named] if block.offers else []
    first: list[object] = ["offers"] if block.offers else []
    second: list[object] = ["all"] if block.offers else []
    for one, other in _pairs(block, model):
        groups.append(np.array([one, other]))
        first.append(data.offer_ids[one])
        second.append(data.offer_ids[other])
    ids = (np.array(first, dtype=object), np.array(second, dtype=object))
    model.add_rows(ids, {"choose": sums_of(model, groups)}, upper=1.0, kind=Kind.PACKING)


def _pairs(block: Excludes, model: ModelWriter) -> list[tuple[int, int]]:
    """Two offers at one site that do not go together, the earlier in the file first."""
    data, names = model.data, np.array(model.data.category_names)
    sides = [
        np.asarray(data.serves @ np.isin(names, list(block.ids(data.instance, s))).astype(float))
        for s in (block.category, block.not_with)
    ]
    one, other = (csr_array(data.at_site.multiply((side > 0)[None, :])) for side in sides)
    together = csr_array(one.T @ other).tocoo()
    found = {
        (min(a, b), max(a, b))
        for a, b in zip(together.row.tolist(), together.col.tolist(), strict=True)
        if a != b
    }
    return sorted(found)


def sums_of(model: ModelWriter, groups: list[Index]) -> csr_array:
    """1 at each offer of a group in every year, shape (groups, columns of `choose`)."""
    count, years = len(model.data.offer_ids), len(model.data.years)
    sizes = [len(group) * years for group in groups]
    columns = [group + t * count for group in groups for t in range(years)]
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    indices = np.concatenate(columns or [np.empty(0, np.int64)]).astype(np.int64)
    shape = (len(groups), count * years)
    return csr_array((np.ones(len(indices)), indices, indptr), shape=shape)
