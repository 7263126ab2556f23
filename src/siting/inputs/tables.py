"""Readers: a file becomes a table of text cells, numbered as a person sees its rows.

Everything is read as text first, so that ids keep their leading zeros and a bad number can be
shown as it stands in the file.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import InputError, Problem, reason
from siting.inputs.schema_problems import close_match
from siting.inputs.schemas import FileEntry
from siting.inputs.table_problems import (
    choose_layer,
    missing_file,
    no_header,
    no_parquet,
    no_such,
    ragged,
    unknown_format,
    unreadable,
)
from siting.language import joined, phrase, tr
from siting.units import listed

Rows = Sequence[Sequence[object]]
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json")
# A shapefile is several files of one name; these decide what is read.
_SIBLINGS = (".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Table:
    """One file's cells as text, under our column names.

    Attributes:
        label: What messages call it, e.g. `data.xlsx sheet '居民'`.
        frame: Text cells, empty where the file has none; the index is the row a person sees.
        crs: The layer's own coordinate system, where the format carries one.
        file_columns: What the file calls our columns, where it differs.
        counted: What messages count: rows of a table (header is row 1), features of a layer.
    """

    label: str
    frame: pd.DataFrame
    crs: str | None = None
    file_columns: Mapping[str, str] = field(default_factory=dict)
    counted: str = "row"

    def column_label(self, name: str) -> str:
        """What messages call a column: the file's own name for it."""
        return self.file_columns.get(name, name)


@dataclass(frozen=True)
class Source:
    """A file of the folder: its bytes and how the YAML wants it read."""

    path: Path
    entry: FileEntry
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by name, of a shapefile's other files too."""
        found = {self.entry.file: self.digest}
        if _suffix(self.path) == ".shp":
            for suffix in _SIBLINGS:
                beside = self.path.with_suffix(suffix)
                if beside.is_file():
                    name = str(Path(self.entry.file).with_suffix(suffix).as_posix())
                    found[name] = hashlib.sha256(beside.read_bytes()).hexdigest()
        return found


def open_source(folder: Path, entry: FileEntry, where: str | None = None) -> Source:
    """Reads the bytes of one file.

    Args:
        folder: That the name is relative to.
        entry: The file.
        where: What names the file, for messages.

    Raises:
        InputError: It is missing or cannot be read.
    """
    path = folder / entry.file
    try:
        return Source(path, entry, path.read_bytes())
    except FileNotFoundError:
        problem = missing_file(entry.file, where or entry.file, folder)
    except OSError as error:
        problem = unreadable(where or entry.file, reason(error))
    raise InputError([problem])


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


def decode_text(content: bytes, label: str) -> str:
    """Decodes UTF-8 with or without BOM, else GB18030, which Chinese Excel writes.

    Raises:
        InputError: The bytes are neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    problem = Problem(
        code="unknown-encoding",
        where=label,
        found=tr("bytes that are neither UTF-8 nor GB18030 text"),
        expected=tr("a text file in UTF-8 (with or without BOM) or GB18030"),
        mend=tr("Save it again, in Excel as 'CSV UTF-8 (comma delimited)'."),
    )
    raise InputError([problem])


def _read_csv(source: Source) -> Table:
    label = source.entry.file
    content = source.content
    if source.path.suffix.lower() == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                [unreadable(label, tr("not a whole gzip file ({error})", error=error))]
            ) from error
    text = decode_text(content, label)
    if not text.strip():
        raise InputError([no_header(label)])
    try:
        cells = pd.read_csv(
            io.StringIO(text), header=None, dtype=str, na_filter=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise InputError([ragged(label, str(error))]) from error
    return _from_cells(label, cells, source.entry)


def _from_cells(label: str, cells: pd.DataFrame, entry: FileEntry) -> Table:
    """Takes the first row as header; rows without any content are left out, yet counted."""
    cells = cells.fillna("")
    header = [str(name).strip() for name in cells.iloc[0]]
    _refuse_one_column(label, header)
    frame = cells.iloc[1:].set_axis(header, axis=1)
    frame.index = pd.RangeIndex(2, len(cells) + 1)
    frame = frame[(frame != "").any(axis=1)]
    return _named(Table(label, frame), entry)


def _refuse_one_column(label: str, header: list[str]) -> None:
    for sign, name in ((";", phrase("semicolons")), ("\t", phrase("tabs"))):
        if len(header) == 1 and sign in header[0]:
            problem = Problem(
                code="separator",
                where=tr("{file} row {rows}", file=label, rows=1),
                found=tr("one column, with {signs} in its name", signs=tr(name)),
                expected=tr("columns separated by commas"),
                mend=tr("Save the file again as CSV with commas, or as Excel."),
            )
            raise InputError([problem])


# --- Excel, layers, Parquet ---------------------------------------------------------------------


def _read_excel(source: Source) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    label, sheet = source.entry.file, source.entry.sheet
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(source.content))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise InputError([no_such(label, "sheet", sheet, names)])
        name = sheet or names[0]
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        why = tr("not an Excel file ({error})", error=error)
        raise InputError([unreadable(label, why)]) from error
    label = tr("{file} sheet '{sheet}'", file=label, sheet=name)
    if not rows:
        raise InputError([no_header(label)])
    cells = pd.DataFrame([[_cell_text(cell) for cell in row] for row in rows], dtype=str)
    return _from_cells(label, cells, source.entry)


def _cell_text(cell: object) -> str:
    """A cell as text; Excel keeps every number as a float, so 1001.0 is 1001."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_layer(source: Source) -> Any:  # noqa: ANN401 - geopandas has no types
    """One layer of a file as a GeoDataFrame, or a plain frame where it has no geometry.

    Raises:
        InputError: It is damaged, lacks the layer, or has several and none is named.
    """
    import geopandas  # noqa: PLC0415 - half a second that CSV users need not wait
    import pyogrio  # noqa: PLC0415

    label, layer = source.entry.file, source.entry.layer
    try:
        names = [str(name) for name in pyogrio.list_layers(source.path)[:, 0]]
        if layer is not None and layer not in names:
            raise InputError([no_such(label, "layer", layer, names)])
        if layer is None and len(names) > 1:
            raise InputError([choose_layer(label, names)])
        return geopandas.read_file(source.path, layer=layer or names[0])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError([unreadable(label, str(error))]) from error


def _read_layer(source: Source) -> Table:
    import geopandas  # noqa: PLC0415

    frame = read_layer(source)
    if isinstance(frame, geopandas.GeoDataFrame):
        _refuse_lines(source.entry.file, frame.geometry)
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


def _refuse_lines(label: str, geometry: Any) -> None:  # noqa: ANN401 - geopandas has no types
    lines = geometry.geom_type.fillna("").str.contains("Line").to_numpy(bool)
    rows = [str(position + 1) for position in np.flatnonzero(lines)]
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
        texts = [_cell_text(float(value)) for value in series.fillna(float("nan"))]
        return pd.Series(texts, index=series.index, dtype=str).mask(series.isna(), "")
    return series.astype(object).where(series.notna(), "").astype(str)


_READERS: Mapping[str, Callable[[Source], Table]] = {
    ".csv": _read_csv,
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), _read_excel),
    **dict.fromkeys(LAYER_SUFFIXES, _read_layer),
    ".parquet": _read_parquet,
}


# --- header -------------------------------------------------------------------------------------


def _named(table: Table, entry: FileEntry) -> Table:
    """Gives the columns our names and refuses a header that cannot be trusted."""
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
