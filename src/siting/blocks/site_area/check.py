"""Says `site_area` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.exact import exact
from siting.blocks.plain_inputs import PlainInputs, PlainOffer
from siting.blocks.site_area.spec import SiteArea


def rows(block: SiteArea, inputs: PlainInputs) -> Iterator[Row]:
    """Areas of what is added at each site, in all years, against its own."""
    instance = inputs.instance
    of_site = _areas(instance.sites, "site_id")
    of_offer = _areas(instance.offers, "offer_id")
    of_category = _areas(instance.categories, "category")
    for site in inputs.sites:
        limit = of_site.get(site, None if block.default is None else exact(block.default))
        here = [offer for offer in inputs.offers if offer.site == site] if limit is not None else []
        terms = {
            Column("choose", (offer.id, year)): _taken(offer, of_offer, of_category)
            for offer in here
            for year in inputs.years
        }
        if terms:
            yield Row((site,), Sum(terms), upper=limit)


def _taken(
    offer: PlainOffer, of_offer: dict[str, Fraction], of_category: dict[str, Fraction]
) -> Fraction:
    """What an offer takes: its own area, else those of its categories."""
    parts = (of_category.get(name, Fraction(0)) for name in offer.categories)
    return of_offer[offer.id] if offer.id in of_offer else sum(parts, Fraction(0))


def _areas(frame: pd.DataFrame, key: str) -> dict[str, Fraction]:
    """The areas that a table gives, by id."""
    if "floor_area_m2" not in frame:
        return {}
    pairs = zip(frame[key].tolist(), frame["floor_area_m2"].tolist(), strict=True)
    return {name: exact(float(area)) for name, area in pairs if not pd.isna(area)}
