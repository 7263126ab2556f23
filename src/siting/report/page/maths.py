"""The model of a plan as a page shows it: its symbols, and each block in maths and in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from latex2mathml.converter import convert

from siting.blocks.contract import Block
from siting.blocks.plain_model import PlainRows
from siting.language import phrase, tr
from siting.model.explanation import TITLES
from siting.plan import PlanGoal
from siting.report.facts import Facts
from siting.report.page.shown_numbers import DASH


@dataclass(frozen=True)
class BlockText:
    """One block: what it is called, its maths as MathML, and what it says here."""

    name: str
    maths: str
    words: str


def maths(facts: Facts) -> dict[str, Any]:
    """`symbols` (MathML, meaning, number here), objectives and constraints as `BlockText`s."""
    plan = facts.plan
    return {
        "symbols": _symbols(facts),
        "maximise": [
            _line(block, _goal_in_words(goal, block))
            for goal, spec in zip(plan.goals, plan.spec.goals, strict=True)
            for block, _weight in spec.parts
        ],
        "subject_to": [
            _line(rows.block, _constraint_in_words(facts, rows))
            for rows in plan.model.rows
            if rows.block is not None
        ],
    }


def _line(block: Block, words: str) -> BlockText:
    name = tr(TITLES[block.block]) if block.block in TITLES else block.block
    return BlockText(name, convert(block.formula, display="block"), words)


def _symbols(facts: Facts) -> list[tuple[str, str, str]]:
    instance = facts.instance
    priority, cost = instance.categories["priority"], instance.offers["cost"]
    served, pairs = facts.plan.judgement.before.sum(), facts.plan.judgement.before.size
    show = instance.currency.show
    rows = [
        ("I", tr("demand points"), f"{len(instance.residents):,}"),
        ("K", tr("categories"), f"{len(instance.categories):,}"),
        ("J", tr("candidate sites"), f"{len(instance.sites):,}"),
        ("O", tr("offers: a site with the categories added there"), f"{len(cost):,}"),
        (
            "w_{ik}",
            tr("people at point i of the group that category k serves"),
            f"{_weighted(facts):,.0f}",
        ),
        ("v_k", tr("priority of category k"), _range(priority.min(), priority.max())),
        (
            "e_{ik}",
            tr("1 where an outlet covers the pair already"),
            tr("{ones:,} of {all:,}", ones=int(served), all=int(pairs)),
        ),
        ("a_{iok}", tr("1 where offer o would cover the pair"), DASH),
        ("c_o", tr("public money that offer o takes"), _range(cost.min(), cost.max(), show)),
        (
            "x_o",
            tr("1 if offer o is chosen"),
            tr("{ones:,} of {all:,}", ones=len(facts.plan.chosen), all=len(cost)),
        ),
        ("y_{ik}", tr("1 if the pair is covered with the plan"), _covered(facts)),
    ]
    return [(convert(symbol), meaning, number) for symbol, meaning, number in rows]


def _weighted(facts: Facts) -> float:
    """People of all groups, counted once for each category that serves them."""
    return float(facts.by_category["residents"].sum())


def _covered(facts: Facts) -> str:
    flags = facts.plan.judgement.after
    return tr("{ones:,} of {all:,}", ones=int(flags.sum()), all=int(flags.size))


def _range(low: float, high: float, show: Callable[[float], str] = "{:g}".format) -> str:
    if not math.isfinite(low):
        return DASH
    return show(low) if low == high else f"{show(low)} – {show(high)}"


def _goal_in_words(goal: PlanGoal, block: Block) -> str:
    """What an objective says, and what the plan reaches of its goal."""
    said = tr(
        "{baseline:,.0f} with nothing added, {objective:,.0f} with this plan.",
        baseline=goal.baseline,
        objective=goal.objective,
    )
    words = tr("{one} {two}", one=tr(block.reads), two=said)
    if not math.isfinite(goal.bound):
        return words
    form = phrase("No plan reaches more than {bound:,.0f}.")
    if goal.sense == "minimise":
        form = phrase("No plan comes below {bound:,.0f}.")
    return tr("{one} {two}", one=words, two=tr(form, bound=goal.bound))


def _constraint_in_words(facts: Facts, rows: PlainRows) -> str:
    """What a constraint says, and how full its rows are with the plan."""
    assert rows.block is not None  # noqa: S101 - rows of a block
    words, activity = tr(rows.block.reads), rows.activity(facts.plan.judgement.values).tolist()
    if len(rows) == 1:
        show = _amounts(facts, rows)
        limit = rows.upper[0] if rows.upper[0] is not None else rows.lower[0]
        assert limit is not None  # noqa: S101 - a row has a limit
        word = tr("at most") if rows.upper[0] is not None else tr("at least")
        here = tr(
            "Here: {activity}, {word} {limit}.",
            activity=show(Fraction(activity[0], rows.scale[0])),
            word=word,
            limit=show(Fraction(limit, rows.scale[0])),
        )
    else:
        full = sum(
            amount in (rows.upper[number], rows.lower[number])
            for number, amount in enumerate(activity)
        )
        form = phrase("{rows:,} rows, {full:,} of them at their limit with this plan.")
        here = tr(form, rows=len(rows), full=full)
    return tr("{one} {two}", one=words, two=here)


def _amounts(facts: Facts, rows: PlainRows) -> Callable[[Fraction], str]:
    assert rows.block is not None  # noqa: S101 - rows of a block
    if rows.block.unit == "money":
        return lambda amount: facts.instance.currency.show(float(amount))
    return lambda amount: f"{float(amount):,.6g}"
