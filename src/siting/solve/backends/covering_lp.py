"""The relaxation of a covering program, with only those covering rows that are in question.

At an optimum most demand is either covered for certain, so that its row binds nothing, or covered
by nothing certain, so that it counts by the fractions of what reaches it. Both need no row: the
first counts in full, the second adds its weight to every column that reaches it. Rows that this
gets wrong are added as they are met (delayed generation of rows: Dantzig, Fulkerson and Johnson
1954, doi 10.1287/opre.2.4.393). Whatever is missing, the multipliers prove a bound of the whole
program.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, hstack

from siting.program import Domain, Program
from siting.solve.backends.contract import Relaxation
from siting.solve.backends.glop import Basis, Glop, GlopAnswer, LinearProgram
from siting.solve.cuts.odd_cycles import append_rows

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BASIC, _AT_LOWER = 5, 2


@dataclass(frozen=True)
class CoveringRows:
    """The part of a program that is `state <= min(cap, constant + cover @ decisions)`.

    Attributes:
        decisions: All other columns, shape (decisions,).
        states: Columns with a positive objective that stand in one row alone, shape (states,).
        rows: The row of each, shape (states,).
        others: All other rows, shape (others,).
        cover: Shape (states, decisions), nothing below 0.
        constant: Shape (states,), at least 0.
        cap: Upper bound of each state, shape (states,).
        scale: What the multiplier of `state - cover @ decisions <= constant` is times for the
            program's own row, shape (states,).
    """

    decisions: Index
    states: Index
    rows: Index
    others: Index
    cover: csr_array
    constant: Floats
    cap: Floats
    scale: Floats


def covering_rows(program: Program) -> CoveringRows:
    """Finds the states of a program that follow from its other columns, each by one row."""
    states, rows, own = _states_alone(program)
    entries = csr_array(program.matrix[rows])
    limit = np.where(own > 0, program.row_upper[rows], program.row_lower[rows])
    free = np.where(own > 0, program.row_lower[rows], -program.row_upper[rows])
    others = np.setdiff1d(np.arange(program.shape[1]), states)
    cover = csr_array(diags_array(-1.0 / own) @ entries[:, others])
    negative = (cover < 0).sum(axis=1) > 0
    reached = (abs(cover) @ (program.lower[others] < 0)) > 0
    good = ~negative & ~reached & np.isneginf(free) & (limit / own >= 0) & np.isfinite(limit)
    states, rows, own, limit = states[good], rows[good], own[good], limit[good]
    decisions = np.setdiff1d(np.arange(program.shape[1]), states)
    cover = csr_array(diags_array(-1.0 / own) @ program.matrix[rows][:, decisions])
    return CoveringRows(
        decisions=decisions,
        states=states,
        rows=rows,
        others=np.setdiff1d(np.arange(program.shape[0]), rows),
        cover=cover,
        constant=limit / own,
        cap=program.upper[states],
        scale=1.0 / own,
    )


def _states_alone(program: Program) -> tuple[Index, Index, Floats]:
    """Columns that may be states, the row and the entry of each; one such column a row."""
    columns = program.matrix.tocsc()
    columns.eliminate_zeros()
    alone = (
        (np.diff(columns.indptr) == 1)
        & (program.domain != Domain.INTEGER)
        & (program.objective > 0)
        & (program.lower == 0)
    )
    states = np.flatnonzero(alone)
    entries = columns.indptr[states]
    rows = columns.indices[entries].astype(np.int64)
    only = np.bincount(rows, minlength=program.shape[0])[rows] == 1
    return states[only], rows[only], columns.data[entries[only]]


@dataclass(frozen=True)
class RelaxedSolution:
    """What a relaxation says.

    Attributes:
        values: Shape (columns,); empty where there is no solution, or it was cut off.
        multipliers: Of the rows, shape (rows,); a ray where there is no solution.
        is_infeasible: Whether there is no solution.
        is_cut_off: Whether it stopped since no solution is as good as the limit.
    """

    values: Floats
    multipliers: Floats
    is_infeasible: bool = False
    is_cut_off: bool = False


@dataclass(frozen=True)
class RowParameters:
    """When rows are added.

    Attributes:
        sure: A price this share of the weight away from 0 and from the weight puts a row in
            question.
        broken: A row is broken by more than this.
        enough: Rows are added until what is counted too much is this share of the objective.
        rounds: At most so often in a solve.
    """

    sure: float = 1e-3
    broken: float = 1e-7
    enough: float = 1e-9
    rounds: int = 50


class CoveringLP:
    """A relaxation whose column bounds change from node to node, with rows as they are needed.

    Args:
        program: The program; wholeness is ignored.
        multipliers: Of its rows, near the best: they say which rows are in question. All of them
            are if None.
        parameters: Constants.
    """

    def __init__(
        self,
        program: Program,
        multipliers: Floats | None = None,
        parameters: RowParameters | None = None,
    ) -> None:
        self._program, self._rows = program, covering_rows(program)
        self._parameters = parameters or RowParameters()
        self._weights = program.objective[self._rows.states]
        price = np.full(len(self._weights), 0.5)
        if multipliers is not None:
            price = multipliers[self._rows.rows] / self._rows.scale / self._weights
        # Of a state that is not in question: whether it counts by fractions, or in full.
        self._by_fractions = price > 0.5
        self._is_asked = np.abs(price - 0.5) < 0.5 - self._parameters.sure
        self._asked = np.flatnonzero(self._is_asked)
        full, part = self._rows.cap, self._rows.constant
        # What the master does not count: states that count in full, and constants.
        self._always = float(self._weights @ np.where(self._by_fractions, part, full))
        self._always += program.offset
        self._most = self._rows.cover @ program.upper[self._rows.decisions]
        self._scale = _row_scale(program.matrix[self._rows.others])
        self._glop = Glop(self._master().with_more(self._question(self._asked, 0)))
        self._lower = program.lower[self._rows.decisions].copy()
        self._upper = program.upper[self._rows.decisions].copy()
        self._place = np.full(program.shape[1], -1)
        self._place[self._rows.decisions] = np.arange(len(self._rows.decisions))
        self._moved: Index = np.zeros(0, dtype=np.int64)

    def solve(
        self, fixed: Mapping[int, float], seconds: float, limit: float = -np.inf
    ) -> RelaxedSolution | None:
        """Solves it with some columns fixed; None where it failed or the time was too short.

        Args:
            fixed: Values of some columns.
            seconds: At most so long.
            limit: It may stop, without values, once no solution can be as good as this.
        """
        end = time.monotonic() + seconds
        self._move_bounds(fixed)
        limit -= self._always
        found = self._glop.solve(seconds, limit)
        for _ in range(self._parameters.rounds):
            broken = self._broken(found)
            if found is None or len(broken) == 0:
                break
            self._ask(broken, found)
            found = self._glop.solve(end - time.monotonic(), limit)
        return None if found is None else self._solution(found)

    def narrow(self, lower: Floats, upper: Floats) -> None:
        """Takes narrower column bounds for good, each of shape (columns,)."""
        mine = self._rows.decisions
        changed = (lower[mine] != self._lower) | (upper[mine] != self._upper)
        self._lower, self._upper = lower[mine].copy(), upper[mine].copy()
        self._moved = np.union1d(self._moved, np.flatnonzero(changed))

    def ray(self, fixed: Mapping[int, float], seconds: float) -> Floats | None:
        """Multipliers that show that nothing keeps all rows, from an elastic relaxation.

        Every row may be broken at a price of 1: the multipliers of the cheapest way are a ray.
        """
        lower, upper = self._program.lower.copy(), self._program.upper.copy()
        mine = self._rows.decisions
        lower[mine], upper[mine] = self._lower, self._upper
        columns = list(fixed)
        lower[columns] = upper[columns] = list(fixed.values())
        program = replace(self._program, lower=lower, upper=upper)
        scale = _row_scale(program.matrix)
        found = Glop(_elastic(program, scale)).solve(seconds)
        return None if found is None or found.is_infeasible else found.multipliers * scale

    def _move_bounds(self, fixed: Mapping[int, float]) -> None:
        columns = self._place[np.array(list(fixed), dtype=np.int64)]
        lower, upper = self._lower.copy(), self._upper.copy()
        lower[columns] = upper[columns] = np.array(list(fixed.values()))
        moved = np.union1d(self._moved, columns).astype(np.int64)
        self._glop.set_bounds(moved, lower[moved], upper[moved])
        self._moved = columns

    def _master(self) -> LinearProgram:
        """Decisions and the other rows; states add what they count by fractions."""
        rows, program = self._rows, self._program
        counted = np.where(self._by_fractions, self._weights, 0.0)
        return LinearProgram(
            objective=program.objective[rows.decisions] + rows.cover.T @ counted,
            matrix=csr_array(
                diags_array(self._scale) @ program.matrix[rows.others][:, rows.decisions]
            ),
            row_lower=program.row_lower[rows.others] * self._scale,
            row_upper=program.row_upper[rows.others] * self._scale,
            lower=program.lower[rows.decisions].copy(),
            upper=program.upper[rows.decisions].copy(),
        )

    def _question(self, states: Index, before: int) -> LinearProgram:
        """Rows of states: what is counted too much is taken off again, a column each."""
        rows, size = self._rows, len(states)
        full = ~self._by_fractions[states]
        room = rows.cap[states] - rows.constant[states]
        off = diags_array(np.where(full, 1.0, -1.0)).tocsr()
        gap = csr_array((size, before))
        return LinearProgram(
            objective=-self._weights[states],
            matrix=csr_array(hstack([rows.cover[states], gap, off], format="csr")),
            row_lower=np.where(full, room, -np.inf),
            row_upper=np.where(full, np.inf, room),
            lower=np.zeros(size),
            upper=np.maximum(0.0, np.where(full, room, self._most[states] - room)),
        )

    def _broken(self, found: GlopAnswer | None) -> Index:
        """States that a solution counts too much, and that are not in question yet."""
        if found is None or found.is_infeasible or found.is_cut_off:
            return np.zeros(0, dtype=np.int64)
        reach = self._reach(found.values)
        over = np.where(self._by_fractions, reach - self._rows.cap, self._rows.cap - reach)
        over[self._is_asked] = 0.0
        lost = self._weights * np.maximum(over, 0.0)
        if lost.sum() <= self._parameters.enough * np.abs(self._program.objective).sum():
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(over > self._parameters.broken)

    def _reach(self, values: Floats) -> Floats:
        chosen = values[: len(self._rows.decisions)]
        reach: Floats = self._rows.constant + self._rows.cover @ chosen
        return reach

    def _ask(self, states: Index, found: GlopAnswer) -> None:
        """Puts states in question: what is over is basic in its row until the next solve."""
        basis = None
        if found.basis is not None:
            new = np.ones(len(states), dtype=np.int8)
            basis = Basis(
                np.concatenate([found.basis.columns, _AT_LOWER * new]),
                np.concatenate([found.basis.rows, _BASIC * new]),
            )
        self._glop.extend(self._question(states, len(self._asked)), basis)
        self._asked = np.concatenate([self._asked, states])
        self._is_asked[states] = True

    def _solution(self, found: GlopAnswer) -> RelaxedSolution:
        rows = self._rows
        price = np.zeros(len(rows.states))
        price[self._asked] -= found.multipliers[len(rows.others) :]
        multipliers = self._of_others(found)
        if not found.is_infeasible:
            price += np.where(self._by_fractions, self._weights, 0.0)
        multipliers[rows.rows] = price * rows.scale
        if found.is_infeasible or found.is_cut_off:
            empty = np.empty(0)
            return RelaxedSolution(empty, multipliers, found.is_infeasible, found.is_cut_off)
        values = np.zeros(self._program.shape[1])
        values[rows.decisions] = found.values[: len(rows.decisions)]
        values[rows.states] = np.clip(self._reach(found.values), 0.0, rows.cap)
        return RelaxedSolution(values, multipliers)

    def _of_others(self, found: GlopAnswer) -> Floats:
        multipliers = np.zeros(self._program.shape[0])
        own = found.multipliers[: len(self._rows.others)]
        multipliers[self._rows.others] = own * self._scale
        return multipliers


class CoveringLPWithCuts:
    """A relaxation that takes more rows; each solve begins at the multipliers of the last.

    Args:
        program: The program; wholeness is ignored.
        multipliers: Of its rows, near the best, or None.
    """

    def __init__(self, program: Program, multipliers: Floats | None = None) -> None:
        self._program, self._multipliers = program, multipliers

    def solve(self, seconds: float) -> Relaxation | None:
        """Solves it, or returns None if the time was too short."""
        found = relax(self._program, self._multipliers, seconds)
        self._multipliers = self._multipliers if found is None else found.multipliers
        return found

    def add(self, matrix: csr_array, upper: Floats) -> None:
        """Adds rows with upper limits."""
        self._program = append_rows(self._program, matrix, upper)
        if self._multipliers is not None:
            self._multipliers = np.concatenate([self._multipliers, np.zeros(len(upper))])


def relax(program: Program, multipliers: Floats | None, seconds: float) -> Relaxation | None:
    """Solves the linear relaxation from multipliers near the best; None where there is none."""
    found = CoveringLP(program, multipliers).solve({}, seconds)
    if found is None or found.is_infeasible:
        return None
    return Relaxation(found.values, found.multipliers)


def _row_scale(matrix: csr_array) -> Floats:
    """What makes the largest coefficient of each row 1, shape (rows,).

    Without preprocessing GLOP does not scale, and amounts far apart would keep it for ever.
    """
    if 0 in matrix.shape:
        return np.ones(matrix.shape[0])
    largest = abs(matrix).max(axis=1).toarray().ravel()
    return np.asarray(np.where(largest > 0, 1.0 / np.where(largest > 0, largest, 1.0), 1.0))


def _elastic(program: Program, scale: Floats) -> LinearProgram:
    """Scaled rows, with a column each that lets it be exceeded, and one to let it fall short."""
    rows, columns = program.shape
    own = eye_array(rows, format="csr")
    matrix = hstack([diags_array(scale) @ program.matrix, -own, own], format="csr")
    return LinearProgram(
        objective=np.concatenate([np.zeros(columns), np.full(2 * rows, -1.0)]),
        matrix=csr_array(matrix),
        row_lower=program.row_lower * scale,
        row_upper=program.row_upper * scale,
        lower=np.concatenate([program.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([program.upper, np.full(2 * rows, np.inf)]),
    )
