"""Excel sheets as text cells, with what Excel shows and a plain reader of values loses.

A percent stays a percent, an error of Excel and a formula that was never calculated stay visible,
and rows or columns of nothing beyond the last cell with content are no rows.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from siting.errors import InputError
from siting.inputs import excel
from siting.inputs.characters import clean
from siting.inputs.files import ARCHIVE_FAULTS
from siting.inputs.header_units import read_unit
from siting.inputs.table_problems import no_header, unreadable
from siting.language import tr

MergedBlock = tuple[int, int, int, int]
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A cell ends before the next one begins, so that a file of beginnings takes no time squared.
_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*?)(?:/>|>([^<]*(?:<(?!/?(?:\w+:)?c\b)[^<]*)*)</(?:\w+:)?c>)"
)
_ADDRESS = re.compile(rb"[A-Z]{1,3}[0-9]{1,7}")
_ATTRIBUTE = re.compile(rb'\b([rst])="([^"]*)"')
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^<>]*>([^<]+)</(?:\w+:)?v>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^<>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)")
_PERCENT_FORMATS = {9, 10}
_LONGEST_MERGED = 10_000
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*?\br="([0-9]{1,7})"')
# Colours and conditions of a format: [Red], [>=1000].
_BRACKETED = re.compile(r"\[[^\]]*\]")
_QUOTED = re.compile(r'"[^"]*"|\\.')


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
    rows = [[clean(cell) for cell in row] for row in sheet.rows]
    other, hidden = _not_in_values(content, sheet.name)
    for (row, column), text in other.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    rows = _trimmed(rows)
    if not rows:
        raise InputError([no_header(label)])
    _keep_merged(rows, sheet.merged)
    return Sheet(sheet.name, sheet.visible, rows, sheet.merged, hidden)


def _refuse_password(content: bytes, label: str) -> None:
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise InputError([unreadable(label, tr("it is protected by a password; save it without"))])


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


# --- what values alone do not say ----------------------------------------------------------------


_Cells = Mapping[tuple[int, int], str]


def _not_in_values(content: bytes, name: str) -> tuple[_Cells, frozenset[int]]:
    """Texts of cells that show a unit, an error or a formula, by position; and hidden rows."""
    if not content.startswith(b"PK"):
        return {}, frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            part = _sheet_part(book, name)
            if part is None:
                return {}, frozenset()
            data, units = book.read(part), _style_units(book)
    except (*ARCHIVE_FAULTS, ET.ParseError):
        return {}, frozenset()
    hidden = frozenset(int(row) - 1 for row in _HIDDEN.findall(data))
    if not units and b'"e"' not in data and b"f>" not in data and b"<f" not in data:
        return {}, hidden
    return dict(_odd_cells(data, units)), hidden


def _odd_cells(data: bytes, units: Mapping[int, str]) -> Iterator[tuple[tuple[int, int], str]]:
    for match in _CELL.finditer(data):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        inside, at = match[2] or b"", attributes.get(b"r")
        if at is None or not _ADDRESS.fullmatch(at):
            continue
        kind, value = attributes.get(b"t", b"n"), _VALUE.search(inside)
        formula = _FORMULA.search(inside)
        if kind == b"e" and value:
            yield _position(at), value[1].decode("utf-8", "replace")
        elif formula and not value and kind not in (b"str", b"inlineStr"):
            yield _position(at), "=" + (formula[1] or b"").decode("utf-8", "replace")
        elif kind == b"n" and value and (unit := units.get(_whole(attributes.get(b"s")) or 0)):
            # 0.07 * 100 is not 7 in floats; nobody writes percents to 12 digits.
            with suppress(ValueError):  # no number: then it is shown as it stands
                shown = float(value[1]) * (100 if unit == "%" else 1)
                yield _position(at), f"{shown:.12g}{unit}"


def _position(at: bytes) -> tuple[int, int]:
    """Row and column of `B12`, from 0."""
    letters = at.rstrip(b"0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return int(at[len(letters) :]) - 1, column - 1


def _whole(text: bytes | str | None) -> int | None:
    """A short whole number, or None."""
    return int(text) if text and text.isdigit() and text.isascii() and len(text) < 10 else None


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _sheet_part(book: zipfile.ZipFile, name: str) -> str | None:
    """The file of a sheet inside a workbook; None where it is none of the XML kind."""
    if "xl/workbook.xml" not in book.namelist():
        return None
    sheets = ET.fromstring(book.read("xl/workbook.xml")).iter()  # noqa: S314
    ids = [
        value
        for one in sheets
        if _local(one.tag) == "sheet" and one.get("name") == name
        for key, value in one.items()
        if _local(key) == "id"
    ]
    links = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id"): str(one.get("Target")) for one in links}
    target = targets.get(ids[0]) if ids else None
    if target is None:
        return None
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _style_units(book: zipfile.ZipFile) -> dict[int, str]:
    """What cell styles show behind a number and the number lacks: `%`, `万`; by their numbers."""
    if "xl/styles.xml" not in book.namelist():
        return {}
    root = ET.fromstring(book.read("xl/styles.xml"))  # noqa: S314
    formats: dict[int | None, str] = dict.fromkeys(_PERCENT_FORMATS, "%")
    for one in root.iter():
        if _local(one.tag) == "numFmt":
            formats[_whole(one.get("numFmtId"))] = _shown_unit(one.get("formatCode", ""))
    styles = next((one for one in root.iter() if _local(one.tag) == "cellXfs"), ())
    shown = (formats.get(_whole(one.get("numFmtId")), "") for one in styles)
    return {at: unit for at, unit in enumerate(shown) if unit}


def _shown_unit(code: str) -> str:
    """The unit that a format of Excel shows behind a number; empty where it changes no meaning."""
    positive = _QUOTED.sub("", code).partition(";")[0]
    if "%" in positive:
        return "%"
    behind = re.split("[0#?]", _BRACKETED.sub("", code).split(";")[0])[-1]
    text = re.sub(r'["\\]|_.', "", behind).strip(" ,.")
    unit = read_unit(text) if text else None
    changes = unit is not None and (unit.scale != 1 or unit.kind == "households")
    return text if changes or text == "‰" else ""
