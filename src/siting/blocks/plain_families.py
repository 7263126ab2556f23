"""The families of variables said plainly: their ids, what links them, and what they really are.

`build` has its own writer of the same (`variables.py`); the two never meet but in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.blocks.plain_capacity import make_assigned
from siting.blocks.plain_family import (
    Effects,
    Flags,
    LinkRows,
    PlainFamily,
    by_year,
    entries_at,
    ones_at,
)
from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_places import PlainPlaces, of_place_name, supply_rows
from siting.blocks.plain_reach import make_backup, make_covered, make_within, make_worst_case
from siting.blocks.plain_worst import Division, divisions, read_worst_name


@dataclass(frozen=True, eq=False)
class PlainFamilies:
    """The families of an instance, each made once, when it is first asked for."""

    inputs: PlainInputs
    made: dict[str, PlainFamily] = field(default_factory=dict)

    def __getitem__(self, name: str) -> PlainFamily:
        """The family of this name, e.g. `covered` or `complete(pharmacy+canteen)`.

        Raises:
            KeyError: There is no such family.
        """
        if name not in self.made:
            kind, _, rest = name.partition("(")
            self.made[name] = _MAKERS[kind](self.inputs, name, rest.removesuffix(")"))
            for link in self.made[name].links:
                for other in link.terms:
                    self[other]
        return self.made[name]


def complete_name(inputs: PlainInputs, required: tuple[str, ...]) -> str:
    """Name of the family of residents who have all of these categories."""
    usual = set(required) == set(inputs.required)
    return "complete" if usual else f"complete({'+'.join(required)})"


def _choose(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    ids = by_year(inputs, ([offer.id for offer in inputs.offers],))
    offers, years = len(inputs.offers), len(inputs.years)
    links: tuple[LinkRows, ...] = ()
    if years > 1:
        column = np.arange(offers * years)
        ones = np.ones(len(column), dtype=np.int64)
        same = csr_array((ones, (column % offers, column)), shape=(offers, len(column)))
        upper = np.ones(offers, dtype=np.int64)
        links = (LinkRows("build_once", (ids[0][:offers],), {name: same}, upper),)

    def values(effects: Effects) -> Flags:
        return np.array([key in effects.chosen for key in zip(*ids, strict=True)], dtype=bool)

    return PlainFamily(name, ids, links, values, decided=True)


def used_sites(inputs: PlainInputs) -> tuple[str, ...]:
    """Sites at which there is any offer, in the order of the file."""
    known = {offer.site for offer in inputs.offers}
    return tuple(site for site in inputs.sites if site in known)


def _used(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """Whether anything is added at a site in any year: each of its offers says so, or none does."""
    sites, offers, years = used_sites(inputs), inputs.offers, len(inputs.years)
    row, count = {site: number for number, site in enumerate(sites)}, len(inputs.offers)
    every = [(t * count + o, o) for t in range(years) for o in range(count)]
    at = [row[offer.site] for offer in offers]
    own = csr_array(eye_array(len(sites), dtype=np.int64))
    some = LinkRows(
        "used_by_some",
        (np.array(sites, dtype=object),),
        {
            name: own,
            "choose": -ones_at([(at[o], c) for c, o in every], (len(sites), count * years)),
        },
        np.zeros(len(sites), dtype=np.int64),
    )
    each = LinkRows(
        "used_by_each",
        (np.array([offer.id for offer in offers], dtype=object),),
        {
            name: -ones_at(list(enumerate(at)), (count, len(sites))),
            "choose": ones_at([(o, c) for c, o in every], (count, count * years)),
        },
        np.zeros(count, dtype=np.int64),
    )

    def values(effects: Effects) -> Flags:
        built = {offer for offer, _ in effects.chosen}
        taken = {offer.site for offer in offers if offer.id in built}
        return np.array([site in taken for site in sites], dtype=bool)

    return PlainFamily(name, (np.array(sites, dtype=object),), (some, each), values)


def _complete(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """Has every required category; only residents who lack some and can be given all of them."""
    required = tuple(of.split("+")) if of else inputs.required
    can_be = completable(inputs, required)
    columns = [list(inputs.categories).index(category) for category in required]
    numbers = inputs.pairs.number(len(inputs.residents), len(inputs.categories))[:, columns]
    ids = by_year(inputs, ([inputs.residents[row] for row in can_be.tolist()],))
    link = _one_row_a_missing_category(inputs, name, required, can_be, numbers[can_be])

    def values(effects: Effects) -> Flags:
        after = [effects.after[t][can_be][:, columns].all(axis=1) for t in inputs.years]
        return np.concatenate(after)

    return PlainFamily(name, ids, (link,), values)


def completable(inputs: PlainInputs, required: tuple[str, ...]) -> NDArray[np.int64]:
    """Positions of the points that lack some of these categories and can be given all."""
    columns = [list(inputs.categories).index(category) for category in required]
    last = inputs.in_year(inputs.years[-1])
    served = np.array([last.served(category) for category in required]).T
    could = inputs.could[:, columns]
    return np.flatnonzero((could | served).all(axis=1) & ~served.all(axis=1))


def complete_already(inputs: PlainInputs, required: tuple[str, ...], year: int) -> Flags:
    """Who has all of these categories in a year and no variable, shape (residents,)."""
    here = inputs.in_year(year)
    has = np.array([here.served(name) for name in required], dtype=bool)
    whole: Flags = np.array(has.all(axis=0), dtype=bool)
    whole[completable(inputs, required)] = False
    return whole


def _one_row_a_missing_category(
    inputs: PlainInputs,
    name: str,
    required: tuple[str, ...],
    residents: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> LinkRows:
    """`complete[i, t] - covered[i, k, t] <= 0` for each category k that resident i lacks."""
    row, category = np.nonzero(numbers >= 0)
    pair = numbers[row, category]
    rows, years, pairs = len(row), len(inputs.years), len(inputs.pairs)
    own = [(t * rows + r, t * len(residents) + row[r]) for t in range(years) for r in range(rows)]
    other = [(t * rows + r, t * pairs + pair[r]) for t in range(years) for r in range(rows)]
    ids = by_year(
        inputs,
        (
            [inputs.residents[residents[r]] for r in row.tolist()],
            [required[k] for k in category.tolist()],
        ),
    )
    terms = {
        name: ones_at(own, (years * rows, years * len(residents))),
        "covered": -ones_at(other, (years * rows, years * pairs)),
    }
    rows_name = name.replace("complete", "completion", 1)
    return LinkRows(rows_name, ids, terms, np.zeros(years * rows, dtype=np.int64))


def _complete_place(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """Lacks none of some categories, as the gap list counts it."""
    places = of_place_name(inputs, name)
    ids = by_year(inputs, (list(places.can_be),))
    keys, own, near = supply_rows(places)
    row_ids = tuple(np.array([key[k] for key in keys], dtype=object) for k in range(3))
    rows = name.replace("complete_place", "place_lacks", 1)
    upper = np.zeros(len(keys), dtype=np.int64)

    def values(effects: Effects) -> Flags:
        return np.array(
            [_is_complete(places, p, effects, t) for t in inputs.years for p in places.can_be],
            dtype=bool,
        )

    links = (LinkRows(rows, row_ids, {"choose": -near, name: own}, upper),)
    return PlainFamily(name, ids, links, values, follows=bool(np.all(own.data <= 1)))


def _is_complete(places: PlainPlaces, place: str, effects: Effects, year: int) -> bool:
    """Whether a place lacks nothing at the end of a year: by walks, or by what was built."""
    built = {offer for offer, when in effects.chosen if when <= year}
    return all(
        len(built & set(lack.offers)) >= lack.short
        if lack.counted
        else _somebody_has(places, place, lack.category, effects.after[year])
        for lack in places.lacks(year)[place]
    )


def _somebody_has(places: PlainPlaces, place: str, category: str, after: Flags) -> bool:
    """Whether somebody of the category's group who lives there has it within the standard."""
    inputs = places.inputs
    people = inputs.people(inputs.categories[category].group).numerators
    column = list(inputs.categories).index(category)
    return any(people[i] > 0 and after[i, column] for i in places.members[place])


def _worst(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """The smallest share of some divisions at the end of the last year."""
    _, of, _, required = read_worst_name(name)
    last = inputs.years[-1]
    parts = divisions(inputs.in_year(last), name)
    columns = [list(inputs.categories).index(category) for category in required]

    def values(effects: Effects) -> NDArray[np.object_]:
        after = effects.after[last]
        has = {k: after[:, column] for k, column in zip(required, columns, strict=True)}
        has[""] = np.asarray(after[:, columns].all(axis=1), dtype=bool)
        shares = [Fraction(_reached(part, has), part.total) for part in parts]
        return np.array([min(shares, default=Fraction(1))], dtype=object)

    year = (np.array([last], dtype=object),)
    link = _share_rows(inputs, name, parts, required if of == "complete" else ())
    return PlainFamily(name, year, (link,), values, is_whole=False)


def _reached(part: Division, has: Mapping[str, Flags]) -> int:
    """People of a division who have it, times its scale."""
    return sum(sum(wholes[has[k][i]].tolist()) for k, (i, wholes) in part.people.items())


def _share_rows(
    inputs: PlainInputs, name: str, parts: tuple[Division, ...], together: tuple[str, ...]
) -> LinkRows:
    """`people * worst - people newly reached <= people who have it now`, for each division."""
    at = _counted_at(inputs, together)
    has = {k: inputs.in_year(inputs.years[-1]).has(k) for k in inputs.categories}
    if together:
        every = np.array([has[k] for k in together], dtype=bool).all(axis=0)
        has[""] = np.asarray(every, dtype=bool)
    own = [(row, 0, part.total) for row, part in enumerate(parts)]
    other = [
        (row, at[i, k], -whole)
        for row, part in enumerate(parts)
        for k, (points, wholes) in part.people.items()
        for i, whole in zip(points.tolist(), wholes.tolist(), strict=True)
        if (i, k) in at
    ]
    counted = complete_name(inputs, together) if together else "covered"
    width = len(at) * len(inputs.years)
    terms = {
        name: entries_at(own, (len(parts), 1)),
        counted: entries_at(other, (len(parts), width)),
    }
    last = np.full(len(parts), inputs.years[-1], dtype=object)
    return LinkRows(
        name.replace("worst", "share_of", 1),
        (np.array([part.name for part in parts], dtype=object), last),
        terms,
        np.array([_reached(part, has) for part in parts], dtype=np.int64),
        tuple(part.scale for part in parts),
    )


def _counted_at(inputs: PlainInputs, together: tuple[str, ...]) -> dict[tuple[int, str], int]:
    """Position of the last year's column of each (point, category), or of each point."""
    if together:
        points = completable(inputs, together).tolist()
        before = len(points) * (len(inputs.years) - 1)
        return {(i, ""): before + number for number, i in enumerate(points)}
    names, pairs = list(inputs.categories), inputs.pairs
    before = len(pairs) * (len(inputs.years) - 1)
    keys = zip(pairs.resident.tolist(), pairs.category.tolist(), strict=True)
    return {(i, names[k]): before + number for number, (i, k) in enumerate(keys)}


_MAKERS: Mapping[str, Callable[[PlainInputs, str, str], PlainFamily]] = {
    "choose": _choose,
    "used": _used,
    "covered": make_covered,
    "within": make_within,
    "backup": make_backup,
    "worst_case": make_worst_case,
    "assigned": make_assigned,
    "complete": _complete,
    "complete_place": _complete_place,
    "worst": _worst,
}


def family_kinds() -> Iterator[str]:
    """The kinds of families that there are."""
    yield from _MAKERS
