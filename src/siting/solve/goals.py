"""Several goals, the most important first: each is solved under the floors of those before it.

The lexicographic method with tolerances (Ehrgott 2005, doi 10.1007/3-540-27659-9, section 5.1).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Goal, Kind, Program, Section
from siting.solve.bounds.duality import whole_objective
from siting.solve.result import (
    GoalResult,
    Limit,
    Reason,
    SolveResult,
    Termination,
    relative_gap,
)
from siting.solve.settings import SolveSettings
from siting.solve.warm_start import WarmStart

Floats = NDArray[np.float64]

# Sums of weights that are not whole are rounded; a floor forgives this share of them.
_ROUNDING = 1e-9
# Of the time that is left, for a goal that others follow: they matter less than it does.
_SHARE = 0.85
# A goal may be solved for this long even where those before it have used up the time.
_LEAST_SECONDS = 0.1


class SolveOne(Protocol):
    """Solves a program of one goal."""

    def __call__(
        self, program: Program, settings: SolveSettings, starts: tuple[WarmStart, ...]
    ) -> SolveResult:
        """Its solution, and what is proven of it."""


@dataclass
class _Reached:
    """What the goals so far came to.

    Attributes:
        results: One a goal.
        floors: What is kept of each, None of the last.
    """

    results: list[SolveResult]
    floors: list[float | None]


def solve_in_order(
    program: Program,
    settings: SolveSettings,
    starts: tuple[WarmStart, ...],
    solve_one: SolveOne,
) -> SolveResult:
    """Solves goal after goal, each from the solution of the one before.

    A goal that others follow gets most of the time that is left; what it leaves goes to these.

    Args:
        program: With all its goals.
        settings: Of the whole solve.
        starts: Known before the first goal.
        solve_one: Solves a program for its first goal alone.

    Returns:
        The last solution, with the bounds of the first goal; the others are in `goals`.
    """
    end = time.monotonic() + settings.time_limit
    goals = (
        Goal(program.goal, program.objective, program.offset, program.within),
        *program.further,
    )
    reached = _Reached([], [])
    for number, goal in enumerate(goals):
        share = (end - time.monotonic()) * (_SHARE if number + 1 < len(goals) else 1.0)
        own = replace(settings, time_limit=max(_LEAST_SECONDS, share))
        result = solve_one(_of_goal(program, goal), own, starts)
        if result.values is None:
            # Later goals cannot lack a solution, as the one before is theirs; the first can.
            break
        reached.results.append(result)
        reached.floors.append(None)
        starts = (WarmStart(values=result.values),)
        if result.termination.limit is Limit.INTERRUPTED:
            break
        if number + 1 < len(goals):
            program, reached.floors[-1] = with_floor(program, goal, result.values)
    return _together(goals, reached, result, settings)


def with_floor(program: Program, goal: Goal, values: Floats) -> tuple[Program, float]:
    """A program with a row that keeps what a solution reached of a goal, and its floor.

    Args:
        program: The program.
        goal: The goal.
        values: The solution, shape (columns,).
    """
    activity = float(goal.objective @ values)
    floor = activity - goal.within * max(1.0, abs(goal.offset + activity))
    if not whole_objective(_of_goal(program, goal)):
        floor -= _ROUNDING * max(1.0, abs(activity))
    rows, _ = program.shape
    ids = (np.array([goal.name], dtype=object),)
    row = csr_array(goal.objective.reshape(1, -1))
    kept = replace(
        program,
        rows=(*program.rows, Section("goal", rows, rows + 1, ids, Kind.GOAL)),
        matrix=csr_array(vstack([program.matrix, row], format="csr")),
        row_lower=np.append(program.row_lower, floor),
        row_upper=np.append(program.row_upper, np.inf),
    )
    return kept, goal.offset + floor


def _of_goal(program: Program, goal: Goal) -> Program:
    return replace(
        program,
        objective=goal.objective,
        offset=goal.offset,
        goal=goal.name,
        within=goal.within,
        further=(),
    )


def _together(
    goals: tuple[Goal, ...], reached: _Reached, last: SolveResult, settings: SolveSettings
) -> SolveResult:
    """The last solution, and what was proven of each goal."""
    if not reached.results:
        return last
    first, final = reached.results[0], reached.results[-1]
    assert final.values is not None  # noqa: S101 - asked before
    records = tuple(
        replace(result.goals[0], floor=floor)
        for result, floor in zip(reached.results, reached.floors, strict=True)
    )
    objective = goals[0].value(final.values)
    seconds: dict[str, float] = {}
    for result in reached.results:
        for phase, spent in result.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    return replace(
        first,
        values=final.values,
        objective=objective,
        bound=max(first.bound, objective),
        termination=_termination(records, objective),
        trace=tuple(point for result in reached.results for point in result.trace),
        seconds=seconds,
        settings=settings,
        notes=tuple(dict.fromkeys(note for result in reached.results for note in result.notes)),
        goals=records + tuple(_not_begun(goal) for goal in goals[len(records) :]),
    )


def _termination(records: tuple[GoalResult, ...], objective: float) -> Termination:
    """The first goal's that is not optimal; a goal that gave something up met its gap."""
    for record in records:
        if record.termination.reason is not Reason.OPTIMAL:
            return record.termination
    gave_up = relative_gap(objective, records[0].certified_bound) > _ROUNDING
    return Termination(Reason.FEASIBLE, Limit.GAP) if gave_up else records[0].termination


def _not_begun(goal: Goal) -> GoalResult:
    """What is known of a goal that was never come to."""
    end = Termination(Reason.NO_SOLUTION, Limit.INTERRUPTED)
    return GoalResult(goal.name, None, np.inf, np.inf, None, None, end)
