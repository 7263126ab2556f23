"""Says `category_once_per_site` plainly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.category_once_per_site.spec import CategoryOncePerSite
from siting.blocks.contract import Column, Row, Sum
from siting.blocks.plain_inputs import PlainInputs


def rows(_block: CategoryOncePerSite, inputs: PlainInputs) -> Iterator[Row]:
    """Offers of one category at one site, where there are several."""
    same: dict[tuple[str, str], list[str]] = defaultdict(list)
    for offer in inputs.offers:
        for category in offer.categories:
            same[offer.site, category].append(offer.id)
    for site in inputs.sites:
        for category in inputs.categories:
            offers = same[site, category]
            if len(offers) > 1:
                terms = {
                    Column("choose", (offer, year)): Fraction(1)
                    for offer in offers
                    for year in inputs.years
                }
                yield Row((site, category), Sum(terms), upper=Fraction(1))
