"""Says `least_walking` plainly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.blocks.contract import Sum
from siting.blocks.exact import ExactVector, exact, joined
from siting.blocks.least_walking.spec import LeastWalking
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_reach import within_name, within_pairs


def value(block: LeastWalking, inputs: PlainInputs) -> Sum:
    """Person-minutes in steps: the cap for everybody, less what is within reach."""
    wanted, years = block.categories(inputs.instance), len(inputs.years)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    people = {name: _people(block, inputs, name) for name in inputs.categories}
    constant = exact(block.cap) * sum((people[k].total() for k in wanted), Fraction(0)) * years
    step, every = exact(block.step), {}
    for reading in block.readings:
        read, pairs = inputs.read_as(reading), within_pairs(inputs, reading, names)
        for name in wanted:
            served = np.array(read.served(name), dtype=bool)
            constant -= step * people[name][served].total() * years
        weights = [
            vector[pairs.resident[pairs.category == number]].times(-step)
            for number, vector in enumerate(people.values())
        ]
        every[within_name(inputs, reading, wanted)] = joined(weights * years)
    return Sum(every=every, constant=constant)


def _people(block: LeastWalking, inputs: PlainInputs, category: str) -> ExactVector:
    counts = category in block.categories(inputs.instance)
    people = inputs.people(block.group or inputs.categories[category].group)
    return people.times(Fraction(int(counts)))
