"""The files of a sweep: a page, a workbook, and pictures for slides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from siting.language import phrase, tr
from siting.report.pictures import SHOWN, as_png, slide
from siting.report.sheets import new_book, write_sheet_table
from siting.report.sweep_page import definition, sweep_charts, sweep_page
from siting.report.sweep_results import SweepResults, sweep_headline
from siting.report.sweep_tables import REPORT, sweep_tables
from siting.report.workbook_about import write_pairs

PAGE, BOOK, FIGURES = "frontier.html", "frontier.xlsx", "figures"
_SHEETS = {
    "frontier": phrase("Budgets"),
    "moves": phrase("Offers in and out"),
    "staged": phrase("In stages"),
    "draws": phrase("Draws"),
    "core": phrase("Surest offers"),
    "tornado": phrase("One at a time"),
    "points": phrase("Points"),
}


def write_sweep_files(
    results: SweepResults, folder: Path, day: date | None = None
) -> tuple[Path, ...]:
    """Writes the page, the workbook and the pictures of a sweep, in the language in use.

    Args:
        results: What they tell.
        folder: The sweep folder, where the run folders lie in `points/`.
        day: The date that the page bears; today if it is not given.

    Returns:
        The files.

    Raises:
        OSError: A file cannot be written, as when it is open in Excel.
    """
    results = replace(results, pages=_pages(results, folder))
    page = folder / PAGE
    part = page.with_name(page.name + ".part")
    today = day or datetime.now().astimezone().date()
    part.write_text(sweep_page(results, today), encoding="utf-8")
    part.replace(page)
    return (page, write_sweep_book(results, folder / BOOK), *_write_pictures(results, folder))


def _pages(results: SweepResults, folder: Path) -> frozenset[str]:
    """Folders of the points with a report: their links open it."""
    points = folder / "points"
    return frozenset(one for one in results.done["folder"] if (points / one / REPORT).is_file())


def write_sweep_book(results: SweepResults, path: Path) -> Path:
    """Writes the tables of a sweep as a workbook, a sheet each.

    Raises:
        OSError: The file cannot be written.
    """
    with new_book(path, results) as book:
        tables = sweep_tables(results)
        about = book.page(tr("About"))
        sheets = {key: book.page(tr(_SHEETS[key])) for key in tables}
        write_pairs(book, about, results.name, _about(results))
        for key, table in tables.items():
            frozen = 2 if table.columns[0].key in ("label", "group", "place") else 1
            write_sheet_table(book, sheets[key], table.title, table.frame, table.columns, frozen)
    return path


def _about(results: SweepResults) -> list[tuple[str, str]]:
    done = tr("{done:,} of {all:,}", done=len(results.done), all=len(results.points))
    shown = sweep_tables(results)
    return [
        (tr("result"), sweep_headline(results).replace("**", "")),
        (tr("Points with a plan"), done),
        *((tr(_SHEETS[key]), table.title) for key, table in shown.items()),
        (tr("How to read it"), definition(results)),
    ]


def _write_pictures(results: SweepResults, folder: Path) -> tuple[Path, ...]:
    target = folder / FIGURES
    charts = sweep_charts(results)
    if charts:
        target.mkdir(exist_ok=True)
    written = []
    for name, (draw, title) in charts.items():
        path = target / f"{name}.png"
        path.write_bytes(as_png(slide(draw(results, SHOWN), title, results)))
        written.append(path)
    return tuple(written)
