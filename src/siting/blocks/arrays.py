"""What the `build` of a block reads: the instance and its coverage as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.years import counts, horizon
from siting.coverage import Coverage, measure_walks
from siting.coverage.readings import (
    as_read,
    changes_over_years,
    coverage_as_read,
    coverage_in_year,
    in_year,
    outlets_within,
)
from siting.inputs.instance import Instance, split_categories

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Names = NDArray[np.object_]


@dataclass(frozen=True)
class Demand:
    """The demand points that an offer could newly give one category.

    Attributes:
        rows: Positions of the demand points, shape (pairs,).
        cover: 1 where the offer is within the standard of the point, shape (pairs, offers).
    """

    rows: Index
    cover: csr_array


@dataclass(frozen=True)
class OfferArrays:
    """An instance and its coverage, with the offers opened up."""

    instance: Instance
    coverage: Coverage

    @cached_property
    def years(self) -> Index:
        """The years that are planned, in order."""
        return np.array(horizon(self.instance), dtype=np.int64)

    @cached_property
    def offer_ids(self) -> Names:
        """Identifiers of the offers, shape (offers,)."""
        return self.instance.offers["offer_id"].to_numpy(object)

    @cached_property
    def resident_ids(self) -> Names:
        """Identifiers of the demand points, shape (residents,)."""
        return self.instance.residents["resident_id"].to_numpy(object)

    @cached_property
    def category_names(self) -> tuple[str, ...]:
        """Identifiers of the categories."""
        return self.instance.category_names

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The categories of the basic tier, or all where no category is basic."""
        frame = self.instance.categories
        basic = tuple(frame.loc[frame["tier"] == "basic", "category"])
        return basic or self.category_names

    @cached_property
    def site(self) -> Index:
        """Position of each offer's site, shape (offers,)."""
        sites = pd.Index(self.instance.sites["site_id"])
        found = sites.get_indexer(pd.Index(self.instance.offers["site_id"]))
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def serves(self) -> csr_array:
        """1 where the offer adds the category, shape (offers, categories)."""
        lines = split_categories(self.instance.offers["categories"]).drop_duplicates()
        column = pd.Index(self.category_names).get_indexer(pd.Index(lines["category"]))
        shape = (len(self.offer_ids), len(self.category_names))
        ones = np.ones(len(lines))
        return csr_array((ones, (lines["row"].to_numpy(np.int64), column)), shape=shape)

    @cached_property
    def at_site(self) -> csr_array:
        """1 where the offer is at the site, shape (sites, offers)."""
        count = len(self.offer_ids)
        shape = (len(self.instance.sites), count)
        return csr_array((np.ones(count), (self.site, np.arange(count))), shape=shape)

    def of_site(self, column: str) -> Names:
        """A column of each offer's site as text, shape (offers,); empty where there is none."""
        return _texts(self.instance.sites, column)[self.site]

    def of_resident(self, column: str) -> Names:
        """A column of each demand point as text, shape (residents,); empty where there is none."""
        return _texts(self.instance.residents, column)

    def in_year(self, year: int) -> OfferArrays:
        """The same at the end of a planned year: see `coverage.readings.in_year`."""
        if not changes_over_years(self.instance):
            return self
        if year not in self._in_year:
            coverage = coverage_in_year(self.instance, self.coverage, year)
            self._in_year[year] = OfferArrays(in_year(self.instance, year), coverage)
        return self._in_year[year]

    @cached_property
    def yearly(self) -> tuple[OfferArrays, ...]:
        """The same at the end of each planned year."""
        return tuple(self.in_year(year) for year in self.years.tolist())

    @cached_property
    def _in_year(self) -> dict[int, OfferArrays]:
        return {}

    @cached_property
    def served(self) -> Flags:
        """Whether each pair has an existing outlet, shape (residents, categories)."""
        return np.stack([self.coverage[name].served for name in self.category_names], axis=1)

    def read_as(self, reading: str) -> OfferArrays:
        """The same under another reading of the standard: see `coverage.readings`."""
        coverage = coverage_as_read(self.instance, self.coverage, reading)
        return OfferArrays(as_read(self.instance, reading), coverage)

    @cached_property
    def outlets_within(self) -> NDArray[np.int64]:
        """Outlets within the standard of each point, shape (residents, categories)."""
        counts = outlets_within(self.instance, measure_walks(self.instance))
        return np.stack([counts[name] for name in self.category_names], axis=1)

    def people(self, group: str) -> Floats:
        """Members of a demand group at each point, shape (residents,)."""
        return np.asarray(self.instance.people(group), dtype=np.float64)

    def meant(self, years: tuple[int, ...]) -> Floats:
        """1 for the years that are meant, all where none is named, shape (years,)."""
        return np.array([float(counts(years, year)) for year in self.years.tolist()])

    def people_of(self, groups: Sequence[str]) -> Floats:
        """Members of one group a category, shape (years, residents, categories)."""
        yearly = [np.stack([one.people(name) for name in groups], axis=1) for one in self.yearly]
        return np.stack(yearly)

    def demand(self, category: str, *, unserved: bool = True) -> Demand:
        """The points that some offer could give a category.

        Args:
            category: Its id.
            unserved: Only those without an outlet of it at the end of the last year.
        """
        column = self.category_names.index(category)
        offers = self.serves[:, [column]].nonzero()[0].astype(np.int64)
        select = csr_array(
            (np.ones(len(offers)), (self.site[offers], offers)), shape=self.at_site.shape
        )
        here = self.yearly[-1].coverage[category]
        free = np.flatnonzero(~here.served | (not unserved))
        cover = csr_array(here.reach[free].astype(float) @ select)
        reached = np.flatnonzero(np.diff(cover.indptr) > 0)
        return Demand(free[reached], csr_array(cover[reached]))


def _texts(frame: pd.DataFrame, column: str) -> Names:
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].fillna("").astype(str).to_numpy(object)
