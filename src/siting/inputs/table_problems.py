"""What can be wrong with a file as a whole, before its cells are looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from siting.errors import Problem
from siting.inputs.schema_problems import close_match
from siting.language import joined, phrase, tr
from siting.units import listed

FORMATS = (
    ".csv",
    ".csv.gz",
    ".xlsx",
    ".xls",
    ".ods",
    ".gpkg",
    ".geojson",
    ".parquet",
)
# What a file may hold several of.
KINDS = (phrase("sheet"), phrase("layer"))


def missing_file(entry: str, where: str, folder: Path) -> Problem:
    """A name without a file."""
    there = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    return Problem(
        code="missing-file",
        where=where,
        found=tr("the name '{name}' of a file that does not exist", name=entry),
        expected=tr(
            "a file in {folder}, which has {names}",
            folder=folder.resolve().name,
            names=joined(there) or tr("no files"),
        ),
        mend=close_match(entry, there) + tr("Put the file there or correct its name."),
    )


def unreadable(label: str, why: str) -> Problem:
    """A file that its reader cannot open."""
    return Problem(
        code="unreadable-file",
        where=label,
        found=tr("a file that cannot be read: {why}", why=why.strip()),
        expected=tr("a whole file of the kind its name says"),
        mend=tr("Open it with the program that wrote it and save it again."),
    )


_LONG_ROW = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


def ragged(label: str, why: str) -> Problem:
    """Rows longer than the header, or a quote that never ends; `why` is what pandas says."""
    where, found = label, tr("rows that do not fit the header: {why}", why=why.strip())
    if match := _LONG_ROW.search(why):
        where = tr("{file} row {rows}", file=label, rows=match[2])
        found = tr("{count} cells, and {header} in the header", count=match[3], header=match[1])
    elif match := _OPEN_QUOTE.search(why):
        # pandas counts these rows from 0, people from 1.
        where = tr("{file} row {rows}", file=label, rows=int(match[1]) + 1)
        found = tr('a quote (") that opens and never closes')
    return Problem(
        code="ragged-file",
        where=where,
        found=found,
        expected=tr("as many cells in each row as the header has"),
        mend=tr('Look for a comma or a quote (") too much there; put texts with commas in quotes.'),
    )


def no_header(label: str) -> Problem:
    """A file without any content."""
    return Problem(
        code="empty-file",
        where=label,
        found=tr("nothing"),
        expected=tr("a header with the names of the columns, and rows"),
        mend=tr("Fill the file or name another one."),
    )


def unknown_format(label: str) -> Problem:
    """A suffix that no reader knows."""
    return Problem(
        code="unknown-format",
        where=label,
        found=tr("a file of the kind '{suffix}'", suffix=Path(label).suffix),
        expected=tr("one of {names}", names=joined(FORMATS)),
        mend=tr("Save it as one of these."),
    )


def no_barrier_format(label: str) -> Problem:
    """A table where a layer of lines is due."""
    return Problem(
        code="unknown-format",
        where=label,
        found=tr("a file of the kind '{suffix}'", suffix=Path(label).suffix),
        expected=tr("a layer of lines: .geojson, .gpkg or .shp"),
        mend=tr("Save the lines as one of these, in QGIS with 'Save Features As'."),
    )


def not_lines(label: str, rows: Sequence[str]) -> Problem:
    """Barriers that are points, areas or nothing."""
    form = phrase("{file} feature {rows}")
    if len(rows) > 1:
        form = phrase("{file} features {rows}")
    return Problem(
        code="not-a-line",
        where=tr(form, file=label, rows=listed(rows)),
        found=tr("something else than a line"),
        expected=tr("lines, such as railways, rivers and arterial roads"),
        mend=tr("Name the layer of lines; of an area take the boundary or the middle line."),
    )


def no_such(label: str, kind: str, name: str, names: Sequence[str]) -> Problem:
    """A sheet or layer that the file does not have."""
    return Problem(
        code=f"missing-{kind}",
        where=label,
        found=tr(
            "no {kind} '{name}'; the file has {names}",
            kind=tr(kind),
            name=name,
            names=joined(names),
        ),
        expected=tr("the {kind} '{name}'", kind=tr(kind), name=name),
        mend=close_match(name, names) + tr("Correct '{key}' in the YAML.", key=kind),
    )


def choose_layer(label: str, names: Sequence[str]) -> Problem:
    """Several layers, none of them named."""
    return Problem(
        code="missing-layer",
        where=label,
        found=tr("{count} layers: {names}", count=len(names), names=joined(names)),
        expected=tr("a file of one layer, or its name in the YAML"),
        mend=tr(
            "Write {{file: {file}, layer: {layer}}} with the layer that is meant.",
            file=label,
            layer=names[0],
        ),
    )


def no_parquet(label: str) -> Problem:
    """Parquet without pyarrow."""
    return Problem(
        code="parquet-extra",
        where=label,
        found=tr("a Parquet file, and pyarrow is not installed"),
        expected=tr("pyarrow, which reads Parquet"),
        mend=tr("Run 'pip install siting[parquet]', or save the table as CSV."),
    )
