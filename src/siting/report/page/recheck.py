"""How a reader checks the plan without trusting this page: commands, and what they look at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from siting.language import tr
from siting.model import ModelSpec
from siting.plan import PlanGoal
from siting.report.facts import Facts
from siting.report.goal_texts import GoalText, goal_texts, rests_on_a_solver
from siting.report.page.shown_numbers import DASH, close
from siting.report.words import percent


def recheck(facts: Facts, folder: Path) -> dict[str, Any]:
    """The commands with what each does, what verify looks at, and the numbers of the proof.

    Args:
        facts: The plan.
        folder: Its run folder, which the commands name.
    """
    return {
        "commands": _commands(facts, folder),
        "checks": _checks(facts.plan.spec),
        "proof": _proof(facts),
        "words": _proof_words(facts),
    }


def _commands(facts: Facts, folder: Path) -> list[tuple[str, str]]:
    instance, run = _quoted(facts.instance.folder), _quoted(folder)
    return [
        (f"siting verify {run}", tr("checks everything in the list below, without a solver")),
        (f"siting explain {facts.plan.spec.name}", tr("writes the model out in words and maths")),
        (_solve_command(facts, instance), tr("makes the plan again, into another folder")),
        (f"siting report {run}", tr("writes this page and the other files again")),
    ]


def _solve_command(facts: Facts, instance: str) -> str:
    plan, settings = facts.plan, facts.plan.settings
    budget = facts.instance.budget
    parts = [
        f"siting solve {instance}",
        f"--model {plan.spec.name}",
        f'--budget "{budget:.0f} {facts.instance.currency.unit}"' if budget is not None else "",
        f"--time-limit {settings.time_limit:g}s --gap {100 * settings.relative_gap:g}%",
        f"--seed {settings.seed} --threads {settings.threads} --backend {settings.backend}",
        "--cold" if settings.cold else "",
        "-o runs/again",
    ]
    return " ".join(part for part in parts if part)


def _quoted(folder: Path) -> str:
    """The last part of a path: where it lies on this machine is nobody's business."""
    name = folder.resolve().name
    return f'"{name}"' if " " in name else name


def _checks(spec: ModelSpec) -> list[str]:
    return [
        tr("every input file is, by its SHA-256, the one that the plan was made from"),
        tr("every chosen offer is in the data, with the same site, categories and cost"),
        tr("every rule of the model holds: {rules}", rules=_rules(spec)),
        tr(
            "coverage before and after, by category, group and district, recomputed along another "
            "path than the one the model was built on"
        ),
        tr("spend, objective, and residents with every required category"),
        tr("the certified bound, derived again from its multipliers in whole numbers"),
        tr("bound and gap agree with each other and with the objective"),
    ]


def _rules(spec: ModelSpec) -> str:
    """The constraints of a model in words, each once."""
    said = dict.fromkeys(tr(block.reads).rstrip(".。") for block in spec.subject_to)
    return tr("; ").join(said)


def _proof(facts: Facts) -> list[tuple[str, str, str]]:
    """Key in plan.json, name, and value, of each goal."""
    plan = facts.plan
    return [
        (
            key if len(plan.goals) == 1 else f"goals[{at}].{key}" if key else "",
            name if len(plan.goals) == 1 else tr("{goal}: {name}", goal=text.name, name=name),
            close(value),
        )
        for at, (goal, text) in enumerate(zip(plan.goals, goal_texts(plan), strict=True))
        for key, name, value in _proof_of_goal(goal, text)
    ]


def _proof_of_goal(goal: PlanGoal, text: GoalText) -> list[tuple[str, str, str]]:
    return [
        ("baseline", tr("Objective with nothing added"), text.before),
        ("objective", tr("Objective of the plan"), text.after),
        ("certified_bound", tr("Bound that follows by arithmetic"), text.bound),
        ("certified_gap", tr("Gap by arithmetic alone"), text.gap),
        ("", tr("The same against what the plan adds"), text.gain_gap),
        ("solver_bound", tr("Bound on the solver's word"), _number(goal.solver_bound)),
        ("relative_gap", tr("Gap to the better of the two"), percent(goal.relative_gap)),
    ]


def _proof_words(facts: Facts) -> str:
    plan = facts.plan
    if not math.isfinite(plan.certified_bound):
        return tr("No bound by arithmetic was written: whatever is claimed is the solver's word.")
    if rests_on_a_solver(plan.goals[0]):
        return tr(
            "The certified bound follows from the multipliers in certificate.npz by arithmetic "
            "alone, and anyone can derive it. Beyond it a search closed more of the gap: that "
            "part, from {certified:,.0f} to {bound:,.0f}, is the solver's word.",
            certified=plan.certified_bound,
            bound=plan.bound,
        )
    return tr(
        "The whole bound follows from the multipliers in certificate.npz by arithmetic alone, and "
        "anyone can derive it; nothing rests on the solver's word."
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else DASH
