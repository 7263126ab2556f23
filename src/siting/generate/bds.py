"""The covering instances of Cordeau, Furini and Ljubic (2019), draw for draw.

Facilities and demand points lie uniformly in a square of side 30, demand is a whole number from 1
to 100, every facility costs 1, and a facility covers what is strictly nearer than the radius
(doi:10.1016/j.ejor.2018.12.021). The authors drew with the GNU C library; so does this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.generate.cover_sets import CoverSets
from siting.generate.glibc import RAND_MAX, GlibcRandom

Points = NDArray[np.float64]

SIDE = 30.0
LARGEST_DEMAND = 100
# Flags of one chunk of points against all facilities: 10 MB, in any case a thousand points.
_FLAGS = 10_000_000
_LEAST_CHUNK = 1_000


@dataclass(frozen=True)
class BdsSize:
    """How large an instance is.

    Attributes:
        facilities: Possible places.
        demand: Demand points.

    Raises:
        ValueError: One of them is below 1.
    """

    facilities: int
    demand: int

    def __post_init__(self) -> None:
        """Refuses sizes without a point."""
        if min(self.facilities, self.demand) < 1:
            raise ValueError(f"{self}: an instance needs facilities and demand points")

    @property
    def chunk(self) -> int:
        """Points that are drawn and matched at a time."""
        return max(_LEAST_CHUNK, _FLAGS // self.facilities)


@dataclass(frozen=True)
class DemandChunk:
    """Consecutive demand points.

    Attributes:
        start: Number of the first.
        xy: Where they are, shape (points, 2).
        demand: Shape (points,).
    """

    start: int
    xy: Points
    demand: NDArray[np.int64]


@dataclass(frozen=True)
class BdsCover:
    """An instance as a covering problem.

    Attributes:
        cover: 1 where the facility covers the points of the set, shape (sets, facilities).
        weights: Demand of all points with that set, shape (sets,).
        uncovered: Demand of the points that no facility covers.
        points: Demand points.
    """

    cover: csr_array
    weights: NDArray[np.float64]
    uncovered: float
    points: int


def bds_facilities(size: BdsSize, seed: int) -> Points:
    """Where the facilities are, shape (facilities, 2)."""
    return _places(GlibcRandom(seed).draw(2 * size.facilities))


def bds_demand(size: BdsSize, seed: int, chunk: int | None = None) -> Iterator[DemandChunk]:
    """The demand points, in chunks.

    Args:
        size: Of the instance.
        seed: As given to `srand`.
        chunk: Points at a time; by default as many as suit the number of facilities.
    """
    places, amounts = GlibcRandom(seed), GlibcRandom(seed)
    places.skip(2 * size.facilities)
    # One draw a facility is for its cost, from 1 to 1.
    amounts.skip(3 * size.facilities + 2 * size.demand)
    step = chunk or size.chunk
    for start in range(0, size.demand, step):
        count = min(step, size.demand - start)
        demand = 1 + amounts.draw(count) % LARGEST_DEMAND
        yield DemandChunk(start, _places(places.draw(2 * count)), demand)


def _places(draws: NDArray[np.int64]) -> Points:
    places: Points = (draws / RAND_MAX * SIDE).reshape(-1, 2)
    return places


def bds_cover(
    size: BdsSize,
    radius: float,
    seed: int,
    *,
    chunk: int | None = None,
    on_points: Callable[[int], None] | None = None,
) -> BdsCover:
    """The covering problem of an instance, its points drawn and merged chunk by chunk.

    Args:
        size: Of the instance.
        radius: A facility covers the points that are strictly nearer.
        seed: As given to `srand`.
        chunk: Points at a time; the result is the same for any number.
        on_points: Told how many points are done.
    """
    facilities = bds_facilities(size, seed)
    sets = CoverSets(size.facilities)
    for part in bds_demand(size, seed, chunk):
        sets.add(strictly_within(facilities, part.xy, radius), part.demand)
        if on_points:
            on_points(sets.points)
    return BdsCover(sets.cover, sets.weights, sets.uncovered, sets.points)


def strictly_within(facilities: Points, points: Points, radius: float) -> NDArray[np.bool_]:
    """Whether each point is nearer to each facility than the radius, shape (facilities, points)."""
    near = np.empty((len(facilities), len(points)), dtype=np.bool_)
    east, north = np.ascontiguousarray(points.T)
    across, along = np.empty_like(east), np.empty_like(east)
    for row, (x, y) in enumerate(facilities):
        np.subtract(east, x, out=across)
        np.multiply(across, across, out=across)
        np.subtract(north, y, out=along)
        np.multiply(along, along, out=along)
        np.add(across, along, out=across)
        np.less(across, radius * radius, out=near[row])
    return near
