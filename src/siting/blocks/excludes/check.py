"""Says `excludes` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.excludes.spec import Excludes
from siting.blocks.plain_inputs import PlainInputs


def rows(block: Excludes, inputs: PlainInputs) -> Iterator[Row]:
    """At most one of the offers, and of each two at a site that do not go together."""
    named = block.offer_ids(inputs.instance)
    if block.offers:
        every = [offer.id for offer in inputs.offers if offer.id in named]
        yield Row(("offers", "all"), _all(inputs, every), upper=Fraction(1))
    sides = [block.ids(inputs.instance, names) for names in (block.category, block.not_with)]
    for number, one in enumerate(inputs.offers):
        for other in inputs.offers[number + 1 :]:
            if one.site == other.site and any(
                a & set(one.categories) and b & set(other.categories)
                for a, b in (sides, sides[::-1])
            ):
                yield Row((one.id, other.id), _all(inputs, [one.id, other.id]), upper=Fraction(1))


def _all(inputs: PlainInputs, offers: list[str]) -> Sum:
    return Sum({Column("choose", (o, t)): Fraction(1) for o in offers for t in inputs.years})
