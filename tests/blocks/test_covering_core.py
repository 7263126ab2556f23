"""The covering core under prices: any prove a bound, and those of all plans prove theirs."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from random_models import draw_city, draw_model

from siting.coverage import compute_coverage
from siting.model import formulate
from siting.program import Domain, Program
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.feasibility import is_feasible
from siting.solve.general.core_moves import CoreMoves
from siting.solve.general.greedy import Greedy
from siting.solve.general.plan_prices import PlanPriceParameters, PlanPrices
from siting.solve.general.priced import Core
from siting.solve.general.states import States, open_states
from siting.solve.presolve.bounds_from_rows import BoundsFromRows
from siting.solve.presolve.compose_states import compose_states
from siting.solve.presolve.merge_states import MergedStates, MergeStates
from siting.solve.search import Search
from siting.solve.settings import SolveSettings
from siting.solve.solutions import Completion

Floats = NDArray[np.float64]
PILOTS = ("scenarios", "worst_share", "covered_share", "complete_places", "complete_residents")
CASES = [(pilot, seed) for pilot in PILOTS for seed in range(30)]


@cache
def merged_of(pilot: str, seed: int) -> MergedStates:
    # Every plan is tried, and mixed with all others: few enough of them.
    instance = draw_city(seed, most_choices=2**7)
    spec = draw_model(seed, instance, pilot)
    program = formulate(instance, compute_coverage(instance), spec)
    return MergeStates().apply(BoundsFromRows().apply(program).whole)


@cache
def plans_of(pilot: str, seed: int) -> list[tuple[Floats, float]]:
    """Every choice that can be completed to a solution, and what it is worth."""
    program = merged_of(pilot, seed).program
    whole = np.flatnonzero(program.domain == Domain.INTEGER)
    completion, found = Completion(program), []
    ranges = [range(int(program.lower[c]), int(program.upper[c]) + 1) for c in whole]
    for choice in itertools.product(*ranges):
        values = program.lower.copy()
        values[whole] = choice
        full = completion.fill(values)
        if is_feasible(program, full):
            found.append((np.array(choice, dtype=float), program.value(full)))
    return found


def opened(pilot: str, seed: int) -> tuple[Program, States, Core]:
    states = open_states(merged_of(pilot, seed).program)
    return states.program, states, Core(states)


@pytest.mark.parametrize(("pilot", "seed"), CASES)
def test_any_prices_prove_a_bound(pilot: str, seed: int) -> None:
    program, _, core = opened(pilot, seed)
    rng = np.random.default_rng(seed)
    size = max(1.0, float(np.abs(program.objective).max(initial=0.0)))
    raw = rng.exponential(size, program.shape[0]) * (rng.random(program.shape[0]) < 0.6)
    priced = core.at(usable_multipliers(program, raw))
    if priced is None:
        pytest.skip("what is left has negative amounts in rows")
    problem = priced.problem
    found = np.concatenate(
        [problem.weights * rng.random(len(problem.weights)), np.zeros(len(problem.side_rows))]
    )
    bound = safe_bound(program, core.multipliers(priced, found))
    best = max((worth for _, worth in plans_of(pilot, seed)), default=-np.inf)
    assert bound >= best - 1e-6 * max(1.0, abs(best))


@pytest.mark.parametrize(("pilot", "seed"), CASES)
def test_a_covering_problem_and_what_is_beside_it_exceed_every_plan(pilot: str, seed: int) -> None:
    program, _, core = opened(pilot, seed)
    rng = np.random.default_rng(seed)
    raw = rng.exponential(1.0, program.shape[0])
    priced = core.at(usable_multipliers(program, raw))
    for choices, worth in plans_of(pilot, seed):
        assert priced is not None
        chosen = choices[priced.problem.offers] > 0.5
        most = priced.problem.value(chosen) + priced.beside
        assert most >= worth - 1e-6 * max(1.0, abs(worth))


@pytest.mark.parametrize(("pilot", "seed"), CASES)
def test_prices_of_a_mixture_of_every_plan_value_no_plan_above_it(pilot: str, seed: int) -> None:
    _, states, core = opened(pilot, seed)
    if not core.priced.any() or not plans_of(pilot, seed):
        pytest.skip("nothing to price, or no plan")
    mixing = PlanPrices(states, core, PlanPriceParameters(memory=0.0, most_plans=1000))
    for choices, _ in plans_of(pilot, seed):
        mixing.add(choices)
    priced = core.at(mixing.prices)
    assert priced is not None
    assert mixing.mixture is not None
    worth = [
        priced.problem.value(choices[priced.problem.offers] > 0.5) + priced.beside
        for choices, _ in plans_of(pilot, seed)
    ]
    best = max(own for _, own in plans_of(pilot, seed))
    size = max(1.0, abs(best))
    # A mixture is worth at least the best plan, and its prices value every plan at most so.
    assert max(worth) >= best - 1e-6 * size
    assert max(worth) <= mixing.worth + 1e-5 * size


@pytest.mark.parametrize(("pilot", "seed"), CASES)
def test_moves_in_the_core_give_plans_that_hold_and_bounds_that_do(pilot: str, seed: int) -> None:
    whole, merged = merged_of(pilot, seed).whole, compose_states(merged_of(pilot, seed))
    states = open_states(merged.program)
    search = Search(whole, SolveSettings(relative_gap=0, seed=seed, time_limit=60))
    moves = CoreMoves(search, merged, states, Greedy(states))
    moves.begin()
    best = max((worth for _, worth in plans_of(pilot, seed)), default=-np.inf)
    assert search.certified_bound >= best - 1e-6 * max(1.0, abs(best))
    if search.objective is not None:
        assert search.objective <= best + 1e-6 * max(1.0, abs(best))
