"""A block in a folder of one's own is solved, judged, certified, told of and exported like others.

Nothing elsewhere knows of it; that the tests can use it at all is what they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import compress, product
from pathlib import Path

import numpy as np
import pytest
from exported import optimum_of_mps
from latex2mathml.converter import convert
from random_models import draw_model
from saved_cities import SavedRun, plan_of, save_city, save_run
from test_arrays_equal_plain_rows import assert_same
from toy_blocks import toy_blocks

from siting.blocks import BLOCKS, CONSTRAINTS, OBJECTIVES
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import Instance
from siting.model import (
    ModelSpec,
    check_fit,
    explain,
    formulate,
    read_model,
    save_model,
    say_plainly,
    write_pulp,
)
from siting.model.explanation import formulation_page
from siting.plan import exchanges, judge, load_run, verify
from siting.plan.brute_force import brute_force
from siting.plan.compare import Standing, compare
from siting.plan.exchanges import set_up
from siting.plan.why import Solving, Verdict, why, worth_of_offers
from siting.report import collect_facts
from siting.report.page.maths import maths

CITIES = range(6)
LIMITS = ("few_at_sites", {"circle": "", "at_most": 1})
GOALS = ("fewest_offers", "most_offers")


@pytest.fixture(autouse=True, scope="module")
def _toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with toy_blocks(tmp_path_factory.mktemp("toys")):
        yield
    assert "few_at_sites" not in BLOCKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cities")


def toy_model(seed: int, instance: Instance, goal: str) -> ModelSpec:
    """A random model with the toys; a floor on coverage keeps the fewest offers above none."""
    drawn = draw_model(seed, instance)
    floor = {"count": {"at_least": 1}} if seed % 2 else {"covered_share": {"at_least": 0.2}}
    said = {
        "siting_model": 1,
        "name": "toys",
        "maximise": [{goal: {"district": "west"}}],
        "subject_to": [*drawn.to_dict()["subject_to"], dict([LIMITS]), floor],  # type: ignore[misc]
    }
    return ModelSpec.from_dict(said)


def run_of(folder: Path, seed: int, goal: str) -> SavedRun | None:
    """The best plan of a city, saved once."""
    return _run_of(folder, seed, goal)


@cache
def _run_of(folder: Path, seed: int, goal: str) -> SavedRun | None:
    instance = save_city(seed, folder / f"city-{seed}")
    plan = plan_of(instance, toy_model(seed, instance, goal))
    return None if plan is None else save_run(plan, folder / f"run-{seed}-{goal}")


def runs(folder: Path, goal: str) -> list[SavedRun]:
    found = [run for seed in CITIES if (run := run_of(folder, seed, goal)) is not None]
    assert len(found) >= 4
    return found


# --- model --------------------------------------------------------------------------------------


def test_it_is_known_while_its_folder_is() -> None:
    assert set(GOALS) <= set(OBJECTIVES)
    assert "few_at_sites" in CONSTRAINTS


def test_a_file_of_a_model_can_name_it(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "siting_model: 1\nname: own\nmaximise: [fewest_offers: {district: west}]\n"
        "subject_to: [few_at_sites: {at_most: 2}]\n",
        encoding="utf-8",
    )
    assert ModelSpec.from_dict(read_model(path).to_dict()) == read_model(path)
    path.write_text(path.read_text(encoding="utf-8").replace("2}", "-2}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"at_most.*the largest number of offers at a site"):
        read_model(path)


@pytest.mark.parametrize("goal", GOALS)
def test_its_arrays_equal_its_plain_rows(folder: Path, goal: str) -> None:
    for seed in CITIES:
        instance = save_city(seed, folder / f"city-{seed}")
        spec, coverage = toy_model(seed, instance, goal), compute_coverage(instance)
        assert not [p for p in check_fit(instance, spec) if p.severity == "error"]
        assert_same(formulate(instance, coverage, spec), say_plainly(instance, coverage, spec))


def test_it_is_explained_in_words_and_maths(folder: Path) -> None:
    spec = runs(folder, "fewest_offers")[0].plan.spec
    text = explain(spec)
    assert "minimise" in text
    assert "  fewest_offers (district: west)\n    Fewest offers; those in the" in text
    assert r"\sum_{o \in O_j} x_o \le n" in text
    page = formulation_page()
    assert "## few_at_sites\n" in page
    assert "- `circle`: the circle of the sites; else those without one" in page


# --- plan ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", GOALS)
def test_its_plan_is_the_best_of_all_choices(folder: Path, goal: str) -> None:
    for run in runs(folder, goal):
        best = brute_force(run.plan.model)
        assert best is not None
        assert run.plan.objective == best.values[0]
        assert run.plan.goals[0].sense == goal_sense(goal)


def goal_sense(goal: str) -> str:
    return "minimise" if goal == "fewest_offers" else "maximise"


@pytest.mark.parametrize("goal", GOALS)
def test_its_plan_is_verified_and_read_again(folder: Path, goal: str) -> None:
    for run in runs(folder, goal):
        found = verify(run.folder)
        assert found.disagreements == ()
        again = load_run(run.folder).plan
        assert again.goals == run.plan.goals
        assert again.judgement.goals == run.plan.judgement.goals


@pytest.mark.parametrize("goal", GOALS)
def test_its_bound_is_on_the_right_side(folder: Path, goal: str) -> None:
    for run in runs(folder, goal):
        (said,) = run.plan.goals
        turn = 1 if said.sense == "maximise" else -1
        assert turn * said.certified_bound >= turn * said.objective
        assert turn * said.bound >= turn * said.objective
        assert said.gain == turn * (said.objective - said.baseline)


def test_the_judge_names_what_it_forbids(folder: Path) -> None:
    instance = save_city(0, folder / "city-0")
    sites = instance.sites.assign(circle="")
    crowded = replace(
        instance, sites=sites, offers=instance.offers.assign(site_id=sites["site_id"][0])
    )
    spec = ModelSpec.from_dict(
        {
            "siting_model": 1,
            "name": "own",
            "maximise": ["most_offers"],
            "subject_to": [{"few_at_sites": {"at_most": 1}}],
        }
    )
    model = say_plainly(crowded, compute_coverage(crowded), spec)
    year = model.inputs.years[0]
    judged = judge(model, {model.inputs.offers[0].id: year, model.inputs.offers[1].id: year})
    assert judged.violations == (f"site {sites['site_id'][0]} takes 2 offers, at most 1",)


def test_the_page_shows_its_maths(folder: Path) -> None:
    run = runs(folder, "fewest_offers")[0]
    facts = collect_facts(run.plan, compute_coverage(run.plan.instance))
    shown = maths(facts)
    (goal,) = shown["maximise"]
    assert goal.name == "fewest_offers"
    assert "Fewest offers" in goal.words
    assert "No plan comes below" in goal.words or run.plan.bound == -float("inf")
    assert goal.maths == convert(BLOCKS["fewest_offers"].formula, display="block")
    assert "few_at_sites" in [line.name for line in shown["subject_to"]]


@pytest.mark.parametrize("goal", GOALS)
def test_it_is_exported_and_others_find_the_same(folder: Path, tmp_path: Path, goal: str) -> None:
    for run in runs(folder, goal)[:4]:
        plan = run.plan
        problem = write_pulp(plan.instance, compute_coverage(plan.instance), plan.spec)
        save_model(problem, tmp_path / "own.mps", "mps")
        value = optimum_of_mps(tmp_path / "own.mps") + float(plan.model.goals[0].constant)
        assert plan.model.goals[0].in_sense(Fraction(value)) == pytest.approx(plan.objective)


def test_two_plans_of_it_are_compared(folder: Path) -> None:
    """Of a goal that is to be small, the better plan is the one with less."""
    for run in runs(folder, "fewest_offers")[:4]:
        plan = run.plan
        spec = replace(plan.spec, subject_to=plan.spec.subject_to[-1:])
        easier = plan_of(plan.instance, spec)
        assert easier is not None
        other = save_run(easier, run.folder.with_name(run.folder.name + "-easier"))
        found = compare(load_run(run.folder), load_run(other.folder))
        if found.standing is Standing.A_ABOVE:
            assert plan.objective < easier.objective
        if found.standing is Standing.B_ABOVE:
            assert easier.objective < plan.objective
        assert easier.objective <= plan.objective


# --- why ----------------------------------------------------------------------------------------


def all_values(run: SavedRun) -> dict[frozenset[tuple[str, int]], float]:
    """The objective of every choice that keeps the rows."""
    model = run.plan.model
    offers = [offer.id for offer in model.inputs.offers]
    found = {}
    for built in product((None, *model.inputs.years), repeat=len(offers)):
        picked = [year is not None for year in built]
        when = dict(zip(compress(offers, picked), compress(built, picked), strict=True))
        judged = judge(model, when)  # type: ignore[arg-type]
        if not judged.violations:
            found[frozenset(when.items())] = judged.objective
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("goal", GOALS)
def test_why_weighs_offers_by_the_goals_own_sense(folder: Path, goal: str) -> None:
    """Opportunity costs hold the truth: what the goal loses, never what it gains."""
    small = [run for run in runs(folder, goal) if len(run.plan.instance.offers) <= 5]
    turn = 1.0 if goal_sense(goal) == "maximise" else -1.0
    assert small
    for saved in small[:2]:
        run, values = load_run(saved.folder), all_values(saved)
        board = set_up(run)
        for offer in run.plan.instance.offers["offer_id"]:
            inside = offer in run.plan.when
            others = [
                turn * value
                for when, value in values.items()
                if (offer in dict(when)) is not inside
            ]
            best = max(others, default=-float("inf"))
            loss = turn * run.plan.objective - best
            for solving in (None, Solving(20.0)):
                found = why(run, offer, solving, board)
                cost = found.opportunity_cost
                assert cost.least - 1e-9 <= loss <= cost.most + 1e-9, (offer, cost, loss)
                known = turn * (run.plan.objective - run.plan.bound)
                assert cost.least >= known - 1e-9, (offer, cost, known)
                if solving is not None and found.verdict not in (Verdict.NOBODY,):
                    # A solver says its bound up to a tolerance of its own.
                    assert cost.known or cost.most - cost.least < 1e-4, (offer, cost)
                for exchange in found.exchanges:
                    assert turn * exchange.change <= 1e-9
                    assert exchange.objective - run.plan.objective == exchange.change


@pytest.mark.parametrize("goal", GOALS)
def test_without_a_certificate_the_plans_bound_is_all(folder: Path, goal: str) -> None:
    turn = 1.0 if goal_sense(goal) == "maximise" else -1.0
    for saved in runs(folder, goal)[:2]:
        run = load_run(saved.folder)
        run = replace(run, plan=replace(run.plan, certificate=None))
        bound = turn * (run.plan.objective - run.plan.bound)
        for offer in run.plan.instance.offers["offer_id"]:
            found = why(run, offer)
            if found.verdict not in (Verdict.DECIDED, Verdict.BARRED):
                best = max((turn * one.objective for one in found.exchanges), default=-np.inf)
                least = min(bound, turn * run.plan.objective - best)
                assert found.opportunity_cost.least == pytest.approx(least)


@pytest.mark.parametrize("goal", GOALS)
def test_exchanges_come_best_first(folder: Path, goal: str) -> None:
    turn = 1.0 if goal_sense(goal) == "maximise" else -1.0
    most = 0
    for saved in runs(folder, goal):
        run = load_run(saved.folder)
        board = set_up(run)
        count = len(board.moves.chosen)
        every = [np.arange(count) == k for k in range(count)]
        choices = [board.moves.chosen ^ one for one in every]
        choices += [one | other for one, other in product(every, every)]
        values = [turn * one.objective for one in exchanges._judged(board, choices)]
        assert values == sorted(values, reverse=True)
        most = max(most, len(set(values)))
        for offer in run.plan.instance.offers["offer_id"]:
            find = exchanges.replacements if offer in run.plan.when else exchanges.openings
            values = [turn * one.objective for one in find(board, offer)]
            assert values == sorted(values, reverse=True)
    assert most > 1


@pytest.mark.parametrize("goal", GOALS)
def test_each_chosen_offer_has_its_worth(folder: Path, goal: str) -> None:
    """`marginal` is what the goal loses without the offer: where less is better, it is below 0."""
    turn = 1.0 if goal_sense(goal) == "maximise" else -1.0
    for saved in runs(folder, goal):
        run = load_run(saved.folder)
        found = worth_of_offers(run)
        for row in found.itertuples():
            left = {o: t for o, t in run.plan.when.items() if o != row.offer_id}
            lost = run.plan.objective - judge(run.plan.model, left).objective
            assert row.marginal == pytest.approx(turn * lost)
