"""Homes: which buildings people live in, and on how much floor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from siting.language import phrase
from siting.prepare.osm_mapping import Buildings, BuildingType, Storeys
from siting.prepare.osm_read import Extract, Floats, OsmObject, projector
from siting.prepare.street_network import Mask

_POINTS, _OPEN = phrase("points"), phrase("open lines")
_LOST = phrase("nodes missing in the extract")
_FIRST_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Areas:
    """Closed ways as polygons.

    Attributes:
        objects: The OSM objects, in the order of the file.
        polygons: Their polygons in metres, shape (areas,).
        m2: Their areas in square metres, shape (areas,).
        xy: A point on each, its centroid where that lies inside, shape (areas, 2).
    """

    objects: tuple[OsmObject, ...]
    polygons: np.ndarray
    m2: Floats
    xy: Floats


@dataclass(frozen=True)
class Homes:
    """Buildings that are lived in.

    Attributes:
        objects: The OSM objects.
        xy: A point on each, metres, shape (homes, 2).
        floor_m2: Floor area lived in, square metres, shape (homes,).
        skipped: Buildings that were left out, by reason.
    """

    objects: tuple[OsmObject, ...]
    xy: Floats
    floor_m2: Floats
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class _Signs:
    """What the surroundings of a building say of its use."""

    addressed: bool
    business_land: bool


def as_areas(objects: Sequence[OsmObject], crs: str) -> Areas:
    """Makes polygons of the closed ways among some objects; the others are left out."""
    closed = tuple(one for one in objects if one.is_area)
    if not closed:
        return Areas((), np.empty(0, dtype=object), np.empty(0), np.empty((0, 2)))
    xy = projector(crs)(np.concatenate([one.lonlat for one in closed]))
    ring = np.repeat(np.arange(len(closed)), [len(one.nodes) for one in closed])
    polygons = shapely.polygons(shapely.linearrings(xy, indices=ring))
    for at, one in enumerate(closed):
        if one.holes:
            holes = [shapely.linearrings(projector(crs)(hole)) for hole in one.holes]
            polygons[at] = shapely.polygons(shapely.get_exterior_ring(polygons[at]), holes)
    centre = shapely.centroid(polygons)
    inside = shapely.intersects(shapely.make_valid(polygons), centre)
    on = np.where(inside, centre, shapely.point_on_surface(shapely.make_valid(polygons)))
    return Areas(closed, polygons, shapely.area(polygons), shapely.get_coordinates(on))


def storeys(tags: Mapping[str, str], m2: float, rule: Sequence[Storeys], most: float) -> float:
    """Storeys of a building: `building:levels` where it is plausible, else by its footprint."""
    tagged = _FIRST_NUMBER.match(tags.get("building:levels", ""))
    if tagged and 0 < float(tagged.group(1)) <= most:
        return float(tagged.group(1))
    return max((one for one in rule if one.from_m2 <= m2), key=lambda one: one.from_m2).levels


def find_homes(extract: Extract, rules: Buildings, crs: str) -> Homes:
    """Finds the buildings that people live in, by the rule of each type of building.

    Buildings some of whose nodes the extract lacks are counted among those left out.
    """
    buildings = extract.having("building")
    areas = as_areas(buildings, crs)
    addressed = _addressed(areas, extract, rules, crs)
    in_business = _in_business_land(areas, extract, rules, crs)
    skipped = {**_no_areas(buildings), **extract.left_out}
    chosen, floors = [], []
    for at, one in enumerate(areas.objects):
        rule = rules.types.get(one.tags["building"])
        why = _why_no_home(one, rule, _Signs(addressed[at], in_business[at]), rules)
        why = why or _wrong_size(areas.m2[at], rule, rules)
        if why or rule is None:
            skipped[why] = skipped.get(why, 0) + 1
            continue
        levels = storeys(one.tags, areas.m2[at], rule.storeys, rules.most_levels)
        chosen.append(at)
        floors.append(areas.m2[at] * levels * rule.homes)
    objects = tuple(areas.objects[at] for at in chosen)
    return Homes(objects, areas.xy[chosen].reshape(-1, 2), np.array(floors), skipped)


def _no_areas(buildings: Sequence[OsmObject]) -> dict[str, int]:
    """Buildings without a floor, by reason."""
    counts = dict.fromkeys((_POINTS, _LOST, _OPEN), 0)
    for one in buildings:
        if one.ref.startswith("n"):
            counts[_POINTS] += 1
        elif not np.isfinite(one.lonlat).all():
            counts[_LOST] += 1
        elif not one.is_area:
            counts[_OPEN] += 1
    return {why: count for why, count in counts.items() if count}


def _why_no_home(one: OsmObject, rule: BuildingType | None, signs: _Signs, rules: Buildings) -> str:
    if rule is None:
        return phrase("no type that is lived in")
    if rule.address and not signs.addressed:
        return phrase("no address")
    if rule.business and any(key in one.tags for key in rules.business_tags):
        return phrase("a business")
    if rule.business and signs.business_land:
        return phrase("on business land")
    return ""


def _wrong_size(m2: float, rule: BuildingType | None, rules: Buildings) -> str:
    if m2 < rules.least_footprint:
        return phrase("too small")
    return phrase("too large for its type") if rule and m2 > rule.most_footprint else ""


def _addressed(areas: Areas, extract: Extract, rules: Buildings, crs: str) -> Mask:
    """Whether each building has an address, of its own or by an address point at it."""
    own = np.array(["addr:housenumber" in one.tags for one in areas.objects], dtype=bool)
    points = [one for one in extract.having("addr:housenumber") if one.ref.startswith("n")]
    if not points or not len(own):
        return own
    xy = projector(crs)(np.concatenate([one.lonlat for one in points]))
    tree = shapely.STRtree(areas.polygons)
    hit = tree.query(shapely.points(xy), predicate="dwithin", distance=rules.address_within)[1]
    own[hit] = True
    return own


def _in_business_land(areas: Areas, extract: Extract, rules: Buildings, crs: str) -> Mask:
    """Whether a point of each building lies on land used for business."""
    land = [
        one for one in extract.having("landuse") if one.tags["landuse"] in rules.business_landuse
    ]
    inside = np.zeros(len(areas.objects), dtype=bool)
    polygons = as_areas(land, crs).polygons
    if len(polygons) and len(inside):
        tree = shapely.STRtree(shapely.make_valid(polygons))
        inside[tree.query(shapely.points(areas.xy), predicate="intersects")[0]] = True
    return inside
