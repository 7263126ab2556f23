"""Sheets of a workbook: tables with filters, a frozen head and totals that Excel adds up itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from siting.inputs import Instance


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its key in the frame, its heading, width and number format."""

    key: str
    heading: str
    width: float
    kind: str = "text"
    total: bool = False


def name_the_data(book: Workbook, instance: Instance) -> None:
    """Prints the instance's name above every page; the file's properties hold its note."""
    book.set_properties({"title": instance.name, "comments": instance.note})
    # Excel takes 255 characters, and '&' for the beginning of a code.
    heading = "&L" + instance.name.replace("&", "&&")[:200]
    for sheet in book.worksheets():
        sheet.set_header(heading)


def make_formats(book: Workbook) -> dict[str, Format]:
    """The formats that the kinds of columns and their totals are written in."""
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
    return {
        "head": book.add_format(
            {**base, "bold": True, "text_wrap": True, "bg_color": "#E7EDF3", "border": 1}
        ),
        "text": book.add_format(base),
        "count": book.add_format({**base, "num_format": "#,##0"}),
        "money": book.add_format({**base, "num_format": "#,##0.00"}),
        "minutes": book.add_format({**base, "num_format": "0.0"}),
        "share": book.add_format({**base, "num_format": "0.0%"}),
        "total": book.add_format({**base, "bold": True, "top": 1}),
        "total money": book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0.00"}),
        "total count": book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0"}),
    }


def write_table(
    sheet: Worksheet, frame: pd.DataFrame, columns: Sequence[Column], formats: Mapping[str, Format]
) -> None:
    """Writes a frame with headings, filters, a frozen head, and totals as formulas."""
    last = len(frame)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, formats["head"])
        for row, value in enumerate(frame[column.key], start=1):
            _cell(sheet, (row, number), value, formats[column.kind])
        if column.total and last:
            letter = chr(ord("A") + number)
            total = float(frame[column.key].sum())
            formula = f"=SUM({letter}2:{letter}{last + 1})"
            sheet.write_formula(last + 1, number, formula, formats[f"total {column.kind}"], total)
    if last and any(column.total for column in columns):
        sheet.write_string(last + 1, 0, "合计 Total", formats["total"])
    sheet.set_row(0, 46)
    sheet.freeze_panes(1, 0)
    if last:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _cell(sheet: Worksheet, place: tuple[int, int], value: object, form: Format) -> None:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        sheet.write_blank(*place, None, form)
    elif isinstance(value, str):
        # Never as a formula or link, whatever a name begins with.
        sheet.write_string(*place, value, form)
    else:
        sheet.write_number(*place, float(value), form)  # type: ignore[arg-type]


def write_pairs(
    sheet: Worksheet, pairs: Sequence[tuple[str, str]], formats: Mapping[str, Format]
) -> None:
    """Writes names and texts, as what the numbers of the other sheets rest on."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, (name, value) in enumerate(pairs):
        sheet.write_string(row, 0, name, formats["head"])
        sheet.write_string(row, 1, value, formats["text"])
