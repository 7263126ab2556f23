"""Writes `count` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.count.spec import Count
from siting.blocks.scope_arrays import scope_rows
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: Count, model: ModelWriter) -> None:
    """Adds one row, or one for each value of `each`."""
    values, flags = scope_rows(block, model)
    lower = -np.inf if block.at_least is None else float(block.at_least)
    upper = np.inf if block.at_most is None else float(block.at_most)
    ids = () if block.each is None else (np.array(values, dtype=object),)
    kind = Kind.PACKING if block.at_least is None else Kind.QUOTA
    terms = {"choose": flags} if block.of == "offers" else {"used": _sites(model, flags)}
    model.add_rows(ids, terms, lower=lower, upper=upper, kind=kind)


def _sites(model: ModelWriter, flags: csr_array) -> csr_array:
    """1 at the site of each (offer, year) that is meant, shape (rows, columns of `used`)."""
    sites, offer = model.variables.used, model.variables.choose.offer
    at = np.searchsorted(sites, model.data.site[offer])
    shape = (len(offer), len(sites))
    ones = csr_array((np.ones(len(offer)), (np.arange(len(offer)), at)), shape=shape)
    return csr_array((flags @ ones > 0).astype(float))
