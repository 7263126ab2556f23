"""Writes the report as one page that opens offline: nothing in it names another file."""

from __future__ import annotations

import base64
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from siting import __version__
from siting.language import language
from siting.report.facts import Facts
from siting.report.fonts import embedded_font
from siting.report.indicators.texts import page_indicators
from siting.report.page.assets import scripts, styles
from siting.report.page.basis import basis
from siting.report.page.effects import effects
from siting.report.page.lists import gap_grid, place_grid, task_grid
from siting.report.page.map_data import map_data
from siting.report.page.maths import maths
from siting.report.page.overview import overview
from siting.report.page.packing import embed
from siting.report.page.recheck import recheck
from siting.report.page.shown_numbers import chinese_number, day_in_words
from siting.report.page.sortable_tables import SortableTable
from siting.report.page.template_files import page_templates
from siting.report.page.texts import page_texts, section_names, state_names

# Where the font goes once it is known which characters the page has.
_FONT = "/*font*/"


def write_page(facts: Facts, path: Path, day: date | None = None, run: Path | None = None) -> Path:
    """Writes the report of a plan as one HTML file, in the language in use.

    Args:
        facts: What the report tells.
        path: The file; whole or not at all.
        day: The date that it bears; today if it is not given.
        run: The run folder that its commands name, if it is not that of the file.

    Returns:
        The path.

    Raises:
        OSError: The file cannot be written.
        SitingError: A package whose files the page carries is not installed.
    """
    run = run or path.parent
    text = page(facts, run.resolve(), day or datetime.now().astimezone().date())
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def page(facts: Facts, folder: Path, day: date) -> str:
    """The text of the page.

    Args:
        facts: What the report tells.
        folder: The run folder, which the commands name.
        day: The date that it bears.
    """
    grids = {grid.name: grid for grid in (gap_grid(facts), task_grid(facts), place_grid(facts))}
    texts = page_texts()
    rendered = (
        page_templates()
        .get_template("page.html.j2")
        .render(
            language="zh-CN" if language() == "zh" else "en",
            facts=facts,
            # Not the dictionary: templates would take its methods for texts of the same name.
            t=SimpleNamespace(**texts),
            sections=_numbered(section_names(facts.gaps_before.place_kind)),
            grids=grids,
            dateline=texts["dateline"].format(day=day_in_words(day), version=__version__),
            overview=overview(facts),
            indicators=page_indicators(facts.indicators),
            effects=effects(facts),
            basis=basis(facts),
            maths=maths(facts),
            recheck=recheck(facts, folder),
            styles=[*styles(), _FONT],
            scripts=scripts(),
            page_data=embed(_script_data(facts, grids, texts)),
            map_data=embed(map_data(facts)),
        )
    )
    return rendered.replace(_FONT, _font_face(rendered))


def _script_data(
    facts: Facts, grids: dict[str, SortableTable], texts: dict[str, str]
) -> dict[str, Any]:
    currency = facts.instance.currency
    return {
        "language": language(),
        "unit": currency.shown_in,
        "scale": currency.shown_scale,
        "grids": {name: grid.plain() for name, grid in grids.items()},
        "states": state_names(),
        "texts": texts,
    }


def _numbered(names: dict[str, str]) -> list[dict[str, str]]:
    """Sections as the language counts them: `1`, or `一、`."""
    chinese = language() == "zh"
    return [
        {"id": key, "name": name, "mark": f"{chinese_number(n)}、" if chinese else str(n)}
        for n, (key, name) in enumerate(names.items(), start=1)
    ]


def _font_face(text: str) -> str:
    """The font for all characters of the page that fonts of other systems may lack."""
    wanted = "".join(sorted(sign for sign in set(text) if ord(sign) > 0x2000))
    data = base64.b64encode(embedded_font(wanted)).decode("ascii")
    source = f"url(data:font/woff;base64,{data}) format('woff')"
    return f"@font-face{{font-family:'Siting Sans';src:{source};font-display:swap}}"
