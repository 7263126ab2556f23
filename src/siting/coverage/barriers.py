"""Ground that barriers cut: where a straight line is free, and the corners that ways round turn at.

A barrier is a line that nobody crosses except near a crossing, which opens every barrier within
some metres of it. The shortest way between two points that cannot see each other then runs straight
from corner to corner: ends and outer bends of barriers, and the edges of openings.

Barriers are taken to the millimetre and gaps of at most a metre are closed, as data have them by
mistake. A way passes a corner a tenth of a millimetre off it; lengths are measured to the corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage.near_pairs import distances_within

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

GRID_METRES = 1e-3
CLOSED_METRES = 1.0
# Far less than the grid, so that a point so far off its corner is on the open side of it.
_OFF_CORNER = 1e-4
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Corners:
    """Where ways round barriers turn; an end of a barrier is two of them, one a side.

    Attributes:
        at: The corner itself, shape (corners, 2).
        seen: The point on its open side that lines of sight run to, shape (corners, 2).
        arms: Far ends of the two barrier edges that bound the open side, shape (corners, 2, 2).
    """

    at: Floats
    seen: Floats
    arms: Floats


@dataclass(frozen=True)
class BarrierMap:
    """Open ground with barriers.

    Attributes:
        segments: Straight pieces of the barriers, which meet at their ends only,
            shape (segments, 2, 2) in metres.
        longest: Straight stretches to and between corners are at most this many metres, the
            farthest that counts; longer ways may come out too long, never too short.
    """

    segments: Floats
    longest: float

    @classmethod
    def from_tables(
        cls, barriers: pd.DataFrame, crossings: pd.DataFrame, longest: float
    ) -> BarrierMap:
        """Builds the map from vertices `barrier, x, y` and crossings `x, y, open_within`."""
        closed = _noded(_closed(_noded(_pieces(barriers)), _ends(barriers)))
        circles = crossings[["x", "y", "open_within"]].to_numpy(float)
        return cls(_noded(_opened(closed, circles)), longest)

    @cached_property
    def corners(self) -> Corners:
        """Every corner of the barriers."""
        return _corners(self.segments)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self.segments))

    def clearance(self, xy: Floats) -> Floats:
        """Metres from each point (points, 2) to the nearest barrier; infinite without any."""
        if len(self.segments) == 0 or len(xy) == 0:
            return np.full(len(xy), np.inf)
        (point, _), metres = self._tree.query_nearest(
            shapely.points(xy), all_matches=False, return_distance=True
        )
        clear = np.empty(len(xy))
        clear[point] = metres
        return clear

    def sees(self, start: Floats, end: Floats) -> Flags:
        """Whether the straight line between two points meets no barrier, shape (lines,)."""
        free = np.ones(len(start), dtype=bool)
        for first in range(0, len(start), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            lines = shapely.linestrings(np.stack([start[part], end[part]], axis=1))
            met = self._tree.query(lines, predicate="intersects")[0]
            free[first + np.unique(met)] = False
        return free

    def turns(self, start: Floats, corner: NDArray[np.integer[Any]]) -> Flags:
        """Whether a shortest way from these points can turn at these corners, shape (lines,).

        It can where the line to the corner leaves both arms on one side of it; else there is a
        shorter way past the corner.
        """
        at, arms = self.corners.at[corner], self.corners.arms[corner]
        along = at - start
        length = np.maximum(np.hypot(*along.T), GRID_METRES)
        sides = [
            (along[:, 0] * arm[:, 1] - along[:, 1] * arm[:, 0]) / length
            for arm in (arms[:, 0] - at, arms[:, 1] - at)
        ]
        apart = sides[0] * sides[1] < 0
        shorter: Flags = apart & (np.minimum(*np.abs(sides)) > 1e-6)
        return ~shorter

    def links(self, xy: Floats, reach: float, seen: Floats | None = None) -> csr_array:
        """Metres from points to the corners that they see and a shortest way can turn at.

        Args:
            xy: The points, shape (points, 2).
            reach: Farthest corner that counts, in metres.
            seen: Where lines of sight start, if not at the points themselves.

        Returns:
            Shape (points, corners), other corners absent.
        """
        count = len(self.corners.at)
        if not len(xy) or not count:
            return csr_array((len(xy), count), dtype=float)
        near = distances_within(xy, self.corners.at, reach)
        near = near[self.turns(xy[near["i"]], near["j"])]
        starts = xy if seen is None else seen
        near = near[self.sees(starts[near["i"]], self.corners.seen[near["j"]])]
        return csr_array((near["v"], (near["i"], near["j"])), shape=(len(xy), count))

    @cached_property
    def graph(self) -> csr_array:
        """Metres between corners that see each other, shape (corners, corners), both directions."""
        links = self.links(self.corners.at, self.longest, self.corners.seen).tocoo()
        other_way = self.turns(self.corners.at[links.col], links.row)
        kept = other_way & (links.row != links.col)
        entries = (links.data[kept], (links.row[kept], links.col[kept]))
        return csr_array(entries, shape=links.shape)


# --- barriers as pieces that meet at their ends only --------------------------------------------


def _pieces(barriers: pd.DataFrame) -> Floats:
    xy, name = barriers[["x", "y"]].to_numpy(float), barriers["barrier"].to_numpy()
    same = name[1:] == name[:-1]
    return np.stack([xy[:-1][same], xy[1:][same]], axis=1)


def _noded(segments: Floats) -> Floats:
    """Splits segments where they meet, on a grid of a millimetre; each piece once."""
    if not len(segments):
        return segments
    union = shapely.union_all(shapely.linestrings(segments), grid_size=GRID_METRES)
    xy, part = shapely.get_coordinates(shapely.get_parts(union), return_index=True)
    same = part[1:] == part[:-1]
    pieces = np.stack([xy[:-1][same], xy[1:][same]], axis=1)
    return pieces[np.lexsort(pieces.reshape(-1, 4).T)]


def _numbered(segments: Floats) -> tuple[Floats, Index]:
    """The points where segments end, and for each segment (segments, 2) which of them."""
    whole = np.round(segments.reshape(-1, 2) / GRID_METRES).astype(np.int64)
    _, first, number = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    return segments.reshape(-1, 2)[first], number.reshape(-1, 2)


def _ends(barriers: pd.DataFrame) -> Floats:
    """Where lines begin and end, shape (ends, 2)."""
    lines = barriers.groupby("barrier", sort=False)[["x", "y"]]
    return np.concatenate([lines.first().to_numpy(float), lines.last().to_numpy(float)])


def _closed(segments: Floats, ends: Floats) -> Floats:
    """Joins each end of a line to every barrier within a metre of it."""
    if not len(segments):
        return segments
    lines, points = shapely.linestrings(segments), shapely.points(ends)
    end, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=CLOSED_METRES)
    ties = shapely.shortest_line(points[end], lines[line])
    ties = ties[shapely.length(ties) > GRID_METRES]
    return np.concatenate([segments, shapely.get_coordinates(ties).reshape(-1, 2, 2)])


def _opened(segments: Floats, circles: Floats) -> Floats:
    """Takes away what lies within circles (x, y, radius)."""
    if not len(segments) or not len(circles):
        return segments
    circle, segment = shapely.STRtree(shapely.linestrings(segments)).query(
        shapely.points(circles[:, :2]), predicate="dwithin", distance=circles[:, 2]
    )
    start, along = segments[segment, 0], segments[segment, 1] - segments[segment, 0]
    away = start - circles[circle, :2]
    a, b = (along**2).sum(axis=1), (along * away).sum(axis=1)
    root = np.sqrt(np.maximum(b**2 - a * ((away**2).sum(axis=1) - circles[circle, 2] ** 2), 0))
    low, high = (-b - root) / a, (-b + root) / a
    kept = [np.delete(segments, np.unique(segment), axis=0)]
    for number in np.unique(segment):
        rests = _rests(low[segment == number], high[segment == number])
        first, last = segments[number]
        kept.append(first + rests[:, :, None] * (last - first))
    return np.concatenate(kept)


def _rests(start: Floats, end: Floats) -> Floats:
    """What intervals leave over of the one from 0 to 1, shape (rests, 2)."""
    rests, done = [], 0.0
    for low, high in sorted(zip(start, end, strict=True)):
        if low > done:
            rests.append((done, min(low, 1.0)))
        done = max(done, high)
    if done < 1:
        rests.append((done, 1.0))
    return np.array(rests).reshape(-1, 2)


# --- corners ------------------------------------------------------------------------------------


def _corners(segments: Floats) -> Corners:
    """The open side of every point of the barriers that has one wider than straight."""
    if not len(segments):
        return Corners(np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2, 2)))
    points, number = _numbered(segments)
    tail = np.concatenate([number[:, 0], number[:, 1]])
    head = np.concatenate([number[:, 1], number[:, 0]])
    angle = np.arctan2(*(points[head] - points[tail])[:, ::-1].T)
    order = np.lexsort((angle, tail))
    tail, head, angle = tail[order], head[order], angle[order]
    first = np.flatnonzero(np.diff(tail, prepend=-1))
    after = np.arange(1, len(tail) + 1)
    after[np.append(first[1:], len(tail)) - 1] = first
    turn = (angle[after] - angle) % (2 * np.pi)
    turn[after == np.arange(len(tail))] = 2 * np.pi
    sharp, blunt = turn > 1.75 * np.pi, (turn > np.pi + 1e-9) & (turn <= 1.75 * np.pi)
    edge = np.concatenate([np.flatnonzero(blunt), *[np.flatnonzero(sharp)] * 2])
    looks = np.concatenate(
        [
            (angle + turn / 2)[blunt],
            (angle + 0.75 * np.pi)[sharp],
            (angle + turn - 0.75 * np.pi)[sharp],
        ]
    )
    at = points[tail[edge]]
    seen = at + _OFF_CORNER * np.column_stack([np.cos(looks), np.sin(looks)])
    return Corners(at, seen, np.stack([points[head[edge]], points[head[after[edge]]]], axis=1))
