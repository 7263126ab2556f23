"""Says `complete_places_floor` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from siting.blocks.complete_places_floor.spec import CompletePlacesFloor
from siting.blocks.contract import Column, Row, Sum
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_places import no_columns, place_name, plain_places
from siting.blocks.required import kind_of_places


def rows(block: CompletePlacesFloor, inputs: PlainInputs) -> Iterator[Row]:
    """Places that become complete, against those that must beside today's."""
    kind = kind_of_places(block.place, inputs.instance)
    required = block.required(inputs.instance)
    places, name = plain_places(inputs, kind, required), place_name(inputs, kind, required)
    wanted = set(block.named or places.names)
    for year in block.years(inputs.instance):
        already = len(wanted & set(places.already(year)))
        terms = {Column(name, (p, year)): Fraction(1) for p in places.can_be if p in wanted}
        yield Row(
            (year,),
            Sum(terms, {name: no_columns(places)}),
            lower=Fraction(block.at_least - already),
        )
