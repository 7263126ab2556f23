"""Other readings of the inputs: within so many minutes, with snow or ice, or in another year.

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


def in_year(instance: Instance, year: int) -> Instance:
    """The city at the end of a planned year: some outlets are closed, and groups have grown.

    Growth counts from the first planned year; people are rounded to two decimals.

    Args:
        instance: The instance; one that plans no years stays as it is.
        year: A planned year.
    """
    if not changes_over_years(instance):
        return instance
    residents, passed = instance.residents, year - min(instance.years)
    grown = {
        column: (residents[column] * (1 + rate) ** passed).round(2)
        for column, rate in _rates(instance).items()
        if rate and passed
    }
    return replace(open_in(instance, year), residents=residents.assign(**grown), growth={})


def open_in(instance: Instance, year: int | None = None) -> Instance:
    """The city of today with the outlets alone that are open at the end of a planned year.

    Args:
        instance: The instance; one that plans no years stays as it is.
        year: A planned year, else the last one. Outlets that closed keep their row and serve
            nothing, so that walks which were measured hold.
    """
    if not instance.years or "until" not in instance.outlets:
        return instance
    outlets, end = instance.outlets, max(instance.years) if year is None else year
    open_still = ~(outlets["until"].astype(float) < end)
    if open_still.all():
        return instance
    categories = outlets["categories"].where(open_still, "")
    return replace(instance, outlets=outlets.assign(categories=categories).drop(columns="until"))


def changes_over_years(instance: Instance) -> bool:
    """Whether outlets close within the planned years, or groups grow."""
    if not instance.years:
        return False
    return open_in(instance) is not instance or any(instance.growth.values())


def _rates(instance: Instance) -> dict[str, float]:
    """Growth of each column of people."""
    every = instance.growth.get("all", 0.0)
    named = {group: instance.growth.get(group, every) for group in instance.groups}
    return {"residents" if group == "all" else group: rate for group, rate in named.items()}


def coverage_in_year(instance: Instance, coverage: Coverage, year: int) -> Coverage:
    """The coverage at the end of a planned year with nothing added, worked out once.

    Args:
        instance: The instance.
        coverage: Its coverage, which keeps what is worked out.
        year: A planned year.
    """
    there = open_in(instance, year)
    if there is instance:
        return coverage
    key = f"year {year}"
    if key not in coverage.readings:
        coverage.readings[key] = compute_coverage(there)
    return coverage.readings[key]


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
