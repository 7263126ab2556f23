"""The instance: everything a year's plan is decided on, read once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from siting.errors import Problem
from siting.units import Currency

CATEGORY_SEPARATOR = ";"


@dataclass(frozen=True)
class Walking:
    """Walking speeds in metres a minute.

    Attributes:
        speed: Of everyone whose group has no speed of its own.
        groups: Of single demand groups, e.g. `{"elderly": 50.0}`.
    """

    speed: float = 80.0
    groups: Mapping[str, float] = field(default_factory=dict)

    def speed_of(self, group: str) -> float:
        """The speed of one demand group, in metres a minute."""
        return self.groups.get(group, self.speed)


@dataclass(frozen=True)
class NetworkTravel:
    """Walks along a street network.

    Attributes:
        nodes: Columns `node_id`, `x`, `y` (metres, in the instance's CRS).
        edges: Columns `from_node`, `to_node`, `metres`; walked in both directions.
        snap_limit: A point further than this many metres from every node is off the network.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    snap_limit: float = 300.0


@dataclass(frozen=True)
class StraightLineTravel:
    """Walks as the crow flies, times a detour factor of at least 1."""

    detour: float = 1.25


@dataclass(frozen=True)
class TableTravel:
    """Walks that the user measured; pairs out of reach are absent.

    Attributes:
        pairs: Columns `resident_id`, `site_id` and / or `outlet_id`, `amount`.
        measure: What `amount` is: minutes at the default walking speed, or metres.
    """

    pairs: pd.DataFrame
    measure: Literal["minutes", "metres"]


Travel = NetworkTravel | StraightLineTravel | TableTravel


@dataclass(frozen=True)
class Instance:
    """One city (or circle) and one year: residents, outlets, sites, offers, standards and money.

    Attributes:
        name: What people call it.
        crs: Metric coordinate reference system of every x and y, e.g. `EPSG:3057`.
        currency: Unit of every amount.
        budget: Public money of the year, or None when it must be given with the solve.
        residents: `resident_id`, `x`, `y`, `residents` (people), one column for each further
            demand group (people), optionally `district`, `circle`.
        outlets: `outlet_id`, `x`, `y`, `categories` (`a;b`), optionally `name`.
        sites: `site_id`, `x`, `y`, optionally `name`, `district`, `circle`, `floor_area_m2`,
            `slots`, `allowed_categories` (`a;b`, empty where all are allowed); numbers are NaN
            where a cell is empty, columns are absent where the file has none.
        categories: `category`, `name_zh`, `name_en`, `tier`, `standard_minutes`, `group`,
            `priority`, `cost`, `investment`, `floor_area_m2`.
        offers: `offer_id`, `site_id`, `categories` (`a;b`), `cost` (public money), `investment`,
            `mode`, `floor_area_m2` (NaN where unknown).
        travel: How walks are measured.
        walking: How fast people walk.
        folder: Where it was read from.
        digests: SHA-256 of each file read, by its name in the folder.
        warnings: What was odd but could be used.
        note: What a reader must know of the data, e.g. that costs are assumed.
    """

    name: str
    crs: str
    currency: Currency
    budget: float | None
    residents: pd.DataFrame
    outlets: pd.DataFrame
    sites: pd.DataFrame
    categories: pd.DataFrame
    offers: pd.DataFrame
    travel: Travel
    walking: Walking
    folder: Path = Path()
    digests: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    note: str = ""

    @property
    def category_names(self) -> tuple[str, ...]:
        """The identifiers of the categories, in the order of the catalogue."""
        return tuple(self.categories["category"])

    @property
    def groups(self) -> tuple[str, ...]:
        """The demand groups that some category serves, `all` first."""
        used = set(self.categories["group"]) - {"all"}
        return ("all", *sorted(used))

    def people(self, group: str) -> pd.Series[float]:
        """Residents of one demand group at each demand point, shape (residents,)."""
        return self.residents["residents" if group == "all" else group]


def split_categories(joined: pd.Series[str]) -> pd.DataFrame:
    """Opens `a;b` cells: columns `row` (position in the series) and `category`, one line each."""
    parts = joined.fillna("").astype(str).str.split(CATEGORY_SEPARATOR)
    frame = pd.DataFrame({"row": range(len(joined)), "category": parts.to_numpy()})
    frame = frame.explode("category", ignore_index=True)
    frame["category"] = frame["category"].str.strip()
    return frame[frame["category"].ne("") & frame["category"].notna()].reset_index(drop=True)
