"""Gaps: which category is missing where, before any plan.

A place is a living circle, else a district, else the whole city. It has an outlet of a category if
somebody of the category's group who lives there is within the standard of it, on whichever side of
a boundary it stands. It needs one, or as many as `residents_per_outlet` says of its group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.coverage.relation import (
    ROUNDING_METRES,
    Coverage,
    outlets_by_category,
    sites_by_category,
    walking_limits,
)
from siting.coverage.walks import Walks, at_most, measure_walks
from siting.inputs.instance import Instance

PlaceKind = Literal["circle", "district", "city"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GapTable:
    """What is missing, one row a place and category, most residents without it first.

    Attributes:
        place_kind: What the places are.
        rows: `place` (empty for residents without one), `category`, `name_zh`, `name_en`, `tier`,
            `group`, `standard_minutes`, `have` and `needed` (outlets), `missing` (whether it has
            fewer than it needs), `residents` (of the group), `uncovered` (of them, without the
            category in reach), `share` (uncovered of residents, NaN where there are none),
            `median_minutes` and `worst_minutes` (walk to the nearest outlet, by people; infinite
            where there is none, NaN where nobody of the group lives); `inside` (outlets that the
            file puts into the place) where the outlets name their places.
    """

    place_kind: PlaceKind
    rows: pd.DataFrame

    def only(self, place: str | None = None, category: str | None = None) -> GapTable:
        """The rows of one place, of one category, or of both."""
        rows = self.rows
        if place is not None:
            rows = rows[rows["place"] == place]
        if category is not None:
            rows = rows[rows["category"] == category]
        return replace(self, rows=rows.reset_index(drop=True))

    def gaps(self) -> GapTable:
        """The rows where an outlet is missing or somebody has the category nowhere in reach."""
        open_ = self.rows["missing"] | (self.rows["uncovered"] > 0)
        return replace(self, rows=self.rows[open_].reset_index(drop=True))

    def by_category(self) -> pd.DataFrame:
        """`category`, `name_zh`, `name_en`, `group`, `missing` (places), and the people."""
        return self._summed(["category", "name_zh", "name_en", "group"])

    def by_place(self) -> pd.DataFrame:
        """`place`, `missing` (categories), and people, who count once for each category."""
        return self._summed(["place"])

    def _summed(self, keys: list[str]) -> pd.DataFrame:
        numbers = ["missing", "residents", "uncovered"]
        sums = self.rows.groupby(keys, sort=False)[numbers].sum().reset_index()
        sums["share"] = _share(sums["uncovered"], sums["residents"])
        return sums.sort_values(["uncovered", "missing"], ascending=False, ignore_index=True)


def find_gaps(
    instance: Instance,
    coverage: Coverage,
    walks: Walks | None = None,
    added: pd.DataFrame | None = None,
    before: GapTable | None = None,
) -> GapTable:
    """Finds which category is missing where.

    Args:
        instance: The instance.
        coverage: Its coverage; with offers added, that of `coverage_with`.
        walks: Its walking distances, if they were measured already.
        added: Offers that are counted like outlets: the gaps that a plan leaves.
        before: The same without them, if it was found already: its outlets are not counted again.
    """
    kind = place_kind(instance)
    names = _places(instance, kind)
    places, code = np.unique(names, return_inverse=True)
    walks = walks or measure_walks(instance)
    have = _have(instance, walks, code, added, before)
    parts = [
        _of_category(instance, coverage, row, code).assign(
            place=places, have=have[row["category"]], number=number
        )
        for number, (_, row) in enumerate(instance.categories.iterrows())
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["needed"] = _needed(rows)
    rows["missing"] = rows["have"] < rows["needed"]
    rows["share"] = _share(rows["uncovered"], rows["residents"])
    rows = _with_inside(instance, kind, rows, before)
    order = ["uncovered", "missing", "place", "number"]
    rows = rows.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    return GapTable(kind, rows[_columns(rows)])


def place_kind(instance: Instance) -> PlaceKind:
    """What gaps are told by: circles if the residents name any, else districts, else the city."""
    for kind in ("circle", "district"):
        if kind in instance.residents and instance.residents[kind].fillna("").ne("").any():
            return kind
    return "city"


def _places(instance: Instance, kind: PlaceKind) -> NDArray[np.object_]:
    if kind == "city":
        return np.full(len(instance.residents), instance.name, dtype=object)
    return instance.residents[kind].fillna("").astype(str).to_numpy(object)


def _columns(rows: pd.DataFrame) -> list[str]:
    first = ["place", "category", "name_zh", "name_en", "tier", "group", "standard_minutes"]
    counts = ["have", *(["inside"] if "inside" in rows else []), "needed", "missing"]
    people = ["residents", "uncovered", "share", "median_minutes", "worst_minutes"]
    return [*first, *counts, *people]


def _of_category(
    instance: Instance, coverage: Coverage, row: pd.Series[Any], code: NDArray[np.int64]
) -> pd.DataFrame:
    """The people of one category's group in each place, and their walks."""
    here = coverage[str(row["category"])]
    people = np.asarray(instance.people(str(row["group"])), dtype=np.float64)
    count = int(code.max()) + 1
    median, worst = _walks(here.minutes, people, code, count)
    fixed = ("category", "name_zh", "name_en", "tier", "group", "standard_minutes")
    return pd.DataFrame(
        {
            **{name: row[name] for name in fixed},
            "per_outlet": row.get("residents_per_outlet", np.nan),
            "residents": np.bincount(code, people, count),
            "uncovered": np.bincount(code, people * ~here.served, count),
            "median_minutes": median,
            "worst_minutes": worst,
        }
    )


def _walks(
    minutes: Floats, people: Floats, code: NDArray[np.int64], count: int
) -> tuple[Floats, Floats]:
    """Of each place the walk that half its people have at most, and the longest."""
    some = people > 0
    order = np.lexsort((minutes[some], code[some]))
    walk, weight, place = minutes[some][order], people[some][order], code[some][order]
    median, worst = np.full(count, np.nan), np.full(count, np.nan)
    for number, first in zip(*np.unique(place, return_index=True), strict=True):
        last = np.searchsorted(place, number, side="right")
        total = np.cumsum(weight[first:last])
        median[number] = walk[first + np.searchsorted(total, total[-1] / 2)]
        worst[number] = walk[last - 1]
    return median, worst


def _have(
    instance: Instance,
    walks: Walks,
    code: NDArray[np.int64],
    added: pd.DataFrame | None,
    before: GapTable | None,
) -> dict[str, NDArray[np.int64]]:
    """Outlets and offers in reach of each place, by category."""
    if before is None or added is None:
        return outlets_in_reach(instance, walks, code, added)
    known = before.rows.sort_values("place").groupby("category")["have"]
    more = _in_reach(instance, code, [(walks.to_sites, sites_by_category(instance, added))])
    return {name: known.get_group(name).to_numpy() + count for name, count in more.items()}


def outlets_in_reach(
    instance: Instance, walks: Walks, code: NDArray[np.int64], added: pd.DataFrame | None
) -> dict[str, NDArray[np.int64]]:
    """How many outlets of each category each place has in reach of its people, shape (places,)."""
    served = [(walks.to_outlets, outlets_by_category(instance))]
    if added is not None:
        served.append((walks.to_sites, sites_by_category(instance, added)))
    return _in_reach(instance, code, served)


def _in_reach(
    instance: Instance,
    code: NDArray[np.int64],
    kinds: Sequence[tuple[Callable[[float], csr_array], Mapping[str, NDArray[np.int64]]]],
) -> dict[str, NDArray[np.int64]]:
    """How many of some targets each place has in reach, by category, shape (places,).

    Args:
        instance: The instance.
        code: The place of each demand point.
        kinds: What measures the walks to all targets of a kind, and which serve each category.
    """
    limits = walking_limits(instance)
    farthest = max(limits.values()) + ROUNDING_METRES
    # By targets, which are what is picked for a category.
    served = [(csr_array(measure(farthest).T), targets) for measure, targets in kinds]
    places = int(code.max()) + 1
    found = {}
    for (category, limit), group in zip(limits.items(), instance.categories["group"], strict=True):
        lives = np.asarray(instance.people(group), dtype=np.float64) > 0
        home = csr_array(
            (np.ones(lives.sum()), code[lives], np.concatenate([[0], np.cumsum(lives)])),
            shape=(len(code), places),
        )
        reached = [_within(metres[targets[category]], limit) @ home for metres, targets in served]
        counts = [np.bincount(pairs.indices, minlength=places) for pairs in reached]
        found[category] = np.sum(counts, axis=0).astype(np.int64)
    return found


def _within(metres: csr_array, limit: float) -> csr_array:
    """1 where a walk counts, also one of no length."""
    near = at_most(metres, limit + ROUNDING_METRES)
    return csr_array((np.ones(near.nnz), near.indices, near.indptr), near.shape)


def _needed(rows: pd.DataFrame) -> NDArray[np.int64]:
    """One where anybody of the group lives, or as many as the standard says."""
    people, each = rows["residents"].to_numpy(float), rows["per_outlet"].to_numpy(float)
    many = np.ceil(people / np.where(each > 0, each, np.inf) - 1e-9)
    return np.where(people > 0, np.maximum(many, 1), 0).astype(np.int64)


def _share(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    return part / whole.where(whole > 0)


def _with_inside(
    instance: Instance, kind: PlaceKind, rows: pd.DataFrame, before: GapTable | None
) -> pd.DataFrame:
    """Adds how many outlets the file itself puts into each place."""
    if kind not in instance.outlets:
        return rows
    if before is not None:
        return rows.merge(before.rows[["place", "category", "inside"]], on=["place", "category"])
    home = instance.outlets[kind].fillna("").astype(str).str.strip()
    counts = {
        (category, str(place)): int(number)
        for category, outlets in outlets_by_category(instance).items()
        for place, number in home.iloc[outlets].value_counts().items()
    }
    pairs = zip(rows["category"], rows["place"], strict=True)
    return rows.assign(inside=[counts.get((category, place), 0) for category, place in pairs])
