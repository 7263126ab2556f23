"""The families of variables as arrays: each made once, on demand, with the rows that link it.

`plain_families.py` says the same plainly; the two never meet but in a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, kron

from siting.blocks.arrays import OfferArrays
from siting.blocks.capacity_variables import Assigned, CapacityWriter
from siting.blocks.place_variables import CompletePlace, PlaceWriter
from siting.blocks.reach_variables import Covered, ReachWriter, ScenarioTerms, write_worst_case
from siting.blocks.worst_variables import Counted, WorstKey, WorstWriter
from siting.coverage.gaps import PlaceKind
from siting.program import Domain, Kind, ProgramBuilder

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Choose:
    """`choose[o, t]`: whether offer o is built in year t.

    Attributes:
        name: Name of the columns.
        offer: Position of each column's offer, shape (columns,).
        year: The year of each column, shape (columns,).
    """

    name: str
    offer: Index
    year: Index


@dataclass(frozen=True, eq=False)
class Complete:
    """`complete[i, t]`: whether the point has every required category by year t.

    Attributes:
        name: Name of the columns.
        resident: Position of each column's demand point, shape (columns,).
        year: The year of each column, shape (columns,).
        when: Position of each column's year, shape (columns,).
        already: Whether each demand point without a column has them all, shape (years, residents).
    """

    name: str
    resident: Index
    year: Index
    when: Index
    already: NDArray[np.bool_]


@dataclass
class Variables:
    """The families that the blocks of one program have asked for so far."""

    data: OfferArrays
    program: ProgramBuilder
    _choose: Choose | None = None
    _used: Index | None = None
    _covered: Covered | None = None
    _complete: dict[tuple[str, ...], Complete] = field(default_factory=dict)
    _worst: dict[str, str] = field(default_factory=dict)
    _complete_place: dict[str, CompletePlace] = field(default_factory=dict)
    _reached: dict[str, Covered] = field(default_factory=dict)
    _assigned: dict[str, Assigned] = field(default_factory=dict)
    _worst_case: set[str] = field(default_factory=set)

    @property
    def choose(self) -> Choose:
        """Columns of the offers; in several years each offer is built at most once."""
        return self.make_choose()

    def make_choose(self) -> Choose:
        """The same; every other family comes behind it."""
        if self._choose is None:
            self._choose = self._make_choose()
        return self._choose

    @property
    def used(self) -> Index:
        """Positions of the sites with offers; `used[j]` says whether anything comes there."""
        if self._used is None:
            self._used = self._make_used()
        return self._used

    @property
    def covered(self) -> Covered:
        """Columns of the pairs that an offer could newly cover."""
        if self._covered is None:
            self._covered = self._make_covered()
        return self._covered

    def within(self, reading: str, categories: tuple[str, ...]) -> Covered:
        """Columns of the pairs that an offer could newly reach under another reading."""
        every = set(categories) == set(self.data.category_names)
        name = f"within({reading}{'' if every else ':' + '+'.join(categories)})"
        if name not in self._reached:
            self.make_choose()
            section = name.replace("within", "cover_within", 1)
            names = () if every else categories
            self._reached[name] = self._reach(reading, names).covered(name, section)
        return self._reached[name]

    def backup(self, categories: tuple[str, ...]) -> Covered:
        """Columns of half the outlets of the pairs that offers could give a second one."""
        every = set(categories) == set(self.data.category_names)
        name = "backup" if every else f"backup({'+'.join(categories)})"
        if name not in self._reached:
            self.make_choose()
            writer = self._reach("", () if every else categories)
            self._reached[name] = writer.backup(name)
        return self._reached[name]

    def assigned(self, category: str, group: str, capacity: float) -> Assigned:
        """Columns of whom added outlets of a category serve, so many at most each."""
        writer = CapacityWriter(self.data, self.program, category, group, capacity)
        if writer.name not in self._assigned:
            self.make_choose()
            self._assigned[writer.name] = writer.write()
        return self._assigned[writer.name]

    def worst_case(self, name: str, most: float, scenarios: list[ScenarioTerms]) -> None:
        """The column of the worst of some scenarios, by its name, as a part of `most`."""
        if name not in self._worst_case:
            self._worst_case.add(name)
            year = int(self.data.years[-1])
            write_worst_case(self.program, name, year, most, scenarios)

    def complete_place(self, kind: PlaceKind, required: tuple[str, ...]) -> CompletePlace:
        """Columns of the places that lack some required category and could be given all."""
        usual = set(required) == set(self.data.required)
        name = f"complete_place({kind}{'' if usual else ':' + '+'.join(required)})"
        if name not in self._complete_place:
            self.make_choose()
            writer = PlaceWriter(self.data, self.program, kind, required)
            self._complete_place[name] = writer.write(name)
        return self._complete_place[name]

    def worst(self, key: WorstKey) -> str:
        """Name of the column of a smallest share."""
        if key.name not in self._worst:
            counted, last = self._counted(key), self.data.yearly[-1]
            self._worst[key.name] = WorstWriter(last, self.program, key, counted).write()
        return self._worst[key.name]

    def _counted(self, key: WorstKey) -> Counted:
        """What a share counts: covered pairs, or points that are complete."""
        if key.of == "complete":
            family = self.complete(key.required)
            return Counted(family.name, family.resident, None, family.year, family.already[-1])
        covered = self.covered
        place = (covered.resident, covered.category, covered.year)
        return Counted(covered.name, *place, covered.already[-1])

    def complete(self, required: tuple[str, ...]) -> Complete:
        """Columns of the points that lack some required category and could be given all."""
        if required not in self._complete:
            self._complete[required] = self._make_complete(required)
        return self._complete[required]

    def _make_choose(self) -> Choose:
        offers, years = len(self.data.offer_ids), len(self.data.years)
        family = Choose(
            "choose", np.tile(np.arange(offers), years), np.repeat(self.data.years, offers)
        )
        ids = (self.data.offer_ids[family.offer], family.year.astype(object))
        self.program.add_columns("choose", ids, domain=Domain.INTEGER, kind=Kind.CHOICE)
        if years > 1:
            once = hstack([eye_array(offers, format="csr")] * years, format="csr")
            self.program.add_rows(
                "build_once",
                (self.data.offer_ids,),
                {"choose": csr_array(once)},
                upper=1.0,
                kind=Kind.PACKING,
            )
        return family

    def _make_used(self) -> Index:
        """`used[j] <= offers at j`, and no offer at j above it, over all years."""
        choose, data = self.choose, self.data
        sites, at = np.unique(data.site, return_inverse=True)
        ids = (data.instance.sites["site_id"].to_numpy(object)[sites],)
        self.program.add_columns("used", ids, domain=Domain.IMPLIED, kind=Kind.STATE)
        offers, columns = len(data.offer_ids), len(choose.offer)
        ones, number = np.ones(columns), np.arange(columns)
        here = csr_array((ones, (at[choose.offer], number)), shape=(len(sites), columns))
        own = csr_array(eye_array(len(sites), format="csr"))
        terms = {"used": own, "choose": csr_array(-here)}
        self.program.add_rows("used_by_some", ids, terms, upper=0.0, kind=Kind.LINK)
        each = csr_array((ones, (choose.offer, number)), shape=(offers, columns))
        its = csr_array((-np.ones(offers), (np.arange(offers), at)), shape=(offers, len(sites)))
        names, links = (data.offer_ids,), {"used": its, "choose": each}
        self.program.add_rows("used_by_each", names, links, upper=0.0, kind=Kind.LINK)
        return np.asarray(sites, dtype=np.int64)

    def _make_covered(self) -> Covered:
        self.make_choose()
        return self._reach().covered("covered", "cover")

    def _reach(self, reading: str = "", categories: tuple[str, ...] = ()) -> ReachWriter:
        data = self.data.read_as(reading) if reading else self.data
        names = categories or data.category_names
        places = tuple(data.category_names.index(name) for name in names)
        return ReachWriter(data, self.program, places)

    def _make_complete(self, required: tuple[str, ...]) -> Complete:
        data, covered = self.data, self.covered
        columns = [data.category_names.index(category) for category in required]
        yearly = [one.served[:, columns] for one in data.yearly]
        served = yearly[-1]
        pair = np.full((len(data.resident_ids), len(data.category_names)), -1)
        pairs = len(covered.resident) // len(data.years)
        pair[covered.resident[:pairs], covered.category[:pairs]] = np.arange(pairs)
        pair = pair[:, columns]
        points = np.flatnonzero(~served.all(axis=1) & (served | (pair >= 0)).all(axis=1))
        already = np.stack([has.all(axis=1) for has in yearly])
        already[:, points] = False
        family = Complete(
            complete_section(required, data.required),
            np.tile(points, len(data.years)),
            np.repeat(data.years, len(points)),
            np.repeat(np.arange(len(data.years)), len(points)),
            already,
        )
        ids = (data.resident_ids[family.resident], family.year.astype(object))
        self.program.add_columns(family.name, ids, domain=Domain.IMPLIED, kind=Kind.STATE)
        self._link_complete(family, required, points, pair[points])
        return family

    def _link_complete(
        self, family: Complete, required: tuple[str, ...], points: Index, pair: Index
    ) -> None:
        """`complete[i, t] <= covered[i, k, t]` for each required category that i lacks."""
        row, category = np.nonzero(pair >= 0)
        pairs = len(self.covered.resident) // len(self.data.years)
        number = np.arange(len(row))
        shapes = (len(row), len(points)), (len(row), pairs)
        own = csr_array((np.ones(len(row)), (number, row)), shape=shapes[0])
        lacking = csr_array((np.ones(len(row)), (number, pair[row, category])), shape=shapes[1])
        each_year = eye_array(len(self.data.years), format="csr")
        residents = np.tile(self.data.resident_ids[points[row]], len(self.data.years))
        names = np.tile(np.array(required, dtype=object)[category], len(self.data.years))
        ids = (residents, names, np.repeat(self.data.years, len(row)).astype(object))
        terms = {
            family.name: csr_array(kron(each_year, own, format="csr")),
            "covered": csr_array(kron(each_year, -lacking, format="csr")),
        }
        rows = family.name.replace("complete", "completion", 1)
        self.program.add_rows(rows, ids, terms, upper=0.0, kind=Kind.LINK)


def complete_section(required: tuple[str, ...], usual: tuple[str, ...]) -> str:
    """Name of the columns of those who have all of these categories."""
    return "complete" if set(required) == set(usual) else f"complete({'+'.join(required)})"
