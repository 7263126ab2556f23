"""The family `assigned` said plainly: whom each added outlet serves, up to its capacity.

`capacity_variables.py` writes the same as arrays; the two never meet but in a test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.blocks.exact import exact
from siting.blocks.flow import largest_flow
from siting.blocks.plain_family import (
    Effects,
    LinkRows,
    PlainFamily,
    by_year,
    entries_at,
    stacked,
)
from siting.blocks.plain_inputs import PlainInputs


@dataclass(frozen=True, eq=False)
class Assignable:
    """Who could be assigned to which offers of one category.

    Attributes:
        pairs: Positions of a demand point and of an offer within reach of it, in order.
        people: Members of the group at each of these demand points in each year, times `scale`,
            all whole.
        free: Whether no existing outlet serves each of these points in each year.
        capacity: Of one offer, times `scale`, whole.
        scale: What people and capacity were multiplied by.
    """

    pairs: tuple[tuple[int, int], ...]
    people: dict[int, dict[int, int]]
    free: dict[int, dict[int, bool]]
    capacity: int
    scale: int


def assigned_name(category: str, group: str, capacity: float) -> str:
    """Name of the family, from which everything can be read back."""
    return f"assigned({category};{group};{capacity!r})"


def assignable(inputs: PlainInputs, inside: str) -> Assignable:
    """Who could be assigned to what, by the inside of a name."""
    category, group, capacity = inside.split(";")
    number, most = list(inputs.categories).index(category), exact(float(capacity))
    yearly = {year: inputs.in_year(year) for year in inputs.years}
    people = {year: here.people(group) for year, here in yearly.items()}
    scale = math.lcm(most.denominator, *(vector.denominator for vector in people.values()))
    whole, offers = inputs.people(group).numerators.tolist(), csr_array(inputs.pairs.offers)
    found = [
        (i, offer)
        for row, (i, k) in enumerate(
            zip(inputs.pairs.resident.tolist(), inputs.pairs.category.tolist(), strict=True)
        )
        if k == number and whole[i] > 0
        for offer in sorted(offers.indices[offers.indptr[row] : offers.indptr[row + 1]].tolist())
    ]
    points = list(dict.fromkeys(i for i, _ in found))
    counts = {year: vector.at(scale).tolist() for year, vector in people.items()}
    return Assignable(
        tuple(found),
        {year: {i: int(count[i]) for i in points} for year, count in counts.items()},
        {year: {i: not here.served(category)[i] for i in points} for year, here in yearly.items()},
        int(most * scale),
        scale,
    )


def make_assigned(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """The part of a point's people whom an offer serves; the parts of a point are at most 1."""
    known = assignable(inputs, of)
    residents = [inputs.residents[i] for i, _ in known.pairs]
    offers = [inputs.offers[o].id for _, o in known.pairs]
    ids = by_year(inputs, (residents, offers))
    links = (_once(inputs, name, known), _fits(inputs, name, known), _built(inputs, name, known))

    def values(effects: Effects) -> NDArray[np.object_]:
        return np.array([part for t in inputs.years for part in _shares(inputs, known, effects, t)])

    return PlainFamily(name, ids, links, values, is_whole=False, merges=False)


def _shares(inputs: PlainInputs, known: Assignable, effects: Effects, year: int) -> list[Fraction]:
    """The part of each pair, when as many as possible are served by what is built by a year."""
    built = {offer for offer, when in effects.chosen if when <= year}
    free, people = known.free[year], known.people[year]
    there = [(i, o) for i, o in known.pairs if inputs.offers[o].id in built and free[i]]
    flow = largest_flow(there, people, dict.fromkeys((o for _, o in there), known.capacity))
    return [Fraction(flow.get(pair, 0), people[pair[0]]) for pair in known.pairs]


def _once(inputs: PlainInputs, name: str, known: Assignable) -> LinkRows:
    points = list(known.free[inputs.years[0]])
    row = {i: number for number, i in enumerate(points)}
    entries = [(row[i], column, 1) for column, (i, _) in enumerate(known.pairs)]
    ids = by_year(inputs, ([inputs.residents[i] for i in points],))
    matrix = entries_at(entries, (len(points), len(known.pairs)))
    terms = {name: _each_year([matrix] * len(inputs.years))}
    upper = np.array([known.free[t][i] for t in inputs.years for i in points], dtype=np.int64)
    return LinkRows(name.replace("assigned", "assigned_once", 1), ids, terms, upper)


def _fits(inputs: PlainInputs, name: str, known: Assignable) -> LinkRows:
    offers = sorted({offer for _, offer in known.pairs})
    row = {offer: number for number, offer in enumerate(offers)}
    shape = (len(offers), len(known.pairs))
    own = [
        entries_at([(row[o], c, people[i]) for c, (i, o) in enumerate(known.pairs)], shape)
        for people in (known.people[t] for t in inputs.years)
    ]
    room = [(row[o], o, known.capacity) for o in offers]
    ids = by_year(inputs, ([inputs.offers[o].id for o in offers],))
    terms = {
        name: _each_year(own),
        "choose": -_so_far(inputs, entries_at(room, (len(offers), len(inputs.offers)))),
    }
    rows = name.replace("assigned", "within_capacity", 1)
    upper, scale = np.zeros(len(ids[0]), dtype=np.int64), (known.scale,) * len(ids[0])
    return LinkRows(rows, ids, terms, upper, scale)


def _built(inputs: PlainInputs, name: str, known: Assignable) -> LinkRows:
    residents = [inputs.residents[i] for i, _ in known.pairs]
    ids = by_year(inputs, (residents, [inputs.offers[o].id for _, o in known.pairs]))
    own = csr_array(eye_array(len(ids[0]), dtype=np.int64))
    entries = [(row, o, 1) for row, (_, o) in enumerate(known.pairs)]
    near = entries_at(entries, (len(known.pairs), len(inputs.offers)))
    terms = {name: own, "choose": -_so_far(inputs, near)}
    upper = np.zeros(len(ids[0]), dtype=np.int64)
    return LinkRows(name.replace("assigned", "assigned_built", 1), ids, terms, upper)


def _each_year(matrices: list[csr_array]) -> csr_array:
    years = range(len(matrices))
    blocks = [[matrices[t] if s == t else None for s in years] for t in years]
    return stacked(blocks, matrices[0].shape)


def _so_far(inputs: PlainInputs, matrix: csr_array) -> csr_array:
    years = range(len(inputs.years))
    return stacked([[matrix if s <= t else None for s in years] for t in years], matrix.shape)
