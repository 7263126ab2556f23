"""Maps of a plan: what people lack before and after, and what is added where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from siting.inputs import Instance, NetworkTravel, StraightLineTravel
from siting.language import cells, language, tr
from siting.report.charts import ACCENT, INK, LINE, MUTED, PAPER, SERIES, Size, drawing
from siting.report.facts import Facts, required_categories
from siting.report.map_windows import (
    Points,
    Window,
    inset_windows,
    main_window,
    where_people_live,
)
from siting.report.words import mode_name

_MAP_SHARE = 0.66
# How many required categories a resident lacks, at least, and the colour of each class.
_CLASSES = ((0, "#1c5d99"), (1, "#7db0d8"), (3, "#e9d08f"), (6, "#dd9a6a"), (10, "#a9443a"))
_MARKERS = "osD^vP"
_STREET, _FAINT = "#dfe4e9", "#b4bfca"
_NUMBERED, _BESIDE_CELLS = 10, 44
_INSET_HEIGHT = 0.3


def coverage_map(facts: Facts, size: Size) -> Figure:
    """Two maps, before and after: how many required categories each resident lacks."""
    judged, required = facts.plan.judgement, required_categories(facts.instance)
    columns = [facts.instance.category_names.index(name) for name in required]
    panels = (
        (tr("before"), (~judged.before[:, columns]).sum(axis=1)),
        (tr("after, with the sites of the plan"), (~judged.after[:, columns]).sum(axis=1)),
    )
    window = main_window(facts.instance, size[0] / 2 / (size[1] - 0.55))
    insets = inset_windows(facts.instance, window)
    with drawing():
        figure = _map_figure("map-coverage", size)
        grid = figure.add_gridspec(
            2 if insets else 1,
            2 * max(len(insets), 1),
            height_ratios=[1, _INSET_HEIGHT] if insets else [1],
        )
        for number, (title, lacks) in enumerate(panels):
            columns = [number * max(len(insets), 1) + at for at in range(max(len(insets), 1))]
            axes = figure.add_subplot(grid[0, columns[0] : columns[-1] + 1])
            _base_map(axes, facts, window)
            axes.set_title(title)
            small = [figure.add_subplot(grid[1, at]) for at in columns[: len(insets)]]
            for one, view in zip(small, insets, strict=True):
                _small_map(one, facts, view)
            for one in (axes, *small):
                _residents_by_lack(one, facts, lacks, len(required))
                if number:
                    _plan_sites(one, facts)
        handles, labels = axes.get_legend_handles_labels()
        look = {"ncols": len(labels), "markerscale": 2.5, "handletextpad": 0.1}
        figure.legend(handles, labels, loc="outside lower left", columnspacing=1.2, **look)
        beyond = _beyond(facts, (window, *insets))
        figure.text(0.995, 0.03, beyond, ha="right", fontsize=8, color=MUTED)
    return figure


def _plan_sites(axes: Axes, facts: Facts) -> None:
    sites = facts.tasks
    axes.scatter(
        sites["x"], sites["y"], s=7, color=INK, ec=PAPER, lw=0.3, label=tr("site of the plan")
    )


def _small_map(axes: Axes, facts: Facts, window: Window) -> None:
    """A settlement apart from the others: its frame, and the district that it is of."""
    axes.set(xlim=(window.left, window.right), ylim=(window.bottom, window.top), aspect="equal")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=LINE)
    frame = facts.instance.residents
    here = frame[window.holds(frame["x"].to_numpy(float), frame["y"].to_numpy(float))]
    if "district" in here and len(here):
        most = here.groupby("district")["residents"].sum().idxmax()
        axes.set_title(str(most), fontsize=7.5)


def sites_map(facts: Facts, size: Size) -> Figure:
    """A map of what is added, by the way of building, beside it the first tasks."""
    window = main_window(facts.instance, _MAP_SHARE * size[0] / size[1])
    with drawing():
        figure = _map_figure("map-sites", size)
        ratios = [_MAP_SHARE, 1 - _MAP_SHARE]
        axes, beside = figure.subplots(1, 2, width_ratios=ratios)
        _base_map(axes, facts, window)
        people = facts.instance.residents
        axes.scatter(people["x"], people["y"], s=1.2, color=_FAINT, linewidth=0)
        _sites_by_mode(axes, facts)
        _numbers(axes, facts, window)
        beside.set_axis_off()
        beside.legend(
            *axes.get_legend_handles_labels(), loc="upper left", borderpad=0, markerscale=1.4
        )
        _first_tasks(beside, facts)
        _halo_text(axes, (1, 0), _beyond(facts, (window,)), size=8.5, offset=(-6, 8), corner=True)
    return figure


def lacks_title(facts: Facts) -> str:
    """What `coverage_map` shows."""
    required = len(required_categories(facts.instance))
    return tr("How many of the {required} required categories people lack", required=required)


def text_lines(text: str, width: int, most: int) -> list[str]:
    """A text in lines of so many columns; what does not fit is left out, which dots show."""
    lines = [""]
    for word in _words(text):
        if cells(lines[-1] + word) > width:
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][:-1] + "…"]


def _words(text: str) -> Iterator[str]:
    """Pieces that a line may break before: words with the space before them, Chinese characters."""
    piece = ""
    for sign in text:
        if sign == " " or cells(sign) > 1 or (piece and cells(piece[-1]) > 1):
            if piece:
                yield piece
            piece = ""
        piece += sign
    yield piece


# --- pieces of a map ------------------------------------------------------------------------------


def _map_figure(key: str, size: Size) -> Figure:
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    figure.set_gid(key)
    return figure


def _base_map(axes: Axes, facts: Facts, window: Window) -> None:
    """Streets or barriers, the names of districts, a scale and where north is."""
    axes.set(xlim=(window.left, window.right), ylim=(window.bottom, window.top), aspect="equal")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=LINE)
    streets = _street_lines(facts.instance, window)
    axes.plot(streets[:, 0], streets[:, 1], color=_STREET, linewidth=0.35, zorder=0.5)
    _district_names(axes, facts.instance, window)
    _scale_bar(axes, window)
    north = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
    axes.annotate(
        tr("N"),
        (0.965, 0.97),
        (0.965, 0.85),
        xycoords="axes fraction",
        ha="center",
        arrowprops=north,
        zorder=6,
    )


def _street_lines(instance: Instance, window: Window) -> Points:
    """The lines of the map within a window: streets, or what nobody crosses.

    Shape (points, 2), with NaN between lines: one line with gaps is drawn in a tenth of the time
    that many lines take.
    """
    travel = instance.travel
    if isinstance(travel, NetworkTravel):
        points = travel.nodes[["x", "y"]].to_numpy(float)
        index = pd.Index(travel.nodes["node_id"])
        ends = [points[index.get_indexer(travel.edges[name])] for name in ("from_node", "to_node")]
        inside = [window.holds(end[:, 0], end[:, 1]) for end in ends]
        lines = np.stack([*ends, np.full_like(ends[0], np.nan)], axis=1)
        return np.asarray(lines[inside[0] | inside[1]].reshape(-1, 2))
    if isinstance(travel, StraightLineTravel) and travel.barriers is not None:
        barriers = travel.barriers.groupby("barrier", sort=False)
        gap = np.full((1, 2), np.nan)
        return np.vstack(
            [part for _, b in barriers for part in (b[["x", "y"]].to_numpy(float), gap)]
        )
    return np.empty((0, 2))


def _residents_by_lack(axes: Axes, facts: Facts, lacks: NDArray[np.int64], required: int) -> None:
    """Dots by how many required categories are out of reach, those that lack most on top."""
    frame = facts.instance.residents
    lived = frame["residents"].to_numpy(float) > 0
    least = [number for number, _ in _CLASSES]
    which = np.searchsorted(least, lacks, side="right") - 1
    for number, (few, colour) in enumerate(_CLASSES):
        if few <= required:
            here = frame[lived & (which == number)]
            named = _class_name(number, required)
            axes.scatter(here["x"], here["y"], s=2.6, color=colour, lw=0, label=named)


def _class_name(number: int, required: int) -> str:
    least = _CLASSES[number][0]
    most = _CLASSES[number + 1][0] - 1 if number + 1 < len(_CLASSES) else required
    most = min(most, required)
    if most == 0:
        return tr("none")
    return f"{least}" if least == most else f"{least}–{most}"


def _numbers(axes: Axes, facts: Facts, window: Window) -> None:
    """The numbers of the first tasks beside their sites, where one does not cover another."""
    taken: list[tuple[float, float]] = []
    first = facts.tasks.head(_NUMBERED)
    for number, x, y in zip(first["number"], first["x"], first["y"], strict=True):
        if _is_free(window, (x, y), taken, (0.035, 0.045)):
            _halo_text(axes, (x, y), str(number), size=9, offset=(0, 7))


def _district_names(axes: Axes, instance: Instance, window: Window) -> None:
    """In the middle of where people of a district live, the most peopled districts first."""
    frame = instance.residents
    if "district" not in frame:
        return
    frame = frame[window.holds(frame["x"].to_numpy(float), frame["y"].to_numpy(float))]
    frame = frame[frame["district"].fillna("") != ""]
    taken: list[tuple[float, float]] = []
    sums = frame.groupby("district")["residents"].sum().sort_values(ascending=False)
    for name in sums.index:
        here = frame[frame["district"] == name]
        x, y = float(here["x"].median()), float(here["y"].median())
        if _is_free(window, (x, y), taken, (0.2, 0.07)):
            _halo_text(axes, (x, y), str(name), size=8.5, offset=(0, 0))


def _is_free(
    window: Window,
    at: tuple[float, float],
    taken: list[tuple[float, float]],
    room: tuple[float, float],
) -> bool:
    """Whether a text, which takes these shares of the map, covers none; then its place is taken."""
    x, y = (at[0] - window.left) / window.width, (at[1] - window.bottom) / window.height
    free = 0 <= x <= 1 and 0 <= y <= 1
    free &= all(abs(x - one) >= room[0] or abs(y - two) >= room[1] for one, two in taken)
    if free:
        taken.append((x, y))
    return free


def _halo_text(
    axes: Axes,
    at: tuple[float, float],
    text: str,
    *,
    size: float,
    offset: tuple[float, float],
    corner: bool = False,
) -> None:
    """A text that stands out from a map; at a corner it is placed by shares of the map."""
    axes.annotate(
        text,
        at,
        offset,
        xycoords="axes fraction" if corner else "data",
        textcoords="offset points",
        fontsize=size,
        ha="right" if corner else "center",
        va="center",
        color=MUTED if corner else INK,
        path_effects=[withStroke(linewidth=2.2, foreground=PAPER)],
        zorder=5,
    )


def _scale_bar(axes: Axes, window: Window) -> None:
    length = _round_length(window.width / 4)
    end, place = 0.03 + length / window.width, axes.transAxes
    axes.plot([0.03, end], [0.035, 0.035], color=INK, lw=2, transform=place, zorder=6)
    text = tr("{kilometres:g} km", kilometres=length / 1000)
    if length < 1000:
        text = tr("{metres:g} m", metres=length)
    white = [withStroke(linewidth=2.2, foreground=PAPER)]
    axes.text(0.03, 0.05, text, transform=place, fontsize=9, path_effects=white, zorder=6)


def _round_length(metres: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(power * max(step for step in (1, 2, 5) if step * power <= metres))


def _sites_by_mode(axes: Axes, facts: Facts) -> None:
    for number, (mode, count) in enumerate(facts.tasks["mode"].value_counts().items()):
        here = facts.tasks[facts.tasks["mode"] == mode]
        named = mode_name(str(mode)) or tr("way of building not named")
        axes.scatter(
            here["x"],
            here["y"],
            s=22,
            color=SERIES[number % len(SERIES)],
            marker=_MARKERS[number % len(_MARKERS)],
            edgecolor=PAPER,
            linewidth=0.5,
            label=tr("{what}: {count:,}", what=named, count=count),
            zorder=4,
        )


def _first_tasks(axes: Axes, facts: Facts) -> None:
    """The first tasks from the bottom of the panel up: number, site, and what is added."""
    tasks = facts.tasks.head(_NUMBERED)
    for place, task in enumerate(reversed(tasks.to_dict(orient="records"))):
        height = 0.015 + 0.073 * place
        what, where = task[f"categories_{language()}"], task["site"] or task["site_id"]
        axes.text(0.06, height + 0.032, task["number"], fontsize=9, ha="right", color=ACCENT)
        axes.text(0.09, height + 0.032, _short(str(what)), fontsize=8.5)
        axes.text(0.09, height, _short(str(where)), fontsize=7, color=MUTED)


def _short(text: str) -> str:
    return text_lines(text, _BESIDE_CELLS, 1)[0]


def _beyond(facts: Facts, windows: Sequence[Window]) -> str:
    """Who lives beyond the map and its insets, if anybody does."""
    x, y, people = where_people_live(facts.instance)
    beyond = float(people[~_in_some(windows, x, y)].sum())
    if not beyond:
        return ""
    at = (facts.tasks[name].to_numpy(float) for name in ("x", "y"))
    sites = ~_in_some(windows, *at)
    fields = {"people": beyond, "tasks": int(sites.sum())}
    return tr("beyond the map: {people:,.0f} residents, {tasks:,} tasks", **fields)


def _in_some(windows: Sequence[Window], x: Points, y: Points) -> NDArray[np.bool_]:
    return np.asarray(np.any([window.holds(x, y) for window in windows], axis=0))
