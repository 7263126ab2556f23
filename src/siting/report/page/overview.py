"""The first screen: what the plan brings, what it costs, and how good it is, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from siting.language import phrase, tr
from siting.plan import PlanGoal
from siting.report.facts import Facts, required_categories
from siting.report.goal_texts import GoalText, certified_gain_gap, goal_texts, how_it_ended
from siting.report.money_texts import money_limit
from siting.report.page.shown_numbers import DASH, at_most_percent, close, share
from siting.report.words import percent
from siting.report.years import year_rows
from siting.units import plural

_WHOLE = {
    "circle": phrase("Complete living circles"),
    "district": phrase("Complete districts"),
    "city": phrase("City complete"),
}
# Goals with which the lead begins.
_HEADLINES = ("complete_places", "least_money")
# Goals that figures of their own tell.
_TOLD = ("covered_residents", "complete_residents", "complete_places", "least_money")
# In names and notes of data that nobody should take for a real city.
_SYNTHETIC = ("synthetic", "合成")


@dataclass(frozen=True)
class Bar:
    """A strip that shows how much there was, how much comes, and what is left."""

    before: float
    new: float


@dataclass(frozen=True)
class KeyFigure:
    """One of the figures that a leader reads first.

    Attributes:
        key: Identifier in the page.
        label: What it counts.
        value: The figure, in words or digits.
        unit: What stands behind it, smaller.
        note: What it means, in a sentence.
        data: The exact numbers behind it, by name, for whoever reads the page by program.
        bar: Its strip, if it is a part of a whole.
    """

    key: str
    label: str
    value: str
    unit: str
    note: str
    data: dict[str, float]
    bar: Bar | None = None


def is_synthetic(facts: Facts) -> bool:
    """Whether the instance says of itself that it is no real city."""
    named = f"{facts.instance.name} {facts.instance.note}".lower()
    return any(word in named for word in _SYNTHETIC)


def overview(facts: Facts) -> dict[str, Any]:
    """The lead sentence (emphasis between `**`), the key figures, the definition and the note."""
    return {
        "lead": _lead(facts),
        "figures": (
            *_own_goal(facts),
            _categories(facts),
            _whole(facts),
            _complete(facts),
            _money(facts),
            _additions(facts),
            _gap(facts),
        ),
        "definition": _definition(facts),
        "synthetic": is_synthetic(facts),
        "years": by_year(facts),
        "note": facts.instance.note,
    }


def by_year(facts: Facts) -> dict[str, Any]:
    """Money and what is reached by the end of each year, a column a year; nothing for one year."""
    if not facts.instance.years:
        return {}
    unit, rows = facts.instance.currency.shown_in, year_rows(facts)
    measures = (
        ("tasks", tr("Tasks"), "{:,.0f}"),
        ("outlets", tr("Outlets added"), "{:,.0f}"),
        ("limit", tr("Money of the year ({unit})", unit=unit), "{:,.2f}"),
        ("cost", tr("Public money ({unit})", unit=unit), "{:,.2f}"),
        ("left", tr("Left ({unit})", unit=unit), "{:,.2f}"),
        ("completeness", tr("Category completeness at its end"), "{:.1%}"),
        ("complete", tr("Complete circles at its end"), "{}"),
        ("communities", tr("Community coverage at its end"), "{:.1%}"),
    )
    return {
        "title": tr("Tasks, money and what is reached, by year"),
        "heads": [str(label) for label in rows["label"]],
        "rows": [
            {"name": name, "cells": [_told(value, form) for value in rows[key]]}
            for key, name, form in measures
        ],
    }


def _told(value: object, form: str) -> str:
    return DASH if isinstance(value, float) and math.isnan(value) else form.format(value)


def _lead(facts: Facts) -> str:
    plan, everyone = facts.plan, _everyone(facts)
    if plan.chosen.empty:
        return tr("This plan adds nothing: within its limits nothing would cover anybody more.")
    said = [_reaches(facts)] if plan.goals[0].name in _HEADLINES else []
    said.append(_adds(facts, everyone))
    return reduce(lambda one, two: tr("{one} {two}", one=one, two=two), said)


def _reaches(facts: Facts) -> str:
    """What the model aims at, before what it takes: circles where it counts circles, money."""
    text = goal_texts(facts.plan)[0]
    if text.unit == "money":
        return tr(
            "**{spend}** are enough to keep every rule; no plan does with less than {bound}.",
            spend=text.after,
            bound=text.bound,
        )
    before, after, count = facts.whole_places
    return tr(
        "{whole}: **{before:,} → {after:,}** of {count:,}.",
        whole=tr(_WHOLE[facts.gaps_before.place_kind]),
        before=before,
        after=after,
        count=count,
    )


def _adds(facts: Facts, everyone: float) -> str:
    plan = facts.plan
    return tr(
        "With **{spend}** of public money the plan adds **{added:,}** {additions} at {sites:,} "
        "{places}. **{newly:,.0f}** residents, {share} of all, come within the walking standard "
        "of at least one category that was out of their reach.",
        spend=facts.instance.currency.show(plan.spend),
        added=len(facts.money),
        additions=plural(len(facts.money), "addition"),
        sites=plan.chosen["site_id"].nunique(),
        places=plural(plan.chosen["site_id"].nunique(), "site"),
        newly=facts.newly_covered,
        share=share(facts.newly_covered, everyone),
    )


def _own_goal(facts: Facts) -> Iterator[KeyFigure]:
    """What the model itself aims at, where no other figure tells it."""
    goal, text = facts.plan.goals[0], goal_texts(facts.plan)[0]
    if goal.name in _TOLD:
        return
    yield KeyFigure(
        key="goal",
        label=tr("Goal: {name}", name=text.name),
        value=f"{text.before} → {text.after}",
        unit="",
        note=tr("{proof}; {gain}", proof=text.proof, gain=text.gain),
        data={"before": goal.baseline, "after": goal.objective},
    )


def _categories(facts: Facts) -> KeyFigure:
    lived = facts.by_place[(facts.by_place["residents"] > 0) & (facts.by_place["place"] != "")]
    before, after, of = (
        float(lived[name].sum()) for name in ("have_before", "have_after", "required")
    )
    of = max(of, 1.0)
    count = max(len(lived), 1)
    return KeyFigure(
        key="completeness",
        label=tr("Category completeness"),
        value=f"{before / of:.1%} → {after / of:.1%}",
        unit="",
        note=tr(
            "On average {before:.1f} → {after:.1f} of {required} required categories a place.",
            before=before / count,
            after=after / count,
            required=len(required_categories(facts.instance)),
        ),
        data={"before": before, "after": after, "of": of},
        bar=Bar(before / of, (after - before) / of),
    )


def _whole(facts: Facts) -> KeyFigure:
    before, after, count = facts.whole_places
    kind = facts.gaps_before.place_kind
    return KeyFigure(
        key="whole_places",
        label=tr(_WHOLE[kind]),
        value=f"{before:,} → {after:,}",
        unit=tr("of {count:,}", count=count),
        note=tr(
            "Lack none of the {required} required categories, before and after.",
            required=len(required_categories(facts.instance)),
        ),
        data={"before": before, "after": after, "of": count},
        bar=Bar(before / max(count, 1), (after - before) / max(count, 1)),
    )


def _complete(facts: Facts) -> KeyFigure:
    (before, after), everyone = facts.plan.complete, _everyone(facts)
    return KeyFigure(
        key="complete",
        label=tr("Residents who have every required category"),
        value=f"{before:,.0f} → {after:,.0f}",
        unit="",
        note=tr(
            "All {required} within the walking standard of their own door: {before} before, "
            "{after} after.",
            required=len(required_categories(facts.instance)),
            before=share(before, everyone),
            after=share(after, everyone),
        ),
        data={"before": before, "after": after, "of": everyone},
        bar=Bar(before / everyone, (after - before) / everyone),
    )


def _money(facts: Facts) -> KeyFigure:
    plan, currency = facts.plan, facts.instance.currency
    budget, investment = money_limit(plan), float(facts.tasks["investment"].sum())
    value, unit = _split_amount(currency.show(plan.spend))
    left = budget - plan.spend if budget is not None else math.nan
    note = (
        tr("No budget was set.")
        if budget is None
        else tr(
            "Of a budget of {budget}; {left} are left.",
            budget=currency.show(budget),
            left=currency.show(left),
        )
    )
    total = tr("Total investment with private money: {all}.", all=currency.show(investment))
    return KeyFigure(
        key="money",
        label=tr("Public money spent"),
        value=value,
        unit=unit,
        note=tr("{one} {two}", one=note, two=total),
        data={"spend": plan.spend, "budget": budget or math.nan, "investment": investment},
        bar=Bar(0.0, plan.spend / budget) if budget else None,
    )


def _additions(facts: Facts) -> KeyFigure:
    plan, instance = facts.plan, facts.instance
    sites = plan.chosen["site_id"].nunique()
    return KeyFigure(
        key="additions",
        label=tr("Additions"),
        value=f"{len(facts.money):,}",
        unit=tr("at {sites:,} {places}", sites=sites, places=plural(sites, "site")),
        note=tr(
            "{tasks:,} of {offers:,} offers at {all:,} candidate sites, of {kinds:,} of {known:,} "
            "categories.",
            tasks=len(plan.chosen),
            offers=len(instance.offers),
            all=len(instance.sites),
            kinds=facts.money["category"].nunique(),
            known=len(instance.categories),
        ),
        data={"value": len(facts.money), "tasks": len(plan.chosen), "sites": sites},
    )


def _gap(facts: Facts) -> KeyFigure:
    plan, goal = facts.plan, facts.plan.goals[0]
    return KeyFigure(
        key="gap",
        label=tr("How close to the best possible plan"),
        value=close(percent(goal.certified_gap)),
        unit=tr("proven gap"),
        note=tr(
            "{one} {two}",
            one=gap_in_words(facts),
            two=tr("(Ended: {why}.)", why=how_it_ended(plan)),
        ),
        data={"value": goal.certified_gap, "gain": certified_gain_gap(goal)},
    )


def gap_in_words(facts: Facts) -> str:
    """What the proof says, for those who have never heard of a gap."""
    texts = goal_texts(facts.plan)
    said = [_first_goal(facts.plan.goals[0], texts[0])]
    said += [tr("Next goal, {name}: {proof}.", name=t.name, proof=t.proof) for t in texts[1:]]
    said += [tr("Not proven: {claim}.", claim=text.solver) for text in texts if text.solver]
    return reduce(lambda one, two: tr("{one} {two}", one=one, two=two), said)


def _first_goal(goal: PlanGoal, text: GoalText) -> str:
    if not math.isfinite(goal.certified_bound):
        return tr("No bound was proven: how much better another plan could be is not known.")
    if goal.name != "covered_residents":
        return tr("Goal, {name}: {proof}.", name=text.name, proof=text.proof)
    if goal.is_proven_optimal:
        return tr("Proven best: no other plan within this budget and these rules covers more.")
    return tr(
        "No other plan within this budget and these rules can cover more than {share} more "
        "(residents times categories, by priority); against what the plan adds, {gain}.",
        share=at_most_percent(goal.certified_gap),
        gain=at_most_percent(certified_gain_gap(goal)),
    )


def _definition(facts: Facts) -> str:
    return tr(
        "Complete means that none of the {required} required categories is lacking: as many "
        "outlets of each as are needed stand within the walking standard of at least some "
        "who live there. That every resident has every category within the standard of "
        "their own door is asked for more strictly, in the figure beside it.",
        required=len(required_categories(facts.instance)),
    )


def _everyone(facts: Facts) -> float:
    return max(float(facts.instance.people("all").sum()), 1.0)


def _split_amount(shown: str) -> tuple[str, str]:
    """`1,000 万元` as its figure and its unit."""
    figure, _, unit = shown.partition(" ")
    return figure, unit
