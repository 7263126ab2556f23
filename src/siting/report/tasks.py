"""The task list: one line a chosen offer, in the words and units of a bureau."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from siting.inputs import CATEGORY_SEPARATOR, Instance
from siting.plan import Plan
from siting.report.ledger_columns import texts

MODES = {"new": "新建", "retrofit": "改造", "introduce": "引进", "add-on": "叠加"}
# What the bureau's own tables say of a task, in columns of the offers or else of the sites.
LEDGER = (
    *("subdistrict", "community", "lead_unit", "unit", "deadline", "funding"),
    *("progress", "remarks"),
)
# Metres within which a demand point says in which district and circle a site lies.
NEAR = 1000.0


def task_list(plan: Plan) -> pd.DataFrame:
    """The chosen offers with their sites, the ones that cover most first.

    Columns `number` (by year, then in this order), `year` (0 where none is named), `district`,
    `circle`, `site_id`, `site`, `categories_zh`, `categories_en`, `mode_zh`, `mode`,
    `floor_area_m2`, `investment`, `cost` (both in the currency's unit), `newly_covered`,
    `only_here`, `x`, `y`, `offer_id`, and from the bureau's own columns, blank where it has none,
    `subdistrict`, `community`, `lead_unit`, `unit`, `deadline`, `funding`, `progress`, `said`
    (its remarks).
    """
    frame = offer_lines(plan, plan.chosen)
    order = np.argsort(frame["year"].to_numpy(), kind="stable")
    number = np.empty(len(frame), dtype=int)
    number[order] = np.arange(1, len(frame) + 1)
    people = plan.chosen[["newly_covered", "only_here"]]
    frame.insert(0, "number", number)
    return frame.assign(**{str(name): people[name].to_numpy() for name in people})


def offer_lines(plan: Plan, offers: pd.DataFrame) -> pd.DataFrame:
    """Any offers with their sites: the columns of `task_list` that need no plan."""
    sites = plan.instance.sites.set_index("site_id")
    offers = offers.reset_index(drop=True)
    places = sites.reindex(offers["site_id"]).reset_index(drop=True)
    names = plan.instance.categories.set_index("category")
    mode = _column(offers, "mode")
    return pd.DataFrame(
        {
            "year": _years(plan, offers),
            "district": area_of(plan.instance, places, "district"),
            "circle": area_of(plan.instance, places, "circle"),
            "site_id": offers["site_id"],
            "site": _column(places, "name"),
            "categories_zh": _joined(offers, names["name_zh"], "、"),
            "categories_en": _joined(offers, names["name_en"], ", "),
            "mode_zh": mode.map(MODES).fillna(mode),
            "mode": mode,
            "floor_area_m2": offers.get("floor_area_m2"),
            "investment": offers.get("investment", offers["cost"]),
            "cost": offers["cost"],
            "x": places["x"],
            "y": places["y"],
            "offer_id": offers["offer_id"],
            **{name: _first(name, offers, places) for name in LEDGER},
        }
    )


def area_of(instance: Instance, places: pd.DataFrame, what: str) -> pd.Series[str]:
    """The district or circle of sites: its own, or that of the nearest demand point.

    A site that names none takes it from the nearest of the demand points that do, within `NEAR`.

    Args:
        instance: With the demand points.
        places: Sites, with `x` and `y` in metres.
        what: `district` or `circle`.
    """
    named, points = _column(places, what), instance.residents
    there = _column(points, what)
    blank, known = named.eq("") & places["x"].notna(), there.ne("")
    if not (blank.any() and known.any()):
        return named
    tree: Any = cKDTree(points.loc[known, ["x", "y"]].to_numpy(float))
    away, nearest = tree.query(places.loc[blank, ["x", "y"]].to_numpy(float))
    found = np.where(away <= NEAR, there[known].to_numpy(str)[nearest], "")
    return named.mask(blank, pd.Series(found.tolist(), named.index[blank], dtype=str))


def _years(plan: Plan, offers: pd.DataFrame) -> pd.Series[int]:
    """The year of each offer; 0 of those that are not chosen, and where no year is named."""
    when = plan.when if plan.instance.years else {}
    return offers["offer_id"].map(when).fillna(0).astype(int)


def _first(what: str, offers: pd.DataFrame, places: pd.DataFrame) -> pd.Series[str]:
    """What the offer's own row says, else that of its site."""
    own = texts(offers, what)
    return own.where(own.ne(""), texts(places, what))


def _column(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    values = frame[name] if name in frame else pd.Series("", index=frame.index)
    return values.fillna("").astype(str)


def _joined(offers: pd.DataFrame, names: pd.Series[str], comma: str) -> list[str]:
    return [
        comma.join(str(names[part.strip()]) for part in joined.split(CATEGORY_SEPARATOR))
        for joined in offers["categories"]
    ]
