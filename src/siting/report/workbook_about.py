"""The sheet that says what the numbers of the others rest on."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from siting.language import cells, tr
from siting.report.cell_texts import lines_needed
from siting.report.sheets import HEAD, SOFT, Book, row_points, write_top

_TEXT_WIDTH, _NAME_WIDTH = 104, 24


def write_pairs(book: Book, sheet: Worksheet, title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Writes names and texts below the title and the note."""
    row = start_pairs(book, sheet, title, pairs)
    row = add_pairs(book, sheet, row, pairs)
    sheet.print_area(0, 0, row - 1, 1)


def start_pairs(book: Book, sheet: Worksheet, title: str, pairs: Sequence[tuple[str, str]]) -> int:
    """Makes room for names and texts; gives the first free row."""
    widths = (max(_NAME_WIDTH, *(cells(name) + 2 for name, _ in pairs)), _TEXT_WIDTH)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    return write_top(book, sheet, title, widths)


def add_pairs(book: Book, sheet: Worksheet, row: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Writes names and texts from a row on; gives the first free row."""
    for name, text in pairs:
        sheet.set_row(row, row_points(lines_needed(text, _TEXT_WIDTH - 4), 5))
        sheet.write_string(row, 0, name, book.look("text", bold=True, bg_color=SOFT))
        sheet.write_string(row, 1, text, book.look("text"))
        row += 1
    return row


def add_heading(book: Book, sheet: Worksheet, row: int, text: str) -> int:
    """Writes a heading with a blank row above it; gives the first free row."""
    sheet.write_string(row + 1, 0, text, book.look("section"))
    return row + 2


def add_links(book: Book, sheet: Worksheet, row: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Writes names of sheets, which lead there, and what they hold; gives the first free row."""
    for name, text in pairs:
        target = "internal:'" + name.replace("'", "''") + "'!A1"
        form = book.look("text", bold=True, bg_color=SOFT, font_color=HEAD, underline=1)
        sheet.write_url(row, 0, target, form, name, tr("Go to this sheet"))
        sheet.write_string(row, 1, text, book.look("text"))
        row += 1
    return row
