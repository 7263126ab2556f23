"""People of OSM: totals of districts or places, spread over the homes of an extract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyproj import CRS
from scipy.spatial import KDTree

from siting.errors import InputError, Problem
from siting.inputs.placement import convert
from siting.language import joined, phrase, quoted, tr
from siting.prepare.buildings import Homes, find_homes
from siting.prepare.bureau.bureau_mapping import OsmEntry
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.outlines import Outlines
from siting.prepare.coordinates import Floats
from siting.prepare.osm_mapping_file import default_buildings
from siting.prepare.osm_read import Extract
from siting.prepare.population import find_places, merge_homes, spread_people

_CELL_METRES = 100.0
_DEGREES = CRS.from_epsg(4326)
_WHERE_FROM = phrase("{count:,} homes outside every district with a total")


@dataclass(frozen=True)
class Totals:
    """People by area: `names` and `people` of each, and `at`, the area of each home or -1."""

    names: tuple[str, ...]
    people: tuple[int, ...]
    at: np.ndarray


def people_of_osm(
    extract: Extract, entry: OsmEntry, crs: CRS, districts: Outlines | None, findings: Findings
) -> pd.DataFrame:
    """Spreads totals over homes by their floor, in whole people that sum to the totals.

    Args:
        extract: What the extract holds of the city.
        entry: The totals by district and the shares of groups.
        crs: Metric system of the instance.
        districts: The outlines that the totals are of; None takes those of the place nodes.
        findings: Where homes that are left out are noted.

    Returns:
        Columns `x`, `y` (metres), `district`, `residents` and one for each group.

    Raises:
        InputError: There are no homes, no totals, or an area with people has no home.
    """
    homes = find_homes(extract, default_buildings(), crs.to_string())
    for why, count in sorted(homes.skipped.items()):
        what = tr("{count:,} buildings: {why}", count=count, why=tr(why))
        findings.add(Finding("no-home", entry.file, "", None, what, tr("left out")))
    totals = _by_district(homes, entry, crs, districts) if districts else _by_place(extract, homes,
                                                                                  crs)  # fmt: skip
    _refuse_unhoused(entry.file, totals)
    inside = totals.at >= 0
    if not inside.all():
        what = tr(_WHERE_FROM, count=int((~inside).sum()))
        findings.add(Finding("outside-districts", entry.file, "", None, what, tr("left out")))
    objects = tuple(one for one, keep in zip(homes.objects, inside, strict=True) if keep)
    kept = Homes(objects, np.round(homes.xy[inside], 2), homes.floor_m2[inside], {})
    points = merge_homes(kept, totals.at[inside], _CELL_METRES)
    placed = spread_people(points, np.array(totals.people), entry.group_shares)
    names = np.array(totals.names, dtype=object)[placed["municipality"]]
    return placed.drop(columns=["municipality", "floor_m2"]).assign(district=names)


def _by_district(homes: Homes, entry: OsmEntry, crs: CRS, districts: Outlines) -> Totals:
    names = tuple(entry.totals)
    lonlat = convert(homes.xy, crs, _DEGREES).reshape(-1, 2)
    known = {name: at for at, name in enumerate(names)}
    at = np.array([known.get(name, -1) for name in districts.of(lonlat)], dtype=np.int64)
    return Totals(names, tuple(entry.totals.values()), at)


def _by_place(extract: Extract, homes: Homes, crs: CRS) -> Totals:
    """Every home belongs to the nearest place node that has a population."""
    places = find_places(extract, crs.to_string())
    known = np.flatnonzero(places.residents > 0)
    if not len(known) or not len(homes.xy):
        return Totals((), (), np.full(len(homes.xy), -1))
    nearest: Floats = np.asarray(KDTree(places.xy[known]).query(homes.xy)[1])
    there = np.unique(nearest.astype(np.int64))
    names = tuple(places.names[known[one]] for one in there)
    people = tuple(int(places.residents[known[one]]) for one in there)
    return Totals(names, people, np.searchsorted(there, nearest))


def _refuse_unhoused(file: str, totals: Totals) -> None:
    empty = [name for at, (name, people) in enumerate(zip(totals.names, totals.people, strict=True))
             if people and not (totals.at == at).any()]  # fmt: skip
    if sum(totals.people) and not empty:
        return
    found = tr("no homes in {names}", names=joined(map(quoted, empty)))
    if not empty:
        found = tr("homes without a total, or totals without a home")
    problem = Problem(
        code="no-homes",
        where=file,
        found=found,
        expected=tr("homes, and people of each district in 'totals' or at the place nodes"),
        mend=tr("Write 'totals' with names as in 'districts', or take people of another source."),
    )
    raise InputError([problem])
