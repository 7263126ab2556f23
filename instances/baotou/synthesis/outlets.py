"""The outlets: as many of each category in the counted circles as published, the rest assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthesis.circles import Circle
from synthesis.source import COUNTED, Counts, Points, Source, generator

# Assumed: the circles that the count leaves out are newer and have fewer outlets.
_LESS = 0.85
# Assumed: how much circles differ beyond their people, as the spread of a lognormal factor.
_UNEVEN = 0.35
_STREETS = 2
# Assumed: what the public provides stands among the homes, the rest more in shopping streets.
_ON_STREETS = 0.6
_AMONG_HOMES = frozenset(
    {
        "elderly_care_station",
        "childcare",
        "canteen",
        "health_station",
        "recycling_point",
        "play_space",
        "elderly_activity_room",
        "culture_space",
        "rehab_station",
        "repair_point",
        "after_school_care",
        "parking_and_charging",
        "smart_retail",
        "tool_sharing",
        "study_room",
    }
)
# Assumed: one shop with several functions; never one that is counted by itself as published.
_ALSO = {
    "convenience_store": {"parcel_point": 0.35, "utility_counter": 0.1},
    "general_supermarket": {"bakery": 0.3, "grain_and_staples": 0.5},
    "wet_market": {"meat_and_seafood": 0.9, "grain_and_staples": 0.7, "fruit_shop": 0.7},
    "fresh_food_shop": {"fruit_shop": 0.3},
    "breakfast_shop": {"fast_food": 0.3},
    "elderly_care_station": {"elderly_activity_room": 0.4, "canteen": 0.2},
    "pharmacy": {"wellness_shop": 0.1},
}


@dataclass(frozen=True)
class _Ground:
    """Where outlets of one circle may be: its demand points, and its shopping streets."""

    circle: Circle
    homes: Points
    people: Points

    def places(self, count: int, on_streets: float) -> Points:
        """Places of so many outlets, shape (count, 2)."""
        rng = generator(8, self.circle.number, count, round(100 * on_streets))
        home = rng.choice(len(self.homes), count, p=self.people / self.people.sum())
        places = self.homes[home] + rng.normal(0.0, 60.0, (count, 2))
        street = rng.random(count) < on_streets
        places[street] = self._on_streets(rng, int(street.sum()))
        return places

    def _on_streets(self, rng: np.random.Generator, count: int) -> Points:
        """Along straight streets through the middle of the circle, denser towards it."""
        turn = generator(9, self.circle.number).random() * np.pi
        angle = turn + np.pi / _STREETS * rng.integers(0, _STREETS, count)
        along = self.circle.radius * np.clip(rng.normal(0.0, 0.5, count), -1, 1)
        points = along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        placed: Points = self.circle.middle + points + rng.normal(0.0, 25.0, (count, 2))
        return placed


def draw_outlets(
    source: Source, circles: Sequence[Circle], residents: pd.DataFrame
) -> pd.DataFrame:
    """The outlets, circle by circle.

    Returns:
        `outlet_id`, `x`, `y`, `categories` (the first is the one that it is counted as),
        `district`, `circle`, `counted_2024`.
    """
    names = source.counts["category"].to_numpy(object)
    numbers = _numbers(source, circles)
    frames = []
    for circle, count in zip(circles, numbers, strict=True):
        here = residents[residents["circle"] == circle.circle]
        ground = _Ground(
            circle, here[["x", "y"]].to_numpy(float), here["residents"].to_numpy(float)
        )
        frames.append(_in_circle(ground, np.repeat(names, count)))
    outlets = pd.concat(frames, ignore_index=True)
    outlets["outlet_id"] = [f"E{number:05d}" for number in range(1, len(outlets) + 1)]
    return outlets[["outlet_id", "x", "y", "categories", "district", "circle", "counted_2024"]]


def _in_circle(ground: _Ground, kinds: np.ndarray) -> pd.DataFrame:
    among = np.isin(kinds.astype(str), sorted(_AMONG_HOMES))
    xy = np.empty((len(kinds), 2))
    for mask, share in ((among, 0.0), (~among, _ON_STREETS)):
        xy[mask] = ground.places(int(mask.sum()), share)
    circle = ground.circle
    frame = pd.DataFrame(np.round(xy).astype(int), columns=["x", "y"])
    return frame.assign(
        categories=_with_others(kinds, generator(10, circle.number)),
        district=circle.unit,
        circle=circle.circle,
        counted_2024=circle.counted_2024,
    )


def _with_others(kinds: np.ndarray, rng: np.random.Generator) -> list[str]:
    """The categories of each outlet: its own, and those it serves besides."""
    return [
        ";".join([kind, *(also for also, p in _ALSO.get(kind, {}).items() if rng.random() < p)])
        for kind in kinds
    ]


def _numbers(source: Source, circles: Sequence[Circle]) -> Counts:
    """Outlets by circle and category, shape (circles, categories); the published sums are exact."""
    rng = generator(7)
    people = np.array([circle.residents for circle in circles], dtype=float)
    counted = np.array([circle.counted_2024 == "yes" for circle in circles])
    strength = rng.lognormal(0.0, _UNEVEN, len(circles))
    numbers = np.zeros((len(circles), len(source.counts)), dtype=np.int64)
    others = _LESS * (len(circles) - COUNTED) / COUNTED
    for column, total in enumerate(source.counts["outlets"]):
        weight = people * strength * rng.lognormal(0.0, _UNEVEN, len(circles))
        numbers[counted, column] = _spread(rng, weight[counted], int(total))
        numbers[~counted, column] = _spread(rng, weight[~counted], round(others * total))
    return numbers


def _spread(rng: np.random.Generator, weights: Points, total: int) -> Counts:
    """Whole numbers near their expectation with a fixed sum (systematic sampling)."""
    order = np.argsort(rng.random(len(weights)), kind="stable")
    steps = np.cumsum(weights[order]) / weights.sum() * total
    # The last step is the total but for rounding, and the offset must not add one.
    steps[-1] = total
    until = np.floor(steps + rng.random() * (steps < total)).astype(np.int64)
    found = np.zeros(len(weights), dtype=np.int64)
    found[order] = np.diff(np.minimum(until, total), prepend=0)
    return found
