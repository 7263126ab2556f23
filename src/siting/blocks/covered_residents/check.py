"""Says `covered_residents` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from siting.blocks.contract import Sum
from siting.blocks.covered_residents.spec import CoveredResidents
from siting.blocks.exact import ExactVector, exact, joined
from siting.blocks.pairs import Pairs
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_reach import (
    backup_name,
    backup_pairs,
    existing_outlets,
    within_name,
    within_pairs,
)
from siting.blocks.worth import steps_of

# A family, its pairs, whom each category has already, and what they are worth.
_Part = tuple[str, Pairs, dict[str, NDArray[np.bool_]], Fraction]


def value(block: CoveredResidents, inputs: PlainInputs) -> Sum:
    """Priority x people of each category's group, summed over the years and covered pairs."""
    constant, every, years = Fraction(0), {}, len(inputs.years)
    for family, pairs, already, factor in _parts(block, inputs):
        worth = {name: _worth(block, inputs, name).times(factor) for name in inputs.categories}
        constant += sum((worth[k][has].total() for k, has in already.items()), Fraction(0)) * years
        weights = [
            vector[pairs.resident[pairs.category == number]]
            for number, vector in enumerate(worth.values())
        ]
        every[family] = joined(weights * years)
    return Sum(every=every, constant=constant)


def _parts(block: CoveredResidents, inputs: PlainInputs) -> Iterator[_Part]:
    wanted = block.categories(inputs.instance)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    if not block.worth:
        served = {name: np.array(inputs.served(name), dtype=bool) for name in wanted}
        yield "covered", inputs.pairs, served, Fraction(1)
    for reading, worth in steps_of(block.worth):
        read = inputs.read_as(reading)
        served = {name: np.array(read.served(name), dtype=bool) for name in wanted}
        yield (
            within_name(inputs, reading, wanted),
            within_pairs(inputs, reading, names),
            served,
            worth,
        )
    if block.backup:
        twice = {name: existing_outlets(inputs)[name] >= 2 for name in wanted}
        yield backup_name(inputs, wanted), backup_pairs(inputs, names), twice, exact(block.backup)


def _worth(block: CoveredResidents, inputs: PlainInputs, category: str) -> ExactVector:
    """Priority x people who count of a category at each demand point."""
    kind = inputs.categories[category]
    people = inputs.people(block.group or kind.group)
    counts = category in block.categories(inputs.instance)
    return people.times(kind.priority if counts else Fraction(0))
