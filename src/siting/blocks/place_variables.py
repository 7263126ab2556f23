"""The family `complete_place` as arrays: places that lack none of some categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron

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
        already: Whether each place lacks none now, shape (places,).
        needs: The places, and what they have and need.
    """

    name: str
    place: Index
    year: Index
    already: NDArray[np.bool_]
    needs: PlaceNeeds


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
        needs = place_needs(data.instance, data.coverage, self.kind)
        columns = np.array([data.category_names.index(k) for k in self.required], dtype=np.int64)
        short = (needs.needed - needs.have)[:, columns].clip(min=0)
        near = [self._near(needs, column) for column in columns.tolist()]
        supply = np.stack([np.diff(matrix.indptr) for matrix in near], axis=1)
        places = np.flatnonzero((short > 0).any(axis=1) & (supply >= short).all(axis=1))
        family = CompletePlace(
            name,
            np.tile(places, len(years)),
            np.repeat(years, len(places)),
            np.asarray(~(short > 0).any(axis=1), dtype=bool),
            needs,
        )
        names = np.array(needs.places, dtype=object)
        # Where two outlets are missing, one of them makes a place half complete to a relaxation.
        domain = Domain.IMPLIED if np.all(short[places] <= 1) else Domain.INTEGER
        ids = (names[family.place], family.year.astype(object))
        self.program.add_columns(name, ids, domain=domain, kind=Kind.STATE)
        self._link(family, places, short[places], near)
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
        row, category = np.nonzero(short)
        count, offers = len(row), len(self.data.offer_ids)
        years = len(self.data.years)
        own = csr_array(
            (short[row, category].astype(float), (np.arange(count), row)),
            shape=(count, len(places)),
        )
        parts = [near[k][[places[r]]] for r, k in zip(row.tolist(), category.tolist(), strict=True)]
        indptr = np.concatenate([[0], np.cumsum([part.nnz for part in parts])]).astype(np.int64)
        indices = np.concatenate([part.indices for part in parts] or [np.empty(0, np.int64)])
        supply = csr_array((-np.ones(len(indices)), indices, indptr), shape=(count, offers))
        # What is built stays: a year sees its own choices and those of the years before it.
        so_far = csr_array(np.tril(np.ones((years, years))))
        ids = (
            np.tile(np.array(family.needs.places, dtype=object)[places[row]], years),
            np.tile(np.array(self.required, dtype=object)[category], years),
            np.repeat(self.data.years, count).astype(object),
        )
        terms = {
            "choose": csr_array(kron(so_far, supply, format="csr")),
            family.name: csr_array(kron(eye_array(years, format="csr"), own, format="csr")),
        }
        rows = family.name.replace("complete_place", "place_lacks", 1)
        self.program.add_rows(rows, ids, terms, upper=0.0, kind=Kind.LINK)
