"""Says `earliest` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.earliest.spec import Earliest
from siting.blocks.plain_inputs import PlainInputs


def rows(_block: Earliest, inputs: PlainInputs) -> Iterator[Row]:
    """Each offer that some planned year is too early for is in none of these."""
    frame = inputs.instance.offers
    first = frame["earliest"].tolist() if "earliest" in frame else []
    for offer, year in zip(inputs.offers, first, strict=False):
        early = [t for t in inputs.years if t < year]
        if early:
            columns = {Column("choose", (offer.id, t)): Fraction(1) for t in early}
            yield Row((offer.id,), Sum(columns), upper=Fraction(0))
