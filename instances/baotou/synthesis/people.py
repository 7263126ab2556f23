"""The residents: demand points within the circles, with the ages that the plan's groups need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from synthesis.circles import Circle
from synthesis.source import Points, Source, apportion, generator

_PEOPLE_A_POINT = 180
_LEAST = 20
_JITTER = 25.0
_GOLDEN = np.pi * (3 - np.sqrt(5))
# Assumed: people under 3; the other ages are shares of the unit.
_SHARE_INFANTS = 2.0


def draw_residents(source: Source, circles: Sequence[Circle]) -> pd.DataFrame:
    """The demand points, circle by circle.

    Returns:
        `resident_id`, `x`, `y`, `residents`, `elderly` (60 and older), `elderly_65`, `children`
        (3 to 14), `infants` (under 3), `district`, `circle`, `community`.
    """
    parts = [_points(source, circle) for circle in circles]
    points = pd.concat(parts, ignore_index=True)
    points = points.join(_ages(source, points))
    points["resident_id"] = [f"R{number:05d}" for number in range(1, len(points) + 1)]
    first = ["resident_id", "x", "y", "residents", "elderly", "elderly_65", "children", "infants"]
    return points[[*first, "district", "circle", "community"]]


def _points(source: Source, circle: Circle) -> pd.DataFrame:
    """Points of one circle on a spiral that fills it evenly, each moved a little."""
    people = circle.residents
    rng = generator(5, circle.number)
    count = round(people / _PEOPLE_A_POINT)
    angle = _GOLDEN * np.arange(count) + 2 * np.pi * rng.random()
    away = circle.radius * np.sqrt((np.arange(count) + 0.5) / count)
    offset = away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    offset += _JITTER * (2 * rng.random((count, 2)) - 1)
    xy = _inside(source, circle, offset)
    sizes = _LEAST + apportion(rng.lognormal(0.0, 0.5, count), people - _LEAST * count)
    names = circle.communities.split(";")
    turn = np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi) % 1
    return pd.DataFrame(
        {
            "x": xy[:, 0],
            "y": xy[:, 1],
            "residents": sizes,
            "district": circle.unit,
            "circle": circle.circle,
            "community": [names[int(part * len(names))] for part in turn],
            "number": circle.number,
        }
    )


def _inside(source: Source, circle: Circle, offset: Points) -> Points:
    """Draws points that lie beyond the border of the unit towards the centre."""
    polygon = source.polygons[circle.unit]
    for _ in range(30):
        out = ~shapely.contains_xy(polygon, np.round(circle.middle + offset, 1))
        offset[out] *= 0.85
    return np.round(circle.middle + offset, 1)


def _ages(source: Source, points: pd.DataFrame) -> pd.DataFrame:
    """Whole people of each age: old and new estates differ, the sums of each unit are its shares.

    Where many are old few are children.
    """
    rng = generator(6)
    old = rng.uniform(0.75, 1.25, points["number"].max() + 1)[points["number"]]
    old = old * rng.uniform(0.85, 1.15, len(points))
    people = points["residents"].to_numpy(float)
    ages = pd.DataFrame(
        0, index=points.index, columns=["elderly", "elderly_65", "children", "infants"]
    )
    for unit in source.units:
        here = np.flatnonzero(points["district"] == unit.unit)
        total = people[here].sum() / 100
        young = people[here] * (2 - old[here])
        elderly = apportion(people[here] * old[here], round(total * unit.share_60))
        oldest = apportion(elderly.astype(float), round(total * unit.share_65))
        children = apportion(young, round(total * (unit.share_0_14 - _SHARE_INFANTS)))
        infants = apportion(young, round(total * _SHARE_INFANTS))
        ages.iloc[here] = np.column_stack([elderly, oldest, children, infants])
    return ages
