"""Says `covered_residents` plainly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

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
from siting.blocks.years import counts

# A family, what is read for it, its pairs, and what they are worth.
_Part = tuple[str, PlainInputs, Pairs, Fraction]


def value(block: CoveredResidents, inputs: PlainInputs) -> Sum:
    """Priority x people of each category's group, summed over the years and covered pairs."""
    constant, every = Fraction(0), dict[str, ExactVector]()
    limited = block.capacities(inputs.instance)
    for family, read, pairs, factor in _parts(block, inputs):
        weights = []
        for year in inputs.years:
            here, share = inputs.in_year(year), factor * counts(block.year, year)
            worth = {name: _worth(block, here, name).times(share) for name in inputs.categories}
            for name in block.categories(inputs.instance):
                # Added outlets serve whom they are assigned; existing ones everybody in reach.
                there = here.has(name) if name in limited else read.settled(name, year)
                constant += worth[name][there].total()
            weights += [
                vector[pairs.resident[pairs.category == number]].times(Fraction(k not in limited))
                for number, (k, vector) in enumerate(worth.items())
            ]
        every[family] = joined(weights)
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
    yearly = [
        _worth(block, inputs.in_year(t), category)[rows].times(Fraction(counts(block.year, t)))
        for t in inputs.years
    ]
    return {name: joined(yearly)}


def _parts(block: CoveredResidents, inputs: PlainInputs) -> Iterator[_Part]:
    wanted = block.categories(inputs.instance)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    if not block.worth:
        yield "covered", inputs, inputs.pairs, Fraction(1)
    for reading, worth in steps_of(block.worth):
        pairs = within_pairs(inputs, reading, names)
        yield within_name(inputs, reading, wanted), inputs.read_as(reading), pairs, worth


def _backup(block: CoveredResidents, inputs: PlainInputs) -> Sum:
    """Whom has two outlets, times the share: twice the half of two, less the first of them."""
    wanted = block.categories(inputs.instance)
    names = "" if set(wanted) == set(inputs.categories) else "+".join(wanted)
    pairs, all_names = backup_pairs(inputs, names), list(inputs.categories)
    keys = list(zip(pairs.resident.tolist(), pairs.category.tolist(), strict=True))
    could = set(keys)
    coverable = list(
        zip(inputs.pairs.resident.tolist(), inputs.pairs.category.tolist(), strict=True)
    )
    constant, twice, first = Fraction(0), list[Fraction](), list[Fraction]()
    for year in inputs.years:
        here, share = inputs.in_year(year), exact(block.backup) * counts(block.year, year)
        worth = {k: _worth(block, here, k).times(share).fractions() for k in all_names}
        two = {k: existing_outlets(here)[k] >= 2 for k in wanted}
        two_now = [(i, k) for k in wanted for i in np.flatnonzero(two[k]).tolist()]
        constant += sum(
            (worth[k][i] for i, k in two_now if (i, all_names.index(k)) not in could), Fraction(0)
        )
        settled = {k: inputs.settled(k, year) for k in all_names}
        constant -= sum(
            (worth[all_names[k]][i] for i, k in keys if settled[all_names[k]][i]), Fraction(0)
        )
        twice += [2 * worth[all_names[k]][i] for i, k in keys]
        first += [-worth[all_names[k]][i] if (i, k) in could else Fraction(0) for i, k in coverable]
    every = {backup_name(inputs, wanted): from_fractions(twice), "covered": from_fractions(first)}
    return Sum(every=every, constant=constant)


def _worth(block: CoveredResidents, inputs: PlainInputs, category: str) -> ExactVector:
    """Priority x people who count of a category at each demand point."""
    kind = inputs.categories[category]
    people = inputs.people(block.group or kind.group)
    counts = category in block.categories(inputs.instance)
    return people.times(kind.priority if counts else Fraction(0))
