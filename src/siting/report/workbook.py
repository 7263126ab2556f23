"""The plan as the workbook of a bureau: ledger, gaps, tasks, one plan a place, money, effects."""

from __future__ import annotations

from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from siting.language import phrase, tr
from siting.report.facts import Facts
from siting.report.gap_list import gap_readings
from siting.report.sheets import Book, new_book
from siting.report.summary import summary_pairs
from siting.report.workbook_about import add_heading, add_links, add_pairs, start_pairs
from siting.report.workbook_ledgers import write_effects, write_existing, write_gap_list
from siting.report.workbook_places import write_places
from siting.report.workbook_tasks import write_money, write_tasks

_PLACES = {
    "circle": phrase("One circle, one plan"),
    "district": phrase("One district, one plan"),
    "city": phrase("One city, one plan"),
}


def write_workbook(facts: Facts, path: Path) -> Path:
    """Writes the workbook, its names and headings in the language in use.

    Amounts are real numbers in the unit that the headings name; totals and shares are formulas
    that carry their values.

    Raises:
        OSError: The file cannot be written.
    """
    places = tr(_PLACES[facts.gaps_before.place_kind])
    with new_book(path, facts.instance) as book:
        about, existing = book.page(tr("About")), book.page(tr("What exists"))
        gaps, tasks = book.page(tr("Gap list")), book.page(tr("Annual tasks"))
        one_a_place, money = book.page(places), book.page(tr("Money"))
        brings = book.page(tr("Effects"))
        _write_about(book, about, facts, places)
        write_existing(book, existing, facts)
        write_gap_list(book, gaps, facts)
        placed = write_tasks(book, tasks, facts)
        write_places(book, one_a_place, places, facts)
        write_money(book, money, facts, placed)
        write_effects(book, brings, facts)
    return path


def _write_about(book: Book, sheet: Worksheet, facts: Facts, places: str) -> None:
    """What the plan is and rests on, what each sheet holds, how to read and to check it."""
    pairs = [pair for pair in summary_pairs(facts.plan) if pair[0] != tr("note")]
    title = tr("Annual improvement plan: {instance}", instance=facts.instance.name)
    row = add_pairs(book, sheet, start_pairs(book, sheet, title, pairs), pairs)
    row = add_heading(book, sheet, row, tr("Sheets"))
    row = add_links(book, sheet, row, _sheets(places))
    row = add_heading(book, sheet, row, tr("How to read it"))
    row = add_pairs(book, sheet, row, _readings())
    row = add_heading(book, sheet, row, tr("How to check it again"))
    row = add_pairs(book, sheet, row, _checks())
    sheet.print_area(0, 0, row - 1, 1)
    sheet.fit_to_pages(1, 1)


def _sheets(places: str) -> list[tuple[str, str]]:
    return [
        (tr("What exists"), tr("one line a place: how many outlets its residents reach")),
        (tr("Gap list"), tr("what is missing in which place, and what the plan leaves of it")),
        (
            tr("Annual tasks"),
            tr("one line a task, in the order of the residents that it alone reaches"),
        ),
        (places, tr("one page a place: key figures, gaps before and after, tasks")),
        (tr("Money"), tr("public money by category and district, added up from the tasks")),
        (tr("Effects"), tr("coverage before and after by category, group and district")),
    ]


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
