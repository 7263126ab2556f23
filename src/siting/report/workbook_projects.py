"""Problems and projects in a plan's workbook: ledger of problems, project pool, acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.language import language, tr
from siting.report.facts import Facts
from siting.report.further_fields import add_sheet_fields, fields_of_offers
from siting.report.problem_ledger import problem_rows
from siting.report.sheets import Book, PlacedTable, SheetColumn, write_sheet_table
from siting.report.words import mode_name, place_heading
from siting.report.workbook_tasks import task_table


def write_problems(
    book: Book, sheet: Worksheet, facts: Facts, reserves: pd.DataFrame
) -> PlacedTable:
    """Writes the ledger of problems: what is lacking where, what is done, by whom, until when."""
    frame = problem_rows(facts, reserves).assign(closed="")
    columns = [
        SheetColumn("number", tr("No."), "index"),
        *([SheetColumn("district", tr("District"))] if frame["district"].any() else []),
        SheetColumn("place", place_heading(facts.gaps_before.place_kind), widest=24),
        SheetColumn("problem", tr("Problem"), widest=40),
        SheetColumn("measure", tr("Measure taken"), widest=44),
        SheetColumn("lead_unit", tr("Lead unit"), "fill", widest=16),
        SheetColumn("unit", tr("Responsible unit"), "fill", widest=16),
        SheetColumn("deadline", tr("Deadline"), "fill"),
        SheetColumn("progress", tr("Progress"), widest=16),
        SheetColumn("closed", tr("Closed on"), "date"),
    ]
    title = tr("Ledger of problems: required categories that are lacking now")
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def write_pool(book: Book, sheet: Worksheet, facts: Facts, reserves: pd.DataFrame) -> PlacedTable:
    """Writes the project pool: the tasks, then projects in reserve, the best first, with why."""
    unit = facts.instance.currency.shown_in
    columns = [
        SheetColumn("number", tr("No."), "index"),
        SheetColumn("kind", tr("Kind of project")),
        *([SheetColumn("year", tr("Year"), "index")] if facts.instance.years else []),
        SheetColumn("district", tr("District"), widest=18),
        SheetColumn("subdistrict", tr("Subdistrict")),
        SheetColumn("circle", tr("Community / circle"), widest=22),
        SheetColumn("where", tr("Site")),
        SheetColumn("names", tr("Category"), widest=24),
        SheetColumn("way", tr("Way of building")),
        SheetColumn("floor_area_m2", tr("Floor area (m²)"), "count"),
        SheetColumn("investment", tr("Total investment ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
        SheetColumn("people", tr("Residents newly covered"), "count"),
        SheetColumn("why", tr("Why it is in reserve"), widest=40),
        SheetColumn("offer_id", tr("Offer code"), printed=False),
    ]
    frame = pool_rows(facts, reserves)
    fields = fields_of_offers(facts.instance, frame["offer_id"], ["subdistrict"])
    frame, columns = add_sheet_fields(frame, columns, fields)
    title = tr("Project pool: tasks of the plan and projects in reserve")
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def pool_rows(facts: Facts, reserves: pd.DataFrame) -> pd.DataFrame:
    """The tasks and the reserves in one table, money in the unit that is shown."""
    scale = facts.instance.currency.shown_scale
    tasks = task_table(facts)
    tasks = tasks.assign(kind=tr("task"), people=tasks["newly_covered"], why="")
    spare = reserves.assign(
        kind=tr("reserve"),
        year=float("nan"),
        names=reserves[f"categories_{language()}"],
        way=reserves["mode"].map(mode_name),
        where=reserves["site"].where(reserves["site"] != "", reserves["site_id"]),
        people=reserves["more"],
        cost=reserves["cost"].astype(float) / scale,
        investment=reserves["investment"].astype(float) / scale,
    )
    shared = [
        *("kind", "year", "district", "subdistrict", "circle", "where", "names", "way"),
        *("floor_area_m2", "investment", "cost", "people", "why", "offer_id"),
    ]
    parts = [part[shared] for part in (tasks, spare) if len(part)] or [tasks[shared]]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(number=range(1, len(frame) + 1))


def write_acceptance(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes the acceptance table: what each task has to show, the rest to be filled in."""
    tasks, unit = task_table(facts), facts.instance.currency.shown_in
    blank = ("done_on", "spent", "verdict", "inspector", "inspected_on")
    frame = tasks.assign(shows=[_shows(line) for line in tasks.to_dict(orient="records")])
    frame = frame.assign(**dict.fromkeys(blank, ""))
    led = bool(frame["lead_unit"].any())
    columns = [
        SheetColumn("number", tr("No."), "index"),
        *([SheetColumn("year", tr("Year"), "index")] if facts.instance.years else []),
        SheetColumn("district", tr("District"), widest=18),
        SheetColumn("circle", tr("Community / circle"), widest=22),
        SheetColumn("where", tr("Site")),
        SheetColumn("shows", tr("To be shown"), widest=40),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
        *([SheetColumn("lead_unit", tr("Lead unit"), "fill", widest=16)] if led else []),
        SheetColumn("unit", tr("Responsible unit"), "fill", widest=16),
        SheetColumn("deadline", tr("Deadline"), "date"),
        SheetColumn("done_on", tr("Done on"), "date"),
        SheetColumn("spent", tr("Money paid ({unit})", unit=unit), "fill"),
        SheetColumn("verdict", tr("Verdict"), "fill"),
        SheetColumn("inspector", tr("Inspected by"), "fill"),
        SheetColumn("inspected_on", tr("Inspected on"), "date"),
    ]
    title = tr("Acceptance table: {instance}", instance=facts.instance.name)
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def _shows(line: Mapping[Any, Any]) -> str:
    area = line["floor_area_m2"]
    said = tr("{names} open for business", names=line["names"])
    if not isinstance(area, (int, float)) or area != area or not area:  # noqa: PLR0124 - NaN
        return said
    return tr("{said}, at least {area:,.0f} m²", said=said, area=area)
