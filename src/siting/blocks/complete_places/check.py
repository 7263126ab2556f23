"""Says `complete_places` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.complete_places.spec import CompletePlaces
from siting.blocks.contract import Column, Sum
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_places import no_columns, place_name, plain_places
from siting.blocks.required import kind_of_places
from siting.blocks.years import counts


def value(block: CompletePlaces, inputs: PlainInputs) -> Sum:
    """Places that lack nothing (or their people), summed over the years."""
    kind = kind_of_places(block.place, inputs.instance)
    required = block.required(inputs.instance)
    places = plain_places(inputs, kind, required)
    name = place_name(inputs, kind, required)
    worth = {
        (place, year): counts(block.year, year)
        * (places.people(place, year) if block.by == "residents" else Fraction(1))
        for year in inputs.years
        for place in places.names
    }
    terms = {Column(name, key): amount for key, amount in worth.items() if key[0] in places.can_be}
    constant = sum((worth[p, t] for t in inputs.years for p in places.already(t)), Fraction(0))
    return Sum(terms, {name: no_columns(places)}, constant)
