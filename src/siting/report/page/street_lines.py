"""What a map is drawn on: streets as few long lines, barriers, and areas round points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from siting.inputs import Instance, NetworkTravel, StraightLineTravel

Floats = NDArray[np.float64]
# Streets further than this many metres from everybody and everything are not drawn.
_NEAR = 250.0
# Bends of less are straightened.
_BEND = 3.0
# How far an outline ends outside its points, and how hollow it may be: 0 follows every bay, 1 none.
_RIM, _HOLLOW = 40.0, 0.6
# Quarters close gaps of up to twice as much between their points, which are taken by cells.
_AROUND, _CELL = 140.0, 60.0


def streets(instance: Instance) -> list[Floats]:
    """The streets near residents, outlets and sites as lines, each of shape (vertices, 2).

    Empty where walks are not measured along streets.
    """
    travel = instance.travel
    if not isinstance(travel, NetworkTravel) or travel.edges.empty:
        return []
    index = pd.Index(travel.nodes["node_id"])
    start, end = (
        index.get_indexer(travel.edges[name]).astype(np.int64) for name in ("from_node", "to_node")
    )
    xy = _xy(travel.nodes)
    near = _near(xy, instance)
    kept = (near[start] | near[end]) & (start != end)
    trails = _trails(start[kept], end[kept], len(xy))
    lines = [shapely.linestrings(xy[trail]) for trail in trails]
    return [shapely.get_coordinates(line) for line in shapely.simplify(lines, _BEND)]


def barriers(instance: Instance) -> list[Floats]:
    """The barriers that straight walks go round, as lines, each of shape (vertices, 2)."""
    travel = instance.travel
    if not isinstance(travel, StraightLineTravel) or travel.barriers is None:
        return []
    return [_xy(rows) for _, rows in travel.barriers.groupby("barrier", sort=False)]


def areas_round(points: Floats) -> list[Floats]:
    """The outlines of the quarters that points make up, each of shape (vertices, 2).

    Quarters are apart where there is nothing within some 250 m; their holes are left out.

    Args:
        points: Shape (points, 2), metres.
    """
    # Points in the same cell are as good as one, and a town of circles is slow to unite.
    cells = np.unique(np.rint(points / _CELL), axis=0) * _CELL
    wide = shapely.union_all(shapely.buffer(shapely.points(cells), _AROUND, quad_segs=3))
    area = shapely.simplify(wide, _BEND).buffer(_RIM - _AROUND, quad_segs=3)
    return [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(area)]


def area_round(points: Floats) -> Floats:
    """The outline of where points lie, a little outside them, shape (vertices, 2).

    Args:
        points: Shape (points, 2), metres; at least one.
    """
    hull = shapely.concave_hull(shapely.MultiPoint(points), ratio=_HOLLOW)
    area = shapely.simplify(hull.buffer(_RIM, quad_segs=4), _BEND)
    return np.asarray(shapely.get_coordinates(area.exterior))


def _xy(frame: pd.DataFrame) -> Floats:
    return frame[["x", "y"]].to_numpy(float).reshape(-1, 2)


def _near(xy: Floats, instance: Instance) -> NDArray[np.bool_]:
    frames = (instance.residents, instance.outlets, instance.sites)
    places = np.concatenate([_xy(frame) for frame in frames])
    metres, _ = KDTree(places).query(xy, distance_upper_bound=_NEAR)
    return np.asarray(np.isfinite(metres))


def _trails(start: NDArray[np.int64], end: NDArray[np.int64], nodes: int) -> Iterator[list[int]]:
    """Walks that use every edge once, as nodes: fewer and longer than the edges themselves.

    They begin at ends and odd junctions, where some walk must begin or end.
    """
    ways: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
    for edge, (one, other) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
        ways[one].append((edge, other))
        ways[other].append((edge, one))
    odd = [node for node in range(nodes) if len(ways[node]) % 2]
    used = bytearray(len(start))
    for first in (*odd, *range(nodes)):
        while len(trail := _trail(first, ways, used)) > 1:
            yield trail


def _trail(first: int, ways: list[list[tuple[int, int]]], used: bytearray) -> list[int]:
    """One walk from a node along unused edges until there is none."""
    trail, node = [first], first
    while ways[node]:
        edge, other = ways[node].pop()
        if not used[edge]:
            used[edge] = 1
            trail.append(other)
            node = other
    return trail
