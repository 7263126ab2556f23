"""Says `site_slots` plainly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.site_slots.spec import SiteSlots


def rows(block: SiteSlots, inputs: PlainInputs) -> Iterator[Row]:
    """Categories added at each site, in all years, against its slots."""
    taken: dict[str, dict[Column, Fraction]] = defaultdict(dict)
    for offer in inputs.offers:
        for year in inputs.years:
            taken[offer.site][Column("choose", (offer.id, year))] = Fraction(len(offer.categories))
    for site in inputs.sites.values():
        slots = site.slots
        if slots is None and block.default is not None:
            slots = Fraction(block.default)
        if slots is not None and site.id in taken:
            yield Row((site.id,), Sum(taken[site.id]), upper=slots)
