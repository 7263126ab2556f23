"""What the city is drawn from: the tables of `source/` and a few numbers, fact and assumption."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]
Counts = NDArray[np.int64]

CRS = "EPSG:4546"
# Published: the pilot circles at the end of 2024, and how many of them the count of outlets covers.
CIRCLES = 100
COUNTED = 70
# Published: about a million residents in all pilot circles.
RESIDENTS = 1_000_000
HI_TECH = "稀土高新区"
# Assumed: the zone has no polygon; its part of the district around it, in degrees.
HI_TECH_BOX = (109.815, 40.535, 109.925, 40.622)
_TEXTS = {"code": str, "areaCode": str, "streetCode": str, "name": str}


@dataclass(frozen=True)
class Unit:
    """A district, banner or zone: a row of `units.csv`.

    Attributes:
        unit: Its name.
        name_en: Its English name.
        code: Six digits that the codes of its subdistricts begin with.
        polygon: The name of the polygon that it is, or is a part of.
        population_2020: People in all of it.
        circles: Pilot circles.
        lon: Middle of its main town, degrees.
        lat: The same.
        east_km: How far the town reaches from there to the east and west.
        north_km: To the north and south.
        people_per_km2: In the town.
        share_0_14: Percent of the people, as the next two.
        share_60: 60 and older.
        share_65: 65 and older.
        price_level: Factor on all costs.
    """

    unit: str
    name_en: str
    code: str
    polygon: str
    population_2020: int
    circles: int
    lon: float
    lat: float
    east_km: float
    north_km: float
    people_per_km2: float
    share_0_14: float
    share_60: float
    share_65: float
    price_level: float

    @property
    def middle(self) -> Points:
        """Middle of its main town in metres, shape (2,)."""
        return to_metres(np.array([[self.lon, self.lat]])).ravel()


@dataclass(frozen=True)
class Source:
    """The tables that the city is drawn from.

    Attributes:
        units: The ten districts, banners and zones.
        counts: Outlets of the counted circles by category, and whether the number is published.
        streets: Subdistricts and towns.
        communities: Community and village committees.
        polygons: Of each unit, in metres.
    """

    units: tuple[Unit, ...]
    counts: pd.DataFrame
    streets: pd.DataFrame
    communities: pd.DataFrame
    polygons: dict[str, Any]


def read_source(folder: Path) -> Source:
    """Reads the tables of a folder."""
    rows = pd.read_csv(folder / "units.csv", dtype={"code": str}).to_dict("records")
    units = tuple(Unit(**{str(key): value for key, value in row.items()}) for row in rows)
    return Source(
        units=units,
        counts=pd.read_csv(folder / "outlet_counts.csv"),
        streets=pd.read_csv(folder / "subdistricts.csv", dtype=_TEXTS),
        communities=pd.read_csv(folder / "communities.csv", dtype=_TEXTS),
        polygons=_polygons(folder / "districts.geojson", units),
    )


def to_metres(lonlat: Points) -> Points:
    """Degrees to metres, shape (points, 2)."""
    place = Transformer.from_crs("EPSG:4490", CRS, always_xy=True)
    return np.column_stack(place.transform(lonlat[:, 0].tolist(), lonlat[:, 1].tolist()))


def _polygons(path: Path, units: tuple[Unit, ...]) -> dict[str, BaseGeometry]:
    """The polygon of each unit; the Hi-tech Zone is cut out of the one around it."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    drawn = {one["properties"]["name"]: shape(one["geometry"]) for one in features}
    zone = box(*HI_TECH_BOX)
    polygons = {}
    around = next(one.polygon for one in units if one.unit == HI_TECH)
    for one in units:
        polygon = drawn[one.polygon]
        if one.polygon == around:
            inside = one.unit == HI_TECH
            polygon = polygon.intersection(zone) if inside else polygon.difference(zone)
        polygons[one.unit] = shapely.transform(polygon, to_metres)
    return polygons


def generator(*parts: int) -> np.random.Generator:
    """The random numbers of one part, which no change of another part moves."""
    return np.random.default_rng([20241231, *parts])


def apportion(weights: Sequence[float] | NDArray[np.float64], total: int) -> Counts:
    """Whole numbers in proportion to the weights that sum to the total (largest remainder)."""
    shares = np.asarray(weights, dtype=float)
    exact = shares / shares.sum() * total
    whole: Counts = np.floor(exact).astype(np.int64)
    rest = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole
