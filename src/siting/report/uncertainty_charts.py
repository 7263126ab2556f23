"""Charts of a sweep that say how sure a plan is: draws, offers chosen again and again, swings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from siting.language import tr
from siting.report.cell_texts import shortened
from siting.report.chart_data import compact
from siting.report.charts import (
    BEFORE,
    INK,
    LINE,
    MUTED,
    NEW,
    NONE,
    Size,
    drawing,
    empty_figure,
)
from siting.report.sweep_charts import family_legend
from siting.report.sweep_results import SweepResults
from siting.report.sweep_tables import parameter_heading

Floats = NDArray[np.float64]
_WIDTH, _ROW = 7.6, 0.25
_MOST_OFFERS, _MOST_SWINGS, _MOST_GROUPS, _LABEL = 24, 20, 12, 44
# Area of a full dot where offers stand against budgets, in square points.
_DOT = 90.0


def draws_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """How the draws lie: a histogram for one budget, quantiles for several."""
    lie = results.spread[results.spread["measure"].eq(results.told)]
    with drawing():
        height = 3.2 if len(lie) == 1 else 0.34 * min(len(lie), 30) + 1.2
        figure = empty_figure("sweep-draws", tr("How the draws lie"), size or (_WIDTH, height))
        axes = figure.subplots()
        if len(lie) == 1:
            _histogram(axes, results.draws[results.told].to_numpy(float), lie.iloc[0])
        else:
            _quantile_bars(axes, lie.head(30), results)
        axes.set_xlabel(results.gained)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        family_legend(figure, axes)
    return figure


def core_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """How often the surest offers are chosen: bars for one budget, dots for several."""
    core = results.repeated_core
    groups = [group for _, group in core.groupby(["instance", "asked_budget"], dropna=False)]
    shares = core.groupby("offer_id")["share"].sum().sort_values(ascending=False, kind="stable")
    shown = list(shares.index[:_MOST_OFFERS])
    names = core.drop_duplicates("offer_id").set_index("offer_id").loc[shown]
    labels = [offer_label(row, results) for row in names.reset_index().to_dict(orient="records")]
    with drawing():
        height = _ROW * len(shown) + 1.2
        figure = empty_figure(
            "sweep-core", tr("How often an offer is chosen"), size or (_WIDTH, height)
        )
        axes = figure.subplots()
        if len(groups) == 1:
            _share_bars(axes, groups[0].set_index("offer_id")["share"].loc[shown])
        else:
            _share_dots(axes, groups[:_MOST_GROUPS], shown, results)
        axes.set_yticks(range(len(shown)), labels, fontsize=min(9.0, 190 / max(1, len(shown))))
        axes.set_ylim(len(shown) - 0.4, -0.6)
    return figure


def tornado_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """What each parameter alone does to the objective, the widest first."""
    rows = results.swings.sort_values("swing", ascending=False, kind="stable").head(_MOST_SWINGS)
    with drawing():
        height = 0.36 * len(rows) + 1.2
        figure = empty_figure(
            "sweep-tornado", tr("What the result depends on"), size or (_WIDTH, height)
        )
        axes = figure.subplots()
        low = (rows["low"] - rows["base"]).to_numpy(float)
        high = (rows["high"] - rows["base"]).to_numpy(float)
        at = np.arange(len(rows))
        # The better side of the base has the accent.
        colours = (NEW, BEFORE) if results.less_is_better else (BEFORE, NEW)
        words = (tr("lower"), tr("higher"))
        if results.less_is_better:
            words = (tr("lower, which is better"), tr("higher, which is worse"))
        for ends, colour, word in zip((low, high), colours, words, strict=True):
            axes.barh(at, ends, color=colour, height=0.62, label=word)
        _ends(axes, rows, low, high)
        axes.axvline(0, color=INK, linewidth=1)
        names = [
            " ".join(filter(None, (results.place(str(one)), parameter_heading(str(key), results))))
            for one, key in zip(rows["instance"], rows["parameter"], strict=True)
        ]
        axes.set_yticks(at, [shortened(name, _LABEL) for name in names])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        what = results.counts or tr("objective")
        axes.set_xlabel(tr("change against the base: {what}", what=what))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.grid(axis="x")
        family_legend(figure, axes)
    return figure


def offer_label(row: dict[Any, Any], results: SweepResults) -> str:
    """An offer in words: its categories and its site."""
    text = results.offers.get(str(row["offer_id"]))
    return shortened(text or f"{results.adds(str(row['categories']))} · {row['site_id']}", _LABEL)


def _histogram(axes: Axes, values: Floats, lie: pd.Series[float]) -> None:
    label = tr("5 % to 95 % of the draws")
    axes.axvspan(float(lie["q05"]), float(lie["q95"]), color=NONE, alpha=0.35, label=label)
    bins = min(40, max(5, math.ceil(2 * len(values) ** 0.5)))
    axes.hist(values, bins=bins, color=BEFORE, rwidth=0.94, label=tr("draws"))
    axes.axvline(float(lie["q50"]), color=NEW, linewidth=2.2, label=tr("median"))
    axes.set_ylabel(tr("draws"))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y")


def _quantile_bars(axes: Axes, lie: pd.DataFrame, results: SweepResults) -> None:
    at = np.arange(len(lie))
    q = {name: lie[name].to_numpy(float) for name in ("q05", "q25", "q50", "q75", "q95")}
    wide, half = tr("5 % to 95 % of the draws"), tr("the middle half")
    axes.barh(at, q["q95"] - q["q05"], left=q["q05"], height=0.24, color=NONE, label=wide)
    axes.barh(at, q["q75"] - q["q25"], left=q["q25"], height=0.56, color=BEFORE, label=half)
    axes.plot(q["q50"], at, "|", color=NEW, markersize=14, markeredgewidth=2.4, label=tr("median"))
    names = zip(lie["instance"], lie["asked_budget"].astype(float), strict=True)
    axes.set_yticks(at, [results.group(str(one), budget) for one, budget in names])
    axes.set_ylim(len(lie) - 0.4, -0.6)
    axes.grid(axis="x")


def _share_bars(axes: Axes, shares: pd.Series[float]) -> None:
    at = np.arange(len(shares))
    axes.barh(at, shares, color=BEFORE, height=0.66)
    for row, share in enumerate(shares):
        axes.annotate(
            f"{share:.0%}", (share, row), (4, 0), textcoords="offset points", va="center",
            fontsize=8.5, color=MUTED,
        )  # fmt: skip
    axes.set_xlim(0, 1.1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel(tr("share of the plans that choose it"))
    axes.grid(axis="x")


def _share_dots(
    axes: Axes, groups: list[pd.DataFrame], shown: list[str], results: SweepResults
) -> None:
    """A dot for each offer and budget, as large as its share, within a ring of the whole."""
    names = []
    for column, group in enumerate(groups):
        share = group.set_index("offer_id")["share"].reindex(shown).fillna(0.0).to_numpy(float)
        at = np.arange(len(shown))
        place = np.full(len(shown), column)
        axes.scatter(place, at, s=_DOT, facecolor="none", edgecolor=LINE, linewidth=1)
        axes.scatter(place, at, s=_DOT * share, color=BEFORE, linewidth=0)
        budget = float(group["asked_budget"].iloc[0])
        names.append(results.group(str(group["instance"].iloc[0]), budget))
    axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names], fontsize=8)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0)
    for side in ("bottom", "left"):
        axes.spines[side].set_visible(False)


def _ends(
    axes: Axes,
    rows: pd.DataFrame,
    low: Floats,
    high: Floats,
) -> None:
    """Writes at each end of a bar the value that leads there."""
    for ends, values, shift, side in (
        (low, rows["low_value"], -5, "right"),
        (high, rows["high_value"], 5, "left"),
    ):
        for row, (end, value) in enumerate(zip(ends, values, strict=True)):
            axes.annotate(
                str(value) if end else "", (end, row), (shift, 0), textcoords="offset points",
                va="center", ha=side, fontsize=8.5, color=MUTED,
            )  # fmt: skip
    widest = max(float(np.abs([low, high]).max()), 1e-9)
    axes.set_xlim(
        (low.min() or -0.1 * widest) - 0.22 * widest, (high.max() or 0.1 * widest) + 0.22 * widest
    )
