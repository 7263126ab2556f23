"""Outlines of districts: who is in which, and the city's box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from siting.errors import InputError, Problem
from siting.inputs.header_units import plain
from siting.inputs.yaml_marks import MarkedYaml
from siting.language import phrase, quoted, tr
from siting.prepare.bureau.bureau_mapping import OutlinesEntry
from siting.prepare.bureau.cell_grids import read_grid, read_shapes
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.headers import LedgerHeader, choose_columns
from siting.prepare.bureau.placing import Area
from siting.prepare.bureau.systems import read_system
from siting.prepare.coordinates import Floats

_WITHOUT = {
    "district": phrase("{count} rows without a district"),
    "circle": phrase("{count} rows without a living circle"),
}
_DEGREES = CRS.from_epsg(4326)


@dataclass(frozen=True)
class Outlines:
    """Districts or living circles with their outlines.

    Attributes:
        file: Where they come from.
        names: Of each.
        shapes: Their areas in degrees of WGS84, shape (districts,).
    """

    file: str
    names: tuple[str, ...]
    shapes: np.ndarray

    @property
    def area(self) -> Area:
        """The box round all of them."""
        west, south, east, north = shapely.total_bounds(self.shapes)
        return Area(float(west), float(south), float(east), float(north), self.file)

    def of(self, lonlat: Floats) -> list[str]:
        """The district of each point (n, 2); empty for points in none."""
        found = [""] * len(lonlat)
        points = shapely.points(lonlat)
        for at, district in shapely.STRtree(self.shapes).query(points, predicate="intersects").T:
            found[at] = found[at] or self.names[district]
        return found


def read_outlines(folder: Path, entry: OutlinesEntry, role: str, marked: MarkedYaml) -> Outlines:
    """Reads the outlines.

    Args:
        folder: That the file's name is relative to.
        entry: What the mapping says of them.
        role: Their key in the mapping.
        marked: The mapping with its lines, for messages.

    Raises:
        InputError: The file, its system, its column of names or its areas are not to be had.
    """
    system, problems = read_system(entry.crs, marked.where((role, "crs")))
    place = marked.where((role, "name"))
    where = marked.where((role, "file"))
    grid = read_grid(folder, entry.file, entry.layer, where, places=False)
    if grid.header is None:
        raise InputError([*problems, _no_areas(grid.label)])
    header = LedgerHeader(0, 0, grid.header)
    columns, missing = choose_columns(grid, header, {"name": entry.name}, place)
    frame = read_shapes(folder, entry.file, entry.layer, place)[0]
    shapes = frame.geometry.to_numpy() if "geometry" in frame else np.empty(0, dtype=object)
    if not len(shapes) or not np.isin(shapely.get_type_id(shapes), (3, 6)).all():
        problems.append(_no_areas(grid.label))
    if problems or missing or system is None:
        raise InputError([*problems, *missing])
    names = tuple(row[columns["name"]] for at, row in enumerate(grid.cells) if at not in grid.gone)
    areas = shapely.make_valid(system.shapes_into(shapely.force_2d(shapes), _DEGREES))
    return Outlines(grid.label, names, areas)


def _no_areas(label: str) -> Problem:
    return Problem(
        code="not-areas",
        where=label,
        found=tr("a file without areas"),
        expected=tr("a layer of areas, one for each district or circle"),
        mend=tr("Name the file with the outlines, or give 'area' in its place."),
    )


def fill_from_map(
    frame: pd.DataFrame, column: str, outlines: Outlines, findings: Findings
) -> pd.DataFrame:
    """Takes districts or circles that are not written from the map, and says where the two differ.

    Args:
        frame: Columns `name`, `lon`, `lat`, `file`, `sheet`, `row` and the column to fill.
        column: `district` or `circle`.
        outlines: The map.
        findings: Where every difference is noted.
    """
    mapped = outlines.of(frame[["lon", "lat"]].to_numpy(float))
    written = list(frame[column])
    for at, (inside, said) in enumerate(zip(mapped, written, strict=True)):
        one = frame.iloc[at]
        if not inside:
            _note(findings, f"outside-{column}s", one, quoted(one["name"]), tr("kept"))
        elif not said:
            written[at] = inside
        elif not _same(inside, said):
            what = tr("{said}, and {mapped} on the map", said=quoted(said), mapped=quoted(inside))
            _note(findings, f"other-{column}", one, what, tr("kept as written"))
    filled = sum(after != before for after, before in zip(written, frame[column], strict=True))
    if filled:
        what = tr(_WITHOUT[column], count=filled)
        file, sheet = frame["file"].iloc[0], frame["sheet"].iloc[0]
        finding = Finding(f"{column}-filled", file, sheet, None, what, tr("taken from the map"))
        findings.add(finding)
    return frame.assign(**{column: written})


def _same(one: str, other: str) -> bool:
    """Whether two names mean one district: 东河 and 东河区."""
    short = [plain(name).rstrip("区县旗市") for name in (one, other)]
    return short[0] == short[1] or plain(one) == plain(other)


def _note(findings: Findings, kind: str, one: pd.Series[str], what: str, done: str) -> None:
    findings.add(Finding(kind, one["file"], one["sheet"], int(one["row"]), what, done))


def city_area(box: Area | None, districts: Outlines | None) -> Area:
    """The city as the mapping gives it: its box, else the box of its districts.

    Raises:
        ValueError: It gives neither.
    """
    found = box or (districts.area if districts else None)
    if found is None:
        raise ValueError("neither a box nor districts")
    return found


def check_districts(districts: Outlines, area: Area, where: str) -> Sequence[Problem]:
    """Refuses outlines that are not where the mapping says that the city is."""
    middle = np.array([[(districts.area.west + districts.area.east) / 2,
                        (districts.area.south + districts.area.north) / 2]])  # fmt: skip
    if np.isfinite(middle).all() and area.holds(middle).all():
        return []
    return [
        Problem(
            code="outside-city",
            where=where,
            found=tr("districts at {area}", area=districts.area.text),
            expected=tr("districts in the city: {area}", area=area.text),
            mend=tr("Say with 'crs' at this file which system it is in, or correct 'area'."),
        )
    ]
