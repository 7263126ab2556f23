"""A synthetic city of any size: much of it covered already, money for a small part of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.generate.folder import write_instance
from siting.generate.pieces import (
    CRS,
    DENSITY,
    DETOUR,
    MOST_SLOTS,
    Points,
    draw_around,
    draw_centres,
    draw_offers,
    draw_sites,
    first_categories,
    numbered,
)
from siting.inputs import Instance, StraightLineTravel, Walking
from siting.units import Currency

# A share of all offers that the budget pays for: 600 of 52,000.
_PURCHASES = 600 / 52_000
# Share of a category's people whom existing outlets serve, were people spread evenly: on average
# over the categories, and how far one category is from that.
_SERVED, _SERVED_SPREAD = 0.625, 0.225
_MOST_SERVED = 0.95
_MOST_PEOPLE = 200
_POINTS_A_DISTRICT = 2_000
_WALKING = Walking(80.0, {"elderly": 50.0, "children": 60.0})
# Mean share of each demand group and how evenly it is spread (parameters of a beta distribution).
_GROUPS = {"elderly": (4.0, 16.0), "children": (3.0, 22.0), "infants": (2.0, 78.0)}
_CATEGORY_COLUMNS = {
    **dict.fromkeys(("category", "name_zh", "name_en", "tier"), str),
    "standard_minutes": float,
    "group": str,
    **dict.fromkeys(("priority", "cost", "investment", "floor_area_m2"), float),
}
_README = """\
# {name}

Synthetic: no place of this name exists. Made by

```sh
siting generate city --residents {residents} --sites {sites} --categories {categories} \\
    --purchases {purchases}{traits} --seed {seed} -o DIR
```

which writes the same files, byte for byte, with the same versions of siting, numpy and pandas.

* **Residents.** Demand points of 1 to {people} people about one centre for 400 points, 250 points a
  square kilometre on average. The shares of elderly, children and infants differ by point, with
  means of 20, 12 and 2.5 per cent.
* **Outlets.** Of each category as many as would serve a share between {least:.0%} and {most:.0%} of
  evenly spread people, placed like the people.
* **Sites.** Placed like the people, with one slot to {slots} each.
* **Offers.** Every category at every site, at the cost of the default catalogue {costs}.
  Those costs are assumptions.
* **Walks.** Straight lines times {detour}; standards are {reach:g} times those of the catalogue.
* **Budget.** Pays for about {purchases} offers.
"""


@dataclass(frozen=True)
class CitySize:
    """How large a city is.

    Attributes:
        residents: Demand points.
        sites: Candidate sites; each offers every category.
        categories: Categories, the first of the default catalogue; at most 56.
        purchases: Offers that the budget pays for, about; by default 1.15 % of all.

    Raises:
        ValueError: A number is below 1.
    """

    residents: int
    sites: int
    categories: int
    purchases: int | None = None

    def __post_init__(self) -> None:
        """Refuses a city without people, sites, categories or money."""
        if min(self.residents, self.sites, self.categories, self.bought) < 1:
            raise ValueError(f"{self}: a city needs residents, sites, categories and purchases")

    @property
    def bought(self) -> int:
        """Offers that the budget pays for, about."""
        if self.purchases is not None:
            return self.purchases
        return max(1, round(_PURCHASES * self.sites * self.categories))


@dataclass(frozen=True)
class CityTraits:
    """What makes a city of the same size harder.

    Attributes:
        most_slots: A site has one slot to so many; few make slots bind.
        cost_spread: Costs are the catalogue's times a factor between one over this and this; if
            not given they are within a third of the catalogue's.
        served: Share of the people whom outlets serve already, on average over the categories.
        reach: Factor on the catalogue's standards; below 1 fewer sites reach each point.

    Raises:
        ValueError: A number is out of its range.
    """

    most_slots: int = MOST_SLOTS
    cost_spread: float | None = None
    served: float = _SERVED
    reach: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn."""
        whole = self.most_slots >= 1 and self.reach > 0 and 0 <= self.served <= _MOST_SERVED
        if not whole or (self.cost_spread is not None and self.cost_spread < 1):
            raise ValueError(
                f"{self}: expected at least 1 slot, costs spread by at least 1, a reach above 0 "
                f"and at most {_MOST_SERVED} served"
            )

    @property
    def served_range(self) -> tuple[float, float]:
        """Least and largest share that is drawn for a category."""
        least, most = self.served - _SERVED_SPREAD, self.served + _SERVED_SPREAD
        return max(0.0, least), min(_MOST_SERVED, most)

    @property
    def options(self) -> str:
        """What `siting generate city` needs to be told of it, with a space ahead."""
        usual = CityTraits()
        named = {
            f"--{item.name.replace('_', '-')}": getattr(self, item.name)
            for item in fields(self)
            if getattr(self, item.name) != getattr(usual, item.name)
        }
        return "".join(f" {name} {value!r}" for name, value in named.items())


ORDINARY = CityTraits()


def generate_city(size: CitySize, seed: int = 0, traits: CityTraits = ORDINARY) -> Instance:
    """Generates a city in memory; the same size, seed and traits give the same city.

    Raises:
        ValueError: There are more categories than in the catalogue.
    """
    categories = first_categories(size.categories)[list(_CATEGORY_COLUMNS)]
    categories = categories.astype(_CATEGORY_COLUMNS)
    categories["standard_minutes"] *= traits.reach
    rng = np.random.default_rng(seed)
    centres = draw_centres(rng, size.residents)
    districts = KDTree(centres[: max(1, size.residents // _POINTS_A_DISTRICT)])
    sites = draw_sites(rng, draw_around(rng, centres, size.sites), traits.most_slots)
    offers = draw_offers(rng, sites, categories, traits.cost_spread)
    homes = draw_around(rng, centres, size.residents)
    residents = _residents(rng, homes, districts)
    existing = _existing(rng, size.residents, categories, traits)
    return Instance(
        name=f"Synthetic city {size.residents} x {size.sites} x {size.categories}, seed {seed}",
        crs=CRS,
        currency=Currency("CNY", "万元"),
        budget=_budget(offers, size.bought),
        residents=residents,
        outlets=_outlets(rng, centres, existing),
        sites=sites.assign(district=_district(sites, districts)),
        categories=categories,
        offers=offers,
        travel=StraightLineTravel(DETOUR),
        walking=_WALKING,
        note="Synthetic: no place of this name exists; costs are assumptions.",
    )


def write_city(
    size: CitySize,
    seed: int,
    out: Path,
    traits: CityTraits = ORDINARY,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> Instance:
    """Generates a city and writes it as an instance folder; reading that gives the same city.

    Args:
        size: Of the city.
        seed: Of every random choice.
        out: Folder to make.
        traits: What makes it harder.
        on_stage: Told of each stage.

    Returns:
        The city.

    Raises:
        InputError: The folder has files already.
        ValueError: There are more categories than in the catalogue.
    """
    if on_stage:
        on_stage("drawing the city")
    city = generate_city(size, seed, traits)
    write_instance(city, out, _readme(city.name, size, seed, traits), on_stage=on_stage)
    return city


def _readme(name: str, size: CitySize, seed: int, traits: CityTraits) -> str:
    least, most = traits.served_range
    spread = traits.cost_spread
    return _README.format(
        name=name,
        residents=size.residents,
        sites=size.sites,
        categories=size.categories,
        purchases=size.bought,
        seed=seed,
        traits=f" \\\n   {traits.options}" if traits.options else "",
        people=_MOST_PEOPLE,
        least=least,
        most=most,
        slots=traits.most_slots,
        costs="give or take a third" if spread is None else f"over or times up to {spread:g}",
        detour=DETOUR,
        reach=traits.reach,
    )


def _budget(offers: pd.DataFrame, purchases: int) -> float:
    """Money for so many offers; what a good plan takes costs about half the middle price."""
    return max(1e4, float(np.round(offers["cost"].median() / 2 * purchases, -4)))


def _residents(rng: np.random.Generator, points: pd.DataFrame, districts: KDTree) -> pd.DataFrame:
    count = len(points)
    people = rng.integers(1, _MOST_PEOPLE + 1, count)
    groups = {
        name: rng.binomial(people, rng.beta(*shape, count)).astype(float)
        for name, shape in _GROUPS.items()
    }
    frame = points.assign(resident_id=numbered("R", count), residents=people.astype(float))
    return frame.assign(**groups, district=_district(points, districts))


def _district(points: pd.DataFrame, districts: KDTree) -> list[str]:
    nearest = np.asarray(districts.query(points[["x", "y"]].to_numpy())[1])
    return [f"D{number + 1:02d}" for number in nearest]


def _existing(
    rng: np.random.Generator, residents: int, categories: pd.DataFrame, traits: CityTraits
) -> list[str]:
    """The category of every outlet, so many that they serve the share drawn for the category.

    Points thrown evenly, so many a square kilometre, leave exp(-number x area of reach) unserved.
    """
    speeds = categories["group"].map(_WALKING.speed_of).to_numpy(float)
    reach = categories["standard_minutes"].to_numpy(float) * speeds / DETOUR / 1000.0
    served = rng.uniform(*traits.served_range, len(categories))
    numbers = -np.log1p(-served) / (np.pi * reach**2) * residents / DENSITY
    kinds = np.repeat(categories["category"].to_numpy(object), np.round(numbers).astype(int))
    return [str(kind) for kind in kinds]


def _outlets(rng: np.random.Generator, centres: Points, kinds: list[str]) -> pd.DataFrame:
    """Outlets of one category each, placed like the people."""
    points = draw_around(rng, centres, len(kinds))
    frame = points.assign(outlet_id=numbered("E", len(kinds)), categories=kinds)
    # Without any outlet pandas could not tell that these are texts.
    return frame.astype({"outlet_id": str, "categories": str})
