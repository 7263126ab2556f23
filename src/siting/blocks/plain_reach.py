"""Families of reaching things said plainly: covered, within a reading, backup, the worst scenario.

`reach_variables.py` writes the same as arrays; the two never meet but in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.blocks.exact import ExactVector, exact_vector, from_fractions
from siting.blocks.pairs import Pairs, coverable_pairs
from siting.blocks.plain_family import (
    Effects,
    Flags,
    LinkRows,
    PlainFamily,
    by_year,
    stacked,
)
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.scenario import Scenario, of_worst_case_name
from siting.coverage import Coverage, measure_walks
from siting.coverage.readings import outlets_within

AfterYears = Callable[[Effects], Mapping[int, Flags]]


def make_covered(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """Within the standard of an outlet or of what was chosen up to the year."""
    return _reached(inputs, name, inputs.pairs, lambda effects: effects.after)


def make_within(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """The same under another reading of the standard, of all categories or of some."""
    reading, _, names = of.partition(":")
    read = inputs.read_as(reading)
    pairs = within_pairs(inputs, reading, names)
    return _reached(read, name, pairs, lambda effects: effects.under(reading))


def within_name(inputs: PlainInputs, reading: str, categories: tuple[str, ...]) -> str:
    """Name of the family of pairs that are reached under another reading of the standard."""
    every = set(categories) == set(inputs.categories)
    return f"within({reading}{'' if every else ':' + '+'.join(categories)})"


def within_pairs(inputs: PlainInputs, reading: str, names: str) -> Pairs:
    """The pairs of some categories, `a+b`, or of all that an offer could newly reach."""
    pairs = inputs.read_as(reading).pairs
    return pairs.some(_of_categories(inputs, pairs, names)) if names else pairs


def _of_categories(inputs: PlainInputs, pairs: Pairs, names: str) -> Flags:
    wanted = [list(inputs.categories).index(name) for name in names.split("+")]
    return np.isin(pairs.category, wanted)


def _reached(inputs: PlainInputs, name: str, pairs: Pairs, after: AfterYears) -> PlainFamily:
    """Reached by an offer up to the year, or, until it closes, by an outlet that is there."""
    ids = _pair_ids(inputs, pairs)
    own = csr_array(eye_array(len(ids[0]), dtype=np.int64))
    terms = {"choose": -_so_far(inputs, pairs), name: own}
    rows = "cover" if name == "covered" else name.replace("within", "cover_within", 1)
    there = [_served(inputs.in_year(t))[pairs.resident, pairs.category] for t in inputs.years]
    link = LinkRows(rows, ids, terms, np.concatenate(there).astype(np.int64))

    def values(effects: Effects) -> Flags:
        flags = after(effects)
        return np.concatenate([flags[t][pairs.resident, pairs.category] for t in inputs.years])

    return PlainFamily(name, ids, (link,), values)


def _served(inputs: PlainInputs) -> Flags:
    """Who has each category, shape (residents, categories)."""
    return np.array([inputs.served(name) for name in inputs.categories], dtype=bool).T


def _pair_ids(inputs: PlainInputs, pairs: Pairs) -> tuple[NDArray[np.object_], ...]:
    names = list(inputs.categories)
    residents = [inputs.residents[row] for row in pairs.resident.tolist()]
    return by_year(inputs, (residents, [names[k] for k in pairs.category.tolist()]))


def _so_far(inputs: PlainInputs, pairs: Pairs) -> csr_array:
    """1 where an offer of the year or of one before it reaches the pair of the year."""
    reach, years = csr_array(pairs.offers), range(len(inputs.years))
    blocks = [[reach if s <= t else None for s in years] for t in years]
    return stacked(blocks, (len(pairs), len(inputs.offers)))


# --- a second outlet ----------------------------------------------------------------------------


def backup_name(inputs: PlainInputs, categories: tuple[str, ...]) -> str:
    """Name of the family of pairs that have a second outlet within the standard."""
    every = set(categories) == set(inputs.categories)
    return "backup" if every else f"backup({'+'.join(categories)})"


def existing_outlets(inputs: PlainInputs) -> dict[str, NDArray[np.int64]]:
    """Outlets of each category within the standard of each point, counted once."""
    key = "existing outlets"
    if key not in inputs.memory:
        inputs.memory[key] = outlets_within(inputs.instance, measure_walks(inputs.instance))
    found = inputs.memory[key]
    assert isinstance(found, dict)  # noqa: S101 - what was kept under this key
    return found


def backup_pairs(inputs: PlainInputs, names: str) -> Pairs:
    """Pairs with fewer than two outlets that could have two."""
    unserved = {
        name: replace(cover, served=np.zeros_like(cover.served))
        for name, cover in inputs.coverage.by_category.items()
    }
    pairs = coverable_pairs(inputs.instance, Coverage(unserved))
    there = _there(inputs.in_year(inputs.years[-1]), pairs)
    offers = np.diff(csr_array(pairs.offers).indptr)
    keep = (there < 2) & (there + offers >= 2)
    if names:
        keep &= _of_categories(inputs, pairs, names)
    return pairs.some(keep)


def _there(inputs: PlainInputs, pairs: Pairs) -> NDArray[np.int64]:
    """Outlets that each pair has now, shape (pairs,)."""
    counts = existing_outlets(inputs)
    table = np.array([counts[name] for name in inputs.categories], dtype=np.int64).T
    return np.asarray(table[pairs.resident, pairs.category], dtype=np.int64)


def make_backup(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """Half the outlets within the standard, at most two: `2 * backup <= outlets + offers`."""
    pairs = backup_pairs(inputs, of)
    ids = _pair_ids(inputs, pairs)
    count = len(ids[0])
    own = csr_array(2 * eye_array(count, dtype=np.int64, format="csr"))
    terms = {"choose": -_so_far(inputs, pairs), name: own}
    there = np.concatenate([_there(inputs.in_year(t), pairs) for t in inputs.years])
    link = LinkRows(name.replace("backup", "second", 1), ids, terms, there, (2,) * count)

    def values(effects: Effects) -> NDArray[np.object_]:
        twice = effects.twice()
        halves = [
            effects.after[t][pairs.resident, pairs.category].astype(int)
            + twice[t][pairs.resident, pairs.category]
            for t in inputs.years
        ]
        return np.array([Fraction(int(n), 2) for n in np.concatenate(halves)], dtype=object)

    return PlainFamily(name, ids, (link,), values, is_whole=False)


# --- scenarios ----------------------------------------------------------------------------------


def scenario_weights(
    inputs: PlainInputs, scenario: Scenario
) -> tuple[str, Fraction, list[Fraction]]:
    """What a scenario counts: a family, what is there already, and a weight for each column."""
    read = inputs.read_as(scenario.ground) if scenario.ground else inputs
    names, already, weights = list(inputs.categories), Fraction(0), list[Fraction]()
    at = list(zip(read.pairs.resident.tolist(), read.pairs.category.tolist(), strict=True))
    for year in inputs.years:
        here = inputs.in_year(year)
        worth = {name: _worth(inputs, here, scenario, name) for name in names}
        already += sum((worth[k][read.settled(k, year)].total() for k in names), Fraction(0))
        parts = {name: vector.fractions() for name, vector in worth.items()}
        weights += [parts[names[k]][i] for i, k in at]
    family = f"within({scenario.ground})" if scenario.ground else "covered"
    return family, already, weights


def most_of_all(inputs: PlainInputs, scenarios: tuple[Scenario, ...]) -> Fraction:
    """More than every scenario could count: a column at 1 would depend on rounding."""
    counted = [scenario_weights(inputs, one) for one in scenarios]
    return 1 + min(already + sum(weights) for _, already, weights in counted)


def _worth(
    inputs: PlainInputs, here: PlainInputs, scenario: Scenario, category: str
) -> ExactVector:
    """Priority x people in a year; a column of the residents is as the file says in every year."""
    kind = inputs.categories[category]
    if column := scenario.column(kind.group):
        own = np.asarray(inputs.instance.residents[column], dtype=np.float64)
        return exact_vector(own).times(kind.priority)
    return here.people(kind.group).times(kind.priority * scenario.factor(kind.group))


def make_worst_case(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """The least that any scenario counts, as a part of the most that any could."""
    scenarios = of_worst_case_name(of)
    most, last = most_of_all(inputs, scenarios), inputs.years[-1]
    counted = [scenario_weights(inputs, one) for one in scenarios]

    def values(effects: Effects) -> NDArray[np.object_]:
        reached = [
            already + _sum_of(inputs, scenario, effects, weights)
            for scenario, (_, already, weights) in zip(scenarios, counted, strict=True)
        ]
        return np.array([min(reached) / most], dtype=object)

    links = tuple(
        _scenario_row(name, one.code, most, part)
        for one, part in zip(scenarios, counted, strict=True)
    )
    return PlainFamily(name, (np.array([last], dtype=object),), links, values, is_whole=False)


def _sum_of(
    inputs: PlainInputs, scenario: Scenario, effects: Effects, weights: list[Fraction]
) -> Fraction:
    """What is newly covered in a scenario, over all years."""
    after: Mapping[int, Flags] = effects.after
    pairs = inputs.pairs
    if scenario.ground:
        after, pairs = effects.under(scenario.ground), inputs.read_as(scenario.ground).pairs
    flags = np.concatenate([after[t][pairs.resident, pairs.category] for t in inputs.years])
    return sum((w for w, has in zip(weights, flags.tolist(), strict=True) if has), Fraction(0))


def _scenario_row(
    name: str, code: str, most: Fraction, counted: tuple[str, Fraction, list[Fraction]]
) -> LinkRows:
    """`most * worst_case - what is newly covered <= what is covered now`, in whole numbers."""
    family, already, weights = counted
    whole = from_fractions([most, already, *weights])
    own, there, *others = whole.numerators.tolist()
    terms = {
        name: csr_array(np.array([[own]], dtype=np.int64)),
        family: csr_array(-np.array([others], dtype=np.int64).reshape(1, -1)),
    }
    rows = f"{name.replace('worst_case', 'in_scenario', 1)}:{code}"
    ids = (np.array([code], dtype=object),)
    return LinkRows(rows, ids, terms, np.array([there], dtype=np.int64), (whole.denominator,))
