"""The default catalogue: 26 basic and 30 quality categories with their walking standards.

Its costs are assumptions, to be replaced by local ones: hardly any cost of a single category is
published. The rule: public money `cost` = `public_share` x `investment`, with a share of 1 for
what the public provides itself (elderly care, canteens, health stations, recycling, play, sports
and culture spaces), 0.5 where it shares the outlay (wet markets, childcare, rehabilitation,
parking and charging) and 0.3 as an incentive to what the market runs. A wet market counts as a
retrofit, not a new building. Rows with `list_status` `ext` are fillers of ours, in no official
list. The file's header says what the marks of the sources mean.
"""

from __future__ import annotations

import importlib.resources
from functools import cache

import pandas as pd

CATALOGUE_MONEY = "CNY"
_NUMBERS = (
    "standard_minutes",
    "priority",
    "cost",
    "investment",
    "floor_area_m2",
    "public_share",
)


def load_catalogue() -> pd.DataFrame:
    """Loads the default catalogue, one row a category.

    Returns:
        `category`, `code`, `name_zh`, `name_en`, `tier`, `standard_minutes`, `group`, `priority`,
        `cost` (public money, CNY, assumed), `investment` (CNY, assumed), `floor_area_m2`,
        `public_share`, `campaign`, `amap_typecode`, the marks of the sources and `list_status`.
    """
    return _read().copy()


@cache
def _read() -> pd.DataFrame:
    file = importlib.resources.files("siting.inputs") / "catalogue.csv"
    with file.open(encoding="utf-8") as lines:
        frame = pd.read_csv(lines, comment="#", dtype=str, na_filter=False)
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(frame[name])
    return frame
