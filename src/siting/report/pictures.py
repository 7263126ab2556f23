"""Pictures for slides: the charts and maps of a plan, each with its title and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from siting.language import tr
from siting.report.charts import (
    MUTED,
    PAPER,
    Size,
    coverage_chart,
    drawing,
    gap_chart,
    minutes_chart,
    money_chart,
)
from siting.report.facts import Facts
from siting.report.maps import coverage_map, lacks_title, sites_map, text_lines
from siting.report.sheets import Titled

# A slide of 1920 x 1080 dots; what is shown lies between its title and its notes.
_DOTS, _SLIDE = 200, (9.6, 5.4)
SHOWN, _SHOWN_AT = (9.2, 4.2), (0.2, 0.42)
_NOTE_CELLS, _NOTE_LINES = 196, 2


def write_pictures(facts: Facts, folder: Path) -> tuple[Path, ...]:
    """Writes the charts and maps as pictures of 1920 x 1080 dots.

    Args:
        facts: The plan.
        folder: Where they go, made if it is missing: `figures` in a run folder.

    Returns:
        The pictures.
    """
    folder.mkdir(exist_ok=True)
    written = []
    for name, (draw, title) in _slides(facts).items():
        path = folder / f"{name}.png"
        path.write_bytes(as_png(slide(draw(facts, SHOWN), title, facts.instance)))
        written.append(path)
    return tuple(written)


def as_png(figure: Figure, dots: int = _DOTS) -> bytes:
    """A figure as a picture of so many dots an inch, on white."""
    file = BytesIO()
    with drawing():
        figure.savefig(file, format="png", dpi=dots, facecolor=PAPER, metadata={"Software": None})
    return file.getvalue()


# --- slides -------------------------------------------------------------------------------------


def _slides(facts: Facts) -> dict[str, tuple[Callable[[Facts, Size], Figure], str]]:
    """What each picture draws and its title, by the name of its file."""
    return {
        "map-coverage": (coverage_map, lacks_title(facts)),
        "map-sites": (sites_map, tr("What is added where")),
        "coverage": (coverage_chart, tr("Coverage by category")),
        "minutes": (minutes_chart, tr("Walking minutes before and after")),
        "money": (money_chart, tr("Public money by district")),
        "gap": (gap_chart, tr("How close to the best possible plan")),
    }


def slide(shown: Figure, title: str, about: Titled) -> Figure:
    """A figure of size `SHOWN` with its title, what it is about, and what to know of the data."""
    made = Figure(figsize=_SLIDE, dpi=_DOTS)
    with drawing():
        shown.set_dpi(_DOTS)
        shown.set_facecolor(PAPER)
        canvas = FigureCanvasAgg(shown)
        canvas.draw()
        left, bottom = (round(_DOTS * inches) for inches in _SHOWN_AT)
        made.figimage(np.asarray(canvas.buffer_rgba()), left, bottom)
        made.text(0.024, 0.945, title, fontsize=20, va="center")
        made.text(0.024, 0.885, about.name, fontsize=11, va="center", color=MUTED)
        note = "\n".join(text_lines(about.note, _NOTE_CELLS, _NOTE_LINES))
        made.text(0.024, 0.018, note, fontsize=6.5, va="bottom", color=MUTED, linespacing=1.35)
    return made
