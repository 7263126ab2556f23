"""Merges state columns that follow from the same columns in the same way.

Demand points with the same offers within reach are covered by the same choices; residents who lack
the same categories, each within reach of the same offers, are complete under the same choices. Two
such columns may take the same value in some best solution wherever a larger value never hurts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Domain, Program, Section

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class MergedStates:
    """A program with one column for each group of equal states.

    Attributes:
        whole: The program as it was.
        program: The smaller one.
        group: Column of the smaller program for each column, -1 where it is left out at 0,
            shape (columns,).
        row: Row of the smaller program for each row, -1 where it is left out, shape (rows,).
        owner: The state that each row says something of, -1 where it is none, shape (rows,).
    """

    whole: Program
    program: Program
    group: Index
    row: Index
    owner: Index

    def invert_values(self, values: Floats) -> Floats:
        """A solution of the smaller program as one of the whole, shape (columns,)."""
        return np.where(self.group >= 0, values[np.maximum(self.group, 0)], self.whole.lower)

    def invert_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the smaller program's rows as those of the whole, bound no worse.

        What a merged row charges its column is shared among the members by what each of them earns
        from the objective and from rows of later columns.
        """
        full = np.where(
            (self.row >= 0) & (self.owner < 0), multipliers[np.maximum(self.row, 0)], 0.0
        )
        columns = csr_array(self.whole.matrix.T)
        for section in reversed(self.whole.columns):
            mine = np.flatnonzero(
                (self.owner >= section.start) & (self.owner < section.stop) & (self.row >= 0)
            )
            if len(mine) == 0:
                continue
            part = section.slice
            earned = np.maximum(self.whole.objective[part] - columns[part] @ full, 0.0)
            share = _shares(earned, self.group[part])
            full[mine] = multipliers[self.row[mine]] * share[self.owner[mine] - section.start]
        return full


def _shares(earned: Floats, group: Index) -> Floats:
    """Share of each column in what its group earns; equal shares where none earns anything."""
    known = np.maximum(group, 0)
    total = np.bincount(known, earned * (group >= 0), minlength=int(known.max(initial=0)) + 1)
    count = np.bincount(known[group >= 0], minlength=len(total))
    equal = 1.0 / np.maximum(1, count[known])
    return np.where(total[known] > 0, earned / np.where(total > 0, total, 1.0)[known], equal)


class MergeStates:
    """Merges equal states, and leaves out those that nothing asks for."""

    def accepts(self, program: Program) -> bool:
        """Whether there are states."""
        return bool(np.any(program.domain == Domain.IMPLIED))

    def apply(self, program: Program) -> MergedStates:
        """Merges what can be merged."""
        owner = owners(program)
        eager = eager_states(program, owner)
        wanted = _wanted(program, owner)
        group = np.arange(program.shape[1])
        words = np.random.default_rng(0).integers(0, 2**63, program.shape[1], dtype=np.uint64)
        for section in program.columns:
            if np.any(program.domain[section.slice] == Domain.IMPLIED):
                _merge_section(program, section, owner, eager, (group, words))
        return _smaller(program, owner, group, wanted)


def owners(program: Program) -> Index:
    """The state that each row limits from above by columns before it, or -1, shape (rows,)."""
    matrix = program.matrix.tocoo()
    section = np.repeat(
        np.arange(len(program.columns)), [s.stop - s.start for s in program.columns]
    )
    last = np.full(program.shape[0], -1)
    np.maximum.at(last, matrix.row, section[matrix.col])
    is_last = section[matrix.col] == last[matrix.row]
    count = np.bincount(matrix.row[is_last], minlength=program.shape[0])
    owner = np.full(program.shape[0], -1)
    owner[matrix.row[is_last]] = matrix.col[is_last]
    unit = np.bincount(matrix.row, is_last & (matrix.data == 1), minlength=program.shape[0]) == 1
    falling = np.bincount(matrix.row, ~is_last & (matrix.data > 0), minlength=program.shape[0]) == 0
    only_upper = np.isfinite(program.row_upper) & ~np.isfinite(program.row_lower)
    fits = (count == 1) & unit & falling & only_upper
    fits &= program.domain[np.maximum(owner, 0)] == Domain.IMPLIED
    return np.where(fits, owner, -1)


def _section_of(program: Program) -> Index:
    """Number of each column's section, shape (columns,)."""
    sizes = [section.stop - section.start for section in program.columns]
    return np.repeat(np.arange(len(sizes)), sizes)


def eager_states(program: Program, owner: Index) -> Flags:
    """States of which more never hurts: in the objective and in every row but their own."""
    matrix = program.matrix.tocoo()
    other = owner[matrix.row] != matrix.col
    harms = (matrix.data > 0) & np.isfinite(program.row_upper[matrix.row])
    harms |= (matrix.data < 0) & np.isfinite(program.row_lower[matrix.row])
    harmed = np.zeros(program.shape[1], dtype=bool)
    harmed[matrix.col[other & harms]] = True
    ready = (program.domain == Domain.IMPLIED) & (program.objective >= 0) & ~harmed
    for goal in program.further:
        ready &= goal.objective >= 0
    return np.asarray(ready & (program.lower == 0) & (program.upper == 1))


def _wanted(program: Program, owner: Index) -> Flags:
    """Columns that something asks for: a goal, or a row that is not their own."""
    matrix = program.matrix.tocoo()
    wanted = (program.objective != 0) | (program.domain != Domain.IMPLIED)
    for goal in program.further:
        wanted |= goal.objective != 0
    wanted |= (program.lower != 0) | (program.upper != 1)
    other = owner[matrix.row] != matrix.col
    # From the last section to the first: what an unwanted state rests on is not asked for by it.
    section = np.repeat(
        np.arange(len(program.columns)), [s.stop - s.start for s in program.columns]
    )
    for number in range(len(program.columns) - 1, -1, -1):
        mine = other & (section[matrix.col] == number)
        asked = (owner[matrix.row[mine]] < 0) | wanted[np.maximum(owner[matrix.row[mine]], 0)]
        wanted[matrix.col[mine][asked]] = True
    return np.asarray(wanted)


def _merge_section(
    program: Program,
    section: Section,
    owner: Index,
    eager: Flags,
    found: tuple[Index, NDArray[np.uint64]],
) -> None:
    """Numbers the states of one section by what their rows say; equal ones share a number."""
    group, words = found
    rows = np.flatnonzero((owner >= section.start) & (owner < section.stop))
    part = program.matrix[rows].tocoo()
    rest = part.col != owner[rows][part.row]
    # A row's key adds up a random word for each column that stands for its group.
    scaled = (part.data[rest] * 1024).astype(np.int64).astype(np.uint64)
    key = np.zeros(len(rows), dtype=np.uint64)
    with np.errstate(over="ignore"):
        np.add.at(key, part.row[rest], words[group[part.col[rest]]] * scaled)
        key ^= (program.row_upper[rows] * 1024).astype(np.int64).astype(np.uint64) << np.uint64(7)
        total = np.zeros(section.stop - section.start, dtype=np.uint64)
        np.add.at(total, owner[rows] - section.start, _mixed(key))
    count = np.bincount(owner[rows] - section.start, minlength=len(total))
    columns = np.arange(section.start, section.stop)
    can = eager[columns] & (count > 0)
    _, first, number = np.unique(
        np.stack([total[can], count[can].astype(np.uint64)], axis=1),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    group[columns[can]] = columns[can][first][number.ravel()]
    words[columns] = words[group[columns]]


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keys mixed, so that sums of them tell sets of rows apart (Steele et al. 2014)."""
    mixed = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _smaller(program: Program, owner: Index, first: Index, wanted: Flags) -> MergedStates:
    """Builds the smaller program: one column a group, and the rows of its first member."""
    first = np.where(_any_in_group(wanted, first), first, -1)
    kept = np.flatnonzero(first == np.arange(len(first)))
    number = np.full(len(first) + 1, -1)
    number[kept] = np.arange(len(kept))
    group = number[first]
    follows = owner >= 0
    stays = ~follows | (first[np.maximum(owner, 0)] == owner)
    rows = np.flatnonzero(stays)
    matrix = program.matrix[rows].tocoo()
    at = group[matrix.col]
    inside = at >= 0
    small = csr_array(
        (matrix.data[inside], (matrix.row[inside], at[inside])), shape=(len(rows), len(kept))
    )
    small.sum_duplicates()
    row = np.full(program.shape[0], -1)
    row[rows] = np.arange(len(rows))
    row = _rows_of_members(program, owner, first, row)

    def add(weights: Floats) -> Floats:
        inside = group >= 0
        return np.bincount(group[inside], weights[inside], len(kept)).astype(float)

    reduced = replace(
        program,
        columns=tuple(_resized(program.columns, kept)),
        rows=tuple(_resized(program.rows, rows)),
        objective=add(program.objective),
        matrix=small,
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        lower=program.lower[kept],
        upper=program.upper[kept],
        domain=program.domain[kept],
        further=tuple(replace(goal, objective=add(goal.objective)) for goal in program.further),
    )
    return MergedStates(program, reduced, group, row, owner)


def _any_in_group(wanted: Flags, first: Index) -> Flags:
    count = np.bincount(first, wanted, minlength=len(first))
    return np.asarray(count[first] > 0)


def _rows_of_members(program: Program, owner: Index, first: Index, row: Index) -> Index:
    """The kept row that each left-out row of a merged state is equal to, in the order of rows."""
    found = row.copy()
    mine = np.flatnonzero(owner >= 0)
    order = mine[np.lexsort((_row_words(program, first)[mine], owner[mine]))]
    start = np.searchsorted(owner[order], np.arange(program.shape[1]))
    rank = np.arange(len(order)) - start[owner[order]]
    leader = first[owner[order]]
    at = start[np.maximum(leader, 0)] + rank
    moved = leader >= 0
    found[order[moved]] = row[order[at[moved]]]
    found[order[~moved]] = -1
    return found


def _row_words(program: Program, first: Index) -> NDArray[np.uint64]:
    """A word for each row, equal for rows that say the same of members of one group."""
    words = np.random.default_rng(1).integers(0, 2**63, program.shape[1], dtype=np.uint64)
    part = program.matrix.tocoo()
    total = np.zeros(program.shape[0], dtype=np.uint64)
    known = first[part.col] >= 0
    # The owner's own word would tell members apart; it is the same for all of a group.
    with np.errstate(over="ignore"):
        np.add.at(total, part.row[known], words[first[part.col[known]]])
    return total


def _resized(sections: tuple[Section, ...], kept: Index) -> list[Section]:
    """The sections of what is left."""
    sizes, start = [], 0
    for section in sections:
        inside = kept[(kept >= section.start) & (kept < section.stop)] - section.start
        ids = tuple(part[inside] for part in section.ids)
        sizes.append(replace(section, start=start, stop=start + len(inside), ids=ids))
        start += len(inside)
    return sizes
