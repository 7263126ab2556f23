"""Rules that cannot hold together: proven by trying every choice, and none of them too many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_models import DRAWS, draw_city, draw_model

from siting.blocks import Budget, Count, CoveredResidents, CoveredShare
from siting.coverage import compute_coverage
from siting.inputs import Instance
from siting.language import in_language
from siting.model import ModelSpec, formulate, say_plainly
from siting.plan.brute_force import brute_force
from siting.plan.conflict import Conflict, find_conflict
from siting.report.conflict_texts import conflict_lines
from siting.solve import SolveSettings, solve
from siting.solve.feasibility import is_feasible
from siting.solve.presolve.asked import only_asked
from towns import hand_town

QUICK = SolveSettings(relative_gap=1e-6, isolate=False, time_limit=3600, threads=1)


def conflict_of(instance: Instance, spec: ModelSpec) -> Conflict:
    return find_conflict(instance, compute_coverage(instance), spec, QUICK)


def has_plan(instance: Instance, spec: ModelSpec) -> bool:
    return brute_force(say_plainly(instance, compute_coverage(instance), spec)) is not None


SEEDS = [range(20), pytest.param(range(20, 60), marks=pytest.mark.slow)]


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_set_is_infeasible_and_smallest_by_brute_force(seeds: range) -> None:
    found = 0
    for seed in seeds:
        instance = draw_city(seed, most_choices=2**7)
        spec = draw_model(seed, instance, *list(DRAWS)[:5])
        if has_plan(instance, spec):
            continue
        found += 1
        conflict = conflict_of(instance, spec)
        assert conflict.is_smallest
        rules = [clash.block for clash in conflict.clashes]
        assert not has_plan(instance, replace(spec, subject_to=tuple(rules)))
        for one in rules:
            rest = tuple(rule for rule in rules if rule is not one)
            assert has_plan(instance, replace(spec, subject_to=rest)), (seed, one)
    assert found > len(seeds) / 4


GOALS = (CoveredResidents(),)


def lines(conflict: Conflict, town: Instance) -> list[str]:
    return list(conflict_lines(conflict, town, compute_coverage(town)))


def test_what_each_would_have_to_give() -> None:
    """The cheapest two offers of the hand town cost 1,000 + 3,000."""
    town = hand_town()
    costs = sorted(town.offers["cost"])
    rules = (Budget(at_most="1500 CNY"), Count(at_least=2))
    conflict = conflict_of(town, ModelSpec("t", GOALS, rules))
    assert [clash.name for clash in conflict.clashes] == ["budget", "count"]
    assert conflict.clashes[0].reach == pytest.approx((costs[0] + costs[1]) / 1500, rel=1e-4)
    assert conflict.clashes[1].reach == pytest.approx(0.5, rel=1e-4)
    with in_language("zh"):
        said = lines(conflict, town)
    assert said[0] == "以下要求不能同时满足，去掉其中任何一条即有方案："
    assert said[2] == "- 至少新增 2 个（最多 1 个）"


def test_what_cannot_hold_by_itself_is_said_alone() -> None:
    town = hand_town()
    rules = (Budget(at_most="100 CNY"), CoveredShare(category=("canteen",), at_least=1.0))
    town = replace(town, offers=town.offers[town.offers["categories"] == "pharmacy"])
    conflict = conflict_of(town, ModelSpec("t", GOALS, rules))
    assert [clash.name for clash in conflict.clashes] == ["covered_share"]
    with in_language("zh"):
        assert lines(conflict, town)[0] == "无论怎样选，以下要求都不能满足："


@pytest.mark.parametrize("seeds", SEEDS)
def test_what_the_rules_ask_about_has_a_plan_just_where_the_whole_has(seeds: range) -> None:
    """What is left out may be 0: the smaller program's plan is one of the whole."""
    plans = 0
    for seed in seeds:
        instance = draw_city(seed, most_choices=2**7)
        spec = draw_model(seed, instance, *list(DRAWS)[:5], goals=2)
        program = formulate(instance, compute_coverage(instance), spec)
        asked, columns = only_asked(replace(program, further=()))
        result = solve(asked, QUICK)
        assert (result.values is not None) == has_plan(instance, spec), seed
        if result.values is not None:
            plans += 1
            whole = np.zeros(program.shape[1])
            whole[columns] = result.values
            assert is_feasible(replace(program, further=()), whole)
    assert plans > len(seeds) / 8


def test_what_rules_beside_the_conflict_ask_is_not_counted_twice() -> None:
    """One offer is too dear as it is, so how far two can be had is said of these rules alone."""
    town = hand_town()
    cheapest, next_one, *_ = sorted(town.offers["cost"])
    rules = (Budget(at_most="500 CNY"), Count(at_least=1), Count(at_least=2))
    conflict = conflict_of(town, ModelSpec("t", GOALS, rules))
    assert conflict.is_smallest
    assert [clash.name for clash in conflict.clashes] == ["budget", "count_2"]
    assert [clash.of_these for clash in conflict.clashes] == [False, True]
    assert conflict.clashes[0].reach == pytest.approx((cheapest + next_one) / 500, rel=0.05)
    with in_language("zh"):
        assert lines(conflict, town)[2] == "- 至少新增 2 个（最多 0 个，仅就以上几条而言）"
