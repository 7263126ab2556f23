"""The pairs that a living circle is asked for: 一店一早, 一菜一修, 一老一小, 一收一洗.

The first three are named in the ministries' plan of 2023 for 2023 to 2025, the last in the notice
of 2025. Which categories of the catalogue stand for a half is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.inputs import Instance
from siting.language import phrase


@dataclass(frozen=True)
class Campaign:
    """A pair of services.

    Attributes:
        key: Its column in tables.
        name: What it is called.
        halves: Categories of the catalogue, any of which stands for the half.
    """

    key: str
    name: str
    halves: tuple[tuple[str, ...], tuple[str, ...]]


CAMPAIGNS = (
    Campaign(
        "shop_breakfast",
        phrase("Shop and breakfast"),
        (("convenience_store",), ("breakfast_shop",)),
    ),
    Campaign(
        "market_repair",
        phrase("Market and repair"),
        (("wet_market", "fresh_food_shop"), ("repair_point",)),
    ),
    Campaign(
        "old_young",
        phrase("Elderly and children"),
        (
            ("elderly_care_station", "canteen", "elderly_activity_room", "rehab_station"),
            ("childcare", "after_school_care", "play_space", "mother_and_baby_shop"),
        ),
    ),
    Campaign(
        "recycling_wash",
        phrase("Recycling and car wash"),
        (("recycling_point",), ("car_wash",)),
    ),
)


def campaigns_met(instance: Instance, rows: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    """Whether each place has both halves of each pair: 1 or 0, NaN where a half is not planned.

    Args:
        instance: The city, whose categories say what is planned.
        rows: Of a gap table.
        places: The places, in the order of the result.
    """
    has = rows[~rows["missing"] & (rows["have"] > 0)]
    found = {}
    for campaign in CAMPAIGNS:
        halves = [set(half) & set(instance.category_names) for half in campaign.halves]
        met = [places.isin(has.loc[has["category"].isin(list(half)), "place"]) for half in halves]
        both = np.logical_and(*met).astype(float)
        found[campaign.key] = both if all(halves) else np.full(len(places), np.nan)
    return pd.DataFrame(found, index=places)
