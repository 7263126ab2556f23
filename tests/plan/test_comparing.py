"""Two plans side by side: what differs, counted by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from siting.blocks import Budget
from siting.coverage import compute_coverage, measure_walks
from siting.errors import InputError
from siting.inputs import Instance
from siting.model import ModelSpec, say_plainly
from siting.plan import LoadedRun, Plan, PlanGoal, judge
from siting.plan.compare import Comparison, Condition, Standing, compare
from siting.plan.judgement import (
    chosen_offers,
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
)
from siting.solve import Limit, Reason, SolveSettings, Termination
from siting.units import Currency
from towns import draw_town, hand_town, spec_of, with_bound

SPEC = spec_of(Budget(at_most=None))


def run_of(
    *chosen: str, instance: Instance | None = None, spec: ModelSpec = SPEC, bound: float = np.inf
) -> LoadedRun:
    """A plan of some offers, whatever they are, and as much proven of it as is said."""
    town = hand_town() if instance is None else instance
    walks = measure_walks(town)
    coverage = compute_coverage(town, walks)
    model = say_plainly(town, coverage, spec)
    judged = judge(model, chosen, walks)
    (goal,) = judged.goals
    plan = Plan(
        instance=town,
        spec=spec,
        model=model,
        settings=SolveSettings(),
        chosen=chosen_offers(town, coverage, dict.fromkeys(chosen, 1)),
        goals=(
            PlanGoal(
                name=goal.name,
                sense=goal.sense,
                objective=judged.objective,
                baseline=judged.baseline,
                certified_bound=bound,
                solver_bound=bound,
            ),
        ),
        termination=Termination(Reason.FEASIBLE, Limit.TIME),
        spend=judged.spend,
        coverage=coverage_by_category(town, judged),
        by_group=coverage_by_group(town, judged),
        by_district=coverage_by(town, judged, "district"),
        complete=complete_residents(town, judged),
        judgement=judged,
    )
    return LoadedRun(plan, coverage, walks)


def states(frame: pd.DataFrame, key: str) -> dict[str, str]:
    return dict(zip(frame[key], frame["state"], strict=True))


# --- what differs -------------------------------------------------------------------------------


def test_a_plan_beside_itself_differs_in_nothing() -> None:
    found = compare(run_of("P1", "C1"), run_of("P1", "C1"))
    assert (found.change, found.changed, found.files) == (0.0, (), ())
    assert found.standing is Standing.SAME
    assert states(found.offers, "offer_id") == {"P1": "kept", "C1": "kept"}
    assert states(found.sites, "site_id") == {"S1": "kept"}
    for frame in (found.additions, found.people, found.residents):
        assert frame.empty


def test_offers_and_sites_are_kept_gained_and_lost() -> None:
    found = compare(run_of("P1", "C1"), run_of("C1", "P2"))
    assert states(found.offers, "offer_id") == {"C1": "kept", "P2": "gained", "P1": "lost"}
    assert states(found.sites, "site_id") == {"S1": "changed", "S2": "gained"}
    assert states(compare(run_of("P1"), run_of()).sites, "site_id") == {"S1": "lost"}


def test_people_who_gain_and_lose_are_counted_by_district_and_category() -> None:
    """P2 instead of C1: R3 and R4 gain the pharmacy, R2's five old people lose the canteen."""
    found = compare(run_of("C1"), run_of("P2"))
    assert found.people.to_numpy(object).tolist() == [
        ["east", "pharmacy", 0.0, 70.0, 70.0, 0.0],
        ["west", "canteen", 5.0, 0.0, 0.0, 5.0],
    ]
    assert list(found.residents["resident_id"]) == ["R2", "R3", "R4"]
    assert list(found.residents["gained"]) == [0.0, 30.0, 40.0]
    assert list(found.residents["lost"]) == [5.0, 0.0, 0.0]


def test_nobody_is_counted_twice_for_two_categories() -> None:
    found = compare(run_of(), run_of("B2"))
    assert dict(found.people.groupby("category")["gained"].sum()) == {
        "pharmacy": 70.0,
        "canteen": 14.0,
    }
    assert list(found.residents["gained"]) == [30.0, 40.0]


def test_additions_are_counted_by_place_and_category() -> None:
    sites = hand_town().sites.assign(district=["west", "east"])
    town = hand_town(sites=sites)
    found = compare(run_of("P1", "C1", instance=town), run_of("B2", "C1", instance=town))
    assert found.additions.to_dict("records") == [
        {"place": "east", "category": "canteen", "before": 0, "after": 1, "gained": 1, "lost": 0},
        {"place": "east", "category": "pharmacy", "before": 0, "after": 1, "gained": 1, "lost": 0},
        {"place": "west", "category": "pharmacy", "before": 1, "after": 0, "gained": 0, "lost": 1},
    ]


def test_residents_in_another_order_are_the_same_residents() -> None:
    mixed = hand_town(residents=hand_town().residents.iloc[::-1].reset_index(drop=True))
    found = compare(run_of("P2"), run_of("P2", instance=mixed))
    assert found.standing is Standing.SAME
    assert found.residents.empty


@pytest.mark.parametrize("seed", range(12))
def test_the_other_way_round_everything_is_mirrored(seed: int) -> None:
    town, spec = draw_town(seed)
    rng = np.random.default_rng(seed)
    ids = town.offers["offer_id"].to_numpy(object)
    one, two = ([str(name) for name in ids[rng.random(len(ids)) < 0.5]] for _ in range(2))
    a, b = (run_of(*part, instance=town, spec=spec) for part in (one, two))
    there, back = compare(a, b), compare(b, a)
    assert there.change == -back.change
    mirror = {"gained": "lost", "lost": "gained", "before": "after", "after": "before"}
    for name in ("people", "additions", "residents"):
        frame: pd.DataFrame = getattr(there, name)
        twin = getattr(back, name).rename(columns=mirror)[frame.columns]
        pd.testing.assert_frame_equal(frame, twin, check_dtype=False)
    for name, key in (("offers", "offer_id"), ("sites", "site_id")):
        found = states(getattr(there, name), key)
        other = states(getattr(back, name), key)
        assert {one: mirror.get(state, state) for one, state in found.items()} == other


@pytest.mark.parametrize("seed", range(12))
def test_gains_and_losses_make_up_the_change_of_the_objective(seed: int) -> None:
    town, spec = draw_town(seed)
    ids = [str(one) for one in town.offers["offer_id"]]
    found = compare(
        run_of(*ids[::2], instance=town, spec=spec), run_of(*ids[1::2], instance=town, spec=spec)
    )
    priority = town.categories.set_index("category")["priority"]
    weights = found.people["category"].map(priority).to_numpy(float)
    moved = (found.people["gained"] - found.people["lost"]).to_numpy(float)
    assert float(weights @ moved) == pytest.approx(found.change)
    people = found.people
    np.testing.assert_allclose(people["after"] - people["before"], moved)


# --- what is proven -----------------------------------------------------------------------------


def standing(a: LoadedRun, b: LoadedRun) -> Standing:
    found: Comparison = compare(a, b)
    return found.standing


def test_plans_of_the_same_question_are_told_as_such() -> None:
    assert standing(run_of("P1", bound=100.0), run_of("P2", bound=90.0)) is Standing.SAME_QUESTION


def test_plans_are_told_apart_where_one_is_above_the_others_bound() -> None:
    """P1 reaches 40, P2 80, each of a budget of its own."""
    poor, rich = hand_town(budget=1000.0), hand_town(budget=2000.0)
    a = run_of("P1", instance=poor, bound=79.0)
    b = run_of("P2", instance=rich, bound=120.0)
    assert (a.plan.objective, b.plan.objective) == (60.0, 100.0)
    assert standing(a, b) is Standing.B_ABOVE
    assert standing(b, a) is Standing.A_ABOVE
    loose = replace(a, plan=with_bound(a.plan, 100.0))
    assert standing(loose, b) is Standing.OPEN
    unproven = replace(a, plan=with_bound(a.plan, np.inf))
    assert standing(unproven, b) is Standing.OPEN


def test_other_weights_make_objectives_incomparable() -> None:
    categories = hand_town().categories.assign(priority=[3.0, 1.0])
    other = run_of("P1", instance=hand_town(categories=categories))
    assert standing(run_of("P1"), other) is Standing.OTHER_MEASURE


def test_what_the_plans_were_made_under_is_named() -> None:
    richer = hand_town(budget=9000.0, digests={"sites.csv": "1", "offers.csv": "2"})
    base = hand_town(digests={"sites.csv": "1", "offers.csv": "3"})
    other = run_of("P1", instance=richer, spec=spec_of())
    other = replace(other, plan=replace(other.plan, settings=SolveSettings(seed=7)))
    found = compare(run_of("P1", instance=base), other)
    assert found.changed == (
        Condition.FILES,
        Condition.BUDGET,
        Condition.MODEL,
        Condition.SETTINGS,
    )
    assert found.files == ("offers.csv",)
    slow = replace(hand_town().walking, winter="ice")
    walked = compare(run_of("P1"), run_of("P1", instance=hand_town(walking=slow)))
    assert walked.changed == (Condition.WALKING,)


# --- what is refused ----------------------------------------------------------------------------


def problems(instance: Instance) -> list[str]:
    with pytest.raises(InputError) as caught:
        compare(run_of("P1"), run_of("P1", instance=instance))
    return [problem.code for problem in caught.value.problems]


def test_other_money_is_refused() -> None:
    assert problems(hand_town(currency=Currency("EUR", "EUR"))) == ["other-money"]


def test_other_residents_are_refused_and_counted() -> None:
    fewer = hand_town(residents=hand_town().residents.iloc[:3])
    with pytest.raises(InputError, match=r"2 demand points of A missing and 0 .* \(R4, R5\)"):
        compare(run_of("P1"), run_of("P1", instance=fewer))


def test_every_reason_is_given_at_once() -> None:
    town = hand_town(
        currency=Currency("EUR", "EUR"),
        residents=hand_town().residents.assign(resident_id=list("abcde")),
        categories=hand_town().categories.iloc[:1],
        offers=hand_town().offers.iloc[[0]],
    )
    assert problems(town) == ["other-money", "other-categories", "other-residents"]
