"""What a block's `build` writes into: columns made on demand, rows under the block's own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from siting.blocks.arrays import OfferArrays
from siting.blocks.variables import Variables
from siting.program import Kind, ProgramBuilder

Floats = NDArray[np.float64]


@dataclass
class ModelWriter:
    """A program under construction, as one block sees it.

    Attributes:
        data: The instance's offers and coverage as arrays.
        variables: Families of columns, made when they are first asked for.
        section: Name of the rows that the block writes.
        objective: Coefficients of the goal by family, each of shape (columns of the family,).
        offset: The goal's value where every column is 0.
    """

    data: OfferArrays
    variables: Variables
    program: ProgramBuilder
    section: str = ""
    objective: dict[str, Floats] = field(default_factory=dict)
    offset: float = 0.0

    def add_rows(
        self,
        ids: tuple[NDArray[np.object_], ...],
        terms: Mapping[str, csr_array],
        *,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        kind: Kind = Kind.OTHER,
    ) -> None:
        """Adds rows `lower <= sum of terms <= upper`.

        Args:
            ids: What each row stands for, one array a dimension; () for a single row.
            terms: Coefficients by family, each of shape (rows, columns of the family).
            lower: Least activity, a number or shape (rows,).
            upper: Most activity, likewise.
            kind: What the rows are.
        """
        self.program.add_rows(self.section, ids, dict(terms), lower=lower, upper=upper, kind=kind)

    def add_value(self, family: str, weights: Floats, constant: float = 0.0) -> None:
        """Adds to what the goal counts: weights of a family's columns, and a constant."""
        known = self.objective.get(family)
        self.objective[family] = weights if known is None else known + weights
        self.offset += constant


def rows_of_offers(
    model: ModelWriter, offers: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.object_]], dict[str, csr_array]]:
    """Ids and terms of rows that sum each of some offers over the years."""
    choose, count = model.variables.choose, len(model.data.offer_ids)
    years = len(model.data.years)
    column = np.concatenate([offers + year * count for year in range(years)])
    row = np.tile(np.arange(len(offers)), years)
    shape = (len(offers), len(choose.offer))
    terms = csr_array((np.ones(len(row)), (row, column)), shape=shape)
    return (model.data.offer_ids[offers],), {choose.name: terms}
