"""Offers: what may be added at which site, and what it costs by the stated assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from siting.coverage.network import Snap, WalkNetwork
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.prepare.osm_mapping import Bundle, Category, Offers, OsmMapping, SiteKind

_NO_OFFERS = ["offer_id", "site_id", "categories", "cost", "investment", "mode", "floor_area_m2"]


@dataclass(frozen=True)
class UncoveredNeed:
    """Points on the network, by which the need of each category is seen.

    Attributes:
        network: The walking network.
        residents: Where the demand points snap.
        sites: Where the sites snap.
        people: Members of the category's group not covered yet, by category, shape (residents,).
        reach: Metres of the category's standard, by category.
    """

    network: WalkNetwork
    residents: Snap
    sites: Snap
    people: Mapping[str, np.ndarray]
    reach: Mapping[str, float]

    def reached(self) -> pd.DataFrame:
        """Uncovered people within the standard, one row a site, one column a category."""
        walks = self.network.within(self.sites, self.residents, max(self.reach.values()))
        site = walks.tocoo()
        counts = {}
        for name, reach in self.reach.items():
            near = site.data <= reach
            pairs = (np.ones(int(near.sum())), (site.row[near], site.col[near]))
            counts[name] = csr_array(pairs, shape=walks.shape).T @ self.people[name]
        return pd.DataFrame(counts)


def list_offers(sites: pd.DataFrame, reached: pd.DataFrame, mapping: OsmMapping) -> pd.DataFrame:
    """Lists every offer that is allowed, fits, and reaches enough uncovered residents.

    Args:
        sites: With `site_id`, `kind`, `floor_area_m2`, `district`, `premium` (a factor), and
            `circle` where there are circles.
        reached: Uncovered residents by site and category, as `UncoveredNeed.reached` returns them.
        mapping: Costs and rules.

    Returns:
        Columns `offer_id`, `site_id`, `categories`, `cost`, `investment`, `mode`, `floor_area_m2`.
    """
    rows = []
    least = _least_uncovered(mapping)
    records: list[dict[str, Any]] = [
        {str(key): value for key, value in one.items()} for one in sites.to_dict("records")
    ]
    for row, site in enumerate(records):
        near = reached.iloc[row]
        kind = mapping.sites.kinds[site["kind"]]
        useful = [
            name
            for name, category in mapping.chosen.items()
            if near[name] >= least[name]
            and (not kind.allowed_categories or name in kind.allowed_categories)
            and category.floor_area_m2 <= site["floor_area_m2"]
        ]
        rows += [_offer(site, [name], kind, mapping) for name in useful]
        bundles = [one for one in mapping.offers.bundles if _fits(one, site, useful)]
        rows += [_offer(site, one.categories, kind, mapping, one.saving) for one in bundles]
    return pd.DataFrame(rows, columns=_NO_OFFERS)


def _least_uncovered(mapping: OsmMapping) -> dict[str, float]:
    """How many uncovered people of its group an offer of each category must reach."""
    share = {"all": 1.0, **mapping.population.groups}
    least = mapping.offers.least_uncovered
    return {name: least * share[one.group] for name, one in mapping.chosen.items()}


def price_premium(people_near: np.ndarray, premium: float) -> np.ndarray:
    """What sites cost more the more people live near: a factor from 1 to 1 + `premium`, by rank.

    Args:
        people_near: Residents near each site, shape (sites,).
        premium: A share, e.g. 0.2.

    Returns:
        Shape (sites,); equal numbers get equal factors.
    """
    if len(people_near) < 2:
        return np.ones(len(people_near))
    below = np.searchsorted(np.sort(people_near), people_near, side="left")
    factor: np.ndarray = 1 + premium * below / (len(people_near) - 1)
    return factor


def _fits(bundle: Bundle, site: Mapping[str, Any], useful: list[str]) -> bool:
    roomy = bool(site["floor_area_m2"] >= bundle.least_floor)
    return roomy and site["kind"] in bundle.kinds and set(bundle.categories) <= set(useful)


def _offer(
    site: Mapping[str, Any],
    names: list[str],
    kind: SiteKind,
    mapping: OsmMapping,
    saving: float = 0.0,
) -> tuple[object, ...]:
    """One row: the investment of the categories here, and the public part of it."""
    rules = mapping.offers
    levels = rules.price_level
    local = levels.get(str(site.get("circle", "")), levels.get(str(site["district"]), 1.0))
    level = local * float(site["premium"]) * kind.factor * (1 - saving)
    chosen = [mapping.catalogue[name] for name in names]
    investment = sum(one.investment for one in chosen) * level
    public = sum(one.investment * one.public_share for one in chosen) * level
    mode = "add-on" if len(names) > 1 else kind.mode
    return (
        f"{site['site_id']}-{'+'.join(names)}",
        site["site_id"],
        CATEGORY_SEPARATOR.join(names),
        _rounded(public, rules),
        _rounded(investment, rules),
        mode,
        sum(one.floor_area_m2 for one in chosen),
    )


def _rounded(amount: float, rules: Offers) -> int:
    # To the cent first, so that binary noise does not push a round amount up a whole step.
    return int(ceil(round(amount, 2) / rules.rounding) * rules.rounding)


def category_table(mapping: OsmMapping) -> pd.DataFrame:
    """The instance's categories, with `cost` the public part of the ordinary investment."""
    rows = [_category_row(name, one, mapping.offers) for name, one in mapping.chosen.items()]
    return pd.DataFrame(rows)


def _category_row(name: str, one: Category, rules: Offers) -> dict[str, object]:
    return {
        "category": name,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "tier": one.tier,
        "standard_minutes": one.standard_minutes,
        "group": one.group,
        "priority": one.priority,
        "cost": _rounded(one.investment * one.public_share, rules),
        "investment": _rounded(one.investment, rules),
        "floor_area_m2": one.floor_area_m2,
    }
