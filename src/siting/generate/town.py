"""A synthetic town: people and sites around a few centres, outlets where many people live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.inputs import (
    Instance,
    StraightLineTravel,
    Walking,
    load_catalogue,
)
from siting.units import Currency

Points = NDArray[np.float64]

# Metres from the centre of a neighbourhood, on each axis, within which two in three live.
_SPREAD = 600.0
# Demand points in a square kilometre, about those of a dense district.
_DENSITY = 250.0
_BUDGET_SHARE = 0.01


@dataclass(frozen=True)
class TownSize:
    """How large a town is.

    Attributes:
        residents: Demand points.
        sites: Candidate sites; each offers every category.
        categories: Categories, the first of the default catalogue; at most 56.
        outlets: Existing outlets, each of one category.
    """

    residents: int
    sites: int
    categories: int
    outlets: int = 0


def generate_town(size: TownSize, seed: int = 0) -> Instance:
    """Generates a town; the same size and seed give the same town.

    Walks are straight lines times 1.25; the budget pays for about a hundredth of all offers.

    Raises:
        ValueError: A number is too small or there are more categories than in the catalogue.
    """
    catalogue = load_catalogue()
    if min(size.residents, size.sites, size.categories) < 1 or size.outlets < 0:
        raise ValueError(f"{size}: a town needs residents, sites and categories")
    if size.categories > len(catalogue):
        raise ValueError(f"{size.categories} categories; the catalogue has {len(catalogue)}")
    rng = np.random.default_rng(seed)
    categories = catalogue.head(size.categories).assign(group="all")
    centres = _centres(rng, size.residents)
    sites = _sites(rng, _around(rng, centres, size.sites))
    offers = _offers(rng, sites, categories)
    return Instance(
        name=f"synthetic town {size.residents} x {size.sites} x {size.categories}, seed {seed}",
        crs="EPSG:32649",
        currency=Currency("CNY", "万元"),
        budget=float(np.round(_BUDGET_SHARE * offers["cost"].sum(), -4)),
        residents=_residents(rng, _around(rng, centres, size.residents)),
        outlets=_outlets(rng, _around(rng, centres, size.outlets), categories),
        sites=sites,
        categories=categories,
        offers=offers,
        travel=StraightLineTravel(1.25),
        walking=Walking(),
        note="Synthetic: no place of this name exists.",
    )


def _centres(rng: np.random.Generator, residents: int) -> Points:
    side = 1000.0 * np.sqrt(residents / _DENSITY)
    corner = np.array([4e5, 4.5e6])
    centres: Points = corner + rng.uniform(0.0, side, (max(1, residents // 400), 2))
    return centres


def _around(rng: np.random.Generator, centres: Points, count: int) -> pd.DataFrame:
    home = rng.integers(0, len(centres), count)
    points = np.round(centres[home] + rng.normal(0.0, _SPREAD, (count, 2)), 1)
    return pd.DataFrame(points, columns=["x", "y"])


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:06d}" for number in range(1, count + 1)]


def _residents(rng: np.random.Generator, points: pd.DataFrame) -> pd.DataFrame:
    people = rng.integers(1, 201, len(points)).astype(float)
    return points.assign(resident_id=_ids("R", len(points)), residents=people)


def _sites(rng: np.random.Generator, points: pd.DataFrame) -> pd.DataFrame:
    slots = rng.integers(1, 5, len(points)).astype(float)
    return points.assign(site_id=_ids("S", len(points)), slots=slots)


def _outlets(
    rng: np.random.Generator, points: pd.DataFrame, categories: pd.DataFrame
) -> pd.DataFrame:
    kinds = rng.choice(categories["category"].to_numpy(object), len(points))
    return points.assign(outlet_id=_ids("E", len(points)), categories=kinds)


def _offers(
    rng: np.random.Generator, sites: pd.DataFrame, categories: pd.DataFrame
) -> pd.DataFrame:
    """Every category at every site, at the catalogue's cost give or take a third."""
    pairs = sites[["site_id"]].merge(categories, how="cross")
    factor = rng.uniform(2 / 3, 4 / 3, len(pairs))
    frame = pd.DataFrame(
        {
            "offer_id": pairs["site_id"] + ":" + pairs["category"],
            "site_id": pairs["site_id"],
            "categories": pairs["category"],
            "cost": np.round(pairs["cost"] * factor, -3),
            "mode": "new",
            "floor_area_m2": pairs["floor_area_m2"],
        }
    )
    return frame.assign(investment=np.round(pairs["investment"] * factor, -3))
