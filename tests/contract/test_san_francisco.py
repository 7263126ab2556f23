"""A published covering problem through the whole pipeline: the optima are known to the person."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from siting.blocks import Budget
from siting.coverage import compute_coverage
from siting.inputs import Instance, read_instance
from siting.model import formulate, read_model
from siting.plan import make_plan
from siting.solve import Limit, Reason, SolveSettings, Termination, solve
from towns import spec_of

FOLDER = Path(__file__).parents[2] / "instances" / "san-francisco"
OPTIMA = {
    50.0: {1: 448255, 2: 671938, 3: 791499, 4: 875247, 6: 941462, 8: 955113},
    12.5: {1: 38270, 2: 70578, 3: 101431, 4: 128712, 6: 177727, 8: 216161},
}
CASES = [(minutes, stores) for minutes, optima in OPTIMA.items() for stores in optima]


@cache
def stores_of_san_francisco() -> Instance:
    return read_instance(FOLDER)


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize(("minutes", "stores"), CASES)
def test_the_published_optimum(minutes: float, stores: int, cold: bool) -> None:
    instance = stores_of_san_francisco()
    instance = replace(
        instance,
        budget=float(stores),
        categories=instance.categories.assign(standard_minutes=minutes),
    )
    spec = spec_of(Budget(at_most=None))
    coverage = compute_coverage(instance)
    settings = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1, cold=cold)
    program = formulate(instance, coverage, spec)
    result = solve(program, settings)
    plan = make_plan(instance, coverage, spec, program, result)
    assert plan.objective == OPTIMA[minutes][stores]
    assert plan.bound == OPTIMA[minutes][stores]
    by_word = Termination(Reason.FEASIBLE, Limit.SOLVER_GAP)
    assert plan.termination == (by_word if cold else Termination(Reason.OPTIMAL))
    assert plan.spend <= stores


def test_the_folder_as_it_is_asks_for_four_stores() -> None:
    instance = stores_of_san_francisco()
    program = formulate(instance, compute_coverage(instance), read_model("annual-plan"))
    settings = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
    assert solve(program, settings).objective == OPTIMA[50.0][4]


def test_the_folder_has_every_tract_and_store_of_the_source() -> None:
    instance = stores_of_san_francisco()
    assert instance.warnings == ()
    assert (len(instance.residents), len(instance.sites), len(instance.outlets)) == (205, 16, 0)
    assert instance.residents["residents"].sum() == 955113


def test_the_licence_and_the_origin_are_told() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "BSD 3-Clause" in readme
    assert "spopt" in instance_note()
    assert "Copyright 2018 pysal-spopt" in (FOLDER / "LICENSE-spopt.txt").read_text("utf-8")


def instance_note() -> str:
    return stores_of_san_francisco().note
