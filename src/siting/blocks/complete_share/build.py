"""Writes `complete_share` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.complete_share.spec import CompleteShare
from siting.blocks.exact import exact, exact_vector
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: CompleteShare, model: ModelWriter) -> None:
    """Adds one row a year, or one for each value of `each` and year."""
    instance = model.data.instance
    family = model.variables.complete(block.required(instance))
    known = model.data.years.tolist()
    ids: list[tuple[object, ...]] = []
    rows, least = [], []
    for year in block.years(instance):
        for value in block.values_of_each(instance) or (None,):
            at = known.index(year)
            people = model.data.yearly[at].people(block.group or "all")
            meant = np.where(_inside(block, model, value), people, 0.0)
            ids.append((value, year) if block.each else (year,))
            rows.append(meant[family.resident] * (family.year == year))
            total, now = (exact_vector(p).total() for p in (meant, meant[family.already[at]]))
            least.append(float(exact(block.at_least) * total - now))
    names = tuple(np.array(part, dtype=object) for part in zip(*ids, strict=True))
    terms = {family.name: csr_array(np.array(rows).reshape(len(ids), len(family.resident)))}
    model.add_rows(names, terms, lower=np.array(least), kind=Kind.QUOTA)


def _inside(block: CompleteShare, model: ModelWriter, value: str | None) -> NDArray[np.bool_]:
    """Whether each demand point is meant, shape (residents,)."""
    inside = np.ones(len(model.data.resident_ids), dtype=bool)
    for kind in ("district", "circle"):
        wanted = {value} if block.each == kind else set(getattr(block, kind))
        if wanted:
            inside &= np.array([home in wanted for home in model.data.of_resident(kind)], bool)
    return inside
