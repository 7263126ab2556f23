"""Candidate sites: where something could be added, thinned to a stated spacing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.coverage.near_pairs import neighbours
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.prepare.buildings import storeys
from siting.prepare.osm_mapping import OsmMapping, SiteKind, Storeys, matches
from siting.prepare.osm_read import Extract, Floats, projector
from siting.prepare.outlets import locate
from siting.prepare.street_network import Mask, Network

# Metres; street nodes are compared with nodes that were rounded to 1 cm.
_SAME_PLACE = 0.02
_ONE_STOREY = [Storeys(from_m2=0, levels=1)]


@dataclass(frozen=True)
class Need:
    """Residents without a category, for a straight-line screen of places.

    Attributes:
        xy: Demand points, metres, shape (residents, 2).
        uncovered: Uncovered people, summed over categories, shape (residents,).
    """

    xy: Floats
    uncovered: Floats

    def near(self, xy: Floats, within: float) -> Floats:
        """Uncovered (person, category) pairs within a distance of each point, shape (points,)."""
        if not len(xy):
            return np.empty(0)
        near = neighbours(KDTree(self.xy), xy, within)
        return np.array([self.uncovered[rows].sum() for rows in near])


def find_sites(
    extract: Extract, network: Network, need: Need, mapping: OsmMapping
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Lists candidate sites, kind by kind in the order of the rules.

    Within a kind the places with most uncovered residents nearby come first; a place is taken if
    no site taken before lies within the kind's spacing.

    Returns:
        Columns `x`, `y`, `name`, `kind`, `floor_area_m2`, `slots`, `allowed_categories`, `osm`,
        from west to east; and by kind how many places were looked at and not taken.
    """
    rules, kinds = mapping.sites, mapping.site_kinds
    frames = [
        _corners(extract, network, name, mapping)
        if kind.corners
        else _tagged(extract, name, mapping)
        for name, kind in kinds.items()
    ]
    taken: list[pd.DataFrame] = []
    passed: dict[str, int] = {}
    before = np.empty((0, 2))
    for (name, kind), frame in zip(kinds.items(), frames, strict=True):
        weight = need.near(frame[["x", "y"]].to_numpy(float), rules.look_within)
        ranked = frame.assign(weight=weight)[weight >= rules.least_residents]
        ranked = ranked.sort_values(["weight", "x", "y"], ascending=[False, True, True])
        chosen = thin(ranked[["x", "y"]].to_numpy(float), before, kind.spacing)[: kind.most]
        taken.append(ranked.iloc[chosen])
        before = np.concatenate([before, ranked[["x", "y"]].to_numpy(float)[chosen]])
        passed[name] = len(frame) - len(chosen)
    sites = pd.concat(taken).drop(columns="weight").sort_values(["x", "y", "osm"])
    return sites.reset_index(drop=True), passed


def thin(xy: Floats, before: Floats, spacing: float) -> list[int]:
    """Takes points in their order, each at least `spacing` metres from all that were taken before.

    Args:
        xy: Points in order of preference, shape (n, 2).
        before: Points that are taken already, shape (m, 2).
        spacing: Metres.

    Returns:
        Positions in `xy` of the points taken, ascending.
    """
    if not len(xy):
        return []
    free: Mask = np.ones(len(xy), dtype=bool)
    if len(before):
        free = np.asarray(KDTree(before).query(xy)[0] >= spacing)
    tree, chosen = KDTree(xy), []
    for at in range(len(xy)):
        if free[at]:
            chosen.append(at)
            free[tree.query_ball_point(xy[at], np.nextafter(spacing, 0))] = False
    return chosen


def _tagged(extract: Extract, name: str, mapping: OsmMapping) -> pd.DataFrame:
    kind = mapping.site_kinds[name]
    found = locate(
        tuple(
            one
            for one in extract.objects
            if any(matches(one.tags, rule, every=True) for rule in kind.tags)
            and not matches(one.tags, kind.refuse, every=False)
        ),
        mapping.crs,
    )
    most_levels = mapping.buildings.most_levels
    rows = []
    for one, (x, y), m2 in zip(found.objects, found.xy, found.m2, strict=True):
        if 0 < m2 < kind.least_footprint:
            continue
        levels = storeys(one.tags, m2, _ONE_STOREY, most_levels)
        rows.append(_row((x, y), _title(one.tags, name), (name, kind), m2 * levels, one.ref))
    return _frame(rows)


def _corners(extract: Extract, network: Network, name: str, mapping: OsmMapping) -> pd.DataFrame:
    kind = mapping.site_kinds[name]
    xy = network.xy[np.flatnonzero(network.degree >= 3)]
    titles = _streets_at(xy, extract, mapping.crs)
    rows = [
        _row((x, y), title, (name, kind), 0.0, "")
        for (x, y), title in zip(xy.tolist(), titles, strict=True)
    ]
    return _frame(rows)


def _streets_at(xy: Floats, extract: Extract, crs: str) -> list[str]:
    """What people would call a corner: the streets that meet there, or the street it is near."""
    named = [one for one in extract.having("highway") if len(one.nodes) > 1 and "name" in one.tags]
    if not named:
        return ["corner"] * len(xy)
    lonlat = np.concatenate([one.lonlat for one in named])
    street = np.repeat(
        [" ".join(o.tags["name"].split()) for o in named], [len(o.nodes) for o in named]
    )
    known = np.isfinite(lonlat).all(axis=1)
    tree, street = KDTree(projector(crs)(lonlat[known])), street[known]
    nearest = np.asarray(tree.query(xy)[1])
    titles = []
    for at, here in enumerate(neighbours(tree, xy, _SAME_PLACE)):
        meet = sorted(set(street[here]))
        titles.append(" / ".join(meet) if meet else f"near {street[nearest[at]]}")
    return titles


def _row(
    xy: tuple[float, float], title: str, named: tuple[str, SiteKind], floor: float, ref: str
) -> tuple[float, float, str, str, int, int, str, str]:
    name, kind = named
    least, most = kind.floor_area_m2
    area = int(min(max(floor * kind.floor_share, least), most))
    slots = int(min(1 + area // kind.slot_m2, kind.most_slots))
    return (*xy, title, name, area, slots, CATEGORY_SEPARATOR.join(kind.allowed_categories), ref)


def _frame(rows: list[tuple[float, float, str, str, int, int, str, str]]) -> pd.DataFrame:
    columns = ["x", "y", "name", "kind", "floor_area_m2", "slots", "allowed_categories", "osm"]
    return pd.DataFrame(rows, columns=columns)


def _title(tags: Mapping[str, str], kind: str) -> str:
    """What people would call the place: its name, its address, or its kind."""
    street, number = tags.get("addr:street", ""), tags.get("addr:housenumber", "")
    address = f"{street} {number}".strip() if street else ""
    title = tags.get("name") or address or kind.replace("_", " ")
    return " ".join(title.split())
