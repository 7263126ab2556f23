"""What a sweep shows, as one page that opens offline; its links open the runs beside."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import date
from importlib import resources
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from siting import __version__
from siting.language import joined, language, phrase, tr
from siting.report.chart_svg import as_svg
from siting.report.fonts import embedded_font
from siting.report.page.shown_numbers import DASH, chinese_number, day_in_words
from siting.report.page.template_files import page_templates
from siting.report.sheets import SheetColumn
from siting.report.sweep_charts import frontier_chart, price_chart, staged_chart
from siting.report.sweep_results import SweepResults, between, sentences, sweep_headline
from siting.report.sweep_tables import SweepTable, shown, sweep_tables
from siting.report.uncertainty_charts import core_chart, draws_chart, tornado_chart
from siting.report.words import percent

# More lines make a page slow and nobody wiser; the workbook has them all.
_MOST_ROWS, _MOST_OFFERS, _MOST_LISTED = 200, 60, 40
_STYLES = ("look/frame.css", "look/parts.css", "look/narrow.css", "look/paper.css")
_FONT = "/*font*/"
# Inches of charts for narrow windows, where they stand as wide as the window.
_NARROW = {"frontier": (4.8, 5.4), "price": (4.8, 4.4), "staged": (4.8, 6.4), "draws": (4.8, 4.0)}
Draw = Callable[[SweepResults, "tuple[float, float] | None"], Figure]
_SECTIONS = {
    "frontier": (
        phrase("What more money buys"),
        phrase(
            "Each dot is a budget that was solved; lines between dots only join them. What any "
            "plan can reach lies in the band above the dots."
        ),
    ),
    "staged": (
        phrase("Built in stages, or all at once"),
        phrase(
            "In stages, a larger budget must keep what the smaller ones chose. What that loses is "
            "the price of beginning small."
        ),
    ),
    "draws": (
        phrase("How the draws lie"),
        phrase("Each draw is a solve with other values of what is not known for certain."),
    ),
    "core": (
        phrase("How often an offer is chosen"),
        phrase("What nearly every plan chooses can be built whatever turns out to be true."),
    ),
    "tornado": (
        phrase("What the result depends on"),
        phrase("One thing is varied at a time, all others stay as they are."),
    ),
    "points": (
        phrase("All points"),
        phrase("Each point is one solve; its name opens its report, or its run folder."),
    ),
}
_KNEE = phrase("The knee is where the curve bends most: behind it money buys less.")
_TEXTS = {
    "overview": phrase("Overview"),
    "eyebrow": phrase("Many solves of one question"),
    "skip": phrase("Skip to the content"),
    "contents": phrase("Contents"),
    "theme": phrase("Colours"),
    "theme_auto": phrase("automatic"),
    "theme_light": phrase("light"),
    "theme_dark": phrase("dark"),
    "print": phrase("Print"),
    "note": phrase("About the data"),
    "foot": phrase(
        "Every figure of this page is worked out from the index of the sweep and the run folders "
        "beside it; nothing is loaded from a network."
    ),
}
_PEOPLE = phrase(
    "People are counted once for every category that they newly have within its standard, "
    "weighted by its priority; the objective counts those who had it before as well. A proven "
    "bound is a number that no plan can exceed."
)
_BOUND = phrase("A proven bound is a number such that no plan is better.")


def sweep_charts(results: SweepResults) -> dict[str, tuple[Draw, str]]:
    """The charts that have something to show, with their titles, by the names of their files."""
    curve, drawn = len(results.curve) > 0, len(results.draws) > 0
    wanted: dict[str, tuple[bool, Draw, str]] = {
        "frontier": (curve, frontier_chart, tr("What more money buys")),
        "price": (curve, price_chart, tr("What one more unit of money buys")),
        "staged": (results.is_staged, staged_chart, tr("Built in stages, or all at once")),
        "draws": (drawn, draws_chart, tr("How the draws lie")),
        "core": (len(results.repeated_core) > 0, core_chart, tr("How often an offer is chosen")),
        "tornado": (len(results.swings) > 0, tornado_chart, tr("What the result depends on")),
    }
    return {name: (draw, title) for name, (is_there, draw, title) in wanted.items() if is_there}


def sweep_page(results: SweepResults, day: date) -> str:
    """The text of the page, in the language in use.

    Args:
        results: What it tells.
        day: The date that it bears.
    """
    rendered = (
        page_templates()
        .get_template("frontier.html.j2")
        .render(
            language="zh-CN" if language() == "zh" else "en",
            results=results,
            t=SimpleNamespace(**{key: tr(text) for key, text in _TEXTS.items()}),
            definition=definition(results),
            dateline=tr(
                "Written on {day} with siting {version}", day=day_in_words(day), version=__version__
            ),
            lead=sweep_headline(results),
            figures=_figures(results),
            sections=_sections(results),
            styles=["\n".join(_style(name) for name in _STYLES), _FONT],
        )
    )
    return rendered.replace(_FONT, _font_face(rendered))


def definition(results: SweepResults) -> str:
    """What is counted, and what a bound is."""
    return tr(_BOUND if results.counts else _PEOPLE)


def _lead_of(key: str, results: SweepResults) -> str:
    """What stands above a section; of a knee only where the curve has one."""
    said = [tr(_SECTIONS[key][1])]
    if key == "frontier" and results.curve["knee"].any():
        said.append(tr(_KNEE))
    return sentences(said)


def _sections(results: SweepResults) -> list[dict[str, Any]]:
    """The overview and what there is to show, each with its number, charts and tables."""
    tables, charts = sweep_tables(results), sweep_charts(results)
    with_price = {"frontier": ("frontier", "price")}
    parts: list[dict[str, Any]] = [
        {"id": "overview", "name": tr(_TEXTS["overview"]), "lead": "", "charts": []}
    ]
    for key, (name, _) in _SECTIONS.items():
        if key in tables:
            drawn = [name for name in with_price.get(key, (key,)) if name in charts]
            shown_charts = [_chart(name, *charts[name], results) for name in drawn]
            lead = _lead_of(key, results)
            part = {"id": key, "name": tr(name), "lead": lead, "charts": shown_charts}
            parts.append(
                {
                    **part,
                    "table": _as_rows(tables[key], _MOST_OFFERS if key == "core" else _MOST_ROWS),
                }
            )
    chinese = language() == "zh"
    marks = [f"{chinese_number(n)}、" if chinese else str(n) for n in range(1, len(parts) + 1)]
    return [{"table": None, **part, "mark": mark} for part, mark in zip(parts, marks, strict=True)]


def _chart(name: str, draw: Draw, title: str, results: SweepResults) -> dict[str, str]:
    """A chart, and where its labels leave it room, a second one for narrow windows."""
    shown = {"title": title, "svg": as_svg(draw(results, None)), "narrow": ""}
    if name in _NARROW:
        figure = draw(results, _NARROW[name])
        figure.set_gid(f"{figure.get_gid()}-narrow")
        shown["narrow"] = as_svg(figure)
    return shown


def _figures(results: SweepResults) -> list[dict[str, str]]:
    """The key figures: name, value, and what it means."""
    done = results.done
    made = tr("{done:,} of {all:,}", done=len(done), all=len(results.points))
    figures = [{"label": tr("Points with a plan"), "value": made, "note": ""}]
    if done.empty:
        return figures
    gaps = done["relative_gap"].astype(float)
    widest = tr("unknown") if gaps.isna().any() else percent(float(gaps.max())).replace(" %", "%")
    note = tr("No plan of any point is better by more than this.")
    figures.append({"label": tr("Widest gap"), "value": widest, "note": note})
    for part in results.curves[:1]:
        figures += [
            _next_figure(results, row, name)
            for name, row in (
                (tr("Behind the knee"), part[part["knee"].astype(bool)]),
                (tr("At the top"), part.tail(1)),
            )
            if len(row)
        ]
    if len(results.repeated_core):
        figures.append(_core_figure(results))
    return figures


def _next_figure(results: SweepResults, row: pd.DataFrame, name: str) -> dict[str, str]:
    one = row.iloc[0].to_dict()
    low, high, price = (
        results.step * float(one[key]) for key in ("next_low", "next_high", "price")
    )
    value = _most_known(low, high, price)
    form = phrase("more people for the next {step} from {budget} on")
    if results.counts:
        form = phrase("{gained}, for the next {step} from {budget} on")
    note = tr(
        form,
        gained=results.gained,
        step=results.money(results.step),
        budget=results.currency.show(float(one["budget"])),
    )
    return {"label": name, "value": value, "note": note}


def _most_known(low: float, high: float, price: float) -> str:
    """The interval up to the next budget, behind the last one what its multiplier says."""
    if math.isfinite(low):
        return between(low, high)
    return f"{price:,.0f}" if math.isfinite(price) else DASH


def _core_figure(results: SweepResults) -> dict[str, str]:
    core = results.repeated_core
    sure = core.loc[core["share"].eq(1), "offer_id"].nunique()
    note = tr("chosen in every plan of a budget, of {all:,} in any", all=core["offer_id"].nunique())
    return {"label": tr("Sure offers"), "value": f"{sure:,}", "note": note}


def _as_rows(table: SweepTable, most: int) -> dict[str, Any]:
    """A table as the template writes it: cells are texts, links, or counts that open a list."""
    part = table.frame.head(most)
    rows = [
        [_cell(row, column, table) for column in table.columns]
        for row in part.to_dict(orient="records")
    ]
    heads = [{"text": c.heading, "numeric": c.kind != "text"} for c in table.columns]
    more = ""
    if len(table.frame) > len(part):
        more = tr(
            "The first {count:,} of {all:,} lines; frontier.xlsx has them all.",
            count=len(part),
            all=len(table.frame),
        )
    return {"title": table.title, "heads": heads, "rows": rows, "more": more}


def _cell(row: dict[Any, Any], column: SheetColumn, table: SweepTable) -> dict[str, Any]:
    named = row.get(table.lists.get(column.key, ""), [])
    kept = list(named[:_MOST_LISTED])
    if len(named) > len(kept):
        kept.append(tr("and {count:,} more", count=len(named) - len(kept)))
    href = row.get(table.links.get(column.key, ""), "")
    return {
        "text": shown(row[column.key], column.kind),
        "href": href if isinstance(href, str) else "",
        "list": joined(kept),
        "numeric": column.kind != "text",
    }


def _style(name: str) -> str:
    return resources.files("siting.report.page").joinpath(name).read_text(encoding="utf-8")


def _font_face(text: str) -> str:
    """The font for all characters of the page that fonts of other systems may lack."""
    wanted = "".join(sorted({sign for sign in text if ord(sign) > 0x2000}))
    data = base64.b64encode(embedded_font(wanted)).decode("ascii")
    source = f"url(data:font/woff;base64,{data}) format('woff')"
    return f"@font-face{{font-family:'Siting Sans';src:{source};font-display:swap}}"
