"""The judge against a town worked out by hand, and each violation with both of its numbers."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from siting.blocks import (
    CONSTRAINTS,
    AllowedCategories,
    Budget,
    Catchment,
    CategoryOncePerSite,
    CompletePlacesFloor,
    CompleteShare,
    ConstraintBlock,
    Count,
    CoveredShare,
    Earliest,
    Excludes,
    Hub,
    LockedIn,
    LockedOut,
    Requires,
    SiteArea,
    SiteSlots,
    Spacing,
)
from siting.coverage import compute_coverage, measure_walks
from siting.errors import InputError, VerificationError
from siting.inputs import Instance, Walking
from siting.language import Language, in_language
from siting.model import formulate, say_plainly
from siting.plan import Judgement, Plan, judge, make_plan
from siting.plan.judgement import (
    complete_residents,
    coverage_by,
    coverage_by_category,
    coverage_by_group,
)
from siting.program import Program
from siting.solve import Limit, Reason, SolveResult, SolveSettings, Termination, solve
from towns import draw_town, frame, hand_town, spec_of
from towns import judged as judged_by

FREE = spec_of()
SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1, cold=True)


def judged(*chosen: str, instance: Instance | None = None) -> Judgement:
    return judged_by(instance or hand_town(), FREE, chosen)


def violations(
    block: ConstraintBlock, *chosen: str, instance: Instance | None = None
) -> tuple[str, ...]:
    return judged_by(instance or hand_town(), spec_of(block), chosen).violations


# --- effects ------------------------------------------------------------------------------------


def test_nothing_chosen_covers_what_there_is() -> None:
    """R1 and R2 have the pharmacy at 0 m: 10 + 20 people."""
    judgement = judged()
    assert (judgement.objective, judgement.baseline, judgement.spend) == (30.0, 30.0, 0.0)
    assert judgement.before[:, 0].tolist() == [True, True, False, False, False]
    assert not judgement.before[:, 1].any()


@pytest.mark.parametrize(
    ("chosen", "objective", "spend"),
    [
        (("P1",), 30 + 30, 1000),
        (("P2",), 30 + 30 + 40, 1500),
        (("P1", "P2"), 30 + 30 + 40, 2500),
        (("C1",), 30 + 2 * 5, 3000),
        (("B2",), 30 + 70 + 2 * (6 + 8), 4000),
        (("C1", "B2"), 30 + 70 + 2 * (5 + 6 + 8), 7000),
        (("P1", "C1", "P2", "B2"), 30 + 70 + 2 * 19, 9500),
    ],
)
def test_effects_by_hand(chosen: tuple[str, ...], objective: float, spend: float) -> None:
    judgement = judged(*chosen)
    assert (judgement.objective, judgement.spend) == (objective, spend)
    assert judgement.baseline == 30
    assert judgement.violations == ()


def test_the_order_of_the_choice_means_nothing() -> None:
    assert judged("B2", "C1").objective == judged("C1", "B2").objective


def test_an_offer_that_is_not_there_is_named() -> None:
    judgement = judged("P1", "gone")
    assert judgement.violations == ("offer gone is chosen and is not in the instance",)
    assert judgement.spend == 1000


def test_an_offer_chosen_twice_is_named_and_counts_once() -> None:
    judgement = judged("P1", "P1")
    assert judgement.violations == ("an offer is chosen twice",)
    assert (judgement.spend, judgement.objective) == (1000, 60)


# --- violations ---------------------------------------------------------------------------------


def test_an_overspent_budget() -> None:
    assert violations(Budget(at_most=None), "B2", "C1") == (
        "budget: spends 7,000 元, at most 5,000 元",
    )
    assert violations(Budget(at_most="6000 CNY"), "B2", "C1") == (
        "budget: spends 7,000 元, at most 6,000 元",
    )


def test_a_budget_spent_to_the_last_coin_holds() -> None:
    assert violations(Budget(at_most=None), "B2", "P1") == ()
    assert violations(Budget(at_most="4999.99 CNY"), "B2", "P1") == (
        "budget: spends 5,000.00 元, at most 4,999.99 元",
    )


def test_a_tenth_summed_ten_times_is_one() -> None:
    offers = hand_town().offers.assign(cost=[0.1, 0.2, 0.0, 0.0])
    town = hand_town(offers=offers, budget=0.3)
    assert violations(Budget(at_most=None), "P1", "C1", instance=town) == ()


def test_a_budget_without_an_amount_is_not_judged_as_no_limit() -> None:
    with pytest.raises(InputError, match="no budget, neither here nor in the instance"):
        violations(Budget(at_most=None), instance=hand_town(budget=None))


def test_a_decided_offer_that_is_not_there_is_not_judged_as_if_it_were() -> None:
    with pytest.raises(InputError, match="the unknown offer 'gone'"):
        violations(LockedIn(offers=("gone",)))


def test_a_site_with_too_few_slots() -> None:
    block = SiteSlots(default=None)
    assert violations(block, "P1", "C1") == ("site_slots: site S1 takes 2 categories, at most 1",)
    assert violations(block, "P2", "B2") == ("site_slots: site S2 takes 3 categories, at most 2",)
    assert violations(block, "P1", "B2") == ()


def test_slots_that_are_missing_take_the_default() -> None:
    sites = hand_town().sites.assign(slots=[np.nan, 2.0])
    town = hand_town(sites=sites)
    with pytest.raises(InputError, match="no slots at 1 of 2 sites: S1"):
        violations(SiteSlots(default=None), "P1", "C1", instance=town)
    expected = ("site_slots: site S1 takes 2 categories, at most 1",)
    assert violations(SiteSlots(default=1), "P1", "C1", instance=town) == expected
    bare = hand_town(sites=hand_town().sites.drop(columns="slots"))
    assert violations(SiteSlots(default=1), "P1", "C1", instance=bare) == expected
    assert violations(SiteSlots(default=None), "P1", "C1", instance=bare) == ()


def test_a_category_twice_at_a_site() -> None:
    assert violations(CategoryOncePerSite(), "P2", "B2") == (
        "category_once_per_site: site S2 gets pharmacy 2 times, at most 1",
    )
    assert violations(CategoryOncePerSite(), "P1", "B2") == ()


def test_a_category_that_the_site_does_not_allow() -> None:
    sites = hand_town().sites.assign(allowed_categories=["", "canteen"])
    town = hand_town(sites=sites)
    assert violations(AllowedCategories(only=None), "B2", "P1", instance=town) == (
        "allowed_categories: offer B2 is chosen and adds a category that is not allowed",
    )


def test_a_category_that_the_model_does_not_allow() -> None:
    block = AllowedCategories(only=("pharmacy",))
    assert violations(block, "P1", "B2") == (
        "allowed_categories: offer B2 is chosen and adds a category that is not allowed",
    )


def test_a_decided_offer_that_is_not_chosen() -> None:
    block = LockedIn(offers=("P1", "B2"))
    assert violations(block, "P1") == ("locked_in: offer B2 is not chosen",)


@pytest.mark.parametrize(
    "out", [{"offers": ("B2",)}, {"sites": ("S2",)}, {"categories": ("canteen",)}]
)
def test_an_offer_that_is_out(out: dict[str, tuple[str, ...]]) -> None:
    block = LockedOut(**({"offers": (), "sites": (), "categories": ()} | out))
    assert violations(block, "P1", "B2") == ("locked_out: offer B2 is chosen",)


EVERY_BREACH: dict[str, tuple[ConstraintBlock, tuple[str, ...]]] = {
    "all money": (Budget(at_most="6999.5 CNY"), ("B2", "C1")),
    "a floor of money": (Budget(at_least="2000 CNY"), ("P1",)),
    "money of a site": (Budget(at_most="3500 CNY", each="site"), ("P1", "C1", "P2")),
    "too few": (Count(at_least=2, mode=("new",)), ("P1", "B2")),
    "too many sites": (Count(of="sites", at_most=1), ("P1", "P2")),
    "too many of a category": (Count(at_most=1, each="category"), ("P1", "B2")),
    "too small a share": (CoveredShare(at_least=0.8, category=("pharmacy",)), ("P1",)),
    "too small a share of a place": (CoveredShare(at_least=0.5, each="district"), ("P1",)),
    "slots": (SiteSlots(), ("P1", "C1")),
    "a category twice": (CategoryOncePerSite(), ("P2", "B2")),
    "a category that is not allowed": (AllowedCategories(only=("pharmacy",)), ("B2",)),
    "a decided offer": (LockedIn(offers=("P1",)), ()),
    "an excluded offer": (LockedOut(sites=("S2",)), ("P2",)),
    "something that it needs": (
        Requires(category=("canteen",), needs=("pharmacy",), within_metres=100.0),
        ("C1",),
    ),
    "too few functions": (Hub(at_least=2), ("P1",)),
    "one of two too many": (Excludes(offers=("P1", "P2")), ("P1", "P2")),
    "too near": (Spacing(category=("pharmacy",), metres=800.0), ("P1", "P2")),
    "too early": (Earliest(), ("P1", "P2")),
    "too few people": (Catchment(at_least=90.0), ("P1",)),
    "too much floor": (SiteArea(default=60.0), ("C1",)),
    "too few complete": (CompleteShare(at_least=0.9, category=("pharmacy",)), ("P1",)),
    "too few complete places": (
        CompletePlacesFloor(at_least=2, place="district", category=("pharmacy",)),
        (),
    ),
}


def in_years() -> Instance:
    """Two years, and a pharmacy that has to wait for the second."""
    offers = hand_town().offers.assign(earliest=[np.nan, np.nan, 2027.0, np.nan])
    return hand_town(offers=offers, years={2026: 5000.0, 2027: 5000.0})


@pytest.mark.parametrize("language", get_args(Language))
def test_every_breach_is_told_word_for_word(language: Language) -> None:
    assert {block.block for block, _ in EVERY_BREACH.values()} == set(CONSTRAINTS)
    with in_language(language):
        told = {
            name: violations(block, *ids, instance=in_years() if name == "too early" else None)
            for name, (block, ids) in EVERY_BREACH.items()
        }
    text = "".join(f"{name}\n" + "".join(f"  {x}\n" for x in said) for name, said in told.items())
    file = Path(__file__).parents[1] / "golden" / "breaches" / f"{language}.txt"
    if os.environ.get("SITING_UPDATE_GOLDEN") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("chunk", range(4))
def test_judge_and_program_agree_on_every_choice(chunk: int) -> None:
    """A choice keeps the rows and bounds of the program exactly when the judge finds no fault."""
    for seed in range(2000 + chunk, 2060, 4):
        instance, spec = draw_town(seed)
        walks = measure_walks(instance)
        coverage = compute_coverage(instance, walks)
        program, model = formulate(instance, coverage, spec), say_plainly(instance, coverage, spec)
        add, links = program.section("choose"), {link.name for link in model.links}
        rng = np.random.default_rng(seed)
        for _ in range(10):
            chosen = rng.random(add.stop) < rng.choice([0.1, 0.3, 0.6])
            values = np.zeros(program.shape[1])
            values[add.slice] = chosen
            sides = [part.slice for part in program.rows if part.name not in links]
            keeps = bool(np.all(chosen >= program.lower[add.slice]))
            keeps &= bool(np.all(chosen <= program.upper[add.slice]))
            activity = program.matrix @ values
            keeps &= all(np.all(activity[side] <= program.row_upper[side]) for side in sides)
            keeps &= all(np.all(activity[side] >= program.row_lower[side]) for side in sides)
            judgement = judge(model, [str(o) for o in add.ids[0][chosen]], walks)
            assert (judgement.violations == ()) == keeps, (seed, judgement.violations)


# --- coverage by whom and where -----------------------------------------------------------------


def test_coverage_by_category() -> None:
    town = hand_town()
    table = coverage_by_category(town, judged("B2"))
    expected = frame(
        "category group residents before after",
        ("pharmacy", "all", 150.0, 30.0, 100.0),
        ("canteen", "elderly", 32.0, 0.0, 14.0),
    )
    assert table.to_dict("records") == expected.to_dict("records")


def test_coverage_by_group() -> None:
    """The old are counted among those with a pharmacy; R1 and R2 hold 9 of them."""
    table = coverage_by_group(hand_town(), judged("B2"))
    expected = frame(
        "group category residents before after",
        ("all", "pharmacy", 150.0, 30.0, 100.0),
        ("all", "canteen", 150.0, 0.0, 70.0),
        ("elderly", "pharmacy", 32.0, 9.0, 23.0),
        ("elderly", "canteen", 32.0, 0.0, 14.0),
    )
    assert table.to_dict("records") == expected.to_dict("records")


def test_coverage_by_district_with_people_of_no_district() -> None:
    table = coverage_by(hand_town(), judged("B2"), "district")
    expected = frame(
        "district category residents before after",
        ("", "pharmacy", 50.0, 0.0, 0.0),
        ("", "canteen", 9.0, 0.0, 0.0),
        ("east", "pharmacy", 70.0, 0.0, 70.0),
        ("east", "canteen", 14.0, 0.0, 14.0),
        ("west", "pharmacy", 30.0, 30.0, 30.0),
        ("west", "canteen", 9.0, 0.0, 0.0),
    )
    assert table.to_dict("records") == expected.to_dict("records")


def test_a_town_without_districts_has_an_empty_table() -> None:
    town = hand_town(residents=hand_town().residents.drop(columns="district"))
    table = coverage_by(town, judged(instance=town), "district")
    assert table.empty
    assert list(table) == ["district", "category", "residents", "before", "after"]


def test_complete_are_those_with_every_basic_category() -> None:
    """With B2 and C1, R2 to R4 have both; R1 is too far from any canteen."""
    town = hand_town()
    assert complete_residents(town, judged("B2", "C1")) == (0.0, 90.0)
    quality = town.categories.assign(tier=["basic", "quality"])
    town = hand_town(categories=quality)
    assert complete_residents(town, judged("B2", instance=town)) == (30.0, 100.0)


def test_where_nothing_is_basic_every_category_counts() -> None:
    town = hand_town(categories=hand_town().categories.assign(tier="quality"))
    assert complete_residents(town, judged("B2", "C1", instance=town)) == (0.0, 90.0)


# --- making a plan ------------------------------------------------------------------------------


def solved(
    instance: Instance, *blocks: ConstraintBlock, **changes: object
) -> tuple[Program, SolveResult]:
    program = formulate(instance, compute_coverage(instance), spec_of(*blocks))
    result = replace(solve(program, SETTINGS), **changes)  # type: ignore[arg-type]
    return program, result


def planned(instance: Instance, *blocks: ConstraintBlock, **changes: object) -> Plan:
    solution = solved(instance, *blocks, **changes)
    return make_plan(instance, compute_coverage(instance), spec_of(*blocks), *solution)


def test_a_plan_says_what_was_solved() -> None:
    """5,000 buy the pharmacy and the canteen at S2 (98); R2's canteen would not fit beside."""
    plan = planned(hand_town(), Budget(at_most=None))
    assert (plan.objective, plan.bound, plan.baseline) == (128.0, 128.0, 30.0)
    assert (plan.gain, plan.gain_gap, plan.relative_gap) == (98.0, 0.0, 0.0)
    assert 4000 <= plan.spend <= 5000
    assert "B2" in set(plan.chosen["offer_id"])
    assert plan.complete == (0.0, 70.0)
    assert {"siting", "python", "pulp", "ortools"} <= set(plan.versions)


def test_only_a_certificate_makes_a_plan_optimal() -> None:
    town, spec = hand_town(budget=9500.0), spec_of(Budget(at_most=None))
    on_a_solvers_word = planned(town, Budget(at_most=None))
    assert on_a_solvers_word.certified_bound == np.inf
    assert on_a_solvers_word.termination == Termination(Reason.FEASIBLE, Limit.SOLVER_GAP)
    coverage = compute_coverage(town)
    program = formulate(town, coverage, spec)
    result = solve(program, replace(SETTINGS, cold=False))
    proven = make_plan(town, coverage, spec, program, result)
    assert proven.certified_bound == 138.0
    assert proven.termination.reason is Reason.OPTIMAL


def test_newly_covered_and_only_here() -> None:
    """P1 and B2 both bring R3 a pharmacy; only B2 brings R4 one, and R3 and R4 a canteen."""
    plan = planned(
        hand_town(),
        LockedIn(offers=("P1", "C1", "B2")),
        LockedOut(offers=("P2",), sites=(), categories=()),
    )
    lines = plan.chosen.set_index("offer_id")
    assert lines["newly_covered"].to_dict() == {"P1": 30.0, "C1": 5.0, "B2": 70.0 + 14.0}
    assert lines["only_here"].to_dict() == {"P1": 0.0, "C1": 5.0, "B2": 40.0 + 14.0}
    assert list(plan.chosen["offer_id"]) == ["B2", "C1", "P1"]


def test_a_category_named_twice_in_a_cell_reaches_people_once() -> None:
    offers = hand_town().offers.replace("pharmacy", "pharmacy;pharmacy")
    plan = planned(hand_town(offers=offers), LockedIn(offers=("P1",)), CategoryOncePerSite())
    line = plan.chosen.set_index("offer_id").loc["P1"]
    assert line["newly_covered"] == 30.0


def test_what_exists_is_not_newly_covered() -> None:
    outlets = frame("outlet_id x y categories", ("E1", 600.0, 0.0, "pharmacy;canteen"))
    plan = planned(hand_town(outlets=outlets), LockedIn(offers=("P1", "B2")))
    assert plan.chosen.set_index("offer_id")["newly_covered"]["P1"] == 10.0


def test_a_tampered_objective_is_refused_with_both_numbers() -> None:
    """A fifth of the ten that R2's canteen counts is a fifth too many."""
    program, result = solved(hand_town(), Budget(at_most=None))
    message = "covered_residents: the solver says 130.0, the inputs give 128.0"
    assert result.values is not None
    values = result.values + 0.2 * (program.objective == 10)
    with pytest.raises(VerificationError, match=message) as caught:
        planned(hand_town(), Budget(at_most=None), values=values)
    assert caught.value.disagreements == (message,)


def test_a_solution_over_the_budget_is_refused_with_both_numbers() -> None:
    town = hand_town()
    solution = solved(town, Budget(at_most=None))
    poor = hand_town(budget=3999.0)
    with pytest.raises(VerificationError, match=r"budget: spends [45],000 元, at most 3,999"):
        make_plan(poor, compute_coverage(poor), spec_of(Budget(at_most=None)), *solution)


def test_a_solution_of_another_town_is_refused() -> None:
    solution = solved(hand_town(), Budget(at_most=None))
    slow = hand_town(walking=Walking(40.0, {"elderly": 50.0}))
    with pytest.raises(VerificationError, match=r"the solver says 128.0, the inputs give"):
        make_plan(slow, compute_coverage(slow), FREE, *solution)


def test_every_disagreement_is_told_at_once() -> None:
    town = hand_town()
    program, result = solved(town, Budget(at_most=None))
    assert result.values is not None
    choose = program.section("choose").slice
    values = np.zeros_like(result.values)
    values[choose] = result.values[choose]
    solution = program, replace(result, values=values)
    spec = spec_of(Budget(at_most="1 CNY"), LockedIn(offers=("C1",)))
    with pytest.raises(VerificationError, match="the plan does not hold") as caught:
        make_plan(town, compute_coverage(town), spec, *solution)
    assert [line.split(":")[0] for line in caught.value.disagreements] == [
        "budget",
        "locked_in",
        "covered_residents",
    ]


def test_no_solution_makes_no_plan() -> None:
    nothing = SolveResult(None, None, np.inf, Termination(Reason.NO_SOLUTION))
    town = hand_town()
    program, _ = solved(town)
    with pytest.raises(ValueError, match="there is no solution to make a plan of"):
        make_plan(town, compute_coverage(town), FREE, program, nothing)


def test_a_bound_below_the_objective_by_rounding_is_lifted() -> None:
    _, result = solved(hand_town(), Budget(at_most=None))
    goals = (replace(result.goals[0], solver_bound=128.0 - 1e-9),)
    plan = planned(hand_town(), Budget(at_most=None), goals=goals)
    assert (plan.bound, plan.goals[0].solver_bound) == (128.0, 128.0 - 1e-9)
