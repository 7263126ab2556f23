"""Walks on open ground with barriers: straight where nothing is between, else round the corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from siting.coverage.barriers import BarrierMap, Flags, Floats, Index
from siting.coverage.near_pairs import distances_within
from siting.errors import Problem
from siting.inputs.instance import Instance
from siting.language import tr
from siting.units import listed

# Nearer to a barrier than this, nobody can say on which side a point is.
ON_BARRIER_METRES = 0.01
# Sums of the same lengths differ by the order of summing; far more than that.
_SLACK_METRES = 1e-3
# Straight stretches are looked for at least this far, so that walks beyond every standard are told
# in most towns.
_LONGEST_METRES = 1500.0
_TARGETS_AT_ONCE = 48


@dataclass(frozen=True)
class Points:
    """Points of one kind.

    Attributes:
        xy: In metres, shape (points, 2).
        clear: Metres to the nearest barrier, shape (points,).
    """

    xy: Floats
    clear: Floats

    @property
    def usable(self) -> Flags:
        """Whether each point is beside every barrier, not on one."""
        return self.clear > ON_BARRIER_METRES

    def __getitem__(self, chosen: Index) -> Points:
        return Points(self.xy[chosen], self.clear[chosen])


@dataclass(frozen=True)
class BarrierWalks:
    """Shortest ways that meet no barrier, times a detour factor."""

    map: BarrierMap
    residents: Points
    outlets: Points
    sites: Points
    detour: float
    warnings: tuple[Problem, ...] = ()

    def to_sites(self, limit: float) -> csr_array:
        """See `Walks.to_sites`."""
        return self._within(self.sites, limit)

    def to_outlets(self, limit: float) -> csr_array:
        """See `Walks.to_outlets`."""
        return self._within(self.outlets, limit)

    def _within(self, targets: Points, limit: float) -> csr_array:
        """Straight lines to all targets near enough; those that a barrier meets go round it."""
        # A hair wider than the limit, so that rounding in the division loses no pair.
        reach = limit / self.detour * (1 + 1e-9)
        near = distances_within(self.residents.xy, targets.xy, reach)
        near = near[self.residents.usable[near["i"]] & targets.usable[near["j"]]]
        i, j, straight = near["i"], near["j"], near["v"]
        hidden = ~self._free(self.residents[i], targets[j], straight)
        straight[hidden] = self._round(i[hidden], j[hidden], targets, reach)
        metres = straight * self.detour
        keep = metres <= limit
        shape = (len(self.residents.xy), len(targets.xy))
        return csr_array((metres[keep], (i[keep], j[keep])), shape=shape)

    def _free(self, start: Points, end: Points, metres: Floats) -> Flags:
        """Whether each pair sees each other; no test is due where all barriers are further off."""
        free = metres < np.maximum(start.clear, end.clear)
        rest = np.flatnonzero(~free)
        free[rest] = self.map.sees(start.xy[rest], end.xy[rest])
        return free

    def _round(self, i: Index, j: Index, targets: Points, reach: float) -> Floats:
        """Metres of the shortest way round the corners for each pair; infinite beyond reach."""
        metres = np.full(len(i), np.inf)
        if len(i) == 0:
            return metres
        places, j = np.unique(j, return_inverse=True)
        away = self.map.links(targets.xy[places], reach)
        order = np.argsort(j, kind="stable")
        starts = range(0, len(places), _TARGETS_AT_ONCE)
        parts = np.split(order, np.searchsorted(j[order], list(starts)[1:]))
        for start, pairs in zip(starts, parts, strict=True):
            field = _fields(self.map.graph, away[start : start + _TARGETS_AT_ONCE], reach)
            metres[pairs] = _least_sum(self._home, i[pairs], field, j[pairs] - start)
        return metres

    @cached_property
    def _home(self) -> csr_array:
        """Metres from each resident to the corners in sight, shape (residents, corners)."""
        return self.map.links(self.residents.xy, self.map.longest)

    def to_nearest(self, outlets: Index, sites: Index, limit: float = np.inf) -> Floats:
        """See `Walks.to_nearest`; with a limit, by the search below, which shares no step."""
        sources = Points(
            np.concatenate([self.outlets.xy[outlets], self.sites.xy[sites]]),
            np.concatenate([self.outlets.clear[outlets], self.sites.clear[sites]]),
        )
        sources = sources[np.flatnonzero(sources.usable)]
        if len(sources.xy) == 0:
            return np.full(len(self.residents.xy), np.inf)
        if np.isfinite(limit):
            reach = (limit + _SLACK_METRES) / self.detour
            return self._search(sources.xy, reach) * self.detour
        links = self.map.links(sources.xy, self.map.longest)
        field = _fields(self.map.graph, _nearest_start(links), np.inf)
        everyone = np.arange(len(self.residents.xy))
        best = _least_sum(self._home, everyone, field, np.zeros_like(everyone))
        best[~self.residents.usable] = np.inf
        return self._straight(sources, best) * self.detour

    def _straight(self, sources: Points, best: Floats) -> Floats:
        """Shortens the best ways so far by straight lines, nearer sources first.

        Of the sources further off than any standard only the nearest few are tried.
        """
        tree = KDTree(sources.xy)
        rest, start, count = np.flatnonzero(self.residents.usable), 0, 2
        while len(rest) and start < len(sources.xy):
            ranks = np.arange(start + 1, min(start + count, len(sources.xy)) + 1)
            metres, source = map(np.asarray, tree.query(self.residents.xy[rest], k=ranks))
            free = metres < best[rest, None]
            row, rank = np.nonzero(free)
            there = sources[source[row, rank]]
            free[row, rank] = self._free(self.residents[rest[row]], there, metres[row, rank])
            found = free.any(axis=1)
            best[rest[found]] = metres[found, free[found].argmax(axis=1)]
            rest = rest[~found & (metres[:, -1] < np.minimum(best[rest], self.map.longest))]
            start, count = start + count, count * 2
        return best

    def _search(self, sources: Floats, reach: float) -> Floats:
        """For the judge: from each resident to the first place in sight that leads to a source.

        Places are the sources and the corners, tried in the order of the straight line to them and
        the way onward from there, so that the first in sight is the best.
        """
        corners = self.map.corners
        field = _fields(self.map.graph, _nearest_start(self.map.links(sources, reach)), reach)[0]
        some = np.flatnonzero(np.isfinite(field))
        places = np.concatenate([sources, corners.at[some]])
        seen = np.concatenate([sources, corners.seen[some]])
        onward = np.concatenate([np.zeros(len(sources)), field[some]])
        near = distances_within(self.residents.xy, places, reach)
        person, place, sums = near["i"], near["j"], near["v"] + onward[near["j"]]
        kept = np.flatnonzero((sums <= reach) & self.residents.usable[person])
        kept = kept[np.lexsort((sums[kept], person[kept]))]
        best = np.full(len(self.residents.xy), np.inf)
        while len(kept):
            first = np.unique(person[kept], return_index=True)[1]
            tried = kept[first]
            free = self.map.sees(self.residents.xy[person[tried]], seen[place[tried]])
            best[person[tried[free]]] = sums[tried[free]]
            kept = np.delete(kept, first)
            kept = kept[np.isinf(best[person[kept]])]
        return best


def _nearest_start(links: csr_array) -> csr_array:
    """Of some points' links the shortest to each corner, as those of one point."""
    count, entries = links.shape[1], links.tocoo()
    first = np.full(count, np.inf)
    np.minimum.at(first, entries.col, entries.data)
    some = np.flatnonzero(np.isfinite(first))
    return csr_array((first[some], (np.zeros(len(some), dtype=int), some)), shape=(1, count))


def _fields(graph: csr_array, starts: csr_array, reach: float) -> Floats:
    """Metres from each of some points to every corner, shape (points, corners).

    Args:
        graph: Between corners.
        starts: From the points to the corners that they see, shape (points, corners).
        reach: Farther corners are infinitely far.
    """
    count, points = graph.shape[0], starts.shape[0]
    inner, outer = graph.tocoo(), starts.tocoo()
    entries = (
        np.concatenate([inner.data, outer.data]),
        (
            np.concatenate([inner.row, outer.row + count]),
            np.concatenate([inner.col, outer.col]),
        ),
    )
    whole = csr_array(entries, shape=(count + points, count + points))
    indices = np.arange(count, count + points)
    found: Floats = dijkstra(whole, directed=True, indices=indices, limit=reach)
    return found[:, :count]


def _least_sum(home: csr_array, person: Index, field: Floats, place: Index) -> Floats:
    """For each pair the least way over a corner that the person sees, shape (pairs,)."""
    least = np.full(len(person), np.inf)
    counts = np.diff(home.indptr)[person]
    some = np.flatnonzero(counts)
    if len(some) == 0:
        return least
    counts, person, place = counts[some], person[some], place[some]
    begin = np.concatenate([[0], np.cumsum(counts)[:-1]])
    entry = np.arange(counts.sum()) + np.repeat(home.indptr[person] - begin, counts)
    ways = home.data[entry] + field[np.repeat(place, counts), home.indices[entry]]
    least[some] = np.minimum.reduceat(ways, begin)
    return least


def barrier_walks(
    instance: Instance, detour: float, barriers: pd.DataFrame, crossings: pd.DataFrame | None
) -> BarrierWalks:
    """Prepares the walks of an instance with barriers; see `StraightLineTravel` for the tables."""
    frame = instance.categories
    speeds = frame["group"].map(instance.walking.speed_of)
    farthest = float((frame["standard_minutes"] * speeds).max()) / detour
    if crossings is None:
        crossings = pd.DataFrame(columns=["x", "y", "open_within"], dtype=float)
    longest = max(_LONGEST_METRES, farthest + 2 * _SLACK_METRES)
    barrier_map = BarrierMap.from_tables(barriers, crossings, longest)
    frames = {"residents": instance.residents, "outlets": instance.outlets, "sites": instance.sites}
    points = {}
    for name, table in frames.items():
        xy: NDArray[np.float64] = table[["x", "y"]].to_numpy(float).reshape(-1, 2)
        points[name] = Points(xy, barrier_map.clearance(xy))
    warnings = [
        _on_barrier(name, frames[name], np.flatnonzero(~kind.usable))
        for name, kind in points.items()
        if not kind.usable.all()
    ]
    return BarrierWalks(barrier_map, **points, detour=detour, warnings=tuple(warnings))


def _on_barrier(name: str, frame: pd.DataFrame, rows: Index) -> Problem:
    ids = listed(frame[f"{name.removesuffix('s')}_id"].iloc[rows].tolist())
    found = tr("{count:,} points on a barrier ({ids})", count=len(rows), ids=ids)
    if len(rows) == 1:
        found = tr("1 point on a barrier ({ids})", ids=ids)
    return Problem(
        code="on-barrier",
        where=name,
        found=found,
        expected=tr("points on one side of every barrier, or near a crossing"),
        mend=tr("They count as unreachable; move them to their side."),
        severity="warning",
    )
