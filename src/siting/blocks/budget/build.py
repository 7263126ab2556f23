"""Writes `budget` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.budget.spec import Budget
from siting.blocks.scope_arrays import scope_rows
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: Budget, model: ModelWriter) -> None:
    """Adds one row, or one for each value of `each`, or for each year of the instance."""
    instance = model.data.instance
    column = "cost" if block.of == "public" else "investment"
    costs = instance.offers[column].to_numpy(float)[model.variables.choose.offer]
    upper: float | NDArray[np.float64]
    if block.is_of_each_year(instance):
        years = [year for year in model.data.years.tolist() if not block.year or year in block.year]
        copies = [block.model_copy(update={"year": (t,), "each": None}) for t in years]
        parts = [scope_rows(one, model)[1] for one in copies]
        flags = csr_array(np.vstack([part.toarray() for part in parts]))
        values: list[object] = list(years)
        upper = np.array([instance.years[year] / (1 + block.dearer) for year in years])
    else:
        values, flags = scope_rows(block, model)
        upper = _limit(block, model) / (1 + block.dearer)
    floor = block.floor(instance.currency)
    lower = -np.inf if floor is None else floor
    ids = (np.array(values, dtype=object),) if values or block.each else ()
    kind = Kind.KNAPSACK if floor is None else Kind.QUOTA
    terms = {"choose": csr_array(flags.multiply(costs[None, :]))}
    model.add_rows(ids, terms, lower=lower, upper=upper, kind=kind)


def _limit(block: Budget, model: ModelWriter) -> float:
    instance = model.data.instance
    own = block.amount(instance.currency)
    if own is None and block.at_least is not None:
        return np.inf
    limit = instance.budget if own is None else own
    if limit is None:
        raise ValueError("no budget: give the instance one")
    return limit
