"""From whole decisions to a full solution: what the other columns are best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from siting.program.program import Domain, Program, Section
from siting.solve.feasibility import RowCheck, is_feasible

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]
# Solves a linear program: its values, or None.
SolveLinear = Callable[[Program], Floats | None]

# A chain of columns that follow from each other is not longer, or is no chain.
_MOST_LEVELS = 50


@dataclass(frozen=True)
class _Level:
    """Columns that can be filled once those of earlier levels are.

    Attributes:
        columns: Which they are.

        at: Position of the entry's column among `columns`.
        weights: Coefficient of the column there, above 0.
        others: The same rows without these columns.
        limits: Upper limit of each.
    """

    columns: Index
    at: Index
    weights: Floats
    others: csr_array
    limits: Floats


class Completion:
    """Gives the columns that are not whole their best values for given decisions.

    A column that earns, and that its rows limit from above by columns that are filled before it, is
    filled to the most that they allow. Where every such column is like that, no other values are
    better. Where one is not, say because demand shares a capacity, a linear program decides.

    Args:
        program: Whose columns.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._check = RowCheck(program)
        self._whole = program.domain == Domain.INTEGER
        self._upper_rows, self._upper_limits = _as_upper_rows(program)
        level, self.is_exact = _levels(program, self._upper_rows, ~self._whole)
        self._levels = [
            self._prepare(level == number) for number in range(int(level.max(initial=-1)) + 1)
        ]

    def _prepare(self, members: Flags) -> _Level:
        columns = np.flatnonzero(members)
        rows = self._upper_rows
        own = csc_array(rows[:, columns]).tocoo()
        limiting = own.data > 0
        row, at, weights = own.row[limiting], own.col[limiting], own.data[limiting]
        others = csr_array(rows[row])
        others.data = np.where(members[others.indices], 0.0, others.data)
        others.eliminate_zeros()
        limits = self._upper_limits[row]
        return _Level(columns, at.astype(np.int64), weights, others, limits)

    def fill(self, values: Floats) -> Floats:
        """Rounds the whole columns and fills every other one, level by level.

        Args:
            values: Shape (columns,); only whole columns are read.
        """
        program = self._program
        full = np.where(self._whole, np.round(values), program.lower)
        full = np.clip(full, program.lower, program.upper)
        for level in self._levels:
            most = program.upper[level.columns].copy()
            np.minimum.at(most, level.at, (level.limits - level.others @ full) / level.weights)
            full[level.columns] = np.maximum(most, program.lower[level.columns])
        return full

    def complete(
        self, values: Floats, solve_linear: SolveLinear, above: float = -np.inf
    ) -> Floats | None:
        """The best solution with these decisions that can be found, or None where none holds.

        Args:
            values: Shape (columns,). The columns that are not whole are read where they already
                make a solution that no rule says how to better.
            solve_linear: Asked only where filling does not settle it.
            above: A solution must be worth more than this.
        """
        filled = self.fill(values)
        if self.is_exact:
            is_better = self._program.value(filled) > above
            return filled if is_better and self._holds(filled) else None
        given = np.where(self._whole, filled, values)
        held = [v for v in (given, filled) if self._holds(v)]
        if not held and self._keeps_whole_rows(filled):
            held = self._solve_rest(filled, solve_linear)
        best = max(held, key=self._program.value, default=None)
        return None if best is None or self._program.value(best) <= above else best

    def _holds(self, values: Floats) -> bool:
        return is_feasible(self._program, values, self._check)

    def _keeps_whole_rows(self, values: Floats) -> bool:
        """Whether the rows of whole columns alone hold."""
        broken = self._program.matrix[self._check.broken(values)]
        mixed = abs(broken) @ (~self._whole).astype(float) > 0
        return bool(mixed.all())

    def _solve_rest(self, values: Floats, solve_linear: SolveLinear) -> list[Floats]:
        found = solve_linear(with_decided(self._program, np.flatnonzero(self._whole), values))
        if found is None:
            return []
        full = values.copy()
        full[~self._whole] = np.clip(
            found, self._program.lower[~self._whole], self._program.upper[~self._whole]
        )
        return [full] if self._holds(full) else []


def extend(program: Program, values: Floats) -> Floats:
    """Rounds the whole columns and gives each implied column the most that its rows allow.

    Continuous columns are kept as they are.

    Args:
        program: The program.
        values: Shape (columns,).
    """
    full = Completion(program).fill(values)
    continuous = program.domain == Domain.CONTINUOUS
    full[continuous] = values[continuous]
    return full


def with_decided(program: Program, columns: Index, values: Floats) -> Program:
    """A program of the other columns alone, with some decided; rows without others are left out.

    Args:
        program: The program.
        columns: What is decided.
        values: Shape (columns,); read where decided.
    """
    decided = np.zeros(program.shape[1], dtype=bool)
    decided[columns] = True
    rest = np.flatnonzero(~decided)
    matrix = csr_array(program.matrix[:, rest])
    rows = np.flatnonzero(np.diff(matrix.indptr))
    fixed = np.where(decided, values, 0.0)
    used = (program.matrix @ fixed)[rows]
    return replace(
        program,
        columns=(Section("column", 0, len(rest), ()),),
        rows=(Section("row", 0, len(rows), ()),),
        objective=program.objective[rest],
        offset=program.value(fixed),
        matrix=csr_array(matrix[rows]),
        row_lower=program.row_lower[rows] - used,
        row_upper=program.row_upper[rows] - used,
        lower=program.lower[rest],
        upper=program.upper[rest],
        domain=program.domain[rest],
        further=(),
    )


def _as_upper_rows(program: Program) -> tuple[csr_array, Floats]:
    """All limits as upper ones: rows with one, and those with a lower one negated."""
    high = np.flatnonzero(np.isfinite(program.row_upper))
    low = np.flatnonzero(np.isfinite(program.row_lower))
    rows = csr_array(vstack([program.matrix[high], -program.matrix[low]], format="csr"))
    return rows, np.concatenate([program.row_upper[high], -program.row_lower[low]])


def _levels(program: Program, rows: csr_array, filled: Flags) -> tuple[Index, bool]:
    """The level of each column that is to be filled, -1 for the others, and if that is best.

    It is where each of them earns or is worth nothing, no two of them compete in a row, and each
    follows from columns of earlier levels.
    """
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    mine = filled[rows.indices]
    limited = mine & (rows.data > 0)
    helping = mine & (rows.data < 0)
    alone = np.bincount(row[limited], minlength=rows.shape[0]) <= 1
    is_exact = bool(alone.all() and np.all(program.objective[filled] >= 0))
    level = np.where(filled, 0, -1)
    for _ in range(_MOST_LEVELS):
        before = np.full(rows.shape[0], -1)
        np.maximum.at(before, row[helping], level[rows.indices[helping]])
        after = level.copy()
        np.maximum.at(after, rows.indices[limited], before[row[limited]] + 1)
        if np.array_equal(after, level):
            return level, is_exact
        level = after
    return np.where(filled, 0, -1), False
