"""The plan as the workbook of a bureau, in the forms that it hands in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.language import phrase, tr
from siting.report.facts import Facts
from siting.report.gap_list import gap_readings
from siting.report.indicators.texts import write_by_place, write_overall
from siting.report.project_pool import reserve_projects
from siting.report.sheets import Book, PlacedTable, new_book
from siting.report.summary import summary_pairs
from siting.report.workbook_about import add_heading, add_links, add_pairs, start_pairs
from siting.report.workbook_ledgers import write_effects, write_existing, write_gap_list
from siting.report.workbook_outlets import write_outlets
from siting.report.workbook_places import write_places
from siting.report.workbook_projects import write_acceptance, write_pool, write_problems
from siting.report.workbook_tasks import write_money, write_tasks
from siting.report.workbook_years import write_breakdown, write_funding, write_years

_PLACES = {
    "circle": phrase("One circle, one plan"),
    "district": phrase("One district, one plan"),
    "city": phrase("One city, one plan"),
}
_TASKS = phrase("Annual tasks")
# The sheets in their order, each with what it holds.
_SHEETS = {
    phrase("Indicators"): phrase("the indicators that are reported, with formula and source"),
    phrase("Indicators by place"): phrase("one line a place: completeness, grade, pairs"),
    phrase("Outlet ledger"): phrase("one line an outlet, as the ledger has it"),
    phrase("What exists"): phrase("one line a place: how many outlets its residents reach"),
    phrase("Gap list"): phrase("what is missing in which place, and what the plan leaves of it"),
    phrase("Problems"): phrase("one line a required category that is lacking: measure, unit"),
    phrase("Project pool"): phrase("the tasks, and the best projects in reserve, with why"),
    phrase("Task breakdown"): phrase("tasks by district, subdistrict, unit and year"),
    _TASKS: phrase("one line a task, in the order of the residents that it alone reaches"),
    phrase("Yearly plan"): phrase("one line a year: tasks, money, what is reached by its end"),
    "places": phrase("one page a place: key figures, gaps before and after, tasks"),
    phrase("Money by source"): phrase("money by source and year"),
    phrase("Money"): phrase("public money by category and district, added up from the tasks"),
    phrase("Effects"): phrase("coverage before and after by category, group and district"),
    phrase("Acceptance"): phrase("one line a task: what it has to show, the rest to be filled in"),
}


def write_workbook(facts: Facts, path: Path) -> Path:
    """Writes the workbook, its names and headings in the language in use.

    Amounts are real numbers in the unit that the headings name; totals and shares are formulas
    that carry their values.

    Raises:
        OSError: The file cannot be written.
    """
    names = sheet_names(facts)
    with new_book(path, facts.instance) as book:
        about = book.page(tr("About"))
        pages = {key: book.page(name) for key, name in names.items()}
        _write_about(book, about, facts, names)
        placed = write_tasks(book, pages[_TASKS], facts)
        for key, write in _writers(facts, placed, names).items():
            if key in pages:
                write(book, pages[key], facts)
    return path


def sheet_names(facts: Facts) -> dict[str, str]:
    """What each sheet is called in the language in use, in order."""
    places = tr(_PLACES[facts.gaps_before.place_kind])
    names = {key: places if key == "places" else tr(key) for key in _SHEETS}
    return {
        key: name for key, name in names.items() if key != "Yearly plan" or facts.instance.years
    }


_Writer = Callable[[Book, Worksheet, Facts], object]


def _writers(facts: Facts, tasks: PlacedTable, names: dict[str, str]) -> dict[str, _Writer]:
    """What writes each sheet but that of the tasks, which others refer to."""
    reserves: pd.DataFrame = reserve_projects(facts)
    figures = facts.indicators
    return {
        "Indicators": lambda book, sheet, _: write_overall(book, sheet, figures),
        "Indicators by place": lambda book, sheet, _: write_by_place(book, sheet, figures),
        "Outlet ledger": write_outlets,
        "What exists": write_existing,
        "Gap list": write_gap_list,
        "Problems": lambda book, sheet, f: write_problems(book, sheet, f, reserves),
        "Project pool": lambda book, sheet, f: write_pool(book, sheet, f, reserves),
        "Task breakdown": write_breakdown,
        "Yearly plan": write_years,
        "places": lambda book, sheet, f: write_places(book, sheet, names["places"], f),
        "Money by source": write_funding,
        "Money": lambda book, sheet, f: write_money(book, sheet, f, tasks),
        "Effects": write_effects,
        "Acceptance": write_acceptance,
    }


def _write_about(book: Book, sheet: Worksheet, facts: Facts, names: dict[str, str]) -> None:
    """What the plan is and rests on, what each sheet holds, how to read and to check it."""
    pairs = [pair for pair in summary_pairs(facts.plan) if pair[0] != tr("note")]
    title = tr("Annual improvement plan: {instance}", instance=facts.instance.name)
    row = add_pairs(book, sheet, start_pairs(book, sheet, title, pairs), pairs)
    row = add_heading(book, sheet, row, tr("Sheets"))
    row = add_links(book, sheet, row, [(name, tr(_SHEETS[key])) for key, name in names.items()])
    row = add_heading(book, sheet, row, tr("How to read it"))
    row = add_pairs(book, sheet, row, _readings())
    row = add_heading(book, sheet, row, tr("How to check it again"))
    row = add_pairs(book, sheet, row, _checks())
    sheet.print_area(0, 0, row - 1, 1)
    sheet.fit_to_pages(1, 1)


def _readings() -> list[tuple[str, str]]:
    return [
        *gap_readings(),
        (
            tr("newly covered"),
            tr(
                "residents of the group within the standard of the task who have no outlet within "
                "it now; who is near two tasks counts at both, so this column has no total"
            ),
        ),
        (
            tr("public money of a category"),
            tr("a task that adds several categories counts at each of them with an equal share"),
        ),
        (
            tr("totals"),
            tr("follow the filter of their table; those of the money are formulas over the tasks"),
        ),
    ]


def _checks() -> list[tuple[str, str]]:
    return [
        (
            "siting verify",
            tr(
                "followed by the folder of this file: works coverage, money and objective out from "
                "the data once more, without a solver, and says where plan.json differs"
            ),
        ),
        (
            "plan.json",
            tr("beside this file: the plan in figures, with the proof of its gap"),
        ),
    ]
