"""Plans nearly as good: each keeps every rule and what it may not give up, and differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_models import draw_city, draw_model

from siting.coverage import compute_coverage, measure_walks
from siting.model import formulate
from siting.plan import LoadedRun, make_plan
from siting.plan.alternatives import find_alternatives
from siting.plan.judgement import judge
from siting.solve import SolveSettings, solve

EXACT = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
BAOTOU = Path(__file__).parents[2] / "instances" / "baotou"


def solved(seed: int, goals: int) -> LoadedRun | None:
    instance = draw_city(seed, most_choices=2**7)
    walks = measure_walks(instance)
    coverage = compute_coverage(instance, walks)
    spec = draw_model(seed, instance, goals=goals)
    program = formulate(instance, coverage, spec)
    result = solve(program, EXACT)
    if result.values is None:
        return None
    return LoadedRun(make_plan(instance, coverage, spec, program, result, walks), coverage, walks)


@pytest.mark.parametrize("seed", range(24))
def test_each_is_a_plan_that_gives_up_no_more_than_it_may(seed: int) -> None:
    loaded = solved(seed, 1 + seed % 2)
    if loaded is None:
        return
    found = find_alternatives(loaded, 3, 0.25, EXACT)
    assert len({tuple(sorted(plan.when.items())) for plan in found.plans}) == len(found.plans)
    for plan in found.plans:
        judgement = judge(loaded.plan.model, plan.when)
        assert not judgement.violations
        for goal, value in zip(loaded.plan.goals, plan.values, strict=True):
            turn = 1 if goal.sense == "maximise" else -1
            least = turn * goal.objective - 0.25 * abs(goal.gain)
            assert turn * value >= least - 1e-6 * max(1.0, abs(least))
    every = set.intersection(*(set(plan.when) for plan in found.plans))
    assert set(found.in_all["offer_id"]) == every


def test_some_have_alternatives() -> None:
    runs = [loaded for seed in range(20) if (loaded := solved(seed, 1)) is not None]
    assert sum(len(find_alternatives(run, 2, 0.3, EXACT).plans) > 1 for run in runs) > 2
