"""A plain model with one column for all that are equal in every plan.

Two demand points with the same offers within reach are covered by the same plans; two that lack the
same categories, each within reach of the same offers, are complete under the same plans. What a
column follows from is read off the rows that link it, in whole numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import ExactVector, narrow
from siting.blocks.plain_family import PlainFamily
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MergedModel:
    """A model and the smaller one that says the same.

    Attributes:
        model: The smaller model; a column stands for a group, and has the id of its first member.
        groups: Column of the smaller model for each column of the larger one, by family.
        rows: Row of the smaller model for each linking row of the larger one, by section.
    """

    model: PlainModel
    groups: Mapping[str, Index]
    rows: Mapping[str, Index]


def merge_equal_columns(model: PlainModel) -> MergedModel:
    """Merges the columns that follow from the same choices in the same way."""
    groups = {
        name: np.arange(len(family))
        for name, family in model.families.items()
        if family.decided or not family.merges
    }
    waiting = [name for name in model.families if name not in groups]
    while waiting:
        ready = [name for name in waiting if _needs(model, name) <= set(groups)]
        for name in ready:
            groups[name] = _groups(model, name, groups)
        waiting = [name for name in waiting if name not in ready]
    links = {rows.name: _merge_links(rows, groups) for rows in model.links}
    families = {name: _merged_family(model.families[name], groups[name]) for name in model.families}
    smaller = replace(
        model,
        families=families,
        rows=tuple(_merge_terms(rows, groups) for rows in model.rows),
        links=tuple(rows for rows, _ in links.values()),
        goals=tuple(_merge_goal(goal, groups) for goal in model.goals),
    )
    return MergedModel(smaller, groups, {name: number for name, (_, number) in links.items()})


def _own_links(model: PlainModel, name: str) -> list[PlainRows]:
    names = {link.name for link in model.families[name].links}
    return [rows for rows in model.links if rows.name in names]


def _needs(model: PlainModel, name: str) -> set[str]:
    return {other for rows in _own_links(model, name) for other in rows.terms} - {name}


def _groups(model: PlainModel, name: str, groups: Mapping[str, Index]) -> Index:
    """Group of each column of a family: those with the same linking rows share one."""
    keys: list[set[bytes]] = [set() for _ in range(len(model.families[name]))]
    for rows in _own_links(model, name):
        owner = rows.terms[name].indices.tolist()
        for column, key in zip(owner, _row_keys(rows, name, groups), strict=True):
            keys[column].add(key)
    return _numbered([frozenset(key) for key in keys])


def _row_keys(rows: PlainRows, name: str, groups: Mapping[str, Index]) -> list[bytes]:
    """What a linking row says of its column, apart from which column that is."""
    parts = [
        _bytes_of_rows(_regrouped(matrix, groups[family]))
        for family, matrix in sorted(rows.terms.items())
        if family != name
    ]
    limits = [str(limit).encode() for limit in rows.upper]
    return [b"|".join(part) for part in zip(limits, *parts, strict=True)]


def _bytes_of_rows(matrix: csr_array) -> list[bytes]:
    indices, data = matrix.indices.astype(np.int64), matrix.data.astype(np.int64)
    ends = matrix.indptr.tolist()
    return [
        indices[start:stop].tobytes() + b":" + data[start:stop].tobytes()
        for start, stop in itertools.pairwise(ends)
    ]


def _numbered(keys: list[frozenset[bytes]]) -> Index:
    """Numbers in the order in which keys first appear."""
    seen: dict[frozenset[bytes], int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def _regrouped(matrix: csr_array, group: Index) -> csr_array:
    """Coefficients of columns added up by group, in order, without zeros."""
    count = int(group.max(initial=-1)) + 1
    parts = (matrix.data.copy(), group[matrix.indices], matrix.indptr.copy())
    moved = csr_array(parts, shape=(matrix.shape[0], count))
    moved.sum_duplicates()
    moved.eliminate_zeros()
    moved.sort_indices()
    return moved


def _merge_terms(rows: PlainRows, groups: Mapping[str, Index]) -> PlainRows:
    terms = {family: _regrouped(matrix, groups[family]) for family, matrix in rows.terms.items()}
    return replace(rows, terms=terms)


def _merge_links(rows: PlainRows, groups: Mapping[str, Index]) -> tuple[PlainRows, Index]:
    """Linking rows of merged columns, each once, and the number of each row among them."""
    merged = _merge_terms(rows, groups)
    keys = [str(limit).encode() for limit in rows.upper]
    for _family, matrix in sorted(merged.terms.items()):
        keys = [one + b"|" + two for one, two in zip(keys, _bytes_of_rows(matrix), strict=True)]
    number = _numbered([frozenset([key]) for key in keys])
    _, first = np.unique(number, return_index=True)
    kept = first.tolist()
    return (
        replace(
            merged,
            ids=tuple(rows.ids[row] for row in kept),
            terms={family: csr_array(matrix[first]) for family, matrix in merged.terms.items()},
            scale=tuple(rows.scale[row] for row in kept),
            lower=tuple(rows.lower[row] for row in kept),
            upper=tuple(rows.upper[row] for row in kept),
        ),
        number,
    )


def _merged_family(family: PlainFamily, group: Index) -> PlainFamily:
    if len(group) == int(group.max(initial=-1)) + 1:
        return family
    _, first = np.unique(group, return_index=True)
    return replace(
        family,
        ids=tuple(part[first] for part in family.ids),
        values=lambda effects: family.values(effects)[first],
    )


def _merge_goal(goal: PlainGoal, groups: Mapping[str, Index]) -> PlainGoal:
    return replace(
        goal,
        terms={name: _grouped_sum(vector, groups[name]) for name, vector in goal.terms.items()},
    )


def _grouped_sum(vector: ExactVector, group: Index) -> ExactVector:
    total = np.zeros(int(group.max(initial=-1)) + 1, dtype=object)
    np.add.at(total, group, vector.numerators.astype(object))
    return ExactVector(narrow(total), vector.denominator)
