"""Files as bureaus save them, as text cells by row: Excel, CSV, shapefiles and other layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from siting.errors import InputError, Problem
from siting.inputs.characters import decode_text, plain_ends
from siting.inputs.delimited import refuse_cut_end, separator_of, split_rows
from siting.inputs.schemas import FileEntry as PlainEntry
from siting.inputs.sheets import read_sheet
from siting.inputs.table_problems import no_header
from siting.inputs.tables import Source, line_features, open_source, read_layer, refuse_lines
from siting.language import has_unseen, tr, without_unseen
from siting.prepare.bureau.mojibake import garbled, read_dbf
from siting.prepare.coordinates import Floats

EXCEL = (".xlsx", ".xlsm", ".xls", ".ods")
LAYERS = (".shp", ".gpkg", ".geojson", ".json")
FORMATS = ".xlsx, .xls, .csv, .shp, .gpkg, .geojson"
MergedBlock = tuple[int, int, int, int]


@dataclass(frozen=True)
class CellGrid:
    """One table of a file.

    Attributes:
        file: Name of the file.
        sheet: Sheet or layer; empty where the file has one table only.
        cells: Text by row; the rows of a layer begin with its first feature.
        merged: Merged blocks: first row, first column, last row, last column, from 0.
        header: Names of the columns of a layer; None where the header is among the cells.
        xy: Coordinates of a layer as they stand in it, shape (rows, 2); else None.
        crs: The system that a layer names itself.
        cut: How many bytes of a name the format keeps, and in which encoding; else None.
        gone: Rows that the table marks as deleted, from 0.
        lines: Numbers of the features that are lines.
        hidden: Rows of a sheet that are not shown, from 0.
        widths: How many cells each row of a text has; empty for other files.
        unseen: Rows that had characters which nobody sees, from 0.
    """

    file: str
    sheet: str
    cells: list[list[str]]
    merged: tuple[MergedBlock, ...] = ()
    header: tuple[str, ...] | None = None
    xy: Floats | None = None
    crs: str | None = None
    cut: tuple[int, str] | None = None
    gone: frozenset[int] = frozenset()
    lines: tuple[int, ...] = ()
    hidden: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    unseen: frozenset[int] = frozenset()

    @property
    def source(self) -> str:
        """File and sheet as the instance's tables name them."""
        return f"{self.file}#{self.sheet}" if self.sheet else self.file

    @property
    def label(self) -> str:
        """What messages call it."""
        if not self.sheet:
            return self.file
        if self.header is not None:
            return tr("{file} layer '{name}'", file=self.file, name=self.sheet)
        return tr("{file} sheet '{name}'", file=self.file, name=self.sheet)


def read_grid(
    folder: Path, file: str, part: str | None, where: str, *, places: bool = True
) -> CellGrid:
    """Reads one table.

    Args:
        folder: That the name is relative to.
        file: Name of the file.
        part: Sheet or layer; None is the first visible sheet, or the only layer.
        where: What names the file, for messages.
        places: Whether its rows are places, of which a line is none.

    Raises:
        InputError: No such file, sheet or layer; not readable; its text is garbled; or lines.
    """
    reader = _reader(Path(file).suffix.lower())
    if reader is None:
        raise InputError([_unknown_format(file)])
    grid = reader(folder, file, part, where)
    texts = [*(grid.header or ()), *(cell for row in grid.cells[:200] for cell in row)]
    problem = garbled(grid.label, texts)
    if problem:
        raise InputError([problem])
    if places:
        refuse_lines(file, grid.lines)
    return _without_unseen(grid)


def _without_unseen(grid: CellGrid) -> CellGrid:
    """The cells without what nobody sees in them, and which rows had it."""
    rows = frozenset(at for at, row in enumerate(grid.cells) if has_unseen("".join(row)))
    cells = [[without_unseen(cell).strip() for cell in row] if at in rows else row
             for at, row in enumerate(grid.cells)]  # fmt: skip
    return replace(grid, cells=cells, unseen=rows) if rows else grid


_Reader = Callable[[Path, str, str | None, str], CellGrid]


def _reader(suffix: str) -> _Reader | None:
    if suffix in EXCEL:
        return _read_excel
    if suffix in LAYERS:
        return _read_layer
    return _read_text if suffix in (".csv", ".txt", ".tsv") else None


def _unknown_format(file: str) -> Problem:
    return Problem(
        code="unknown-format",
        where=file,
        found=tr("a file of the kind '{kind}'", kind=Path(file).suffix),
        expected=tr("one of {formats}", formats=FORMATS),
        mend=tr("Save it as one of these."),
    )


def _content(folder: Path, file: str, where: str) -> bytes:
    return open_source(folder, PlainEntry(file=file), where).content


def _read_excel(folder: Path, file: str, part: str | None, where: str) -> CellGrid:
    sheet = read_sheet(_content(folder, file, where), file, part)
    name = sheet.name if len(sheet.visible) > 1 or part else ""
    return CellGrid(file, name, sheet.rows, sheet.merged, hidden=sheet.hidden)


def _read_text(folder: Path, file: str, _part: str | None, where: str) -> CellGrid:
    text = plain_ends(decode_text(_content(folder, file, where), file))
    if not text.strip():
        raise InputError([no_header(file)])
    rows = split_rows(text, file, separator_of(text))
    refuse_cut_end(text, file)
    widths = tuple(map(len, rows))
    width = max(widths)
    cells = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    return CellGrid(file, "", cells, widths=widths)


def _read_layer(folder: Path, file: str, part: str | None, where: str) -> CellGrid:
    frame, layer, cut, gone = _shapes(folder, file, part, where)
    lines = tuple(line_features(frame.geometry)) if hasattr(frame, "geometry") else ()
    table = frame.drop(columns="geometry", errors="ignore")
    cells = [[plain_ends(cell).strip() for cell in row] for row in table.to_numpy(object)]
    header = tuple(str(name).rstrip("�") for name in table.columns)
    crs = frame.crs.to_string() if getattr(frame, "crs", None) is not None else None
    grid = CellGrid(file, layer, cells, header=header, xy=_points(frame), crs=crs, cut=cut)
    return replace(grid, gone=gone, lines=lines)


def read_shapes(
    folder: Path, file: str, part: str | None, where: str
) -> tuple[Any, str, tuple[int, str] | None]:
    """Reads a layer as a frame of shapes.

    Returns:
        A GeoDataFrame, or a DataFrame where there are no shapes; the layer's name where the file
        has several; and for a shapefile how many bytes of a name it keeps in which encoding.

    Raises:
        InputError: It cannot be read, or has several layers and none is named.
    """
    frame, layer, cut, gone = _shapes(folder, file, part, where)
    return frame[[at not in gone for at in range(len(frame))]], layer, cut


_Shapes = tuple[Any, str, tuple[int, str] | None, frozenset[int]]


def _shapes(folder: Path, file: str, part: str | None, where: str) -> _Shapes:
    """As `read_shapes`, with the features that are deleted, and which they are."""
    source = open_source(folder, PlainEntry(file=file, layer=part), where)
    if source.path.suffix.lower() == ".shp":
        return _read_shapefile(source)
    return read_layer(source), part or "", None, frozenset()


def _read_shapefile(source: Source) -> _Shapes:
    """Shapes as of any layer; the table by our own reader, which goes by the bytes alone."""
    name = source.path.name
    # The shapes without their table, whose label may not fit its bytes.
    shapes = {one: part for one, part in source.beside.items() if not _of_table(one)}
    frame = read_layer(replace(source, beside=shapes))
    frame = frame[[column for column in frame.columns if column == "geometry"]]
    tables = [one for one in source.beside if one.lower().endswith(".dbf")]
    if not tables:
        return frame, "", (10, "utf-8"), frozenset()
    header, rows, encoding = read_dbf(source.beside[tables[0]], Path(tables[0]).name)
    if header and len(rows) != len(frame):
        raise InputError([_unequal(name, len(frame), len(rows))])
    for at, column in enumerate(header):
        frame[column] = [row[at] if row else "" for row in rows]
    return frame, "", (10, encoding), frozenset(at for at, row in enumerate(rows) if row is None)


def _of_table(name: str) -> bool:
    return name.lower().endswith((".dbf", ".cpg"))


def _unequal(file: str, shapes: int, rows: int) -> Problem:
    return Problem(
        code="unreadable-file",
        where=file,
        found=tr("{shapes:,} shapes, and {rows:,} rows in its .dbf", shapes=shapes, rows=rows),
        expected=tr("a row of the table for each shape"),
        mend=tr("Get all files of the shapefile again from who made it: .shp, .shx, .dbf, .prj."),
    )


def _points(frame: Any) -> Floats | None:  # noqa: ANN401 - geopandas has no types
    """A point of each shape, inside it where it is an area; NaN where there is none."""
    shapes = getattr(frame, "geometry", None)
    if shapes is None:
        return None
    inside = shapes.representative_point()
    return np.column_stack([inside.x.to_numpy(float), inside.y.to_numpy(float)])
