"""Coordinate systems as bureaus name them, and the Gauss-Krueger zones of CGCS2000."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from siting.errors import Problem
from siting.inputs.placement import LOCAL, convert, plain_crs
from siting.language import phrase, tr
from siting.prepare.coordinates import Datum, Floats, from_wgs84, to_wgs84

_DEGREES = CRS.from_epsg(4326)
_NAMES: dict[str, tuple[str, Datum, int]] = {
    "WGS84": ("WGS84", "WGS84", 4326),
    "GCJ02": ("GCJ-02", "GCJ-02", 4326),
    "BD09": ("BD-09", "BD-09", 4326),
    "CGCS2000": ("CGCS2000", "WGS84", 4490),
}
_CODE = re.compile(r"EPSG[::]?(\d{4,5})")
# First EPSG code, first central meridian, width and whether eastings carry the zone's number.
_SERIES = (
    (4491, 75, 6, True, 11),
    (4502, 75, 6, False, 11),
    (4513, 75, 3, True, 21),
    (4534, 75, 3, False, 21),
)
UTM_OF_CHINA = range(43, 54)
WHICH_SYSTEM = phrase(
    "Points from Amap or Tencent are GCJ-02, from Baidu BD-09, from GPS WGS84, from Tianditu or "
    "the land bureau mostly CGCS2000; else ask who made the file."
)


@dataclass(frozen=True)
class System:
    """What the numbers of a file mean.

    Attributes:
        name: As people write it, e.g. `GCJ-02` or `EPSG:4546`.
        datum: Whose degrees these are, before any projection.
        crs: The frame of the numbers, x before y.
    """

    name: str
    datum: Datum
    crs: CRS

    @property
    def geographic(self) -> bool:
        """Whether the numbers are degrees."""
        return bool(self.crs.is_geographic)

    def lonlat(self, xy: Floats) -> Floats:
        """Points (n, 2) in degrees of WGS84, infinite where not defined; of a plane as they are."""
        if self.name == LOCAL:
            return xy
        plain = convert(xy, self.crs, _DEGREES)
        if self.datum == "WGS84":
            return plain
        good = np.isfinite(plain).all(axis=1)
        moved = np.full_like(plain, np.inf)
        moved[good] = to_wgs84(plain[good], self.datum)
        return moved

    def given(self, lonlat: Floats) -> Floats:
        """Degrees of WGS84, shape (n, 2), as this system's numbers."""
        return convert(from_wgs84(lonlat, self.datum), _DEGREES, self.crs)

    def into(self, xy: Floats, crs: CRS) -> Floats:
        """Points (n, 2) of this system in another frame."""
        if self.datum == "WGS84":
            return convert(xy, self.crs, crs)
        return convert(self.lonlat(xy), _DEGREES, crs)

    def shapes_into(self, shapes: np.ndarray, crs: CRS) -> np.ndarray:
        """Shapes of this system, vertex by vertex in another frame."""
        return np.asarray(shapely.transform(shapes, lambda xy: self.into(xy, crs)))


@dataclass(frozen=True)
class Zone:
    """A Gauss-Krueger zone of CGCS2000.

    Attributes:
        code: EPSG code.
        meridian: Central meridian, degrees east.
        width: 3 or 6 degrees.
        number: What eastings begin with: 37 for 37401707; None where they have no prefix.
    """

    code: int
    meridian: int
    width: int
    number: int | None

    @property
    def name(self) -> str:
        """As people write it."""
        return f"EPSG:{self.code}"

    def holds(self, lon: float, margin: float) -> bool:
        """Whether a longitude is in the zone or at most a margin in degrees beyond."""
        return abs(lon - self.meridian) <= self.width / 2 + margin


def _zones() -> tuple[Zone, ...]:
    return tuple(
        Zone(first + at, meridian + width * at, width, _number(meridian, width, at, prefixed))
        for first, meridian, width, prefixed, count in _SERIES
        for at in range(count)
    )


def _number(meridian: int, width: int, at: int, prefixed: bool) -> int | None:  # noqa: FBT001
    """Zones of 3 degrees count from 0 E, zones of 6 degrees begin there."""
    half = 3 if width == 6 else 0
    return (meridian + width * at + half) // width if prefixed else None


ZONES = {zone.code: zone for zone in _zones()}


def zone_of(crs: CRS) -> Zone | None:
    """The zone that a CRS is, if it is one."""
    return ZONES.get(crs.to_epsg() or 0)


def fitting_zone(zone: Zone, lon: float) -> Zone:
    """The zone of the same series whose central meridian is the nearest to a longitude."""
    series = (z for z in ZONES.values() if z.width == zone.width and _alike(z, zone))
    return min(series, key=lambda one: abs(one.meridian - lon))


def _alike(one: Zone, other: Zone) -> bool:
    return (one.number is None) == (other.number is None)


def epsg_system(code: int) -> System:
    """A system by its EPSG code."""
    return System(f"EPSG:{code}", "WGS84", CRS.from_epsg(code))


def read_system(text: str, where: str) -> tuple[System | None, list[Problem]]:
    """Reads the name of a system: WGS84, GCJ-02, BD-09, CGCS2000, EPSG:n, or local."""
    if text == LOCAL:
        return System(LOCAL, "WGS84", CRS(plain_crs(LOCAL))), []
    plain = re.sub(r"[\s_]", "", unicodedata.normalize("NFKC", text)).upper()
    known = _NAMES.get(plain.replace("-", ""))
    if known:
        name, datum, code = known
        return System(name, datum, CRS.from_epsg(code)), []
    match = _CODE.fullmatch(plain)
    try:
        if match:
            return epsg_system(int(match[1])), []
    except CRSError:
        pass
    problem = Problem(
        code="unknown-crs",
        where=where,
        found=tr("'{text}', which is no known coordinate system", text=text),
        expected=tr("WGS84, GCJ-02, BD-09, CGCS2000, or a code such as EPSG:4546"),
        mend=tr(WHICH_SYSTEM),
    )
    return None, [problem]
