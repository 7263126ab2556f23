"""Charts of a plan: coverage by category, walking minutes, money, and how its gap was proven.

Every chart is a matplotlib figure, which `siting.report.pictures` turns into a picture. The page
draws the same figures of `siting.report.chart_data` itself, so that they fit any width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from siting.language import language, tr
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
from siting.report.facts import Facts
from siting.report.fonts import in_font
from siting.report.words import category_names, percent

# Colours by what they mean; a page may give others to the names. All are different, so that a page
# can tell them apart.
COLOURS = {
    "ink": "#1d2733",
    "muted": "#5d6b7a",
    "line": "#d5dce4",
    "accent": "#1c5d99",
    "before": "#8ea9c6",
    "new": "#dd7a1f",
    "none": "#c3c8ce",
    "series-1": "#2f6ca3",
    "series-2": "#d98b3f",
    "series-3": "#3f8f6b",
    "series-4": "#a14a76",
    "series-5": "#b79b2e",
    "series-6": "#5aa3c4",
}
INK, MUTED, LINE = COLOURS["ink"], COLOURS["muted"], COLOURS["line"]
ACCENT, BEFORE, NEW, NONE = (COLOURS[name] for name in ("accent", "before", "new", "none"))
PAPER = "#ffffff"
SERIES = tuple(colour for name, colour in COLOURS.items() if name.startswith("series"))
# Width and height in inches; type is 10 points, so a smaller figure has larger type on the page.
Size = tuple[float, float]
_WIDTH = 7.6
_ROW, _FRAME, _ROWS_A_COLUMN = 0.23, 0.9, 20
_STYLE = {
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9.5,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "siting",
}


@contextmanager
def drawing() -> Iterator[None]:
    """The look of the charts for a while, for making a figure and for writing it."""
    with in_font(), rc_context(_STYLE):
        yield


def coverage_chart(facts: Facts, size: Size | None = None) -> Figure:
    """Share of its people whom each category reaches: before, and newly by the plan.

    Args:
        facts: The plan.
        size: Inches; as high as the categories ask for, if it is not given. On a wide one many
            categories stand in two columns.
    """
    rows = _coverage_rows(facts)
    width, height = size or (_WIDTH, _ROW * len(rows) + _FRAME)
    columns = 2 if width > height and len(rows) > _ROWS_A_COLUMN else 1
    with drawing():
        figure = empty_figure("coverage", tr("Coverage by category"), (width, height))
        panels = figure.subplots(1, columns, squeeze=False)[0]
        for axes, part in zip(panels, np.array_split(np.arange(len(rows)), columns), strict=True):
            places = math.ceil(len(rows) / columns)
            _coverage_bars(axes, rows.iloc[part], places, 72 * (height - _FRAME) / places)
        _legend_above(figure, panels[0])
    return figure


def minutes_chart(facts: Facts, size: Size | None = None) -> Figure:
    """How many people have what they need within so many minutes, before and after.

    One panel for every required category at once, which is the slowest of them, and one for the
    median of the required categories.
    """
    curves = (facts.minutes_curve(), median_curve(facts))
    titles = (tr("all required categories together"), tr("a single one: the median category"))
    with drawing():
        figure, panels = _two_panels(
            "minutes", tr("Walking minutes before and after"), size or (_WIDTH, 3.1), sharey=True
        )
        for axes, curve, title in zip(panels, curves, titles, strict=True):
            _minutes_lines(axes, curve)
            axes.set_title(title)
        panels[0].set_ylabel(tr("share of residents"))
        _legend_above(figure, panels[0])
    return figure


def money_chart(facts: Facts, size: Size | None = None) -> Figure:
    """Public money by district, by the categories that take most of it."""
    table = money_table(facts)
    currency = facts.instance.currency
    with drawing():
        size = size or (_WIDTH, 0.34 * len(table) + 1.5)
        figure = empty_figure("money", tr("Public money by district"), size)
        axes = figure.subplots()
        if table.empty:
            _say_nothing(axes, tr("The plan adds nothing."))
            return figure
        _money_bars(axes, table / currency.shown_scale)
        axes.set_xlabel(tr("public money, {unit}", unit=currency.shown_in))
        columns = 3 if language() == "en" else 4
        figure.legend(loc="outside lower left", ncols=columns)
    return figure


def gap_chart(facts: Facts, size: Size | None = None) -> Figure:
    """The best plan so far and the proven bound over the time of the solve, and their gap."""
    points = gap_points(facts)
    with drawing():
        title = tr("How close to the best possible plan")
        figure, (left, right) = _two_panels("gap", title, size or (_WIDTH, 3.1))
        _bound_lines(left, points, first_goal(facts))
        _gap_line(right, points)
        for axes in (left, right):
            axes.set_xlabel(tr("seconds of solving"))
            axes.set_xlim(0, 1.02 * max(float(points["seconds"].max()), 0.01))
    return figure


# --- coverage -----------------------------------------------------------------------------------


def _coverage_rows(facts: Facts) -> pd.DataFrame:
    """Shares `before` and `after` by name, the best covered first."""
    frame = facts.by_category
    people = frame["residents"].clip(lower=1.0)
    rows = pd.DataFrame(
        {
            "name": frame["category"].map(category_names(facts.instance)),
            "before": frame["before"] / people,
            "after": frame["after"] / people,
        }
    )
    return rows.sort_values(["after", "before"], ascending=False, kind="stable", ignore_index=True)


def _coverage_bars(axes: Axes, rows: pd.DataFrame, places: int, height: float) -> None:
    """Bars from the top, in a panel with room for so many, each so many points high."""
    type_size = min(9.5, 0.8 * height)
    at = np.arange(len(rows))
    before, after = rows["before"].to_numpy(float), rows["after"].to_numpy(float)
    axes.barh(at, before, color=BEFORE, height=0.7, label=tr("covered before"))
    gain = after - before
    axes.barh(at, gain, left=before, color=NEW, height=0.7, label=tr("newly covered by the plan"))
    for row, (share, more) in enumerate(zip(after, gain, strict=True)):
        grown = f" (+{100 * more:.1f})" if more >= 0.0005 else ""
        axes.text(
            share + 0.012,
            row,
            f"{share:.1%}{grown}",
            va="center",
            fontsize=0.9 * type_size,
            color=MUTED,
        )
    axes.set_yticks(at, rows["name"], fontsize=type_size)
    axes.set_ylim(places - 0.4, -0.6)
    axes.set_xlim(0, 1.24)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)


# --- minutes ------------------------------------------------------------------------------------


def _minutes_lines(axes: Axes, curve: pd.DataFrame) -> None:
    minutes, before, after = (curve[name].to_numpy() for name in ("minutes", "before", "after"))
    axes.fill_between(minutes, before, after, color=NEW, alpha=0.16, linewidth=0)
    axes.plot(minutes, after, color=NEW, linewidth=2.2, label=tr("after"))
    axes.plot(minutes, before, color=BEFORE, linewidth=2.2, label=tr("before"))
    axes.axvline(STATED_MINUTES, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    _stated_share(axes, *(np.interp(STATED_MINUTES, minutes, line) for line in (before, after)))
    axes.set_xlim(0, minutes[-1])
    axes.set_ylim(0, 1.02)
    axes.set_xticks(range(0, int(minutes[-1]) + 1, 5))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel(tr("minutes on foot"))
    axes.grid(axis="y")


def _stated_share(axes: Axes, before: float, after: float) -> None:
    """Marks both shares at 15 minutes, and writes them where rising lines leave room."""
    for share, colour in ((after, NEW), (before, BEFORE)):
        axes.plot([STATED_MINUTES], [share], "o", color=colour, markersize=5)
    above = before < ROOM_BELOW
    axes.annotate(
        f"{before:.1%} → {after:.1%}",
        (STATED_MINUTES, after if above else before),
        (-7, 5) if above else (7, -14),
        textcoords="offset points",
        ha="right" if above else "left",
    )


# --- money --------------------------------------------------------------------------------------


def _money_bars(axes: Axes, table: pd.DataFrame) -> None:
    at, left = np.arange(len(table)), np.zeros(len(table))
    for number, (name, amounts) in enumerate(table.items()):
        colour = SERIES[number] if number < len(SERIES) else NONE
        axes.barh(at, amounts, left=left, color=colour, height=0.66, label=str(name))
        left = left + amounts.to_numpy()
    digits = 0 if left.max() >= 1000 else 1
    for row, total in enumerate(left):
        shown = f"{total:,.{digits}f}"
        axes.annotate(shown, (total, row), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(at, table.index)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * left.max())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    axes.grid(axis="x")


# --- gap ----------------------------------------------------------------------------------------


def _bound_lines(axes: Axes, points: pd.DataFrame, title: str) -> None:
    """Steps: each value holds until the next."""
    lines = (
        ("bound", MUTED, tr("no plan can be better than this")),
        ("incumbent", ACCENT, tr("best plan so far")),
    )
    for name, colour, label in lines:
        known = points.dropna(subset=[name])
        axes.step(
            known["seconds"], known[name], where="post", color=colour, linewidth=2, label=label
        )
    axes.set_title(title)
    axes.legend(loc="best")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")


def _gap_line(axes: Axes, points: pd.DataFrame) -> None:
    known = points[np.isfinite(points["gap"])]
    if known.empty:
        _say_nothing(axes, tr("No bound was found."))
        return
    last = percent(float(known["gap"].iloc[-1]))
    axes.set_title(tr("gap between the two: {gap} in the end", gap=last))
    gap = known["gap"].clip(lower=SMALLEST_GAP)
    axes.step(known["seconds"], gap, where="post", color=NEW, linewidth=2)
    axes.set_yscale("log")
    axes.set_ylim(gap.min() / 2.5, gap.max() * 2.5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.minorticks_off()
    axes.grid(axis="y")


# --- shared -------------------------------------------------------------------------------------


def empty_figure(key: str, title: str, size: Size) -> Figure:
    """An empty figure that knows what it is called, for `siting.report.chart_svg`."""
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    figure.set_gid(key)
    figure.set_label(title)
    return figure


def _two_panels(
    key: str, title: str, size: Size, *, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure of two panels beside each other."""
    figure = empty_figure(key, title, size)
    return figure, list(figure.subplots(1, 2, sharey=sharey))


def _legend_above(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))


def _say_nothing(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=axes.transAxes)
    axes.set_axis_off()
