"""A small synthetic town in memory: people and sites around a few centres, for tests and trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.generate.pieces import (
    CRS,
    DETOUR,
    draw_around,
    draw_centres,
    draw_offers,
    draw_sites,
    first_categories,
    numbered,
)
from siting.inputs import Instance, StraightLineTravel, Walking
from siting.units import Currency

_BUDGET_SHARE = 0.01
_MOST_PEOPLE = 200


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
    if min(size.residents, size.sites, size.categories) < 1 or size.outlets < 0:
        raise ValueError(f"{size}: a town needs residents, sites and categories")
    categories = first_categories(size.categories).assign(group="all")
    rng = np.random.default_rng(seed)
    centres = draw_centres(rng, size.residents)
    sites = draw_sites(rng, draw_around(rng, centres, size.sites))
    offers = draw_offers(rng, sites, categories)
    return Instance(
        name=f"synthetic town {size.residents} x {size.sites} x {size.categories}, seed {seed}",
        crs=CRS,
        currency=Currency("CNY", "万元"),
        budget=float(np.round(_BUDGET_SHARE * offers["cost"].sum(), -4)),
        residents=_residents(rng, draw_around(rng, centres, size.residents)),
        outlets=_outlets(rng, draw_around(rng, centres, size.outlets), categories),
        sites=sites,
        categories=categories,
        offers=offers,
        travel=StraightLineTravel(DETOUR),
        walking=Walking(),
        note="Synthetic: no place of this name exists.",
    )


def _residents(rng: np.random.Generator, points: pd.DataFrame) -> pd.DataFrame:
    people = rng.integers(1, _MOST_PEOPLE + 1, len(points)).astype(float)
    return points.assign(resident_id=numbered("R", len(points)), residents=people)


def _outlets(
    rng: np.random.Generator, points: pd.DataFrame, categories: pd.DataFrame
) -> pd.DataFrame:
    kinds = rng.choice(categories["category"].to_numpy(object), len(points))
    return points.assign(outlet_id=numbered("E", len(points)), categories=kinds)
