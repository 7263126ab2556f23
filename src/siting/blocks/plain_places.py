"""The family `complete_place` said plainly: its ids, its links, and which places are complete.

`place_variables.py` writes the same as arrays; the two never meet but in a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.exact import ExactVector
from siting.blocks.plain_inputs import PlainInputs
from siting.coverage.gaps import PlaceKind
from siting.coverage.needs import PlaceNeeds, place_needs


@dataclass(frozen=True)
class Lack:
    """One category that a place lacks.

    Attributes:
        category: Its id.
        short: How many outlets are missing.
        counted: Whether more than one is needed, so that having any is not enough.
        offers: Ids of the offers that add it in reach of somebody of its group who lives there.
    """

    category: str
    short: int
    counted: bool
    offers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlainPlaces:
    """The places of one kind, and what each lacks of some categories.

    Attributes:
        inputs: What the blocks read.
        kind: `circle`, `district`, or `city`.
        required: Ids of the categories.
    """

    inputs: PlainInputs
    kind: PlaceKind
    required: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The places, in order."""
        return self._needs.places

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """Positions of the residents of each place."""
        found: dict[str, list[int]] = {place: [] for place in self.names}
        for i, home in enumerate(self._needs.home.tolist()):
            if home >= 0:
                found[self.names[home]].append(i)
        return found

    def lacks(self, year: int) -> dict[str, tuple[Lack, ...]]:
        """What each place lacks in a year with nothing added."""
        if year not in self._known_lacks:
            names = enumerate(self.names)
            self._known_lacks[year] = {
                place: tuple(self._lacks(number, year)) for number, place in names
            }
        return self._known_lacks[year]

    def already(self, year: int) -> tuple[str, ...]:
        """Places without a variable that lack nothing in a year."""
        whole = (place for place in self.names if not self.lacks(year)[place])
        return tuple(place for place in whole if place not in self.can_be)

    @cached_property
    def can_be(self) -> tuple[str, ...]:
        """Places that lack something in some year and can be given all of it."""
        yearly = [self.lacks(year) for year in self.inputs.years]
        return tuple(
            place
            for place in self.names
            if any(
                lacks[place] and all(len(k.offers) >= k.short for k in lacks[place])
                for lacks in yearly
            )
        )

    def people(self, place: str, year: int) -> Fraction:
        """Everybody who lives in a place in a year."""
        everyone = self.inputs.in_year(year).people("all")
        total = sum(int(everyone.numerators[i]) for i in self.members[place])
        return Fraction(total, everyone.denominator)

    def _lacks(self, number: int, year: int) -> list[Lack]:
        columns, needs = list(self.inputs.categories), self._needs_in(year)
        found = []
        for name in self.required:
            needed = int(needs.needed[number, columns.index(name)])
            short = needed - int(needs.have[number, columns.index(name)])
            if short > 0:
                near = self._offers_near(self.names[number], name)
                found.append(Lack(name, short, needed > 1, near))
        return found

    def _offers_near(self, place: str, name: str) -> tuple[str, ...]:
        """Offers of a category whose site is within the standard of somebody of its group."""
        people = self.inputs.people(self.inputs.categories[name].group).numerators
        reach = self.inputs.coverage[name].reach
        near: set[int] = set()
        for i in self.members[place]:
            if people[i] > 0:
                near |= set(reach.indices[reach.indptr[i] : reach.indptr[i + 1]].tolist())
        return tuple(offer for offer, site in self._offers_of[name] if site in near)

    @cached_property
    def _offers_of(self) -> dict[str, list[tuple[str, int]]]:
        """Offers of each category, with the position of their site."""
        sites = {site: position for position, site in enumerate(self.inputs.sites)}
        found: dict[str, list[tuple[str, int]]] = {name: [] for name in self.inputs.categories}
        for offer in self.inputs.offers:
            for name in offer.categories:
                found[name].append((offer.id, sites[offer.site]))
        return found

    @cached_property
    def _needs(self) -> PlaceNeeds:
        return place_needs(self.inputs.instance, self.inputs.coverage, self.kind)

    def _needs_in(self, year: int) -> PlaceNeeds:
        here = self.inputs.in_year(year)
        same = here is self.inputs
        return self._needs if same else place_needs(here.instance, here.coverage, self.kind)

    @cached_property
    def _known_lacks(self) -> dict[int, dict[str, tuple[Lack, ...]]]:
        return {}


def plain_places(inputs: PlainInputs, kind: PlaceKind, required: tuple[str, ...]) -> PlainPlaces:
    """The places of an instance, found once."""
    known = inputs.memory
    key = ("places", kind, required)
    if key not in known:
        known[key] = PlainPlaces(inputs, kind, required)
    found = known[key]
    assert isinstance(found, PlainPlaces)  # noqa: S101 - what was kept under this key
    return found


def place_name(inputs: PlainInputs, kind: PlaceKind, required: tuple[str, ...]) -> str:
    """Name of the family of places that lack none of these categories."""
    usual = set(required) == set(inputs.required)
    return f"complete_place({kind}{'' if usual else ':' + '+'.join(required)})"


def no_columns(places: PlainPlaces) -> ExactVector:
    """A coefficient of 0 for each column, so that a sum names the family even without terms."""
    count = len(places.can_be) * len(places.inputs.years)
    return ExactVector(np.zeros(count, dtype=np.int64))


def of_place_name(inputs: PlainInputs, name: str) -> PlainPlaces:
    """The places that a family of this name is about."""
    inside = name.partition("(")[2].removesuffix(")")
    kind, _, rest = inside.partition(":")
    required = tuple(rest.split("+")) if rest else inputs.required
    known: dict[str, PlaceKind] = {"circle": "circle", "district": "district", "city": "city"}
    return plain_places(inputs, known[kind], required)


def supply_rows(places: PlainPlaces) -> tuple[list[tuple[str, str, int]], csr_array, csr_array]:
    """Each (place, category, year) that is missing, how many are, and what could give it.

    Returns:
        Ids, `short` at the place's column of the year, shape (rows, places x years), and 1 at each
        offer in the year or one before it, shape (rows, offers x years).
    """
    years, offers = places.inputs.years, places.inputs.offers
    offer_at = {offer.id: number for number, offer in enumerate(offers)}
    ids: list[tuple[str, str, int]] = []
    own: list[tuple[int, int, int]] = []
    near: list[tuple[int, int, int]] = []
    for t, year in enumerate(years):
        for number, place in enumerate(places.can_be):
            for lack in places.lacks(year)[place]:
                at = [
                    offer_at[offer] + s * len(offers) for offer in lack.offers for s in range(t + 1)
                ]
                near += [(len(ids), column, 1) for column in at]
                own.append((len(ids), t * len(places.can_be) + number, lack.short))
                ids.append((place, lack.category, year))
    return (
        ids,
        _matrix(own, (len(ids), len(places.can_be) * len(years))),
        _matrix(near, (len(ids), len(offers) * len(years))),
    )


def _matrix(entries: list[tuple[int, int, int]], shape: tuple[int, int]) -> csr_array:
    at = np.array(entries, dtype=np.int64).reshape(-1, 3)
    return csr_array((at[:, 2], (at[:, 0], at[:, 1])), shape=shape)
