"""Constraints that fix offers: allowed categories, locked in, locked out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.inputs import split_categories
from siting.inputs.blocks import AllowedCategories, LockedIn, LockedOut
from siting.model.data import ModelData
from siting.model.readable import ReadableModel
from siting.program.builder import ProgramBuilder

ALLOWED_FORMULA = r"x_o = 0 \quad \forall o \in O:\, K_o \not\subseteq A_{j(o)}"
ALLOWED_READS = (
    "An offer is out when it adds a category that its site (or the model) does not allow."
)
IN_FORMULA = r"x_o = 1 \quad \forall o \in O^{in}"
IN_READS = "These offers are decided: the plan contains them."
OUT_FORMULA = r"x_o = 0 \quad \forall o \in O^{out}"
OUT_READS = "These offers, and every offer at these sites or of these categories, are out."


def refused(block: AllowedCategories, data: ModelData) -> NDArray[np.bool_]:
    """Whether each offer adds a category that its site or the block does not allow, (offers,)."""
    names = data.instance.category_names
    count = len(data.instance.sites)
    allowed = np.ones((count, len(names)), dtype=bool)
    if "allowed_categories" in data.instance.sites:
        lines = split_categories(data.instance.sites["allowed_categories"])
        limited = lines["row"].unique()
        allowed[limited] = False
        columns = pd.Index(names).get_indexer(pd.Index(lines["category"]))
        allowed[lines["row"], columns] = True
    if block.only is not None:
        allowed &= np.isin(names, block.only)
    return np.asarray(data.serves.multiply(~allowed[data.site]).sum(axis=1)).ravel() > 0


def excluded(block: LockedOut, data: ModelData) -> NDArray[np.bool_]:
    """Whether each offer is named, or is at a site or of a category that is named, (offers,)."""
    names = np.isin(data.instance.category_names, block.categories).astype(float)
    by_category: NDArray[np.bool_] = data.serves @ names > 0
    by_site = np.isin(data.instance.offers["site_id"].to_numpy(object), block.sites)
    return np.isin(data.offer_ids, block.offers) | by_site | by_category


def allowed_to_arrays(block: AllowedCategories, data: ModelData, program: ProgramBuilder) -> None:
    """Fixes to 0 every offer with a category that is not allowed."""
    program.fix("choose", np.flatnonzero(refused(block, data)), 0.0)


def allowed_to_pulp(block: AllowedCategories, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    _bound(model, data.offer_ids[refused(block, data)], 0)


def locked_in_to_arrays(block: LockedIn, data: ModelData, program: ProgramBuilder) -> None:
    """Fixes to 1."""
    program.fix("choose", np.flatnonzero(np.isin(data.offer_ids, block.offers)), 1.0)


def locked_in_to_pulp(block: LockedIn, _data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    _bound(model, block.offers, 1)


def locked_out_to_arrays(block: LockedOut, data: ModelData, program: ProgramBuilder) -> None:
    """Fixes to 0."""
    program.fix("choose", np.flatnonzero(excluded(block, data)), 0.0)


def locked_out_to_pulp(block: LockedOut, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    _bound(model, data.offer_ids[excluded(block, data)], 0)


def _bound(model: ReadableModel, offers: Iterable[str] | NDArray[np.object_], value: int) -> None:
    for offer in offers:
        if value == 0:
            model.add[offer].upBound = 0
        else:
            model.add[offer].lowBound = 1
