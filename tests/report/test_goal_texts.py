"""What is called proven: only what the certificate proves; a solver's word stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reported_plan import planned, template

from siting.blocks.least_money.spec import LeastMoney
from siting.language import in_language
from siting.plan import Plan
from siting.report import last_line, summary
from siting.report.facts import collect_facts
from siting.report.goal_texts import (
    goal_name,
    goal_texts,
    how_it_ended,
    rests_on_a_solver,
    within_gap,
)
from siting.report.page.overview import gap_in_words, overview
from siting.report.page.recheck import recheck
from siting.report.summary import summary_pairs
from siting.solve import Limit, Reason, Termination


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    made = planned(template(tmp_path_factory.mktemp("plan")))
    return replace(made, settings=replace(made.settings, relative_gap=1e-3))


def of_goal(plan: Plan, limit: Limit | None = None, **parts: Any) -> Plan:
    """The plan with another first goal, as if no certificate had closed it."""
    first = replace(plan.goals[0], **parts)
    ended = Termination(Reason.FEASIBLE, limit)
    return replace(plan, goals=(first, *plan.goals[1:]), termination=ended)


def claimed(plan: Plan) -> Plan:
    """A solver says that the plan is the best; the certificate proves 2 % less."""
    bounds = {"certified_bound": 1.02 * plan.objective, "solver_bound": plan.objective}
    return of_goal(plan, Limit.GAP, **bounds)


def test_a_claim_of_a_solver_is_never_called_proven(plan: Plan) -> None:
    one = claimed(plan)
    (text,) = goal_texts(one)
    assert (text.bound, text.gap, text.proof) == ("16,871", "2.00 %", "proven within 2.00 %")
    assert text.solver == "bound 16,540, gap 0 %, on the solver's word"
    assert how_it_ended(one) == "gap target met on the solver's word alone"
    assert not within_gap(one)
    line = last_line(one, Path("run"))
    assert line.startswith("objective 16,540, bound 16,871, gap 2.00 %, gap target met on the solv")
    words = gap_in_words(collect_facts(one))
    assert "can cover more than 2.0% more" in words
    assert words.endswith("Not proven: bound 16,540, gap 0 %, on the solver's word.")
    assert "optimal" not in summary(one)


def test_what_the_certificate_closes_is_optimal(plan: Plan) -> None:
    one = of_goal(plan, certified_bound=plan.objective * (1 + 5e-10), solver_bound=np.inf)
    (text,) = goal_texts(one)
    assert (text.proof, text.solver) == ("proven optimal", "")
    wider = of_goal(plan, certified_bound=plan.objective * (1 + 2e-9), solver_bound=plan.objective)
    assert goal_texts(wider)[0].proof.startswith("proven within")
    assert rests_on_a_solver(wider.goals[0])


def test_without_a_certificate_nothing_is_proven(plan: Plan) -> None:
    one = of_goal(plan, Limit.TIME, certified_bound=np.inf, solver_bound=17_000.0)
    (text,) = goal_texts(one)
    assert (text.bound, text.gap, text.proof) == ("unknown", "unknown", "not proven")
    pairs = dict(summary_pairs(one))
    assert pairs["not proven"] == "bound 17,000, gap 2.78 %, on the solver's word"
    assert gap_in_words(collect_facts(one)).startswith("No bound was proven")


@pytest.mark.parametrize(
    ("certified", "met"), [(16_540.0, True), (16_550.0, True), (16_560.0, False), (np.inf, False)]
)
def test_the_gap_that_was_asked_for_must_be_proven(
    plan: Plan, certified: float, *, met: bool
) -> None:
    one = of_goal(plan, Limit.GAP, certified_bound=certified, solver_bound=plan.objective)
    assert within_gap(one) == met
    assert (how_it_ended(one) == "gap target met") == met


def two_goals(plan: Plan) -> Plan:
    """A second goal where less is better: the first one's mirror image."""
    first = plan.goals[0]
    second = replace(
        first,
        name="covered_residents_2",
        sense="minimise",
        objective=800.0,
        baseline=1_000.0,
        certified_bound=760.0,
        solver_bound=780.0,
    )
    entries = (*plan.spec.maximise, *plan.spec.maximise)
    return replace(plan, goals=(first, second), spec=replace(plan.spec, maximise=entries))


def test_every_goal_has_a_line(plan: Plan) -> None:
    both = two_goals(plan)
    one, two = goal_texts(both)
    assert (one.name, two.name) == (
        "covered (resident, category) pairs",
        "covered (resident, category) pairs 2",
    )
    assert (two.before, two.after, two.gain, two.bound) == ("1,000", "800", "-200", "760")
    assert (two.gap, two.gain_gap, two.proof) == ("5.00 %", "20.0 %", "proven within 5.00 %")
    assert two.solver == "bound 780, gap 2.50 %, on the solver's word"
    pairs = dict(summary_pairs(both))
    assert pairs[two.name] == "1,000 before, 800 after (-200)"
    assert (
        pairs[f"proven gap, {two.name}"] == "5.00 % of the objective, 20.0 % of what the plan adds"
    )


def test_page_and_proof_tell_every_goal(plan: Plan, tmp_path: Path) -> None:
    facts = collect_facts(two_goals(plan))
    words = gap_in_words(facts)
    assert "Next goal, covered (resident, category) pairs 2: proven within 5.00 %." in words
    keys = [key for key, _, _ in recheck(facts, tmp_path)["proof"] if key]
    assert "goals[0].certified_bound" in keys
    assert "goals[1].certified_bound" in keys
    assert any(figure.key == "gap" for figure in overview(facts)["figures"])


def test_goals_have_chinese_names_and_unknown_ones_their_own(plan: Plan) -> None:
    goal = plan.goals[0]
    with in_language("zh"):
        assert goal_name(replace(goal, name="complete_residents")) == "基本业态齐全的居民"
        assert goal_texts(claimed(plan))[0].proof == "已证差距不超过 2.00 %"
    assert goal_name(replace(goal, name="least_noise")) == "least_noise"


def test_least_money_has_nothing_before_and_no_gain(plan: Plan) -> None:
    spent = {"objective": 3e5, "baseline": 0.0, "certified_bound": 2.5e5}
    goal = replace(plan.goals[0], name="least_money", sense="minimise", **spent)
    spec = replace(plan.spec, maximise=(LeastMoney(),))
    least = replace(plan, goals=(goal,), spec=spec)
    pairs = dict(summary_pairs(least))
    assert pairs["money spent"] == "30 万元; no plan does with less than 25 万元"
    assert "adds" not in pairs["proven gap"]
    assert "no plan does with less than 25 万元" in last_line(least, Path("run"))
