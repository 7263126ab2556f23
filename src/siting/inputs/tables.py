"""Readers: a file becomes a table of text cells, numbered as a person sees its rows.

Everything is read as text first, so that ids keep their leading zeros and a bad number can be
shown as it stands in the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import InputError, Problem
from siting.inputs.delimited import other_separator, refuse_cut_end, swallowed, swallows
from siting.inputs.files import gunzip, read_file
from siting.inputs.layer_files import SIBLINGS, read_layer_file
from siting.inputs.layers import pending, refuse_scattered
from siting.inputs.limits import most_cells, too_many_cells
from siting.inputs.schema_problems import close_match
from siting.inputs.schemas import FileEntry
from siting.inputs.sheets import is_number, read_sheet
from siting.inputs.table_problems import (
    no_header,
    no_parquet,
    ragged,
    unknown_format,
    unreadable,
)
from siting.inputs.text import cell_text, decode_text
from siting.language import joined, phrase, quoted, tr, without_unseen
from siting.units import listed

Rows = Sequence[Sequence[object]]
_MOST_COLUMNS = 16_384
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json")


@dataclass(frozen=True)
class Table:
    """One file's cells as text, under our column names.

    Attributes:
        label: What messages call it, e.g. `data.xlsx sheet '居民'`.
        frame: Text cells, empty where the file has none; the index is the row a person sees.
        crs: The layer's own coordinate system, where the format carries one.
        file_columns: What the file calls our columns, where it differs.
        counted: What messages count: rows of a table (header is row 1), features of a layer.
        hidden: Rows of a sheet that are not shown, as a person counts them.
    """

    label: str
    frame: pd.DataFrame
    crs: str | None = None
    file_columns: Mapping[str, str] = field(default_factory=dict)
    counted: str = "row"
    hidden: frozenset[int] = frozenset()

    def column_label(self, name: str) -> str:
        """What messages call a column: the file's own name for it."""
        return self.file_columns.get(name, name)


@dataclass(frozen=True)
class Source:
    """A file of the folder: its bytes and how the YAML wants it read.

    Attributes:
        path: Where it is.
        entry: How it is to be read.
        content: Its bytes.
        beside: The other files of a shapefile: their bytes by name, relative to the folder.
    """

    path: Path
    entry: FileEntry
    content: bytes
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by name, of a shapefile's other files too."""
        others = {name: hashlib.sha256(part).hexdigest() for name, part in self.beside.items()}
        return {self.entry.file: self.digest, **others}


def open_source(folder: Path, entry: FileEntry, where: str | None = None) -> Source:
    """Reads the bytes of one file.

    Args:
        folder: That the name is relative to.
        entry: The file.
        where: What names the file, for messages.

    Raises:
        InputError: It is missing, outside the folder, no regular file, or cannot be read.
    """
    path, content = folder / entry.file, read_file(folder, entry.file, where)
    if _suffix(path) != ".shp":
        return Source(path, entry, content)
    ends = [end for suffix in SIBLINGS for end in (suffix, suffix.upper())]
    others = [Path(entry.file).with_suffix(end).as_posix() for end in ends]
    there = [name for name in others if (folder / name).exists()]
    return Source(path, entry, content, {name: read_file(folder, name, where) for name in there})


def read_table(source: Source) -> Table:
    """Reads one file into text cells.

    Raises:
        InputError: The format is unknown, the file is damaged, or its header is.
    """
    reader = _READERS.get(_suffix(source.path))
    if reader is None:
        raise InputError([unknown_format(source.entry.file)])
    return reader(source)


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return ".csv" if name.endswith(".csv.gz") else path.suffix.lower()


# --- text ---------------------------------------------------------------------------------------


def _read_csv(source: Source) -> Table:
    label = source.entry.file
    content = source.content
    if source.path.suffix.lower() == ".gz":
        content = gunzip(content, label)
    text = decode_text(content, label)
    if not text.strip():
        raise InputError([no_header(label)])
    _refuse_too_many_cells(label, text)
    _refuse_one_column(label, text)
    try:
        cells = pd.read_csv(
            io.StringIO(text), header=None, dtype=str, na_filter=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise InputError([ragged(label, str(error))]) from error
    refuse_cut_end(text, label)
    if '"' in text:
        _refuse_swallowed(label, cells)
    return _from_cells(label, cells, source.entry)


def _refuse_swallowed(label: str, cells: pd.DataFrame) -> None:
    """Refuses a cell that two stray quotes made of several rows."""
    for column in (cells[name] for name in cells):
        broken = column[column.fillna("").str.contains("[\r\n]")]
        for row, cell in broken.items():
            if swallows(cell, ",", cells.shape[1]):
                raise InputError([swallowed(label, int(str(row)) + 1)])


def _refuse_too_many_cells(label: str, text: str) -> None:
    """By the signs between them, and by the columns, of which a sheet has no more."""
    first = text.lstrip("\r\n").partition("\n")[0]
    if first.count(",") >= _MOST_COLUMNS or text.count(",") + text.count("\n") > most_cells():
        raise InputError([too_many_cells(label)])


def _from_cells(label: str, cells: pd.DataFrame, entry: FileEntry) -> Table:
    """Takes the first row as header; rows without any content are left out, yet counted."""
    cells = cells.fillna("")
    header = [str(name).strip() for name in cells.iloc[0]]
    frame = cells.iloc[1:].set_axis(header, axis=1)
    frame.index = pd.RangeIndex(2, len(cells) + 1)
    frame = frame[(frame != "").any(axis=1)]
    return _named(Table(label, frame), entry)


def _refuse_one_column(label: str, text: str) -> None:
    """Refuses a header with other separators than commas, or with a line in front of it."""
    first = text.lstrip("\ufeff").splitlines()[0]
    problem = other_separator(label, next(csv.reader([first]), [""]))
    if problem:
        raise InputError([problem])


# --- Excel, layers, Parquet ---------------------------------------------------------------------


def _read_excel(source: Source) -> Table:
    label = source.entry.file
    sheet = read_sheet(source.content, label, source.entry.sheet)
    label = tr("{file} sheet '{sheet}'", file=label, sheet=sheet.name)
    for top, left, bottom, right in sheet.merged:
        text = sheet.rows[top][left] if top < len(sheet.rows) else ""
        # A number in each row of a merged cell would be counted several times.
        if left == right and 0 < top < bottom and not is_number(text):
            for row in sheet.rows[top : bottom + 1]:
                row[left] = text
    table = _from_cells(label, pd.DataFrame(sheet.rows, dtype=str), source.entry)
    return replace(table, hidden=frozenset(row + 1 for row in sheet.hidden))


def read_layer(source: Source) -> Any:  # noqa: ANN401 - geopandas has no types
    """One layer of a file as a GeoDataFrame, or a plain frame where it has no geometry.

    Raises:
        InputError: It is damaged, lacks the layer, or has several and none is named.
    """
    beside = {Path(name).suffix.lower(): part for name, part in source.beside.items()}
    label = source.entry.file
    ending = pending(source.path)
    if ending:
        why = tr("changes wait in the file beside it that ends in {ending}; close the program that "
                 "has it open", ending=ending)  # fmt: skip
        raise InputError([unreadable(label, why)])
    frame = read_layer_file(label, source.content, source.entry.layer, beside)
    if hasattr(frame, "geometry"):
        refuse_scattered(label, frame)
    return frame


def _read_layer(source: Source) -> Table:
    import geopandas  # noqa: PLC0415

    frame = read_layer(source)
    if isinstance(frame, geopandas.GeoDataFrame):
        refuse_lines(source.entry.file, line_features(frame.geometry))
    return layer_table(source, frame)


def layer_table(source: Source, frame: Any) -> Table:  # noqa: ANN401 - geopandas has no types
    """A layer's cells as text, with the coordinates of a point of each feature."""
    import geopandas  # noqa: PLC0415

    label, layer = source.entry.file, source.entry.layer
    text = _frame_text(frame.drop(columns="geometry", errors="ignore"))
    crs = None
    if isinstance(frame, geopandas.GeoDataFrame):
        text = text.drop(columns=["x", "y"], errors="ignore").join(_points(frame.geometry))
        crs = frame.crs.to_string() if frame.crs is not None else None
    where = tr("{file} layer '{layer}'", file=label, layer=layer) if layer else label
    return _named(Table(where, _numbered(text, 1), crs, counted="feature"), source.entry)


def _points(geometry: Any) -> pd.DataFrame:  # noqa: ANN401 - geopandas has no types
    """Coordinates as text: of points themselves, of areas a point inside them."""
    points = geometry.representative_point()
    empty = (geometry.isna() | geometry.is_empty).to_numpy(bool)
    texts = {name: _coordinates(getattr(points, name), empty) for name in ("x", "y")}
    return pd.DataFrame(texts, index=geometry.index, dtype=str)


def _coordinates(values: pd.Series[float], empty: NDArray[np.bool_]) -> list[str]:
    return ["" if none else repr(float(v)) for v, none in zip(values, empty, strict=True)]


def line_features(geometry: Any) -> list[int]:  # noqa: ANN401 - geopandas has no types
    """The numbers of the features that are lines."""
    lines = geometry.geom_type.fillna("").str.contains("Line").to_numpy(bool)
    return [int(position) + 1 for position in np.flatnonzero(lines)]


def refuse_lines(label: str, features: Sequence[int]) -> None:
    """Refuses lines among places: a point somewhere on one is none.

    Raises:
        InputError: There are some.
    """
    rows = [str(number) for number in features]
    if rows:
        form = phrase("{file} feature {rows}")
        if len(rows) > 1:
            form = phrase("{file} features {rows}")
        problem = Problem(
            code="not-a-place",
            where=tr(form, file=label, rows=listed(rows)),
            found=tr("lines"),
            expected=tr("points, or areas, which stand for a point inside them"),
            mend=tr("Name the layer of points or areas."),
        )
        raise InputError([problem])


def _read_parquet(source: Source) -> Table:
    try:
        frame = pd.read_parquet(io.BytesIO(source.content))
    except ImportError as error:
        raise InputError([no_parquet(source.entry.file)]) from error
    except (OSError, ValueError) as error:
        raise InputError([unreadable(source.entry.file, str(error))]) from error
    return _named(Table(source.entry.file, _numbered(_frame_text(frame), 1)), source.entry)


def _numbered(frame: pd.DataFrame, first: int) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(first, first + len(frame)), axis=0)


def _frame_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column as text, missing values as empty text."""
    return pd.DataFrame({str(name): _series_text(frame[name]) for name in frame}, index=frame.index)


def _series_text(series: pd.Series[Any]) -> pd.Series[str]:
    if pd.api.types.is_float_dtype(series.dtype):
        texts = [cell_text(float(value)) for value in series.fillna(float("nan"))]
        return pd.Series(texts, index=series.index, dtype=str).mask(series.isna(), "")
    return series.astype(object).where(series.notna(), "").astype(str)


_READERS: Mapping[str, Callable[[Source], Table]] = {
    ".csv": _read_csv,
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), _read_excel),
    **dict.fromkeys(LAYER_SUFFIXES, _read_layer),
    ".parquet": _read_parquet,
}


# --- header -------------------------------------------------------------------------------------


def _named(table: Table, entry: FileEntry) -> Table:
    """Gives the columns our names and refuses a header that cannot be trusted."""
    table = replace(table, frame=table.frame.rename(columns=without_unseen))
    problems = [*_duplicate_columns(table), *_unknown_renames(table, entry.columns)]
    if problems:
        raise InputError(problems)
    ours = {theirs: name for name, theirs in entry.columns.items()}
    # A column that already has the name but is not the one meant would make two of it.
    shadowed = [c for c in table.frame if c in entry.columns and c not in ours]
    unnamed = [""] if "" in table.frame else []
    frame = table.frame.drop(columns=[*shadowed, *unnamed]).rename(columns=ours)
    return Table(table.label, frame, table.crs, dict(entry.columns), table.counted)


def _duplicate_columns(table: Table) -> list[Problem]:
    columns = pd.Series(list(table.frame.columns), dtype=object)
    twice = columns[columns.duplicated() & columns.ne("")].unique()
    return [
        Problem(
            code="duplicate-column",
            where=tr("{file} row {rows}", file=table.label, rows=1),
            found=tr(
                "the column '{name}' {count} times", name=name, count=int(columns.eq(name).sum())
            ),
            expected=tr("each column once"),
            mend=tr("Rename or delete the other one."),
        )
        for name in twice
    ]


def _unknown_renames(table: Table, renames: Mapping[str, str]) -> list[Problem]:
    present = [str(column) for column in table.frame.columns if column]
    if len(renames) > 1 and not set(renames.values()) & set(present):
        return [_other_header(table, present, list(renames.values()))]
    return [
        Problem(
            code="missing-column",
            where=tr("{file} row {rows}", file=table.label, rows=1),
            found=tr(
                "no column '{theirs}', which 'columns' names as our '{ours}'; the file has {names}",
                theirs=theirs,
                ours=ours,
                names=joined(present),
            ),
            expected=tr("the column '{name}'", name=theirs),
            mend=close_match(theirs, present) + tr("Correct 'columns' in the YAML, or the header."),
        )
        for ours, theirs in renames.items()
        if theirs not in present
    ]


def _other_header(table: Table, present: Sequence[str], wanted: Sequence[str]) -> Problem:
    """One problem for a table that is another one than 'columns' was written for."""
    return Problem(
        code="missing-header",
        where=tr("{file} row {rows}", file=table.label, rows=1),
        found=tr("none of the columns that 'columns' names; the file has {names}",
                 names=joined(present)),
        expected=tr("a header with {names}", names=joined(map(quoted, wanted))),
        mend=tr("Correct 'columns' in the YAML, or the header."),
    )  # fmt: skip
