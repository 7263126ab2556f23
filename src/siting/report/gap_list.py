"""The gap list as a file: what a year's plan starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.coverage import GapTable
from siting.inputs import Instance, describe_walking
from siting.inputs.walking import walking_facts
from siting.language import language, phrase, tr
from siting.report.csv_files import save_csv
from siting.report.sheets import SheetColumn, new_book, write_sheet_table
from siting.report.summary import group_name
from siting.report.words import category_names, place_heading, place_name, tier_name
from siting.report.workbook_about import write_pairs

PLACE_WORDS = {
    "circle": phrase("by circle"),
    "district": phrase("by district: no resident names a circle"),
    "city": phrase("the whole city: no resident names a circle or a district"),
}


def write_gaps(table: GapTable, instance: Instance, path: Path) -> Path:
    """Writes the gap list as Excel or CSV, by the suffix of the file.

    Args:
        table: The gaps, already cut down to what is wanted.
        instance: That they were found in.
        path: `.xlsx`, else CSV in UTF-8 with BOM, which Excel opens as it is.

    Raises:
        OSError: The file cannot be written.
    """
    if path.suffix.lower() == ".xlsx":
        return _write_workbook(table, instance, path)
    rows = table.rows.replace({np.inf: np.nan})
    save_csv(rows, path)
    return path


def gap_facts(table: GapTable, instance: Instance) -> dict[str, Any]:
    """The gap list as plain values, for `--json`."""
    return {
        "siting_gaps": 1,
        "instance": instance.name,
        "by": table.place_kind,
        "walking": walking_facts(instance),
        "note": instance.note,
        "gaps": _lines(table.rows),
        "by_category": _lines(table.by_category()),
    }


def gap_pairs(table: GapTable, instance: Instance) -> list[tuple[str, str]]:
    """What the numbers rest on, as names and texts."""
    return [
        (tr("instance"), instance.name),
        (tr("gaps"), tr(PLACE_WORDS[table.place_kind])),
        *gap_readings(),
        (tr("walking"), describe_walking(instance)),
        (tr("note"), instance.note or tr("none")),
    ]


def gap_readings() -> list[tuple[str, str]]:
    """What the columns of a gap list mean."""
    return [
        (
            tr("have"),
            tr(
                "outlets within the standard of somebody of the group who lives there, on "
                "whichever side of a boundary they stand"
            ),
        ),
        (
            tr("needed"),
            tr(
                "1 where anybody of the group lives, or residents / residents_per_outlet, rounded "
                "up"
            ),
        ),
        (tr("not covered"), tr("residents of the group with no outlet within the standard")),
    ]


def gaps_in_words(rows: pd.DataFrame, instance: Instance) -> pd.DataFrame:
    """Rows of a gap list with names for identifiers, and `name`, the category in words.

    Every column that says whether something is missing gets a twin, `missing_word`, ...
    """
    flags = {
        f"{column}_word": rows[column].map({True: tr("yes"), False: ""})
        for column in ("missing", "missing_after")
        if column in rows and rows[column].dtype == bool
    }
    words = {
        "place": rows["place"].map(place_name) if "place" in rows else None,
        "name": rows["category"].map(category_names(instance)) if "category" in rows else None,
        "tier": rows["tier"].map(tier_name) if "tier" in rows else None,
        "group": rows["group"].map(group_name) if "group" in rows else None,
    }
    known = {name: values for name, values in words.items() if values is not None}
    return rows.replace({np.inf: np.nan}).assign(**known, **flags)


def gap_columns(rows: pd.DataFrame, place: str) -> list[SheetColumn]:
    """The columns of a gap list, up to the walk to the nearest outlet."""
    inside = [SheetColumn("inside", tr("Of these inside"), "count")] if "inside" in rows else []
    return [
        SheetColumn("place", place, widest=22),
        SheetColumn("tier", tr("Tier")),
        SheetColumn("name", tr("Category"), widest=24),
        SheetColumn("group", tr("Group")),
        SheetColumn("standard_minutes", tr("Standard (min)"), "number"),
        SheetColumn("have", tr("Outlets in reach"), "count"),
        *inside,
        SheetColumn("needed", tr("Outlets needed"), "count"),
        SheetColumn("missing_word", tr("Missing"), marked="missing"),
        *_people(),
        SheetColumn("median_minutes", tr("Nearest, median (min)"), "minutes"),
        SheetColumn("worst_minutes", tr("Nearest, farthest home (min)"), "minutes"),
    ]


def code_column() -> SheetColumn:
    """The identifier of the category, for who looks a line up elsewhere; it is not printed."""
    return SheetColumn("category", tr("Category code"), printed=False)


def category_name(row: dict[str, Any]) -> str:
    """What a category is called in the language in use."""
    return str(row[f"name_{language()}"] or row["category"])


def _people() -> list[SheetColumn]:
    return [
        SheetColumn("residents", tr("Residents"), "count"),
        SheetColumn("uncovered", tr("Not covered"), "count", total=True),
        SheetColumn("share", tr("Share not covered"), "share", formula="{uncovered}/{residents}"),
    ]


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One object a row; what is not a finite number is null."""
    plain = frame.replace({np.inf: np.nan}).astype(object)
    columns = [str(column) for column in frame.columns]
    values = plain.where(plain.notna(), None).to_numpy(object).tolist()
    return [dict(zip(columns, line, strict=True)) for line in values]


def _write_workbook(table: GapTable, instance: Instance, path: Path) -> Path:
    place = place_heading(table.place_kind)
    missing = SheetColumn("missing", tr("Missing"), "count", total=True)
    kinds = [
        SheetColumn("name", tr("Category")),
        SheetColumn("group", tr("Group")),
        missing,
        *_people(),
    ]
    sheets = [
        (tr("Gaps"), table.rows, [*gap_columns(table.rows, place), code_column()]),
        (tr("By category"), table.by_category(), [*kinds, code_column()]),
        (tr("By place"), table.by_place(), [SheetColumn("place", place), missing, *_people()]),
    ]
    with new_book(path, instance) as book:
        for name, rows, columns in sheets:
            title = tr("{instance}: {sheet}", instance=instance.name, sheet=name)
            frame = gaps_in_words(rows, instance)
            write_sheet_table(book, book.page(name), title, frame, columns)
        about = book.page(tr("About"))
        write_pairs(book, about, tr("About"), gap_pairs(table, instance))
    return path
