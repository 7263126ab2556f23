"""Says `hub` plainly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.hub.spec import Hub
from siting.blocks.plain_inputs import PlainInputs, PlainOffer


def rows(block: Hub, inputs: PlainInputs) -> Iterator[Row]:
    """So many times an offer, less the categories added at its site, is not above 0."""
    instance = inputs.instance
    where, sites = block.ids(instance, block.where), block.sites(instance)
    here: dict[str, list[PlainOffer]] = defaultdict(list)
    for offer in inputs.offers:
        here[offer.site].append(offer)
    kinds = [("functions", block.at_least, frozenset(inputs.categories))]
    if block.of:
        kinds.append(("of", block.of_at_least, block.ids(instance, block.of)))
    for name, least, counted in kinds:
        for offer in inputs.offers:
            meant = not where or where & set(offer.categories)
            if offer.site in sites and meant:
                terms = {
                    Column("choose", (other.id, year)): Fraction(
                        (least if other is offer else 0) - len(counted & set(other.categories))
                    )
                    for other in here[offer.site]
                    for year in inputs.years
                }
                yield Row((offer.id, name), Sum(terms), upper=Fraction(0))
