"""What a plan reaches of each of its goals, and how sure that is, in words.

A bound is shown as proven only as far as the certificate proves it; what a solver claims beyond
that is shown beside it, as the solver's word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from siting.blocks.registry import OBJECTIVES
from siting.language import phrase, tr
from siting.plan import Plan, PlanGoal
from siting.plan.goal_checks import CLOSED
from siting.report.words import percent
from siting.solve import Limit, Reason, Termination

_REASONS = {
    Reason.OPTIMAL: phrase("optimal"),
    Reason.FEASIBLE: phrase("a plan, not proven best"),
    Reason.NO_SOLUTION: phrase("no plan found"),
    Reason.INFEASIBLE: phrase("infeasible"),
    Reason.ERROR: phrase("solver fault"),
}
_LIMITS = {
    Limit.GAP: phrase("gap target met"),
    Limit.TIME: phrase("time limit reached"),
    Limit.INTERRUPTED: phrase("interrupted"),
    Limit.SOLVER_GAP: phrase("gap target met on the solver's word alone"),
}
_SUM = phrase("weighted sum")


@dataclass(frozen=True)
class GoalText:
    """One goal of a plan as a person reads it.

    Attributes:
        name: What is counted.
        before: What is reached with nothing added.
        after: What the plan reaches.
        gain: What it adds, or takes away, with its sign.
        bound: No plan is better, by the certificate.
        gap: From the plan to this bound, relative to what the plan reaches.
        gain_gap: The same relative to what the plan adds.
        proof: How sure it is, in a few words.
        solver: What a solver claims beyond that, or nothing.
        unit: What it counts: `money`, a `share`, or a `number` of things.
        less: Whether less of it is better.
    """

    name: str
    before: str
    after: str
    gain: str
    bound: str
    gap: str
    gain_gap: str
    proof: str
    solver: str
    unit: str
    less: bool


def goal_texts(plan: Plan) -> tuple[GoalText, ...]:
    """The goals of a plan in words, the most important first."""
    return tuple(_text(plan, goal) for goal in plan.goals)


def _text(plan: Plan, goal: PlanGoal) -> GoalText:
    gap = percent(goal.certified_gap)
    change = goal.objective - goal.baseline
    return GoalText(
        name=goal_name(goal),
        before=goal_number(plan, goal, goal.baseline),
        after=goal_number(plan, goal, goal.objective),
        gain=f"{'+' if change >= 0 else '-'}{goal_number(plan, goal, abs(change))}",
        bound=goal_number(plan, goal, goal.certified_bound),
        gap=gap,
        gain_gap=percent(certified_gain_gap(goal)),
        proof=_proof(goal, gap),
        solver=_claim(plan, goal),
        unit=goal_unit(plan, goal),
        less=goal.sense == "minimise",
    )


def goal_name(goal: PlanGoal) -> str:
    """What a goal counts, in words; the second of a kind has a number behind it."""
    kind, _, number = goal.name.rpartition("_")
    known, behind = (kind, f" {number}") if number.isdigit() else (goal.name, "")
    words = _SUM if known == "sum" else OBJECTIVES[known].counts if known in OBJECTIVES else ""
    return f"{tr(words)}{behind}" if words else goal.name


def certified_gain_gap(goal: PlanGoal) -> float:
    """From the plan to the certified bound, relative to what the plan adds."""
    return abs(goal.certified_bound - goal.objective) / max(1.0, abs(goal.gain))


def rests_on_a_solver(goal: PlanGoal) -> bool:
    """Whether a solver claims a better bound than the certificate proves."""
    better = abs(goal.certified_bound - goal.bound)
    return math.isfinite(goal.bound) and better > CLOSED * max(1.0, abs(goal.bound))


def within_gap(plan: Plan) -> bool:
    """Whether the gap that was asked for is proven of every goal."""
    target = max(plan.settings.relative_gap, CLOSED)
    return all(goal.certified_gap <= target for goal in plan.goals)


def how_it_ended(plan: Plan) -> str:
    """Why the solve of a plan stopped, in words."""
    limit = plan.termination.limit
    if limit is Limit.GAP and not within_gap(plan):
        return tr(_LIMITS[Limit.SOLVER_GAP])
    return why_stopped(plan.termination)


def why_stopped(termination: Termination) -> str:
    """Why a solve stopped, in words."""
    if termination.limit is not None:
        return tr(_LIMITS[termination.limit])
    return tr(_REASONS[termination.reason])


def _proof(goal: PlanGoal, gap: str) -> str:
    if goal.is_proven_optimal:
        return tr("proven optimal")
    if math.isfinite(goal.certified_bound):
        return tr("proven within {gap}", gap=gap)
    return tr("not proven")


def _claim(plan: Plan, goal: PlanGoal) -> str:
    if not rests_on_a_solver(goal):
        return ""
    return tr(
        "bound {bound}, gap {gap}, on the solver's word",
        bound=goal_number(plan, goal, goal.bound),
        gap=percent(goal.relative_gap),
    )


def goal_number(plan: Plan, goal: PlanGoal, value: float) -> str:
    """A value of a goal with its unit."""
    if not math.isfinite(value):
        return tr("unknown")
    unit = goal_unit(plan, goal)
    if unit == "money":
        return plan.instance.currency.show(value)
    return percent(value) if unit == "share" else f"{value:,.0f}"


def goal_unit(plan: Plan, goal: PlanGoal) -> str:
    """What the value of a goal counts: `money`, a `share`, or a `number` of things."""
    spec = next(one for one in plan.spec.goals if one.name == goal.name)
    units = {block.unit for block, _ in spec.parts}
    return units.pop() if units in ({"money"}, {"share"}) else "number"
