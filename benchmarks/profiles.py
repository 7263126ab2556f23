"""Performance profiles (Dolan and Moré 2002, doi:10.1007/s101070100263) of who solves the cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from records import Record
from registry import ENGINE

# Times as long as the quickest.
RATIOS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
GAPS = (0.0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2)
# The gap whose time is compared.
REACHED = "gap_1pct"
FIGURE = "performance-profile.svg"
# Shorter times are those of the clock.
_LEAST_SECONDS = 0.01
# The same numbers give the same file: fixed ids, text as text, no date.
_STYLE = {"svg.hashsalt": "siting", "svg.fonttype": "none", "font.size": 9.0}

Shares = Mapping[str, list[float]]


def by_cell(records: list[Record], who: list[str]) -> list[dict[str, Record]]:
    """The records of each cell that all of them were asked for, with the same time."""
    cells: dict[tuple[str, float], dict[str, Record]] = {}
    for record in records:
        cells.setdefault((record["cell"], record["time_limit"]), {})[record["who"]] = record
    return [answers for answers in cells.values() if set(who) <= set(answers)]


def ratios(cells: list[dict[str, Record]], who: list[str]) -> Mapping[str, list[float]]:
    """Seconds to a proven gap of 1 % over those of the quickest; infinite where it was not reached.

    A cell that nobody brings there is one that nobody solves.
    """
    found: dict[str, list[float]] = {name: [] for name in who}
    for answers in cells:
        times = {name: max(_reached(answers[name]["seconds"]), _LEAST_SECONDS) for name in who}
        best = min(times.values())
        for name, time in times.items():
            found[name].append(time / best if time < float("inf") else time)
    return found


def _reached(seconds: Mapping[str, float]) -> float:
    """When the gap was there; who tells no gaps on the way had it with the proof."""
    return seconds.get(REACHED, seconds.get("proven", float("inf")))


def shares_within(values: Mapping[str, list[float]], limits: tuple[float, ...]) -> Shares:
    """Share of the values of each that are at most each limit."""
    return {
        name: [sum(value <= limit + 1e-12 for value in some) / len(some) for limit in limits]
        for name, some in values.items()
        if some
    }


def final_gaps(cells: list[dict[str, Record]], who: list[str]) -> Mapping[str, list[float]]:
    """The gap at the end of each: certified for the engine, by its own word for a peer."""
    return {name: [_gap(answers[name]) for answers in cells] for name in who}


def _gap(record: Record) -> float:
    gap = record["certified_gap" if record["who"] == ENGINE else "gap"]
    return float("inf") if gap is None else float(gap)


def draw(values: Mapping[str, list[float]], titles: Mapping[str, str], path: Path) -> bool:
    """Draws the profile of ratios; False where matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError:
        return False
    mpl.use("svg")
    from matplotlib.figure import Figure  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        for name, some in values.items():
            reached = sorted(value for value in some if value < float("inf"))
            steps = [1.0, *reached, max(RATIOS[-1], *reached, 1.0)]
            heights = [(number + 1) / len(some) for number in range(len(reached))]
            heights = [0.0, *heights, len(reached) / len(some)]
            axes.step(steps, heights, where="post", label=titles.get(name, name))
        axes.set_xscale("log", base=2)
        axes.set_ylim(0.0, 1.02)
        axes.set_xlabel("times as long as the quickest to a proven gap of 1 %")
        axes.set_ylabel("share of the cells")
        axes.grid(visible=True, which="major", alpha=0.4)
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None})
    return True
