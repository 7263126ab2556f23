"""What synthetic towns and cities are drawn from: neighbourhoods, ids, costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.inputs import load_catalogue

Points = NDArray[np.float64]

CRS = "EPSG:32649"
DETOUR = 1.25
# Where the map begins, in metres: amid the zone of the coordinate system.
CORNER = np.array([4e5, 4.5e6])
# Demand points in a square kilometre, about those of a dense district.
DENSITY = 250.0
# Metres from the centre of a neighbourhood, on each axis, within which two in three live.
_SPREAD = 600.0
_POINTS_A_CENTRE = 400
MOST_SLOTS = 4
# Costs differ from the catalogue's by up to a third, where nothing else is asked for.
_LEAST_FACTOR, _MOST_FACTOR = 2 / 3, 4 / 3
# Costs are whole thousands, and nothing is for free.
_LEAST_COST = 1000.0


def first_categories(count: int) -> pd.DataFrame:
    """The first categories of the default catalogue.

    Raises:
        ValueError: There are not as many.
    """
    catalogue = load_catalogue()
    if count > len(catalogue):
        raise ValueError(f"{count} categories; the catalogue has {len(catalogue)}")
    return catalogue.head(count)


def draw_centres(rng: np.random.Generator, residents: int) -> Points:
    """Centres of neighbourhoods, one for 400 demand points, shape (centres, 2)."""
    side = 1000.0 * np.sqrt(residents / DENSITY)
    count = max(1, residents // _POINTS_A_CENTRE)
    centres: Points = CORNER + rng.uniform(0.0, side, (count, 2))
    return centres


def draw_around(rng: np.random.Generator, centres: Points, count: int) -> pd.DataFrame:
    """Points about the centres, `x` and `y` to the decimetre."""
    home = rng.integers(0, len(centres), count)
    points = np.round(centres[home] + rng.normal(0.0, _SPREAD, (count, 2)), 1)
    return pd.DataFrame(points, columns=["x", "y"])


def numbered(letter: str, count: int) -> list[str]:
    """Ids such as `R000001`."""
    return [f"{letter}{number:06d}" for number in range(1, count + 1)]


def draw_sites(
    rng: np.random.Generator, points: pd.DataFrame, most_slots: int = MOST_SLOTS
) -> pd.DataFrame:
    """Sites at these points, with one to so many slots."""
    slots = rng.integers(1, most_slots + 1, len(points)).astype(float)
    return points.assign(site_id=numbered("S", len(points)), slots=slots)


def draw_offers(
    rng: np.random.Generator,
    sites: pd.DataFrame,
    categories: pd.DataFrame,
    cost_spread: float | None = None,
) -> pd.DataFrame:
    """Every category at every site, at the catalogue's cost times a random factor.

    Args:
        rng: Draws.
        sites: Where.
        categories: Of the catalogue.
        cost_spread: The factor lies between one over it and it, as often below 1 as above; if not
            given it is within a third of 1.
    """
    pairs = sites[["site_id"]].merge(categories, how="cross")
    if cost_spread is None:
        factor = rng.uniform(_LEAST_FACTOR, _MOST_FACTOR, len(pairs))
    else:
        factor = cost_spread ** rng.uniform(-1.0, 1.0, len(pairs))
    money = {
        name: np.maximum(np.round(pairs[name] * factor, -3), _LEAST_COST)
        for name in ("cost", "investment")
    }
    return pd.DataFrame(
        {
            "offer_id": pairs["site_id"] + ":" + pairs["category"],
            "site_id": pairs["site_id"],
            "categories": pairs["category"],
            **money,
            "mode": "new",
            "floor_area_m2": pairs["floor_area_m2"],
        }
    )
