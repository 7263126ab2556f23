"""The family `complete_place` as arrays: places that lack none of some categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.arrays import OfferArrays
from siting.coverage.gaps import PlaceKind
from siting.coverage.needs import PlaceNeeds, place_needs
from siting.program import Domain, Kind, ProgramBuilder

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CompletePlace:
    """`complete_place[p, t]`: whether place p lacks none of the categories by year t.

    Attributes:
        name: Name of the columns.
        place: Position of each column's place, shape (columns,).
        year: The year of each column, shape (columns,).
        when: Position of each column's year, shape (columns,).
        already: Whether each place without a column lacks none, shape (years, places).
        needs: The places, and what they have and need, in each year.
    """

    name: str
    place: Index
    year: Index
    when: Index
    already: NDArray[np.bool_]
    needs: tuple[PlaceNeeds, ...]

    @property
    def names(self) -> NDArray[np.object_]:
        """The places, in order."""
        return np.array(self.needs[0].places, dtype=object)


@dataclass(frozen=True, eq=False)
class PlaceWriter:
    """Writes the family for one kind of place and one list of categories."""

    data: OfferArrays
    program: ProgramBuilder
    kind: PlaceKind
    required: tuple[str, ...]

    def write(self, name: str) -> CompletePlace:
        """Adds the columns and `short * complete_place <= offers up to the year`, for each lack."""
        data, years = self.data, self.data.years
        needs = tuple(place_needs(o.instance, o.coverage, self.kind) for o in data.yearly)
        columns = np.array([data.category_names.index(k) for k in self.required], dtype=np.int64)
        short = np.stack([(n.needed - n.have)[:, columns].clip(min=0) for n in needs])
        near = [self._near(needs[0], column) for column in columns.tolist()]
        supply = np.stack([np.diff(matrix.indptr) for matrix in near], axis=1)
        lacks, can_be = (short > 0).any(axis=2), (supply >= short).all(axis=2)
        places = np.flatnonzero((lacks & can_be).any(axis=0))
        already: NDArray[np.bool_] = np.array(~lacks)
        already[:, places] = False
        when = np.repeat(np.arange(len(years)), len(places))
        family = CompletePlace(name, np.tile(places, len(years)), years[when], when, already, needs)
        # Where two outlets are missing, one of them makes a place half complete to a relaxation.
        domain = Domain.IMPLIED if np.all(short[:, places] <= 1) else Domain.INTEGER
        ids = (family.names[family.place], family.year.astype(object))
        self.program.add_columns(name, ids, domain=domain, kind=Kind.STATE)
        self._link(family, places, short[:, places], near)
        return family

    def _near(self, needs: PlaceNeeds, column: int) -> csr_array:
        """1 where an offer of the category is in reach of the place, shape (places, offers)."""
        data = self.data
        group = str(data.instance.categories["group"].iloc[column])
        lives = np.flatnonzero((needs.home >= 0) & (data.people(group) > 0))
        home = csr_array(
            (np.ones(len(lives)), (needs.home[lives], lives)),
            shape=(len(needs.places), len(needs.home)),
        )
        reach = csr_array(data.coverage[data.category_names[column]].reach.astype(float))
        adds = data.serves[:, [column]].toarray().ravel()
        found = csr_array((home @ reach @ data.at_site).multiply(adds[None, :]))
        found.eliminate_zeros()
        found.data[:] = 1.0
        return found

    def _link(
        self, family: CompletePlace, places: Index, short: Index, near: list[csr_array]
    ) -> None:
        """A row for each year, place and category that it lacks in that year."""
        year, row, category = np.nonzero(short)
        count, offers, years = len(row), len(self.data.offer_ids), len(self.data.years)
        own = csr_array(
            (
                short[year, row, category].astype(float),
                (np.arange(count), year * len(places) + row),
            ),
            shape=(count, len(places) * years),
        )
        parts = [near[k][[places[r]]] for r, k in zip(row.tolist(), category.tolist(), strict=True)]
        # What is built stays: a year sees its own choices and those of the years before it.
        columns = [
            part.indices + before * offers
            for part, t in zip(parts, year.tolist(), strict=True)
            for before in range(t + 1)
        ]
        sizes = [part.nnz * (t + 1) for part, t in zip(parts, year.tolist(), strict=True)]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        indices = np.concatenate([*columns, np.empty(0, np.int64)]).astype(np.int64)
        supply = csr_array((-np.ones(len(indices)), indices, indptr), shape=(count, offers * years))
        ids = (
            family.names[places[row]],
            np.array(self.required, dtype=object)[category],
            self.data.years[year].astype(object),
        )
        rows = family.name.replace("complete_place", "place_lacks", 1)
        terms = {"choose": supply, family.name: own}
        self.program.add_rows(rows, ids, terms, upper=0.0, kind=Kind.LINK)
