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
from siting.solve.bounds.lagrangian import Floats, Lagrangian, LagrangianParameters
from siting.solve.presolve.cover import CoverProblem


def relaxed(program: Program) -> float | None:
    """The bound of the linear relaxation, None where it has no solution."""
    found = run_call(RelaxCall(program, Relaxer.SIMPLEX, 60.0), lambda _best, _bound: None)
    if not isinstance(found, Relaxation) or not found.is_solved:
        return None
    return program.value(found.values)


def priced(problem: CoverProblem, floor: float) -> Floats:
    pricing = Lagrangian(problem)
    pricing.run(floor, lambda: False)
    return pricing.multipliers


@pytest.mark.parametrize("seed", range(40))
def test_prices_prove_no_less_than_is_true(seed: int) -> None:
    """Gains, locks, quotas and rows that some offers relieve: whatever the rows are."""
    problem = problem_of(draw(seed))
    program = problem.to_program()
    prices = priced(problem, -np.inf)
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
    first = safe_bound(program, Lagrangian(problem).multipliers)
    later = safe_bound(program, priced(problem, floor))
    assert bound <= later <= bound * 1.03
    assert later < first


def test_they_end_when_asked() -> None:
    problem = problem_of(draw_town(60, 300))
    asked = 0

    def over() -> bool:
        nonlocal asked
        asked += 1
        return asked > 7

    Lagrangian(problem).run(-np.inf, over)
    assert asked == 8
    asked = -1000
    pricing = Lagrangian(problem, LagrangianParameters(steps=3))
    pricing.run(-np.inf, over)
    assert pricing.is_done
    assert asked == -997


def test_they_go_on_where_they_stopped() -> None:
    """Bit by bit or at once is all the same."""
    problem = problem_of(draw_town(60, 300))
    at_once, bit_by_bit = (Lagrangian(problem, LagrangianParameters(steps=50)) for _ in range(2))
    at_once.run(-np.inf, lambda: False)
    while not bit_by_bit.is_done:
        bit_by_bit.run(-np.inf, iter([False, True]).__next__)
    np.testing.assert_array_equal(at_once.multipliers, bit_by_bit.multipliers)
