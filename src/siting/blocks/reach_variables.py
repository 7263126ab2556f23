"""Families of reaching things as arrays: pairs within a reading, backup, the worst scenario."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron, vstack

from siting.blocks.arrays import Demand, OfferArrays
from siting.program import Domain, Kind, ProgramBuilder

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Covered:
    """`covered[i, k, t]`: whether an offer chosen up to year t newly covers the pair.

    Attributes:
        name: Name of the columns.
        resident: Position of each column's demand point, shape (columns,).
        category: Position of each column's category, shape (columns,).
        year: The year of each column, shape (columns,).
        when: Position of each column's year, shape (columns,).
        demands: The pairs of one year by category.
        already: What outlets cover each year of what has no column, shape (years, residents,
            categories).
    """

    name: str
    resident: Index
    category: Index
    year: Index
    when: Index
    demands: tuple[Demand, ...]
    already: NDArray[np.bool_]

    def weights(self, people: Floats) -> Floats:
        """What each column counts of people of shape (years, residents, categories)."""
        return np.asarray(people[self.when, self.resident, self.category])


@dataclass(frozen=True, eq=False)
class ReachWriter:
    """Writes one family and the rows that link it.

    Attributes:
        data: Offers and coverage, under the reading that is meant.
        program: What is written into.
        categories: Positions of the categories that are meant.
    """

    data: OfferArrays
    program: ProgramBuilder
    categories: tuple[int, ...]

    def covered(self, name: str, section: str) -> Covered:
        """Adds the pairs that an offer could newly cover, and `covered <= offers up to the year`.

        Args:
            name: Name of the columns.
            section: Name of the rows.
        """
        demands = [self.data.demand(self.data.category_names[k]) for k in self.categories]
        family = self._pairs(name, demands)
        own = csr_array(eye_array(len(family.resident), format="csr"))
        terms = {"choose": -self._so_far(demands), name: own}
        served = np.stack([one.served for one in self.data.yearly])
        there = family.weights(served.astype(float))
        self.program.add_rows(section, self._ids(family), terms, upper=there, kind=Kind.COVER)
        return family

    def backup(self, name: str) -> Covered:
        """Adds half the outlets of each pair that could have two, and `2 * backup <= outlets`.

        Args:
            name: Name of the columns.
        """
        demands = [self._second(k) for k in self.categories]
        family = self._pairs(name, demands, Domain.CONTINUOUS)
        there = family.weights(np.stack([one.outlets_within for one in self.data.yearly]))
        terms = {
            "choose": csr_array(self._so_far(demands) * -0.5),
            name: csr_array(eye_array(len(family.resident), format="csr")),
        }
        rows = name.replace("backup", "second", 1)
        self.program.add_rows(rows, self._ids(family), terms, upper=there / 2, kind=Kind.LINK)
        return family

    def _second(self, category: int) -> Demand:
        """The points that offers could give a second outlet of a category."""
        everywhere = self.data.demand(self.data.category_names[category], unserved=False)
        there = self.data.yearly[-1].outlets_within[everywhere.rows, category]
        keep = np.flatnonzero((there < 2) & (there + np.diff(everywhere.cover.indptr) >= 2))
        return Demand(everywhere.rows[keep], csr_array(everywhere.cover[keep]))

    def _pairs(self, name: str, demands: list[Demand], domain: Domain = Domain.IMPLIED) -> Covered:
        data, years = self.data, len(self.data.years)
        resident = np.concatenate([demand.rows for demand in demands])
        category = np.repeat(self.categories, [len(demand.rows) for demand in demands])
        category = category.astype(np.int64)
        already = np.stack([one.served for one in data.yearly])
        already[:, resident, category] = False
        family = Covered(
            name,
            np.tile(resident, years),
            np.tile(category, years),
            np.repeat(data.years, len(resident)),
            np.repeat(np.arange(years), len(resident)),
            tuple(demands),
            already,
        )
        self.program.add_columns(name, self._ids(family), domain=domain, kind=Kind.STATE)
        return family

    def _ids(self, family: Covered) -> tuple[NDArray[np.object_], ...]:
        return (
            self.data.resident_ids[family.resident],
            np.array(self.data.category_names, dtype=object)[family.category],
            family.year.astype(object),
        )

    def _so_far(self, demands: list[Demand]) -> csr_array:
        """What is built stays: a year sees its own choices and those of the years before it."""
        near, years = vstack([demand.cover for demand in demands], format="csr"), self.data.years
        return csr_array(kron(csr_array(np.tril(np.ones((len(years),) * 2))), near, format="csr"))


@dataclass(frozen=True, eq=False)
class ScenarioTerms:
    """What one scenario counts.

    Attributes:
        code: Of the scenario.
        family: Name of the columns that it counts.
        weights: Of each of these, shape (columns,).
        already: What it counts of what is there.
    """

    code: str
    family: str
    weights: Floats
    already: float


def write_worst_case(
    program: ProgramBuilder, name: str, year: int, most: float, terms: list[ScenarioTerms]
) -> None:
    """Adds the column, and `most * worst_case <= what it counts` for each scenario.

    Args:
        program: What is written into.
        name: Name of the column.
        year: Its id.
        most: What the column is a part of.
        terms: The scenarios.
    """
    ids = (np.array([year], dtype=object),)
    program.add_columns(name, ids, domain=Domain.CONTINUOUS, kind=Kind.STATE)
    for one in terms:
        program.add_rows(
            f"{name.replace('worst_case', 'in_scenario', 1)}:{one.code}",
            (np.array([one.code], dtype=object),),
            {
                name: csr_array(np.array([[most]])),
                one.family: csr_array(-one.weights.reshape(1, -1)),
            },
            upper=one.already,
            kind=Kind.LINK,
        )
