"""A town of a few streets, written as OSM XML, and shorthand for OSM objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from siting.prepare.osm_mapping import OsmMapping
from siting.prepare.osm_mapping_file import read_mapping
from siting.prepare.osm_read import OsmObject

# One metre in degrees of latitude, and of longitude at 60 degrees north.
METRE_NORTH = 1 / 111_412
METRE_EAST = METRE_NORTH * 1.995
SOUTH, WEST = 60.0, 9.0

MAPPING = """\
siting_prepare: 1
name: Small town
crs: EPSG:32632
source: {title: A made-up town, as_of: "2026-01-01", obtained: Nowhere., rebuild: siting prepare}
money: {budget: 20万}
streets: {least_component: 3}
buildings: {least_footprint: 20}
population:
  groups: {elderly: 20%, infants: 5%}
  municipalities: [{name: Town, place: Town}]
categories: [pharmacy, breakfast_shop, parcel_point]
sites:
  look_within: 300 m
  least_residents: 1
  kinds: {corner: {spacing: 50 m}, car_park: {least_footprint: 100}}
offers: {least_uncovered: 1}
"""


def degrees(metres: tuple[float, float]) -> tuple[float, float]:
    """Longitude and latitude of a point so many metres east and north of the town's corner."""
    east, north = metres
    return WEST + east * METRE_EAST, SOUTH + north * METRE_NORTH


def way(number: int, tags: Mapping[str, str], *points: tuple[int, float, float]) -> OsmObject:
    """A way through points (node id, metres east, metres north); NaN where a node is not known."""
    nodes = np.array([point[0] for point in points])
    lonlat = np.array([degrees(point[1:]) for point in points])
    return OsmObject(f"w{number}", tags, nodes, lonlat)


def node(number: int, tags: Mapping[str, str], east: float, north: float) -> OsmObject:
    """A node so many metres east and north."""
    return OsmObject(f"n{number}", tags, np.array([number]), np.array([degrees((east, north))]))


def square(
    number: int, tags: Mapping[str, str], east: float, north: float, side: float = 10
) -> OsmObject:
    """A square area with its south-west corner at a point."""
    first = number * 10
    corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)]
    ids = [first, first + 1, first + 2, first + 3, first]
    points = [(i, east + x, north + y) for i, (x, y) in zip(ids, corners, strict=True)]
    return way(number, tags, *points)


def write_osm(path: Path, objects: list[OsmObject]) -> Path:
    """Writes objects as an `.osm` file, nodes first; unknown nodes are left out of it."""
    nodes: dict[int, tuple[float, float, Mapping[str, str]]] = {}
    for one in objects:
        tags = one.tags if one.ref.startswith("n") else {}
        for number, (lon, lat) in zip(one.nodes.tolist(), one.lonlat.tolist(), strict=True):
            if np.isfinite(lon):
                nodes[number] = (lon, lat, tags or nodes.get(number, (0, 0, {}))[2])
    stamp = 'version="1" timestamp="2026-01-02T03:04:05Z"'
    lines = ['<osm version="0.6">']
    for number, (lon, lat, tags) in sorted(nodes.items()):
        lines.append(f'<node id="{number}" {stamp} lon="{lon:.7f}" lat="{lat:.7f}">')
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
        lines.append("</node>")
    for one in sorted((o for o in objects if o.ref.startswith("w")), key=lambda o: int(o.ref[1:])):
        lines.append(f'<way id="{one.ref[1:]}" {stamp}>')
        lines += [f'<nd ref="{number}"/>' for number in one.nodes.tolist()]
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in one.tags.items()]
        lines.append("</way>")
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    """Writes a mapping file."""
    path = folder / "prepare.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def town_mapping(folder: Path, text: str = MAPPING) -> OsmMapping:
    """The mapping of the town."""
    return read_mapping(write_mapping(folder, text))


def town() -> list[OsmObject]:
    """Two crossing streets, six homes, a pharmacy, a car park and a school."""
    street = {"highway": "residential"}
    homes = [(20, 20), (60, 20), (120, 20), (20, 120), (60, 120), (130, 120)]
    return [
        node(1, {"place": "town", "name": "Town", "population": "1 001"}, 80, 80),
        node(2, {"amenity": "pharmacy", "name": "Old pharmacy"}, 30, 78),
        way(1, street | {"name": "East Street"}, (11, 0, 80), (12, 100, 80), (13, 700, 80)),
        way(2, street | {"name": "North Road"}, (14, 100, 0), (12, 100, 80), (15, 100, 200)),
        *(square(100 + at, {"building": "house"}, *home) for at, home in enumerate(homes)),
        square(200, {"amenity": "parking", "name": "Car park"}, 650, 90, 40),
        square(201, {"building": "school", "name": "School"}, 400, 90, 30),
    ]
