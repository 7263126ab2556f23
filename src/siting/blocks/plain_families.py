"""The families of variables said plainly: their ids, what links them, and what they really are.

`build` has its own writer of the same (`variables.py`); the two never meet but in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.blocks.plain_inputs import PlainInputs
from siting.blocks.plain_places import PlainPlaces, of_place_name, supply_rows
from siting.blocks.plain_worst import Division, divisions, read_worst_name

Flags = NDArray[np.bool_]
Ids = tuple[NDArray[np.object_], ...]


@dataclass(frozen=True, eq=False)
class LinkRows:
    """Rows that say what a family follows from: `terms <= upper`, in whole numbers.

    Attributes:
        name: Name of the rows.
        ids: What each row stands for, one array a dimension, each of shape (rows,).
        terms: Coefficients by family, each of shape (rows, columns of the family).
        upper: Most activity of each row, shape (rows,).
        scale: What each row was multiplied by, above 0, shape (rows,); 1 where it is None.
    """

    name: str
    ids: Ids
    terms: dict[str, csr_array]
    upper: NDArray[np.int64]
    scale: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Effects:
    """What a choice brings about, found without any model.

    Attributes:
        chosen: The (offer, year) pairs that are chosen.
        before: Whether each demand point has each category now, shape (residents, categories).
        after: The same at the end of each year.
    """

    chosen: frozenset[tuple[str, int]]
    before: Flags
    after: Mapping[int, Flags]


@dataclass(frozen=True, eq=False)
class PlainFamily:
    """One family of variables, each from 0 to 1.

    Attributes:
        name: What columns of it are called.
        ids: One array a dimension, each of shape (columns,).
        links: Rows between it and the families it follows from.
        values: What each column is, given what a choice brings about, shape (columns,); fractions
            where it is not whole.
        decided: Whether a planner decides it; else it follows.
        is_whole: Whether it is 0 or 1 in every plan.
        follows: Whether it is whole by itself once the choices are; else it has to be branched on.
    """

    name: str
    ids: Ids
    links: tuple[LinkRows, ...]
    values: Callable[[Effects], Flags | NDArray[np.object_]]
    decided: bool = False
    is_whole: bool = True
    follows: bool = True

    def __len__(self) -> int:
        return len(self.ids[0])

    @cached_property
    def position(self) -> dict[tuple[object, ...], int]:
        """Position of each id."""
        return {key: number for number, key in enumerate(zip(*self.ids, strict=True))}


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
    ids = _by_year(inputs, ([offer.id for offer in inputs.offers],))
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


def _covered(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """Within the standard of an outlet or of what was chosen up to the year."""
    pairs, categories = inputs.pairs, list(inputs.categories)
    residents = [inputs.residents[row] for row in pairs.resident.tolist()]
    ids = _by_year(inputs, (residents, [categories[k] for k in pairs.category.tolist()]))
    reach = csr_array(pairs.offers)
    years = len(inputs.years)
    blocks = [[reach if s <= t else None for s in range(years)] for t in range(years)]
    near = _stacked(blocks, (len(pairs), len(inputs.offers)))
    own = csr_array(eye_array(len(ids[0]), dtype=np.int64))
    upper = np.zeros(len(ids[0]), dtype=np.int64)
    link = LinkRows("cover", ids, {"choose": -near, name: own}, upper)

    def values(effects: Effects) -> Flags:
        flags = [effects.after[t][pairs.resident, pairs.category] for t in inputs.years]
        return np.concatenate(flags)

    return PlainFamily(name, ids, (link,), values)


def _complete(inputs: PlainInputs, name: str, of: str) -> PlainFamily:
    """Has every required category; only residents who lack some and can be given all of them."""
    required = tuple(of.split("+")) if of else inputs.required
    can_be = completable(inputs, required)
    columns = [list(inputs.categories).index(category) for category in required]
    numbers = inputs.pairs.number(len(inputs.residents), len(inputs.categories))[:, columns]
    ids = _by_year(inputs, ([inputs.residents[row] for row in can_be.tolist()],))
    link = _one_row_a_missing_category(inputs, name, required, can_be, numbers[can_be])

    def values(effects: Effects) -> Flags:
        after = [effects.after[t][can_be][:, columns].all(axis=1) for t in inputs.years]
        return np.concatenate(after)

    return PlainFamily(name, ids, (link,), values)


def completable(inputs: PlainInputs, required: tuple[str, ...]) -> NDArray[np.int64]:
    """Positions of the points that lack some of these categories and can be given all."""
    columns = [list(inputs.categories).index(category) for category in required]
    served = np.array([inputs.served(category) for category in required]).T
    numbers = inputs.pairs.number(len(inputs.residents), len(inputs.categories))[:, columns]
    return np.flatnonzero(((numbers >= 0) | served).all(axis=1) & ~served.all(axis=1))


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
    ids = _by_year(
        inputs,
        (
            [inputs.residents[residents[r]] for r in row.tolist()],
            [required[k] for k in category.tolist()],
        ),
    )
    terms = {
        name: _ones(own, (years * rows, years * len(residents))),
        "covered": -_ones(other, (years * rows, years * pairs)),
    }
    rows_name = name.replace("complete", "completion", 1)
    return LinkRows(rows_name, ids, terms, np.zeros(years * rows, dtype=np.int64))


def _ones(places: list[tuple[int, int]], shape: tuple[int, int]) -> csr_array:
    at = np.array(places, dtype=np.int64).reshape(-1, 2)
    return csr_array((np.ones(len(at), dtype=np.int64), (at[:, 0], at[:, 1])), shape=shape)


def _entries(places: list[tuple[int, int, int]], shape: tuple[int, int]) -> csr_array:
    """Whole coefficients at (row, column)."""
    at = np.array(places, dtype=object).reshape(-1, 3)
    where = (at[:, 0].astype(np.int64), at[:, 1].astype(np.int64))
    return csr_array((at[:, 2].astype(np.int64), where), shape=shape)


def _stacked(blocks: list[list[csr_array | None]], shape: tuple[int, int]) -> csr_array:
    """Blocks of one shape, None for zeros, as one matrix; whole numbers stay whole."""
    filled = [
        (number, other, block)
        for number, line in enumerate(blocks)
        for other, block in enumerate(line)
        if block is not None
    ]
    entries = [(n * shape[0], m * shape[1], block.tocoo()) for n, m, block in filled]
    rows = np.concatenate([part.row + down for down, _, part in entries])
    columns = np.concatenate([part.col + right for _, right, part in entries])
    data = np.concatenate([part.data for _, _, part in entries]).astype(np.int64)
    size = (shape[0] * len(blocks), shape[1] * len(blocks[0]))
    return csr_array((data, (rows, columns)), shape=size)


def _by_year(inputs: PlainInputs, dimensions: tuple[list[str], ...]) -> Ids:
    """Ids of all years, year by year, with the year as the last dimension."""
    count = len(dimensions[0])
    years = np.repeat(np.array(inputs.years, dtype=object), count)
    tiled = (np.tile(np.array(names, dtype=object), len(inputs.years)) for names in dimensions)
    return (*tiled, years)


def _complete_place(inputs: PlainInputs, name: str, _of: str) -> PlainFamily:
    """Lacks none of some categories, as the gap list counts it."""
    places = of_place_name(inputs, name)
    ids = _by_year(inputs, (list(places.can_be),))
    keys, own, near = supply_rows(places)
    years = len(inputs.years)
    up_to = [[near if s <= t else None for s in range(years)] for t in range(years)]
    same = [[own if s == t else None for s in range(years)] for t in range(years)]
    row_ids = _by_year(inputs, ([place for place, _ in keys], [name for _, name in keys]))
    terms = {"choose": -_stacked(up_to, near.shape), name: _stacked(same, own.shape)}
    rows = name.replace("complete_place", "place_lacks", 1)
    upper = np.zeros(len(row_ids[0]), dtype=np.int64)

    def values(effects: Effects) -> Flags:
        return np.array(
            [_is_complete(places, p, effects, t) for t in inputs.years for p in places.can_be],
            dtype=bool,
        )

    links = (LinkRows(rows, row_ids, terms, upper),)
    return PlainFamily(name, ids, links, values, follows=bool(np.all(own.data <= 1)))


def _is_complete(places: PlainPlaces, place: str, effects: Effects, year: int) -> bool:
    """Whether a place lacks nothing at the end of a year: by walks, or by what was built."""
    built = {offer for offer, when in effects.chosen if when <= year}
    return all(
        len(built & set(lack.offers)) >= lack.short
        if lack.counted
        else _somebody_has(places, place, lack.category, effects.after[year])
        for lack in places.lacks[place]
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
    last, parts = inputs.years[-1], divisions(inputs, name)
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
    has = {k: np.array(inputs.served(k), dtype=bool) for k in inputs.categories}
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
    terms = {name: _entries(own, (len(parts), 1)), counted: _entries(other, (len(parts), width))}
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
    "covered": _covered,
    "complete": _complete,
    "complete_place": _complete_place,
    "worst": _worst,
}


def family_kinds() -> Iterator[str]:
    """The kinds of families that there are."""
    yield from _MAKERS
