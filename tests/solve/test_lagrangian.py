"""Prices prove a bound that is never below the relaxation's, and soon near it."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import draw_town, problem_of
from test_reductions import draw

from siting.program.program import Program
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound
from siting.solve.bounds.lagrangian import LagrangianParameters, lagrangian_multipliers


def relaxed(program: Program) -> float | None:
    """The bound of the linear relaxation, None where it has no solution."""
    found = run_call(RelaxCall(program, Relaxer.GLOP, 60.0), lambda _best, _bound: None)
    if not isinstance(found, Relaxation) or not found.is_solved:
        return None
    return program.value(found.values)


@pytest.mark.parametrize("seed", range(40))
def test_prices_prove_no_less_than_is_true(seed: int) -> None:
    """Gains, locks, quotas and rows that some offers relieve: whatever the rows are."""
    problem = problem_of(draw(seed))
    program = problem.to_program()
    prices = lagrangian_multipliers(problem, -np.inf)
    assert prices.shape == (program.shape[0],)
    bound = relaxed(program)
    if bound is not None:
        assert safe_bound(program, prices) >= bound - 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_they_come_near_the_relaxation(seed: int) -> None:
    program = problem_of(draw_town(60, 300, seed=seed)).to_program()
    problem = problem_of(draw_town(60, 300, seed=seed))
    bound = relaxed(program)
    assert bound is not None
    floor = 0.9 * bound
    first = safe_bound(program, lagrangian_multipliers(problem, floor, over=lambda: True))
    later = safe_bound(program, lagrangian_multipliers(problem, floor))
    assert bound <= later <= bound * 1.03
    assert later < first


def test_they_end_when_asked() -> None:
    problem = problem_of(draw_town(60, 300))
    asked = 0

    def over() -> bool:
        nonlocal asked
        asked += 1
        return asked > 7

    lagrangian_multipliers(problem, -np.inf, over)
    assert asked == 8
    asked = 0
    lagrangian_multipliers(problem, -np.inf, over, LagrangianParameters(steps=3))
    assert asked == 3
