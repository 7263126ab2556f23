"""Charts of a sweep: what money buys, what one more unit of it buys, and how sure a plan is."""

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
from siting.report.charts import (
    ACCENT,
    BEFORE,
    INK,
    LINE,
    MUTED,
    NEW,
    NONE,
    SERIES,
    Size,
    compact,
    drawing,
)
from siting.report.sheets import shortened
from siting.report.sweep_results import SweepResults
from siting.units import Currency

Floats = NDArray[np.float64]
_WIDTH, _ROW = 7.6, 0.25
_MOST_OFFERS, _MOST_SWINGS, _MOST_GROUPS, _LABEL = 24, 20, 12, 44
# Area of a full dot where offers stand against budgets, in square points.
_DOT = 90.0


def frontier_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """What each budget newly covers at least and at most, with the knee and the envelope."""
    with drawing():
        figure = _figure("frontier", tr("What more money buys"), size or (_WIDTH, 4.6))
        alone = len(results.curves) == 1
        known = bool(results.curve["bound"].notna().any())
        rows, heights = (2, [3.4, 1]) if alone and known else (1, [1])
        panels = figure.subplots(
            rows, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )[:, 0]
        axes = panels[0]
        for number, part in enumerate(results.curves):
            _band(axes, part, results, _colour(number, results), alone=alone)
        _money_axis(panels[-1], results)
        for panel in panels:
            _people_axis(panel)
        if rows > 1:
            _room(panels[1], results.curve, results)
        axes.set_ylabel(tr("newly covered people"))
        # Room for the ring around the knee.
        axes.set_ylim(min(0.0, float(results.curve["gain"].min())), 1.08 * axes.get_ylim()[1])
        _legend_above(figure, axes)
    return figure


def price_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """What a unit of money brings from each budget to the next, and the shadow price at each."""
    with drawing():
        figure = _figure("price", tr("What one more unit of money buys"), size or (_WIDTH, 3.5))
        axes = figure.subplots()
        for number, part in enumerate(results.curves):
            _steps(axes, part, results, _colour(number, results), alone=len(results.curves) == 1)
        _money_axis(axes, results)
        _people_axis(axes)
        money = results.money(results.unit_money)
        axes.set_ylabel(tr("newly covered people per {money}", money=money))
        axes.set_ylim(bottom=0)
        _legend_above(figure, axes)
    return figure


def staged_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """Budgets solved in stages beside free ones, and what keeping earlier choices costs."""
    with drawing():
        title = tr("Built in stages, or all at once")
        figure = _figure("staged", title, size or (_WIDTH, 3.5))
        left, right = figure.subplots(1, 2)
        for number, part in enumerate(results.curves):
            alone = len(results.curves) == 1
            _staged_lines(left, part, results, _colour(number, results), alone=alone)
            _regret_line(right, part, results, NEW if alone else _colour(number, results))
        left.set_title(tr("newly covered people"))
        right.set_title(tr("lost by building in stages, with its interval"))
        right.set_ylim(bottom=0)
        for axes in (left, right):
            _money_axis(axes, results)
            _people_axis(axes)
        _legend_above(figure, left)
    return figure


def draws_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """How the draws lie: a histogram for one budget, quantiles for several."""
    lie = results.spread[results.spread["measure"].eq("gain")]
    with drawing():
        height = 3.2 if len(lie) == 1 else 0.34 * min(len(lie), 30) + 1.2
        figure = _figure("draws", tr("How the draws lie"), size or (_WIDTH, height))
        axes = figure.subplots()
        if len(lie) == 1:
            _histogram(axes, results.draws["gain"].to_numpy(float), lie.iloc[0])
        else:
            _quantile_bars(axes, lie.head(30), results)
        axes.set_xlabel(tr("newly covered people"))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        _legend_above(figure, axes)
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
        figure = _figure("core", tr("How often an offer is chosen"), size or (_WIDTH, height))
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
        figure = _figure("tornado", tr("What the result hangs on"), size or (_WIDTH, height))
        axes = figure.subplots()
        low = (rows["low"] - rows["base"]).to_numpy(float)
        high = (rows["high"] - rows["base"]).to_numpy(float)
        at = np.arange(len(rows))
        axes.barh(at, low, color=BEFORE, height=0.62, label=tr("lower"))
        axes.barh(at, high, color=NEW, height=0.62, label=tr("higher"))
        _ends(axes, rows, low, high)
        axes.axvline(0, color=INK, linewidth=1)
        names = [
            " ".join(filter(None, (results.place(str(one)), str(key))))
            for one, key in zip(rows["instance"], rows["parameter"], strict=True)
        ]
        axes.set_yticks(at, [shortened(name, _LABEL) for name in names])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(tr("change of the objective against the base"))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.grid(axis="x")
        _legend_above(figure, axes)
    return figure


def offer_label(row: dict[Any, Any], results: SweepResults) -> str:
    """An offer in words: its categories and its site."""
    text = f"{results.adds(str(row['categories']))} · {row['site_id']}"
    return shortened(text, _LABEL)


# --- money --------------------------------------------------------------------------------------


def _band(
    axes: Axes, part: pd.DataFrame, results: SweepResults, colour: str, *, alone: bool
) -> None:
    """One curve between what is found and what is proven to be the most."""
    budget = part["budget"].to_numpy(float) / results.currency.shown_scale
    base, gain = part["baseline"].to_numpy(float), part["gain"].to_numpy(float)
    bound = part["bound"].to_numpy(float) - base
    certified = part["certified"].to_numpy(float) - base
    axes.fill_between(
        budget,
        gain,
        bound,
        where=np.isfinite(bound).tolist(),
        color=colour,
        alpha=0.22,
        linewidth=0,
        label=tr("what could still be found") if alone and np.isfinite(bound).any() else None,
    )
    name = tr("plans") if alone else str(part["label"].iloc[0])
    if alone:
        _bounds(axes, budget, bound, certified)
        envelope = part["envelope"].to_numpy(float) - base
        label = tr("concave envelope")
        axes.plot(budget, envelope, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label=label)
    axes.plot(budget, gain, "o-", color=colour, linewidth=2, markersize=4.5, label=name)
    _mark_knee(axes, part, budget, gain, named=alone, currency=results.currency)


def _room(axes: Axes, part: pd.DataFrame, results: SweepResults) -> None:
    """How high the band is, which is too thin to be seen where a gap is small."""
    budget = part["budget"].to_numpy(float) / results.currency.shown_scale
    room = (part["bound"] - part["objective"]).clip(lower=0).to_numpy(float)
    axes.fill_between(budget, 0, room, color=ACCENT, alpha=0.22, linewidth=0)
    axes.plot(budget, room, color=MUTED, linewidth=1.4)
    axes.set_title(tr("at most so much more is possible: bound less plan"))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(3))


def _bounds(
    axes: Axes,
    budget: Floats,
    bound: Floats,
    certified: Floats,
) -> None:
    if np.isfinite(bound).any():
        label = tr("bound: no plan is better")
        axes.plot(budget, bound, color=MUTED, linewidth=1.4, label=label)
    apart = certified - bound > 1e-3 * np.abs(bound)
    if np.isfinite(certified).any() and apart.any():
        label = tr("proven by arithmetic alone")
        axes.plot(budget, certified, color=MUTED, linewidth=1.2, linestyle=(0, (1, 2)), label=label)


def _mark_knee(
    axes: Axes,
    part: pd.DataFrame,
    budget: Floats,
    gain: Floats,
    *,
    named: bool,
    currency: Currency,
) -> None:
    for at in np.flatnonzero(part["knee"].to_numpy(bool)):
        axes.plot(
            budget[at],
            gain[at],
            "o",
            markersize=12,
            markerfacecolor="none",
            markeredgecolor=NEW,
            markeredgewidth=2,
        )
        if named:
            text = tr("knee: {budget}", budget=currency.show(budget[at] * currency.shown_scale))
            axes.annotate(
                text, (budget[at], gain[at]), (12, -16), textcoords="offset points", color=INK
            )


def _steps(
    axes: Axes, part: pd.DataFrame, results: SweepResults, colour: str, *, alone: bool
) -> None:
    """Between two budgets a box as high as the interval, and at each its shadow price."""
    budget = part["budget"].to_numpy(float) / results.currency.shown_scale
    low, high = (
        part[name].to_numpy(float)[1:] * results.unit_money for name in ("price_low", "price_high")
    )
    middle = np.where(np.isfinite(high), (low + high) / 2, low)
    label = tr("average up to the next budget") if alone else str(part["label"].iloc[0])
    axes.stairs(middle, budget, color=colour, linewidth=2, baseline=None, label=label)
    if not alone:
        return
    if np.isfinite(high).any():
        top = np.where(np.isfinite(high), high, low)
        label = tr("its interval by the bounds")
        axes.stairs(
            top, budget, baseline=low, fill=True, color=colour, alpha=0.22, linewidth=0, label=label
        )
    price = part["price"].to_numpy(float) * results.unit_money
    if np.isfinite(price).any():
        axes.plot(budget, price, "D", color=NEW, markersize=5, label=tr("shadow price"))


def _staged_lines(
    axes: Axes, part: pd.DataFrame, results: SweepResults, colour: str, *, alone: bool
) -> None:
    budget = part["budget"] / results.currency.shown_scale
    staged = part["staged_objective"].astype(float) - part["baseline"]
    label = str(part["label"].iloc[0])
    free, kept = (tr("all at once"), tr("in stages")) if alone else (label, None)
    axes.plot(budget, part["gain"], "o-", color=colour, linewidth=2, markersize=4, label=free)
    style = (0, (3, 2))
    later = NEW if alone else colour
    axes.plot(
        budget, staged, "s", linestyle=style, color=later, linewidth=2, markersize=4, label=kept
    )


def _regret_line(axes: Axes, part: pd.DataFrame, results: SweepResults, colour: str) -> None:
    known = part[part["regret"].astype(float).notna()]
    budget = (known["budget"] / results.currency.shown_scale).to_numpy(float)
    low, middle, high = (
        known[name].to_numpy(float) for name in ("regret_low", "regret", "regret_high")
    )
    whole = np.isfinite(low) & np.isfinite(high)
    axes.fill_between(
        budget, low, high, where=whole.tolist(), color=colour, alpha=0.22, linewidth=0
    )
    axes.plot(budget, middle, "o-", color=colour, linewidth=2, markersize=4)


# --- how sure -----------------------------------------------------------------------------------


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


# --- shared -------------------------------------------------------------------------------------


def _figure(key: str, title: str, size: Size) -> Figure:
    """An empty figure that knows what it is called, for `as_svg`."""
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    figure.set_gid(f"sweep-{key}")
    figure.set_label(title)
    return figure


def _colour(number: int, results: SweepResults) -> str:
    """The only family takes the accent, several the series, and more than these one grey."""
    if len(results.curves) == 1:
        return ACCENT
    return SERIES[number] if number < len(SERIES) else NONE


def _legend_above(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    # Families beyond the colours share one: their names would tell nothing.
    kept = min(len(labels), len(SERIES))
    if any(labels):
        figure.legend(
            handles[:kept], labels[:kept], loc="outside upper left", ncols=2 if kept == 4 else 3
        )


def _money_axis(axes: Axes, results: SweepResults) -> None:
    axes.set_xlabel(tr("budget, {unit}", unit=results.currency.shown_in))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    axes.xaxis.set_major_locator(MaxNLocator(6))


def _people_axis(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")
