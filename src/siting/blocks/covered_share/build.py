"""Writes `covered_share` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.blocks.covered_share.spec import CoveredShare
from siting.blocks.exact import exact, exact_vector
from siting.blocks.writer import ModelWriter
from siting.program import Kind

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def build(block: CoveredShare, model: ModelWriter) -> None:
    """Adds one row a year, or one for each value of `each` and year."""
    data, covered = model.data, model.variables.covered
    instance = data.instance
    people, known = _people(block, model), data.years.tolist()
    values: list[str | None] = [*block.values_of_each(instance)] or [None]
    ids, rows, least = [], [], []
    for year in block.years(instance):
        for value in values:
            at = known.index(year)
            meant = np.where(_inside(block, model, value), people[at], 0.0)
            weights = meant[covered.resident, covered.category] * (covered.year == year)
            ids.append((value, year) if block.each else (year,))
            rows.append(csr_array(weights[None, :]))
            least.append(_least(block, meant, covered.already[at]))
    names = tuple(np.array(part, dtype=object) for part in zip(*ids, strict=True))
    stacked = vstack(rows, format="csr")
    model.add_rows(
        names, {covered.name: csr_array(stacked)}, lower=np.array(least), kind=Kind.QUOTA
    )


def _least(block: CoveredShare, meant: Floats, served: Flags) -> float:
    """People who must be newly covered; worked out exactly, as 0.07 x 100 is above 7 in floats."""
    total, already = (exact_vector(part).total() for part in (meant.ravel(), meant[served]))
    return float(exact(block.at_least) * total - already)


def _people(block: CoveredShare, model: ModelWriter) -> Floats:
    """People who count, shape (years, residents, categories)."""
    frame = model.data.instance.categories
    groups = [block.group or str(group) for group in frame["group"]]
    wanted = frame["category"].isin(block.categories(model.data.instance)).to_numpy()
    return model.data.people_of(groups) * wanted


def _inside(block: CoveredShare, model: ModelWriter, value: str | None) -> Flags:
    """Whether each (point, category) is meant, shape (residents, categories)."""
    data = model.data
    inside = np.ones(len(data.resident_ids), dtype=bool)
    for kind in ("district", "circle"):
        wanted = {value} if block.each == kind else set(getattr(block, kind))
        if wanted:
            inside &= np.array([home in wanted for home in data.of_resident(kind)], dtype=bool)
    names = np.array(data.category_names, dtype=object)
    columns = names == value if block.each == "category" else np.ones(len(names), dtype=bool)
    return np.asarray(inside[:, None] & columns[None, :])
