"""Exchanges of offers: none breaks a row, each covers more, and none is left when they end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
from scipy.sparse import csr_array
from small_programs import Rng, draw_program, draw_town, problem_of

from siting.solve.heuristics.exchange import Exchanger, Flags, perturb
from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.presolve.cover import CoverProblem, recognise

PLANS = 100


def keeps_rows(problem: CoverProblem, plan: Flags) -> bool:
    use = problem.side @ plan.astype(float)
    below = np.all(use <= problem.side_upper * (1 + 1e-9) + 1e-9)
    return bool(below and np.all(use >= problem.side_lower - 1e-9)) and bool(
        np.all(plan >= problem.lower)
    )


@cache
def plans() -> list[tuple[CoverProblem, Flags]]:
    """Small problems with every kind of row, and a plan of each by greed."""
    found: list[tuple[CoverProblem, Flags]] = []
    for seed in range(2000):
        problem = recognise(draw_program(seed))
        plan = None if problem is None else lazy_greedy(problem)
        if problem is not None and plan is not None and plan.any():
            found.append((problem, plan))
        if len(found) == PLANS:
            return found
    raise AssertionError("too few")


def swaps(problem: CoverProblem, plan: Flags) -> Iterator[Flags]:
    """Every plan that differs by one offer out and one in and keeps the rows."""
    outs = np.flatnonzero(plan & (problem.lower < 1))
    for out, into in product(outs, np.flatnonzero(~plan)):
        other = plan.copy()
        other[out], other[into] = False, True
        if keeps_rows(problem, other):
            yield other


def shares_what_only_one_covers(problem: CoverProblem, plan: Flags, other: Flags) -> bool:
    (out,), (into,) = np.flatnonzero(plan & ~other), np.flatnonzero(other & ~plan)
    cover = csr_array(problem.cover).toarray() > 0
    alone = cover[:, out] & (cover[:, plan].sum(axis=1) == 1)
    return bool(np.any(alone & cover[:, into]))


def test_exchanges_end_where_none_covers_more() -> None:
    better = 0
    for problem, plan in plans():
        found = Exchanger(problem).improve(plan, lambda: False)
        assert keeps_rows(problem, found)
        value = problem.value(found)
        assert value >= problem.value(plan)
        better += value > problem.value(plan) + 1e-9
        for other in swaps(problem, found):
            if shares_what_only_one_covers(problem, found, other):
                assert problem.value(other) <= value + 1e-6
    assert better >= 5


def test_it_ends_when_it_is_told_to() -> None:
    problem = problem_of(draw_town(200, 1500))
    plan = lazy_greedy(problem)
    assert plan is not None
    asked = iter([False, True])
    once = Exchanger(problem).improve(plan, lambda: next(asked))
    assert np.sum(plan & ~once) == np.sum(once & ~plan) == 1
    assert problem.value(once) > problem.value(plan)
    np.testing.assert_array_equal(Exchanger(problem).improve(plan, lambda: True), plan)


def test_a_perturbation_keeps_rows_and_decided_offers() -> None:
    rng: Rng = np.random.default_rng(1)
    other = 0
    for problem, plan in plans():
        found = perturb(problem, plan, rng)
        if found is not None:
            assert keeps_rows(problem, found)
            other += not np.array_equal(found, plan)
    assert other >= 20


def test_perturbations_and_exchanges_find_what_greed_does_not() -> None:
    problem = problem_of(draw_town(200, 1500))
    best = lazy_greedy(problem)
    assert best is not None
    greedy, exchanger = problem.value(best), Exchanger(problem)
    best = exchanger.improve(best, lambda: False)
    exchanged = problem.value(best)
    rng = np.random.default_rng(0)
    for _ in range(60):
        plan = perturb(problem, best, rng)
        if plan is not None:
            plan = exchanger.improve(plan, lambda: False)
            best = plan if problem.value(plan) > problem.value(best) else best
    assert greedy < exchanged < problem.value(best)
