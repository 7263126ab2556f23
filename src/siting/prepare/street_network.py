"""The walking network: which ways are walked, how long they are, and how nodes are saved.

Lengths are geodesic on the WGS84 ellipsoid, because a projected length is off by the scale of the
projection (up to 1 in 1,000 in a wide zone). Coordinates are projected and rounded to 1 cm before
anything is snapped, so that the stored network snaps a point to the very node it had here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.coverage.network import shortest_edges
from siting.prepare.osm_mapping import FootRules, matches
from siting.prepare.osm_read import Floats, Ids, OsmObject, projector

Mask = NDArray[np.bool_]

# OSM stores degrees to 7 digits, about 1 cm; two nodes at one place are that far apart, not zero,
# because a sparse graph may take a zero for a missing edge.
LEAST_METRES = 0.01


@dataclass(frozen=True)
class Network:
    """An undirected street network.

    Attributes:
        xy: Node coordinates, metres, shape (nodes, 2).
        tail: One end of each edge, position of a node, shape (edges,); below `head`.
        head: The other end, shape (edges,).
        metres: Length of each edge, above 0, shape (edges,). No loops, no parallel edges.
    """

    xy: Floats
    tail: Ids
    head: Ids
    metres: Floats

    @property
    def degree(self) -> Ids:
        """Edges at each node, shape (nodes,)."""
        ends = np.concatenate([self.tail, self.head])
        return np.bincount(ends, minlength=len(self.xy)).astype(np.int64)

    @property
    def component(self) -> Ids:
        """Number of the connected part each node is in, shape (nodes,)."""
        count = len(self.xy)
        graph = coo_array((self.metres, (self.tail, self.head)), shape=(count, count))
        return connected_components(graph, directed=False)[1].astype(np.int64)


@dataclass(frozen=True)
class Cut:
    """What a building step left out: counts of what, by a name a person reads."""

    counts: Mapping[str, int]


def is_walkable(tags: Mapping[str, str], rules: FootRules) -> bool:
    """Whether people walk on a way with these tags."""
    highway = tags.get("highway")
    welcome = matches(tags, rules.welcome, every=False)
    if matches(tags, rules.never, every=False):
        return False
    if matches(tags, rules.refused, every=False) and not matches(tags, rules.permits, every=False):
        return False
    return highway in rules.highways or (highway in rules.only_if_tagged and welcome)


def build_network(ways: Iterable[OsmObject], rules: FootRules, crs: str) -> tuple[Network, Cut]:
    """Joins the walkable ways, both directions alike, at the nodes they share.

    An area (`area=yes`) is walked round its outline. Pieces whose nodes the extract lacks, at its
    border, are left out and counted.
    """
    ways = [way for way in ways if way.ref.startswith("w")]
    walked = [way for way in ways if is_walkable(way.tags, rules)]
    nodes, lonlat, same_way = _chain(walked)
    there: Mask = np.asarray(np.isfinite(lonlat).all(axis=1))
    piece = there[:-1] & there[1:] & same_way & (nodes[:-1] != nodes[1:])
    lost = same_way & ~(there[:-1] & there[1:])
    ids, first, position = np.unique(nodes[there], return_index=True, return_inverse=True)
    at = np.full(len(nodes), -1, dtype=np.int64)
    at[there] = position
    start, end = np.flatnonzero(piece), np.flatnonzero(piece) + 1
    geod = Geod(ellps="WGS84")
    metres = geod.inv(lonlat[start, 0], lonlat[start, 1], lonlat[end, 0], lonlat[end, 1])[2]
    xy = np.round(projector(crs)(lonlat[there][first]), 2)
    network = simple_network(xy, at[start], at[end], np.maximum(metres, LEAST_METRES))
    counts = {
        "ways walked": len(walked),
        "ways not walked": len(ways) - len(walked),
        "pieces beyond the border": int(lost.sum()),
        "nodes": len(ids),
    }
    return network, Cut(counts)


def _chain(ways: Sequence[OsmObject]) -> tuple[Ids, Floats, Mask]:
    """All nodes of all ways in one row, and whether each is on the same way as the next one."""
    if not ways:
        return np.empty(0, dtype=np.int64), np.empty((0, 2)), np.empty(0, dtype=bool)
    nodes = np.concatenate([way.nodes for way in ways])
    lonlat = np.concatenate([way.lonlat for way in ways])
    way = np.repeat(np.arange(len(ways)), [len(one.nodes) for one in ways])
    return nodes, lonlat, way[:-1] == way[1:]


def simple_network(xy: Floats, tail: Ids, head: Ids, metres: Floats) -> Network:
    """A network without loops, and with the shortest of parallel edges."""
    return Network(xy, *shortest_edges(tail, head, metres))


def drop_small_parts(network: Network, least: int) -> tuple[Network, Cut]:
    """Drops connected parts of fewer than `least` nodes, but never the largest.

    A point that snapped to a fenced-off car park would be out of everyone's reach.
    """
    part = network.component
    size = np.bincount(part)
    stays = size >= least
    if len(size):
        stays[np.argmax(size)] = True
    counts = {
        "small parts dropped": int((~stays).sum()),
        "nodes in them": int(size[~stays].sum()),
        "parts kept": int(stays.sum()),
    }
    return select_nodes(network, stays[part] if len(part) else np.empty(0, dtype=bool)), Cut(counts)


def select_nodes(network: Network, keep: Mask) -> Network:
    """The part of a network on some of its nodes, in their order."""
    number = np.cumsum(keep) - 1
    edge = keep[network.tail] & keep[network.head]
    return Network(
        network.xy[keep],
        number[network.tail[edge]],
        number[network.head[edge]],
        network.metres[edge],
    )


def contract(network: Network, keep: Mask, spacing: float) -> tuple[Network, Ids]:
    """Removes nodes in mid-street without changing any distance between the nodes that stay.

    Junctions, dead ends and the nodes of `keep` stay, and along each street enough others for
    neighbours to be at most `spacing` metres apart, where the street has nodes.

    Args:
        network: The network; it is not changed.
        keep: Nodes that must stay, shape (nodes,).
        spacing: Metres.

    Returns:
        The smaller network, and for each of its nodes the position in the larger one, ascending.
    """
    ends = (keep | (network.degree != 2)) | _one_of_each_ring(network, keep)
    neighbours = _neighbours(network)
    stays = ends.copy()
    edges: list[tuple[int, int, float]] = []
    walked: set[tuple[int, int]] = set()
    for start in np.flatnonzero(ends).tolist():
        for step in neighbours[start]:
            if (start, step[0]) not in walked:
                chain = _street(start, step, neighbours, ends)
                walked.add((chain[-1][0], chain[-2][0]))
                edges += _thin(chain, spacing, stays)
    old = np.flatnonzero(stays)
    number = np.cumsum(stays) - 1
    tail, head, metres = (
        (np.array(column) for column in zip(*edges, strict=True))
        if edges
        else (
            np.empty(0, dtype=np.int64),
            np.empty(0, dtype=np.int64),
            np.empty(0),
        )
    )
    return simple_network(network.xy[stays], number[tail], number[head], metres), old


def _one_of_each_ring(network: Network, keep: Mask) -> Mask:
    """Marks the first node of every part that would have no end to start a street from."""
    part = network.component
    ends = keep | (network.degree != 2)
    has_end = np.zeros(part.max(initial=-1) + 1, dtype=bool)
    has_end[part[ends]] = True
    first = np.unique(part, return_index=True)[1]
    chosen = np.zeros(len(keep), dtype=bool)
    chosen[first[~has_end]] = True
    return chosen


def _neighbours(network: Network) -> list[list[tuple[int, float]]]:
    near: list[list[tuple[int, float]]] = [[] for _ in range(len(network.xy))]
    rows = zip(network.tail.tolist(), network.head.tolist(), network.metres.tolist(), strict=True)
    for tail, head, metres in rows:
        near[tail].append((head, metres))
        near[head].append((tail, metres))
    return near


def _street(
    start: int,
    step: tuple[int, float],
    neighbours: list[list[tuple[int, float]]],
    ends: Mask,
) -> list[tuple[int, float]]:
    """The nodes from one end of a street to the other, each with its metres from the start."""
    chain = [(start, 0.0), step]
    before, (here, walked) = start, step
    while not ends[here]:
        one, other = neighbours[here]
        ahead, metres = other if one[0] == before else one
        before, here, walked = here, ahead, walked + metres
        chain.append((here, walked))
    return chain


def _thin(
    chain: list[tuple[int, float]], spacing: float, stays: Mask
) -> list[tuple[int, int, float]]:
    """Edges along a street between the nodes that stay; marks those in between in `stays`."""
    edges = []
    last, last_at = chain[0]
    for (here, at), (_, next_at) in zip(chain[1:], [*chain[2:], (-1, np.inf)], strict=True):
        if next_at - last_at > spacing:
            edges.append((last, here, at - last_at))
            last, last_at = here, at
            stays[here] = True
    return edges


def round_lengths(network: Network, digits: int = 5) -> Network:
    """Lengths as they are stored: to 0.01 mm, so that 100 edges add up to less than 1 mm."""
    return replace(network, metres=np.round(network.metres, digits))
