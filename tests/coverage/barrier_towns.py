"""Small towns cut by barriers, and their walks worked out again by brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.inputs import Instance, StraightLineTravel
from towns import draw_instance, frame

NO_CROSSINGS = pd.DataFrame(columns=["x", "y", "open_within"], dtype=float)
Points = Any


def barriers_of(*lines: list[tuple[float, float]]) -> pd.DataFrame:
    """Barriers from the corners of their lines."""
    return frame("barrier x y", *((i, x, y) for i, line in enumerate(lines) for x, y in line))


def crossings_at(*circles: tuple[float, float, float]) -> pd.DataFrame:
    return frame("x y open_within", *circles) if circles else NO_CROSSINGS


def with_barriers(
    town: Instance, barriers: pd.DataFrame, crossings: pd.DataFrame = NO_CROSSINGS
) -> Instance:
    return replace(town, travel=StraightLineTravel(1.0, barriers, crossings))


def draw_cut_town(seed: int) -> Instance:
    """A random town with one to four barriers of up to five corners and up to three crossings.

    Barriers run from point to point of a coarse grid, so they often meet at corners and in lines;
    people and sites stand off the grid, so none of them is on a barrier.
    """
    rng = np.random.default_rng([seed, 7])
    town = draw_instance(seed, "line")
    corners = [
        list(zip(rng.integers(0, 31, k) * 20.0, rng.integers(0, 16, k) * 20.0, strict=True))
        for k in rng.integers(2, 6, rng.integers(1, 5))
    ]
    places = [corner for line in corners for corner in line]
    chosen = rng.integers(len(places), size=rng.integers(0, 4))
    circles = [(*places[i], float(rng.choice([5.0, 20.0, 40.0]))) for i in chosen]
    town = replace(
        town,
        residents=_shifted(town.residents, 0.61, 0.37),
        sites=_shifted(town.sites, 0.73, 0.29),
        outlets=_shifted(town.outlets, 0.53, 0.41),
        # Long enough that every way counts.
        categories=town.categories.assign(standard_minutes=60.0),
    )
    return with_barriers(town, barriers_of(*corners), crossings_at(*circles))


def _shifted(table: pd.DataFrame, dx: float, dy: float) -> pd.DataFrame:
    return table.assign(x=table["x"] + dx, y=table["y"] + dy)


def brute_force(travel: StraightLineTravel, starts: Points, ends: Points) -> Any:
    """Shortest ways that meet no barrier, shape (starts, ends), to about a centimetre.

    The wall is drawn by shapely, with circles of many corners cut out; a ring of points stands
    round every corner of it, and every two points that see each other are joined.
    """
    assert travel.barriers is not None
    wall = shapely.union_all(
        [shapely.LineString(line[["x", "y"]]) for _, line in travel.barriers.groupby("barrier")]
    )
    for x, y, radius in (NO_CROSSINGS if travel.crossings is None else travel.crossings).to_numpy():
        wall = wall.difference(shapely.Point(x, y).buffer(radius, quad_segs=90))
    corners = np.unique(np.round(shapely.get_coordinates(shapely.node(wall)), 9), axis=0)
    angles = np.linspace(0, 2 * np.pi, 17)[:-1] + 0.1
    ring = 1e-3 * np.column_stack([np.cos(angles), np.sin(angles)])
    at = np.concatenate([starts, ends, np.repeat(corners, len(ring), axis=0)])
    seen = np.concatenate([starts, ends, (corners[:, None] + ring).reshape(-1, 2)])
    i, j = np.triu_indices(len(at), 1)
    free = ~shapely.intersects(shapely.linestrings(np.stack([seen[i], seen[j]], axis=1)), wall)
    metres = np.maximum(np.hypot(*(at[i] - at[j]).T), 1e-12)
    graph = csr_array((metres[free], (i[free], j[free])), shape=(len(at), len(at)))
    found = dijkstra(graph, directed=False, indices=np.arange(len(starts)))
    return found[:, len(starts) : len(starts) + len(ends)]
