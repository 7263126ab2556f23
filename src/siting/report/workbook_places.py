"""One plan a place, each on a page of its own: key figures, gaps before and after, tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from siting.language import tr
from siting.report.cell_texts import lines_needed
from siting.report.facts import Facts
from siting.report.gap_list import gaps_in_words
from siting.report.sheets import (
    LINE_POINTS,
    SOFT,
    Book,
    row_points,
    write_head_cell,
    write_top,
    write_value,
)
from siting.report.words import place_name
from siting.report.workbook_tasks import task_table

# Gaps stand on the left, tasks beside them; widths in display cells.
_GAP_WIDTHS = (20, 6, 6, 7, 8, 8, 8, 8, 8)
_TASK_WIDTHS = (6, 22, 18, 9, 10, 10, 9)
_WIDTHS = (*_GAP_WIDTHS, 2, *_TASK_WIDTHS)
_TASKS_AT = len(_GAP_WIDTHS) + 1
# What fits on a page beside its head, and how a page of A4 across takes these widths.
_MOST_GAPS = 30
# Some office programs draw columns a fifth wider than others.
_PRINTABLE_INCHES, _INCHES_A_CELL = 10.8, 10.0 / 96
_TILES: tuple[tuple[int, int], ...] = (
    *((0, 0), (1, 2), (3, 4), (5, 6), (7, 8)),
    *((_TASKS_AT, _TASKS_AT), (_TASKS_AT + 1, _TASKS_AT + 1), (_TASKS_AT + 2, _TASKS_AT + 3)),
    (_TASKS_AT + 4, _TASKS_AT + 6),
)


@dataclass(frozen=True)
class _Block:
    """What is shown of one place."""

    line: dict[str, Any]
    gaps: pd.DataFrame
    left_out: int
    tasks: pd.DataFrame


def write_places(book: Book, sheet: Worksheet, title: str, facts: Facts) -> None:
    """Writes a block a place, those with most public money first."""
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    top = row = write_top(book, sheet, title, _WIDTHS)
    breaks = []
    for block in _blocks(facts):
        if row > top:
            breaks.append(row)
        row = _write_block(book, sheet, row, block, facts.instance.currency.shown_in)
    # Excel forgets page breaks where it fits pages by itself.
    sheet.center_horizontally()
    sheet.set_print_scale(int(100 * _PRINTABLE_INCHES / (sum(_WIDTHS) * _INCHES_A_CELL)))
    sheet.set_h_pagebreaks(breaks)
    sheet.repeat_rows(0, top - 1)
    sheet.print_area(0, 0, max(row - 1, top), len(_WIDTHS) - 1)


def _blocks(facts: Facts) -> list[_Block]:
    gaps = gaps_in_words(place_gaps(facts), facts.instance).assign(key=place_gaps(facts)["place"])
    gaps_of = dict(iter(gaps.groupby("key")))
    tasks_of = dict(iter(task_table(facts).assign(key=facts.task_places).groupby("key")))
    order = facts.by_place.sort_values(["cost", "place"], ascending=[False, True])
    scale = facts.instance.currency.shown_scale
    blocks = []
    for record in order.to_dict(orient="records"):
        line = {str(key): value for key, value in record.items()}
        here = gaps_of.get(line["place"], gaps.iloc[:0])
        money = {name: float(line[name]) / scale for name in ("cost", "investment")}
        tasks = tasks_of.get(line["place"], pd.DataFrame())
        left_out = max(0, len(here) - _MOST_GAPS)
        blocks.append(_Block({**line, **money}, here.head(_MOST_GAPS), left_out, tasks))
    return blocks


def place_gaps(facts: Facts) -> pd.DataFrame:
    """The rows of `Facts.gaps` that a place's page tells of, the basic tier first.

    Those where outlets are missing and those that the plan mends; with `covered_before` and
    `covered_after`, shares of the residents.
    """
    rows = facts.gaps
    mended = rows["uncovered_after"] < rows["uncovered"]
    rows = rows[(rows["missing"] | mended) & (rows["residents"] > 0)]
    rows = rows.assign(
        quality=rows["tier"] != "basic",
        covered_before=1 - rows["uncovered"] / rows["residents"],
        covered_after=1 - rows["uncovered_after"] / rows["residents"],
    )
    return rows.sort_values(["quality", "uncovered"], ascending=[True, False], kind="stable")


def _write_block(book: Book, sheet: Worksheet, row: int, block: _Block, unit: str) -> int:
    """Writes one place; gives the first free row."""
    sheet.set_row(row, 24)
    sheet.write_string(row, 0, place_name(block.line["place"]), book.look("section", font_size=14))
    _write_tiles(book, sheet, row + 1, block.line, unit)
    sheet.write_string(row + 3, 0, tr("Gaps"), book.look("section"))
    sheet.write_string(row + 3, _TASKS_AT, tr("Tasks"), book.look("section"))
    _write_gaps(book, sheet, row + 4, block)
    _write_tasks(book, sheet, row + 4, block.tasks, unit)
    for place in range(max(len(block.gaps), len(block.tasks))):
        _fit_row(sheet, row + 5 + place, block, place)
    return row + 6 + max(len(block.gaps) + 1, len(block.tasks) + 1)


def _write_tiles(book: Book, sheet: Worksheet, row: int, line: dict[str, Any], unit: str) -> None:
    """Figures under their names, over both tables."""
    figures = (
        (tr("Residents"), line["residents"], "count"),
        (tr("Complete before"), line["complete_before"], "count"),
        (tr("Complete after"), line["complete_after"], "count"),
        (tr("Required missing before"), line["required"] - line["have_before"], "count"),
        (tr("Required missing after"), line["required"] - line["have_after"], "count"),
        (tr("Tasks"), line["added"], "count"),
        (tr("Public money ({unit})", unit=unit), line["cost"], "money"),
        (tr("Total investment ({unit})", unit=unit), line["investment"], "money"),
        (tr("Residents who gain"), line["newly_covered"], "count"),
    )
    sheet.set_row(row, 2 * LINE_POINTS)
    sheet.set_row(row + 1, 22)
    for (first, last), (name, value, kind) in zip(_TILES, figures, strict=True):
        label = book.look("tile")
        figure = book.look(kind, align="center", bold=True, font_size=13)
        if last > first:
            sheet.merge_range(row, first, row, last, "", label)
            sheet.merge_range(row + 1, first, row + 1, last, "", figure)
        sheet.write_string(row, first, name, label)
        write_value(sheet, row + 1, first, value, figure)


def _write_gaps(book: Book, sheet: Worksheet, head: int, block: _Block) -> None:
    columns = (
        ("name", tr("Category"), "text"),
        ("needed", tr("Needed"), "count"),
        ("have", tr("Have"), "count"),
        ("have_after", tr("With plan"), "count"),
        ("residents", tr("Residents"), "count"),
        ("uncovered", tr("Not covered before"), "count"),
        ("uncovered_after", tr("Not covered after"), "count"),
        ("covered_before", tr("Coverage before"), "share"),
        ("covered_after", tr("Coverage after"), "share"),
    )
    keys = [key for key, _, _ in columns]
    of = {"covered_before": "uncovered", "covered_after": "uncovered_after"}
    for number, (key, heading, kind) in enumerate(columns):
        write_head_cell(book, sheet, head, number, heading)
        for row, value in enumerate(block.gaps[key].tolist(), start=head + 1):
            if key in of:
                parts = [
                    xl_rowcol_to_cell(row, keys.index(part)) for part in (of[key], "residents")
                ]
                formula = f"=1-{parts[0]}/{parts[1]}"
                sheet.write_formula(row, number, formula, book.look(kind), value)
            else:
                write_value(sheet, row, number, value, book.look(kind))
    sheet.set_row(head, 3 * LINE_POINTS)
    end = head + 1 + len(block.gaps)
    if block.left_out:
        more = tr("and {count:,} more in the sheet of gaps", count=block.left_out)
        sheet.write_string(end, 0, more, book.look("plain"))
    elif block.gaps.empty:
        sheet.write_string(end, 0, tr("Nothing is missing here."), book.look("plain"))


def _write_tasks(book: Book, sheet: Worksheet, head: int, tasks: pd.DataFrame, unit: str) -> None:
    columns = (
        ("number", tr("No."), "index"),
        ("where", tr("Site"), "text"),
        ("names", tr("Category"), "text"),
        ("way", tr("Way of building"), "text"),
        ("cost", tr("Public money ({unit})", unit=unit), "money"),
        ("investment", tr("Total investment ({unit})", unit=unit), "money"),
        ("newly_covered", tr("Residents newly covered"), "count"),
    )
    end = head + 1 + len(tasks)
    for number, (key, heading, kind) in enumerate(columns, start=_TASKS_AT):
        write_head_cell(book, sheet, head, number, heading)
        for row, value in enumerate(tasks[key].tolist() if len(tasks) else [], start=head + 1):
            write_value(sheet, row, number, value, book.look(kind))
        if kind == "money" and len(tasks):
            cells = [xl_rowcol_to_cell(row, number) for row in (head + 1, end - 1)]
            form = book.look(kind, bold=True, bg_color=SOFT)
            sheet.write_formula(end, number, f"=SUM({cells[0]}:{cells[1]})", form, tasks[key].sum())
    if tasks.empty:
        sheet.write_string(end, _TASKS_AT, tr("No task this year."), book.look("plain"))
    else:
        sheet.write_string(end, _TASKS_AT, tr("Total"), book.look("plain", bold=True))


def _fit_row(sheet: Worksheet, row: int, block: _Block, place: int) -> None:
    """Makes a row as high as its longest text, which merged and filled cells do not do alone."""
    lines = 1
    if place < len(block.gaps):
        lines = lines_needed(str(block.gaps["name"].iloc[place]), _GAP_WIDTHS[0] - 2)
    if place < len(block.tasks):
        for key, column in (("where", 1), ("names", 2), ("way", 3)):
            text = str(block.tasks[key].iloc[place])
            lines = max(lines, lines_needed(text, _TASK_WIDTHS[column] - 2))
    sheet.set_row(row, row_points(lines, 1))
