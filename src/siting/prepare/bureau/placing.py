"""Whether coordinates lie in the city when they are read as the mapping says, and if not, why.

A file whose points mostly lie elsewhere is read in every other way that is common: with its columns
exchanged, as degrees, in every Gauss-Krueger zone of CGCS2000 and UTM zone of China. The reading
that puts it into the city is named in the message; nothing is ever converted by a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from siting.errors import Problem
from siting.inputs.checks import place
from siting.language import joined, tr
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledger_points import LedgerPoints
from siting.prepare.bureau.systems import (
    UTM_OF_CHINA,
    ZONES,
    System,
    Zone,
    epsg_system,
    fitting_zone,
    read_system,
    zone_of,
)
from siting.prepare.coordinates import Floats

Bools = NDArray[np.bool_]
# Degrees: a point this far beyond the box is not of this city.
MARGIN = 0.15
# Degrees: how far beyond its zone a city may reach before another one is due.
_ZONE_MARGIN = 0.3
# Degrees: zones further off give numbers that nobody would use for the city.
_NEAR_DEGREES = 6.5
_SHOWN = 5
_MOST_DISTORTION = 0.0015
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Area:
    """The city as a box in degrees of WGS84, and what says so."""

    west: float
    south: float
    east: float
    north: float
    source: str

    def holds(self, lonlat: Floats) -> Bools:
        """Whether each point (n, 2) is in the box or close to it."""
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        in_lon = (lon >= self.west - MARGIN) & (lon <= self.east + MARGIN)
        return np.asarray(in_lon & (lat >= self.south - MARGIN) & (lat <= self.north + MARGIN))

    @property
    def middle(self) -> float:
        """Longitude of its middle."""
        return (self.west + self.east) / 2

    @property
    def text(self) -> str:
        """As messages show it."""
        return tr(
            "{west:.2f}-{east:.2f} E, {south:.2f}-{north:.2f} N ({source})",
            west=self.west,
            east=self.east,
            south=self.south,
            north=self.north,
            source=self.source,
        )


def check_target(system: System, area: Area, where: str) -> list[Problem]:
    """Refuses an instance system that is shifted, in degrees, or of another zone than the city."""
    zone = zone_of(system.crs)
    if system.datum != "WGS84" or system.geographic:
        near = fitting_zone(ZONES[4546], area.middle)
        return [
            Problem(
                code="crs-not-metric",
                where=where,
                found=tr("{name}, which is in degrees", name=system.name),
                expected=tr("a coordinate system in metres, in which walks are measured"),
                mend=tr("Write {name}; the files keep theirs and are converted.", name=near.name),
            )
        ]
    if zone and not zone.holds(area.middle, _ZONE_MARGIN):
        return [_other_zone(zone, fitting_zone(zone, area.middle), where, area)]
    return list(_distorted(system, area, where))


def _distorted(system: System, area: Area, where: str) -> Iterator[Problem]:
    """A system that makes walks longer or shorter here, as Web Mercator does by a third."""
    lon, lat = area.middle, (area.south + area.north) / 2
    lonlat = np.array([[lon, lat], [lon, lat + 0.01], [lon + 0.01, lat]])
    xy = system.given(lonlat)
    true = np.array(_GEOD.inv([lon, lon], [lat, lat], lonlat[1:, 0], lonlat[1:, 1])[2])
    scale = np.hypot(*(xy[1:] - xy[0]).T) / true - 1
    worst = float(scale[np.argmax(np.abs(scale))])
    # Not a number, or too far off.
    if not abs(worst) <= _MOST_DISTORTION:
        near = fitting_zone(ZONES[4546], lon)
        yield Problem(
            code="crs-distorts",
            where=where,
            found=tr(
                "{name} ({title}), whose distances are wrong by {worst:+.1%} here",
                name=system.name,
                title=system.crs.name,
                worst=worst,
            ),
            expected=tr("a coordinate system in metres, in which walks are measured"),
            mend=tr("Write {name}; the files keep theirs and are converted.", name=near.name),
        )


def _other_zone(zone: Zone, right: Zone, where: str, area: Area) -> Problem:
    return Problem(
        code="wrong-zone",
        where=where,
        found=tr(
            "{name}, the zone of {meridian} E, and a city at {lon:.1f} E",
            name=zone.name,
            meridian=zone.meridian,
            lon=area.middle,
        ),
        expected=tr("{name}, the zone of {meridian} E", name=right.name, meridian=right.meridian),
        mend=tr("Write {name}.", name=right.name),
    )


def check_points(points: LedgerPoints, area: Area, findings: Findings) -> list[Problem]:
    """Refuses a file whose points are not in the city as it is to be read."""
    outside = ~area.holds(points.system.lonlat(points.xy))
    if not outside.any():
        _note_zone(points, area, findings)
        return []
    if outside.mean() <= 0.5:
        return [_stray(points, outside, area)]
    return [next(_explained(points, area), _elsewhere(points, area))]


def _note_zone(points: LedgerPoints, area: Area, findings: Findings) -> None:
    """Points that are right, but in a zone that is not the city's."""
    zone = zone_of(points.system.crs)
    if zone and not zone.holds(area.middle, _ZONE_MARGIN):
        right = fitting_zone(zone, area.middle)
        what = tr(
            "{name} has its meridian at {meridian} E; {right} is due here",
            name=zone.name,
            meridian=zone.meridian,
            right=right.name,
        )
        finding = points.ledger.finding("coordinate-system", None, what, tr("converted"))
        findings.add(finding)


def _inside(points: LedgerPoints, system: System, area: Area, *, swapped: bool = False) -> bool:
    xy = points.xy[:, ::-1] if swapped else points.xy
    lonlat = system.lonlat(xy)
    return bool(area.holds(lonlat).mean() > 0.5)


def _explained(points: LedgerPoints, area: Area) -> Iterator[Problem]:
    """What is wrong with a whole file, the likeliest first."""
    system = points.system
    if _inside(points, system, area, swapped=True):
        yield _swapped(points)
    small = bool((np.abs(points.xy) <= 180).all())
    if small and not system.geographic:
        yield from _degrees(points, area)
    if small:
        return
    for swapped in (False, True):
        for other in _other_systems(area):
            if _inside(points, other, area, swapped=swapped):
                yield _other_code(points, other, swapped=swapped)


def _other_systems(area: Area) -> Iterator[System]:
    """Zones of CGCS2000, those of 3 degrees and near the city first, then UTM."""
    near = [zone for zone in ZONES.values() if abs(zone.meridian - area.middle) <= _NEAR_DEGREES]
    for zone in sorted(near, key=lambda z: (z.width, abs(z.meridian - area.middle), z.code)):
        yield epsg_system(zone.code)
    for number in UTM_OF_CHINA:
        if abs(number * 6 - 183 - area.middle) <= _NEAR_DEGREES:
            yield epsg_system(32600 + number)


def _swapped(points: LedgerPoints) -> Problem:
    headers = points.ledger.headers
    if points.system.geographic:
        expected, found = tr("x = longitude, y = latitude"), tr("latitude and longitude exchanged")
    else:
        expected = tr("x = easting (east), y = northing (north)")
        found = tr("northing and easting exchanged: in surveying X points north and Y east")
    mend = tr("Exchange the two numbers in the cells.")
    if {"x", "y"} <= set(headers):
        mend = tr("Write in 'columns': x: {y}, y: {x}.", x=headers["x"], y=headers["y"])
    shown = _shown(points)
    return Problem(
        code="lonlat-swapped" if points.system.geographic else "axes-swapped",
        where=points.where,
        found=f"{shown}; {found}",
        expected=expected,
        mend=mend,
    )


def _degrees(points: LedgerPoints, area: Area) -> Iterator[Problem]:
    wgs84 = read_system("WGS84", "")[0]
    assert wgs84 is not None  # noqa: S101 - a name that is known
    for swapped in (False, True):
        if _inside(points, wgs84, area, swapped=swapped):
            yield Problem(
                code="degrees-in-metric-crs",
                where=points.where,
                found=tr("{shown}, which are degrees", shown=_shown(points)),
                expected=tr("metres, for the file is said to be {name}", name=points.system.name),
                mend=tr(
                    "Write the system of the degrees: GCJ-02 if they come from Amap or Tencent, "
                    "BD-09 from Baidu, WGS84 from GPS, CGCS2000 from Tianditu."
                )
                + (tr(" Latitude and longitude are exchanged, too.") if swapped else ""),
            )


def _other_code(points: LedgerPoints, right: System, *, swapped: bool) -> Problem:
    zone, declared = zone_of(right.crs), zone_of(points.system.crs)
    note = ""
    if swapped:
        note = tr(" Northing and easting are exchanged, too: X points north, Y east.")
    if points.system.geographic:
        code, expected = "metres-in-degrees", tr("degrees, for the file is said to be {name}",
                                                 name=points.system.name)  # fmt: skip
    elif zone and declared and (zone.number is None) != (declared.number is None):
        code, expected = "zone-prefix", _prefix(declared)
    else:
        code, expected = "wrong-zone", tr("points in the city when read as {name}",
                                          name=points.system.name)  # fmt: skip
    return Problem(
        code=code,
        where=points.where,
        found=tr("{shown}, which fit {name}", shown=_shown(points), name=_described(right)),
        expected=expected,
        mend=tr("Write 'crs: {name}' at this file.", name=right.name) + note,
    )


def _prefix(declared: Zone) -> str:
    if declared.number is None:
        return tr("eastings of 6 digits, without the number of the zone, for {name}",
                  name=declared.name)  # fmt: skip
    return tr(
        "eastings of 8 digits that begin with the zone's number {number}, for {name}",
        number=declared.number,
        name=declared.name,
    )


def _described(system: System) -> str:
    zone = zone_of(system.crs)
    if zone is None:
        return f"{system.name} ({system.crs.name})"
    prefix = tr("without zone number") if zone.number is None else tr("with zone number")
    return tr(
        "{name} (CGCS2000, {width} degrees, {meridian} E, {prefix})",
        name=system.name,
        width=zone.width,
        meridian=zone.meridian,
        prefix=prefix,
    )


def _shown(points: LedgerPoints) -> str:
    x, y = np.median(points.xy, axis=0)
    digits = 5 if abs(x) <= 180 and abs(y) <= 180 else 0
    return tr("x around {x}, y around {y}", x=f"{x:,.{digits}f}", y=f"{y:,.{digits}f}")


def _elsewhere(points: LedgerPoints, area: Area) -> Problem:
    lon, lat = np.median(points.system.lonlat(points.xy), axis=0)
    at = ""
    if np.isfinite([lon, lat]).all():
        at = tr(", which is at {lon:.2f} E, {lat:.2f} N", lon=lon, lat=lat)
    return Problem(
        code="outside-city",
        where=points.where,
        found=_shown(points) + at,
        expected=tr("points in the city: {area}", area=area.text),
        mend=tr(
            "Say with 'crs' at this file which system it is in, and see that x and y are named "
            "right; a city's own local system must be converted by who made the file."
        ),
    )


def _stray(points: LedgerPoints, outside: Bools, area: Area) -> Problem:
    rows = list(points.ledger.frame.index[outside])
    shown = [f"x={x:.10g} y={y:.10g}" for x, y in points.xy[outside][:_SHOWN]]
    turned = area.holds(points.system.lonlat(points.xy[outside][:, ::-1]))
    mend = tr("Correct the coordinates of these rows: often a digit is wrong or missing.")
    if turned.all():
        mend = tr("The two coordinates are exchanged in these rows; correct them.")
    return Problem(
        code="stray-row",
        where=place(points.ledger.table, rows, None),
        found=joined(shown),
        expected=tr("points in the city, as the other rows are: {area}", area=area.text),
        mend=mend,
    )
