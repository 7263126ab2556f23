"""Writes `requires` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron

from siting.blocks.requires.spec import Requires
from siting.blocks.writer import ModelWriter
from siting.coverage.neighbours import near_outlets, near_sites
from siting.coverage.relation import outlets_by_category


def build(block: Requires, model: ModelWriter) -> None:
    """Adds a row for each offer and year that needs something which is not there already."""
    data = model.data
    names = np.array(data.category_names)
    asking = _adding(model, np.isin(names, list(block.ids(data.instance, block.category))))
    giving = _adding(model, np.isin(names, list(block.ids(data.instance, block.needs))))
    offers = np.flatnonzero(asking & ~giving & ~_has_outlet(block, model)[data.site])
    near = near_sites(data.instance, block.within_metres)
    near.setdiag(1.0)
    reach = csr_array(csr_array(near)[data.site[offers]] @ data.at_site)
    supply = csr_array((reach > 0).multiply(giving[None, :])).astype(float)
    years, count = len(data.years), len(data.offer_ids)
    own = csr_array(eye_array(count, format="csr"))[offers]
    so_far = csr_array(np.tril(np.ones((years, years))))
    terms = kron(eye_array(years), own, format="csr") - kron(so_far, supply, format="csr")
    ids = (
        np.tile(data.offer_ids[offers], years),
        np.repeat(data.years, len(offers)).astype(object),
    )
    model.add_rows(ids, {"choose": csr_array(terms)}, upper=0.0)


def _adding(model: ModelWriter, named: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each offer adds one of some categories, shape (offers,)."""
    return np.asarray(model.data.serves @ named.astype(float) > 0)


def _has_outlet(block: Requires, model: ModelWriter) -> NDArray[np.bool_]:
    """Whether an outlet near each site will do, shape (sites,)."""
    instance = model.data.yearly[-1].instance
    if not block.existing:
        return np.zeros(len(instance.sites), dtype=bool)
    by_category = outlets_by_category(instance)
    will_do = np.zeros(len(instance.outlets))
    for name in block.ids(instance, block.needs):
        will_do[by_category[name]] = 1.0
    return np.asarray(near_outlets(instance, block.within_metres) @ will_do > 0)
