"""Says `locked_in` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.locked_in.spec import LockedIn
from siting.blocks.plain_inputs import PlainInputs


def rows(block: LockedIn, inputs: PlainInputs) -> Iterator[Row]:
    """Each of the offers is chosen, in some year."""
    decided = block.offer_ids(inputs.instance)
    for offer in inputs.offers:
        if offer.id in decided:
            years = {Column("choose", (offer.id, year)): Fraction(1) for year in inputs.years}
            yield Row((offer.id,), Sum(years), lower=Fraction(1))
