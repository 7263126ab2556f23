"""The categories with their weights, and the offers with their costs. All assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from siting.coverage import compute_coverage
from siting.inputs import Instance, load_catalogue
from synthesis.sites import KINDS
from synthesis.source import generator

# A group is a part of all people: its weight makes a whole group count like all residents.
_GROUP_WEIGHTS = {"all": 1.0, "elderly": 5.0, "children": 10.0, "infants": 50.0}
_TIER_WEIGHTS = {"basic": 2.0, "quality": 1.0}
# The campaign for the old and the young (一老一小) goes first; a filler of no official list counts
# half.
_CAMPAIGN, _CAMPAIGN_WEIGHT = "一老一小", 3.0
_FILLER = 0.5
# The one category that the notice of 2025 makes a must in every circle.
_MUST_HAVE, _MUST_HAVE_WEIGHT = "elderly_care_station", 1.5
# An offer must reach so many uncovered people, or the part of them that its group is.
_LEAST_REACHED = 100.0
_ROUNDING = 1000
_LEAST_FACTOR, _MOST_FACTOR = 0.85, 1.2
# One place, several functions: what is offered together, and for how much less.
_BUNDLES: Mapping[tuple[str, ...], float] = {
    ("elderly_care_station", "canteen"): 0.2,
    ("elderly_care_station", "elderly_activity_room"): 0.2,
    ("childcare", "play_space"): 0.15,
    ("convenience_store", "breakfast_shop"): 0.15,
    ("wet_market", "general_supermarket"): 0.1,
    ("recycling_point", "car_wash"): 0.1,
    ("parcel_point", "repair_point"): 0.15,
    ("culture_space", "study_room"): 0.2,
    ("health_station", "rehab_station"): 0.15,
}
_COLUMNS = ["offer_id", "site_id", "categories", "cost", "investment", "mode"]
_COLUMNS += ["floor_area_m2", "earliest"]


def category_table() -> pd.DataFrame:
    """The 26 basic and 30 quality categories of the default catalogue, with their weights here."""
    catalogue = load_catalogue()
    weight = catalogue["group"].map(_GROUP_WEIGHTS) * catalogue["tier"].map(_TIER_WEIGHTS)
    filler = catalogue["list_status"].eq("ext") & catalogue["tier"].eq("quality")
    first = catalogue["campaign"].eq(_CAMPAIGN)
    must = catalogue["category"].eq(_MUST_HAVE)
    weight *= np.where(first, _CAMPAIGN_WEIGHT, 1.0) * np.where(filler, _FILLER, 1.0)
    weight *= np.where(must, _MUST_HAVE_WEIGHT, 1.0)
    catalogue["priority"] = weight
    wanted = ["category", "name_zh", "name_en", "tier", "standard_minutes", "group", "priority"]
    wanted += ["cost", "investment", "floor_area_m2", "public_share", "code", "campaign"]
    return catalogue[[*wanted, "list_status"]]


def draw_offers(
    city: Instance, categories: pd.DataFrame, levels: Mapping[str, float]
) -> pd.DataFrame:
    """Every category at every site that allows it, has the floor and reaches enough people.

    Args:
        city: With everything but offers.
        categories: As `category_table` returns them.
        levels: Price level of each district.

    Returns:
        Columns `offer_id`, `site_id`, `categories`, `cost`, `investment`, `mode`, `floor_area_m2`,
        `earliest`.
    """
    useful = _useful(city)
    catalogue = categories.fillna({"floor_area_m2": 0}).set_index("category").to_dict("index")
    factors = generator(12).uniform(_LEAST_FACTOR, _MOST_FACTOR, len(city.sites))
    records = city.sites.to_dict("records")
    rows: list[tuple[object, ...]] = []
    for at, (site, factor) in enumerate(zip(records, factors, strict=True)):
        level = float(factor) * levels[str(site["district"])] * KINDS[str(site["kind"])].factor
        rows += [
            _offer(site, names, [catalogue[name] for name in names], level)
            for names in _sets(site, useful[at], catalogue)
        ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _useful(city: Instance) -> list[set[str]]:
    """The categories that reach enough uncovered people of their group, by site."""
    coverage = compute_coverage(city)
    useful: list[set[str]] = [set() for _ in range(len(city.sites))]
    groups = dict(zip(city.categories["category"], city.categories["group"], strict=True))
    for category, group in groups.items():
        people = city.people(group).to_numpy(float) * ~coverage[category].served
        reached = coverage[category].reach.T @ people
        for at in np.flatnonzero(reached >= _LEAST_REACHED / _GROUP_WEIGHTS[group]):
            useful[at].add(category)
    return useful


def _sets(
    site: Mapping[Any, Any], useful: set[str], catalogue: Mapping[Any, Mapping[Any, Any]]
) -> Iterator[tuple[str, ...]]:
    """The sets of categories that are offered at one site."""
    fitting = [
        name
        for name in KINDS[site["kind"]].allowed
        if name in useful and catalogue[name]["floor_area_m2"] <= site["floor_area_m2"]
    ]
    yield from ((name,) for name in fitting)
    for names in _BUNDLES:
        floor = sum(catalogue[name]["floor_area_m2"] for name in names)
        if set(names) <= set(fitting) and site["slots"] >= 2 and floor <= site["floor_area_m2"]:
            yield names


def _offer(
    site: Mapping[Any, Any], names: tuple[str, ...], parts: list[Mapping[Any, Any]], level: float
) -> tuple[object, ...]:
    saved = 1 - _BUNDLES.get(names, 0.0)
    cost, investment = (sum(part[key] for part in parts) for key in ("cost", "investment"))
    return (
        f"{site['site_id']}-{'+'.join(names)}",
        site["site_id"],
        ";".join(names),
        _rounded(cost * level * saved),
        _rounded(investment * level * saved),
        "add-on" if len(names) > 1 else KINDS[site["kind"]].mode,
        int(sum(part["floor_area_m2"] for part in parts)),
        KINDS[site["kind"]].earliest,
    )


def _rounded(amount: float) -> int:
    # To the cent first, so that binary noise does not push a round amount up a whole step.
    return ceil(round(amount, 2) / _ROUNDING) * _ROUNDING
