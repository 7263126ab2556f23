"""Writes `allowed_categories` as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.allowed_categories.spec import AllowedCategories
from siting.blocks.arrays import OfferArrays
from siting.blocks.names import category_ids
from siting.blocks.writer import ModelWriter, rows_of_offers
from siting.inputs.instance import split_categories
from siting.program import Kind


def build(block: AllowedCategories, model: ModelWriter) -> None:
    """Adds a row that rules out each offer with a category that is not allowed."""
    offers = np.flatnonzero(refused(block, model.data))
    ids, terms = rows_of_offers(model, offers)
    model.add_rows(ids, terms, upper=0.0, kind=Kind.PACKING)


def refused(block: AllowedCategories, data: OfferArrays) -> NDArray[np.bool_]:
    """Whether each offer adds a category that its site or the block does not allow, (offers,)."""
    names, sites = data.category_names, data.instance.sites
    allowed = np.ones((len(sites), len(names)), dtype=bool)
    if "allowed_categories" in sites:
        lines = split_categories(sites["allowed_categories"])
        limited = lines["row"].unique()
        allowed[limited] = False
        columns = pd.Index(names).get_indexer(pd.Index(lines["category"]))
        allowed[lines["row"], columns] = True
    if block.only is not None:
        known = category_ids(data.instance)
        allowed &= np.isin(names, [known[name] for name in block.only])
    return np.asarray(data.serves.multiply(~allowed[data.site]).sum(axis=1)).ravel() > 0
