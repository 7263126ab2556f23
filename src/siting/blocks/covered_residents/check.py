"""Says `covered_residents` plainly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.blocks.contract import Sum
from siting.blocks.covered_residents.spec import CoveredResidents
from siting.blocks.exact import ExactVector, joined
from siting.blocks.plain_inputs import PlainInputs


def value(_block: CoveredResidents, inputs: PlainInputs) -> Sum:
    """Priority x people of each category's group, summed over the years and covered pairs."""
    worth = {name: _worth(inputs, name) for name in inputs.categories}
    constant = Fraction(0)
    for name, vector in worth.items():
        served = np.array(inputs.served(name))
        constant += vector[served].total() * len(inputs.years)
    pairs = inputs.pairs
    weights = [
        worth[name][pairs.resident[pairs.category == number]] for number, name in enumerate(worth)
    ]
    return Sum(every={"covered": joined(weights * len(inputs.years))}, constant=constant)


def _worth(inputs: PlainInputs, category: str) -> ExactVector:
    """Priority x people of a category's group at each demand point."""
    kind = inputs.categories[category]
    return inputs.people(kind.group).times(kind.priority)
