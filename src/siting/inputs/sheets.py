"""Excel sheets as text cells, with what Excel shows and a plain reader of values loses.

A percent stays a percent, an error of Excel and a formula that was never calculated stay visible,
and rows or columns of nothing beyond the last cell with content are no rows.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from siting.errors import InputError
from siting.inputs import excel
from siting.inputs.characters import plain_ends
from siting.inputs.files import ARCHIVE_FAULTS
from siting.inputs.shown_cells import read_shown
from siting.inputs.table_problems import no_header, unreadable
from siting.language import tr

MergedBlock = tuple[int, int, int, int]
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# In an old .xls, behind the begin of its first stream and the mark of one not to be written to.
_FILE_PASS = re.compile(rb"\x09\x08\x10\x00\x00\x06.{14}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_MANIFEST = "META-INF/manifest.xml"
_LONGEST_MANIFEST = 1_000_000
_LONGEST_MERGED = 10_000


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: Its name.
        visible: Names of the sheets that a person sees.
        rows: Text by row, all of one width.
        merged: Merged blocks: first row, first column, last row, last column, from 0.
        hidden: Rows that are not shown, from 0.
    """

    name: str
    visible: tuple[str, ...]
    rows: list[list[str]]
    merged: tuple[MergedBlock, ...]
    hidden: frozenset[int] = frozenset()


def visible_sheets(content: bytes, label: str) -> list[str]:
    """Names of the sheets that a person sees, in order.

    Raises:
        InputError: It is no Excel file, or one with a password.
    """
    _refuse_password(content, label)
    return list(excel.read_sheet(content, label, None, shown=True).visible)


def read_sheet(content: bytes, label: str, name: str | None) -> Sheet:
    """Reads a sheet.

    Args:
        content: The file.
        label: What messages call it.
        name: The sheet; None is the first that a person sees.

    Raises:
        InputError: It is no Excel file, has a password, lacks the sheet, is too large, or the
            sheet is empty.
    """
    _refuse_password(content, label)
    sheet = excel.read_sheet(content, label, name, shown=True)
    rows = [[plain_ends(cell) for cell in row] for row in sheet.rows]
    shown = read_shown(content, label, sheet)
    for (row, column), text in shown.cells.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    rows = _trimmed(rows)
    if not rows:
        raise InputError([no_header(label)])
    merged = sheet.merged or shown.merged
    _keep_merged(rows, merged)
    return Sheet(sheet.name, sheet.visible, rows, merged, shown.hidden)


def _refuse_password(content: bytes, label: str) -> None:
    if _is_encrypted(content):
        raise InputError([unreadable(label, tr("it is protected by a password; save it without"))])


def _is_encrypted(content: bytes) -> bool:
    """Whether an Excel or OpenDocument file says that what it holds is encrypted."""
    if content.startswith(_OLE):
        return _ENCRYPTED in content or _FILE_PASS.search(content) is not None
    if _MANIFEST.encode() not in content:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file, file.open(_MANIFEST) as part:
            return b"encryption-data" in part.read(_LONGEST_MANIFEST)
    except (*ARCHIVE_FAULTS, KeyError):
        return False  # said by the reader, as of any damaged file


def is_number(text: str) -> bool:
    """Whether a cell is a plain number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _trimmed(rows: Any) -> list[list[str]]:  # noqa: ANN401
    """Rows down to the last with content, and columns up to the last with content."""
    kept: list[list[str]] = []
    last, width = 0, 0
    for row in rows:
        kept.append(row)
        if any(row):
            last = len(kept)
            width = max(width, *(at + 1 for at, cell in enumerate(row) if cell))
    return [row[:width] + [""] * (width - len(row)) for row in kept[:last]]


def _keep_merged(rows: list[list[str]], blocks: tuple[MergedBlock, ...]) -> None:
    """Adds the rows at the end that have no cell but one merged into them."""
    ends = [bottom for top, left, bottom, _ in blocks if top < len(rows) and left < len(rows[0])
            and rows[top][left] and bottom - top < _LONGEST_MERGED]  # fmt: skip
    for _ in range(len(rows), max(ends, default=0) + 1):
        rows.append([""] * len(rows[0]))
