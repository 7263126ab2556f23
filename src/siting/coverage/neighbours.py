"""Which sites and outlets are near which sites, as the crow flies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from siting.coverage.near_pairs import most_pairs, refuse_more_pairs
from siting.coverage.relation import ROUNDING_METRES
from siting.inputs.instance import Instance


def near_sites(instance: Instance, metres: float, *, strictly: bool = False) -> csr_array:
    """1 where two sites are within a distance, each within its own, shape (sites, sites).

    Args:
        instance: The instance.
        metres: The distance.
        strictly: Whether exactly the distance is too far.
    """
    return _near(instance, instance.sites[["x", "y"]].to_numpy(float), metres, strictly=strictly)


def near_outlets(instance: Instance, metres: float, *, strictly: bool = False) -> csr_array:
    """1 where an outlet is within a distance of a site, shape (sites, outlets); see above."""
    return _near(instance, instance.outlets[["x", "y"]].to_numpy(float), metres, strictly=strictly)


def _most_neighbours() -> int:
    """How many pairs may be near each other: each can be a row of its own."""
    return most_pairs() // 64


def _near(
    instance: Instance, places: NDArray[np.float64], metres: float, *, strictly: bool
) -> csr_array:
    sites = instance.sites[["x", "y"]].to_numpy(float)
    shape = (len(sites), len(places))
    limit = metres - ROUNDING_METRES if strictly else metres + ROUNDING_METRES
    if 0 in shape or limit < 0:
        return csr_array(shape)
    tree: Any = cKDTree(places)
    refuse_more_pairs(int(cKDTree(sites).count_neighbors(tree, limit)), _most_neighbours())
    found: list[list[int]] = list(tree.query_ball_point(sites, limit, return_sorted=True))
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in found])]).astype(np.int64)
    indices = np.array([i for one in found for i in one], dtype=np.int64)
    return csr_array((np.ones(len(indices)), indices, indptr), shape=shape)
