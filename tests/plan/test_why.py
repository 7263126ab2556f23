"""Why an offer is in a plan or is not, against every choice that a small town has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import compress, product

import numpy as np
import pandas as pd
import pytest

from siting.blocks import Budget, LockedIn, LockedOut, SiteSlots
from siting.blocks.contract import Column
from siting.blocks.plain_model import PlainModel
from siting.coverage import compute_coverage, measure_walks
from siting.inputs import Instance
from siting.model import ModelSpec, formulate, say_plainly
from siting.plan import LoadedRun, judge, make_plan
from siting.plan.exchanges import ExchangeBoard, openings, replacements, set_up
from siting.plan.why import Proof, Solving, Verdict, Why, why, worth_of_offers
from siting.program import Program
from siting.solve import Limit, Reason, SolveResult, SolveSettings, Termination, solve
from towns import draw_town, hand_town, spec_of

SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
SOLVING = Solving(20.0)
SEEDS = range(24)


@dataclass(frozen=True)
class Case:
    """A planned town, and the objective of every choice that keeps the constraints."""

    run: LoadedRun
    board: ExchangeBoard
    choices: dict[frozenset[str], float]

    @property
    def chosen(self) -> list[str]:
        """Ids of the offers of the plan."""
        return self.board.names(self.board.moves.chosen)

    def best(self, offer: str, *, inside: bool) -> float:
        """The best objective with an offer or without it; -inf where there is no such plan."""
        found = [value for ids, value in self.choices.items() if (offer in ids) is inside]
        return max(found, default=-np.inf)


def planned(
    instance: Instance, spec: ModelSpec, chosen: tuple[str, ...] | None = None
) -> LoadedRun:
    """The best plan of a town, or one that is given, with no more proven than its bound."""
    walks = measure_walks(instance)
    coverage = compute_coverage(instance, walks)
    program = formulate(instance, coverage, spec)
    result = solve(program, SETTINGS)
    if chosen is not None:
        model = say_plainly(instance, coverage, spec)
        result = with_choice(model, program, result, chosen)
    return LoadedRun(make_plan(instance, coverage, spec, program, result, walks), coverage, walks)


def with_choice(
    model: PlainModel, program: Program, result: SolveResult, chosen: tuple[str, ...]
) -> SolveResult:
    """A result that stopped early, at another plan."""
    judgement = judge(model, chosen)
    every = np.concatenate([judgement.values[name] for name in model.families])
    known = dict(zip(model.columns(), every.tolist(), strict=True))
    columns = [
        Column(part.name, key) for part in program.columns for key in zip(*part.ids, strict=True)
    ]
    values = np.array([known[column] for column in columns], dtype=float)
    objective = judgement.objective
    end = Termination(Reason.FEASIBLE, Limit.TIME)
    return replace(result, values=values, objective=objective, termination=end)


def every_choice(run: LoadedRun) -> dict[frozenset[str], float]:
    plan = run.plan
    ids = list(plan.instance.offers["offer_id"])
    found = {}
    for picks in product((False, True), repeat=len(ids)):
        chosen = list(compress(ids, picks))
        judgement = judge(plan.model, chosen, run.walks)
        if not judgement.violations:
            found[frozenset(chosen)] = judgement.objective
    return found


@cache
def case_of(seed: int) -> Case | None:
    """A random town of few offers with a plan, or None."""
    instance, spec = draw_town(seed)
    if len(instance.offers) > 6:
        instance = replace(instance, offers=instance.offers.head(6))
        known = set(instance.offers["offer_id"])
        blocks = [
            block.model_copy(update={"offers": tuple(one for one in block.offers if one in known)})
            if isinstance(block, LockedIn | LockedOut)
            else block
            for block in spec.subject_to
        ]
        spec = replace(spec, subject_to=tuple(blocks))
    try:
        run = planned(instance, spec)
    except ValueError:
        return None
    return Case(run, set_up(run), every_choice(run))


CASES = [seed for seed in SEEDS if case_of(seed) is not None]


def case(seed: int) -> Case:
    found = case_of(seed)
    assert found is not None
    return found


def offers_of(run: LoadedRun) -> list[str]:
    return [str(one) for one in run.plan.instance.offers["offer_id"]]


@cache
def answers(seed: int) -> dict[str, Why]:
    """What is said of every offer without solving again."""
    town = case(seed)
    return {offer: why(town.run, offer, None, town.board) for offer in offers_of(town.run)}


def test_most_random_towns_have_a_plan() -> None:
    assert len(CASES) >= len(SEEDS) * 0.6


# --- what the objective loses -------------------------------------------------------------------


@pytest.mark.parametrize("seed", CASES)
@pytest.mark.parametrize("solving", [None, SOLVING], ids=["quick", "solved"])
def test_the_true_loss_is_within_what_is_told(seed: int, solving: Solving | None) -> None:
    town = case(seed)
    for offer, quick in answers(seed).items():
        found = why(town.run, offer, solving, town.board) if solving else quick
        if found.verdict in (Verdict.DECIDED, Verdict.BARRED):
            continue
        loss = town.run.plan.objective - town.best(offer, inside=not found.chosen)
        assert found.opportunity_cost.least <= loss + 1e-6
        assert loss <= found.opportunity_cost.most + 1e-6
        if solving is not None and found.verdict is not Verdict.NOBODY:
            assert found.opportunity_cost.known, (offer, found.opportunity_cost)


@pytest.mark.parametrize("seed", CASES)
def test_the_end_that_is_called_exact_is_a_plan_that_holds(seed: int) -> None:
    town = case(seed)
    for found in answers(seed).values():
        if found.opportunity_cost.most_by is Proof.EXACT and found.exchanges:
            assert (
                town.run.plan.objective - found.opportunity_cost.most
                == found.exchanges[0].objective
            )


@pytest.mark.parametrize("seed", CASES)
def test_every_other_plan_keeps_the_constraints_and_gives_what_is_told(seed: int) -> None:
    town, chosen = case(seed), set(case(seed).chosen)
    for offer, found in answers(seed).items():
        for one in found.exchanges:
            assert set(one.removed) <= chosen
            assert not set(one.added) & chosen
            other = frozenset(chosen - set(one.removed) | set(one.added))
            assert (offer in other) is not found.chosen
            assert town.choices[other] == pytest.approx(one.objective)
            assert one.change == pytest.approx(one.objective - town.run.plan.objective)
        values = [one.objective for one in found.exchanges]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("seed", CASES)
def test_what_is_barred_is_in_no_plan_and_what_is_decided_in_all(seed: int) -> None:
    town = case(seed)
    for offer, found in answers(seed).items():
        if found.verdict is Verdict.BARRED:
            assert not any(offer in ids for ids in town.choices)
        if found.verdict is Verdict.DECIDED:
            assert all(offer in ids for ids in town.choices)


@pytest.mark.parametrize("seed", CASES)
def test_what_adding_breaks_is_what_the_judge_says(seed: int) -> None:
    town = case(seed)
    plan, chosen = town.run.plan, town.chosen
    for offer, found in answers(seed).items():
        other = [one for one in chosen if one != offer] if found.chosen else [*chosen, offer]
        assert found.breaks == judge(plan.model, other, town.run.walks).violations
        assert bool(found.breaks) is (frozenset(other) not in town.choices)


@pytest.mark.parametrize("seed", CASES)
def test_the_worth_beside_the_plan_is_that_of_the_judge(seed: int) -> None:
    town = case(seed)
    plan, chosen = town.run.plan, set(town.chosen)
    for offer, found in answers(seed).items():
        other = judge(plan.model, sorted(chosen ^ {offer}), town.run.walks)
        assert found.marginal == pytest.approx(abs(other.objective - plan.objective))


@pytest.mark.parametrize("seed", CASES)
def test_the_single_replacement_told_is_the_best_there_is(seed: int) -> None:
    town, chosen = case(seed), frozenset(case(seed).chosen)
    for offer in chosen - set(town.board.names(town.board.moves.decided)):
        left = chosen - {offer}
        others = [left | {one} for one in set(offers_of(town.run)) - chosen] + [left]
        known = [town.choices[ids] for ids in others if ids in town.choices]
        found = replacements(town.board, offer)
        if known and max(known) > town.choices.get(left, -np.inf):
            assert found[0].objective >= max(known) - 1e-6


# --- the hand town ------------------------------------------------------------------------------


def hand(*blocks: Budget | SiteSlots | LockedIn | LockedOut, **changes: object) -> LoadedRun:
    return planned(hand_town(**changes), spec_of(*blocks))


def test_people_are_told_by_what_they_have() -> None:
    """P1 and P2 both reach R3; R2 has a pharmacy at 0 m, R1 too; R4 has P2 alone."""
    run = planned(hand_town(), spec_of(Budget(at_most=None)), ("P1", "P2"))
    first = why(run, "P1").reach.set_index(["category", "place"])
    assert list(first.loc[("pharmacy", "west"), "people":"only"]) == [30.0, 30.0, 0.0, 0.0]
    assert list(first.loc[("pharmacy", "east"), "people":"only"]) == [30.0, 0.0, 30.0, 0.0]
    second = why(run, "P2")
    assert [second.people(name) for name in ("served", "shared", "only")] == [0.0, 30.0, 40.0]
    assert float(second.reach["median_minutes"].iloc[0]) == pytest.approx(1000 / 80)


def test_an_offer_without_money_left_is_crowded_out() -> None:
    run = hand(Budget(at_most="4000 CNY"))
    assert list(run.plan.chosen["offer_id"]) == ["B2"]
    found = why(run, "C1", SOLVING)
    assert found.verdict is Verdict.CROWDED
    assert found.breaks == ("budget: spends 7,000 元, at most 4,000 元",)
    assert (found.marginal, found.room) == (10.0, 0.0)
    assert found.exchanges[0].removed == ("B2",)
    assert (found.opportunity_cost.least, found.opportunity_cost.most) == (58.0, 58.0)


def test_an_offer_that_fits_shows_that_the_plan_is_not_the_best() -> None:
    run = planned(hand_town(), spec_of(Budget(at_most=None)), ("P1",))
    found = why(run, "P2")
    assert (found.verdict, found.breaks, found.marginal) == (Verdict.FREE, (), 40.0)
    assert found.exchanges[0].added == ("P2",)
    assert found.opportunity_cost.most == -40.0
    assert found.opportunity_cost.least < 0


def test_an_offer_whom_the_plan_serves_already_is_reached() -> None:
    run = planned(hand_town(), spec_of(Budget(at_most=None)), ("P2",))
    found = why(run, "P1")
    assert found.verdict is Verdict.REACHED
    assert (found.marginal, found.people("only")) == (0.0, 0.0)
    assert found.opportunity_cost.most == 0.0


def test_an_offer_near_nobody_serves_nobody() -> None:
    far = hand_town().sites.assign(x=[300.0, 9000.0])
    run = hand(Budget(at_most=None), sites=far)
    found = why(run, "P2", SOLVING)
    assert (found.verdict, found.solved) == (Verdict.NOBODY, None)
    assert found.reach.empty


@pytest.mark.parametrize(
    ("block", "slots", "text"),
    [
        (LockedOut(offers=("P2",)), 2.0, "locked_out: offer P2 is chosen"),
        (Budget(at_most="1200 CNY"), 2.0, "budget: spends 2,500 元, at most 1,200 元"),
        (SiteSlots(default=None), 0.0, "site_slots: site S2 takes 1 categories, at most 0"),
    ],
)
def test_an_offer_that_no_plan_may_have_is_barred(
    block: Budget | SiteSlots | LockedOut, slots: float, text: str
) -> None:
    sites = hand_town().sites.assign(slots=[1.0, slots])
    run = planned(hand_town(sites=sites), spec_of(block), ("P1",))
    found = why(run, "P2", SOLVING)
    assert (found.verdict, found.breaks) == (Verdict.BARRED, (text,))
    assert (found.opportunity_cost.least, found.exchanges, found.solved) == (np.inf, (), None)


def test_an_offer_that_is_decided_is_not_weighed() -> None:
    run = hand(Budget(at_most=None), LockedIn(offers=("P1",)))
    found = why(run, "P1", SOLVING)
    assert found.verdict is Verdict.DECIDED
    assert found.breaks == ("locked_in: offer P1 is not chosen",)
    assert (found.exchanges, found.solved) == ((), None)


def test_several_offers_go_where_one_is_not_enough() -> None:
    run = planned(hand_town(), spec_of(Budget(at_most="4500 CNY")), ("P1", "C1"))
    found = openings(set_up(run), "B2")
    assert found[0].removed == ("P1", "C1")
    assert found[0].spend <= 4500.0


def test_an_unknown_offer_is_refused() -> None:
    with pytest.raises(KeyError, match="P9"):
        why(hand(Budget(at_most=None)), "P9")


def test_a_solve_that_is_stopped_leaves_what_is_known() -> None:
    run = hand(Budget(at_most="4000 CNY"))
    quick = why(run, "B2")
    stopped = why(run, "B2", Solving(20.0, stop=lambda: True))
    assert stopped.opportunity_cost.most <= quick.opportunity_cost.most
    assert stopped.opportunity_cost.least >= quick.opportunity_cost.least
    assert isinstance(stopped, Why)


def test_progress_of_a_solve_is_told() -> None:
    heard: list[float | None] = []
    run = planned(hand_town(), spec_of(Budget(at_most=None)), ("P1",))
    why(run, "P2", Solving(20.0, on_progress=lambda point: heard.append(point.incumbent)))
    assert heard
    assert heard[-1] is not None


# --- the list -----------------------------------------------------------------------------------


def test_the_list_begins_with_what_brings_least_for_its_money() -> None:
    run = planned(hand_town(budget=8000.0), spec_of(Budget(at_most=None)), ("P1", "C1", "P2"))
    worth = worth_of_offers(run)
    assert list(worth["offer_id"]) == ["P1", "C1", "P2"]
    assert list(worth["marginal"]) == [0.0, 10.0, 40.0]
    assert list(worth["per_person"]) == pytest.approx([1000 / 30, 600.0, 1500 / 70])
    assert worth["per_money"].is_monotonic_increasing


def test_an_offer_that_costs_nothing_comes_last() -> None:
    offers = hand_town().offers.assign(cost=[0.0, 3000.0, 1500.0, 4000.0])
    run = planned(hand_town(offers=offers), spec_of(), ("P1", "P2"))
    worth = worth_of_offers(run)
    assert list(worth["offer_id"]) == ["P2", "P1"]
    assert worth["per_money"].iloc[-1] == np.inf


def test_the_list_is_a_frame_with_the_columns_of_the_plan() -> None:
    run = hand(Budget(at_most=None))
    worth = worth_of_offers(run)
    assert [*run.plan.chosen.columns, "marginal", "per_person", "per_money"] == list(worth.columns)
    assert isinstance(worth, pd.DataFrame)
