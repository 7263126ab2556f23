"""Says `least_walking` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.contract import Sum
from siting.blocks.exact import ExactVector, exact, joined
from siting.blocks.least_walking.spec import LeastWalking
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_reach import within_name, within_pairs


def value(block: LeastWalking, inputs: PlainInputs) -> Sum:
    """Person-minutes in steps: the cap for everybody, less what is within reach."""
    wanted = block.categories(inputs.instance)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    yearly = {
        year: {name: _people(block, inputs.in_year(year), name) for name in inputs.categories}
        for year in inputs.years
    }
    everybody = (people[k].total() for people in yearly.values() for k in wanted)
    constant = exact(block.cap) * sum(everybody, Fraction(0))
    step, every = exact(block.step), {}
    for reading in block.readings:
        read, pairs = inputs.read_as(reading), within_pairs(inputs, reading, names)
        for year, people in yearly.items():
            there = (people[name][read.settled(name, year)].total() for name in wanted)
            constant -= step * sum(there, Fraction(0))
        weights = [
            vector[pairs.resident[pairs.category == number]].times(-step)
            for people in yearly.values()
            for number, vector in enumerate(people.values())
        ]
        every[within_name(inputs, reading, wanted)] = joined(weights)
    return Sum(every=every, constant=constant)


def _people(block: LeastWalking, inputs: PlainInputs, category: str) -> ExactVector:
    counts = category in block.categories(inputs.instance)
    people = inputs.people(block.group or inputs.categories[category].group)
    return people.times(Fraction(int(counts)))
