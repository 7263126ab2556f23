"""A first answer within a second: what is known of a program much like this one, made to fit it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Program
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.bounds.lagrangian import Lagrangian, LagrangianParameters
from siting.solve.heuristics.repair import repair_choice
from siting.solve.presolve.bounds_from_rows import BoundsFromRows, NarrowedBounds
from siting.solve.presolve.cover import CoverProblem, recognise
from siting.solve.presolve.idle_rows import without_idle_rows
from siting.solve.result import relative_gap
from siting.solve.warm_start import WarmStart

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Prices of a program much like this one are near: the first steps are short.
_NEAR = LagrangianParameters(length=0.3)


def restart(
    program: Program, known: Sequence[WarmStart], gap: float = 0.005, seconds: float = 1.0
) -> WarmStart | None:
    """Repairs known plans to the rows of a program, and lowers the best of the known bounds.

    Args:
        program: What is to be solved.
        known: Plans and multipliers of programs much like it.
        gap: The bound is left as it is once it is this close.
        seconds: For the bound, where it is not.

    Returns:
        The best plan and the best multipliers, to start a solve from; None where the program is not
        one of covering.
    """
    narrowed = BoundsFromRows().apply(program)
    problem = None if narrowed.conflicts() else recognise(narrowed.program)
    if problem is None:
        return None
    part = _Part(narrowed, without_idle_rows(problem))
    chosen = part.best_choice([s.values for s in known if s.values is not None])
    prices = part.best_prices([s.multipliers for s in known if s.multipliers is not None])
    reached = None if chosen is None else part.problem.value(chosen)
    if prices is not None and relative_gap(reached, safe_bound(narrowed.whole, prices)) > gap:
        prices = part.lowered(prices, -np.inf if reached is None else reached, seconds)
    return WarmStart(None if chosen is None else part.values(chosen), prices)


@dataclass(frozen=True)
class _Part:
    """A covering problem and the program that it is the core of."""

    narrowed: NarrowedBounds
    problem: CoverProblem

    def best_choice(self, plans: Sequence[Floats]) -> Flags | None:
        """The best of the plans once they are repaired."""
        choices = [self.narrowed.reduce_values(plan)[self.problem.offers] > 0.5 for plan in plans]
        repaired = [repair_choice(self.problem, chosen) for chosen in choices]
        fitting = [chosen for chosen in repaired if chosen is not None]
        return max(fitting, key=self.problem.value, default=None)

    def values(self, chosen: Flags) -> Floats:
        """A choice as values of the program's columns; states are left 0, for they follow."""
        program = self.narrowed.program
        values = self.problem.to_values(chosen.astype(float), program)
        return self.narrowed.invert_values(values)

    def best_prices(self, known: Sequence[Floats]) -> Floats | None:
        """Those of the given multipliers that prove most."""
        whole = self.narrowed.whole
        usable = [usable_multipliers(whole, multipliers) for multipliers in known]
        return min(usable, key=lambda prices: safe_bound(whole, prices), default=None)

    def lowered(self, prices: Floats, reached: float, seconds: float) -> Floats:
        """Multipliers that prove more, if so many seconds of subgradient steps find any."""
        end = time.monotonic() + seconds
        problem, whole = self.problem, self.narrowed.whole
        start = problem.reduce_multipliers(self.narrowed.reduce_multipliers(prices))
        pricing = Lagrangian(problem, _NEAR, start)
        pricing.run(reached, lambda: time.monotonic() > end)
        full = problem.to_multipliers(pricing.multipliers, self.narrowed.program)
        full = usable_multipliers(whole, self.narrowed.invert_multipliers(full))
        return full if safe_bound(whole, full) < safe_bound(whole, prices) else prices
