"""Rows of a text with separators, so that no quote swallows a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from siting.errors import InputError, Problem
from siting.inputs.characters import plain_ends
from siting.inputs.table_problems import ragged, unreadable
from siting.language import phrase, tr, without_unseen

_LOOKED_AT = 4000
# Separators that are no comma, as messages name them.
_SIGNS = (
    (";", phrase("semicolons")),
    ("\t", phrase("tabs")),
    ("|", phrase("upright strokes")),
    ("，", phrase("full-width commas")),
)


def separator_of(text: str) -> str:
    """The sign between the cells: the one that stands in the most lines, and most often in them.

    Lists in cells, `便利店;早餐店`, may have more of them than there are columns; no header has.
    """
    lines = [line for line in text[:_LOOKED_AT].splitlines() if line.strip()]
    signs = [",", *(sign for sign, _ in _SIGNS)]
    return max(signs, key=lambda one: (sum(one in line for line in lines), text.count(one)))


def split_rows(text: str, label: str, delimiter: str) -> list[list[str]]:
    r"""Splits a text into rows of cells; rows may end with CR, LF or both, in any mixture.

    Raises:
        InputError: A quote is never closed, or two quotes took whole rows for one cell.
    """
    # Without translation of line ends, which would hide a lone CR from the reader.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        raise InputError([_broken(label, len(rows) + 1, str(error))]) from error
    width = max((len(row) for row in rows), default=0)
    for number, row in enumerate(rows, start=1):
        if any(swallows(cell, delimiter, width) for cell in row):
            raise InputError([swallowed(label, number)])
    return rows


def refuse_cut_end(text: str, label: str) -> None:
    """Refuses a text that ends in a row, before the line end, with fewer cells than all others.

    Raises:
        InputError: It does.
    """
    lines = without_unseen(plain_ends(text[-_LOOKED_AT:])).splitlines()[1:]
    if text.endswith(("\n", "\r")) or len(lines) < 3 or '"' in lines[-1]:
        return
    sign = separator_of(text)
    *others, last = (line.count(sign) for line in lines if line.strip())
    if len(set(others)) == 1 and last < others[0]:
        raise InputError([unreadable(label, tr("it ends in the middle of its last row"))])


def swallows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell holds as many separators as whole rows of `width` cells would have."""
    breaks = len(cell.splitlines()) - 1
    return breaks > 0 and width > 1 and cell.count(delimiter) == breaks * (width - 1)


def swallowed(label: str, row: int) -> Problem:
    """Two stray quotes that took what is between them for one cell."""
    return Problem(
        code="ragged-file",
        where=tr("{file} row {rows}", file=label, rows=row),
        found=tr('a quote (") that takes in the rows below it'),
        expected=tr("as many cells in each row as the header has"),
        mend=tr('Look for a comma or a quote (") too much there; put texts with commas in quotes.'),
    )


def _broken(label: str, row: int, why: str) -> Problem:
    if "unexpected end" in why:
        why = f"EOF inside string starting at row {row - 1}"
        return ragged(label, why)
    problem = swallowed(label, row)
    found = tr('a quote (") in the middle of a cell')
    return Problem(problem.code, problem.where, found, problem.expected, problem.mend)


def other_separator(label: str, header: Sequence[str]) -> Problem | None:
    """What is wrong with a header in one column, or with a line in front of it."""
    first = header[0] if header else ""
    if first.lower().startswith("sep=") or first.startswith("#"):
        return Problem(
            code="separator",
            where=tr("{file} row {rows}", file=label, rows=1),
            found=tr("the line '{text}' in front of the header", text=first[:40]),
            expected=tr("the names of the columns in the first row"),
            mend=tr("Delete this line."),
        )
    for sign, name in _SIGNS:
        if len([one for one in header if one]) == 1 and sign in first:
            return Problem(
                code="separator",
                where=tr("{file} row {rows}", file=label, rows=1),
                found=tr("one column, with {signs} in its name", signs=tr(name)),
                expected=tr("columns separated by commas"),
                mend=tr("Save the file again as CSV with commas, or as Excel."),
            )
    return None
