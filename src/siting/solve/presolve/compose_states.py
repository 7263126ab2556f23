"""Takes out states that only pass on what they follow from.

A complete basket asks for covered pairs, and each pair for one offer of some: `z <= x` and
`x <= sum of y` say `z <= sum of y`, as `z` is at most 1 like `x`. Where nothing else asks for `x`,
the sum of the two rows stands for both, and the relaxation is solved several times as quickly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Domain, Program
from siting.solve.presolve.chain import resized, row_by_row
from siting.solve.presolve.merge_states import MergedStates, eager_states, owners
from siting.solve.tree.proof import Lemma

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A program that grows by more than this factor stays as it was.
_MOST_GROWTH = 2.0


@dataclass(frozen=True, eq=False)
class ComposedStates:
    """A program of merged states without those that only pass on.

    Attributes:
        merged: The program before, and the way back from that.
        program: The smaller one.
        columns: Column before of each column, shape (columns,).
        rows: Row before of each row, shape (rows,).
        through: 1 where a row has taken in the row of a state that only passes on, shape
            (rows, rows before).
        passing: The states that are gone, with the row of each.
    """

    merged: MergedStates
    program: Program
    columns: Index
    rows: Index
    through: csr_array
    passing: tuple[Index, Index]

    def invert_values(self, values: Floats) -> Floats:
        """A solution of the smaller program as one of the whole, shape (columns,)."""
        before = self.merged.program
        full = before.lower.copy()
        full[self.columns] = values
        states, rows = self.passing
        allowed = before.row_upper[rows] - before.matrix[rows] @ full
        full[states] = np.clip(allowed, 0.0, 1.0)
        return self.merged.invert_values(full)

    def invert_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the smaller program's rows as those of the whole, bound no worse."""
        full: Floats = multipliers @ self.through
        full[self.rows] += multipliers
        return self.merged.invert_multipliers(full)

    @cached_property
    def first(self) -> Index:
        """Column of the whole that is the first of each column's group, shape (columns,)."""
        kept = np.flatnonzero(self.merged.group >= 0)
        number, first = np.unique(self.merged.group[kept], return_index=True)
        place = np.zeros(self.merged.program.shape[1], dtype=np.int64)
        place[number] = kept[first]
        return np.asarray(place[self.columns])

    def invert_lemma(self, lemma: Lemma) -> Lemma:
        """A lemma as one of the whole; what it says of a group goes to the group's first column.

        That is as good, as proofs merge the group again.
        """
        return replace(
            lemma,
            columns=self.first[lemma.columns],
            column=self.first[lemma.column],
            multipliers=row_by_row(lemma.multipliers, self.invert_multipliers),
        )


def compose_states(merged: MergedStates) -> ComposedStates:
    """Takes the states out that only pass on, unless that makes the program much larger."""
    program = merged.program
    owner = owners(program)
    passing, own = _passing(program, owner)
    if len(passing):
        composed = _without(merged, passing, own)
        if composed.program.matrix.nnz <= _MOST_GROWTH * program.matrix.nnz:
            return composed
    nothing = np.zeros(0, dtype=np.int64)
    return _without(merged, nothing, nothing)


def _passing(program: Program, owner: Index) -> tuple[Index, Index]:
    """States that only pass on, and the row of each."""
    columns, rows = program.shape[1], program.shape[0]
    matrix = program.matrix.tocoo()
    owns = np.bincount(owner[owner >= 0], minlength=columns)
    able = eager_states(program, owner) & (program.objective == 0) & (owns == 1)
    for goal in program.further:
        able &= goal.objective == 0
    own_row = np.full(columns, -1)
    own_row[owner[owner >= 0]] = np.flatnonzero(owner >= 0)
    able &= (own_row >= 0) & (np.append(program.row_upper, 0.0)[own_row] >= 0)
    asks = (owner[matrix.row] != matrix.col) & (matrix.data != 0)
    fine = (matrix.data == -1) & (owner[matrix.row] >= 0) & (program.row_upper[matrix.row] >= 0)
    able[matrix.col[asks & ~fine]] = False
    # What a state passes on is at most 1 wherever it is asked for alone.
    asked_for = asks & able[matrix.col]
    several = np.bincount(matrix.row[asked_for], minlength=rows) > 1
    able[matrix.col[asks & several[matrix.row]]] = False
    # Those that follow from other such states wait for their turn, which does not come.
    follows = asks & able[matrix.col]
    able[np.maximum(owner[matrix.row[follows]], 0)] = False
    states = np.flatnonzero(able & (program.domain == Domain.IMPLIED))
    return states, own_row[states]


def _without(merged: MergedStates, states: Index, own: Index) -> ComposedStates:
    program = merged.program
    columns = np.setdiff1d(np.arange(program.shape[1]), states)
    rows = np.setdiff1d(np.arange(program.shape[0]), own)
    asked = csr_array(program.matrix[rows][:, states])
    through = csr_array(
        (-asked.data, own[asked.indices], asked.indptr), shape=(len(rows), program.shape[0])
    )
    matrix = csr_array((program.matrix[rows] + through @ program.matrix)[:, columns])
    matrix.eliminate_zeros()
    limit = np.where(np.isfinite(program.row_upper), program.row_upper, 0.0)
    smaller = replace(
        program,
        columns=resized(program.columns, columns),
        rows=resized(program.rows, rows),
        objective=program.objective[columns],
        matrix=matrix,
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows] + through @ limit,
        lower=program.lower[columns],
        upper=program.upper[columns],
        domain=program.domain[columns],
        further=tuple(replace(goal, objective=goal.objective[columns]) for goal in program.further),
    )
    return ComposedStates(merged, smaller, columns, rows, through, (states, own))
