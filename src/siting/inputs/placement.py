"""Where things are: coordinate systems, and whether the coordinates can be what they claim.

Coordinates are x = easting (or longitude) and y = northing (or latitude), whatever the axis order
of the system's definition. A doubt is settled by the area a system is made for: coordinates that
lie outside it as given, but inside when swapped, are swapped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from siting.errors import Problem
from siting.inputs.checks import SHOWN_ROWS, place
from siting.inputs.tables import Table
from siting.language import joined, tr

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MARGIN_DEGREES = 1.0
# AUTHORITY:CODE, a PROJ string, or WKT. PROJ itself takes part of a name and guesses the rest.
# Tables of shifts are files, of this machine or of the network.
_NAMES_A_FILE = re.compile(r"grids|parameterfile|\+file", re.IGNORECASE)
_CODE_OR_DEFINITION = re.compile(r"\w+:\S+$|\+(?!init)|\w+\[")
LOCAL = "local"
# Metres about the point where equator and meridian meet: a plane that every program can convert.
_PLANE = "+proj=tmerc +lat_0=0 +lon_0=0 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m +no_defs"
FAR_APART_METRES = 100_000.0
STRAY_METRES = 300_000.0


@dataclass(frozen=True)
class Placed:
    """A table with the coordinates of its rows, as they stand in its file.

    Attributes:
        role: Its key in instance.yaml.
        table: For messages.
        xy: As given, shape (rows, 2).
        crs: The system they are given in.
    """

    role: str
    table: Table
    xy: Floats
    crs: CRS

    def lonlat(self, *, swapped: bool = False) -> Floats:
        """The points in degrees; infinite where the projection is not defined."""
        given = self.xy[:, ::-1] if swapped else self.xy
        return convert(given, self.crs, CRS.from_epsg(4326))


def parse_crs(text: str, where: str) -> tuple[CRS | None, list[Problem]]:
    """Reads a coordinate system by its code or definition; names are ambiguous and refused."""
    try:
        if _CODE_OR_DEFINITION.match(text) and not _NAMES_A_FILE.search(text):
            return CRS.from_user_input(text), []
    except CRSError:
        pass
    problem = Problem(
        code="unknown-crs",
        where=where,
        found=tr("'{text}', which is no known coordinate system", text=text),
        expected=tr("a code such as EPSG:32649 (UTM 49N) or EPSG:4546 (CGCS2000, 111E)"),
        mend=tr("Ask who made the data for the EPSG code."),
    )
    return None, [problem]


def convert(xy: Floats, source: CRS, target: CRS) -> Floats:
    """Converts points (rows, 2) between systems, x before y in both."""
    if source == target or not len(xy):
        return np.asarray(xy, dtype=float)
    transformer = _transformer(source, target)
    # Lists, because pyproj takes an array of one point for a number and warns.
    return np.column_stack(transformer.transform(xy[:, 0].tolist(), xy[:, 1].tolist()))


@lru_cache(maxsize=64)
def _transformer(source: CRS, target: CRS) -> Transformer:
    """Made once: it takes longer than all the points of a city."""
    return Transformer.from_crs(source, target, always_xy=True)


def plain_crs(text: str) -> str:
    """The system that a text means: itself, or for `local` a plane that is nowhere on Earth."""
    return _PLANE if text == LOCAL else text


def is_metric(crs: CRS) -> bool:
    """Whether both axes are in metres."""
    return not crs.is_geographic and all(axis.unit_name == "metre" for axis in crs.axis_info[:2])


def check_metric(crs: CRS, placed: Mapping[str, Placed], where: str) -> list[Problem]:
    """Refuses an instance CRS that is not in metres; suggests the UTM zone of the data."""
    if is_metric(crs):
        return []
    code, unit = crs.to_string(), crs.axis_info[0].unit_name
    zone = _utm_of(placed) if crs.is_geographic else None
    suggested = tr("{zone} fits this data. ", zone=zone) if zone else ""
    problem = Problem(
        code="crs-not-metric",
        where=where,
        found=tr("{code} ({name}), which is in degrees", code=code, name=crs.name)
        if crs.is_geographic
        else tr("{code} ({name}), which is in {unit}", code=code, name=crs.name, unit=unit),
        expected=tr("a coordinate system in metres, in which walks are measured"),
        mend=suggested
        + tr(
            "Write the metric system here, and 'crs: {code}' with each file whose coordinates are "
            "in it; they are converted.",
            code=code,
        ),
    )
    return [problem]


def check_placement(placed: Mapping[str, Placed], crs: CRS) -> list[Problem]:
    """Checks where all tables lie against the instance's system and each other."""
    problems = [problem for one in placed.values() for problem in _check_area(one, crs)]
    problems = problems or _check_apart(placed, crs)
    return problems or [p for one in placed.values() for p in _check_strays(one, crs)]


def _check_area(one: Placed, crs: CRS) -> list[Problem]:
    """Swapped, in degrees, in another system, or single rows far out."""
    if crs.area_of_use is None or not len(one.xy):
        return []
    outside = ~_inside(one.lonlat(), crs)
    if not outside.any():
        return []
    if outside.mean() < 0.5:
        expected = tr(
            "points in the area of {code}, where the other rows are", code=crs.to_string()
        )
        return _stray_rows(one, outside, expected)
    if _inside(one.lonlat(swapped=True), crs).mean() > 0.5:
        return [_swapped(one)]
    if not one.crs.is_geographic and _like_degrees(one.xy):
        return [_degrees(one)]
    return [_elsewhere(one, crs)]


def _inside(lonlat: Floats, crs: CRS) -> Bools:
    """Whether each point is in the system's area of use, widened by a degree."""
    west, south, east, north = crs.area_of_use.bounds
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    in_lat = (lat >= south - MARGIN_DEGREES) & (lat <= north + MARGIN_DEGREES)
    after, before = lon >= west - MARGIN_DEGREES, lon <= east + MARGIN_DEGREES
    in_lon = (after & before) if west <= east else (after | before)
    return np.asarray(in_lat & in_lon, dtype=np.bool_)


def _like_degrees(xy: Floats) -> bool:
    return bool((np.abs(xy[:, 0]) <= 180).all() and (np.abs(xy[:, 1]) <= 180).all())


def _center(xy: Floats) -> tuple[float, float]:
    x, y = np.median(xy, axis=0)
    return float(x), float(y)


def _where(one: Placed) -> str:
    x, y = one.table.column_label("x"), one.table.column_label("y")
    return tr("{file}, columns {x} and {y}", file=one.table.label, x=x, y=y)


def _shown(one: Placed) -> str:
    x, y = _center(one.xy)
    if _like_degrees(one.xy):
        return tr("x around {x:.6g}, y around {y:.6g}", x=x, y=y)
    return tr("x around {x:,.0f}, y around {y:,.0f}", x=x, y=y)


def _swapped(one: Placed) -> Problem:
    geographic = one.crs.is_geographic
    order = tr("x = longitude, y = latitude") if geographic else tr("x = easting, y = northing")
    x, y = one.table.column_label("x"), one.table.column_label("y")
    return Problem(
        code="lonlat-swapped" if geographic else "axes-swapped",
        where=_where(one),
        found=tr("{where}, which fits only if the two columns are swapped", where=_shown(one)),
        expected=order,
        mend=tr(
            "Rename the columns in the file, or write columns: {{x: {y}, y: {x}}} in the YAML.",
            x=x,
            y=y,
        ),
    )


def _degrees(one: Placed) -> Problem:
    return Problem(
        code="degrees-in-metric-crs",
        where=_where(one),
        found=tr("{where}, which look like degrees", where=_shown(one)),
        expected=tr("metres in {code} ({name})", code=one.crs.to_string(), name=one.crs.name),
        mend=tr(
            "If they are longitude and latitude, write {{file: {file}, crs: EPSG:4326}} in "
            "the YAML (EPSG:4490 for CGCS2000); they are converted.",
            file=_file(one),
        ),
    )


def _elsewhere(one: Placed, crs: CRS) -> Problem:
    area = crs.area_of_use
    west, south, east, north = area.bounds
    lon, lat = _center(one.lonlat())
    at = zone = ""
    if np.isfinite([lon, lat]).all():
        at = tr(", which is at {lon:.2f} E, {lat:.2f} N", lon=lon, lat=lat)
        zone = tr(" ({code} would fit there)", code=_utm(lon, lat)) if abs(lat) < 84 else ""
    return Problem(
        code="outside-crs-area",
        where=_where(one),
        found=f"{_shown(one)}{at}{zone}",
        expected=tr(
            "points in the area of {code} ({name}): {west:g} to {east:g} E, "
            "{south:g} to {north:g} N",
            code=crs.to_string(),
            name=crs.name,
            west=west,
            east=east,
            south=south,
            north=north,
        ),
        mend=tr("Correct 'crs' in the YAML, or say with 'crs' at this file which system it is in."),
    )


def _stray_rows(one: Placed, outside: Bools, expected: str) -> list[Problem]:
    rows = list(one.table.frame.index[outside])
    if not rows:
        return []
    digits = 6 if one.crs.is_geographic else 0
    shown = [f"x={x:.{digits}f} y={y:.{digits}f}" for x, y in one.xy[outside][:SHOWN_ROWS]]
    problem = Problem(
        code="stray-row",
        where=place(one.table, rows, None),
        found=joined(shown),
        expected=expected,
        mend=tr("Correct the coordinates of these rows: often a digit is missing."),
    )
    return [problem]


def _check_strays(one: Placed, crs: CRS) -> list[Problem]:
    """Rows over 300 km from the middle of their table: a digit too few, or a point of elsewhere."""
    xy = convert(one.xy, one.crs, crs)
    if not len(xy):
        return []
    far = np.hypot(*(xy - np.median(xy, axis=0)).T) > STRAY_METRES
    expected = tr(
        "points within {km:.0f} km of the middle, where the other rows are",
        km=STRAY_METRES / 1000,
    )
    return _stray_rows(one, far, expected)


def _check_apart(placed: Mapping[str, Placed], crs: CRS) -> list[Problem]:
    """Tables whose middles are more than 100 km from that of the residents."""
    if "residents" not in placed or not len(placed["residents"].xy):
        return []
    home = _center(convert(placed["residents"].xy, placed["residents"].crs, crs))
    problems = []
    for role, one in placed.items():
        if role == "residents" or not len(one.xy):
            continue
        metres = float(np.hypot(*np.subtract(_center(convert(one.xy, one.crs, crs)), home)))
        if not metres <= FAR_APART_METRES:
            problems.append(_apart(one, placed["residents"], metres))
    return problems


def _apart(one: Placed, home: Placed, metres: float) -> Problem:
    return Problem(
        code="tables-far-apart",
        where=_where(one),
        found=tr(
            "{where}, {km:,.0f} km from the residents ({home})",
            where=_shown(one),
            km=metres / 1000,
            home=_shown(home),
        ),
        expected=tr("all tables within 100 km of each other"),
        mend=tr(
            "One of {one} and {other} is in another coordinate system or zone: "
            "say which with 'crs' at that file.",
            one=_file(one),
            other=_file(home),
        ),
    )


def _file(one: Placed) -> str:
    return one.table.label.split(" ")[0]


def _utm_of(placed: Mapping[str, Placed]) -> str | None:
    """The UTM zone at the middle of the first table that has a sensible one."""
    for one in placed.values():
        if len(one.xy):
            lon, lat = _center(one.xy)
            if abs(lon) <= 180 and abs(lat) <= 84:
                return _utm(lon, lat)
    return None


def _utm(lon: float, lat: float) -> str:
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1}"
