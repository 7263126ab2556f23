"""Constraint: a category is added at most once at a site."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pulp
from scipy.sparse import csr_array

from siting.inputs.blocks import CategoryOncePerSite
from siting.model.data import ModelData
from siting.model.readable import ReadableModel, parts_of
from siting.program.builder import ProgramBuilder

FORMULA = r"\sum_{o \in O_j:\, k \in K_o} x_o \le 1 \quad \forall j \in J,\, k \in K"
READS = "Of several offers of one category at one site (new, retrofit, ...) at most one is chosen."


def to_arrays(_block: CategoryOncePerSite, data: ModelData, program: ProgramBuilder) -> None:
    """Adds one row for each site and category with at least two offers."""
    pairs = data.serves.tocoo()
    width = data.serves.shape[1]
    key = data.site[pairs.row] * width + pairs.col
    keys, row, counts = np.unique(key, return_inverse=True, return_counts=True)
    terms = csr_array(
        (np.ones(len(row)), (row, pairs.row)), shape=(len(keys), data.serves.shape[0])
    )
    several = np.flatnonzero(counts > 1)
    ids = (
        data.instance.sites["site_id"].to_numpy(object)[keys[several] // width],
        np.array(data.instance.category_names, dtype=object)[keys[several] % width],
    )
    program.add_rows("once", ids, {"choose": terms[several]}, upper=1.0)


def to_pulp(_block: CategoryOncePerSite, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    offers: dict[tuple[str, str], list[object]] = defaultdict(list)
    frame = data.instance.offers
    for offer, site, categories in zip(
        frame["offer_id"], frame["site_id"], frame["categories"], strict=True
    ):
        for category in parts_of(categories):
            offers[site, category].append(model.add[offer])
    for site in data.instance.sites["site_id"]:
        for category in data.instance.category_names:
            same = offers[site, category]
            if len(same) > 1:
                model.constrain([f"once[{site},{category}]"], [pulp.lpSum(same) <= 1])
