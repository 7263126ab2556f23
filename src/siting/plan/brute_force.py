"""The best choice by trying every one: slow, simple, and no solver; for tests and small doubts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import LARGEST, Wholes, exact
from siting.blocks.plain_family import Effects
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_model import PlainModel, PlainRows
from siting.blocks.plain_reach import existing_outlets

Flags = NDArray[np.bool_]
# One column a choice, by family: each of shape (columns of the family, choices).
Table = Mapping[str, NDArray[np.int8] | NDArray[np.object_]]

# So many choices are those of 20 offers in one year.
MOST_CHOICES = 2**20
_AT_ONCE = 4096


@dataclass(frozen=True)
class BestChoice:
    """A best choice of all.

    Attributes:
        values: Of each goal, in the planner's sense, the most important first.
        best: Of each goal, the best that those before it leave, in the planner's sense.
        chosen: The year of each chosen offer; of several best choices the first that was tried.
    """

    values: tuple[Fraction, ...]
    best: tuple[Fraction, ...]
    chosen: Mapping[str, int]


def brute_force(model: PlainModel) -> BestChoice | None:
    """Tries every choice of offers and years; None if none keeps every row.

    Coverage comes from the relation, rows and goals from what the blocks say plainly. Of several
    goals, each keeps the choices within its share of max(1, |best|) for the next.

    Args:
        model: A model, said plainly.

    Raises:
        ValueError: There are more than a million choices.
    """
    offers, years = len(model.inputs.offers), len(model.inputs.years)
    if (years + 1) ** offers > MOST_CHOICES:
        raise ValueError(f"{offers} offers in {years} years are too many choices to try them all")
    kept = list(_parts(model))
    if not kept:
        return None
    values = [np.concatenate([goals[k] for _, goals in kept]) for k in range(len(model.goals))]
    position, best = _first_best(model, values)
    choice = np.concatenate([choices for choices, _ in kept])[position]
    reached = [value[position] for value in values]
    return BestChoice(_in_sense(model, reached), _in_sense(model, best), _when(model, choice))


def _in_sense(model: PlainModel, values: list[Fraction]) -> tuple[Fraction, ...]:
    return tuple(goal.in_sense(value) for goal, value in zip(model.goals, values, strict=True))


def _first_best(model: PlainModel, values: list[NDArray[np.object_]]) -> tuple[int, list[Fraction]]:
    """Position of the first of the best choices, goal by goal, and the best of each goal."""
    left, best = np.arange(len(values[0])), []
    for goal, value in zip(model.goals, values, strict=True):
        most = max(value[left])
        is_last = goal is model.goals[-1]
        give = 0 if is_last else exact(goal.within) * max(1, abs(most))
        left = left[np.array([one >= most - give for one in value[left]], dtype=bool)]
        best.append(most)
    return int(left[0]), best


def _parts(model: PlainModel) -> Iterator[tuple[NDArray[np.int8], list[NDArray[np.object_]]]]:
    """Choices that keep every row, some thousands at a time, with what each goal counts of them."""
    simple = [rows for rows in model.rows if set(rows.terms) <= {"choose"}]
    others = [rows for rows in model.rows if set(rows.terms) - {"choose"}]
    for choices in _choices(model):
        fitting = choices[_kept({"choose": choices.T}, simple)]
        if len(fitting):
            table = _table(model, fitting)
            whole = _kept(table, others)
            if whole.any():
                left = {family: part[:, whole] for family, part in table.items()}
                yield fitting[whole], _values(model, left)


def _choices(model: PlainModel) -> Iterator[NDArray[np.int8]]:
    """Every choice, each offer in no year or in one, as rows of 0 and 1."""
    offers, years = len(model.inputs.offers), len(model.inputs.years)
    column = np.arange(offers)
    every = itertools.product(range(years + 1), repeat=offers)
    while part := list(itertools.islice(every, _AT_ONCE)):
        built = np.array(part, dtype=np.int64).reshape(len(part), offers)
        choices = np.zeros((len(built), offers * years), dtype=np.int8)
        row, taken = np.nonzero(built)
        choices[row, (built[row, taken] - 1) * offers + column[taken]] = 1
        yield choices


def _table(model: PlainModel, choices: NDArray[np.int8]) -> Table:
    """What every column is with each of the choices."""
    covers = cache(
        lambda reading: _covers(model.inputs.read_as(reading) if reading else model.inputs)
    )
    found = [model.values(_effects(model, covers, choice)) for choice in choices]
    return {
        name: np.stack([values[name] for values in found], axis=1).astype(
            np.int8 if family.is_whole else object
        )
        for name, family in model.families.items()
    }


Covers = tuple[dict[int, Flags], Flags]


def _covers(inputs: PlainInputs) -> Covers:
    """Who has what in each year, (residents, categories), and what each offer gives, (offers, ...).

    The former with nothing chosen.
    """
    before = {
        year: np.array([inputs.in_year(year).has(k) for k in inputs.categories], dtype=bool).T
        for year in inputs.years
    }
    site = {name: position for position, name in enumerate(inputs.sites)}
    reach = {name: inputs.coverage[name].reach.toarray() > 0 for name in inputs.categories}
    nobody = np.zeros(len(inputs.residents), dtype=bool)
    gives = [
        [reach[k][:, site[offer.site]] if k in offer.categories else nobody for k in reach]
        for offer in inputs.offers
    ]
    shape = (len(inputs.offers), len(reach), len(nobody))
    return before, np.array(gives, dtype=bool).reshape(shape).transpose(0, 2, 1)


def _effects(
    model: PlainModel,
    covers: Callable[[str], Covers],
    choice: NDArray[np.int8],
) -> Effects:
    when = _when(model, choice)
    years = np.array([when.get(offer.id, np.inf) for offer in model.inputs.offers])

    def under(reading: str) -> dict[int, Flags]:
        before, gives = covers(reading)
        return {
            year: before[year] | np.asarray(gives[years <= year].any(axis=0))
            for year in model.inputs.years
        }

    def twice() -> dict[int, Flags]:
        gives = covers("")[1]
        there = {year: existing_outlets(model.inputs.in_year(year)) for year in model.inputs.years}
        return {
            year: np.array(list(there[year].values())).T + gives[years <= year].sum(axis=0) >= 2
            for year in model.inputs.years
        }

    now = np.array([model.inputs.has(name) for name in model.inputs.categories], dtype=bool).T
    return Effects(frozenset(when.items()), now, under(""), under, twice)


def _when(model: PlainModel, choice: NDArray[np.int8]) -> dict[str, int]:
    taken = choice.astype(bool)
    offers, years = (part[taken].tolist() for part in model.families["choose"].ids)
    return dict(zip(offers, years, strict=True))


def _kept(table: Table, sections: list[PlainRows]) -> Flags:
    """Whether each choice keeps every row of some sections, shape (choices,)."""
    kept = np.ones(next(iter(table.values())).shape[1], dtype=bool)
    for rows in sections:
        activity: Wholes = np.zeros((len(rows), len(kept)), dtype=np.int64)
        for family, matrix in rows.terms.items():
            activity = activity.astype(object) + _product(matrix, table[family])
        for limits, holds in ((rows.upper, np.less_equal), (rows.lower, np.greater_equal)):
            bound = [number for number, limit in enumerate(limits) if limit is not None]
            amounts = np.array([limits[number] for number in bound], dtype=object)
            fits = holds(activity[bound], amounts[:, None]).astype(bool)
            kept &= fits.all(axis=0)
    return kept


def _values(model: PlainModel, table: Table) -> list[NDArray[np.object_]]:
    """What each goal counts of each choice, more being better, each of shape (choices,)."""
    found = []
    for goal in model.goals:
        total = np.full(next(iter(table.values())).shape[1], goal.constant, dtype=object)
        for name, vector in goal.terms.items():
            sums = vector.numerators.astype(object) @ table[name].astype(object)
            total = total + np.array([Fraction(s) / vector.denominator for s in sums])
        found.append(total)
    return found


def _product(
    matrix: csr_array, flags: NDArray[np.int8] | NDArray[np.object_]
) -> NDArray[np.object_]:
    """A product with 0 and 1 in whole numbers whatever their size."""
    sizes = abs(matrix.astype(float)).sum(axis=1)
    if flags.dtype == np.int8 and float(np.max(sizes, initial=0.0)) < LARGEST:
        return np.asarray(matrix @ flags.astype(np.int64)).astype(object)
    return np.asarray(matrix.toarray().astype(object) @ flags.astype(object))
