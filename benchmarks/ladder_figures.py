"""Log-log figures of the ladder as SVG; without matplotlib there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Record = dict[str, Any]

CITY_FIGURE = "city-times.svg"
BDS_FIGURE = "bds-building.svg"
_FEWEST = 2
_CITY_LINES = {
    "build": "build",
    "first": "first plan",
    "gap_1pct": "gap 1 %",
    "gap_01pct": "gap 0.1 %",
    "proven": "proven",
}
# The same numbers give the same file: fixed ids, text as text, no date.
_STYLE = {"svg.hashsalt": "siting", "svg.fonttype": "none", "font.size": 9.0}


def draw_figures(records: list[Record], folder: Path) -> dict[str, str]:
    """Draws what there are numbers for.

    Args:
        records: Of the engine.
        folder: Where to.

    Returns:
        Title of each figure by its file name; none where matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError:
        return {}
    mpl.use("svg")
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, str] = {}
    with mpl.rc_context(_STYLE):
        cities = _of(records, "city/")
        if len(cities) >= _FEWEST:
            _draw_cities(cities, folder / CITY_FIGURE)
            drawn[CITY_FIGURE] = "Synthetic cities: seconds by nonzeros"
        streams = [r for r in _of(records, "bds/") if "p10-R5.5" in r["case"]]
        if len({r["points"] for r in streams}) >= _FEWEST:
            _draw_streams(streams, folder / BDS_FIGURE)
            drawn[BDS_FIGURE] = "Seconds and memory to build, by demand points"
    return drawn


def _of(records: list[Record], family: str) -> list[Record]:
    some = [record for record in records if record["case"].startswith(family)]
    return sorted(some, key=lambda record: (record["points"], record["case"]))


def _draw_cities(records: list[Record], path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, label in _CITY_LINES.items():
        points = [(r["nonzeros"], r["seconds"][name]) for r in records if name in r["seconds"]]
        if points:
            axes.loglog(*zip(*points, strict=True), marker="o", markersize=4, label=label)
    axes.set_xlabel("nonzeros of the program")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="major", alpha=0.4)
    axes.legend()
    figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_streams(records: list[Record], path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    panels = figure.subplots(1, 2)
    points = [record["points"] for record in records]
    sides = (
        ("seconds to build", [record["seconds"]["build"] for record in records]),
        ("peak memory to build, MB", [record["memory_mb"]["build"] for record in records]),
    )
    for axes, (label, values) in zip(panels, sides, strict=True):
        axes.loglog(points, values, marker="o", markersize=4, linestyle="none")
        axes.set_xlabel("demand points")
        axes.set_ylabel(label)
        axes.grid(visible=True, which="major", alpha=0.4)
    # From a bare interpreter up, so that a flat line is seen to be flat.
    panels[1].set_ylim(10.0, 10.0 * max(sides[1][1]))
    figure.savefig(path, format="svg", metadata={"Date": None})
