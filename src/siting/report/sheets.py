"""Sheets of a workbook: tables with filters, a frozen head, units, and totals that Excel adds up.

Each sheet has a title, under it the note of the data as a banner, then its table. Numbers are
numbers, names are text whatever they begin with, and formulas carry the value they give, for
readers that work out nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from siting.language import cells, cut, language, tr
from siting.report.cell_texts import is_wider, lines_needed, pieces, shortened, unit_apart

# Excel's number formats by what a column holds, and how wide such a number comes out.
NUMBERS: Mapping[str, str] = {
    "number": "General",
    "index": "0",
    "count": "#,##0",
    "money": "#,##0.00",
    "minutes": "0.0",
    "share": "0.0%",
    "percent": "0.000",
    "date": "yyyy-mm-dd",
}
INK, LINE, HEAD, SOFT = "#1D2733", "#C9D2DC", "#1C5D99", "#EEF3F8"
ALARM, ALARM_INK = "#FBE3D6", "#9C3A00"
NOTE, NOTE_INK = "#FFF4CE", "#6B4E00"
TO_FILL_IN = "#FFFBE6"
_LOOKS: Mapping[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": HEAD, "border": 0},
    "note": {"text_wrap": True, "bg_color": NOTE, "font_color": NOTE_INK, "border": 0},
    "head": {
        "bold": True,
        "text_wrap": True,
        "align": "center",
        "bg_color": HEAD,
        "font_color": "#FFFFFF",
        "border_color": "#FFFFFF",
    },
    "section": {"bold": True, "font_size": 12, "font_color": HEAD, "border": 0},
    "plain": {"border": 0},
    "tile": {"text_wrap": True, "align": "center", "bg_color": SOFT, "font_size": 9},
    "text": {"text_wrap": True, "indent": 1},
    "index": {"align": "center"},
    "fill": {"text_wrap": True, "bg_color": TO_FILL_IN},
    "date": {"bg_color": TO_FILL_IN, "align": "center"},
}
_A4, LINE_POINTS, _HIGHEST = 9, 15.0, 409.0
# Widths of columns are measured in digits of this font, which every office program has or matches.
_NORMAL = {"font_name": "Arial", "font_size": 10}
# Widths in display cells: a Chinese character takes two, the filter button of a heading as well.
_NARROWEST, _BUTTON, _INDENT, _SCREEN, _LONGEST_UNIT = 6, 2, 2, 150, 10
_LONGEST_TITLE, _LONGEST_NOTE = 60, 100
# A cell holds 32,767 characters, and stays empty where it should hold more.
_LONGEST_TEXT = 32_764
# Room to write in.
_TO_WRITE = {"fill": 16, "date": 12}
# Stands for the number of the row in formulas; no text has it.
_ROW = "\0"


@dataclass(frozen=True)
class SheetColumn:
    """One column of a table.

    Attributes:
        key: Its name in the frame.
        heading: What it is called, with its unit.
        kind: `text`, one of `NUMBERS`, or `fill` for a text that the reader fills in.
        total: Whether its sum stands below.
        formula: What works its values out in the sheet, e.g. `{after}/{residents}` with the keys of
            other columns, `{all_after}` for all lines of one, `{head}` for the heading of this one;
            the frame's value is what it gives, and a blank one has no formula.
        printed: Whether it is within the print area; such columns stand last.
        marked: Column of the frame that says which cells are alarming.
        widest: Display cells at most; longer texts and headings take more lines.
    """

    key: str
    heading: str
    kind: str = "text"
    total: bool = False
    formula: str = ""
    printed: bool = True
    marked: str = ""
    widest: int = 30


@dataclass(frozen=True)
class PlacedTable:
    """Where a table stands, for formulas of other sheets.

    Attributes:
        sheet: Name of its sheet.
        first: Row of its first line, from 0.
        last: Row of its last line; below `first` where it has none.
        columns: Position of each column, by key.
    """

    sheet: str
    first: int
    last: int
    columns: Mapping[str, int]

    def cells(self, key: str) -> str:
        """The lines of one column as a range of another sheet."""
        column = self.columns[key]
        name = self.sheet.replace("'", "''")
        return f"'{name}'!{xl_range_abs(self.first, column, max(self.first, self.last), column)}"


class Titled(Protocol):
    """What a workbook is about, as every sheet carries it: an instance, or many solves of one."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def note(self) -> str:
        """What is to be known of the data."""


@dataclass(frozen=True)
class Book:
    """A workbook on its way, with the formats that its sheets share.

    Attributes:
        made: The workbook.
        instance: Whose name and note every sheet carries.
    """

    made: Workbook
    instance: Titled
    _formats: dict[tuple[object, ...], Format] = field(default_factory=dict)

    def look(self, kind: str, **changes: object) -> Format:
        """The format of a kind of cell: a key of `NUMBERS`, or one of the texts and headings."""
        key = (kind, *sorted(changes.items()))
        if key not in self._formats:
            font = "Microsoft YaHei" if language() == "zh" else "Arial"
            base = {"font_name": font, "font_size": 10, "font_color": INK, "valign": "vcenter"}
            base |= {"border": 1, "border_color": LINE, **_LOOKS.get(kind, {})}
            number = {"num_format": NUMBERS[kind]} if kind in NUMBERS else {}
            self._formats[key] = self.made.add_format({**base, **number, **changes})
        return self._formats[key]

    def page(self, name: str) -> Worksheet:
        """Adds a sheet: A4 across, named on every printed page with the note and page n of N."""
        sheet = self.made.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        heading = _coded(self.instance.name, _LONGEST_TITLE)
        sheet.set_header(f"&L{heading}&R{_coded(name, _LONGEST_TITLE)}")
        pages = tr("page {page} of {pages}", page="&P", pages="&N")
        sheet.set_footer(f"&L{_coded(self.instance.note, _LONGEST_NOTE)}&R{pages}")
        return sheet


@contextmanager
def new_book(path: Path, instance: Titled) -> Iterator[Book]:
    """A workbook that is written when the block ends.

    Raises:
        OSError: The file cannot be written, as when it is open in Excel.
    """
    try:
        with xlsxwriter.Workbook(str(path), {"default_format_properties": _NORMAL}) as made:
            made.set_properties({"title": instance.name, "comments": instance.note})
            yield Book(made, instance)
    except FileCreateError as error:
        raise OSError(tr("{path} cannot be written: {error}", path=path, error=error)) from None


def write_sheet_table(
    book: Book,
    sheet: Worksheet,
    title: str,
    frame: pd.DataFrame,
    columns: Sequence[SheetColumn],
    frozen: int = 0,
) -> PlacedTable:
    """Writes a frame under its title and the note.

    Args:
        book: The workbook.
        sheet: An empty sheet of it.
        title: What stands above.
        frame: The lines.
        columns: Which of its columns, in which order.
        frozen: How many columns stay in view.
    """
    widths = [_width(column, frame) for column in columns]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    head = write_top(book, sheet, title, widths[: sum(column.printed for column in columns)])
    _write_head(book, sheet, head, columns, widths)
    positions = {column.key: number for number, column in enumerate(columns)}
    placed = PlacedTable(sheet.get_name(), head + 1, head + len(frame), positions)
    for number, column in enumerate(columns):
        _write_column(book, sheet, (placed, number), column, frame)
    _accept_codes(sheet, placed, columns)
    _fit_rows(sheet, placed, columns, frame, widths)
    bottom = _write_totals(book, sheet, placed, columns, frame)
    sheet.freeze_panes(head + 1, frozen)
    sheet.autofilter(head, 0, max(placed.last, head), len(columns) - 1)
    sheet.repeat_rows(head)
    sheet.print_area(0, 0, bottom, sum(column.printed for column in columns) - 1)
    return placed


def write_top(book: Book, sheet: Worksheet, title: str, widths: Sequence[float]) -> int:
    """Writes the title, and the note across columns of these widths; gives the first free row."""
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, title, book.look("title"))
    note = book.instance.note
    if not note:
        return 1
    text, across = tr("Note: {note}", note=note), list(accumulate(widths))
    last = sum(width < _SCREEN for width in across[:-1])
    lines = sum(lines_needed(part, across[last] * 0.9) for part in text.split("\n"))
    sheet.set_row(1, row_points(lines, 6))
    if last:
        sheet.merge_range(1, 0, 1, last, "", book.look("note"))
    sheet.write_string(1, 0, text, book.look("note"))
    return 2


def write_value(sheet: Worksheet, row: int, column: int, value: object, form: Format) -> None:
    """Writes a number as a number, a text as text, and nothing for what is not known."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, str):
        # Never as a formula or link, whatever a name begins with.
        sheet.write_string(row, column, cut(value, _LONGEST_TEXT), form)
    else:
        sheet.write_number(row, column, float(value), form)  # type: ignore[arg-type]


def write_head_cell(book: Book, sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Writes the heading of a column, its unit on a line of its own."""
    sheet.write_string(row, column, unit_apart(text), book.look("head"))


def row_points(lines: int, more: float = 0.0) -> float:
    """The height of a row with so many lines, as far as Excel allows."""
    return min(LINE_POINTS * lines + more, _HIGHEST)


def _write_head(
    book: Book, sheet: Worksheet, row: int, columns: Sequence[SheetColumn], widths: Sequence[float]
) -> None:
    lines = 1
    for number, (column, width) in enumerate(zip(columns, widths, strict=True)):
        # A heading that formulas compare with stays as it is.
        heading = column.heading if "{head}" in column.formula else unit_apart(column.heading)
        sheet.write_string(row, number, heading, book.look("head"))
        lines = max(lines, sum(lines_needed(part, width - _BUTTON) for part in heading.split("\n")))
    sheet.set_row(row, row_points(lines, 8))


def _write_column(
    book: Book,
    sheet: Worksheet,
    place: tuple[PlacedTable, int],
    column: SheetColumn,
    frame: pd.DataFrame,
) -> None:
    placed, number = place
    plain = book.look(column.kind)
    alarm = book.look(column.kind, bg_color=ALARM, font_color=ALARM_INK, bold=True)
    marks = frame[column.marked].tolist() if column.marked else [False] * len(frame)
    values = zip(frame[column.key].tolist(), marks, strict=True)
    formula = "=" + column.formula.format(**_references(placed, number))
    for row, (value, mark) in enumerate(values, start=placed.first):
        form = alarm if mark else plain
        if column.formula and not (isinstance(value, float) and math.isnan(value)):
            sheet.write_formula(row, number, formula.replace(_ROW, str(row + 1)), form, value)
        else:
            write_value(sheet, row, number, value, form)


def _fit_rows(
    sheet: Worksheet,
    placed: PlacedTable,
    columns: Sequence[SheetColumn],
    frame: pd.DataFrame,
    widths: Sequence[float],
) -> None:
    """Makes rows as high as their longest text, as not every program does by itself."""
    lines = [1] * len(frame)
    for column, width in zip(columns, widths, strict=True):
        if column.kind == "text":
            texts = [text for text in frame[column.key].unique() if isinstance(text, str)]
            long = [text for text in texts if is_wider(text, width - _INDENT)]
            needed = {text: lines_needed(text, width - _INDENT) for text in long}
            for row, text in enumerate(frame[column.key] if needed else ()):
                if text in needed:
                    lines[row] = max(lines[row], needed[text])
    for row, count in enumerate(lines, start=placed.first):
        if count > 1:
            sheet.set_row(row, row_points(count))


def _references(placed: PlacedTable, number: int) -> dict[str, str]:
    """What the fields of a column's formula stand for, `_ROW` where its row is due."""
    found = {"head": f"{xl_col_to_name(number)}${placed.first}"}
    for key, at in placed.columns.items():
        letter = xl_col_to_name(at)
        found[key] = letter + _ROW
        found[f"all_{key}"] = f"{letter}${placed.first + 1}:{letter}${placed.last + 1}"
    return found


def _accept_codes(sheet: Worksheet, placed: PlacedTable, columns: Sequence[SheetColumn]) -> None:
    """Codes made of digits are texts on purpose: Excel shall not mark them as mistakes."""
    letters = [xl_col_to_name(at) for at, column in enumerate(columns) if column.kind == "text"]
    if letters and placed.last >= placed.first:
        ranges = [f"{letter}{placed.first + 1}:{letter}{placed.last + 1}" for letter in letters]
        sheet.ignore_errors({"number_stored_as_text": " ".join(ranges)})


def _write_totals(
    book: Book,
    sheet: Worksheet,
    placed: PlacedTable,
    columns: Sequence[SheetColumn],
    frame: pd.DataFrame,
) -> int:
    """Sums of what the filter shows, below the table; gives the last row that is written."""
    row = placed.last + 1
    if frame.empty or not any(column.total for column in columns):
        return placed.last
    for number, column in enumerate(columns):
        form = book.look(column.kind, bold=True, bg_color=SOFT)
        if column.total:
            letter = xl_col_to_name(number)
            formula = f"=SUBTOTAL(9,{letter}{placed.first + 1}:{letter}{row})"
            sheet.write_formula(row, number, formula, form, float(frame[column.key].sum()))
        else:
            sheet.write_blank(row, number, None, form)
    sheet.write_string(row, 0, tr("Total"), book.look("plain", bold=True, bg_color=SOFT, border=1))
    return row


def _width(column: SheetColumn, frame: pd.DataFrame) -> float:
    """As wide as what the column shows, within limits; its heading may take four lines."""
    words = [cells(piece.rstrip()) for piece in pieces(column.heading)]
    # A short unit stays whole.
    units = [min(cells(unit), _LONGEST_UNIT) for unit in unit_apart(column.heading).split("\n")[1:]]
    heading = max(math.ceil(cells(column.heading) / 4), *words, *units) + _BUTTON + 1
    values = frame[column.key].unique()
    shown = max((cells(_shown(value, column.kind)) for value in values), default=0)
    if column.total:
        shown = max(shown, cells(_shown(float(frame[column.key].sum()), column.kind)) + 1)
    return min(max(_TO_WRITE.get(column.kind, _NARROWEST), shown + 2, heading), column.widest)


def _shown(value: object, kind: str) -> str:
    """A cell's text as Excel shows it, near enough for its width."""
    if isinstance(value, str):
        return max(value.split("\n"), key=cells)
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "yyyy-mm-dd" if kind == "date" else ""
    form = {"count": ",.0f", "money": ",.2f", "share": ".1%", "minutes": ".1f", "percent": ".3f"}
    return format(float(value), form.get(kind, "g"))  # type: ignore[arg-type]


def _coded(text: str, most: int) -> str:
    """A text for the edge of a page: '&' begins a code there, and all takes 255 characters."""
    return shortened(" ".join(text.split()), most).replace("&", "&&")
