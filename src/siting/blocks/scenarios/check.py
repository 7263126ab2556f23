"""Says `scenarios` plainly."""

from __future__ import annotations

from fractions import Fraction

from siting.blocks.contract import Column, Sum
from siting.blocks.exact import from_fractions
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_reach import most_of_all, scenario_weights
from siting.blocks.scenario import worst_case_name
from siting.blocks.scenarios.spec import Scenarios


def value(block: Scenarios, inputs: PlainInputs) -> Sum:
    """What the scenarios count on average, or what the worst of them does."""
    if block.by == "worst":
        column = Column(worst_case_name(block.scenarios), (inputs.years[-1],))
        return Sum({column: most_of_all(inputs, block.scenarios)})
    constant, every = Fraction(0), dict[str, list[Fraction]]()
    for one, share in zip(block.scenarios, block.probabilities, strict=True):
        family, already, weights = scenario_weights(inputs, one)
        constant += share * already
        known = every.get(family, [Fraction(0)] * len(weights))
        every[family] = [old + share * w for old, w in zip(known, weights, strict=True)]
    vectors = {family: from_fractions(weights) for family, weights in every.items()}
    return Sum(every=vectors, constant=constant)
