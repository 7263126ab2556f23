"""Writes `spacing` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.spacing.spec import Spacing
from siting.blocks.writer import ModelWriter
from siting.coverage.neighbours import near_outlets, near_sites
from siting.coverage.relation import outlets_by_category
from siting.program import Kind


def build(block: Spacing, model: ModelWriter) -> None:
    """Adds a row for each two offers that are too near, and for each too near to an outlet."""
    data, instance = model.data, model.data.instance
    near = near_sites(instance, block.metres, strictly=True)
    ids: list[tuple[object, object, object]] = []
    groups: list[list[int]] = []
    upper: list[float] = []
    for name in block.ids(instance):
        column = data.category_names.index(name)
        offers = data.serves[:, [column]].toarray().ravel() > 0
        here = csr_array(data.at_site.multiply(offers[None, :]))
        pairs = csr_array(here.T @ near @ here).tocoo()
        for one, other in sorted(zip(pairs.row.tolist(), pairs.col.tolist(), strict=True)):
            if one < other:
                ids.append((data.offer_ids[one], data.offer_ids[other], name))
                every = range(0, len(data.years) * len(data.offer_ids), len(data.offer_ids))
                groups.append([offer + before for before in every for offer in (one, other)])
                upper.append(1.0)
        for one, years in _too_near(block, model, name, offers):
            ids.append((data.offer_ids[one], "outlet", name))
            groups.append([one + t * len(data.offer_ids) for t in years])
            upper.append(0.0)
    keys = tuple(np.array([key[k] for key in ids], dtype=object) for k in range(3))
    terms = {"choose": _sums(model, groups)}
    model.add_rows(keys, terms, upper=np.array(upper), kind=Kind.PACKING)


def _too_near(
    block: Spacing, model: ModelWriter, name: str, offers: np.ndarray
) -> list[tuple[int, list[int]]]:
    """Offers too near to an outlet that exists, each with the years in which it is open."""
    data = model.data
    if not block.existing:
        return []
    near = near_outlets(data.instance, block.metres, strictly=True)
    found: dict[int, list[int]] = {}
    for year, here in enumerate(data.yearly):
        taken = np.diff(csr_array(near[:, outlets_by_category(here.instance)[name]]).indptr) > 0
        for one in np.flatnonzero(offers & taken[data.site]).tolist():
            found.setdefault(one, []).append(year)
    return sorted(found.items())


def _sums(model: ModelWriter, groups: list[list[int]]) -> csr_array:
    """1 at each column of a group, shape (groups, columns of `choose`)."""
    columns = [column for group in groups for column in group]
    indptr = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
    shape = (len(groups), len(model.variables.choose.offer))
    indices = np.array(columns, dtype=np.int64)
    return csr_array((np.ones(len(columns)), indices, indptr), shape=shape)
