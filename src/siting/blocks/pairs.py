"""The (demand point, category) pairs that some offer could newly cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.coverage import Coverage
from siting.coverage.relation import sites_by_category
from siting.inputs.instance import Instance, split_categories

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs without an outlet within the standard and with an offer within it, by category.

    Attributes:
        resident: Position of the demand point, shape (pairs,).
        category: Position of the category, shape (pairs,).
        offers: 1 where the offer covers the pair, shape (pairs, offers), whole numbers.
    """

    resident: Index
    category: Index
    offers: csr_array

    def __len__(self) -> int:
        return len(self.resident)

    def some(self, keep: NDArray[np.bool_]) -> Pairs:
        """Those of the pairs that are kept, shape (pairs,)."""
        return Pairs(
            self.resident[keep], self.category[keep], csr_array(self.offers[np.flatnonzero(keep)])
        )

    def number(self, residents: int, categories: int) -> Index:
        """Position of each pair in this list, -1 for other pairs, shape (residents, categories)."""
        numbers = np.full((residents, categories), -1)
        numbers[self.resident, self.category] = np.arange(len(self))
        return numbers


def coverable_pairs(instance: Instance, coverage: Coverage) -> Pairs:
    """Finds the pairs, category by category, from the sites of the offers that add it."""
    count = len(instance.offers)
    lines = split_categories(instance.offers["categories"]).drop_duplicates()
    sites = sites_by_category(instance, instance.offers.assign(categories=_once(lines, count)))
    residents, categories, parts = [], [], []
    for number, name in enumerate(instance.category_names):
        offers = lines["row"][lines["category"] == name].to_numpy(np.int64)
        near = csr_array(coverage[name].reach).tocsc()[:, sites[name]].tocoo()
        free = ~coverage[name].served[near.row]
        everyone = csr_array(
            (np.ones(int(free.sum()), dtype=np.int64), (near.row[free], offers[near.col[free]])),
            shape=(len(instance.residents), count),
        )
        here = np.flatnonzero(np.diff(everyone.indptr) > 0)
        residents.append(here)
        categories.append(np.full(len(here), number))
        parts.append(everyone[here])
    return Pairs(
        np.concatenate(residents).astype(np.int64),
        np.concatenate(categories).astype(np.int64),
        csr_array(vstack(parts, format="csr")),
    )


def _once(lines: pd.DataFrame, count: int) -> list[str]:
    """The `a;b` cells of offers again, each category once."""
    joined = lines.groupby("row")["category"].agg(";".join)
    return [str(cell) for cell in joined.reindex(range(count), fill_value="")]
