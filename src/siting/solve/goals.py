"""Several goals, the most important first: each is kept by a row while the next is optimised.

The lexicographic method with tolerances (Ehrgott 2005, doi 10.1007/3-540-27659-9, section 5.1).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array, vstack

from siting.program import Goal, Kind, Program, Section
from siting.solve.bounds.duality import whole_objective
from siting.solve.result import GoalResult, Reason, SolveResult, Termination
from siting.solve.settings import SolveSettings
from siting.solve.warm_start import WarmStart

# A floor leaves this share of its size for the rounding of sums.
_ROUNDING = 1e-9
# What is left of the time for a goal, at least.
_LEAST_SECONDS = 0.1


class SolveOne(Protocol):
    """Solves a program with one goal."""

    def __call__(
        self, program: Program, settings: SolveSettings, start: Sequence[WarmStart]
    ) -> SolveResult:
        """Solves it."""


def solve_in_order(
    program: Program,
    settings: SolveSettings,
    solve_one: SolveOne,
    start: Sequence[WarmStart] = (),
    clock: Callable[[], float] = time.monotonic,
) -> SolveResult:
    """Solves a program goal by goal; the time that one leaves goes to the next.

    Args:
        program: With its goals.
        settings: Limits and seed, of all goals together.
        solve_one: Solves a program with one goal.
        start: What is known before, for the first goal.
        clock: Seconds.

    Returns:
        The last solution; objective and bounds are those of the first goal, at that solution.
    """
    begun, goals = clock(), (_first(program), *program.further)
    results: list[SolveResult] = []
    reached: list[GoalResult] = []
    for number, goal in enumerate(goals):
        left = settings.time_limit - (clock() - begun)
        share = max(_LEAST_SECONDS, left / (len(goals) - number))
        current = _with_floors(program, goal, list(zip(goals, reached, strict=False)))
        found = solve_one(current, replace(settings, time_limit=share), start)
        if found.values is None or found.objective is None:
            return found if not results else _together(program, results, reached)
        floor = None if number == len(goals) - 1 else _floor(current, goal, found.objective)
        results.append(found)
        reached.append(replace(found.goals[0], name=goal.name, floor=floor))
        start = (WarmStart(values=found.values),)
    return _together(program, results, reached)


def _first(program: Program) -> Goal:
    return Goal(program.goal, program.objective, program.offset, program.within)


def _floor(program: Program, goal: Goal, value: float) -> float:
    """The least that later goals must leave of what was reached."""
    size = max(1.0, abs(value))
    spare = 0.0 if whole_objective(program) else _ROUNDING * size
    return value - goal.within * size - spare


def _with_floors(program: Program, goal: Goal, kept: Sequence[tuple[Goal, GoalResult]]) -> Program:
    """The program of one goal, with a row for each goal before it."""
    single = replace(
        program,
        objective=goal.objective,
        offset=goal.offset,
        goal=goal.name,
        within=goal.within,
        further=(),
    )
    if not kept:
        return single
    names = np.array([before.name for before, _ in kept], dtype=object)
    count, rows = len(kept), program.shape[0]
    weights = csr_array(np.stack([before.objective for before, _ in kept]))
    floors = [
        -np.inf if result.floor is None else result.floor - before.offset for before, result in kept
    ]
    section = Section("goal", rows, rows + count, (names,), Kind.GOAL)
    return replace(
        single,
        rows=(*program.rows, section),
        matrix=csr_array(vstack([program.matrix, weights], format="csr")),
        row_lower=np.concatenate([program.row_lower, floors]),
        row_upper=np.concatenate([program.row_upper, np.full(count, np.inf)]),
    )


def _together(
    program: Program, results: Sequence[SolveResult], reached: Sequence[GoalResult]
) -> SolveResult:
    """The results of all goals as one."""
    first, last = results[0], results[-1]
    assert last.values is not None  # noqa: S101 - the caller asked
    seconds: dict[str, float] = {}
    for result in results:
        for phase, spent in result.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    return replace(
        first,
        values=last.values,
        objective=program.value(last.values),
        termination=_worst([result.termination for result in results]),
        seconds=seconds,
        notes=tuple(dict.fromkeys(note for result in results for note in result.notes)),
        goals=tuple(reached),
    )


def _worst(ends: Sequence[Termination]) -> Termination:
    """Why it stopped, of the first goal that is not settled."""
    return next((end for end in ends if end.reason is not Reason.OPTIMAL), ends[0])
