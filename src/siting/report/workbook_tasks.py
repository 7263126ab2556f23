"""The task table of a plan's workbook, and the money that is summed up from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from siting.inputs import split_categories
from siting.language import tr
from siting.report.facts import Facts
from siting.report.further_fields import add_sheet_fields, fields_of_offers
from siting.report.sheets import SOFT, Book, PlacedTable, SheetColumn, write_sheet_table
from siting.report.tasks import LEDGER
from siting.report.words import category_names, mode_name

_EARLIEST, _LATEST = dt.date(2020, 1, 1), dt.date(2100, 12, 31)
_LONGEST_NAME = 60


def write_tasks(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes the task table.

    Who is responsible and until when is as the bureau's tables say; what they leave open is for it
    to fill in.
    """
    unit = facts.instance.currency.shown_in
    frame = task_table(facts)
    columns = [
        SheetColumn("number", tr("No."), "index"),
        *([SheetColumn("year", tr("Year"), "index")] if facts.instance.years else []),
        SheetColumn("district", tr("District"), widest=18),
        SheetColumn("subdistrict", tr("Subdistrict")),
        *([SheetColumn("community", tr("Community"))] if frame["community"].any() else []),
        SheetColumn("circle", tr("Community / circle"), widest=22),
        SheetColumn("names", tr("Category"), widest=24),
        SheetColumn("way", tr("Way of building")),
        SheetColumn("where", tr("Site")),
        SheetColumn("floor_area_m2", tr("Floor area (m²)"), "count", total=True),
        SheetColumn("investment", tr("Total investment ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
        *([SheetColumn("funding", tr("Funded by"))] if frame["funding"].any() else []),
        SheetColumn("lead_unit", tr("Lead unit"), "fill", widest=16),
        SheetColumn("unit", tr("Responsible unit"), "fill", widest=16),
        SheetColumn("deadline", tr("Deadline"), "date"),
        SheetColumn("newly_covered", tr("Residents newly covered"), "count"),
        SheetColumn("remarks", tr("Remarks")),
        SheetColumn("offer_id", tr("Offer code"), printed=False),
        SheetColumn("kinds", tr("Categories in it"), "count", printed=False),
    ]
    told = [name for name in LEDGER if name != "progress"]
    fields = fields_of_offers(facts.instance, frame["offer_id"], told)
    frame, columns = add_sheet_fields(frame, columns, fields)
    title = tr("Annual task table: {instance}", instance=facts.instance.name)
    placed = write_sheet_table(book, sheet, title, frame, columns, frozen=1)
    _ask_for_the_rest(sheet, placed)
    return placed


def task_table(facts: Facts) -> pd.DataFrame:
    """`Facts.tasks` in words and in the order of their numbers, money in the unit that is shown.

    Adds `names` (of the categories), `kinds` (how many), `way`, `where` and `remarks`.
    """
    tasks, scale = facts.tasks, facts.instance.currency.shown_scale
    lines = _categories(facts)
    comma = name_separator(facts)
    named = lines.groupby("row")["name"].agg(comma.join).reindex(range(len(tasks)))
    kinds = lines.groupby("row").size().reindex(range(len(tasks)))
    frame = tasks.assign(
        names=named.to_numpy(object),
        kinds=kinds.to_numpy(float),
        way=tasks["mode"].map(mode_name),
        where=tasks["site"].where(tasks["site"] != "", tasks["site_id"]),
        remarks=[
            tr("; ").join(text for text in (said, _remark(newly, alone)) if text)
            for said, newly, alone in zip(
                tasks["remarks"], tasks["newly_covered"], tasks["only_here"], strict=True
            )
        ],
        investment=tasks["investment"].astype(float) / scale,
        cost=tasks["cost"].astype(float) / scale,
        deadline=tasks["deadline"].where(
            tasks["deadline"].ne("") | tasks["year"].eq(0), _ends(tasks)
        ),
    )
    return frame.sort_values("number")


def _ends(tasks: pd.DataFrame) -> pd.Series[str]:
    """The last day of each task's year."""
    return tasks["year"].astype(str) + "-12-31"


def name_separator(facts: Facts) -> str:
    """What stands between the categories of a task: a sign that is part of no name."""
    names = list(category_names(facts.instance))
    signs = (tr(", "), "; ", " | ", " + ")
    return next(sign for sign in signs if not any(sign in name for name in names))


def _categories(facts: Facts) -> pd.DataFrame:
    """One row a task and category: `row` of the task, `name`."""
    lines = split_categories(facts.plan.chosen["categories"]).drop_duplicates()
    return lines.assign(name=lines["category"].map(category_names(facts.instance)))


def _remark(newly: float, alone: float) -> str:
    """Tells apart who is reached by other tasks as well."""
    if round(alone) >= round(newly):
        return ""
    return tr("{people:,.0f} of them by this task alone", people=alone)


def _ask_for_the_rest(sheet: Worksheet, placed: PlacedTable) -> None:
    """What the bureau fills in is checked while it is typed."""
    if placed.last < placed.first:
        return
    asked = tr("For the bureau to fill in")
    lead, unit, deadline = (placed.columns[key] for key in ("lead_unit", "unit", "deadline"))
    text = {"validate": "length", "criteria": "<=", "value": _LONGEST_NAME}
    date = {"validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": _LATEST}
    rules = (
        (lead, text, tr("Name of the unit"), tr("At most {most} characters", most=_LONGEST_NAME)),
        (unit, text, tr("Name of the unit"), tr("At most {most} characters", most=_LONGEST_NAME)),
        (deadline, date, tr("A date, e.g. 2026-10-31"), tr("This is not a date")),
    )
    for column, rule, hint, wrong in rules:
        words = {"input_title": asked, "input_message": hint, "error_message": wrong}
        sheet.data_validation(placed.first, column, placed.last, column, {**rule, **words})


def write_money(book: Book, sheet: Worksheet, facts: Facts, tasks: PlacedTable) -> PlacedTable:
    """Writes public money by category and district, each cell a formula over the task table.

    A task of several categories counts at each of them with an equal share, so all adds up to what
    the plan spends.

    Args:
        book: The workbook.
        sheet: An empty sheet of it.
        facts: The plan.
        tasks: Where the task table stands.
    """
    unit = facts.instance.currency.shown_in
    frame, districts = money_rows(facts), _districts(facts)
    of_all = _money(facts, tasks, "cost")
    across = f"SUM({{at0}}:{{at{len(districts) - 1}}})" if districts else of_all
    columns = [
        SheetColumn("name", tr("Category")),
        SheetColumn(
            "added", tr("Outlets added"), "count", total=True, formula=_count(facts, tasks)
        ),
        *(_district_column(facts, tasks, *pair) for pair in enumerate(districts)),
        SheetColumn(
            "cost", tr("Public money ({unit})", unit=unit), "money", total=True, formula=across
        ),
        SheetColumn("share", tr("Share of the money"), "share", formula="{cost}/SUM({all_cost})"),
        SheetColumn(
            "investment",
            tr("Total investment ({unit})", unit=unit),
            "money",
            total=True,
            formula=_money(facts, tasks, "investment"),
        ),
    ]
    title = tr("Public money by category and district ({unit})", unit=unit)
    placed = write_sheet_table(book, sheet, title, frame, columns, frozen=1)
    if len(frame):
        _compare(book, sheet, placed, tasks)
    return placed


def money_rows(facts: Facts) -> pd.DataFrame:
    """One row a category that the plan adds, most public money first.

    Columns `name`, `added`, `at0`, `at1`, ... (public money in each of the districts), `cost`,
    `share`, `investment`; in the unit that is shown.
    """
    scale = facts.instance.currency.shown_scale
    names = category_names(facts.instance)
    money = facts.money.assign(name=facts.money["category"].map(names))
    sums = money.groupby("name")[["added", "cost", "investment"]].sum()
    for number, place in enumerate(_districts(facts)):
        here = money[money["district"] == place].groupby("name")["cost"].sum()
        sums[f"at{number}"] = here.reindex(sums.index).fillna(0.0) / scale
    sums[["cost", "investment"]] /= scale
    total = sums["cost"].sum()
    sums["share"] = sums["cost"] / total if total else np.nan
    return sums.sort_values(["cost", "name"], ascending=[False, True]).reset_index()


def _districts(facts: Facts) -> Sequence[str]:
    """The districts of the tasks, the empty name last; none where no site names one."""
    places = sorted(set(facts.tasks["district"]), key=lambda place: (place == "", place))
    return [] if places == [""] else places


def _district_column(facts: Facts, tasks: PlacedTable, number: int, place: str) -> SheetColumn:
    wanted = "{head}" if place else '""'
    formula = _money(facts, tasks, "cost", f"EXACT({tasks.cells('district')},{wanted})*")
    heading = place or tr("without a district")
    return SheetColumn(f"at{number}", heading, "money", total=True, formula=formula)


def _has(facts: Facts, tasks: PlacedTable) -> str:
    """Which tasks have the category of the line: their names hold it whole.

    Unlike those of SUMIFS, these comparisons take signs such as * and < in a name as they are.
    """
    comma = f'"{name_separator(facts)}"'
    names = f"{comma}&{tasks.cells('names')}&{comma}"
    return f"ISNUMBER(FIND({comma}&{{name}}&{comma},{names}))"


def _count(facts: Facts, tasks: PlacedTable) -> str:
    return f"SUMPRODUCT({_has(facts, tasks)}*1)"


def _money(facts: Facts, tasks: PlacedTable, key: str, where: str = "") -> str:
    shares = f"{tasks.cells(key)}/{tasks.cells('kinds')}"
    return f"SUMPRODUCT({where}{_has(facts, tasks)}*{shares})"


def _compare(book: Book, sheet: Worksheet, placed: PlacedTable, tasks: PlacedTable) -> None:
    """Below the total: what it differs from the task table by, which is nothing."""
    row, column = placed.last + 2, placed.columns["cost"]
    letter = xl_col_to_name(column)
    total = f"{letter}{placed.last + 2}"
    formula = f"=ROUND({total}-SUM({tasks.cells('cost')}),6)"
    sheet.write_string(row, 0, tr("Difference from the task table"), book.look("plain"))
    sheet.write_formula(row, column, formula, book.look("money", bg_color=SOFT), 0.0)
