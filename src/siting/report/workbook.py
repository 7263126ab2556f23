"""The plan as an Excel workbook: task list, coverage, and what the numbers rest on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from siting.language import tr
from siting.plan import Plan
from siting.report.sheets import Column, make_formats, name_the_data, write_pairs, write_table
from siting.report.summary import group_name, summary_pairs
from siting.report.tasks import task_list


def write_workbook(plan: Plan, path: Path) -> Path:
    """Writes the workbook; amounts are real numbers in the unit that the headings name."""
    scale, unit = plan.instance.currency.shown_scale, plan.instance.currency.shown_in
    tasks = task_list(plan)
    for money in ("investment", "cost"):
        tasks[money] = tasks[money].astype(float) / scale
    try:
        with xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False}) as book:
            formats = make_formats(book)
            write_table(book.add_worksheet("任务清单 Tasks"), tasks, _task_columns(unit), formats)
            for title, frame, first in _coverage_sheets(plan):
                columns = _coverage_columns(first)
                write_table(book.add_worksheet(title), _with_shares(frame), columns, formats)
            write_pairs(book.add_worksheet("说明 About"), summary_pairs(plan), formats)
            name_the_data(book, plan.instance)
    except FileCreateError as error:
        raise OSError(tr("{path} cannot be written: {error}", path=path, error=error)) from None
    return path


def _task_columns(unit: str) -> list[Column]:
    return [
        Column("number", "序号\nNo.", 6, "count"),
        Column("district", "旗县区\nDistrict", 16),
        Column("circle", "生活圈\nCircle", 16),
        Column("site_id", "点位编号\nSite", 10),
        Column("site", "点位\nPlace", 26),
        Column("categories_zh", "业态", 24),
        Column("categories_en", "Category", 24),
        Column("mode_zh", "建设方式", 10),
        Column("mode", "Mode", 10),
        Column("floor_area_m2", "面积 (m²)\nFloor area", 10, "count"),
        Column("investment", f"总投资 ({unit})\nInvestment", 14, "money", total=True),
        Column("cost", f"财政资金 ({unit})\nPublic money", 14, "money", total=True),
        Column("newly_covered", "新增覆盖居民\nNewly covered", 14, "count"),
        Column("only_here", "仅此覆盖居民\nCovered by this alone", 14, "count"),
        Column("x", "x (m)", 12, "count"),
        Column("y", "y (m)", 12, "count"),
        Column("offer_id", "方案编号\nOffer", 24),
    ]


def _coverage_sheets(plan: Plan) -> list[tuple[str, pd.DataFrame, list[Column]]]:
    category = [Column("name_zh", "业态", 26), Column("name_en", "Category", 26)]
    group = [Column("group", "人群\nGroup", 12)]
    sheets = [
        ("业态 By category", plan.coverage, [*category, *group]),
        ("人群 By group", plan.by_group, [*group, *category]),
    ]
    if len(plan.by_district):
        district = Column("district", "旗县区\nDistrict", 18)
        sheets.append(("旗县区 By district", plan.by_district, [district, *category]))
    return [(title, _in_words(plan, frame), first) for title, frame, first in sheets]


def _coverage_columns(first: list[Column]) -> list[Column]:
    return [
        *first,
        Column("residents", "居民\nResidents", 12, "count"),
        Column("before", "现覆盖\nCovered before", 14, "count"),
        Column("after", "规划后覆盖\nCovered after", 14, "count"),
        Column("share_before", "现覆盖率\nShare before", 12, "share"),
        Column("share_after", "规划后覆盖率\nShare after", 12, "share"),
        Column("category", "业态代码\nCode", 24),
    ]


def _in_words(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    """Names of categories and groups beside the identifiers."""
    categories = plan.instance.categories.set_index("category")
    named = {
        name: frame["category"].map(categories[name]).fillna(frame["category"])
        for name in ("name_zh", "name_en")
    }
    if "group" in frame:
        named["group"] = frame["group"].map(group_name)
    return frame.assign(**named)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    people = frame["residents"].where(frame["residents"] > 0)
    return frame.assign(share_before=frame["before"] / people, share_after=frame["after"] / people)
