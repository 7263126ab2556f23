"""Shapes of features and their systems, from GeoJSON and from the binary form of GeoPackages."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry import shape

from siting.errors import InputError, Problem
from siting.inputs.table_problems import unreadable
from siting.language import phrase, tr
from siting.units import listed

_CODE = re.compile(r"(?:urn:ogc:def:crs:)?(EPSG|ESRI|OGC):(?:[\d.]*:)?(\w+)", re.IGNORECASE)
_POINT, _LINE, _AREA, _PARTS = 1, 2, 3, (4, 5, 6)
# Bytes of the envelope before the shape, by the bits that say what it has.
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
# As everywhere: sums and squares of such coordinates are still numbers.
_LARGEST = 1e15
# Bits that an older dialect uses for height, measure and a system of the shape's own.
_Z, _M, _SYSTEM = 0x80000000, 0x40000000, 0x20000000
_ODD = (
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
    struct.error,
    shapely.errors.ShapelyError,
)


def known_crs(text: object) -> str | None:
    """A code of a known authority; definitions are left aside, since they can name files."""
    match = _CODE.fullmatch(str(text))
    if match is None:
        return None
    code = f"{match[1].upper()}:{match[2]}"
    try:
        CRS.from_user_input(code)
    except CRSError:
        return None
    return "EPSG:4326" if code == "OGC:CRS84" else code


def read_shapes(name: str, said: Sequence[object]) -> Any:  # noqa: ANN401 - shapely has no types
    """Shapes of the features of a file, None where a feature has none.

    Args:
        name: Of the file, for messages.
        said: Each a GeoJSON geometry, the bytes of a GeoPackage's, or None.

    Raises:
        InputError: One is no shape.
    """
    shapes = np.empty(len(said), dtype=object)
    for at, one in enumerate(said):
        try:
            with np.errstate(all="ignore"):  # `refuse_boundless` says which
                shapes[at] = None if one is None else _shape(one)
        except _ODD as error:
            form = phrase("feature {row} has no shape that can be read ({error})")
            why = tr(form, row=at + 1, error=error)
            raise InputError([unreadable(name, why)]) from None
    return shapes


def refuse_boundless(name: str, shapes: Any) -> None:  # noqa: ANN401 - shapely has no types
    """Refuses coordinates that are no numbers, or too large to be measured with.

    Args:
        name: Of the file, for messages.
        shapes: Of its features, None where one has none.

    Raises:
        InputError: Some feature has such a coordinate.
    """
    xy, feature = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.unique(feature[~(np.abs(xy) <= _LARGEST).all(axis=1)]) + 1
    if not len(wrong):
        return
    rows = listed([str(one) for one in wrong])
    form = phrase("{file} feature {rows}") if len(wrong) == 1 else phrase("{file} features {rows}")
    problem = Problem(
        code="boundless-shape",
        where=tr(form, file=name, rows=rows),
        found=tr("coordinates that are no numbers, or beyond 10^15"),
        expected=tr("coordinates in metres or degrees"),
        mend=tr("Correct or delete these shapes, in QGIS with 'Check validity'."),
    )
    raise InputError([problem])


def _shape(said: object) -> Any:  # noqa: ANN401 - shapely has no types
    if isinstance(said, bytes):
        return _from_package(said)
    if not isinstance(said, dict) or "geometries" in said:
        raise ValueError(tr("neither point, line nor area"))
    return shape(said)


def _from_package(blob: bytes) -> Any:  # noqa: ANN401 - shapely has no types
    if blob[:2] != b"GP" or len(blob) < 8:
        raise ValueError(tr("not the shape of a GeoPackage"))
    flags = blob[3]
    wkb = blob[8 + _ENVELOPES[flags >> 1 & 7] :]
    if _end(wkb, 0, inside=False) > len(wkb):
        raise ValueError(tr("it ends too soon"))
    return shapely.from_wkb(wkb)


def _end(wkb: bytes, start: int, *, inside: bool) -> int:
    """Where a shape ends; shapes within shapes within shapes, which end the process, are refused.

    Raises:
        ValueError: It is neither points, lines nor areas.
    """
    order = "<" if wkb[start] else ">"
    code: int = struct.unpack_from(f"{order}I", wkb, start + 1)[0]
    kind, dimensions = _kind(code)
    at = start + (9 if code & _SYSTEM else 5)
    if kind == _POINT:
        return at + 8 * dimensions
    count = int(struct.unpack_from(f"{order}I", wkb, at)[0])
    at += 4
    if kind == _LINE:
        return at + count * 8 * dimensions
    if kind == _AREA:
        return _after_rings(wkb, at, count, (order, dimensions))
    if inside or kind not in _PARTS:
        raise ValueError(tr("neither point, line nor area"))
    for _ in range(count):
        at = _end(wkb, at, inside=True)
    return at


def _kind(code: int) -> tuple[int, int]:
    """The kind of shape that a code names, and the numbers of each of its points."""
    plain = code & 0x0FFFFFFF
    more = plain // 1000
    heights = more in (1, 3) or bool(code & _Z)
    measures = more in (2, 3) or bool(code & _M)
    return plain % 1000, 2 + heights + measures


def _after_rings(wkb: bytes, at: int, count: int, form: tuple[str, int]) -> int:
    order, dimensions = form
    for _ in range(count):
        points = int(struct.unpack_from(f"{order}I", wkb, at)[0])
        at += 4 + points * 8 * dimensions
    return at
