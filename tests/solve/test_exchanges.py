"""Exchanges of offers: none breaks a row, each covers more, and none is left when they end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, product, repeat

import numpy as np
from scipy.sparse import csr_array
from small_programs import Rng, draw_program, draw_town, problem_of

from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.heuristics.local_search import Flags, LocalSearch
from siting.solve.heuristics.plan_state import PlanState
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


def search_from(problem: CoverProblem, plan: Flags, seed: int = 0) -> LocalSearch:
    return LocalSearch(problem, plan, np.random.default_rng(seed))


def test_exchanges_end_where_none_covers_more() -> None:
    better = 0
    for problem, plan in plans():
        found = search_from(problem, plan).improve(plan, lambda: False)
        assert keeps_rows(problem, found)
        value = problem.value(found)
        assert value >= problem.value(plan)
        better += value > problem.value(plan) + 1e-9
    assert better >= 5


def test_every_exchange_that_fits_is_seen() -> None:
    """What the side rows have room for, offer by offer, against the rows themselves."""
    seen = {True: 0, False: 0}
    for problem, plan in plans():
        state = PlanState(problem, plan)
        for out in np.flatnonzero(plan & (problem.lower < 1)).tolist():
            others = np.flatnonzero(~plan)
            fits = state.fitting(others, out) & state.has_room(others, out)
            gains = state.exchange_gains(out)
            for into, fit in zip(others.tolist(), fits.tolist(), strict=True):
                other = plan.copy()
                other[out], other[into] = False, True
                assert fit == keeps_rows(problem, other)
                assert np.isclose(gains[into], problem.value(other) - problem.value(plan))
                seen[fit] += 1
    assert min(seen.values()) >= 20


def test_a_plan_that_changes_equals_one_built_anew() -> None:
    rng: Rng = np.random.default_rng(3)
    for problem, plan in plans():
        state = PlanState(problem, plan)
        for offer in rng.integers(0, len(plan), 20).tolist():
            state.toggle(offer)
        anew = PlanState(problem, state.chosen)
        np.testing.assert_array_equal(state.times, anew.times)
        for part in ("add", "used"):
            np.testing.assert_allclose(getattr(state, part), getattr(anew, part), atol=1e-6)
        taken = state.chosen
        np.testing.assert_allclose(state.loss[taken], anew.loss[taken], atol=1e-6)
        assert np.isclose(state.value, problem.value(taken))
        state.move_to(plan)
        np.testing.assert_array_equal(state.chosen, plan)
        assert np.isclose(state.value, problem.value(plan))


def test_it_ends_when_it_is_told_to() -> None:
    problem = problem_of(draw_town(200, 1500))
    plan = lazy_greedy(problem)
    assert plan is not None
    asked = chain([False] * 40, repeat(True))
    once = search_from(problem, plan).improve(plan, lambda: next(asked))
    assert keeps_rows(problem, once)
    np.testing.assert_array_equal(search_from(problem, plan).improve(plan, lambda: True), plan)


def perturb(local: LocalSearch, times: int) -> bool:
    """So many perturbations; whether they found a better plan."""
    return local.run(lambda: local.perturbations >= times)


def test_perturbations_keep_rows_and_decided_offers() -> None:
    other = 0
    for problem, plan in plans():
        local = search_from(problem, plan)
        perturb(local, 5)
        assert keeps_rows(problem, local.best)
        assert keeps_rows(problem, local.current)
        assert np.isclose(local.best_value, problem.value(local.best))
        assert local.best_value >= problem.value(plan)
        other += not np.array_equal(local.current, plan)
    assert other >= 20


def test_perturbations_find_what_exchanges_do_not() -> None:
    problem = problem_of(draw_town(200, 1500))
    greedy = lazy_greedy(problem)
    assert greedy is not None
    local = search_from(problem, greedy)
    exchanged = local.improve(greedy, lambda: False)
    assert perturb(local, 60)
    values = [problem.value(plan) for plan in (greedy, exchanged, local.best)]
    assert values == sorted(set(values))


def test_prices_lead_to_plans_that_use_less() -> None:
    """Of two exchanges that cover as much, the dearer one is not made."""
    cover = csr_array(np.array([[1.0, 1.0, 1.0]]))
    problem = replace(
        problem_of(draw_town(20, 40)),
        weights=np.array([10.0]),
        cover=cover,
        gain=np.array([0.0, 1.0, 2.0]),
        side=csr_array(np.array([[1.0, 2.0, 9.0]])),
        side_lower=np.array([-np.inf]),
        side_upper=np.array([9.0]),
        lower=np.zeros(3),
        upper=np.ones(3),
        offset=0.0,
        offers=np.arange(3),
        demand_of=np.zeros(1, dtype=np.int64),
        cover_rows=np.zeros(1, dtype=np.int64),
        side_rows=np.zeros(1, dtype=np.int64),
    )
    first = np.array([True, False, False])
    local = search_from(problem, first)
    assert np.flatnonzero(local.improve(first, lambda: False)).tolist() == [2]
    local = search_from(problem, first)
    local.price_by(np.array([0.5]))
    assert np.flatnonzero(local.improve(first, lambda: False)).tolist() == [1]
