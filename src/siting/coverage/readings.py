"""Other readings of the standard: within so many minutes, or with snow or ice on the ground.

A reading is a text: minutes (`10`), or what lies on the ground (`none`, `winter`, `ice`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from siting.coverage.relation import (
    Coverage,
    compute_coverage,
    outlets_by_category,
    walking_limits,
    within_limit,
)
from siting.coverage.walks import Walks
from siting.inputs.instance import WINTER_MINUTES, Instance, Winter


def as_read(instance: Instance, reading: str) -> Instance:
    """The instance with another reading of the standard of every category.

    Args:
        instance: The instance.
        reading: Minutes that replace every standard, or what lies on the ground.
    """
    if reading in WINTER_MINUTES:
        return replace(instance, walking=replace(instance.walking, winter=cast("Winter", reading)))
    return replace(instance, categories=instance.categories.assign(standard_minutes=float(reading)))


def coverage_as_read(instance: Instance, coverage: Coverage, reading: str) -> Coverage:
    """The coverage under another reading, worked out once for each coverage.

    Args:
        instance: The instance.
        coverage: Its coverage, which keeps what is worked out.
        reading: See `as_read`.
    """
    if reading not in coverage.readings:
        coverage.readings[reading] = compute_coverage(as_read(instance, reading))
    return coverage.readings[reading]


def outlets_within(instance: Instance, walks: Walks) -> dict[str, NDArray[np.int64]]:
    """How many existing outlets of each category are within its standard, shape (residents,)."""
    limits, outlets = walking_limits(instance), outlets_by_category(instance)
    metres = walks.to_outlets(max(limits.values()) + 1.0).tocsc()
    counts = {}
    for category, limit in limits.items():
        near = metres[:, outlets[category]].tocoo()
        rows = near.row[within_limit(near.data, limit)]
        counts[category] = np.bincount(rows, minlength=len(instance.residents)).astype(np.int64)
    return counts
