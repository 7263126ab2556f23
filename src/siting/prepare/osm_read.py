"""One pass over an OSM extract: the objects that carry a tag of interest, with coordinates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from pyproj import Transformer

from siting.errors import InputError, Problem

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Box = tuple[float, float, float, float]

KEYS = (
    "highway",
    "building",
    "amenity",
    "shop",
    "craft",
    "leisure",
    "healthcare",
    "social_facility",
    "vending",
    "atm",
    "place",
    "landuse",
    "addr:housenumber",
)


@dataclass(frozen=True)
class OsmObject:
    """A node or a way with its tags.

    Attributes:
        ref: `n` or `w` and the OSM id, e.g. `w4097656`.
        tags: Its tags.
        nodes: OSM ids of its nodes, shape (nodes,); one for a node.
        lonlat: WGS84 degrees of its nodes, shape (nodes, 2); NaN where the extract lacks the node.
    """

    ref: str
    tags: Mapping[str, str]
    nodes: Ids
    lonlat: Floats

    @property
    def is_area(self) -> bool:
        """Whether it is a closed way of at least three different nodes, all of them there."""
        closed = len(self.nodes) > 3 and self.nodes[0] == self.nodes[-1]
        return bool(closed and np.isfinite(self.lonlat).all())


@dataclass(frozen=True)
class Extract:
    """What an extract holds.

    Attributes:
        objects: Nodes and ways with a tag of interest, in the order of the file.
        newest: Time of the newest edit of them (UTC), which dates an extract that does not.
    """

    objects: tuple[OsmObject, ...]
    newest: datetime

    def having(self, key: str) -> tuple[OsmObject, ...]:
        """The objects with a tag of this key."""
        return tuple(one for one in self.objects if key in one.tags)


def read_extract(path: Path, clip: Box | None = None) -> Extract:
    """Reads an extract (`.osm.pbf`, `.osm`, `.osm.bz2`, ...) in one pass.

    Args:
        path: The file.
        clip: West, south, east and north in degrees. A node is read if it lies in this box, a way
            if its first node does, with all its nodes.

    Raises:
        InputError: There is no such file, or osmium cannot read it.
    """
    mend = "Give an OSM extract, e.g. city.osm.pbf."
    if not path.is_file():
        raise InputError([Problem("no-file", str(path), "no file", "an OSM extract", mend)])
    try:
        return _read(path, clip)
    except RuntimeError as error:
        problem = Problem("no-osm", str(path), str(error), "an OSM extract", mend)
        raise InputError([problem]) from None


def _read(path: Path, clip: Box | None) -> Extract:
    objects: list[OsmObject] = []
    newest = datetime(1970, 1, 1, tzinfo=UTC)
    source = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for item in source.with_filter(osmium.filter.KeyFilter(*KEYS)):
        first = item.location if item.is_node() else _first(item)
        if clip is None or _inside(first, clip):
            newest = max(newest, item.timestamp)
            objects.append(_node(item) if item.is_node() else _way(item))
    return Extract(tuple(objects), newest)


def _first(way: osmium.osm.Way) -> osmium.osm.Location:
    return way.nodes[0].location if len(way.nodes) else osmium.osm.Location()


def _inside(place: osmium.osm.Location, box: Box) -> bool:
    west, south, east, north = box
    return bool(place.valid() and west <= place.lon <= east and south <= place.lat <= north)


def _node(item: osmium.osm.Node) -> OsmObject:
    place = np.array([[item.lon, item.lat]])
    return OsmObject(f"n{item.id}", dict(item.tags), np.array([item.id]), place)


def _way(item: osmium.osm.Way) -> OsmObject:
    nodes = [node.ref for node in item.nodes]
    places = [node.location for node in item.nodes]
    lonlat = [(p.lon, p.lat) if p.valid() else (np.nan, np.nan) for p in places]
    return OsmObject(
        f"w{item.id}",
        dict(item.tags),
        np.array(nodes, dtype=np.int64),
        np.array(lonlat).reshape(-1, 2),
    )


def projector(crs: str) -> Callable[[Floats], Floats]:
    """A function from WGS84 lon, lat, shape (n, 2), to x, y in metres of a CRS, shape (n, 2)."""
    transform = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform

    def project(lonlat: Floats) -> Floats:
        if len(lonlat) == 0:
            return np.empty((0, 2))
        return np.column_stack(transform(lonlat[:, 0], lonlat[:, 1]))

    return project
