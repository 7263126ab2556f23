"""The plan as an Excel workbook: task list, coverage, and what the numbers rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from siting.plan import Plan
from siting.report.summary import summary_pairs
from siting.report.tasks import task_list


@dataclass(frozen=True)
class _Column:
    """One column of a sheet: its key in the frame, its heading, width and number format."""

    key: str
    heading: str
    width: float
    kind: str = "text"
    total: bool = False


def write_workbook(plan: Plan, path: Path) -> Path:
    """Writes the workbook; amounts are real numbers in the unit that the headings name."""
    scale, unit = plan.instance.currency.shown_scale, plan.instance.currency.shown_in
    tasks = task_list(plan)
    for money in ("investment", "cost"):
        tasks[money] = tasks[money].astype(float) / scale
    try:
        with xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False}) as book:
            formats = _formats(book)
            _table(book.add_worksheet("任务清单 Tasks"), tasks, _task_columns(unit), formats)
            for title, frame, first in _coverage_sheets(plan):
                _table(book.add_worksheet(title), frame, _coverage_columns(first), formats)
            _pairs(book.add_worksheet("说明 About"), plan, formats)
    except FileCreateError as error:
        raise OSError(f"{path} cannot be written: {error}") from None
    return path


def _formats(book: Workbook) -> dict[str, Format]:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
    return {
        "head": book.add_format(
            {**base, "bold": True, "text_wrap": True, "bg_color": "#E7EDF3", "border": 1}
        ),
        "text": book.add_format(base),
        "count": book.add_format({**base, "num_format": "#,##0"}),
        "money": book.add_format({**base, "num_format": "#,##0.00"}),
        "share": book.add_format({**base, "num_format": "0.0%"}),
        "total": book.add_format({**base, "bold": True, "top": 1}),
        "total money": book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0.00"}),
        "total count": book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0"}),
    }


def _task_columns(unit: str) -> list[_Column]:
    return [
        _Column("number", "序号\nNo.", 6, "count"),
        _Column("district", "旗县区\nDistrict", 16),
        _Column("circle", "生活圈\nCircle", 16),
        _Column("site_id", "点位编号\nSite", 10),
        _Column("site", "点位\nPlace", 26),
        _Column("categories_zh", "业态", 24),
        _Column("categories_en", "Category", 24),
        _Column("mode_zh", "建设方式", 10),
        _Column("mode", "Mode", 10),
        _Column("floor_area_m2", "面积 (m²)\nFloor area", 10, "count"),
        _Column("investment", f"总投资 ({unit})\nInvestment", 14, "money", total=True),
        _Column("cost", f"财政资金 ({unit})\nPublic money", 14, "money", total=True),
        _Column("newly_covered", "新增覆盖居民\nNewly covered", 14, "count"),
        _Column("only_here", "仅此覆盖居民\nCovered by this alone", 14, "count"),
        _Column("x", "x (m)", 12, "count"),
        _Column("y", "y (m)", 12, "count"),
        _Column("offer_id", "方案编号\nOffer", 24),
    ]


def _coverage_sheets(plan: Plan) -> list[tuple[str, pd.DataFrame, list[_Column]]]:
    category = _Column("category", "业态代码\nCategory", 24)
    sheets = [
        ("业态 By category", plan.coverage, [category, _Column("group", "人群\nGroup", 12)]),
        ("人群 By group", plan.by_group, [_Column("group", "人群\nGroup", 12), category]),
    ]
    if len(plan.by_district):
        district = _Column("district", "旗县区\nDistrict", 18)
        sheets.append(("旗县区 By district", plan.by_district, [district, category]))
    return sheets


def _coverage_columns(first: list[_Column]) -> list[_Column]:
    return [
        *first,
        _Column("residents", "居民\nResidents", 12, "count"),
        _Column("before", "现覆盖\nCovered before", 14, "count"),
        _Column("after", "规划后覆盖\nCovered after", 14, "count"),
        _Column("share_before", "现覆盖率\nShare before", 12, "share"),
        _Column("share_after", "规划后覆盖率\nShare after", 12, "share"),
    ]


def _table(
    sheet: Worksheet, frame: pd.DataFrame, columns: Sequence[_Column], formats: dict[str, Format]
) -> None:
    """Writes a frame with headings, filters, a frozen head, and totals as formulas."""
    if "residents" in frame:
        people = frame["residents"].where(frame["residents"] > 0)
        frame = frame.assign(
            share_before=frame["before"] / people, share_after=frame["after"] / people
        )
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


def _pairs(sheet: Worksheet, plan: Plan, formats: dict[str, Format]) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, (name, value) in enumerate(summary_pairs(plan)):
        sheet.write_string(row, 0, name, formats["head"])
        sheet.write_string(row, 1, value, formats["text"])
