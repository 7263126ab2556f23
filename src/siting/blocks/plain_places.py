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

    @cached_property
    def lacks(self) -> dict[str, tuple[Lack, ...]]:
        """What each place lacks."""
        return {place: tuple(self._lacks(number)) for number, place in enumerate(self.names)}

    @cached_property
    def already(self) -> tuple[str, ...]:
        """Places that lack nothing now."""
        return tuple(place for place in self.names if not self.lacks[place])

    @cached_property
    def can_be(self) -> tuple[str, ...]:
        """Places that lack something and can be given all of it."""
        return tuple(
            place
            for place in self.names
            if self.lacks[place] and all(len(k.offers) >= k.short for k in self.lacks[place])
        )

    def people(self, place: str) -> Fraction:
        """Everybody who lives in a place."""
        everyone = self.inputs.people("all")
        total = sum(int(everyone.numerators[i]) for i in self.members[place])
        return Fraction(total, everyone.denominator)

    def _lacks(self, number: int) -> list[Lack]:
        columns = list(self.inputs.categories)
        found = []
        for name in self.required:
            needed = int(self._needs.needed[number, columns.index(name)])
            short = needed - int(self._needs.have[number, columns.index(name)])
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


def supply_rows(places: PlainPlaces) -> tuple[list[tuple[str, str]], csr_array, csr_array]:
    """Each (place, category) that is missing, how many are, and the offers that could give it.

    Returns:
        Ids, `short` at the place's position among those that can be complete, shape (rows,
        places), and 1 at each offer, shape (rows, offers).
    """
    offer_at = {offer.id: number for number, offer in enumerate(places.inputs.offers)}
    ids: list[tuple[str, str]] = []
    own: list[tuple[int, int, int]] = []
    near: list[tuple[int, int, int]] = []
    for number, place in enumerate(places.can_be):
        for lack in places.lacks[place]:
            near += [(len(ids), offer_at[offer], 1) for offer in lack.offers]
            own.append((len(ids), number, lack.short))
            ids.append((place, lack.category))
    return (
        ids,
        _matrix(own, (len(ids), len(places.can_be))),
        _matrix(near, (len(ids), len(offer_at))),
    )


def _matrix(entries: list[tuple[int, int, int]], shape: tuple[int, int]) -> csr_array:
    at = np.array(entries, dtype=np.int64).reshape(-1, 3)
    return csr_array((at[:, 2], (at[:, 0], at[:, 1])), shape=shape)
