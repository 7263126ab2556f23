"""The ledger of outlets in a plan's workbook: a row an outlet, as the bureau's own table has it."""

from __future__ import annotations

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.inputs import Instance, split_categories
from siting.inputs.layouts import OUTLETS
from siting.language import tr
from siting.report.facts import Facts
from siting.report.further_fields import add_sheet_fields, further_fields
from siting.report.ledger_columns import answers, numbers, texts
from siting.report.sheets import Book, PlacedTable, SheetColumn, write_sheet_table
from siting.report.words import category_names

_TEXTS = ("district", "subdistrict", "community", "circle", "status")


def write_outlets(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes the ledger; columns that the data do not have are left out."""
    frame = outlet_rows(facts.instance)
    columns = [
        SheetColumn("number", tr("No."), "index"),
        SheetColumn("name", tr("Outlet"), widest=28),
        SheetColumn("district", tr("District"), widest=18),
        SheetColumn("subdistrict", tr("Subdistrict")),
        SheetColumn("community", tr("Community")),
        SheetColumn("circle", tr("Living circle"), widest=22),
        SheetColumn("names", tr("Category"), widest=30),
        SheetColumn("chain", tr("Chain")),
        SheetColumn("area", tr("Floor area (m²)"), "count", total=True),
        SheetColumn("status", tr("Status")),
        SheetColumn("source", tr("File and row"), widest=24),
        SheetColumn("outlet_id", tr("Outlet code"), printed=False),
    ]
    columns = [column for column in columns if not _says_nothing(frame[column.key])]
    fields = further_fields(facts.instance.outlets, OUTLETS, (*_TEXTS, "chain", "area", "source"))
    frame, columns = add_sheet_fields(frame, columns, fields)
    title = tr("Ledger of outlets: {instance}", instance=facts.instance.name)
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def outlet_rows(instance: Instance) -> pd.DataFrame:
    """One row an outlet: `number`, `outlet_id`, `names` (of its categories), and what is known."""
    outlets = instance.outlets
    names = category_names(instance)
    # Most outlets are of few kinds, so each kind is put into words once.
    kinds = pd.Series(outlets["categories"].unique())
    lines = split_categories(kinds).groupby("row")["category"]
    words = lines.agg(lambda parts: tr(", ").join(str(names[part]) for part in parts))
    named = outlets["categories"].map(dict(zip(kinds[words.index], words, strict=True)))
    chain = answers(outlets, "chain").map({1.0: tr("yes"), 0.0: tr("no")}).fillna("")
    plain = {name: _plain(outlets, name) for name in ("name", "source")}
    known = {name: texts(outlets, name) for name in _TEXTS}
    return pd.DataFrame(
        {
            "number": range(1, len(outlets) + 1),
            "outlet_id": outlets["outlet_id"],
            **plain,
            **known,
            "names": named.fillna(""),
            "chain": chain,
            "area": numbers(outlets, "area"),
        }
    )


def _plain(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[name].fillna("").astype(str)


def _says_nothing(values: pd.Series) -> bool:
    return bool((values.isna() | (values == "")).all()) and len(values) > 0
