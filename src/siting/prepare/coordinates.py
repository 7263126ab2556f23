"""GCJ-02 and BD-09, the shifted degrees of Chinese maps, to WGS84 and back.

Amap and Tencent give GCJ-02, Baidu BD-09; GPS and OpenStreetMap are WGS84, and CGCS2000 is the same
to within decimetres. The shifts are the formula that is published everywhere (ellipsoid of
Krasovsky, a = 6378245 m, ee = 0.00669342162296594323); it is not official. In Baotou WGS84 to
GCJ-02 is some 520 m, GCJ-02 to BD-09 some 860 m.

As published, GCJ-02 is shifted only in a box round China (72.004-137.8347 E, 0.8293-55.8271 N) and
equals WGS84 outside; BD-09 is shifted from GCJ-02 everywhere. The way back is iterated, to far
below 1 mm; the one-step inverse that is often published leaves 1 to 2 m.

All functions take and return longitude and latitude in degrees, shape (points, 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Datum = Literal["WGS84", "GCJ-02", "BD-09"]

_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_BOX = ((72.004, 137.8347), (0.8293, 55.8271))
# Each step leaves at most some 2 % of the error: 10 steps are below what a double can show.
_STEPS = 10


def wgs84_to_gcj02(lonlat: Floats) -> Floats:
    """WGS84 degrees as GCJ-02; the same outside the box round China."""
    given = np.asarray(lonlat, dtype=float)
    return np.where(_in_box(given)[:, None], given + _gcj_shift(given), given)


def gcj02_to_wgs84(lonlat: Floats) -> Floats:
    """GCJ-02 degrees as WGS84; the same outside the box round China."""
    given = np.asarray(lonlat, dtype=float)
    found = _undo(given, _gcj_shift)
    return np.where(_in_box(found)[:, None], found, given)


def gcj02_to_bd09(lonlat: Floats) -> Floats:
    """GCJ-02 degrees as BD-09."""
    given = np.asarray(lonlat, dtype=float)
    return given + _bd_shift(given)


def bd09_to_gcj02(lonlat: Floats) -> Floats:
    """BD-09 degrees as GCJ-02."""
    return _undo(np.asarray(lonlat, dtype=float), _bd_shift)


def wgs84_to_bd09(lonlat: Floats) -> Floats:
    """WGS84 degrees as BD-09."""
    return gcj02_to_bd09(wgs84_to_gcj02(lonlat))


def bd09_to_wgs84(lonlat: Floats) -> Floats:
    """BD-09 degrees as WGS84."""
    return gcj02_to_wgs84(bd09_to_gcj02(lonlat))


def to_wgs84(lonlat: Floats, datum: Datum) -> Floats:
    """Degrees of any of the three as WGS84."""
    return _TO_WGS84[datum](lonlat)


def from_wgs84(lonlat: Floats, datum: Datum) -> Floats:
    """WGS84 degrees as any of the three."""
    return _FROM_WGS84[datum](lonlat)


def _same(lonlat: Floats) -> Floats:
    return np.asarray(lonlat, dtype=float)


_TO_WGS84: dict[Datum, Callable[[Floats], Floats]] = {
    "WGS84": _same,
    "GCJ-02": gcj02_to_wgs84,
    "BD-09": bd09_to_wgs84,
}
_FROM_WGS84: dict[Datum, Callable[[Floats], Floats]] = {
    "WGS84": _same,
    "GCJ-02": wgs84_to_gcj02,
    "BD-09": wgs84_to_bd09,
}


def _undo(shifted: Floats, shift: Callable[[Floats], Floats]) -> Floats:
    """The points that a shift moves to the given ones, by fixed-point iteration."""
    found = shifted
    for _ in range(_STEPS):
        found = shifted - shift(found)
    return found


def _in_box(lonlat: Floats) -> NDArray[np.bool_]:
    (west, east), (south, north) = _BOX
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _gcj_shift(lonlat: Floats) -> Floats:
    """GCJ-02 minus WGS84 in degrees, at WGS84 points."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    both = 0.1 * x * y + _waves(x, (20.0, 6.0), (20.0, 2.0))
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * root + both
    east += _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.2 * root + both
    north += _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    latitude = np.radians(lonlat[:, 1])
    w2 = 1.0 - _EE * np.sin(latitude) ** 2
    along_parallel = _A / np.sqrt(w2) * np.cos(latitude)
    along_meridian = _A * (1.0 - _EE) / w2**1.5
    return np.degrees(np.column_stack([east / along_parallel, north / along_meridian]))


def _waves(t: Floats, *waves: tuple[float, float]) -> Floats:
    """Two thirds of a sum of sines of given amplitudes and half frequencies."""
    total = sum(high * np.sin(often * np.pi * t) for high, often in waves)
    return np.asarray(total * 2.0 / 3.0)


def _bd_shift(lonlat: Floats) -> Floats:
    """BD-09 minus GCJ-02 in degrees, at GCJ-02 points."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    moved = np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
    return np.asarray(moved - lonlat)
