"""The family `worst` as arrays: one column, the smallest share of all divisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.arrays import OfferArrays
from siting.blocks.exact import exact_vector
from siting.program import Domain, Kind, ProgramBuilder

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WorstKey:
    """Which shares are meant: see the settings of `worst_share`; `group` is empty for its own."""

    each: str
    of: str
    group: str
    required: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the column, from which everything can be read back."""
        return f"worst({self.each};{self.of};{self.group};{'+'.join(self.required)})"


@dataclass(frozen=True, eq=False)
class Counted:
    """The columns that a share counts.

    Attributes:
        name: Name of the family.
        resident: Position of each column's demand point, shape (columns,).
        category: Position of each column's category, or None where a column has them all.
        year: The year of each column, shape (columns,).
        already: Whether each (point, category), or each point, has it now.
    """

    name: str
    resident: NDArray[np.int64]
    category: NDArray[np.int64] | None
    year: NDArray[np.int64]
    already: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class WorstWriter:
    """Writes the column and a row for each division."""

    data: OfferArrays
    program: ProgramBuilder
    key: WorstKey
    counted: Counted

    def write(self) -> str:
        """Adds `people * worst <= people who have it` for each division with people."""
        data, counted, name = self.data, self.counted, self.key.name
        last = data.years[-1]
        year = np.array([last], dtype=object)
        self.program.add_columns(name, (year,), domain=Domain.CONTINUOUS, kind=Kind.STATE)
        ids, totals, rows, now = [], [], [], []
        for value, people in self._divisions():
            total = float(exact_vector(people.ravel()).total())
            if total > 0:
                at = (
                    people[counted.resident]
                    if counted.category is None
                    else people[counted.resident, counted.category]
                )
                ids.append(value)
                totals.append(total)
                rows.append(-at * (counted.year == last))
                now.append(float(exact_vector(people[counted.already]).total()))
        keys = np.array(ids, dtype=object)
        terms = {
            name: csr_array(np.array(totals).reshape(-1, 1)),
            counted.name: csr_array(np.array(rows).reshape(len(ids), len(counted.resident))),
        }
        self.program.add_rows(
            name.replace("worst", "share_of", 1),
            (keys, np.full(len(ids), last, dtype=object)),
            terms,
            upper=np.array(now),
            kind=Kind.LINK,
        )
        return name

    def _divisions(self) -> list[tuple[str, Floats]]:
        """Each division with the people who count, shaped as `Counted.already`."""
        data, each = self.data, self.key.each
        if each == "group":
            return [(name, self._people(name)) for name in data.instance.groups]
        people = self._people(self.key.group)
        if each == "category":
            names = np.array(data.category_names)
            return [(k, people * (names == k)[None, :]) for k in self.key.required]
        homes = data.of_resident(each)
        found = sorted({home for home in homes if home})
        shape = (-1, 1) if people.ndim == 2 else (-1,)
        return [(home, people * (homes == home).reshape(shape)) for home in found]

    def _people(self, group: str) -> Floats:
        data = self.data
        if self.counted.category is None:
            return data.people(group or "all")
        frame = data.instance.categories
        columns = [
            data.people(group or own) * (name in self.key.required)
            for name, own in zip(frame["category"], frame["group"], strict=True)
        ]
        return np.stack(columns, axis=1)
