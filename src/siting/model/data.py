"""What the blocks read: the instance, its coverage, and the offers as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage import Coverage
from siting.inputs import Instance, split_categories


@dataclass(frozen=True)
class Demand:
    """The (resident point, category) pairs of one category that an offer could newly cover.

    Attributes:
        rows: Positions of the demand points, shape (pairs,).
        weights: Priority x people of the category's group, above 0, shape (pairs,).
        cover: 1 where the offer covers the pair, shape (pairs, offers).
        served: Weight that existing outlets cover already.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]
    cover: csr_array
    served: float


@dataclass(frozen=True)
class ModelData:
    """An instance and its coverage, with the offers opened up for the blocks."""

    instance: Instance
    coverage: Coverage

    @cached_property
    def offer_ids(self) -> NDArray[np.object_]:
        """Identifiers of the offers, shape (offers,)."""
        return self.instance.offers["offer_id"].to_numpy(object)

    @cached_property
    def cost(self) -> NDArray[np.float64]:
        """Public money of each offer, shape (offers,)."""
        return self.instance.offers["cost"].to_numpy(float)

    @cached_property
    def site(self) -> NDArray[np.int64]:
        """Position of each offer's site, shape (offers,)."""
        sites = pd.Index(self.instance.sites["site_id"])
        found = sites.get_indexer(pd.Index(self.instance.offers["site_id"]))
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def serves(self) -> csr_array:
        """1 where the offer adds the category, shape (offers, categories)."""
        lines = split_categories(self.instance.offers["categories"]).drop_duplicates()
        names = self.instance.category_names
        column = pd.Index(names).get_indexer(pd.Index(lines["category"]))
        ones = np.ones(len(lines))
        shape = (len(self.offer_ids), len(names))
        return csr_array((ones, (lines["row"].to_numpy(np.int64), column)), shape=shape)

    @cached_property
    def at_site(self) -> csr_array:
        """1 where the offer is at the site, shape (sites, offers)."""
        count = len(self.offer_ids)
        shape = (len(self.instance.sites), count)
        return csr_array((np.ones(count), (self.site, np.arange(count))), shape=shape)

    def offers_of(self, category: str) -> NDArray[np.int64]:
        """Positions of the offers that add this category."""
        column = self.instance.category_names.index(category)
        return self.serves[:, [column]].nonzero()[0].astype(np.int64)

    def demand(self, category: str) -> Demand:
        """The pairs of a category that some offer could newly cover, and what is served already."""
        frame = self.instance.categories
        row = frame[frame["category"] == category].iloc[0]
        people = np.asarray(self.instance.people(row["group"]), dtype=np.float64)
        weights = people * float(row["priority"])
        here = self.coverage[category]
        offers = self.offers_of(category)
        select = csr_array(
            (np.ones(len(offers)), (self.site[offers], offers)), shape=self.at_site.shape
        )
        open_rows = np.flatnonzero(~here.served & (weights > 0))
        cover = csr_array(here.reach[open_rows].astype(float) @ select)
        reached = np.flatnonzero(np.diff(cover.indptr) > 0)
        rows = open_rows[reached]
        return Demand(rows, weights[rows], cover[reached], float(weights[here.served].sum()))
