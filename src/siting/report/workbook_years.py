"""Years and sources in a plan's workbook: yearly tasks, breakdown by unit, money by source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.language import tr
from siting.report.facts import Facts
from siting.report.sheets import Book, PlacedTable, SheetColumn, write_sheet_table
from siting.report.workbook_tasks import task_table
from siting.report.years import year_rows


def write_years(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes a row a year: tasks, money against the year's own, and what is reached by its end."""
    unit = facts.instance.currency.shown_in
    columns = [
        SheetColumn("label", tr("Year")),
        SheetColumn("tasks", tr("Tasks"), "count", total=True),
        SheetColumn("outlets", tr("Outlets added"), "count", total=True),
        SheetColumn("limit", tr("Money of the year ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
        SheetColumn("left", tr("Left ({unit})", unit=unit), "money", formula="{limit}-{cost}"),
        SheetColumn("investment", tr("Total investment ({unit})", unit=unit), "money", total=True),
        SheetColumn("completeness", tr("Category completeness at its end"), "share"),
        SheetColumn("complete", tr("Complete circles at its end")),
        SheetColumn("communities", tr("Community coverage at its end"), "share"),
    ]
    title = tr("Tasks and money by year: {instance}", instance=facts.instance.name)
    return write_sheet_table(book, sheet, title, year_rows(facts), columns, frozen=1)


def write_breakdown(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes who has to do how much: a row a district, subdistrict, unit and year."""
    unit, frame = facts.instance.currency.shown_in, breakdown_rows(facts)
    columns = [
        SheetColumn("district", tr("District"), widest=18),
        SheetColumn("subdistrict", tr("Subdistrict")),
        SheetColumn("lead_unit", tr("Lead unit"), "fill", widest=18),
        SheetColumn("unit", tr("Responsible unit"), "fill", widest=18),
        *([SheetColumn("year", tr("Year"), "index")] if facts.instance.years else []),
        SheetColumn("tasks", tr("Tasks"), "count", total=True),
        SheetColumn("what", tr("What is built"), widest=60),
        SheetColumn("investment", tr("Total investment ({unit})", unit=unit), "money", total=True),
        SheetColumn("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
    ]
    title = tr("Breakdown of tasks: {instance}", instance=facts.instance.name)
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def breakdown_rows(facts: Facts) -> pd.DataFrame:
    """`district`, `subdistrict`, `lead_unit`, `unit`, `year`, `tasks`, `what`, and the money."""
    keys = ["district", "subdistrict", "lead_unit", "unit", "year"]
    tasks = task_table(facts)
    if tasks.empty:
        return pd.DataFrame(columns=[*keys, "tasks", "what", "investment", "cost"])
    frame = tasks.groupby(keys, sort=True).agg(
        tasks=("offer_id", "size"),
        what=("names", _counted),
        investment=("investment", "sum"),
        cost=("cost", "sum"),
    )
    return frame.reset_index()


def _counted(names: pd.Series[str]) -> str:
    """How often each thing is added, the most frequent first."""
    counts = names.value_counts(sort=True)
    return tr(", ").join(
        tr("{name} x {count}", name=name, count=count) if count > 1 else str(name)
        for name, count in counts.items()
    )


def write_funding(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes the money by source, a column a year."""
    unit, frame = facts.instance.currency.shown_in, funding_rows(facts)
    years = sorted(facts.instance.years)
    across = [
        SheetColumn(f"in{year}", tr("{year} ({unit})", year=year, unit=unit), "money", total=True)
        for year in years
    ]
    columns = [
        SheetColumn("source", tr("Source of the money"), widest=30),
        *across,
        SheetColumn("all", tr("In all ({unit})", unit=unit), "money", total=True),
        SheetColumn("share", tr("Share"), "share", formula="{all}/SUM({all_all})"),
    ]
    title = tr("Money by source and year ({unit})", unit=unit)
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def funding_rows(facts: Facts) -> pd.DataFrame:
    """One row a source of money: `source`, `in2026`, ..., `all`, `share`; in the shown unit.

    Public money is of the source that the bureau's table names, else just public; what a task's
    investment is beyond it comes from others.
    """
    tasks, scale = facts.tasks, facts.instance.currency.shown_scale
    public = tasks["funding"].where(tasks["funding"] != "", tr("public money"))
    lines = [
        pd.DataFrame({"source": public, "year": tasks["year"], "money": tasks["cost"]}),
        pd.DataFrame(
            {
                "source": tr("investment of others"),
                "year": tasks["year"],
                "money": (tasks["investment"].astype(float) - tasks["cost"]).clip(lower=0),
            }
        ),
    ]
    frame = pd.concat(lines, ignore_index=True)
    frame["money"] = frame["money"].astype(float) / scale
    sums = frame.groupby("source", sort=False)["money"].sum()
    table = pd.DataFrame(index=sums.index)
    for year in sorted(facts.instance.years):
        here = frame[frame["year"] == year].groupby("source")["money"].sum()
        table[f"in{year}"] = here.reindex(sums.index).fillna(0.0)
    table["all"] = sums
    table["share"] = sums / sums.sum() if sums.sum() else np.nan
    return table.reset_index()
