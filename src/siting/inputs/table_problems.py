"""What can be wrong with a file as a whole, before its cells are looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from siting.errors import Problem
from siting.inputs.schema_problems import close_match

FORMATS = ".csv, .csv.gz, .xlsx, .xls, .xlsb, .ods, .gpkg, .geojson, .parquet"


def missing_file(entry: str, where: str, folder: Path) -> Problem:
    """A name without a file."""
    there = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    return Problem(
        code="missing-file",
        where=where,
        found=f"the name '{entry}' of a file that does not exist",
        expected=f"a file in {folder.resolve().name}, which has {', '.join(there) or 'no files'}",
        mend=f"{close_match(entry, there)}Put the file there or correct its name.",
    )


def unreadable(label: str, why: str) -> Problem:
    """A file that its reader cannot open."""
    return Problem(
        code="unreadable-file",
        where=label,
        found=f"a file that cannot be read: {why.strip()}",
        expected="a whole file of the kind its name says",
        mend="Open it with the program that wrote it and save it again.",
    )


_LONG_ROW = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def ragged(label: str, why: str) -> Problem:
    """Rows longer than the header, or a quote that never ends; `why` is what pandas says."""
    where, found = label, f"rows that do not fit the header: {why.strip()}"
    if match := _LONG_ROW.search(why):
        where, found = f"{label} row {match[2]}", f"{match[3]} cells, and {match[1]} in the header"
    elif match := _OPEN_QUOTE.search(why):
        # pandas counts these rows from 0, people from 1.
        where = f"{label} row {int(match[1]) + 1}"
        found = 'a quote (") that opens and never closes'
    return Problem(
        code="ragged-file",
        where=where,
        found=found,
        expected="as many cells in each row as the header has",
        mend='Look for a comma or a quote (") too much there; put texts with commas in quotes.',
    )


def no_header(label: str) -> Problem:
    """A file without any content."""
    return Problem(
        code="empty-file",
        where=label,
        found="nothing",
        expected="a header with the names of the columns, and rows",
        mend="Fill the file or name another one.",
    )


def unknown_format(label: str) -> Problem:
    """A suffix that no reader knows."""
    return Problem(
        code="unknown-format",
        where=label,
        found=f"a file of the kind '{Path(label).suffix}'",
        expected=f"one of {FORMATS}",
        mend="Save it as one of these.",
    )


def no_such(label: str, kind: str, name: str, names: Sequence[str]) -> Problem:
    """A sheet or layer that the file does not have."""
    return Problem(
        code=f"missing-{kind}",
        where=label,
        found=f"no {kind} '{name}'; the file has {', '.join(names)}",
        expected=f"the {kind} '{name}'",
        mend=f"{close_match(name, names)}Correct '{kind}' in the YAML.",
    )


def choose_layer(label: str, names: Sequence[str]) -> Problem:
    """Several layers, none of them named."""
    return Problem(
        code="missing-layer",
        where=label,
        found=f"{len(names)} layers: {', '.join(names)}",
        expected="a file of one layer, or its name in the YAML",
        mend=f"Write {{file: {label}, layer: {names[0]}}} with the layer that is meant.",
    )


def no_parquet(label: str) -> Problem:
    """Parquet without pyarrow."""
    return Problem(
        code="parquet-extra",
        where=label,
        found="a Parquet file, and pyarrow is not installed",
        expected="pyarrow, which reads Parquet",
        mend="Run 'pip install siting[parquet]', or save the table as CSV.",
    )
