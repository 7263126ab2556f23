"""How much a file that anybody may have made may hold, as it lies there and as it is unpacked."""

from __future__ import annotations

import os

from siting.errors import Problem
from siting.language import tr

# Processes that a command starts inherit it with the environment.
LIMIT = "SITING_FILE_MB"
_MEGABYTE = 1 << 20
_USUAL_LIMIT = 256


def most_bytes() -> int:
    """How large a file may be, as it lies there and as it is unpacked."""
    said = os.environ.get(LIMIT, "")
    megabytes = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else _USUAL_LIMIT
    return megabytes * _MEGABYTE


def most_text() -> int:
    """How many signs a YAML file may have: in memory each takes some hundred bytes."""
    return most_bytes() // 64


def most_cells() -> int:
    """How many cells a table may have."""
    return most_bytes() // 4


def too_large(label: str, most: int) -> Problem:
    """A file, or what it unpacks to, beyond the limit."""
    return Problem(
        code="too-large",
        where=label,
        found=tr("more than {megabytes:,} MB, as it lies there or unpacked", megabytes=most >> 20),
        expected=tr("a file of this kind within that limit"),
        mend=tr(
            "Leave out what is not needed; if you trust the file and have the memory, set "
            "{variable} to a larger number of MB.",
            variable=LIMIT,
        ),
    )


def too_many_cells(label: str) -> Problem:
    """A table of more cells than can be held."""
    return Problem(
        code="too-large",
        where=label,
        found=tr("more than {count:,} cells, empty ones counted", count=most_cells()),
        expected=tr("a table that ends where its contents end"),
        mend=tr(
            "Delete the empty rows and columns behind the table (Ctrl+End shows where it ends), or "
            "set {variable} to a larger number of MB.",
            variable=LIMIT,
        ),
    )
