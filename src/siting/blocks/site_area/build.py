"""Writes `site_area` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.arrays import OfferArrays
from siting.blocks.site_area.spec import SiteArea
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: SiteArea, model: ModelWriter) -> None:
    """Adds one row for each site with offers and a known area."""
    data, choose = model.data, model.variables.choose
    frame = data.instance.sites
    default = np.inf if block.default is None else block.default
    areas = np.full(len(frame), default)
    if "floor_area_m2" in frame:
        areas = frame["floor_area_m2"].fillna(default).to_numpy(float)
    sites = np.flatnonzero(np.isfinite(areas) & (np.diff(data.at_site.indptr) > 0))
    ids = (frame["site_id"].to_numpy(object)[sites],)
    taken = csr_array(data.at_site[sites].multiply(areas_of_offers(data)[None, :]))
    terms = csr_array(taken.tocsr()[:, choose.offer])
    model.add_rows(ids, {"choose": terms}, upper=areas[sites], kind=Kind.KNAPSACK)


def areas_of_offers(data: OfferArrays) -> NDArray[np.float64]:
    """Square metres that each offer takes, shape (offers,)."""
    categories, offers = data.instance.categories, data.instance.offers
    each = np.zeros(len(categories))
    if "floor_area_m2" in categories:
        each = categories["floor_area_m2"].fillna(0.0).to_numpy(float)
    taken = np.asarray(data.serves @ each, dtype=np.float64)
    if "floor_area_m2" not in offers:
        return taken
    own = offers["floor_area_m2"].to_numpy(float)
    return np.where(np.isnan(own), taken, own)
