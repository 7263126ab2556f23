"""Says `complete_places` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.complete_places.spec import CompletePlaces
from siting.blocks.contract import Column, Sum
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_places import no_columns, place_name, plain_places
from siting.blocks.required import kind_of_places


def value(block: CompletePlaces, inputs: PlainInputs) -> Sum:
    """Places that lack nothing (or their people), summed over the years."""
    kind = kind_of_places(block.place, inputs.instance)
    required = block.required(inputs.instance)
    places = plain_places(inputs, kind, required)
    name = place_name(inputs, kind, required)
    worth = {
        place: places.people(place) if block.by == "residents" else Fraction(1)
        for place in places.names
    }
    terms = {
        Column(name, (place, year)): worth[place]
        for year in inputs.years
        for place in places.can_be
    }
    constant = sum((worth[place] for place in places.already), Fraction(0)) * len(inputs.years)
    return Sum(terms, {name: no_columns(places)}, constant)
