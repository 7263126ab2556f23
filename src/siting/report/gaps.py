"""The gap list as a file: what a year's plan starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from siting.coverage import GapTable
from siting.inputs import Instance, describe_walking
from siting.inputs.walking import walking_facts
from siting.language import language, phrase, tr
from siting.report.sheets import Column, make_formats, name_the_data, write_pairs, write_table

_PLACES = {
    "circle": ("生活圈\nCircle", "生活圈 By circle"),
    "district": ("旗县区\nDistrict", "旗县区 By district"),
    "city": ("城市\nCity", "城市 City"),
}
_TIERS = {"basic": "基本保障类", "quality": "品质提升类"}
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
    rows.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
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
        (tr("walking"), describe_walking(instance)),
        (tr("note"), instance.note or tr("none")),
    ]


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One object a row; what is not a finite number is null."""
    plain = frame.replace({np.inf: np.nan}).astype(object)
    columns = [str(column) for column in frame.columns]
    values = plain.where(plain.notna(), None).to_numpy(object).tolist()
    return [dict(zip(columns, line, strict=True)) for line in values]


def _write_workbook(table: GapTable, instance: Instance, path: Path) -> Path:
    place, title = _PLACES[table.place_kind]
    frame = table.rows.replace({np.inf: np.nan})
    missing = frame["missing"].map({True: "缺 missing", False: None})
    frame = frame.assign(missing=missing, tier=frame["tier"].map(_TIERS).fillna(frame["tier"]))
    sheets = [
        ("缺口清单 Gaps", frame, _gap_columns(place, inside="inside" in frame)),
        ("业态 By category", table.by_category(), _category_columns()),
        (title, table.by_place(), [Column("place", place, 20), *_people("缺口业态\nMissing")]),
    ]
    try:
        with xlsxwriter.Workbook(str(path)) as book:
            formats = make_formats(book)
            for name, part, columns in sheets:
                write_table(book.add_worksheet(name), part, columns, formats)
            write_pairs(book.add_worksheet("说明 About"), gap_pairs(table, instance), formats)
            name_the_data(book, instance)
    except FileCreateError as error:
        raise OSError(tr("{path} cannot be written: {error}", path=path, error=error)) from None
    return path


def _gap_columns(place: str, *, inside: bool) -> list[Column]:
    return [
        Column("place", place, 20),
        Column("name_zh", "业态", 18),
        Column("name_en", "Category", 22),
        Column("tier", "类别\nTier", 12),
        Column("group", "人群\nGroup", 10),
        Column("standard_minutes", "标准 (分钟)\nStandard (min)", 10, "count"),
        Column("have", "现有网点\nHave", 10, "count"),
        *([Column("inside", "其中位于本区\nInside", 12, "count")] if inside else []),
        Column("needed", "应有\nNeeded", 8, "count"),
        Column("missing", "是否缺\nMissing", 10),
        Column("residents", "居民\nResidents", 12, "count"),
        Column("uncovered", "未覆盖居民\nNot covered", 12, "count", total=True),
        Column("share", "未覆盖率\nShare", 10, "share"),
        Column("median_minutes", "最近 (中位, 分钟)\nNearest, median (min)", 12, "minutes"),
        Column("worst_minutes", "最近 (最远者, 分钟)\nNearest, worst (min)", 12, "minutes"),
        Column("category", "业态代码\nCategory code", 24),
    ]


def _category_columns() -> list[Column]:
    return [
        Column("name_zh", "业态", 18),
        Column("name_en", "Category", 22),
        Column("group", "人群\nGroup", 10),
        *_people("缺口数\nMissing in"),
        Column("category", "业态代码\nCategory code", 24),
    ]


def _people(missing: str) -> list[Column]:
    return [
        Column("missing", missing, 10, "count", total=True),
        Column("residents", "居民\nResidents", 12, "count"),
        Column("uncovered", "未覆盖居民\nNot covered", 12, "count", total=True),
        Column("share", "未覆盖率\nShare", 10, "share"),
    ]


def category_name(row: dict[str, Any]) -> str:
    """What a category is called in the language in use."""
    return str(row[f"name_{language()}"] or row["category"])
