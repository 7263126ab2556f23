"""Whom an offer reaches, and who of them has nobody else: by category and place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coverage import Coverage
from siting.coverage.gaps import place_kind
from siting.inputs import Instance, split_categories
from siting.plan.plan import Plan

_PEOPLE = ["people", "served", "shared", "only"]


def reach_of_offer(plan: Plan, coverage: Coverage, offer: pd.Series[Any]) -> pd.DataFrame:
    """Whom an offer reaches: one line a category and place, places with most people gained first.

    Columns are those of `Why.reach`.

    Args:
        plan: The plan, with the offer or without it.
        coverage: The coverage of its instance.
        offer: The offer, a row of `Instance.offers`.
    """
    instance = plan.instance
    site = int(np.flatnonzero(instance.sites["site_id"] == offer["site_id"])[0])
    others = plan.chosen[plan.chosen["offer_id"] != offer["offer_id"]]
    places = _places(instance)
    groups = dict(zip(instance.categories["category"], instance.categories["group"], strict=True))
    parts = []
    for category in split_categories(pd.Series([str(offer["categories"])]))["category"].unique():
        here = coverage[str(category)]
        near = here.reach[:, [site]].toarray().ravel() > 0
        people = instance.people(str(groups[category])).to_numpy(float) * near
        helped = _reached_by(others, str(category), instance, coverage)
        frame = pd.DataFrame(
            {
                "place": places,
                "people": people,
                "served": people * here.served,
                "shared": people * (~here.served & helped),
                "only": people * (~here.served & ~helped),
                "minutes": here.minutes,
            }
        )
        parts.append(_by_place(frame[people > 0]).assign(category=category))
    return pd.concat(parts, ignore_index=True)[["category", "place", *_PEOPLE, "median_minutes"]]


def _places(instance: Instance) -> NDArray[np.object_]:
    kind = place_kind(instance)
    if kind == "city":
        return np.full(len(instance.residents), instance.name, dtype=object)
    return instance.residents[kind].fillna("").astype(str).to_numpy(object)


def _reached_by(
    offers: pd.DataFrame, category: str, instance: Instance, coverage: Coverage
) -> NDArray[np.bool_]:
    """Whether each demand point is within the standard of the category at one of these offers."""
    lines = split_categories(offers["categories"])
    rows = lines.loc[lines["category"] == category, "row"].to_numpy(np.int64)
    sites = pd.Index(instance.sites["site_id"]).get_indexer(pd.Index(offers["site_id"].iloc[rows]))
    return np.asarray(coverage[category].reach[:, sites].sum(axis=1)).ravel() > 0


def _by_place(frame: pd.DataFrame) -> pd.DataFrame:
    sums = frame.groupby("place")[_PEOPLE].sum()
    unserved = frame[frame["shared"] + frame["only"] > 0]
    medians = {
        place: _median(part["minutes"].to_numpy(float), part["people"].to_numpy(float))
        for place, part in unserved.groupby("place")
    }
    sums["median_minutes"] = pd.Series(medians, dtype=float).reindex(sums.index)
    return sums.sort_values(["only", "people"], ascending=False, kind="stable").reset_index()


def _median(minutes: NDArray[np.float64], people: NDArray[np.float64]) -> float:
    """The walk that half of the people have at most."""
    order = np.argsort(minutes, kind="stable")
    total = np.cumsum(people[order])
    return float(minutes[order][np.searchsorted(total, total[-1] / 2)])
