"""Every way of solving against every choice, for each block and for mixtures of them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from random_models import DRAWS, draw_city, draw_model

from siting.blocks import Budget, CompleteResidents, Count, CoveredResidents, LockedOut
from siting.blocks.plain_model import PlainModel
from siting.coverage import compute_coverage
from siting.model import ModelSpec, formulate, say_plainly
from siting.plan import Plan, make_plan
from siting.plan.brute_force import BestChoice, brute_force
from siting.plan.judgement import judge
from siting.program import Domain, Program
from siting.solve import Backend, Reason, SolveResult, SolveSettings, Step, solve
from towns import hand_town

ENGINE = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
COLD = [
    SolveSettings(
        relative_gap=0, isolate=False, time_limit=3600, threads=1, cold=True, backend=backend
    )
    for backend in (Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT)
]
PILOTS = (
    "covered_residents",
    "scenarios",
    "least_walking",
    "earliest",
    "complete_residents",
    "complete_places",
    "complete_places_floor",
    "worst_share",
    "least_money",
    "complete_share",
    "site_area",
    "requires",
    "hub",
    "excludes",
    "spacing",
    "catchment",
    "count",
    "covered_share",
    "budget",
    "mixture",
)
QUICK, ALL = 8, 200


def engine_without(seed: int) -> SolveSettings:
    """The engine without a random half of its steps, in three of four cases."""
    rng = np.random.default_rng([seed, 4])
    if rng.random() < 0.25:
        return ENGINE
    steps = frozenset(step for step in Step if rng.random() < 0.5)
    return SolveSettings(
        relative_gap=0, isolate=False, time_limit=3600, threads=1, seed=seed, without=steps
    )


def small_case(seed: int, pilot: str) -> tuple[ModelSpec, Program, PlainModel]:
    instance = draw_city(seed)
    blocks = (*DRAWS, "covered_residents") if pilot == "mixture" and seed % 4 == 0 else (pilot,)
    spec = draw_model(seed, instance, *blocks)
    coverage = compute_coverage(instance)
    return spec, formulate(instance, coverage, spec), say_plainly(instance, coverage, spec)


def assert_best(
    result: SolveResult, best: BestChoice | None, case: tuple[ModelSpec, Program, PlainModel]
) -> None:
    """The optimum, proven and confirmed by the judge, or the proof that there is no plan."""
    spec, program, model = case
    name = f"{model.inputs.instance.name}, {result.settings.backend}, {spec.to_dict()}"
    if best is None:
        assert result.termination.reason is Reason.INFEASIBLE, name
        return
    assert result.objective is not None, name
    (goal,), value = model.goals, float(best.values[0])
    assert goal.in_sense(Fraction(result.objective)) == pytest.approx(value, rel=1e-9), name
    assert result.bound >= result.objective - 1e-9 * max(1.0, abs(value)), name
    assert result.relative_gap <= 1.01e-6, name
    inputs = model.inputs
    plan = make_plan(inputs.instance, inputs.coverage, spec, program, result)
    assert plan.objective == pytest.approx(value, rel=1e-12), name
    if math.isfinite(plan.certified_bound):
        proven = Fraction(plan.certified_bound)
        assert goal.in_sense(proven) >= goal.in_sense(best.values[0]), name


def cp_sat_refuses(spec: ModelSpec, program: Program) -> bool:
    """Whether weights are thirds, which no power of ten makes whole, or a column is no whole."""
    parts = [part for goal in spec.goals for part in goal.parts]
    thirds = any(weight == 1 / 3 or block.block == "scenarios" for block, weight in parts)
    return thirds or bool(np.any(program.domain == Domain.CONTINUOUS))


def compare_all(pilot: str, seeds: range) -> int:
    """Number of the towns that have a plan."""
    found = 0
    for seed in seeds:
        case = small_case(seed, pilot)
        best = brute_force(case[2])
        for settings in (engine_without(seed), *COLD):
            if settings.backend is not Backend.CP_SAT or not cp_sat_refuses(*case[:2]):
                assert_best(solve(case[1], settings), best, case)
        found += best is not None
    return found


@pytest.mark.parametrize("pilot", PILOTS)
def test_every_way_of_solving_finds_the_best_of_all_choices(pilot: str) -> None:
    assert compare_all(pilot, range(QUICK)) > QUICK / 4


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
@pytest.mark.parametrize("pilot", PILOTS)
def test_and_so_it_does_in_many_more_cities(pilot: str, chunk: int) -> None:
    assert compare_all(pilot, range(QUICK + chunk, QUICK + ALL, 4)) > ALL / 4 / 10


# --- trees --------------------------------------------------------------------------------------

ONLY_A_TREE = replace(ENGINE, without=frozenset(Step) - {Step.TREE})


def compare_trees(seeds: range) -> int:
    """Number of the towns that have a plan: trees alone, with every choice, and with one fixed."""
    found = 0
    for seed in seeds:
        case = small_case(seed, "mixture")
        best = brute_force(case[2])
        result = solve(case[1], ONLY_A_TREE)
        assert_best(result, best, case)
        if best is not None:
            assert result.values is not None
            assert result.certified_gap <= 1e-9, case[0].to_dict()
            no_better_with_one_fixed(case[1], result.values, float(case[1].value(result.values)))
            found += 1
    return found


def no_better_with_one_fixed(program: Program, values: Any, optimum: float) -> None:
    """A choice that is fixed as it is in the optimum changes nothing: not up, and not down."""
    for column in np.flatnonzero(program.domain == Domain.INTEGER).tolist():
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[column] = upper[column] = values[column]
        fixed = solve(replace(program, lower=lower, upper=upper), ENGINE)
        assert fixed.objective == pytest.approx(optimum, rel=1e-9), column


def test_trees_find_the_best_of_all_choices() -> None:
    assert compare_trees(range(QUICK)) > QUICK / 4


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
def test_and_so_they_do_in_many_more_cities(chunk: int) -> None:
    assert compare_trees(range(QUICK + chunk, 500, 4)) > 500 / 4 / 10


def test_a_tree_that_branches_on_places_does_not_stand_in_the_certificate() -> None:
    """Two outlets are missing at a place, so that its state is branched on, too."""
    case = small_case(189, "earliest")
    result = solve(case[1], ENGINE)
    (goal,) = result.goals
    assert goal.tree is not None
    assert np.any(goal.tree.column >= case[1].section("choose").stop)
    assert_best(result, brute_force(case[2]), case)


# --- several goals ------------------------------------------------------------------------------


def compare_goals(seeds: range) -> int:
    """Number of the cities that have a plan; two or three goals in each."""
    found = 0
    for seed in seeds:
        instance = draw_city(seed)
        spec = draw_model(seed, instance, goals=2 + seed % 2)
        coverage = compute_coverage(instance)
        program, model = formulate(instance, coverage, spec), say_plainly(instance, coverage, spec)
        best = brute_force(model)
        for settings in (engine_without(seed), *COLD):
            if settings.backend is Backend.CP_SAT and cp_sat_refuses(spec, program):
                continue
            result = solve(program, settings)
            name = f"{instance.name}, {settings.backend}, {spec.to_dict()}"
            assert (result.objective is None) == (best is None), name
            if best is not None:
                plan = make_plan(instance, coverage, spec, program, result)
                assert_goals(plan, best, name)
        found += best is not None
    return found


def assert_goals(plan: Plan, best: BestChoice, name: str) -> None:
    """Every goal keeps its floor, and the last one is the best that the floors leave."""
    *earlier, last = plan.goals
    assert last.objective == pytest.approx(float(best.best[-1]), rel=1e-9), name
    for goal, value in zip(earlier, best.best, strict=False):
        size, turn = max(1.0, abs(float(value))), 1 if goal.sense == "maximise" else -1
        floor = float(value) - turn * goal.within * size
        assert goal.floor == pytest.approx(floor, abs=2e-9 * size), name
        assert turn * goal.objective >= turn * floor - 2e-9 * size, name
    for goal, value in zip(plan.goals, best.best, strict=True):
        # A bound holds for all plans that keep the floors before, and those are below the best.
        turn = 1 if goal.sense == "maximise" else -1
        spare = 1e-9 * max(1.0, abs(float(value)))
        assert turn * goal.certified_bound >= turn * float(value) - spare, name
        assert turn * goal.bound >= turn * goal.objective, name


def test_goals_are_solved_in_their_order() -> None:
    assert compare_goals(range(QUICK)) > QUICK / 3


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
def test_and_so_they_are_in_many_more_cities(chunk: int) -> None:
    assert compare_goals(range(QUICK + chunk, QUICK + ALL, 4)) > ALL / 4 / 3


# --- the enumeration itself ---------------------------------------------------------------------


def plain(spec: ModelSpec, **changes: Any) -> PlainModel:
    instance = hand_town(**changes)
    return say_plainly(instance, compute_coverage(instance), spec)


def test_a_town_worked_out_by_hand() -> None:
    """Pharmacy and canteen at S2: 70 people, and 14 old ones, who count twice."""
    best = brute_force(plain(ModelSpec("t", (CoveredResidents(),), (Budget(at_most="4500 CNY"),))))
    assert best is not None
    assert best.values == (Fraction(30 + 70 + 28),)
    assert best.chosen == {"B2": 1}


@pytest.mark.parametrize(("within", "values"), [(0.0, (100, 0)), (0.59, (100, 0)), (0.6, (40, 20))])
def test_later_goals_choose_among_what_earlier_ones_leave(
    within: float, values: tuple[int, int]
) -> None:
    """For 3,000 the pharmacy at S2 covers 100; the canteen at S1 40, with the 20 at R2 served."""
    blocks = (Budget(at_most="3000 CNY"), LockedOut(offers=("B2",)))
    goals = (CoveredResidents(within=within), CompleteResidents(category=("canteen",)))
    best = brute_force(plain(ModelSpec("t", goals, blocks)))
    assert best is not None
    assert best.values == tuple(map(Fraction, values))


def test_it_says_where_no_choice_keeps_the_rows() -> None:
    blocks = (Count(at_least=2), Budget(at_most="1000 CNY"))
    assert brute_force(plain(ModelSpec("t", (CoveredResidents(),), blocks))) is None


def test_too_many_choices_are_refused() -> None:
    offers = hand_town().offers
    many = offers.iloc[[0] * 21].assign(offer_id=[f"P{k}" for k in range(21)])
    model = plain(ModelSpec("t", (CoveredResidents(),), ()), offers=many)
    with pytest.raises(ValueError, match="21 offers in 1 years are too many"):
        brute_force(model)


@pytest.mark.parametrize("seed", range(40))
def test_the_judge_agrees_with_what_it_found(seed: int) -> None:
    """The judge walks to the nearest; the enumeration has its coverage from the relation."""
    instance = draw_city(seed)
    model = say_plainly(
        instance, compute_coverage(instance), draw_model(seed, instance, "covered_share", goals=2)
    )
    best = brute_force(model)
    if best is not None:
        judged = judge(model, best.chosen)
        assert tuple(goal.value for goal in judged.goals) == best.values
        assert not judged.violations


def test_an_empty_choice_is_a_choice() -> None:
    spec = ModelSpec("t", (CoveredResidents(),), ())
    best = brute_force(plain(spec, offers=hand_town().offers.iloc[:0]))
    assert best is not None
    assert (best.chosen, best.values) == ({}, (Fraction(30),))
