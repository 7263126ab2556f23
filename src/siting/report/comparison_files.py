"""A comparison of two plans as a workbook, or as one page that needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, StrictUndefined
from numpy.typing import NDArray

from siting.coverage.gaps import place_kind
from siting.language import cells, joined, language, tr
from siting.report.comparison import (
    STATES,
    Sides,
    by_places,
    differences,
    headline,
    in_words,
    verdict,
    warnings,
)
from siting.report.sheets import Book, SheetColumn, new_book, write_sheet_table
from siting.report.why_texts import site_place, what_it_adds
from siting.report.words import place_heading

SUFFIXES = (".xlsx", ".html")
_TEMPLATE = "comparison.html.j2"
# The map's longer side in units of the drawing, the margin around what it shows at first as a share
# of its width, and the least margin: around one site some streets are to be seen.
_DRAWING, _MARGIN, _LEAST = 10_000.0, 0.08, 250.0
_BARE = "M{:g} {:g}h0"


@dataclass(frozen=True)
class ComparisonTable:
    """A table under its title: what a column holds is in its `SheetColumn`."""

    title: str
    columns: Sequence[SheetColumn]
    frame: pd.DataFrame


def write_comparison(sides: Sides, names: tuple[str, str], path: Path) -> Path:
    """Writes the comparison, by the suffix of the file.

    Args:
        sides: What to write.
        names: What A and B are called, e.g. their run folders.
        path: `.xlsx`, else HTML.

    Raises:
        OSError: The file cannot be written.
    """
    if path.suffix.lower() == ".xlsx":
        return _write_workbook(sides, names, path)
    path.write_text(comparison_page(sides, names), encoding="utf-8")
    return path


def comparison_tables(sides: Sides) -> list[ComparisonTable]:
    """What differs, as tables for the workbook and the page."""
    return [
        ComparisonTable(tr("By category"), _category_columns(sides), _categories(sides)),
        ComparisonTable(tr("By place"), _place_columns(sides), _places(sides)),
        ComparisonTable(
            tr("Residents gained and lost"),
            _people_columns(),
            in_words(sides.comparison.people, sides),
        ),
        ComparisonTable(tr("Public money by category"), _money_columns(sides), _money(sides)),
        ComparisonTable(tr("Offers"), _offer_columns(sides), _offers(sides)),
    ]


def _categories(sides: Sides) -> pd.DataFrame:
    return _in_units(in_words(sides.by_category, sides), sides, ("cost_a", "cost_b"))


def _money(sides: Sides) -> pd.DataFrame:
    return _in_units(in_words(sides.money, sides), sides, ("cost_a", "cost_b", "change"))


def _places(sides: Sides) -> pd.DataFrame:
    rows = [(one["place"], joined(one["gained"]), joined(one["lost"])) for one in by_places(sides)]
    return pd.DataFrame(rows, columns=["place", "gained", "lost"])


def _in_units(frame: pd.DataFrame, sides: Sides, keys: Iterable[str]) -> pd.DataFrame:
    scale = sides.b.instance.currency.shown_scale
    return frame.assign(**{key: frame[key].astype(float) / scale for key in keys})


def _offers(sides: Sides) -> pd.DataFrame:
    """The offers of one plan alone, in words."""
    offers = sides.comparison.offers
    frame = offers[offers["state"] != "kept"].reset_index(drop=True)
    owners = [sides.b if state == "gained" else sides.a for state in frame["state"]]
    rows = [row for _, row in frame.iterrows()]
    pairs = list(zip(rows, owners, strict=True))
    adds = [what_it_adds(row, facts.instance, mode=False) for row, facts in pairs]
    at = [site_place(str(row["site_id"]), facts.instance) for row, facts in pairs]
    states = [tr(STATES[str(state)]) for state in frame["state"]]
    return _in_units(frame.assign(where=states, adds=adds, at=at), sides, ("cost",))


def _category_columns(sides: Sides) -> list[SheetColumn]:
    unit = sides.b.instance.currency.shown_in
    return [
        SheetColumn("name", tr("Category")),
        SheetColumn("added_a", tr("Added in A"), "count", total=True),
        SheetColumn("added_b", tr("Added in B"), "count", total=True),
        SheetColumn("gained", tr("People covered in B alone"), "count"),
        SheetColumn("lost", tr("People covered in A alone"), "count"),
        SheetColumn("cost_a", tr("Money in A ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost_b", tr("Money in B ({unit})", unit=unit), "money", total=True),
    ]


def _place_columns(sides: Sides) -> list[SheetColumn]:
    return [
        SheetColumn("place", place_heading(place_kind(sides.b.instance))),
        SheetColumn("gained", tr("Added in B alone")),
        SheetColumn("lost", tr("Added in A alone")),
    ]


def _people_columns() -> list[SheetColumn]:
    return [
        SheetColumn("district", tr("District")),
        SheetColumn("name", tr("Category")),
        SheetColumn("before", tr("People covered in A"), "count"),
        SheetColumn("after", tr("People covered in B"), "count"),
        SheetColumn("gained", tr("People covered in B alone"), "count"),
        SheetColumn("lost", tr("People covered in A alone"), "count"),
    ]


def _money_columns(sides: Sides) -> list[SheetColumn]:
    unit = sides.b.instance.currency.shown_in
    return [
        SheetColumn("district", tr("District")),
        SheetColumn("name", tr("Category")),
        SheetColumn("cost_a", tr("Money in A ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost_b", tr("Money in B ({unit})", unit=unit), "money", total=True),
        SheetColumn("change", tr("Change ({unit})", unit=unit), "money", total=True),
    ]


def _offer_columns(sides: Sides) -> list[SheetColumn]:
    unit = sides.b.instance.currency.shown_in
    return [
        SheetColumn("where", tr("In")),
        SheetColumn("adds", tr("Category")),
        SheetColumn("at", tr("Site")),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money"),
        SheetColumn("site_id", tr("Site code")),
        SheetColumn("offer_id", tr("Offer code")),
    ]


def _write_workbook(sides: Sides, names: tuple[str, str], path: Path) -> Path:
    with new_book(path, sides.b.instance) as book:
        _write_overview(book, sides, names)
        for table in comparison_tables(sides):
            sheet = book.page(table.title)
            write_sheet_table(book, sheet, table.title, table.frame, table.columns, frozen=1)
    return path


def _write_overview(book: Book, sides: Sides, names: tuple[str, str]) -> None:
    lines = [(line.name, line.a, line.b, line.change) for line in headline(sides)]
    said = [(tr("result"), verdict(sides.comparison)), *differences(sides)]
    notes = [*said, *((tr("warning"), text) for text in warnings(sides))]
    columns = [
        SheetColumn("name", tr("Measure")),
        SheetColumn("a", tr("A: {name}", name=names[0])),
        SheetColumn("b", tr("B: {name}", name=names[1])),
        SheetColumn("change", tr("Change")),
    ]
    sheet = book.page(tr("Comparison"))
    frame = pd.DataFrame(lines, columns=["name", "a", "b", "change"])
    placed = write_sheet_table(book, sheet, tr("Comparison of two plans"), frame, columns)
    for row, (name, text) in enumerate(notes, start=placed.last + 2):
        sheet.write_string(row, 0, name, book.look("section", font_size=10))
        sheet.merge_range(row, 1, row, 3, "", book.look("text"))
        sheet.write_string(row, 1, text, book.look("text"))
        sheet.set_row(row, 15.0 * (1 + cells(text) // 70) + 4)
    sheet.print_area(0, 0, placed.last + 1 + len(notes), 3)


def comparison_page(sides: Sides, names: tuple[str, str]) -> str:
    """The comparison as one HTML page with a map; it loads nothing."""
    text = resources.files("siting.report").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    shown = [table for table in comparison_tables(sides) if len(table.frame)]
    return environment.from_string(text).render(
        lang={"zh": "zh-CN"}.get(language(), language()),
        words=_words(sides, names),
        legend=_legend(),
        lines=headline(sides),
        verdict=verdict(sides.comparison),
        differences=differences(sides),
        warnings=warnings(sides),
        map=_drawing(sides),
        tables=[{"title": one.title, "columns": one.columns, "rows": _rows(one)} for one in shown],
    )


def _words(sides: Sides, names: tuple[str, str]) -> dict[str, str]:
    instance = sides.b.instance
    return {
        "title": tr("Comparison of two plans"),
        "instance": instance.name,
        "a": tr("A: {name}", name=names[0]),
        "b": tr("B: {name}", name=names[1]),
        "measure": tr("Measure"),
        "change": tr("Change"),
        "conditions": tr("Made under different conditions"),
        "map": tr("Map"),
        "hint": tr("scroll to zoom, drag to move, double-click for the whole"),
        "note": tr("note: {note}", note=instance.note) if instance.note else "",
    }


def _legend() -> list[tuple[str, str]]:
    """The classes of the map's points, and what they are."""
    return [
        ("site gained", tr("site in B alone")),
        ("site lost", tr("site in A alone")),
        ("site changed", tr("site in both, for other offers")),
        ("site kept", tr("site in both, unchanged")),
        ("people gained", tr("residents with a category in B alone")),
        ("people lost", tr("residents with a category in A alone")),
        ("people both", tr("residents with some in A alone and others in B alone")),
        ("home", tr("other residents")),
    ]


def _rows(table: ComparisonTable) -> list[list[str]]:
    forms = {"count": "{:,.0f}", "money": "{:,.2f}"}
    columns = [
        [forms.get(column.kind, "{}").format(value) for value in table.frame[column.key]]
        for column in table.columns
    ]
    return [list(row) for row in zip(*columns, strict=True)]


@dataclass(frozen=True)
class _Sheet:
    """Where points of the ground come to lie in the drawing: north is up, in equal scale."""

    west: float
    north: float
    scale: float

    def points(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        x = (frame["x"].to_numpy(float) - self.west) * self.scale
        y = (self.north - frame["y"].to_numpy(float)) * self.scale
        return np.column_stack([x, y])

    def path(self, frame: pd.DataFrame) -> str:
        """Points as a path of strokes without length, which round ends make visible."""
        drawn = np.unique(np.round(self.points(frame), 1), axis=0)
        return "".join(_BARE.format(*point) for point in drawn)

    def view(self, frame: pd.DataFrame) -> str:
        """The box around some points, with a margin."""
        points = self.points(frame)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = max(_LEAST, float((high - low).max()) * _MARGIN)
        width, height = high - low + 2 * margin
        return f"{low[0] - margin:.1f} {low[1] - margin:.1f} {width:.1f} {height:.1f}"


def _drawing(sides: Sides) -> dict[str, Any]:
    """The map as paths of points, shown where something changes."""
    comparison, homes = sides.comparison, sides.b.instance.residents
    sites, moved = comparison.sites, comparison.residents
    every = pd.concat([part[["x", "y"]] for part in (homes, sites, moved)])
    span = max(float((every.max() - every.min()).max()), 1.0)
    sheet = _Sheet(float(every["x"].min()), float(every["y"].max()), _DRAWING / span)
    changed = pd.concat([sites[sites["state"] != "kept"], moved])
    gains, losses = moved["gained"] > 0, moved["lost"] > 0
    return {
        "view": sheet.view(changed if len(changed) else every),
        "whole": sheet.view(every),
        "residents": sheet.path(homes),
        "people": {
            "gained": sheet.path(moved[gains & ~losses]),
            "lost": sheet.path(moved[losses & ~gains]),
            "both": sheet.path(moved[gains & losses]),
        },
        "sites": {state: sheet.path(sites[sites["state"] == state]) for state in STATES},
    }
