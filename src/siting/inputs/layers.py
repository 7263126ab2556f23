"""Layers of shapes from GeoPackage, GeoJSON and shapefiles; nothing beside them is written."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from siting.errors import InputError, Problem
from siting.inputs.characters import decode_text
from siting.inputs.table_problems import choose_layer, no_such, unreadable
from siting.language import phrase, tr
from siting.units import listed

_SAME_PLACE_METRES = 100.0
_METRES_A_DEGREE = 111_195.0


def read_features(path: Path, content: bytes, label: str, layer: str | None) -> tuple[Any, int]:
    """Reads one layer, as a GeoDataFrame, or as a plain frame where it has no shapes.

    Args:
        path: The file.
        content: Its bytes.
        label: What messages call it.
        layer: Its name; None where the file has one only.

    Returns:
        The frame, and how many layers the file has.

    Raises:
        InputError: It cannot be read, lacks the layer, or has several and none is named.
    """
    import geopandas  # noqa: PLC0415 - half a second that CSV users need not wait
    import pyogrio  # noqa: PLC0415

    try:
        with _readable(path, content, label) as source:
            names = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
            if layer is not None and layer not in names:
                raise InputError([no_such(label, "layer", layer, names)])
            if layer is None and len(names) > 1:
                raise InputError([choose_layer(label, names)])
            frame = geopandas.read_file(_again(source), layer=layer or names[0])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError([unreadable(label, str(error))]) from error
    if isinstance(frame, geopandas.GeoDataFrame):
        refuse_scattered(label, frame)
    return frame, len(names)


def _again(source: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


@contextmanager
def _readable(path: Path, content: bytes, label: str) -> Iterator[Path | bytes]:
    """The file, or a copy where reading itself would write, or its text in UTF-8."""
    suffix = path.suffix.lower()
    if suffix in (".geojson", ".json") and not _is_utf8(content):
        yield decode_text(content, label).encode("utf-8")
    elif suffix == ".gpkg" and content[18:20] == b"\x02\x02":
        # SQLite in write-ahead mode: whoever opens it moves pending pages into the file.
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(content)
            for end in wal_files(path):
                shutil.copyfile(end, copy.with_name(end.name))
            yield copy
    else:
        yield path


def wal_files(path: Path) -> list[Path]:
    """The file of pending pages beside a GeoPackage, if there is one."""
    beside = path.with_name(path.name + "-wal")
    return [beside] if beside.is_file() else []


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def refuse_scattered(label: str, frame: Any) -> None:  # noqa: ANN401 - geopandas has no types
    """Refuses points of several places: none of them would be the right one.

    Raises:
        InputError: A feature has points more than 100 m apart.
    """
    several = frame.geometry.geom_type.fillna("").eq("MultiPoint").to_numpy(bool)
    if not several.any():
        return
    west, south, east, north = frame.geometry.bounds.to_numpy(float).T
    degrees = frame.crs is not None and frame.crs.is_geographic
    metres = np.hypot(east - west, north - south) * (_METRES_A_DEGREE if degrees else 1.0)
    rows = [str(at + 1) for at in np.flatnonzero(several & (metres > _SAME_PLACE_METRES))]
    if rows:
        form = (
            phrase("{file} feature {rows}") if len(rows) == 1 else phrase("{file} features {rows}")
        )
        problem = Problem(
            code="several-places",
            where=tr(form, file=label, rows=listed(rows)),
            found=tr("several points in one feature, up to {metres:,.0f} m apart",
                     metres=float(metres[several].max())),
            expected=tr("one place in each feature"),
            mend=tr("Split them, in QGIS with 'Multipart to singleparts', each with its numbers."),
        )  # fmt: skip
        raise InputError([problem])
