"""Says `count` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum
from siting.blocks.count.spec import Count
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.scope_plain import scoped


def rows(block: Count, inputs: PlainInputs) -> Iterator[Row]:
    """How many of the offers that are meant are chosen, against the limits."""
    for key, offers in scoped(block, inputs):
        yield Row(
            key,
            Sum({Column("choose", (offer.id, year)): Fraction(1) for offer, year in offers}),
            lower=None if block.at_least is None else Fraction(block.at_least),
            upper=None if block.at_most is None else Fraction(block.at_most),
        )
