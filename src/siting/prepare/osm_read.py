"""One pass over an OSM extract: the objects that carry a tag of interest, with coordinates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from pyproj import Transformer

from siting.errors import InputError, Problem
from siting.language import phrase, tr
from siting.prepare.memory import bounded, most_memory

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Box = tuple[float, float, float, float]
# What an object takes in memory without its nodes, and each of them, about.
_OBJECT_BYTES, _NODE_BYTES = 1000, 24

# What osmium raises for files of strangers; what it says names the place.
_ODD = (RuntimeError, ValueError, OverflowError, osmium.InvalidLocationError)
_AREAS = ("multipolygon", "boundary")
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
    """A node, a way or one outer ring of a multipolygon, with its tags.

    Attributes:
        ref: `n`, `w` or `r` and the OSM id, e.g. `w4097656`.
        tags: Its tags.
        nodes: OSM ids of its nodes, shape (nodes,); one for a node.
        lonlat: WGS84 degrees of its nodes, shape (nodes, 2); NaN where the extract lacks the node.
        holes: Rings that are no part of it, of a multipolygon, each shape (nodes, 2).
    """

    ref: str
    tags: Mapping[str, str]
    nodes: Ids
    lonlat: Floats
    holes: tuple[Floats, ...] = ()

    @property
    def is_area(self) -> bool:
        """Whether it is a closed way of at least three different nodes, all of them there."""
        closed = len(self.nodes) > 3 and self.nodes[0] == self.nodes[-1]
        return bool(closed and np.isfinite(self.lonlat).all())


@dataclass(frozen=True)
class Extract:
    """What an extract holds.

    Attributes:
        objects: Nodes and ways with a tag of interest, in the order of the file, then rings of
            buildings that are multipolygons.
        newest: Time of the newest edit of them (UTC), which dates an extract that does not.
        left_out: Buildings that are none of the objects, by reason.
        relations: Tags of areas that are relations and no buildings; they are not read.
    """

    objects: tuple[OsmObject, ...]
    newest: datetime
    left_out: Mapping[str, int] = field(default_factory=dict)
    relations: tuple[Mapping[str, str], ...] = ()

    def having(self, key: str) -> tuple[OsmObject, ...]:
        """The objects with a tag of this key."""
        return tuple(one for one in self.objects if key in one.tags)


def read_extract(path: Path, clip: Box | None = None, *, multipolygons: bool = True) -> Extract:
    """Reads an extract (`.osm.pbf`, `.osm`, `.osm.bz2`, ...), nodes before ways.

    Args:
        path: The file.
        clip: West, south, east and north in degrees. A node is read if it lies in this box, a way
            if the first of its nodes in the file does, with all its nodes.
        multipolygons: Whether buildings that are relations are read.

    Raises:
        InputError: There is no such file, osmium cannot read it, it takes too much memory, or most
            ways come before their nodes or without them.
    """
    if not path.is_file():
        raise InputError([_no_extract("no-file", path, tr("no file"))])
    try:
        with bounded(str(path)):
            found = _read(path, clip)
            return _with_rings(found, path, clip) if multipolygons else found
    except _ODD as error:
        why = tr("a file that osmium cannot read ({error})", error=error)
        raise InputError([_no_extract("no-osm", path, why)]) from None


def _no_extract(code: str, path: Path, found: str) -> Problem:
    return Problem(
        code=code,
        where=str(path),
        found=found,
        expected=tr("an OSM extract"),
        mend=tr("Give an OSM extract, e.g. city.osm.pbf."),
    )


def _read(path: Path, clip: Box | None) -> Extract:
    objects: list[OsmObject] = []
    newest = datetime(1970, 1, 1, tzinfo=UTC)
    ways = lost = held = 0
    source = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for item in source.with_filter(osmium.filter.KeyFilter(*KEYS)):
        if not item.visible:
            continue
        if item.is_way():
            ways += 1
            lost += not any(node.location.valid() for node in item.nodes)
        first = item.location if item.is_node() else _first(item)
        # A way of which nothing is there is read, to be counted among what is left out.
        if clip is None or not first.valid() or _inside(first, clip):
            newest = max(newest, item.timestamp)
            objects.append(_node(item) if item.is_node() else _way(item))
            held += _OBJECT_BYTES + _NODE_BYTES * len(objects[-1].nodes)
            if held > most_memory():
                raise MemoryError
    if lost > ways / 2:
        raise InputError([_without_nodes(path, lost, ways)])
    return Extract(tuple(objects), newest)


def _without_nodes(path: Path, lost: int, ways: int) -> Problem:
    return Problem(
        code="nodes-missing",
        where=str(path),
        found=tr("{lost:,} of {ways:,} ways before their nodes, or without them",
                 lost=lost, ways=ways),
        expected=tr("nodes before ways, with ids above 0, as in files of osmium"),
        mend=tr("Sort the file with 'osmium sort', or cut it again with all nodes of its ways."),
    )  # fmt: skip


def _with_rings(found: Extract, path: Path, clip: Box | None) -> Extract:
    """With the buildings that are relations, each once, however they are drawn."""
    rings, made = _multipolygons(path, clip)
    outer = {frozenset(ring.nodes.tolist()) for ring in rings}
    twice = [_is_drawn_twice(one, outer) for one in found.objects]
    buildings, others = _area_relations(path)
    counts = {
        phrase("relations that are no whole area"): len(buildings - made),
        phrase("drawn as a way and as a relation"): sum(twice),
    }
    left_out = {why: count for why, count in counts.items() if count}
    # A shop in such a building is on the way's tags alone.
    objects = [
        replace(one, tags={key: value for key, value in one.tags.items() if key != "building"})
        if again
        else one
        for one, again in zip(found.objects, twice, strict=True)
    ]
    return Extract((*objects, *rings), found.newest, left_out, tuple(others))


def _is_drawn_twice(one: OsmObject, outer: set[frozenset[int]]) -> bool:
    """Whether a building is the outer ring of a relation that is a building itself."""
    return "building" in one.tags and one.is_area and frozenset(one.nodes.tolist()) in outer


def _area_relations(path: Path) -> tuple[set[int], list[Mapping[str, str]]]:
    """Ids of the relations that are buildings, and tags of the other areas."""
    source = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    buildings, others = set[int](), dict[int, Mapping[str, str]]()
    for item in source.with_filter(osmium.filter.KeyFilter(*KEYS)):
        if item.visible and item.tags.get("type") in _AREAS:
            if "building" in item.tags:
                buildings.add(item.id)
            else:
                others[item.id] = dict(item.tags)
    return buildings, list(others.values())


def _multipolygons(path: Path, clip: Box | None) -> tuple[list[OsmObject], set[int]]:
    """The outer rings of buildings that are relations, with their holes; and which these are."""
    source = osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter("building"))
    rings, made = list[OsmObject](), set[int]()
    for item in source.with_filter(osmium.filter.EntityFilter(osmium.osm.AREA)):
        # A file put together of two may have a relation twice.
        if item.from_way() or "building" not in item.tags or item.orig_id() in made:
            continue
        made.add(item.orig_id())
        rings += [ring for ring in _rings(item) if clip is None or _begins_in(ring, clip)]
    return rings, made


def _rings(item: osmium.osm.Area) -> Iterator[OsmObject]:
    for outer in item.outer_rings():
        nodes = np.array([node.ref for node in outer], dtype=np.int64)
        holes = tuple(_ring(one) for one in item.inner_rings(outer))
        yield OsmObject(f"r{item.orig_id()}", dict(item.tags), nodes, _ring(outer), holes)


def _begins_in(ring: OsmObject, clip: Box) -> bool:
    west, south, east, north = clip
    lon, lat = ring.lonlat[0]
    return bool(west <= lon <= east and south <= lat <= north)


def _ring(ring: Iterable[osmium.osm.NodeRef]) -> Floats:
    return np.array([(node.lon, node.lat) for node in ring], dtype=float).reshape(-1, 2)


def _first(way: osmium.osm.Way) -> osmium.osm.Location:
    """Where a way begins: at the first of its nodes that the file has."""
    there = (node.location for node in way.nodes if node.location.valid())
    return next(there, osmium.osm.Location())


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
