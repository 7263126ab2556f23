"""Says `complete_residents` plainly."""

from __future__ import annotations

import numpy as np

from siting.blocks.complete_residents.spec import CompleteResidents
from siting.blocks.contract import Sum
from siting.blocks.plain_families import completable, complete_name
from siting.blocks.plain_inputs import PlainInputs


def value(block: CompleteResidents, inputs: PlainInputs) -> Sum:
    """People who have every required category, summed over the years."""
    required = block.required(inputs.instance)
    people, years = inputs.people("all"), len(inputs.years)
    served = np.array([inputs.served(name) for name in required], dtype=bool)
    already = np.asarray(served.all(axis=0), dtype=bool)
    rows = np.tile(completable(inputs, required), years)
    name = complete_name(inputs, required)
    return Sum(every={name: people[rows]}, constant=people[already].total() * years)
