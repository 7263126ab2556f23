"""The pilot circles: how many in each unit, where, around which communities, of what size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pandas as pd
import shapely

from synthesis.source import (
    CIRCLES,
    COUNTED,
    RESIDENTS,
    Counts,
    Points,
    Source,
    Unit,
    apportion,
    generator,
)

_SPREAD = 0.25
_TRIALS = 4_000
# Circles next to each other may overlap by this share of their radii.
_OVERLAP = 0.03
_NO_NEIGHBOURHOOD = re.compile("村委|村民委员会|嘎查|虚拟|分场|园区")
_ENDINGS = re.compile("(社区)?(居委会|居民委员会)?$")


@dataclass(frozen=True)
class Circle:
    """A pilot circle.

    Attributes:
        circle_id: `C001` and on.
        circle: Its name.
        unit: Its district, banner or zone.
        subdistrict: Its subdistrict or town.
        communities: Its communities, `a;b`.
        counted_2024: `yes` where the published count of outlets covers it.
        residents: People.
        x: Easting of its middle.
        y: Northing of its middle.
        radius: Metres that hold its people at the density of the unit.
    """

    circle_id: str
    circle: str
    unit: str
    subdistrict: str
    communities: str
    counted_2024: str
    residents: int
    x: float
    y: float
    radius: float

    @property
    def number(self) -> int:
        """1 to 100."""
        return int(self.circle_id[1:])

    @property
    def middle(self) -> Points:
        """Shape (2,)."""
        return np.array([self.x, self.y])


def circle_table(circles: Sequence[Circle]) -> pd.DataFrame:
    """The circles as a table."""
    return pd.DataFrame([asdict(circle) for circle in circles]).round({"radius": 1})


def draw_circles(source: Source) -> list[Circle]:
    """The circles, unit by unit."""
    people = apportion(generator(1).lognormal(0.0, _SPREAD, CIRCLES), RESIDENTS)
    ends = np.cumsum([unit.circles for unit in source.units])
    sizes = np.split(people, ends[:-1])
    circles = pd.concat(map(partial(_in_unit, source), source.units, sizes), ignore_index=True)
    circles["counted_2024"] = _counted(source.units)
    circles["circle"] = _names(circles)
    circles["circle_id"] = [f"C{number:03d}" for number in range(1, CIRCLES + 1)]
    records = circles.to_dict("records")
    return [Circle(**{str(key): value for key, value in row.items()}) for row in records]


def _in_unit(source: Source, unit: Unit, people: Counts) -> pd.DataFrame:
    """Places and names for the circles of one unit, neighbours next to each other."""
    radius = 1000.0 * np.sqrt(people / (np.pi * unit.people_per_km2))
    spread = 1000.0 * np.array([unit.east_km, unit.north_km])
    trials = _inside_ellipse(int(unit.code)) * spread + unit.middle
    xy = _place(trials, radius, source.polygons[unit.unit], unit.unit)
    frame = pd.DataFrame({"residents": people, "radius": radius, "x": xy[:, 0], "y": xy[:, 1]})
    from_middle = xy - unit.middle
    order = np.argsort(np.arctan2(from_middle[:, 1], from_middle[:, 0]), kind="stable")
    runs = _runs(source, unit)
    return frame.iloc[order].reset_index(drop=True).join(runs).assign(unit=unit.unit)


def _inside_ellipse(seed: int) -> Points:
    """Points of the unit disc, those near its middle first but for some noise."""
    rng = generator(2, seed)
    angle, distance = 2 * np.pi * rng.random(_TRIALS), np.sqrt(rng.random(_TRIALS))
    order = np.argsort(distance + 0.3 * rng.random(_TRIALS), kind="stable")
    points: Points = np.column_stack([np.cos(angle), np.sin(angle)]) * distance[:, None]
    return points[order]


def _place(trials: Points, radius: Points, polygon: shapely.Geometry, where: str) -> Points:
    """The first trial for each circle that keeps clear of the circles before it.

    Raises:
        ValueError: The built-up area is too small for its circles.
    """
    taken: list[tuple[float, float, float]] = []
    for size in radius:
        room = shapely.contains_xy(polygon.buffer(-0.6 * size), trials)
        for x, y, other in taken:
            apart = np.hypot(trials[:, 0] - x, trials[:, 1] - y)
            room &= apart >= (1 - _OVERLAP) * (size + other)
        if not room.any():
            raise ValueError(f"{where}: no room for circle {len(taken) + 1} of {len(radius)}")
        x, y = trials[np.argmax(room)]
        taken.append((float(x), float(y), float(size)))
    return np.round(np.array(taken)[:, :2], 1)


def _runs(source: Source, unit: Unit) -> pd.DataFrame:
    """Runs of one to three communities of one subdistrict, one run a circle, all over the unit."""
    rng = generator(3, int(unit.code))
    known = source.communities
    here = known[known["areaCode"].eq(unit.code) & ~known["name"].str.contains(_NO_NEIGHBOURHOOD)]
    streets = dict(zip(source.streets["code"], source.streets["name"], strict=True))
    by_street = {str(code): list(names) for code, names in here.groupby("streetCode")["name"]}
    for longest in (3, 2, 1):
        runs = [
            (streets[code], ";".join(map(community, names[start : start + size])))
            for code, names in by_street.items()
            for start, size in _cuts(rng, len(names), longest)
        ]
        if len(runs) >= unit.circles:
            break
    chosen = [runs[at * len(runs) // unit.circles] for at in range(unit.circles)]
    return pd.DataFrame(chosen, columns=["subdistrict", "communities"])


def _cuts(rng: np.random.Generator, length: int, longest: int) -> list[tuple[int, int]]:
    cuts, start = [], 0
    while start < length:
        size = min(1 + int(rng.random() * longest), length - start)
        cuts.append((start, size))
        start += size
    return cuts


def community(name: str) -> str:
    """The name of a community without the words for its committee."""
    return _ENDINGS.sub("", name, count=1) + "社区"


def _names(circles: pd.DataFrame) -> pd.Series[str]:
    """Circles are called by their first community, with the subdistrict where that is not one."""
    first = circles["communities"].str.split(";").str[0]
    twice = first.duplicated(keep=False)
    return first.mask(twice, circles["subdistrict"] + first) + "生活圈"


def _counted(units: Sequence[Unit]) -> list[str]:
    """Which circles the published count covers: as many in each unit as its share of all."""
    rng = generator(4)
    counted = apportion([unit.circles for unit in units], COUNTED)
    flags: list[str] = []
    for unit, some in zip(units, counted, strict=True):
        first = np.argsort(rng.random(unit.circles), kind="stable") < some
        flags += np.where(first, "yes", "no").tolist()
    return flags
