"""Says `complete_residents` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.complete_residents.spec import CompleteResidents
from siting.blocks.contract import Sum
from siting.blocks.exact import joined
from siting.blocks.plain_families import completable, complete_already, complete_name
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.years import counts


def value(block: CompleteResidents, inputs: PlainInputs) -> Sum:
    """People who have every required category, summed over the years."""
    required = block.required(inputs.instance)
    points, weights, constant = completable(inputs, required), [], Fraction(0)
    for year in inputs.years:
        people = inputs.in_year(year).people("all").times(Fraction(counts(block.year, year)))
        weights.append(people[points])
        constant += people[complete_already(inputs, required, year)].total()
    return Sum(every={complete_name(inputs, required): joined(weights)}, constant=constant)
