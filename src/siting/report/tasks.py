"""The task list: one line a chosen offer, in the words and units of a bureau."""

from __future__ import annotations

import pandas as pd

from siting.inputs import CATEGORY_SEPARATOR
from siting.plan import Plan

MODES = {"new": "新建", "retrofit": "改造", "introduce": "引进", "add-on": "叠加"}

# What bureaus call columns that the task table has.
_SUBDISTRICT = ("subdistrict", "街道", "街道(镇)", "街道(乡镇)")
_UNIT = ("责任单位", "牵头单位")
_DEADLINE = ("完成时限", "完成时间")


def task_list(plan: Plan) -> pd.DataFrame:
    """The chosen offers with their sites, the ones that cover most first.

    Columns `number`, `district`, `circle`, `site_id`, `site`, `categories_zh`, `categories_en`,
    `mode_zh`, `mode`, `floor_area_m2`, `investment`, `cost` (both in the currency's unit),
    `newly_covered`, `only_here`, `x`, `y`, `offer_id`, `subdistrict`, and from the bureau's own
    columns, blank where it has none, `unit` and `deadline`.
    """
    sites = plan.instance.sites.set_index("site_id")
    chosen = plan.chosen
    places = sites.reindex(chosen["site_id"]).reset_index(drop=True)
    names = plan.instance.categories.set_index("category")
    mode = _column(chosen, "mode")
    return pd.DataFrame(
        {
            "number": range(1, len(chosen) + 1),
            "district": _column(places, "district"),
            "circle": _column(places, "circle"),
            "site_id": chosen["site_id"],
            "site": _column(places, "name"),
            "categories_zh": _joined(chosen, names["name_zh"], "、"),
            "categories_en": _joined(chosen, names["name_en"], ", "),
            "mode_zh": mode.map(MODES).fillna(mode),
            "mode": mode,
            "floor_area_m2": chosen.get("floor_area_m2"),
            "investment": chosen.get("investment", chosen["cost"]),
            "cost": chosen["cost"],
            "newly_covered": chosen["newly_covered"],
            "only_here": chosen["only_here"],
            "x": places["x"],
            "y": places["y"],
            "offer_id": chosen["offer_id"],
            "subdistrict": _first(_SUBDISTRICT, chosen, places),
            "unit": _first(_UNIT, chosen, places),
            "deadline": _first(_DEADLINE, chosen, places),
        }
    )


def _first(names: tuple[str, ...], chosen: pd.DataFrame, places: pd.DataFrame) -> pd.Series[str]:
    """The first of some columns that says something in a row; the offer's own before the site's."""
    found = pd.Series("", index=chosen.index)
    for frame in (chosen, places.set_axis(chosen.index)):
        for name in names:
            found = found.where(found.ne(""), _column(frame, name))
    return found


def _column(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    values = frame[name] if name in frame else pd.Series("", index=frame.index)
    return values.fillna("").astype(str)


def _joined(chosen: pd.DataFrame, names: pd.Series[str], comma: str) -> list[str]:
    return [
        comma.join(str(names[part.strip()]) for part in joined.split(CATEGORY_SEPARATOR))
        for joined in chosen["categories"]
    ]
