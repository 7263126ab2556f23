"""How far the limits of a section can be met, and plans that break one section alone.

A column is added that eases the limits; the relaxation bounds it safely. A plan that breaks one
section is mended towards one that breaks another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from siting.program import Domain, Program, Section
from siting.solve.bounds.duality import safe_bound
from siting.solve.feasibility import is_feasible

Floats = NDArray[np.float64]

# How many times its own a limit may be raised.
_MOST = 100.0
# Columns that are changed to mend a plan, and entries of the matrix that are looked at for that.
_MOST_CHANGES, _MOST_ENTRIES = 1000, 200_000_000
_SMALL, _LITTLE = 1e-9, 1e-3


@dataclass(frozen=True)
class Eased:
    """A program with one more column that eases the limits of a section, and that as its goal.

    Lower limits become `activity >= column x limit`, the column from 0 to 1 as large as can be;
    upper limits `activity <= (1 + 100 x column) x limit`, the column as small as can be.

    Attributes:
        program: The program.
        turn: 1 where its goal is the part of the limits, -1 where it is the multiple with a minus.
    """

    program: Program
    turn: float


def ease(program: Program, section: Section) -> Eased | None:
    """Eases the limits of a section; None where they are not above 0, or on both sides."""
    at = np.arange(section.start, section.stop)
    low, high = program.row_lower[at], program.row_upper[at]
    is_floor = bool(np.all((low > 0) | np.isneginf(low)) and np.all(np.isposinf(high)))
    is_limit = bool(np.all((high > 0) | np.isposinf(high)) and np.all(np.isneginf(low)))
    if not (is_floor and np.any(low > 0)) and not (is_limit and np.any(np.isfinite(high))):
        return None
    column = np.zeros(program.shape[0])
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    if is_floor:
        column[at], lower[at] = np.where(low > 0, -low, 0.0), np.where(low > 0, 0.0, low)
    else:
        column[at] = np.where(np.isfinite(high), -_MOST * high, 0.0)
    width = program.shape[1]
    wide = csr_array(hstack([program.matrix, csr_array(column.reshape(-1, 1))], format="csr"))
    eased = replace(
        program,
        columns=(*program.columns, Section("ease", width, width + 1, (np.array(["ease"]),))),
        objective=np.append(np.zeros(width), 1.0 if is_floor else -_MOST),
        offset=0.0 if is_floor else -1.0,
        matrix=wide,
        row_lower=lower,
        row_upper=upper,
        lower=np.append(program.lower, 0.0),
        upper=np.append(program.upper, 1.0),
        domain=np.append(program.domain, np.int8(Domain.CONTINUOUS)),
    )
    return Eased(eased, 1.0 if is_floor else -1.0)


def relaxed_bound(eased: Eased, seconds: float) -> tuple[float, Floats] | None:
    """The goal that no plan exceeds, and a solution of the relaxation; None without one in time."""
    from siting.solve.backends.covering_lp import CoveringLP  # noqa: PLC0415 - loads a solver

    solution = CoveringLP(eased.program).solve({}, seconds)
    if solution is None or solution.is_infeasible:
        return None
    return safe_bound(eased.program, solution.multipliers), solution.values


def mended(program: Program, values: Floats) -> Floats | None:
    """A plan near some values: one column after the other that mends most is changed.

    What rows are broken by is counted in their largest coefficients. None where no column mends
    any more.
    """
    entries = program.matrix.tocoo()
    size = np.maximum(abs(program.matrix).max(axis=1).toarray().ravel(), _SMALL)
    # Of columns that mend as much, the one that changes least.
    moves = _LITTLE * np.bincount(
        entries.col, np.abs(entries.data) / size[entries.row], program.shape[1]
    )
    plan = np.round(values)
    activity = program.matrix @ plan

    def broken(rows: slice | NDArray[np.int32], at: Floats) -> Floats:
        low, high = program.row_lower[rows] - at, at - program.row_upper[rows]
        excess: Floats = np.maximum(np.maximum(low, high), 0.0) / size[rows]
        return excess

    for _ in range(min(_MOST_CHANGES, _MOST_ENTRIES // max(1, entries.nnz))):
        now = broken(slice(None), activity)
        if now.sum() <= _SMALL:
            return plan if is_feasible(program, plan) else None
        step = 1.0 - 2.0 * plan
        then = broken(entries.row, activity[entries.row] + entries.data * step[entries.col])
        mends = np.bincount(entries.col, now[entries.row] - then, program.shape[1])
        best = int(np.argmax(np.where(mends > _SMALL, mends - moves, -np.inf)))
        if mends[best] <= _SMALL:
            return None
        activity += program.matrix[:, [best]].toarray().ravel() * step[best]
        plan[best] += step[best]
    return None


def met(eased: Eased, plan: Floats) -> float:
    """How far a plan goes: the goal at the best value of the column that eases."""
    program = eased.program
    own = -program.matrix[:, [-1]].toarray().ravel()
    rows = np.flatnonzero(own)
    activity, size = program.matrix[:, :-1] @ plan, own[rows]
    if eased.turn > 0:
        column = min(1.0, float(((activity - program.row_lower)[rows] / size).min()))
    else:
        column = max(0.0, float(((activity - program.row_upper)[rows] / size).max()))
    return program.offset + float(program.objective[-1]) * column
