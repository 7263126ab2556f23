"""Charts of the budgets of a sweep: what money buys, and what one more unit of it buys."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from siting.language import tr
from siting.report.chart_data import compact
from siting.report.charts import (
    ACCENT,
    INK,
    MUTED,
    NEW,
    NONE,
    SERIES,
    Size,
    drawing,
    empty_figure,
)
from siting.report.sweep_results import SweepResults
from siting.units import Currency

Floats = NDArray[np.float64]
_WIDTH, _NARROW = 7.6, 6.0


def frontier_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """What each budget newly covers at least and at most, with the knee and the envelope."""
    with drawing():
        figure = empty_figure("sweep-frontier", tr("What more money buys"), size or (_WIDTH, 4.6))
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
        axes.set_ylabel(results.gained)
        # Room for the ring around the knee.
        axes.set_ylim(min(0.0, float(results.curve["gain"].min())), 1.08 * axes.get_ylim()[1])
        family_legend(figure, axes)
    return figure


def price_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """What a unit of money brings from each budget to the next, and the shadow price at each."""
    with drawing():
        figure = empty_figure(
            "sweep-price", tr("What one more unit of money buys"), size or (_WIDTH, 3.5)
        )
        axes = figure.subplots()
        for number, part in enumerate(results.curves):
            _steps(axes, part, results, _colour(number, results), alone=len(results.curves) == 1)
        _money_axis(axes, results)
        _people_axis(axes)
        money = results.money(results.unit_money)
        axes.set_ylabel(tr("{gained} per {money}", gained=results.gained, money=money))
        axes.set_ylim(bottom=0)
        family_legend(figure, axes)
    return figure


def staged_chart(results: SweepResults, size: Size | None = None) -> Figure:
    """Budgets solved in stages beside free ones, and what keeping earlier choices costs."""
    with drawing():
        title = tr("Built in stages, or all at once")
        figure = empty_figure("sweep-staged", title, size or (_WIDTH, 3.5))
        left, right = figure.subplots(*((2, 1) if _is_narrow(figure) else (1, 2)))
        for number, part in enumerate(results.curves):
            alone = len(results.curves) == 1
            _staged_lines(left, part, results, _colour(number, results), alone=alone)
            _regret_line(right, part, results, NEW if alone else _colour(number, results))
        left.set_title(results.gained)
        right.set_title(tr("lost by building in stages, with its interval"))
        right.set_ylim(bottom=0)
        for axes in (left, right):
            _money_axis(axes, results)
            _people_axis(axes)
        family_legend(figure, left)
    return figure


# --- money --------------------------------------------------------------------------------------


def _band(
    axes: Axes, part: pd.DataFrame, results: SweepResults, colour: str, *, alone: bool
) -> None:
    """One curve between what is found and what is proven to be the most."""
    budget = part["budget"].to_numpy(float) / results.currency.shown_scale
    gain = part["gain"].to_numpy(float)
    bound, certified, envelope = (
        (part["turn"] * (part[name] - part["baseline"])).to_numpy(float)
        for name in ("bound", "certified", "envelope")
    )
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
        label = tr("concave envelope")
        axes.plot(budget, envelope, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label=label)
    axes.plot(budget, gain, "o-", color=colour, linewidth=2, markersize=4.5, label=name)
    _mark_knee(axes, part, budget, gain, named=alone, currency=results.currency)


def _room(axes: Axes, part: pd.DataFrame, results: SweepResults) -> None:
    """How high the band is, which is too thin to be seen where a gap is small."""
    budget = part["budget"].to_numpy(float) / results.currency.shown_scale
    room = (part["turn"] * (part["bound"] - part["objective"])).clip(lower=0).to_numpy(float)
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
    staged = part["turn"] * (part["staged_objective"].astype(float) - part["baseline"])
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


# --- shared -------------------------------------------------------------------------------------


def _colour(number: int, results: SweepResults) -> str:
    """The only family takes the accent, several the series, and more than these one grey."""
    if len(results.curves) == 1:
        return ACCENT
    return SERIES[number] if number < len(SERIES) else NONE


def family_legend(figure: Figure, axes: Axes) -> None:
    """A legend above the axes, of as many names as there are colours."""
    handles, labels = axes.get_legend_handles_labels()
    # Families beyond the colours share one: their names would tell nothing.
    kept = min(len(labels), len(SERIES))
    if any(labels):
        columns = 1 if _is_narrow(figure) else 2 if kept == 4 else 3
        figure.legend(handles[:kept], labels[:kept], loc="outside upper left", ncols=columns)


def _is_narrow(figure: Figure) -> bool:
    return bool(figure.get_figwidth() < _NARROW)


def _money_axis(axes: Axes, results: SweepResults) -> None:
    axes.set_xlabel(tr("budget, {unit}", unit=results.currency.shown_in))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    axes.xaxis.set_major_locator(MaxNLocator(6))


def _people_axis(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")
