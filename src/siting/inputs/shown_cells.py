"""What an Excel sheet shows and a plain reader of its values loses: units, errors, formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from xml.etree import ElementTree as ET

from siting.errors import InputError
from siting.inputs import excel
from siting.inputs.files import ARCHIVE_FAULTS
from siting.inputs.ods_cells import CONTENT, read_ods
from siting.inputs.shown_units import Shown, shown_text, shown_unit
from siting.inputs.table_problems import unreadable
from siting.language import tr

# A cell ends before the next one begins, so that a file of beginnings takes no time squared.
_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*?)(?:/>|>([^<]*(?:<(?!/?(?:\w+:)?c\b)[^<]*)*)</(?:\w+:)?c>)"
)
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?row\b([^<>]*)>|" + _CELL.pattern)
_ADDRESS = re.compile(rb"[A-Z]{1,3}[0-9]{1,7}")
_ATTRIBUTE = re.compile(rb'\b([rst])="([^"]*)"')
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^<>]*>([^<]+)</(?:\w+:)?v>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^<>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)")
_PERCENT_FORMATS = {9, 10}
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*?\br="([0-9]{1,7})"')


def read_shown(content: bytes, label: str, sheet: excel.Sheet) -> Shown:
    """Reads what the values of a sheet do not say.

    Raises:
        InputError: A part of the file that says it cannot be read.
    """
    if not content.startswith(b"PK"):
        cells = {(row, column): shown_text(value, shown_unit(code)) if code else value
                 for row, column, value, code in sheet.odd}  # fmt: skip
        return Shown({at: text for at, text in cells.items() if text}, sheet.hidden)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if CONTENT in book.namelist():
                extent = len(sheet.rows), max(map(len, sheet.rows), default=0)
                return read_ods(book, sheet.name, extent)
            part = _sheet_part(book, sheet.name)
            return Shown() if part is None else _of_xml(book.read(part), _style_units(book))
    except (*ARCHIVE_FAULTS, ET.ParseError) as error:
        raise InputError(
            [unreadable(label, tr("not an Excel file ({error})", error=error))]
        ) from None


def _of_xml(data: bytes, units: Mapping[int, str]) -> Shown:
    hidden = frozenset(int(row) - 1 for row in _HIDDEN.findall(data))
    if not units and b'"e"' not in data and b"f>" not in data and b"<f" not in data:
        return Shown({}, hidden)
    return Shown(dict(_odd_cells(data, units)), hidden)


def _odd_cells(data: bytes, units: Mapping[int, str]) -> Iterator[tuple[tuple[int, int], str]]:
    for at, attributes, inside in _cells(data):
        kind, value = attributes.get(b"t", b"n"), _VALUE.search(inside)
        formula = _FORMULA.search(inside)
        if kind == b"e" and value:
            yield at, value[1].decode("utf-8", "replace")
        elif formula and not value and kind not in (b"str", b"inlineStr"):
            yield at, "=" + (formula[1] or b"").decode("utf-8", "replace")
        elif kind == b"n" and value and (unit := units.get(_whole(attributes.get(b"s")) or 0)):
            with suppress(ValueError):  # no number: then it is shown as it stands
                yield at, shown_text(value[1], unit)


def _cells(data: bytes) -> Iterator[tuple[tuple[int, int], Mapping[bytes, bytes], bytes]]:
    """Position, attributes and content of each cell; positions are counted where none is said."""
    row = column = -1
    for match in _ROW_OR_CELL.finditer(data):
        attributes = dict(_ATTRIBUTE.findall(match[1] if match[2] is None else match[2]))
        said = attributes.get(b"r", b"")
        if match[2] is None:
            row, column = int(said) - 1 if _whole(said) else row + 1, -1
            continue
        column += 1
        if _ADDRESS.fullmatch(said):
            row, column = _position(said)
        yield (row, column), attributes, match[3] or b""


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
            formats[_whole(one.get("numFmtId"))] = shown_unit(one.get("formatCode", ""))
    styles = next((one for one in root.iter() if _local(one.tag) == "cellXfs"), ())
    shown = (formats.get(_whole(one.get("numFmtId")), "") for one in styles)
    return {at: unit for at, unit in enumerate(shown) if unit}
