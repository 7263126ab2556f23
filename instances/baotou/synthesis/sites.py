"""The candidate sites: community rooms, vacant shops, old halls, open ground. All assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthesis.circles import Circle
from synthesis.source import generator

# Circles with a hall that stands empty.
_WITH_HALL = 0.6


@dataclass(frozen=True)
class SiteKind:
    """One kind of site.

    Attributes:
        name: As in the site's name.
        number: Sites in each circle.
        floor: Smallest and largest floor area, square metres.
        slots: Smallest and largest number of categories that fit.
        mode: How a category comes there.
        factor: Of the ordinary investment.
        allowed: Categories.
        earliest: First year in which something can be built there, empty where any will do.
    """

    name: str
    number: int
    floor: tuple[int, int]
    slots: tuple[int, int]
    mode: str
    factor: float
    allowed: tuple[str, ...]
    earliest: str = ""


_ROOM = """elderly_care_station canteen childcare health_station elderly_activity_room culture_space
 study_room play_space after_school_care rehab_station repair_point housekeeping_point
 utility_counter parcel_point tool_sharing community_e_commerce photo_and_print_shop"""
_SHOP = """convenience_store fresh_food_shop breakfast_shop laundry hair_and_beauty
 photo_and_print_shop housekeeping_point repair_point pharmacy parcel_point pick_up_point fast_food
 grain_and_staples meat_and_seafood fruit_shop bank utility_counter speciality_restaurant bakery
 bookshop training_centre travel_service wellness_shop flower_and_gift_shop tea_house_and_cafe
 pet_service study_room optician mother_and_baby_shop dental_and_tcm_clinic home_appliance_store
 clothing_and_tailor tea_drinks brand_store smart_retail community_e_commerce beauty_care
 tool_sharing canteen rehab_station after_school_care"""
_HALL = """wet_market general_supermarket gym sports_venue cinema_and_theatre culture_space
 elderly_care_station childcare pick_up_point street_market bookshop health_station"""
_GROUND = """parking_and_charging recycling_point car_wash play_space sports_venue street_market
 smart_retail repair_point"""
KINDS = {
    "room": SiteKind("社区用房", 3, (100, 500), (1, 3), "retrofit", 0.9, tuple(_ROOM.split())),
    "shop": SiteKind("闲置商铺", 4, (30, 260), (1, 2), "introduce", 1.0, tuple(_SHOP.split())),
    "hall": SiteKind(
        "闲置厂房", 1, (600, 2600), (2, 4), "retrofit", 1.1, tuple(_HALL.split()), "2028"
    ),
    "ground": SiteKind(
        "空闲场地", 2, (20, 1800), (1, 2), "new", 1.0, tuple(_GROUND.split()), "2027"
    ),
}


def draw_sites(circles: Sequence[Circle], residents: pd.DataFrame) -> pd.DataFrame:
    """The sites, circle by circle.

    Returns:
        `site_id`, `x`, `y`, `name`, `district`, `circle`, `kind`, `floor_area_m2`, `slots`,
        `allowed_categories` (`a;b`).
    """
    parts = [
        _in_circle(circle, residents[residents["circle"] == circle.circle]) for circle in circles
    ]
    sites = pd.concat(parts, ignore_index=True)
    sites["site_id"] = [f"S{number:04d}" for number in range(1, len(sites) + 1)]
    return sites[["site_id", *sites.columns.drop("site_id")]]


def _in_circle(circle: Circle, homes: pd.DataFrame) -> pd.DataFrame:
    rng = generator(11, circle.number)
    rows = []
    for key, kind in KINDS.items():
        number = kind.number if key != "hall" else int(rng.random() < _WITH_HALL)
        near = homes.iloc[rng.choice(len(homes), number, replace=False)]
        moved = np.round(near[["x", "y"]].to_numpy(float) + rng.normal(0.0, 30.0, (number, 2)), 1)
        for at, home in enumerate(near["community"]):
            name = f"{circle.subdistrict}{home}{kind.name}"
            rows.append((*moved[at], name, circle.unit, circle.circle, key, *_size(rng, kind)))
    columns = ["x", "y", "name", "district", "circle", "kind", "floor_area_m2", "slots"]
    frame = pd.DataFrame(rows, columns=columns)
    again = frame.groupby("name").cumcount() + 1
    several = frame.groupby("name")["name"].transform("size") > 1
    frame["name"] = frame["name"].mask(several, frame["name"] + again.astype(str))
    return frame.assign(
        allowed_categories=frame["kind"].map({key: ";".join(k.allowed) for key, k in KINDS.items()})
    )


def _size(rng: np.random.Generator, kind: SiteKind) -> tuple[int, int]:
    """Floor area to 10 square metres, and as many slots as that gives room for."""
    share = rng.random() ** 1.5
    (small, large), (few, many) = kind.floor, kind.slots
    return int(round(small + share * (large - small), -1)), few + round(share * (many - few))
