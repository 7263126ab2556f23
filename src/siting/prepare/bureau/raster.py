"""Population rasters: the cells of a GeoTIFF in which anybody lives, read window by window."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from siting.errors import InputError, Problem
from siting.inputs.files import path_of
from siting.inputs.limits import most_bytes, too_large
from siting.inputs.placement import convert
from siting.inputs.table_problems import unreadable
from siting.language import joined, tr
from siting.prepare.bureau.bureau_mapping import PopulationEntry
from siting.prepare.bureau.placing import Area
from siting.prepare.coordinates import Floats

_WINDOW_ROWS = 256
_ALONE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": False}
_CELL_BYTES = 8
_MOST_PEOPLE = 1e9
# Small and large files, in both orders of bytes.
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DEGREES = CRS.from_epsg(4326)


def read_population(
    folder: Path, entry: PopulationEntry, area: Area, crs: CRS
) -> tuple[pd.DataFrame, float]:
    """Reads the cells with people in the city's box, as rows of a ledger.

    Args:
        folder: That the file's name is relative to.
        entry: The raster and the shares of groups.
        area: The city; cells whose middle lies beyond its box are left out.
        crs: Metric system of the instance.

    Returns:
        The rows, `row` the number of the cell by rows from 0, and the people left out in windows
        that the box cuts.

    Raises:
        InputError: rasterio is not installed, the file cannot be read, has no system, or nobody
            lives in the box.
    """
    try:
        import rasterio  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError([_no_rasterio(entry.file)]) from error
    path = path_of(folder, entry.file)
    _refuse_other_formats(path, entry.file)
    try:
        # As a GeoTIFF and nothing else, and without the files beside it, which may name others.
        with _alone(rasterio), rasterio.open(path, driver="GTiff") as source:
            if not _is_placed(source):
                raise InputError([_no_system(entry.file)])
            band = _band(source, entry)
            _refuse_large_blocks(source, entry.file)
            own = CRS.from_wkt(source.crs.to_wkt())
            cells = list(_cells(source, band, own, area))
    except (rasterio.errors.RasterioError, ProjError) as error:
        why = str(error).replace(str(path), entry.file)
        raise InputError([unreadable(entry.file, why)]) from error
    inside = np.concatenate([one for one, _ in cells]) if cells else np.empty((0, 4))
    if (inside[:, 3] > _MOST_PEOPLE).any():
        raise InputError([_no_people(entry.file, float(inside[:, 3].max()))])
    if not len(inside):
        raise InputError([_nobody(entry.file, area)])
    return _rows(inside, entry, own, crs), float(sum(outside for _, outside in cells))


@contextmanager
def _alone(rasterio: Any) -> Iterator[None]:  # noqa: ANN401 - rasterio has no types
    with rasterio.Env(**_ALONE), warnings.catch_warnings(), np.errstate(all="ignore"):
        # Such a raster is refused below.
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        yield


def _is_placed(source: Any) -> bool:  # noqa: ANN401 - rasterio has no types
    """Whether a raster says where it lies: a system, and cells of some size."""
    by = source.transform
    area = by.a * by.e - by.b * by.d
    there = bool(np.isfinite([by.a, by.b, by.c, by.d, by.e, by.f]).all() and area)
    return source.crs is not None and there and not by.is_identity


def _band(source: Any, entry: PopulationEntry) -> int:  # noqa: ANN401 - rasterio has no types
    """The band of people, which has to be named where there are several."""
    at = entry.band or 1
    whole = source.count >= at and not source.dtypes[at - 1].startswith("complex")
    if whole and (source.count == 1 or entry.band):
        return at
    kinds = joined(source.dtypes)
    raise InputError(
        [
            Problem(
                code="missing-band",
                where=entry.file,
                found=tr("{count} bands of numbers ({kinds})", count=source.count, kinds=kinds),
                expected=tr("one band of people, or its number in the mapping"),
                mend=tr("Write 'band: 1' beside 'file', with the number of the band of people."),
            )
        ]
    )


def _refuse_other_formats(path: Path, file: str) -> None:
    with path.open("rb") as raster:
        begins = raster.read(len(_TIFF[0]))
    if begins not in _TIFF:
        raise InputError([unreadable(file, tr("not a GeoTIFF"))])


def _refuse_large_blocks(source: Any, file: str) -> None:  # noqa: ANN401 - rasterio has no types
    """A block is unpacked whole, however few of its cells are asked for.

    Raises:
        InputError: One block, or a band of rows, has more bytes than a file may have.
    """
    rows, columns = source.block_shapes[0]
    most = max(rows * columns, (rows + _WINDOW_ROWS) * source.width) * _CELL_BYTES
    if most > most_bytes():
        raise InputError([too_large(file, most_bytes())])


def _cells(source: Any, at: int, own: CRS, area: Area) -> Iterator[tuple[np.ndarray, float]]:  # noqa: ANN401
    """Cells with people by window: number, x, y, people; and people beyond the box in it."""
    top, left, bottom, right = _bounds(source, own, area)
    for first in range(top, bottom, _WINDOW_ROWS):
        last = min(first + _WINDOW_ROWS, bottom)
        band = source.read(at, window=((first, last), (left, right)), masked=True)
        # Counts that are kept as small whole numbers say by what they are multiplied.
        people = np.ma.filled(band.astype(float), 0.0) * source.scales[at - 1]
        people = people + source.offsets[at - 1] * ~np.ma.getmaskarray(band)
        row, column = np.nonzero(np.isfinite(people) & (people > 0))
        values = people[row, column]
        x, y = _through(source.transform, _middle(column + left), _middle(row + first))
        lonlat = convert(np.column_stack([x, y]), own, _DEGREES).reshape(-1, 2)
        lon, lat = lonlat.T
        keep = (lon >= area.west) & (lon <= area.east) & (lat >= area.south) & (lat <= area.north)
        number = (row + first) * source.width + column + left
        yield np.column_stack([number, x, y, values])[keep], float(values[~keep].sum())


def _middle(number: np.ndarray) -> Floats:
    """Middles of cells, in cells."""
    return np.asarray(number + 0.5, dtype=float)


def _through(by: Any, x: Floats, y: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Points through an affine transform."""
    return by.a * x + by.b * y + by.c, by.d * x + by.e * y + by.f


def _bounds(source: Any, own: CRS, area: Area) -> tuple[int, int, int, int]:  # noqa: ANN401
    """The rows and columns that hold the box: top, left, bottom, right; the last two excluded."""
    box = Transformer.from_crs(_DEGREES, own, always_xy=True).transform_bounds(
        area.west, area.south, area.east, area.north
    )
    west_east, south_north = np.meshgrid(box[::2], box[1::2])
    columns, rows = _through(~source.transform, west_east.ravel(), south_north.ravel())
    if not np.isfinite([*rows, *columns]).all():  # the box has no place in the raster's system
        return 0, 0, 0, 0
    top, bottom = np.clip([np.floor(rows.min()), np.ceil(rows.max())], 0, source.height)
    left, right = np.clip([np.floor(columns.min()), np.ceil(columns.max())], 0, source.width)
    return int(top), int(left), int(bottom), int(right)


def _rows(cells: np.ndarray, entry: PopulationEntry, own: CRS, crs: CRS) -> pd.DataFrame:
    xy = np.round(convert(cells[:, 1:3], own, crs), 2)
    lonlat = convert(cells[:, 1:3], own, _DEGREES)
    place = {"x": xy[:, 0], "y": xy[:, 1], "lon": lonlat[:, 0], "lat": lonlat[:, 1]}
    texts = {"id": "", "name": "", "district": "", "circle": "", "file": entry.file, "sheet": ""}
    frame = pd.DataFrame({"row": cells[:, 0].astype(np.int64), **place, "residents": cells[:, 3]})
    shares = {group: cells[:, 3] * share for group, share in entry.group_shares.items()}
    return frame.assign(**texts, **shares)


def _no_rasterio(file: str) -> Problem:
    return Problem(
        code="raster-extra",
        where=file,
        found=tr("a GeoTIFF, and rasterio is not installed"),
        expected=tr("rasterio, which reads rasters"),
        mend=tr("Run 'pip install siting[raster]', or save the cells as a table."),
    )


def _no_system(file: str) -> Problem:
    return Problem(
        code="unknown-crs",
        where=file,
        found=tr("a raster without a coordinate system"),
        expected=tr("a GeoTIFF that says where it lies"),
        mend=tr("Give it one, e.g. with 'gdal_edit.py -a_srs EPSG:4326'."),
    )


def _no_people(file: str, most: float) -> Problem:
    return Problem(
        code="bad-number",
        where=file,
        found=tr("a cell with {people:.3g} people", people=most),
        expected=tr("people in each cell, and a mark of cells without data that the file names"),
        mend=tr("If that is the mark, name it, e.g. with 'gdal_edit.py -a_nodata'."),
    )


def _nobody(file: str, area: Area) -> Problem:
    return Problem(
        code="empty-table",
        where=file,
        found=tr("no cell with people in the city"),
        expected=tr("people in the city: {area}", area=area.text),
        mend=tr("See that it is a raster of people, and 'area' the city's box."),
    )
