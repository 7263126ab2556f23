"""What the terminal says of a plan, however its solve ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reported_plan import planned, template

from siting.plan import Plan
from siting.report import last_line, summary
from siting.report.goal_texts import why_stopped
from siting.report.summary import summary_pairs
from siting.report.words import percent
from siting.solve import Limit, Reason, Termination
from towns import with_bound


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(template(tmp_path_factory.mktemp("plan")))


def ended(plan: Plan, termination: Termination, bound: float) -> Plan:
    settings = replace(plan.settings, relative_gap=0.001)
    return replace(with_bound(plan, bound), termination=termination, settings=settings)


@pytest.mark.parametrize(
    ("termination", "bound", "text"),
    [
        (Termination(Reason.OPTIMAL), 16_540.0, "bound 16,540, gap 0 %, optimal"),
        (
            Termination(Reason.FEASIBLE, Limit.GAP),
            16_550.0,
            "bound 16,550, gap 0.060 %, gap target met",
        ),
        (
            Termination(Reason.FEASIBLE, Limit.TIME),
            17_000.0,
            "bound 17,000, gap 2.78 %, time limit reached",
        ),
        (
            Termination(Reason.FEASIBLE, Limit.INTERRUPTED),
            20_000.0,
            "bound 20,000, gap 20.9 %, interrupted",
        ),
        (
            Termination(Reason.FEASIBLE, Limit.INTERRUPTED),
            np.inf,
            "bound unknown, gap unknown, interrupted",
        ),
        (
            Termination(Reason.FEASIBLE, None, "out of paper"),
            17_000.0,
            "bound 17,000, gap 2.78 %, a plan, not proven best",
        ),
    ],
    ids=["optimal", "gap", "time", "interrupted", "no bound", "fault"],
)
def test_the_last_line_says_all_five_things(
    plan: Plan, termination: Termination, bound: float, text: str
) -> None:
    assert plan.objective == 16_540
    line = last_line(ended(plan, termination, bound), Path("runs/first"))
    assert line == f"objective 16,540, {text}, plan in {Path('runs/first')}"


def test_a_termination_without_a_plan_has_words_too() -> None:
    assert why_stopped(Termination(Reason.NO_SOLUTION)) == "no plan found"
    assert why_stopped(Termination(Reason.INFEASIBLE)) == "infeasible"
    assert why_stopped(Termination(Reason.ERROR)) == "solver fault"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.00012, "0.012 %"),
        (0.0123, "1.23 %"),
        (0.5, "50.0 %"),
        (float("inf"), "unknown"),
    ],
)
def test_small_shares_have_more_digits(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_summary_says_what_the_plan_is_and_brings(plan: Plan) -> None:
    pairs = dict(summary_pairs(plan))
    assert pairs["instance"] == "Example town"
    assert pairs["model"] == "annual plan"
    assert pairs["residents"] == "9,090 at 12 demand points"
    assert pairs["chosen"] == f"{len(plan.chosen)} of 12 offers"
    assert pairs["public money"] == f"{plan.spend / 10_000:g} 万元 of 100 万元"
    assert pairs["covered (resident, category) pairs"] == ("11,540 before, 16,540 after (+5,000)")
    assert pairs["proven gap"] == "0 % of the objective, 0 % of what the plan adds"


def test_the_gap_is_told_of_what_the_plan_adds_as_well(plan: Plan) -> None:
    pairs = dict(summary_pairs(ended(plan, Termination(Reason.FEASIBLE, Limit.TIME), 17_040.0)))
    assert pairs["proven gap"] == "3.02 % of the objective, 10.0 % of what the plan adds"


def test_an_unknown_bound_is_an_unknown_gap(plan: Plan) -> None:
    pairs = dict(summary_pairs(ended(plan, Termination(Reason.FEASIBLE, Limit.TIME), np.inf)))
    assert pairs["proven gap"] == "unknown of the objective, unknown of what the plan adds"


def test_every_category_has_its_line(plan: Plan) -> None:
    lines = summary(plan).splitlines()
    for name, line in zip(plan.instance.categories["name_en"], lines[-3:], strict=True):
        assert line.startswith(name)


def test_the_added_outlets_of_the_lines_are_those_of_the_plan(plan: Plan) -> None:
    added = [int(line.split()[-1]) for line in summary(plan).splitlines()[-3:]]
    assert sum(added) == sum(len(joined.split(";")) for joined in plan.chosen["categories"])


def test_shares_of_the_lines_are_those_of_the_plan(plan: Plan) -> None:
    lines = summary(plan).splitlines()[-3:]
    people, before, after = (
        plan.coverage[name].to_numpy(float) for name in ("residents", "before", "after")
    )
    assert [line.split()[-3] for line in lines] == [f"{share:.1%}" for share in before / people]
    assert [line.split()[-2] for line in lines] == [f"{share:.1%}" for share in after / people]


def test_a_plan_without_a_budget_or_a_note_says_none(plan: Plan) -> None:
    bare = replace(plan, instance=replace(plan.instance, budget=None, note=""))
    pairs = dict(summary_pairs(bare))
    assert pairs["public money"].endswith(" of none")
    assert pairs["note"] == "none"


def test_a_plan_of_nothing_has_a_summary(tmp_path: Path) -> None:
    text = summary(planned(template(tmp_path, budget=0.0)))
    assert "0 of 12 offers" in text
    assert "11,540 before, 11,540 after (+0)" in text
