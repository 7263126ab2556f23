"""Cities of a given shape: categories, entries, purchases, and slots that bind or do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from siting.coverage import Coverage, compute_coverage
from siting.generate import CitySize, CityTraits, generate_city
from siting.inputs import Instance

# By entries: offers, and offers within reach of a demand row. So many that 2,000 purchases leave a
# part of the rows uncovered.
_OFFERS = {100_000: 20_000, 1_000_000: 50_000, 5_000_000: 100_000}
_IN_REACH = {100_000: 4.0, 1_000_000: 16.0, 5_000_000: 40.0}
_SERVED = 0.5
# Slots of all sites together over the purchases, where they are tight.
_TIGHT = 1.25
# Entries may differ by this share.
TOLERANCE = 0.05
_MOST_TRIALS = 8


@dataclass(frozen=True)
class Shape:
    """One cell of the grid.

    Attributes:
        categories: At most 56.
        entries: Of the demand rows together, about: 100,000, 1 million or 5 million.
        purchases: Offers that the budget pays for, about.
        slots: `loose`, as many as categories, or `tight`: in all a quarter more than purchases,
            but at least one a site.
    """

    categories: int
    entries: int
    purchases: int
    slots: str

    def __post_init__(self) -> None:
        """Refuses a shape that is not on the grid."""
        if self.entries not in _OFFERS or self.slots not in ("loose", "tight"):
            raise ValueError(f"{self}: expected entries of {list(_OFFERS)}, slots loose or tight")

    @property
    def size(self) -> CitySize:
        """Demand points and sites that can have so many entries."""
        sites = round(_OFFERS[self.entries] / self.categories)
        rows = self.entries / _IN_REACH[self.entries]
        residents = round(rows / (1 - _SERVED) / self.categories)
        return CitySize(residents, sites, self.categories, self.purchases)

    @property
    def most_slots(self) -> int:
        """Sites have one slot to so many, where they are tight."""
        mean = _TIGHT * self.purchases / self.size.sites
        return min(self.categories, max(1, round(2 * mean - 1)))


def shaped_city(shape: Shape, seed: int) -> tuple[Instance, Coverage]:
    """A city of the shape; how far people walk is chosen so that it has the entries.

    Raises:
        ValueError: No reach gives so many entries.
    """
    reach = 0.5
    for _ in range(_MOST_TRIALS):
        traits = CityTraits(most_slots=shape.most_slots, served=_SERVED, reach=reach)
        city = generate_city(shape.size, seed, traits)
        coverage = compute_coverage(city)
        ratio = entries_of(city, coverage) / shape.entries
        if abs(ratio - 1) <= TOLERANCE:
            budget = money_for(shape.purchases, city, coverage)
            return _with_slots(replace(city, budget=budget), shape), coverage
        # Who is in reach grows with the area, as long as the area is not the whole city.
        reach /= float(np.sqrt(max(ratio, 0.01)))
    raise ValueError(f"{shape}, seed {seed}: no reach gives so many entries")


def entries_of(city: Instance, coverage: Coverage) -> int:
    """Pairs of a demand point that lacks a category and a site within reach that offers it."""
    each = (coverage[name] for name in city.category_names)
    return sum(int(one.reach[np.flatnonzero(~one.served)].nnz) for one in each)


def money_for(purchases: int, city: Instance, coverage: Coverage) -> float:
    """What so many offers cost, of those that reach most people for their money."""
    people = city.residents["residents"].to_numpy(float)
    # Offers are those of the first site, then of the second, each with every category in order.
    reached = np.stack(
        [coverage[name].reach.T @ (people * ~coverage[name].served) for name in city.category_names]
    )
    cost = city.offers["cost"].to_numpy(float)
    best = np.argsort(cost / np.maximum(reached.T.ravel(), 1.0), kind="stable")
    return float(cost[best[:purchases]].sum())


def _with_slots(city: Instance, shape: Shape) -> Instance:
    if shape.slots == "tight":
        return city
    return replace(city, sites=city.sites.assign(slots=float(shape.categories)))
