"""What charts show: walking minutes, money and the proof of the gap, for pictures and the page."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from siting.language import language, tr
from siting.report.facts import CURVE_MINUTES, Facts, required_categories
from siting.report.goal_texts import goal_name
from siting.report.words import category_names

# The minutes whose shares are written; below that share a text stands above its point.
STATED_MINUTES, ROOM_BELOW = 15, 0.15
# What is told apart on a logarithmic axis.
SMALLEST_GAP = 1e-6
# Categories that have a colour of their own, and places that have a bar of their own.
MOST_KINDS, _MOST_PLACES = 6, 16


def median_curve(facts: Facts) -> pd.DataFrame:
    """At each minute the median of the required categories' shares, as `minutes_curve`."""
    curves = [facts.minutes_curve(name) for name in required_categories(facts.instance)]
    shares = {
        name: np.median([curve[name] for curve in curves], axis=0) for name in ("before", "after")
    }
    return pd.DataFrame({"minutes": CURVE_MINUTES, **shares})


def money_table(facts: Facts) -> pd.DataFrame:
    """Public money by district (rows) and category (columns), the largest first, others summed.

    Rows are places' names, columns the categories' names, both in the language in use; amounts are
    in the currency's unit and add up to what the plan spends.
    """
    money = facts.money
    nowhere = money["district"].eq("")
    unnamed = facts.instance.name if nowhere.all() else tr("without a district")
    place = money["district"].mask(nowhere, unnamed)
    kind = _with_others(
        money["category"].map(category_names(facts.instance)), money["cost"], MOST_KINDS
    )
    place = _with_others(place, money["cost"], _MOST_PLACES)
    table = money.assign(place=place, kind=kind).pivot_table(
        index="place", columns="kind", values="cost", aggfunc="sum", fill_value=0.0
    )
    return _largest_first(_largest_first(table).T).T


def gap_points(facts: Facts) -> pd.DataFrame:
    """The solve's progress: columns `seconds`, `incumbent`, `bound`, `gap`; NaN where unknown.

    The last row is the plan itself.
    """
    plan = facts.plan
    known = [(p.seconds, p.incumbent, p.bound) for p in plan.trace]
    end = max([plan.seconds.get("solve", 0.0), *(point[0] for point in known)])
    rows = [*known, (end, plan.objective, plan.bound)]
    frame = pd.DataFrame(rows, columns=["seconds", "incumbent", "bound"], dtype=float)
    frame = frame.replace([math.inf, -math.inf], math.nan)
    # From the side on which a bound of this goal lies.
    apart = frame["bound"] - frame["incumbent"]
    apart = apart if plan.goals[0].sense == "maximise" else -apart
    gap = apart.clip(lower=0) / frame["incumbent"].abs().clip(lower=1)
    return frame.assign(gap=gap)


def first_goal(facts: Facts) -> str:
    """What the most important goal counts, over the chart of its values."""
    goal = facts.plan.goals[0]
    if goal.name == "covered_residents":
        return tr("people times categories covered, by priority")
    return goal_name(goal)


def compact(number: float) -> str:
    """A large number in the short form of the language: `1.84 M`, `184.3 万`."""
    scale, unit = (1e4, " 万") if language() == "zh" else (1e6, " M")
    if abs(number) < scale:
        scale, unit = 1.0, ""
    # Four digits are enough; more of them before the point are zeros, never an exponent.
    return f"{float(f'{number / scale:.4g}'):,.12g}{unit}"


def _with_others(names: pd.Series[str], amounts: pd.Series[float], most: int) -> pd.Series[str]:
    """The names with all but the largest few called others."""
    sums = amounts.groupby(names).sum().sort_values(ascending=False, kind="stable")
    return names if len(sums) <= most else names.where(names.isin(sums.index[:most]), tr("others"))


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by their sum, the others last."""
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[sorted(order, key=lambda name: name == tr("others"))]
