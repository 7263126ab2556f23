"""Reads a sheet from standard input and writes it as JSON; run as a process, never imported.

It loads nothing of this package, so that it starts at once.
"""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any

_OLE = b"\xd0\xcf\x11\xe0"
# Formats that show nothing but digits.
_PLAIN = re.compile(r"General|[-0#?.,;_() ]*|\[[A-Za-z]+\]")


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _text(cell: object) -> str:
    """A cell as text; Excel keeps every number as a float, so 1001.0 is 1001."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _rows(sheet: Any) -> list[list[str]]:  # noqa: ANN401 - calamine has no types
    """All rows up to the last with a cell; a stray blank far below costs no memory."""
    rows: list[list[str]] = []
    blank: list[str] = []
    empty = 0
    # The reader leaves out the empty columns before the first cell, though not the rows above it.
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for cells in sheet.iter_rows():
        row = [_text(cell) for cell in cells] if any(cell != "" for cell in cells) else blank
        if any(row):
            rows += [blank] * empty
            rows.append(left + row)
        empty = 0 if any(row) else empty + 1
    return rows


def _fitted(rows: list[list[str]]) -> list[list[str]]:
    """Rows without the columns behind the last with a cell, all equally long."""
    used = (max((at + 1 for at, cell in enumerate(row) if cell), default=0) for row in rows)
    width = max(used, default=0)
    return [(row + [""] * (width - len(row)))[:width] for row in rows]


def _read(content: bytes, wanted: str | None, most: int, *, shown: bool) -> dict[str, Any]:
    from python_calamine import (  # noqa: PLC0415 - after the limits are set
        CalamineError,
        CalamineWorkbook,
        SheetVisibleEnum,
    )

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = list(book.sheet_names)
        seen = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        visible = seen or names
        if wanted is not None and wanted not in names:
            return {"names": names}
        sheet = book.get_sheet_by_name(wanted or (visible if shown else names)[0])
        if sheet.total_height * sheet.total_width > most:
            return {"cells": sheet.total_height * sheet.total_width}
        merged = [[*first, *last] for first, last in sheet.merged_cell_ranges or []]
        rows = _fitted(_rows(sheet))
    except (CalamineError, OSError, ValueError, IndexError) as error:
        return {"error": str(error)}
    odd, hidden = _unseen(content, sheet.name) if content.startswith(_OLE) else ([], [])
    said = {"sheet": sheet.name, "visible": visible, "rows": rows, "merged": merged}
    return said | {"odd": odd, "hidden": hidden}


def _unseen(content: bytes, name: str) -> tuple[list[Any], list[int]]:
    """What the values of an old Excel file lack: errors, formats of numbers; and hidden rows."""
    import xlrd  # noqa: PLC0415 - after the limits are set

    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
    sheet = book.sheet_by_name(name)
    codes = [book.format_map[one.format_key].format_str for one in book.xf_list]
    odd: list[Any] = []
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            code = "" if cell.xf_index is None else codes[cell.xf_index]
            if cell.ctype == xlrd.XL_CELL_ERROR:
                odd.append([row, column, xlrd.error_text_from_code.get(cell.value, "#?"), ""])
            elif cell.ctype == xlrd.XL_CELL_NUMBER and not _PLAIN.fullmatch(code):
                odd.append([row, column, repr(cell.value), code])
    return odd, [row for row, info in sheet.rowinfo_map.items() if info.hidden]


def main() -> None:
    """Reads the file from standard input as the first argument asks."""
    asked = json.loads(sys.argv[1])
    most, memory, seconds = asked["limits"]
    _limit(memory, seconds)
    try:
        said = _read(sys.stdin.buffer.read(), asked["sheet"], most, shown=asked["shown"])
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - faults of a damaged old file are of every kind
        said = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.buffer.write(json.dumps(said).encode("ascii"))


if __name__ == "__main__":
    main()
