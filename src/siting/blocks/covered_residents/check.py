"""Says `covered_residents` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from siting.blocks.contract import Sum
from siting.blocks.covered_residents.spec import CoveredResidents
from siting.blocks.exact import ExactVector, exact, from_fractions, joined
from siting.blocks.pairs import Pairs
from siting.blocks.plain_capacity import assignable, assigned_name
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
    constant, every, years = Fraction(0), dict[str, ExactVector](), len(inputs.years)
    limited = block.capacities(inputs.instance)
    for family, pairs, already, factor in _parts(block, inputs):
        worth = {name: _worth(block, inputs, name).times(factor) for name in inputs.categories}
        constant += sum((worth[k][has].total() for k, has in already.items()), Fraction(0)) * years
        weights = [
            vector[pairs.resident[pairs.category == number]].times(Fraction(name not in limited))
            for number, (name, vector) in enumerate(worth.items())
        ]
        every[family] = joined(weights * years)
    for name, capacity in limited.items():
        every |= _assigned(block, inputs, name, capacity)
    if not block.backup:
        return Sum(every=every, constant=constant)
    second = _backup(block, inputs)
    both = zip(every["covered"].fractions(), second.every["covered"].fractions(), strict=True)
    covered = from_fractions([one + other for one, other in both])
    return Sum(every={**second.every, "covered": covered}, constant=constant + second.constant)


def _assigned(
    block: CoveredResidents, inputs: PlainInputs, category: str, capacity: float
) -> dict[str, ExactVector]:
    """Whom outlets of limited capacity serve."""
    group = block.group or inputs.categories[category].group
    name = assigned_name(category, group, capacity)
    inside = name.partition("(")[2].removesuffix(")")
    rows = np.array([i for i, _ in assignable(inputs, inside).pairs], dtype=np.int64)
    return {name: joined([_worth(block, inputs, category)[rows]] * len(inputs.years))}


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


def _backup(block: CoveredResidents, inputs: PlainInputs) -> Sum:
    """Whom has two outlets, times the share: twice the half of two, less the first of them."""
    wanted, years = block.categories(inputs.instance), len(inputs.years)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    pairs, all_names = backup_pairs(inputs, names), list(inputs.categories)
    keys = list(zip(pairs.resident.tolist(), pairs.category.tolist(), strict=True))
    share = exact(block.backup)
    worth = {k: _worth(block, inputs, k).times(share).fractions() for k in all_names}
    served = {k: inputs.served(k) for k in all_names}
    constant = sum(
        (worth[k][i] for k in wanted for i in np.flatnonzero(existing_outlets(inputs)[k] >= 2)),
        Fraction(0),
    ) - sum((worth[all_names[k]][i] for i, k in keys if served[all_names[k]][i]), Fraction(0))
    could = set(keys)
    coverable = zip(inputs.pairs.resident.tolist(), inputs.pairs.category.tolist(), strict=True)
    first = [-worth[all_names[k]][i] if (i, k) in could else Fraction(0) for i, k in coverable]
    twice = [2 * worth[all_names[k]][i] for i, k in keys]
    every = {
        backup_name(inputs, wanted): from_fractions(twice * years),
        "covered": from_fractions(first * years),
    }
    return Sum(every=every, constant=constant * years)


def _worth(block: CoveredResidents, inputs: PlainInputs, category: str) -> ExactVector:
    """Priority x people who count of a category at each demand point."""
    kind = inputs.categories[category]
    people = inputs.people(block.group or kind.group)
    counts = category in block.categories(inputs.instance)
    return people.times(kind.priority if counts else Fraction(0))
