"""What is known before a solve begins: plans and multipliers of programs much like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Program
from siting.solve.heuristics.greedy import lazy_greedy, repair_capacity
from siting.solve.presolve.cover import CoverProblem
from siting.solve.result import Phase
from siting.solve.search import Search

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WarmStart:
    """Something to start from, e.g. of the same program at another budget; any part may be None.

    Attributes:
        values: A solution of the program's columns, feasible or not, shape (columns,).
        multipliers: Of the program's rows, shape (rows,); any prove a bound, good ones a good one.
            The relaxation begins at the best.
    """

    values: Floats | None = None
    multipliers: Floats | None = None

    def check(self, program: Program) -> None:
        """Refuses what cannot belong to a program.

        Raises:
            ValueError: A shape that is not the program's, or values that are not numbers.
        """
        rows, columns = program.shape
        for name, array, count in (
            ("values", self.values, columns),
            ("multipliers", self.multipliers, rows),
        ):
            if array is not None and np.shape(array) != (count,):
                raise ValueError(
                    f"start.{name} has shape {np.shape(array)}; expected ({count},) for {program!r}"
                )
        if self.values is not None and not np.all(np.isfinite(self.values)):
            raise ValueError("start.values has a value that is not a finite number")


def take_warm_starts(
    search: Search, problem: CoverProblem | None, starts: Sequence[WarmStart]
) -> None:
    """Takes over the plans and the bounds of what is known before.

    Args:
        search: The search that begins.
        problem: The covering structure of its program, if it has one.
        starts: All that is known.
    """
    if not starts:
        return
    with search.step(Phase.START):
        for start in starts:
            if start.multipliers is not None:
                search.submit_given_multipliers(start.multipliers)
            _take_values(search, problem, start)
        if any(start.multipliers is not None for start in starts):
            search.begin_at_multipliers()


def _take_values(search: Search, problem: CoverProblem | None, start: WarmStart) -> None:
    """Offers a start's solution as it is, and repaired and filled up; keeps it for unions."""
    if start.values is None:
        return
    known = search.reduce_values(start.values)
    search.submit_solution(known)
    if problem is None:
        return
    fitting = repair_capacity(problem, known[problem.offers] > 0.5)
    filled = lazy_greedy(replace(problem, lower=fitting.astype(float)))
    if filled is not None:
        values = problem.to_values(filled.astype(float), search.program)
        search.submit_solution(values)
        search.keep_plan(values)
