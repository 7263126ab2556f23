"""Opens every file that a mapping names, each with its system, columns and coordinates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pyproj import CRS

from siting.errors import InputError, Problem
from siting.inputs.files import path_of
from siting.inputs.placement import convert
from siting.inputs.schemas import Schema
from siting.inputs.yaml_marks import YamlPath
from siting.language import tr
from siting.prepare.bureau.bureau_mapping import (
    BureauFile,
    BureauMapping,
    OutlinesEntry,
    PlacedEntry,
)
from siting.prepare.bureau.bureau_mapping_file import BureauRules
from siting.prepare.bureau.cell_grids import CellGrid
from siting.prepare.bureau.findings import Findings
from siting.prepare.bureau.ledger_points import LedgerPoints, read_points
from siting.prepare.bureau.ledgers import FILTER, KEEP, Filter, Ledger, Reading, read_ledger
from siting.prepare.bureau.outlines import Outlines, check_districts, city_area, read_outlines
from siting.prepare.bureau.places import GROUP
from siting.prepare.bureau.placing import Area, check_points, check_target
from siting.prepare.bureau.sheet_choice import find_grid
from siting.prepare.bureau.shifts import check_shifts
from siting.prepare.bureau.systems import System, read_system

ROLES = ("residents", "outlets", "sites")
_DEGREES = CRS.from_epsg(4326)
_SAME_METRES = 1.0


@dataclass(frozen=True)
class PlacedLedger:
    """One ledger of places: its entry in the mapping, all its rows, and those on the map."""

    entry: PlacedEntry
    ledger: Ledger
    points: LedgerPoints


@dataclass
class Sources:
    """What was read so far.

    Attributes:
        folder: Where the files are.
        rules: The mapping.
        findings: What was noticed.
        problems: What is wrong; nothing is written while there is one.
        by_role: The ledgers that could be read.
        tables: Ledgers without places: `offers` and `category_table`.
    """

    folder: Path
    rules: BureauRules
    findings: Findings
    problems: list[Problem] = field(default_factory=list)
    by_role: dict[str, list[PlacedLedger]] = field(default_factory=dict)
    tables: dict[str, Ledger] = field(default_factory=dict)
    target: System | None = None
    districts: Outlines | None = None
    circles: Outlines | None = None
    area: Area | None = None

    @property
    def mapping(self) -> BureauMapping:
        """What the mapping says."""
        return self.rules.mapping

    @property
    def currency(self) -> str:
        """The code of the instance's money."""
        money = self.mapping.instance.get("money")
        return str(money.get("unit", "CNY")) if isinstance(money, dict) else "CNY"

    def where(self, *path: str | int) -> str:
        """Names a place in the mapping with its line."""
        return self.rules.marked.where(path)

    def all_points(self) -> list[LedgerPoints]:
        """The points of every ledger."""
        return [one.points for role in ROLES for one in self.by_role.get(role, [])]

    def digests(self) -> dict[str, str]:
        """SHA-256 of every source file, by name."""
        mapping = self.mapping
        entries = (
            *(*mapping.residents, *mapping.outlets, *mapping.sites),
            *(mapping.offers, mapping.category_table),
            *(
                mapping.districts,
                mapping.circles,
                mapping.streets,
                mapping.barriers,
                mapping.osm,
                mapping.population,
            ),
        )
        files = dict.fromkeys(entry.file for entry in entries if entry)
        return {name: _digest(path_of(self.folder, name)) for name in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_sources(folder: Path, rules: BureauRules, findings: Findings) -> Sources:
    """Reads and checks all files; every problem is collected, none is raised."""
    sources = Sources(folder, rules, findings)
    _read_ground(sources)
    for role in ROLES:
        entries: Sequence[PlacedEntry] = getattr(rules.mapping, role)
        for number, entry in enumerate(entries):
            _collect(sources, role, number, entry)
    for role in ("offers", "category_table"):
        entry = getattr(rules.mapping, role)
        if entry is not None:
            try:
                sources.tables[role] = _read(sources, (role,), entry)
            except InputError as error:
                sources.problems += error.problems
    _check_places(sources)
    return sources


def _read_ground(sources: Sources) -> None:
    """The instance's system, the districts and the city's box."""
    mapping = sources.mapping
    sources.target, problems = read_system(mapping.crs, sources.where("crs"))
    sources.problems += problems
    box = None
    if mapping.area:
        box = Area(**mapping.area.model_dump(), source=sources.where("area"))
    sources.districts = _outlines(sources, "districts", mapping.districts)
    sources.circles = _outlines(sources, "circles", mapping.circles)
    if box or sources.districts:
        sources.area = city_area(box, sources.districts)
    if box and sources.districts:
        where = sources.where("districts", "crs")
        sources.problems += check_districts(sources.districts, box, where)
    if sources.target and sources.area:
        sources.problems += check_target(sources.target, sources.area, sources.where("crs"))


def _outlines(sources: Sources, role: str, entry: OutlinesEntry | None) -> Outlines | None:
    if entry is None:
        return None
    try:
        return read_outlines(sources.folder, entry, role, sources.rules.marked)
    except InputError as error:
        sources.problems += error.problems
        return None


def _collect(sources: Sources, role: str, number: int, entry: PlacedEntry) -> None:
    system, problems = read_system(entry.crs, sources.where(role, number, "crs"))
    sources.problems += problems
    try:
        ledger = _read(sources, (role, number), entry)
    except InputError as error:
        sources.problems += error.problems
        return
    if system is None:
        return
    if sources.area:
        sources.problems += _other_crs(ledger.grid, system, sources.area)
    points, problems = read_points(role, ledger, system, sources.findings)
    sources.problems += problems
    if points:
        sources.by_role.setdefault(role, []).append(PlacedLedger(entry, ledger, points))


def _read(sources: Sources, path: YamlPath, entry: BureauFile) -> Ledger:
    where = sources.where(*path, "file")
    grid = find_grid(sources.folder, entry, wanted_columns(entry), where, sources.findings)
    reading = Reading(
        wanted=wanted_columns(entry),
        header_row=entry.header_row,
        header_rows=entry.header_rows,
        fill_down=entry.fill_down,
        filters=(
            *(Filter(name, tuple(words), keep=True) for name, words in entry.where.items()),
            *(Filter(name, tuple(words), keep=False) for name, words in entry.where_not.items()),
        ),
        place=sources.where(*path, "columns"),
    )
    return read_ledger(grid, reading, sources.findings)


def wanted_columns(entry: BureauFile) -> dict[str, Sequence[str]]:
    """The names that each of our columns may have, as an entry of the mapping says."""
    columns = getattr(entry, "columns", None)
    named = dict(_wanted(columns)) if isinstance(columns, Schema) else {}
    filters = dict.fromkeys([*entry.where, *entry.where_not])
    return (
        named
        | {KEEP + name: [name] for name in entry.keep}
        | {FILTER + name: [name] for name in filters}
    )


def _wanted(columns: Schema) -> Iterator[tuple[str, Sequence[str]]]:
    for name in type(columns).model_fields:
        value = getattr(columns, name)
        if name == "groups":
            yield from ((GROUP + group, names) for group, names in value.items())
        elif name == "types":
            yield from ((f"type:{at}", names) for at, names in enumerate(value))
        elif value is not None:
            yield name, value


def _other_crs(grid: CellGrid, system: System, area: Area) -> list[Problem]:
    """A layer that names another system than the mapping; GeoJSON names none by itself."""
    if grid.crs is None or (grid.file.lower().endswith("json") and grid.crs == "EPSG:4326"):
        return []
    own = CRS.from_user_input(grid.crs)
    if own.is_geographic and system.geographic:
        return []
    middle = np.array([[area.middle, (area.south + area.north) / 2]])
    apart = convert(middle, _DEGREES, own) - convert(middle, _DEGREES, system.crs)
    if own.is_geographic == system.geographic and np.hypot(*apart[0]) <= _SAME_METRES:
        return []
    return [
        Problem(
            code="layer-crs",
            where=grid.label,
            found=tr("{name} ({title}) in the file itself", name=grid.crs[:60], title=own.name),
            expected=tr("{name}, as the mapping says", name=system.name),
            mend=tr("Correct 'crs' in the mapping, or the file's own system, whichever is wrong."),
        )
    ]


def _check_places(sources: Sources) -> None:
    """Every file in the city, then every pair of files against each other."""
    area, points = sources.area, sources.all_points()
    if area is None:
        return
    wrong = [problem for one in points for problem in check_points(one, area, sources.findings)]
    sources.problems += wrong or check_shifts(points)


def groups_of(sources: Sources) -> Mapping[str, Sequence[str]]:
    """The groups that each ledger of residents counts."""
    groups: dict[str, Sequence[str]] = {}
    for entry in sources.mapping.residents:
        own = [*entry.columns.groups, *entry.group_shares]
        groups[entry.file] = list(dict.fromkeys([*groups.get(entry.file, []), *own]))
    raster = sources.mapping.population
    if raster is not None:
        groups[raster.file] = list(raster.group_shares)
    osm = sources.mapping.osm
    if osm is not None and "residents" in osm.layers:
        groups[osm.file] = list(osm.group_shares)
    return groups
