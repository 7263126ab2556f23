"""The plan in a few lines, for the terminal and the first page of everything else."""

from __future__ import annotations

import math
from pathlib import Path

from siting.plan import Plan
from siting.solve import Limit, Reason, Termination

_REASONS = {
    Reason.OPTIMAL: "optimal",
    Reason.FEASIBLE: "a plan, not proven best",
    Reason.NO_SOLUTION: "no plan found",
    Reason.INFEASIBLE: "infeasible",
    Reason.ERROR: "solver fault",
}
_LIMITS = {
    Limit.GAP: "gap target met",
    Limit.TIME: "time limit reached",
    Limit.INTERRUPTED: "interrupted",
}


def why_stopped(termination: Termination) -> str:
    """Why a solve stopped, in words."""
    if termination.limit is not None:
        return _LIMITS[termination.limit]
    return _REASONS[termination.reason]


def percent(share: float) -> str:
    """A share as a person reads it, with more digits where it is small."""
    if share == float("inf"):
        return "unknown"
    digits = 1 if share >= 0.1 else 2 if share >= 0.001 else 3 if share > 0 else 0
    return f"{100 * share:.{digits}f} %"


def last_line(plan: Plan, folder: Path) -> str:
    """Objective, bound, gap, why it stopped, and where the plan is."""
    bound = f"{plan.bound:,.0f}" if math.isfinite(plan.bound) else "unknown"
    return (
        f"objective {plan.objective:,.0f}, bound {bound}, "
        f"gap {percent(plan.relative_gap)}, {why_stopped(plan.termination)}, plan in {folder}"
    )


def summary_pairs(plan: Plan) -> list[tuple[str, str]]:
    """What the plan is, brings and rests on, as names and texts."""
    instance = plan.instance
    show = instance.currency.show
    people = max(float(instance.people("all").sum()), 1.0)
    gaps = percent(plan.relative_gap), percent(plan.gain_gap)
    before, after = plan.complete
    budget = "none" if instance.budget is None else show(instance.budget)
    speeds = ", ".join(f"{g} {s:g} m/min" for g, s in instance.walking.groups.items())
    return [
        ("instance", instance.name),
        ("model", plan.spec.name),
        ("residents", f"{people:,.0f} at {len(instance.residents):,} demand points"),
        ("chosen", f"{len(plan.chosen):,} of {len(instance.offers):,} offers"),
        ("public money", f"{show(plan.spend)} of {budget}"),
        (
            "covered (resident, category) pairs",
            f"{plan.baseline:,.0f} before, {plan.objective:,.0f} after (+{plan.gain:,.0f})",
        ),
        (
            "every required category",
            f"{before:,.0f} residents before, {after:,.0f} after ({percent(after / people)})",
        ),
        ("proven gap", f"{gaps[0]} of the objective, {gaps[1]} of what the plan adds"),
        ("walking", f"{instance.walking.speed:g} m/min" + (f"; {speeds}" if speeds else "")),
        ("note", instance.note or "none"),
    ]


def summary(plan: Plan) -> str:
    """The summary and the coverage by category, as text."""
    pairs = summary_pairs(plan)
    width = max(len(name) for name, _ in pairs) + 2
    lines = [f"{name:<{width}}{value}" for name, value in pairs]
    return "\n".join([*lines, "", *_coverage_table(plan)])


def _coverage_table(plan: Plan) -> list[str]:
    names = dict(
        zip(plan.instance.categories["category"], plan.instance.categories["name_en"], strict=True)
    )
    added = plan.chosen["categories"].str.split(";").explode().str.strip().value_counts()
    head = f"{'category':<32}{'group':<10}{'residents':>10}{'before':>9}{'after':>9}{'added':>7}"
    lines = [head, "-" * len(head)]
    for line in plan.coverage.to_dict(orient="records"):
        people, category = max(float(line["residents"]), 1.0), str(line["category"])
        name = str(names.get(category) or category)
        lines.append(
            f"{name[:31]:<32}{line['group']:<10}{line['residents']:>10,.0f}"
            f"{line['before'] / people:>9.1%}{line['after'] / people:>9.1%}"
            f"{added.get(category, 0):>7}"
        )
    return lines
