"""Says `budget` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.budget.spec import Budget
from siting.blocks.contract import Column, Row, Sum
from siting.blocks.exact import exact
from siting.blocks.plain_inputs import PlainInputs, PlainOffer
from siting.blocks.scope_plain import scoped


def rows(block: Budget, inputs: PlainInputs) -> Iterator[Row]:
    """Money of the offers that are meant, against its limits."""
    instance, spare = inputs.instance, 1 + exact(block.dearer)
    if block.is_of_each_year(instance):
        for year in inputs.years:
            if not block.year or year in block.year:
                ((_, offers),) = scoped(
                    block.model_copy(update={"year": (year,), "each": None}), inputs
                )
                yield Row((year,), _money(block, offers), upper=exact(instance.years[year]) / spare)
        return
    floor, limit = block.floor(instance.currency), block.amount(instance.currency)
    if limit is None and floor is None:
        limit = instance.budget
    for key, offers in scoped(block, inputs):
        yield Row(
            key,
            _money(block, offers),
            lower=None if floor is None else exact(floor),
            upper=None if limit is None else exact(limit) / spare,
        )


def _money(block: Budget, offers: list[tuple[PlainOffer, int]]) -> Sum:
    amounts = {
        Column("choose", (offer.id, year)): offer.cost
        if block.of == "public"
        else offer.investment or Fraction(0)
        for offer, year in offers
    }
    return Sum(amounts)
