"""The family `assigned` as arrays: whom each added outlet serves, up to its capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_array, eye_array, kron

from siting.blocks.arrays import OfferArrays
from siting.program import Domain, Kind, ProgramBuilder

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Assigned:
    """`assigned[i, o, t]`: the part of a point's people whom an offer serves in year t.

    Attributes:
        name: Name of the columns.
        resident: Position of each column's demand point, shape (columns,).
        when: Position of each column's year, shape (columns,).
    """

    name: str
    resident: Index
    when: Index


@dataclass(frozen=True, eq=False)
class CapacityWriter:
    """Writes the family of one category, and its rows.

    Attributes:
        data: Offers and coverage.
        program: What is written into.
        category: Its id.
        group: Whose members are served.
        capacity: How many of them an offer serves.
    """

    data: OfferArrays
    program: ProgramBuilder
    category: str
    group: str
    capacity: float

    @property
    def name(self) -> str:
        """Name of the columns, from which everything can be read back."""
        return f"assigned({self.category};{self.group};{self.capacity!r})"

    def write(self) -> Assigned:
        """Adds columns; each point is served once, each offer serves so many once it is built.

        Whom an existing outlet serves in a year, until it closes, no offer serves in that year.
        """
        demand, years = self.data.demand(self.category), len(self.data.years)
        people = self.data.people(self.group)
        keep = np.flatnonzero(people[demand.rows] > 0)
        pairs = csr_array(demand.cover[keep]).tocoo()
        resident = demand.rows[keep][pairs.row].astype(np.int64)
        offer = pairs.col.astype(np.int64)
        ids = self._ids(self.data.resident_ids[resident], self.data.offer_ids[offer])
        self.program.add_columns(self.name, ids, domain=Domain.CONTINUOUS, kind=Kind.STATE)
        self._once(resident)
        self._fits(resident, offer)
        self._built(offer, ids)
        when = np.repeat(np.arange(years), len(resident))
        return Assigned(self.name, np.tile(resident, years), when)

    def _once(self, resident: Index) -> None:
        points, row = np.unique(resident, return_inverse=True)
        own = _at(row, np.arange(len(row)), np.ones(len(row)), (len(points), len(row)))
        ids = self._ids(self.data.resident_ids[points])
        served = [one.coverage[self.category].served[points] for one in self.data.yearly]
        free: Floats = 1.0 - np.concatenate(served).astype(np.float64)
        self._rows("assigned_once", ids, {self.name: self._each_year([own] * len(served))}, free)

    def _fits(self, resident: Index, offer: Index) -> None:
        offers, row = np.unique(offer, return_inverse=True)
        count, number = len(offer), np.arange(len(offers))
        people = [one.people(self.group)[resident] for one in self.data.yearly]
        own = [_at(row, np.arange(count), each, (len(offers), count)) for each in people]
        room = np.full(len(offers), -self.capacity)
        near = _at(number, offers, room, (len(offers), len(self.data.offer_ids)))
        terms = {self.name: self._each_year(own), "choose": self._so_far(near)}
        self._rows("within_capacity", self._ids(self.data.offer_ids[offers]), terms, 0.0)

    def _built(self, offer: Index, ids: tuple[NDArray[np.object_], ...]) -> None:
        count = len(offer)
        shape = (count, len(self.data.offer_ids))
        near = _at(np.arange(count), offer, -np.ones(count), shape)
        own = csr_array(eye_array(count * len(self.data.years), format="csr"))
        terms = {self.name: own, "choose": self._so_far(near)}
        self._rows("assigned_built", ids, terms, 0.0)

    def _rows(
        self,
        section: str,
        ids: tuple[NDArray[np.object_], ...],
        terms: dict[str, csr_array],
        upper: Floats | float,
    ) -> None:
        rows = self.name.replace("assigned", section, 1)
        self.program.add_rows(rows, ids, terms, upper=upper, kind=Kind.LINK)

    def _ids(self, *parts: NDArray[np.object_]) -> tuple[NDArray[np.object_], ...]:
        years = self.data.years
        tiled = (np.tile(part, len(years)) for part in parts)
        return (*tiled, np.repeat(years, len(parts[0])).astype(object))

    def _each_year(self, matrices: list[csr_array]) -> csr_array:
        return csr_array(block_diag(matrices, format="csr"))

    def _so_far(self, matrix: csr_array) -> csr_array:
        """What is built stays: a year sees its own choices and those of the years before it."""
        years = len(self.data.years)
        return csr_array(kron(np.tril(np.ones((years, years))), matrix, format="csr"))


def _at(row: Index, column: Index, values: Floats, shape: tuple[int, int]) -> csr_array:
    return csr_array((values, (row.ravel(), column)), shape=shape)
