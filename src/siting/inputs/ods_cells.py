"""What a sheet of an OpenDocument file shows and a plain reader of its values loses."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from siting.inputs.shown_units import Shown, shown_text, unit_that_counts

CONTENT = "content.xml"
_ERROR = re.compile(r"#[A-Z0-9/!?]+|Err:[0-9]+")
_CELLS = ("table-cell", "covered-table-cell")
_OUT_OF_SIGHT = ("collapse", "filter")


def read_ods(book: zipfile.ZipFile, name: str, extent: tuple[int, int]) -> Shown:
    """Reads one sheet.

    Args:
        book: The file.
        name: Of the sheet.
        extent: Rows and columns that its values have; nothing is read beyond.

    Raises:
        ParseError: It is no XML.
    """
    sheet, inside = _OdsSheet(*extent), False
    content = io.BytesIO(book.read(CONTENT))
    for event, one in ET.iterparse(content, events=("start", "end")):  # noqa: S314
        tag = _local(one.tag)
        if event == "start" and tag == "table":
            inside = _attributes(one).get("name") == name
        elif event == "end" and tag == "table-row":
            if inside:
                sheet.add_row(one)
            one.clear()
    return Shown(sheet.cells, frozenset(sheet.hidden), tuple(sheet.merged))


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _attributes(one: ET.Element) -> dict[str, str]:
    # `calcext:value-type` says more than `office:value-type`, and comes after it.
    return {_local(key): value for key, value in one.items()}


def _count(attributes: Mapping[str, str], name: str) -> int:
    said = attributes.get(name, "1")
    return int(said) if said.isdigit() and said.isascii() and len(said) < 10 else 1


@dataclass
class _OdsSheet:
    """One sheet as it is read, row by row."""

    height: int
    width: int
    row: int = 0
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add_row(self, element: ET.Element) -> None:
        """Takes the next row, or rows where it is repeated."""
        said = _attributes(element)
        first, self.row = self.row, self.row + _count(said, "number-rows-repeated")
        rows = range(first, min(self.row, self.height))
        if said.get("visibility") in _OUT_OF_SIGHT:
            self.hidden |= set(rows)
        for columns, cell in self._columns(element):
            if rows and columns:
                self._add_cell(rows, columns, cell)

    def _columns(self, element: ET.Element) -> Iterator[tuple[range, ET.Element]]:
        column = 0
        for cell in element:
            if _local(cell.tag) in _CELLS:
                end = column + _count(_attributes(cell), "number-columns-repeated")
                yield range(column, min(end, self.width)), cell
                column = end

    def _add_cell(self, rows: range, columns: range, cell: ET.Element) -> None:
        said = _attributes(cell)
        text = _shown(said, "".join(part for one in cell for part in one.itertext()))
        if text:
            self.cells |= {(row, column): text for row in rows for column in columns}
        down, right = _count(said, "number-rows-spanned"), _count(said, "number-columns-spanned")
        if down > 1 or right > 1:
            top, left = rows[0], columns[0]
            self.merged.append((top, left, top + down - 1, left + right - 1))


def _shown(said: Mapping[str, str], text: str) -> str:
    """What a cell shows, if its value does not say it."""
    formula, value = said.get("formula"), said.get("value")
    if said.get("value-type") == "error" or (formula and _ERROR.fullmatch(text.strip())):
        return text.strip() or "#N/A"
    if formula and not text and value is None:
        return formula.partition(":")[2] or formula
    if value is None:
        return ""
    if said.get("value-type") == "percentage":
        return shown_text(value, "%")
    return shown_text(value, unit_that_counts(re.split("[0-9]", text)[-1].strip(" ,.")))
