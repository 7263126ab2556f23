"""What the plan changes: coverage by category, walking minutes, money, and the proof of its gap."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from siting.language import tr
from siting.report.chart_data import (
    ROOM_BELOW,
    SMALLEST_GAP,
    STATED_MINUTES,
    compact,
    first_goal,
    gap_points,
    median_curve,
    money_table,
)
from siting.report.facts import CURVE_MINUTES, Facts
from siting.report.page.line_panels import Axis, Line, Panel, even_ticks, panel_svg
from siting.report.page.shown_numbers import DASH, close, money_column, share
from siting.report.summary import group_name
from siting.report.words import category_names, percent, tier_name

# Tiers in the order in which they are shown.
_TIERS = ("basic", "quality")
# Minutes that the table beside the curve has, and progress of the solve at most.
_TOLD_MINUTES = (5, 8, 10, 15, 20, 30)
_TOLD_STEPS = 20
# A gap stands so many times its size from the edges of its panel.
_APART = 2.5


def effects(facts: Facts) -> dict[str, Any]:
    """The tables of coverage, minutes, money and proof, and the charts of the last three."""
    return {
        "coverage": coverage_tables(facts),
        "minutes": {"panels": _drawn(minutes_panels(facts)), "rows": _minutes_rows(facts)},
        "money": _money_table(facts),
        "gap": {"panels": _drawn(gap_panels(facts)), "rows": _gap_rows(facts)},
    }


def _drawn(panels: Iterable[Panel]) -> list[dict[str, str]]:
    return [{"title": one.title, "svg": panel_svg(one)} for one in panels]


def minutes_panels(facts: Facts) -> list[Panel]:
    """Who has what within so many minutes: all required categories, and the median of one."""
    curves = {
        tr("all required categories together"): facts.minutes_curve(),
        tr("a single one: the median category"): median_curve(facts),
    }
    minutes = [(at, f"{at:g}") for at in range(0, int(CURVE_MINUTES[-1]) + 1, 5)]
    x = Axis(0, CURVE_MINUTES[-1], minutes, tr("minutes on foot"))
    y = Axis(0, 1.02, [(at / 4, f"{25 * at}%") for at in range(5)])
    panels = []
    for title, curve in curves.items():
        lines = [
            Line("before", list(zip(curve["minutes"], curve["before"], strict=True))),
            Line("new", list(zip(curve["minutes"], curve["after"], strict=True))),
        ]
        before, after = (dict(line.points)[STATED_MINUTES] for line in lines)
        stated = (STATED_MINUTES, f"{before:.1%} → {after:.1%}", bool(before < ROOM_BELOW))
        panels.append(Panel(title, x, y, lines, band=True, stated=stated))
    return panels


def gap_panels(facts: Facts) -> list[Panel]:
    """The best plan so far and the bound over the time of the solve, and their gap if there is."""
    points = gap_points(facts)
    end = 1.02 * max(float(points["seconds"].max()), 0.01)
    times = [(at, f"{at:g}") for at in even_ticks(0, end)]
    x = Axis(0, end, times, tr("seconds of solving"))
    lines = [
        Line(colour, _known(points, name), steps=True)
        for colour, name in (("muted", "bound"), ("accent", "incumbent"))
    ]
    panels = [Panel(first_goal(facts), x, _value_axis(lines), lines)]
    gap = [(at, max(value, SMALLEST_GAP)) for at, value in _known(points, "gap")]
    if gap:
        last = percent(float(points["gap"].dropna().iloc[-1]))
        title = tr("gap between the two: {gap} in the end", gap=last)
        powers = [(at, math.log10(value)) for at, value in gap]
        panels.append(Panel(title, x, _gap_axis(gap), [Line("new", powers, steps=True)]))
    return panels


def _known(points: pd.DataFrame, name: str) -> list[tuple[float, float]]:
    known = points.dropna(subset=[name])
    return list(zip(known["seconds"], known[name], strict=True))


def _value_axis(lines: Iterable[Line]) -> Axis:
    values = [value for line in lines for _, value in line.points]
    apart = 0.05 * (max(values) - min(values)) or 0.05 * max(1.0, abs(values[0]))
    low, high = min(values) - apart, max(values) + apart
    return Axis(low, high, [(at, compact(at)) for at in even_ticks(low, high)])


def _gap_axis(gap: list[tuple[float, float]]) -> Axis:
    """Powers of ten, with 2 and 5 between them where there are few."""
    low = min(value for _, value in gap) / _APART
    high = max(value for _, value in gap) * _APART
    sizes = (1, 2, 5) if high / low < 100 else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [size * 10.0**power for power in decades for size in sizes]
    ticks = [(math.log10(at), f"{100 * at:g}%") for at in marks if low <= at <= high]
    return Axis(math.log10(low), math.log10(high), ticks)


def coverage_tables(facts: Facts) -> list[dict[str, Any]]:
    """One part a tier, basic first: `name`, and `rows` with the best covered first."""
    frame = facts.by_category
    rows = frame.assign(
        share=frame["after"] / frame["residents"].clip(lower=1.0),
        name=frame["category"].map(category_names(facts.instance)),
        money=money_column(frame["cost"], facts.instance.currency),
    ).sort_values("share", ascending=False, kind="stable")
    tiers = sorted(set(rows["tier"]), key=lambda tier: (tier not in _TIERS, tier))
    return [
        {
            "name": tier_name(tier),
            "rows": [_coverage_row(row) for row in rows[rows["tier"] == tier].to_dict("records")],
        }
        for tier in tiers
    ]


def _coverage_row(row: dict[Any, Any]) -> dict[str, Any]:
    everyone, before, after = (float(row[key]) for key in ("residents", "before", "after"))
    many = max(everyone, 1.0)
    return {
        "category": row["category"],
        "name": row["name"],
        "group": group_name(str(row["group"])),
        "standard": f"{row['standard_minutes']:g}",
        "residents": everyone,
        "before": before,
        "after": after,
        "gain": after - before,
        "before_share": share(before, everyone),
        "after_share": share(after, everyone),
        "strip": (before / many, (after - before) / many),
        "added": int(row["added"]),
        "cost": row["money"],
    }


def _minutes_rows(facts: Facts) -> list[list[str]]:
    """Minutes, and of both panels of the chart the shares before and after."""
    curves = [curve.set_index("minutes") for curve in (facts.minutes_curve(), median_curve(facts))]
    return [
        [
            str(minutes),
            *(f"{curve[when][minutes]:.1%}" for curve in curves for when in ("before", "after")),
        ]
        for minutes in _TOLD_MINUTES
    ]


def _money_table(facts: Facts) -> dict[str, Any]:
    """Rows and columns of the chart with sums at both ends; of each row its bar, in shares."""
    table = money_table(facts)
    sums = np.pad(table.to_numpy(float), ((0, 1), (0, 1)))
    sums[-1] = sums.sum(axis=0)
    sums[:, -1] = sums.sum(axis=1)
    texts = money_column(sums.ravel().tolist(), facts.instance.currency)
    *lines, last = (texts[at : at + sums.shape[1]] for at in range(0, sums.size, sums.shape[1]))
    longest = max(sums[:-1, -1].max(initial=0.0), 1e-9)
    rows = [
        {"name": name, "cells": cells, "bar": (amounts / longest).tolist()}
        for name, cells, amounts in zip(table.index, lines, sums[:, :-1], strict=False)
    ]
    return {"columns": list(table.columns), "rows": rows, "sums": last}


def _gap_rows(facts: Facts) -> list[dict[str, str]]:
    points = _some(gap_points(facts))
    return [
        {
            "seconds": tr("{seconds:,.1f} s", seconds=row["seconds"]),
            "incumbent": _or_dash(row["incumbent"]),
            "bound": _or_dash(row["bound"]),
            "gap": close(percent(row["gap"])) if math.isfinite(row["gap"]) else DASH,
        }
        for row in points.to_dict(orient="records")
    ]


def _some(points: pd.DataFrame) -> pd.DataFrame:
    """Not more points than a person reads, spread over the solve, the last one among them."""
    step = max(1, math.ceil(len(points) / _TOLD_STEPS))
    return points.iloc[::-1].iloc[::step].iloc[::-1]


def _or_dash(number: float) -> str:
    return f"{number:,.0f}" if math.isfinite(number) else DASH
