"""Outlets that close and groups that grow: by hand, by laws, in reports and year by year."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_models import draw_city, draw_model
from test_laws_of_blocks import best, no_worse, of_goal

from laws import on
from siting.blocks import (
    Budget,
    Catchment,
    Count,
    CoveredResidents,
    CoveredShare,
    LockedOut,
    Requires,
    Spacing,
)
from siting.coverage import compute_coverage, measure_walks
from siting.coverage.readings import changes_over_years, in_year
from siting.errors import InputError
from siting.inputs import Instance
from siting.model import ModelSpec, formulate, say_plainly
from siting.plan import LoadedRun, make_plan
from siting.plan.brute_force import brute_force
from siting.plan.regret import find_regret
from siting.report.facts import collect_facts
from siting.solve import SolveSettings, solve
from towns import hand_town

EXACT = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
seeds = st.integers(0, 2**32 - 1)
law = on(15)


def town(money: dict[int, float], until: float | None = None, **changes: Any) -> Instance:
    """The town worked out by hand, its only pharmacy closing after a year."""
    made = hand_town(years=money, **changes)
    return made if until is None else replace(made, outlets=made.outlets.assign(until=until))


def best_by_hand(
    instance: Instance, *blocks: Any, **settings: Any
) -> tuple[Fraction, dict[str, int]]:
    spec = ModelSpec("t", (CoveredResidents(**settings),), (Budget(), *blocks))
    found = brute_force(say_plainly(instance, compute_coverage(instance), spec))
    assert found is not None
    return found.values[0], dict(found.chosen)


@pytest.mark.parametrize(
    ("until", "money", "value"),
    [
        (None, {2026: 0.0, 2027: 0.0}, 30 + 30),
        (2027, {2026: 0.0, 2027: 0.0}, 30 + 30),
        (2026, {2026: 0.0, 2027: 0.0}, 30),
        (2025, {2026: 0.0, 2027: 0.0}, 0),
        # A pharmacy at S1 serves R1, R2 and R3: from 2027 on, or in both years.
        (2026, {2026: 0.0, 2027: 1000.0}, 30 + 60),
        (2026, {2026: 1000.0, 2027: 0.0}, 60 + 60),
    ],
)
def test_an_outlet_serves_up_to_the_year_until(
    until: float | None, money: dict[int, float], value: int
) -> None:
    assert best_by_hand(town(money, until))[0] == value


def test_without_years_nothing_closes_and_nobody_grows() -> None:
    instance = replace(town({}, 2020), growth={"all": 0.1})
    assert not changes_over_years(instance)
    assert in_year(instance, 2030) is instance


def test_groups_grow_from_the_first_year_on() -> None:
    money = {2026: 0.0, 2027: 0.0, 2029: 0.0}
    value, _ = best_by_hand(town(money, growth={"all": 0.1}))
    # 10 and 20 people; three years after the first 13.31 and 26.62.
    assert value == 30 + 33 + Fraction("39.93")


def test_what_counts_at_the_end_of_one_year_alone() -> None:
    money = {2026: 0.0, 2027: 1000.0}
    value, chosen = best_by_hand(town(money, 2026), year=(2027,))
    assert (value, chosen) == (Fraction(60), {"P1": 2027})
    assert best_by_hand(town(money, 2026), year=(2026,))[0] == 30


def test_a_share_is_one_of_those_who_are_there_then() -> None:
    """Of 165 people 66 are 40 %, of the 150 of today 60; the pharmacy closes after 2026."""
    money, chosen = {2026: 0.0, 2027: 1500.0}, CoveredShare(category=("pharmacy",), at_least=0.4)
    grown = town(money, 2026, growth={"all": 0.1})
    model = say_plainly(
        grown, compute_coverage(grown), ModelSpec("t", (CoveredResidents(),), (chosen,))
    )
    (row,) = next(rows for rows in model.rows if rows.name.startswith("covered_share")).lower
    assert row == 66


def test_what_is_near_an_outlet_that_closes() -> None:
    """A pharmacy at S1 is 300 m from the one that closes: too near while that is open."""
    money = {2026: 1000.0, 2027: 1000.0}
    apart = Spacing(category=("pharmacy",), metres=350)
    assert best_by_hand(town(money, 2026), apart)[1] == {"P1": 2027}
    assert best_by_hand(town(money), apart)[1] == {}
    needs = Requires(category=("canteen",), needs=("pharmacy",), within_metres=350)
    rich = {2026: 3000.0, 2027: 0.0}
    only = LockedOut(offers=("P2", "B2"))
    assert best_by_hand(town(rich), needs, only, category=("canteen",))[1] == {"C1": 2026}
    assert best_by_hand(town(rich, 2026), needs, only, category=("canteen",))[1] == {}


def test_a_catchment_counts_who_lives_there_in_the_end() -> None:
    """110 people of today live within 400 m of S2; in 2027 they are 99."""
    money, least = {2026: 1500.0, 2027: 0.0}, Catchment(category=("pharmacy",), at_least=65)
    assert best_by_hand(town(money), least)[1] == {"P2": 2026}
    assert best_by_hand(town(money, growth={"all": -0.1}), least)[1] == {}


# --- laws ---------------------------------------------------------------------------------------


def planned(seed: int) -> Instance:
    """A city of several years."""
    instance = draw_city(seed)
    assume(instance.years)
    return instance


@law
@given(seeds)
def test_an_outlet_that_closes_is_never_better(seed: int) -> None:
    instance = planned(seed)
    stays = replace(instance, outlets=instance.outlets.assign(until=np.nan))
    spec = of_goal(CoveredResidents())
    assert no_worse(best(instance, spec), best(stays, spec))


@law
@given(seeds, st.sampled_from(["until", "growth"]))
def test_what_changes_after_the_last_year_changes_nothing(seed: int, what: str) -> None:
    instance = planned(seed)
    plain = replace(instance, outlets=instance.outlets.assign(until=np.nan), growth={})
    other = replace(plain, growth={"all": 0.0})
    if what == "until":
        late = plain.outlets.assign(until=float(max(instance.years)))
        other = replace(plain, outlets=late)
    spec = draw_model(seed, plain, "covered_residents")
    assert best(other, spec) == best(plain, spec)


@law
@given(seeds, st.floats(0, 0.3))
def test_more_people_are_never_fewer_covered(seed: int, rate: float) -> None:
    instance = replace(planned(seed), growth={})
    grown = replace(instance, growth={"all": rate})
    spec = of_goal(CoveredResidents())
    assert no_worse(best(instance, spec), best(grown, spec))


# --- what is made of plans ------------------------------------------------------------------------


def solved(seed: int) -> LoadedRun | None:
    instance = draw_city(seed, most_choices=2**7)
    walks = measure_walks(instance)
    coverage = compute_coverage(instance, walks)
    spec = ModelSpec("t", (CoveredResidents(),), (Budget(at_most="7000.5 CNY"), Count(at_most=4)))
    program = formulate(instance, coverage, spec)
    result = solve(program, EXACT)
    if result.values is None:
        return None
    return LoadedRun(make_plan(instance, coverage, spec, program, result, walks), coverage, walks)


CHANGING = [seed for seed in range(60) if changes_over_years(draw_city(seed, most_choices=2**7))]


@pytest.mark.parametrize("seed", CHANGING[:12])
def test_a_report_says_who_has_what_in_the_end(seed: int) -> None:
    loaded = solved(seed)
    assert loaded is not None
    facts = collect_facts(loaded.plan, loaded.coverage, loaded.walks)
    names = loaded.plan.instance.category_names
    after = np.stack([facts.after[name].served for name in names], axis=1)
    assert np.array_equal(after, loaded.plan.judgement.after)
    assert np.array_equal(facts.stages[-1].coverage[names[0]].served, after[:, 0])
    assert {"have_after", "missing_after"} <= set(facts.gaps.columns)


@pytest.mark.parametrize("seed", CHANGING[:12])
def test_regret_is_what_every_choice_says(seed: int) -> None:
    """The best of each year alone is the best of all choices, and the plan is no better."""
    loaded = solved(seed)
    assert loaded is not None
    plan = loaded.plan
    for one in find_regret(loaded, EXACT):
        goal = CoveredResidents(year=(one.year,))
        spec = replace(plan.spec, maximise=(goal,))
        found = brute_force(say_plainly(plan.instance, loaded.coverage, spec))
        assert found is not None
        assert one.goal.objective == pytest.approx(float(found.values[0]), rel=1e-9)
        assert one.value <= one.goal.objective + 1e-9
        assert one.least <= one.most + 1e-9
    total = sum(one.value for one in find_regret(loaded, EXACT))
    assert total == pytest.approx(plan.objective, rel=1e-9)


def test_regret_is_asked_of_several_years() -> None:
    runs = (solved(seed) for seed in range(20) if not draw_city(seed).years)
    loaded = next(run for run in runs if run)
    with pytest.raises(InputError, match="a plan of one year"):
        find_regret(loaded, EXACT)
