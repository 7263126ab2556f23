"""Says `least_money` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.contract import Column, Sum
from siting.blocks.least_money.spec import LeastMoney
from siting.blocks.plain_inputs import PlainInputs


def value(block: LeastMoney, inputs: PlainInputs) -> Sum:
    """Money of all offers that are chosen, in whatever year."""
    return Sum(
        {
            Column("choose", (offer.id, year)): offer.cost
            if block.of == "public"
            else offer.investment or Fraction(0)
            for offer in inputs.offers
            for year in inputs.years
        }
    )
