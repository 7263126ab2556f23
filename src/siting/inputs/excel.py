"""Excel files, read in a process of their own: their reader may abort it, and no more than it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from siting.errors import InputError
from siting.inputs.files import check_archive
from siting.inputs.limits import most_bytes, most_cells, too_many_cells
from siting.inputs.table_problems import no_such, unreadable
from siting.language import tr

_CHILD = Path(__file__).with_name("excel_child.py")
# Seconds of a processor, and the memory that the reader itself takes, whatever it reads.
_MOST_SECONDS, _OWN_MEMORY, _PER_BYTE = 120, 1 << 29, 6


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file.

    Attributes:
        name: Of the sheet.
        visible: Names of all the sheets that a person sees.
        rows: Text by row, as long as the longest; empty rows at the end are left out.
        merged: Merged blocks: first row, first column, last row, last column, from 0.
        odd: Of an old `.xls`: row, column, text and format of each cell that shows more than its
            value; an error has no format.
        hidden: Of an old `.xls`: rows that are not shown, from 0.
    """

    name: str
    visible: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    odd: tuple[tuple[int, int, str, str], ...] = ()
    hidden: frozenset[int] = frozenset()


def read_sheet(content: bytes, label: str, wanted: str | None, *, shown: bool = False) -> Sheet:
    """Reads one sheet.

    Args:
        content: Of the file.
        label: What messages call it.
        wanted: Name of the sheet; None is the first.
        shown: Whether the first is the first that a person sees.

    Raises:
        InputError: It is no Excel file, damaged, lacks the sheet, or is too large.
    """
    check_archive(content, label)
    limits = [most_cells(), _OWN_MEMORY + _PER_BYTE * most_bytes(), _MOST_SECONDS]
    request = json.dumps({"sheet": wanted, "shown": shown, "limits": limits})
    ended = subprocess.run(  # noqa: S603 - our own program; what it reads it gets as bytes
        [sys.executable, "-I", str(_CHILD), request],
        input=content,
        capture_output=True,
        timeout=10 * _MOST_SECONDS,
        check=False,
    )
    if ended.returncode:
        # Out of memory or time, or a fault of the reader: for a sheet of an odd extent alike.
        raise InputError([too_many_cells(label)])
    said = json.loads(ended.stdout)
    if "names" in said:
        raise InputError([no_such(label, "sheet", str(wanted), said["names"])])
    if "error" in said:
        why = tr("not an Excel file ({error})", error=said["error"])
        raise InputError([unreadable(label, why)])
    if "cells" in said:
        raise InputError([too_many_cells(label)])
    merged = tuple((a, b, c, d) for a, b, c, d in said["merged"])
    odd = tuple((a, b, c, d) for a, b, c, d in said["odd"])
    visible = tuple(said["visible"])
    return Sheet(said["sheet"], visible, said["rows"], merged, odd, frozenset(said["hidden"]))
