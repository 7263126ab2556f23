"""What the plan changes: coverage by category, walking minutes, money, and the proof of its gap."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from siting.language import tr
from siting.report.chart_svg import as_svg
from siting.report.charts import (
    Size,
    gap_chart,
    gap_points,
    median_curve,
    minutes_chart,
    money_chart,
    money_table,
)
from siting.report.facts import Facts
from siting.report.page.shown_numbers import DASH, close, money_column, share
from siting.report.summary import group_name
from siting.report.words import category_names, percent, tier_name

# Of charts in narrow windows, in inches.
_NARROW = (4.6, 6.0)
# Tiers in the order in which they are shown.
_TIERS = ("basic", "quality")
# Minutes that the table beside the curve has, and progress of the solve at most.
_TOLD_MINUTES = (5, 8, 10, 15, 20, 30)
_TOLD_STEPS = 20


def effects(facts: Facts) -> dict[str, Any]:
    """The tables of coverage, minutes, money and proof, and the charts of the last three."""
    return {
        "coverage": coverage_tables(facts),
        "minutes": {**_both(minutes_chart, facts), "rows": _minutes_rows(facts)},
        "money": {
            "svg": as_svg(money_chart(facts)),
            "narrow": as_svg(
                money_chart(facts, (_NARROW[0], 0.34 * len(money_table(facts)) + 2.6))
            ),
            **_money_table(facts),
        },
        "gap": {**_both(gap_chart, facts), "rows": _gap_rows(facts)},
    }


def _both(draw: Callable[[Facts, Size | None], Figure], facts: Facts) -> dict[str, str]:
    """A chart for wide windows and one for narrow ones, where its panels stand below each other."""
    return {"svg": as_svg(draw(facts, None)), "narrow": as_svg(draw(facts, _NARROW))}


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
    """Rows and columns of the chart, with sums at both ends."""
    table = money_table(facts)
    sums = np.pad(table.to_numpy(float), ((0, 1), (0, 1)))
    sums[-1] = sums.sum(axis=0)
    sums[:, -1] = sums.sum(axis=1)
    texts = money_column(sums.ravel().tolist(), facts.instance.currency)
    *lines, last = (texts[at : at + sums.shape[1]] for at in range(0, sums.size, sums.shape[1]))
    rows = [{"name": name, "cells": cells} for name, cells in zip(table.index, lines, strict=True)]
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
