"""Two plans side by side, in words and figures: for the terminal, the workbook and the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from siting.inputs import describe_walking
from siting.language import joined, phrase, tr
from siting.plan import LoadedRun, Plan
from siting.plan.compare import Comparison, Condition, Standing, compare
from siting.report.facts import Facts, collect_facts
from siting.report.goal_texts import goal_number, goal_texts, how_it_ended
from siting.report.money_texts import money_limit
from siting.report.words import category_names, goal_value, model_name, percent

FORMAT = 1
_CONDITIONS = {
    Condition.FILES: phrase("input files"),
    Condition.BUDGET: phrase("budget"),
    Condition.MODEL: phrase("model"),
    Condition.WALKING: phrase("walking"),
    Condition.SETTINGS: phrase("solver settings"),
}
_STANDINGS = {
    Standing.SAME: phrase("A and B are the same plan."),
    Standing.SAME_QUESTION: phrase(
        "A and B answer the same question: B reaches {change} (exact), and no plan reaches more "
        "than {least:,.0f} ({proof})."
    ),
    Standing.B_ABOVE: phrase(
        "B reaches {objective_b:,.0f} (exact), and no plan under the conditions of A reaches more "
        "than {bound_a} ({proof_a}): the difference is larger than the gaps."
    ),
    Standing.A_ABOVE: phrase(
        "A reaches {objective_a:,.0f} (exact), and no plan under the conditions of B reaches more "
        "than {bound_b} ({proof_b}): the difference is larger than the gaps."
    ),
    Standing.OPEN: phrase(
        "B reaches {change} (exact), but A and B cannot be told apart within their proven gaps: "
        "under the conditions of A up to {bound_a} may be possible, under those of B up to "
        "{bound_b}."
    ),
    Standing.OTHER_MEASURE: phrase(
        "The objectives of A and B count other people, groups or priorities: compare the people, "
        "not the objectives."
    ),
}
# The same where less of the goal is better.
_STANDINGS_OF_LESS = _STANDINGS | {
    Standing.SAME_QUESTION: phrase(
        "A and B answer the same question: B takes {objective_b} against {objective_a} of A "
        "(exact), and no plan does with less than {least} ({proof})."
    ),
    Standing.B_ABOVE: phrase(
        "B takes {objective_b} (exact), and no plan under the conditions of A does with less than "
        "{bound_a} ({proof_a}): the difference is larger than the gaps."
    ),
    Standing.A_ABOVE: phrase(
        "A takes {objective_a} (exact), and no plan under the conditions of B does with less than "
        "{bound_b} ({proof_b}): the difference is larger than the gaps."
    ),
    Standing.OPEN: phrase(
        "B takes {objective_b} against {objective_a} of A (exact), but they cannot be told apart "
        "within their proven gaps: under the conditions of A as little as {bound_a} may do, under "
        "those of B {bound_b}."
    ),
}
STATES = {
    "gained": phrase("B alone"),
    "lost": phrase("A alone"),
    "changed": phrase("other offers"),
    "kept": phrase("both"),
}


@dataclass(frozen=True)
class HeadlineRow:
    """One measure of both plans: `name`, as texts `a`, `b` and `change`."""

    name: str
    a: str
    b: str
    change: str = ""


@dataclass(frozen=True)
class Sides:
    """A comparison with the facts of both plans.

    Attributes:
        comparison: What differs.
        a: Facts of the base.
        b: Facts of the other plan.
    """

    comparison: Comparison
    a: Facts
    b: Facts

    @cached_property
    def money(self) -> pd.DataFrame:
        """By `district` and `category`: `cost_a`, `cost_b`, `change` in units of money.

        An offer's money is shared equally among its categories; rows without a difference are left
        out.
        """
        keys = ["district", "category"]
        sums = [facts.money.groupby(keys)["cost"].sum() for facts in (self.a, self.b)]
        frame = pd.concat(sums, axis=1, keys=["cost_a", "cost_b"]).fillna(0.0)
        frame["change"] = frame["cost_b"] - frame["cost_a"]
        return frame[frame["change"].abs() > 1e-6].reset_index()

    @cached_property
    def by_category(self) -> pd.DataFrame:
        """One row a category that differs: `category`, `added_a`, `added_b`, `gained`, `lost`, ...

        Then `cost_a` and `cost_b`. `gained` and `lost` are people of its group; most people first.
        """
        people = self.comparison.people.groupby("category")[["gained", "lost"]].sum()
        sides = {"_a": self.a, "_b": self.b}
        parts = [
            facts.by_category.set_index("category")[["added", "cost"]].add_suffix(side)
            for side, facts in sides.items()
        ]
        frame = parts[0].join(parts[1])
        frame = frame.join(people).fillna(0.0)
        same = frame["added_a"].eq(frame["added_b"]) & frame["cost_a"].eq(frame["cost_b"])
        moved = frame["gained"] + frame["lost"]
        order = moved.sort_values(ascending=False, kind="stable").index
        frame = frame.loc[order][(~same | (moved > 0)).loc[order]]
        columns = ["added_a", "added_b", "gained", "lost", "cost_a", "cost_b"]
        return frame[columns].rename_axis("category").reset_index()


def compare_runs(a: LoadedRun, b: LoadedRun) -> Sides:
    """Compares two plans and gathers the facts of both.

    Raises:
        InputError: They cannot be compared.
    """
    comparison = compare(a, b)
    facts = (collect_facts(run.plan, run.coverage, run.walks) for run in (a, b))
    return Sides(comparison, *facts)


def in_words(frame: pd.DataFrame, sides: Sides) -> pd.DataFrame:
    """A table with `name`, the category in words, in place of blanks `(not named)`."""
    names = category_names(sides.b.instance)
    known = {key: tr("(not named)") for key in ("place", "district") if key in frame}
    filled = frame.replace({key: {"": text} for key, text in known.items()})
    return filled.assign(name=frame["category"].map(names)) if "category" in frame else filled


def headline(sides: Sides) -> list[HeadlineRow]:
    """The figures of both plans, as a leader asks for them."""
    a, b = sides.a, sides.b
    (one, two), show = (a.plan, b.plan), b.instance.currency.show
    gained, lost = (sides.comparison.residents[key].sum() for key in ("gained", "lost"))
    return [
        HeadlineRow(
            tr("public money"), show(one.spend), show(two.spend), _more(two.spend - one.spend, b)
        ),
        HeadlineRow(tr("budget"), _budget(one), _budget(two)),
        _counts(tr("offers"), len(one.chosen), len(two.chosen)),
        *_goals(one, two),
        HeadlineRow(tr("ended"), how_it_ended(one), how_it_ended(two)),
        _counts(tr("people newly covered"), a.newly_covered, b.newly_covered),
        _counts(tr("people with every required category"), one.complete[1], two.complete[1]),
        _counts(tr("places that lack nothing required"), a.whole_places[1], b.whole_places[1]),
        HeadlineRow(
            tr("people who gain or lose a category"),
            "",
            "",
            tr("{gained:+,.0f} and {lost:+,.0f}", gained=gained, lost=-lost),
        ),
    ]


def _goals(one: Plan, two: Plan) -> Iterator[HeadlineRow]:
    """What both plans reach of their goals; where those differ, of the first alone."""
    pairs = list(zip(goal_texts(one), goal_texts(two), strict=False))
    alike = pairs[0][0].name == pairs[0][1].name
    if not alike:
        yield HeadlineRow(tr("what the goal counts"), pairs[0][0].name, pairs[0][1].name)
    name = pairs[0][0].name if alike else tr("objective")
    yield _of_goal(name, one, two, (one.objective, two.objective))
    if pairs[0][0].unit != "money":
        yield _of_goal(tr("with nothing added"), one, two, (one.baseline, two.baseline))
    for number, (a, b) in enumerate(pairs):
        if number and a.name == b.name:
            yield HeadlineRow(a.name, a.after, b.after)
    first, second = pairs[0]
    yield HeadlineRow(tr("no plan is better than"), first.bound, second.bound)
    yield HeadlineRow(tr("proven gap"), first.gap, second.gap)
    if first.solver or second.solver:
        yield HeadlineRow(tr("not proven"), first.solver, second.solver)


def _of_goal(name: str, one: Plan, two: Plan, values: tuple[float, float]) -> HeadlineRow:
    """A value of the first goal of both; a number of people has its change behind it."""
    plain, said = (f"{value:,.0f}" for value in values), []
    for plan, value in zip((one, two), values, strict=True):
        said.append(goal_value(plan.goals[0].name, plan.instance.currency, value))
    alike = one.goals[0].name == two.goals[0].name
    return _counts(name, *values) if alike and list(plain) == said else HeadlineRow(name, *said)


def differences(sides: Sides) -> list[tuple[str, str]]:
    """What the plans were made under, where they differ: names and texts."""
    comparison, found = sides.comparison, []
    for condition in comparison.changed:
        values = (_condition(condition, plan) for plan in (comparison.a, comparison.b))
        one, two = values
        text = tr("A {a}, B {b}", a=one, b=two)
        if condition is Condition.FILES:
            text = joined(comparison.files)
        elif one == two:
            text = tr("not the same")
        found.append((tr(_CONDITIONS[condition]), text))
    return found


def warnings(sides: Sides) -> list[str]:
    """What stands in the way of comparing figure with figure."""
    files = sides.comparison.files
    if not files:
        return []
    form = phrase("A and B were made from different inputs ({files})")
    return [tr(form, files=joined(files))]


def verdict(comparison: Comparison) -> str:
    """What is proven, as a sentence."""
    a, b = comparison.a, comparison.b
    if a.goals[0].sense == "minimise":
        return _verdict_of_less(comparison)
    # The lower of two bounds on the same question; each says what it rests on.
    least = min((a, b), key=lambda plan: plan.bound)
    more, less = phrase("{number:,.0f} more than A"), phrase("{number:,.0f} less than A")
    form = more if comparison.change > 0 else less if comparison.change else phrase("as much as A")
    return tr(
        _STANDINGS[comparison.standing],
        change=tr(form, number=abs(comparison.change)),
        least=least.bound,
        proof=proof(least),
        objective_a=a.objective,
        objective_b=b.objective,
        bound_a=_bound(a),
        bound_b=_bound(b),
        proof_a=proof(a),
        proof_b=proof(b),
    )


def _verdict_of_less(comparison: Comparison) -> str:
    """The same where less of the goal is better: the higher of two bounds is the better one."""
    a, b = comparison.a, comparison.b
    least = max((a, b), key=lambda plan: plan.bound)
    said = {
        key: goal_number(plan, plan.goals[0], value)
        for key, plan, value in (
            ("objective_a", a, a.objective),
            ("objective_b", b, b.objective),
            ("bound_a", a, a.bound),
            ("bound_b", b, b.bound),
            ("least", least, least.bound),
        )
    }
    proofs = {"proof": proof(least), "proof_a": proof(a), "proof_b": proof(b)}
    return tr(_STANDINGS_OF_LESS[comparison.standing], **said, **proofs)


def proof(plan: Plan) -> str:
    """What a plan's bound rests on."""
    if not math.isfinite(plan.bound):
        return tr("not proven")
    turn = -1.0 if plan.goals[0].sense == "minimise" else 1.0
    certified = turn * plan.bound >= turn * plan.certified_bound
    form, word = phrase("proven by arithmetic from multipliers"), phrase("a solver's word")
    return tr(form if certified else word)


def comparison_facts(sides: Sides) -> dict[str, Any]:
    """The comparison as plain values, for `--json`; the keys are a contract."""
    found = sides.comparison
    return {
        "siting_comparison": FORMAT,
        "a": _plan_facts(sides.a),
        "b": _plan_facts(sides.b),
        "changed": [str(one) for one in found.changed],
        "files": list(found.files),
        "standing": str(found.standing),
        "offers": _lines(found.offers[found.offers["state"] != "kept"]),
        "kept": int((found.offers["state"] == "kept").sum()),
        "sites": _lines(found.sites),
        "additions": _lines(found.additions),
        "people": _lines(found.people),
        "money": _lines(sides.money),
        "residents": {
            "points": len(found.residents),
            "gained": float(found.residents["gained"].sum()),
            "lost": float(found.residents["lost"].sum()),
        },
    }


def by_places(sides: Sides) -> Sequence[dict[str, Any]]:
    """Categories gained and lost by place: `place`, `number`, `gained` and `lost` (lists of texts).

    Those first where most differs.
    """
    rows = in_words(sides.comparison.additions, sides)
    found = []
    for place, part in rows.groupby("place"):
        texts = {
            key: [
                f"{name} {count:.0f}" if count > 1 else str(name)
                for name, count in zip(part["name"], part[key], strict=True)
                if count
            ]
            for key in ("gained", "lost")
        }
        number = int(part[["gained", "lost"]].sum().sum())
        found.append({"place": place, "number": number, **texts})
    return sorted(found, key=lambda one: (-one["number"], str(one["place"])))


def _plan_facts(facts: Facts) -> dict[str, Any]:
    plan = facts.plan
    bound = plan.bound if math.isfinite(plan.bound) else None
    return {
        "instance": plan.instance.name,
        "objective": plan.objective,
        "baseline": plan.baseline,
        "bound": bound,
        "spend": plan.spend,
        "budget": money_limit(plan),
        "offers": len(plan.chosen),
        "newly_covered": facts.newly_covered,
        "complete": plan.complete[1],
        "whole_places": facts.whole_places[1],
    }


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in line.items()} for line in plain.to_dict("records")]


def _counts(name: str, a: float, b: float) -> HeadlineRow:
    change = f"{b - a:+,.0f}" if round(b - a) else "0"
    return HeadlineRow(name, f"{a:,.0f}", f"{b:,.0f}", change)


def _more(amount: float, facts: Facts) -> str:
    text = facts.instance.currency.show(amount)
    return f"+{text}" if amount > 0 else text


def _budget(plan: Plan) -> str:
    budget = money_limit(plan)
    return tr("none") if budget is None else plan.instance.currency.show(budget)


def _bound(plan: Plan) -> str:
    return f"{plan.bound:,.0f}" if math.isfinite(plan.bound) else tr("unknown")


def _condition(condition: Condition, plan: Plan) -> str:
    shown = {
        Condition.BUDGET: _budget(plan),
        Condition.MODEL: model_name(plan.spec.name),
        Condition.WALKING: describe_walking(plan.instance),
        Condition.SETTINGS: tr(
            "{seconds:,.0f} s, gap {gap}, seed {seed}, {backend}",
            seconds=plan.settings.time_limit,
            gap=percent(plan.settings.relative_gap),
            seed=plan.settings.seed,
            backend=plan.settings.backend,
        ),
    }
    return shown.get(condition, "")
