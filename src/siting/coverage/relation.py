"""Who is within the walking standard of what: one sparse 0/1 relation a category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage.walks import Walks, at_most, measure_walks
from siting.errors import Problem
from siting.inputs.instance import Instance, split_categories
from siting.language import phrase, tr
from siting.units import counted, listed

# Sums of edge lengths differ in their last digits by the order of summing; a micrometre is
# far above that and far below anything a person could mean.
ROUNDING_METRES = 1e-6


@dataclass(frozen=True)
class CategoryCoverage:
    """Coverage of one category.

    Attributes:
        limit: Farthest walk that counts, inclusive, in metres (standard x speed of the group).
        reach: 1 where the site is within the limit, shape (residents, sites).
        served: Whether an existing outlet is within the limit, shape (residents,).
        minutes: Walk to the nearest existing outlet in minutes; infinite where there is none.
    """

    limit: float
    reach: csr_array
    served: NDArray[np.bool_]
    minutes: NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """The coverage relation of an instance.

    Attributes:
        by_category: In the order of the catalogue.
        warnings: What is odd about where things lie.
        readings: Coverage under other readings of the standard, as they are worked out.
    """

    by_category: Mapping[str, CategoryCoverage]
    warnings: tuple[Problem, ...] = ()
    readings: dict[str, Coverage] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, category: str) -> CategoryCoverage:
        return self.by_category[category]


def walking_limits(instance: Instance) -> dict[str, float]:
    """Farthest walk that counts for each category, in metres: standard minutes x group speed."""
    frame = instance.categories
    return {
        category: minutes * instance.walking.speed_of(group)
        for category, minutes, group in zip(
            frame["category"], frame["standard_minutes"], frame["group"], strict=True
        )
    }


def outlets_by_category(instance: Instance) -> dict[str, NDArray[np.int64]]:
    """Positions of the outlets that serve each category; one outlet may serve several."""
    lines = instance.outlet_lines
    rows = lines["row"].to_numpy(np.int64)
    code = pd.Index(instance.category_names).get_indexer(pd.Index(lines["category"]))
    return {
        category: np.unique(rows[code == number])
        for number, category in enumerate(instance.category_names)
    }


def sites_by_category(instance: Instance, offers: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """Positions of the sites at which offers add each category, one for each such offer."""
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    rows = _rows_by_category(instance, offers)
    return {category: site[found] for category, found in rows.items()}


def _rows_by_category(instance: Instance, table: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """Positions of the rows of a table whose `categories` name each category, in order."""
    lines = split_categories(table["categories"])
    rows = lines["row"].to_numpy(np.int64)
    named = pd.Index(instance.category_names).get_indexer(pd.Index(lines["category"]))
    return {
        category: rows[named == position]
        for position, category in enumerate(instance.category_names)
    }


def coverage_with(
    instance: Instance, coverage: Coverage, walks: Walks, offers: pd.DataFrame
) -> Coverage:
    """The coverage once offers are added: who is served, and how far the nearest is.

    Args:
        instance: The instance.
        coverage: Its coverage.
        walks: Its walking distances.
        offers: What is added; columns as in `Instance.offers`.
    """
    outlets, sites = outlets_by_category(instance), sites_by_category(instance, offers)
    after = {}
    for category, group in zip(
        instance.categories["category"], instance.categories["group"], strict=True
    ):
        here = coverage[category]
        nearest = walks.to_nearest(outlets[category], np.unique(sites[category]))
        minutes = nearest / instance.walking.speed_of(group)
        after[category] = replace(here, served=within_limit(nearest, here.limit), minutes=minutes)
    return replace(coverage, by_category=after, readings={})


def compute_coverage(instance: Instance, walks: Walks | None = None) -> Coverage:
    """Computes who is within the standard of which existing outlet and which candidate site.

    Args:
        instance: The instance.
        walks: Its walking distances, if they were measured already.
    """
    walks = walks or measure_walks(instance)
    limits = walking_limits(instance)
    metres = walks.to_sites(max(limits.values()) + ROUNDING_METRES)
    reaches = {limit: _reach(metres, limit) for limit in set(limits.values())}
    outlets = outlets_by_category(instance)
    no_sites = np.empty(0, dtype=np.int64)
    by_category = {}
    speeds = {
        category: instance.walking.speed_of(group)
        for category, group in zip(
            instance.categories["category"], instance.categories["group"], strict=True
        )
    }
    for category, limit in limits.items():
        nearest = walks.to_nearest(outlets[category], no_sites)
        by_category[category] = CategoryCoverage(
            limit=limit,
            reach=reaches[limit],
            served=within_limit(nearest, limit),
            minutes=nearest / speeds[category],
        )
    return Coverage(by_category, (*walks.warnings, *_unreachable(instance, by_category)))


def within_limit(metres: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Whether each walk counts: at most the limit, which is included."""
    return metres <= limit + ROUNDING_METRES


def _reach(metres: csr_array, limit: float) -> csr_array:
    near = at_most(metres, limit + ROUNDING_METRES)
    return csr_array((np.ones(near.nnz, dtype=np.int8), near.indices, near.indptr), near.shape)


def _unreachable(
    instance: Instance, by_category: Mapping[str, CategoryCoverage]
) -> tuple[Problem, ...]:
    """Reports the residents whom no site and no outlet of any category can reach."""
    reached = np.zeros(len(instance.residents), dtype=bool)
    for cover in by_category.values():
        reached |= cover.served | (np.diff(cover.reach.indptr) > 0)
    people = float(instance.residents["residents"].to_numpy(float)[~reached].sum())
    if reached.all() or people == 0:
        return ()
    ids = listed(instance.residents["resident_id"][~reached].tolist())
    return (
        Problem(
            code="unreachable-residents",
            where="residents",
            found=tr(
                "{points} with {people:,.0f} people whom nothing reaches ({ids})",
                points=counted(int((~reached).sum()), phrase("point")),
                people=people,
                ids=ids,
            ),
            expected=tr("at least one site or outlet within a standard of every point"),
            mend=tr("No plan can serve them; propose sites near them."),
            severity="warning",
        ),
    )
