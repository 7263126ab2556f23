"""The facts of a report: by hand on one town, and as sums that hold of any town."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported_plan import planned

from laws import on
from siting.blocks import Budget
from siting.inputs import Instance
from siting.report.facts import Facts, collect_facts, required_categories
from towns import draw_instance, hand_town, spec_of

# Few enough that the laws share their plans.
seeds = st.integers(0, 60)


def facts_of(instance: Instance) -> Facts:
    return collect_facts(planned(instance, spec_of(Budget(at_most=None))))


@cache
def drawn(seed: int) -> Facts:
    return facts_of(draw_instance(seed))


@cache
def drawn_in_circles(seed: int) -> Facts:
    return facts_of(circled(draw_instance(seed)))


def circled(instance: Instance, places: int = 2, **changes: Any) -> Instance:
    """The town with its demand points and sites dealt out to circles."""
    residents, sites = (
        frame.assign(circle=[f"C{number % places}" for number in range(len(frame))])
        for frame in (instance.residents, instance.sites)
    )
    return replace(instance, residents=residents, sites=sites, **changes)


# --- laws ---------------------------------------------------------------------------------------


@on(40)
@given(seed=seeds)
def test_coverage_after_is_what_the_judge_found(seed: int) -> None:
    facts = drawn(seed)
    names = facts.instance.category_names
    for coverage, judged in (
        (facts.before, facts.plan.judgement.before),
        (facts.after, facts.plan.judgement.after),
    ):
        served = np.stack([coverage[name].served for name in names], axis=1)
        np.testing.assert_array_equal(served, judged)


@on(40)
@given(seed=seeds)
def test_money_adds_up_to_the_plan(seed: int) -> None:
    facts = drawn_in_circles(seed)
    assert facts.money["cost"].sum() == pytest.approx(facts.plan.spend)
    assert facts.by_category["cost"].sum() == pytest.approx(facts.plan.spend)
    assert facts.by_place["cost"].sum() == pytest.approx(facts.plan.spend)
    assert facts.by_place["added"].sum() == len(facts.plan.chosen)


@on(40)
@given(seed=seeds)
def test_people_add_up_to_the_plan(seed: int) -> None:
    facts = drawn_in_circles(seed)
    before, after = facts.plan.complete
    assert facts.by_place["complete_before"].sum() == before
    assert facts.by_place["complete_after"].sum() == after
    assert facts.by_place["newly_covered"].sum() == pytest.approx(facts.newly_covered)
    coverage = facts.plan.coverage.set_index("category")
    sums = facts.gaps.groupby("category")[["residents", "uncovered", "uncovered_after"]].sum()
    for category, row in sums.iterrows():
        said = coverage.loc[str(category)]
        assert row["residents"] - row["uncovered"] == pytest.approx(said["before"])
        assert row["residents"] - row["uncovered_after"] == pytest.approx(said["after"])


@on(40)
@given(seed=seeds)
def test_a_plan_takes_nothing_away(seed: int) -> None:
    facts = drawn_in_circles(seed)
    gaps = facts.gaps
    assert (gaps["have_after"] >= gaps["have"]).all()
    assert (gaps["uncovered_after"] <= gaps["uncovered"]).all()
    walked = gaps["median_minutes"].notna()
    assert (gaps["median_after"][walked] <= gaps["median_minutes"][walked] + 1e-9).all()
    before, after, places = facts.whole_places
    assert before <= after <= places
    curve = facts.minutes_curve()
    assert (curve["after"] >= curve["before"]).all()
    assert curve["before"].is_monotonic_increasing


@on(40)
@given(seed=seeds)
def test_whom_an_offer_reaches(seed: int) -> None:
    """Those reached alone are among those reached; all together they are those who gain."""
    facts = drawn(seed)
    reached, alone = facts.reached.toarray(), facts.reached_alone.toarray()
    assert reached.shape == (len(facts.plan.chosen), len(facts.instance.residents))
    assert (alone <= reached).all()
    judged = facts.plan.judgement
    lives = np.stack([facts.instance.people(g) > 0 for g in facts.instance.categories["group"]], 1)
    gaining = (judged.after & ~judged.before & lives).any(axis=1)
    np.testing.assert_array_equal(reached.any(axis=0), gaining)


@on(40)
@given(seed=seeds)
def test_one_category_offers_reach_the_people_that_the_plan_says(seed: int) -> None:
    facts = drawn(seed)
    groups = facts.instance.categories.set_index("category")["group"]
    for number, row in enumerate(facts.plan.chosen.to_dict(orient="records")):
        (category, *others) = {part.strip() for part in row["categories"].split(";")}
        if others:
            continue
        people = facts.instance.people(str(groups[category])).to_numpy(float)
        assert facts.reached[[number]] @ people == pytest.approx([row["newly_covered"]])
        assert facts.reached_alone[[number]] @ people == pytest.approx([row["only_here"]])


# --- by hand ------------------------------------------------------------------------------------


def test_people_who_get_several_categories_count_once() -> None:
    """All 150 people of the town by hand, whatever number of categories reaches each."""
    facts = facts_of(replace(hand_town(), budget=1e9))
    gained = facts.plan.coverage["after"] - facts.plan.coverage["before"]
    assert facts.newly_covered <= gained.sum()
    assert facts.newly_covered >= gained.max()


def test_of_a_group_only_its_members_gain() -> None:
    """Where only the canteen for the elderly comes near, only they are newly covered."""
    town = hand_town()
    only = town.offers[town.offers["categories"] == "canteen"]
    facts = facts_of(replace(town, offers=only.reset_index(drop=True), budget=1e9))
    gained = facts.plan.coverage.set_index("category").loc["canteen"]
    assert facts.newly_covered == gained["after"] - gained["before"] > 0


def test_a_complete_circle_lacks_no_required_category() -> None:
    facts = facts_of(circled(replace(hand_town(), budget=1e9)))
    required = required_categories(facts.instance)
    for place in facts.by_place.to_dict(orient="records"):
        rows = facts.gaps[
            (facts.gaps["place"] == place["place"]) & facts.gaps["category"].isin(required)
        ]
        assert place["whole_before"] == (not rows["missing"].any())
        assert place["whole_after"] == (not rows["missing_after"].any())
        assert place["required"] == len(required)


def test_without_basic_categories_all_are_required() -> None:
    town = hand_town()
    quality = town.categories.assign(tier="quality")
    assert required_categories(replace(town, categories=quality)) == town.category_names


def test_without_circles_the_city_is_the_place() -> None:
    town = hand_town()
    residents = town.residents.drop(columns=["circle", "district"], errors="ignore")
    facts = facts_of(replace(town, residents=residents))
    assert facts.by_place["place"].tolist() == [town.name]
    assert facts.by_place["residents"].tolist() == [town.residents["residents"].sum()]


def test_a_plan_that_adds_nothing() -> None:
    facts = facts_of(circled(replace(hand_town(), budget=0.0)))
    free = facts.instance.offers["cost"] == 0
    assert not free.any()
    assert facts.newly_covered == 0
    assert len(facts.tasks) == len(facts.money) == facts.reached.shape[0] == 0
    assert facts.by_place["added"].tolist() == [0, 0]
    curve = facts.minutes_curve()
    assert curve["before"].tolist() == curve["after"].tolist()


def test_the_curve_of_one_category_counts_its_own_group() -> None:
    facts = facts_of(replace(hand_town(), budget=1e9))
    curve = facts.minutes_curve("canteen").set_index("minutes")
    people = facts.instance.people("elderly").to_numpy(float)
    near = facts.after["canteen"].minutes <= 10
    assert curve["after"][10.0] == pytest.approx(people[near].sum() / people.sum())
    assert curve["before"][30.0] == 0
