"""Checks of single tables: columns, ids, numbers, texts; all vectorised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.inputs.characters import has_odd_digits
from siting.inputs.header_units import unit_of
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.inputs.layouts import Column, Layout
from siting.inputs.schema_problems import close_match
from siting.inputs.tables import Table
from siting.language import cut, has_unseen, joined, phrase, quoted, tr, without_unseen
from siting.units import plural

SHOWN_ROWS, _LONGEST_CELL = 5, 80


@dataclass(frozen=True)
class Wording:
    """The part of a problem that does not depend on the rows."""

    code: str
    expected: str
    mend: str
    severity: Literal["error", "warning"] = "error"


_PLACES = {
    phrase("row"): (
        phrase("{file} row {rows}"),
        phrase("{file} rows {rows}"),
        phrase("{file} rows {rows} and {more:,} more {noun}"),
    ),
    phrase("feature"): (
        phrase("{file} feature {rows}"),
        phrase("{file} features {rows}"),
        phrase("{file} features {rows} and {more:,} more {noun}"),
    ),
}


def shorten(items: Sequence[str], noun: str) -> str:
    """Joins the first five of many: `3, 9, 12, 13, 14 and 85 more rows`."""
    shown, more = joined(items[:SHOWN_ROWS]), len(items) - SHOWN_ROWS
    if more <= 0:
        return shown
    return tr("{shown} and {more:,} more {noun}", shown=shown, more=more, noun=plural(more, noun))


def place(table: Table, rows: Sequence[Any], column: str | None) -> str:
    """Names rows and column of a file: `residents.csv rows 3, 9, column residents`."""
    shown, more = joined(str(row) for row in rows[:SHOWN_ROWS]), len(rows) - SHOWN_ROWS
    one, many, most = _PLACES[table.counted]
    form = one if len(rows) == 1 else many if more <= 0 else most
    noun = plural(more, table.counted)
    where = tr(form, file=table.label, rows=shown, more=more, noun=noun) + _sources(table, rows)
    if column is None:
        return where
    return tr("{where}, column {column}", where=where, column=table.column_label(column))


def _sources(table: Table, rows: Sequence[Any]) -> str:
    """Where the rows come from, in a table that an import made of somebody's own files."""
    if "source" not in table.frame:
        return ""
    cells = table.frame["source"].reindex(list(rows)[:SHOWN_ROWS]).dropna()
    named = [str(cell) for cell in dict.fromkeys(cells) if ":" in str(cell)]
    return tr(" (from {sources})", sources=joined(named)) if named else ""


def row_problem(
    table: Table, column: str, bad: pd.Series[bool], wording: Wording, found: str | None = None
) -> list[Problem]:
    """One problem for all bad rows of one kind in one column, or none.

    Args:
        table: Whose rows are looked at.
        column: Our name of the column.
        bad: Whether each row is bad, with the table's index.
        wording: What to say of them.
        found: What was found, where it is not the cells themselves.
    """
    rows = list(bad.index[bad.to_numpy(bool)])
    if not rows:
        return []
    cells = map(_show, table.frame[column].loc[rows[:SHOWN_ROWS]])
    shown = found or joined(dict.fromkeys(cells))
    where = place(table, rows, column)
    return [Problem(wording.code, where, shown, wording.expected, wording.mend, wording.severity)]


def _show(cell: str) -> str:
    return quoted(cut(cell, _LONGEST_CELL)) if cell.strip() else tr("an empty cell")


def without_unseen_cells(table: Table) -> tuple[Table, list[Problem]]:
    """Takes characters that no reader is meant to see out of the cells, and says where they were.

    Control characters and marks of direction steer terminals and mislead readers; they are often
    copied along from web pages and never meant.
    """
    frame, problems = table.frame, list[Problem]()
    for column in frame:
        cells = frame[column]
        if not has_unseen("".join(cells)):
            continue
        odd = cells.map(has_unseen)
        frame = frame.assign(**{str(column): cells.map(without_unseen)})
        wording = Wording(
            "control-character",
            tr("text without control characters and marks of direction"),
            tr("They were left out; type these cells anew."),
            "warning",
        )
        found = tr("characters that cannot be seen")
        problems += row_problem(table, str(column), odd, wording, found)
    return (replace(table, frame=frame) if problems else table), problems


def hidden_rows(table: Table) -> list[Problem]:
    """Says which rows are read though nobody who opens the file sees them."""
    rows = [row for row in table.frame.index if row in table.hidden]
    if not rows:
        return []
    return [
        Problem(
            code="hidden-rows",
            where=place(table, rows, None),
            found=tr("rows that are hidden, or left out by a filter of the sheet"),
            expected=tr("a sheet that shows what is read"),
            mend=tr("They are read as all others; delete them if they are not meant."),
            severity="warning",
        )
    ]


def check_table(table: Table, layout: Layout) -> tuple[pd.DataFrame, list[Problem]]:
    """Turns text cells into typed columns.

    Args:
        table: As read.
        layout: What its columns should be.

    Returns:
        The typed frame, still with the file's row numbers as index, without the optional columns
        that the file lacks; and every problem. The frame is of use only where no problem is an
        error.
    """
    problems = _missing_columns(table, layout)
    if table.frame.empty and not layout.may_be_empty:
        problems.append(_empty(table, layout))
    frame = table.frame.copy()
    for column in layout.columns:
        if column.name in frame:
            frame[column.name], found = _READ[column.kind](table, column)
            problems += found
    if layout.key and layout.key in frame:
        problems += _duplicate_ids(table, frame[layout.key], layout.key)
    return frame, problems


def _missing_columns(table: Table, layout: Layout) -> list[Problem]:
    present = [str(column) for column in table.frame.columns if column]
    needed = [column.name for column in layout.columns if column.required]
    if not set(needed) & set(present):
        return [_no_header(table, present, needed)]
    return [
        Problem(
            code="missing-column",
            where=_header(table),
            found=tr(
                "no column '{name}'; the file has {names}",
                name=column.name,
                names=joined(present),
            ),
            expected=tr(
                "the column '{name}': {meaning}", name=column.name, meaning=tr(column.meaning)
            ),
            mend=close_match(column.name, present)
            + tr(
                "Add or rename the column, or say in the YAML which one it is: "
                "columns: {{{name}: the file's name}}.",
                name=column.name,
            ),
        )
        for column in layout.columns
        if column.required and column.name not in table.frame
    ]


def _header(table: Table) -> str:
    """Where the names of the columns stand."""
    if table.counted != "row":
        return table.label
    return tr("{file} row {rows}", file=table.label, rows=1)


def _no_header(table: Table, present: list[str], needed: list[str]) -> Problem:
    return Problem(
        code="missing-header",
        where=_header(table),
        found=tr("none of the columns; the file has {names}", names=joined(present)),
        expected=tr("the columns {names}", names=joined(needed)),
        mend=tr(
            "Delete titles above the header, rename the columns, or say in the YAML which one is "
            "which: columns: {{{name}: the file's name, ...}}.",
            name=needed[0],
        ),
    )


def _empty(table: Table, layout: Layout) -> Problem:
    return Problem(
        code="empty-table",
        where=table.label,
        found=tr("a header and no rows"),
        expected=tr("at least one row of {table}", table=layout.role),
        mend=tr("Fill the table or name another file."),
    )


def _duplicate_ids(table: Table, ids: pd.Series[str], key: str) -> list[Problem]:
    bad = ids.duplicated(keep=False) & ids.ne("")
    wording = Wording(
        "duplicate-id",
        tr("each {column} once", column=table.column_label(key)),
        tr("Give each row an id of its own."),
    )
    return row_problem(table, key, bad, wording)


# --- cells --------------------------------------------------------------------------------------


def _read_id(table: Table, column: Column) -> tuple[pd.Series[Any], list[Problem]]:
    values = table.frame[column.name].str.strip()
    problems = _spreadsheet_errors(table, column, values)
    return values, problems + ([] if column.blank else _blank_cells(table, column, values.eq("")))


_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")


def _spreadsheet_errors(table: Table, column: Column, values: pd.Series[str]) -> list[Problem]:
    """Texts that a spreadsheet writes where it could not work a cell out."""
    wording = Wording(
        "spreadsheet-error",
        tr(column.meaning),
        tr("Correct the formula, or write the value itself."),
    )
    return row_problem(table, column.name, values.isin(_ERRORS), wording)


def _read_text(table: Table, column: Column) -> tuple[pd.Series[Any], list[Problem]]:
    return _read_id(table, column)


def _read_list(table: Table, column: Column) -> tuple[pd.Series[Any], list[Problem]]:
    """Writes `a; b；a` as `a;b`, one parse for each distinct cell."""
    cells = table.frame[column.name]
    values = cells.map({cell: join_list(split_list(cell)) for cell in cells.unique()})
    values = values.astype(cells.dtype)
    return values, [] if column.blank else _blank_cells(table, column, values.eq(""))


def split_list(cell: str) -> list[str]:
    """Opens an `a;b` cell; each part once, in order."""
    parts = unicodedata.normalize("NFKC", cell).split(CATEGORY_SEPARATOR)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def join_list(parts: Iterable[str]) -> str:
    """Writes an `a;b` cell."""
    return CATEGORY_SEPARATOR.join(parts)


def _read_number(table: Table, column: Column) -> tuple[pd.Series[Any], list[Problem]]:
    cells = table.frame[column.name].str.strip()
    values = to_numbers(cells)
    blank = cells.eq("")
    no_number = ~blank & ~np.isfinite(values)
    too_small = values.le(column.least) if column.above else values.lt(column.least)
    too_large = values.abs().gt(column.most) | values.abs().between(
        0, column.least_step, inclusive="neither"
    )
    broken = column.whole & values.mod(1).gt(0)
    problems = row_problem(table, column.name, no_number, _wording("not-a-number", column))
    problems += row_problem(table, column.name, too_small, _wording("out-of-range", column))
    problems += row_problem(table, column.name, too_large, _size_wording(column))
    problems += row_problem(table, column.name, broken, _wording("not-whole", column))
    if not column.blank:
        problems += _blank_cells(table, column, blank)
    return values, [*problems, *_doubts(table, column)]


_POINTED = re.compile(r"[1-9]\d{0,2}\.\d{3}")


def has_points_for_commas(cells: pd.Series[str]) -> bool:
    """Whether all numbers look like 12.000, which is twelve thousand in half of the world."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(map(_POINTED.fullmatch, filled))


def _doubts(table: Table, column: Column) -> Iterator[Problem]:
    """A unit in the file's own name of a column, and points that may be thousands."""
    name = table.file_columns.get(column.name, "")
    unit = unit_of(name)
    people = column.name == "residents" and (unit.kind == "households" or name.endswith("户数"))
    if unit.scale != 1 or unit.kind == "%" or people:
        yield Problem(
            code="header-unit",
            where=_header(table),
            found=tr("a unit in the name of the column '{name}'", name=name),
            expected=tr(column.meaning),
            mend=tr("Write plain numbers into a column of their own, or import the file with "
                    "'siting prepare', which counts units in."),
        )  # fmt: skip
    if table.counted == "row" and has_points_for_commas(table.frame[column.name]):
        yield Problem(
            code="points-for-commas",
            where=place(table, list(table.frame.index), column.name),
            found=tr("three digits behind each point: {cell}",
                     cell=quoted(table.frame[column.name].iloc[0])),
            expected=tr("plain numbers, with points before decimals alone"),
            mend=tr("If thousands are meant, write them without points."),
            severity="warning",
        )  # fmt: skip


def to_numbers(cells: pd.Series[str]) -> pd.Series[float]:
    """Reads plain and full-width numbers; NaN where a cell is anything else."""
    plain = cells
    good = pd.to_numeric(cells, errors="coerce").notna()
    odd = ~good & cells.ne("")
    if odd.any():
        odd &= ~cells.where(odd, "").map(has_odd_digits).astype(bool)
    if odd.any():
        plain = cells.mask(odd, cells[odd].map(lambda cell: unicodedata.normalize("NFKC", cell)))
        good |= pd.to_numeric(plain, errors="coerce").notna()
    values = pd.Series(np.nan, index=cells.index)
    # Python's own parser is exact to the last bit; that of pandas differs between versions.
    values[good] = plain[good].to_numpy(object).astype(float)
    return values


_MENDS = {
    "not-a-number": phrase("Write plain numbers, without units, words or thousands separators."),
    "out-of-range": phrase("Correct these cells."),
    "not-whole": phrase("Correct these cells."),
}


def _wording(code: str, column: Column) -> Wording:
    return Wording(code, tr(column.meaning), tr(_MENDS[code]))


def _size_wording(column: Column) -> Wording:
    """Of numbers that sums of others could not hold exactly."""
    form = phrase("{meaning}, not beyond {most:g}, nor between 0 and {least:g}")
    least = column.least_step
    expected = tr(form, meaning=tr(column.meaning), least=least, most=column.most)
    return Wording("out-of-range", expected, tr("Correct these cells."))


def _blank_cells(table: Table, column: Column, blank: pd.Series[bool]) -> list[Problem]:
    code = "missing-id" if column.kind == "id" else "missing-value"
    wording = Wording(
        code,
        tr(column.meaning),
        tr("Fill these cells, or delete the rows if they are totals or notes."),
    )
    return row_problem(table, column.name, blank, wording)


_READ = {"id": _read_id, "text": _read_text, "number": _read_number, "list": _read_list}
