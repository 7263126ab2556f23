"""Constraint: a site takes at most as many added categories as it has slots."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pulp
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.inputs.blocks import SiteSlots
from siting.model.data import ModelData
from siting.model.readable import ReadableModel, parts_of
from siting.program.builder import ProgramBuilder

FORMULA = r"\sum_{o \in O_j} |K_o|\, x_o \le s_j \quad \forall j \in J"
READS = (
    "The categories added at a site are at most its slots; an offer of two categories takes two."
)


def slots_of_sites(block: SiteSlots, data: ModelData) -> NDArray[np.float64]:
    """Slots of each site, shape (sites,); infinite where neither site nor block gives a number."""
    default = np.inf if block.default is None else float(block.default)
    sites = data.instance.sites
    if "slots" not in sites:
        return np.full(len(sites), default)
    return sites["slots"].fillna(default).to_numpy(float)


def to_arrays(block: SiteSlots, data: ModelData, program: ProgramBuilder) -> None:
    """Adds one row for each site with offers and a known number of slots."""
    slots = slots_of_sites(block, data)
    sites = np.flatnonzero(np.isfinite(slots) & (np.diff(data.at_site.indptr) > 0))
    taken = np.asarray(data.serves.sum(axis=1)).ravel()
    ids = (data.instance.sites["site_id"].to_numpy(object)[sites],)
    terms = csr_array(data.at_site[sites].multiply(taken[None, :]))
    program.add_rows("slots", ids, {"choose": terms}, upper=slots[sites])


def to_pulp(block: SiteSlots, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    taken: dict[str, list[object]] = defaultdict(list)
    frame = data.instance.offers
    for offer, site, categories in zip(
        frame["offer_id"], frame["site_id"], frame["categories"], strict=True
    ):
        taken[site].append(len(parts_of(categories)) * model.add[offer])
    slots = slots_of_sites(block, data)
    for site, count in zip(data.instance.sites["site_id"], slots, strict=True):
        if np.isfinite(count) and site in taken:
            model.constrain([f"slots[{site}]"], [pulp.lpSum(taken[site]) <= float(count)])
