"""The instance: everything a year's plan is decided on, read once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.units import Currency

CATEGORY_SEPARATOR = ";"
Winter = Literal["none", "winter", "ice"]
# Minutes that a kilometre takes longer on pavement kept in winter, and on clean ice: Fossum and
# Ryeng 2021.
WINTER_MINUTES: Mapping[Winter, float] = {"none": 0.0, "winter": 1.0, "ice": 2.0}


@dataclass(frozen=True)
class Walking:
    """Walking speeds in metres a minute, on dry ground.

    Attributes:
        speed: Of everyone whose group has no speed of its own.
        groups: Of single demand groups, e.g. `{"elderly": 50.0}`.
        winter: What lies on the ground: every kilometre takes `WINTER_MINUTES` longer.
        preset: Name of the preset that the speeds come from, or empty.
    """

    speed: float = 80.0
    groups: Mapping[str, float] = field(default_factory=dict)
    winter: Winter = "none"
    preset: str = ""

    def speed_of(self, group: str) -> float:
        """The speed of one demand group with the winter counted, in metres a minute."""
        speed, more = self.groups.get(group, self.speed), WINTER_MINUTES[self.winter]
        return 1 / (1 / speed + more / 1000) if more else speed


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
    """Walks as the crow flies, or round barriers, times a detour factor of at least 1.

    Attributes:
        detour: The factor.
        barriers: Lines that nobody crosses, as their vertices in order: `barrier` (which line),
            `x`, `y` (metres, in the instance's CRS).
        crossings: Points that open every barrier near them: `x`, `y`, `open_within` (metres).
    """

    detour: float = 1.25
    barriers: pd.DataFrame | None = None
    crossings: pd.DataFrame | None = None


@dataclass(frozen=True)
class TableTravel:
    """Walks that the user measured; pairs out of reach are absent.

    Attributes:
        pairs: Columns `resident_id`, `site_id` and / or `outlet_id`, `amount`.
        measure: What `amount` is: minutes at the default speed on dry ground, or metres.
    """

    pairs: pd.DataFrame
    measure: Literal["minutes", "metres"]


Travel = NetworkTravel | StraightLineTravel | TableTravel


@dataclass(frozen=True)
class Grade:
    """What a living circle has to have for one grade.

    Attributes:
        basic: Least share of the required categories that it does not lack, 0 to 1.
        quality: Least number of categories beyond the required ones that it does not lack.
        satisfaction: Least satisfaction of its residents, 0 to 1; asked only where it is above 0.
    """

    basic: float
    quality: int = 0
    satisfaction: float = 0.0


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
        outlets: `outlet_id`, `x`, `y`, `categories` (`a;b`), optionally `name` and `until` (the
            last year in which it is open, NaN where it stays).
        sites: `site_id`, `x`, `y`, optionally `name`, `district`, `circle`, `floor_area_m2`,
            `slots`, `allowed_categories` (`a;b`, empty where all are allowed); numbers are NaN
            where a cell is empty, columns are absent where the file has none.
        categories: `category`, `name_zh`, `name_en`, `tier`, `standard_minutes`, `group`,
            `priority`, `cost`, `investment`, `floor_area_m2`, optionally
            `residents_per_outlet` (NaN where one outlet is enough).
        offers: `offer_id`, `site_id`, `categories` (`a;b`), `cost` (public money), `investment`,
            `mode`, `floor_area_m2` (NaN where unknown), optionally `earliest` (a year, NaN where
            any will do).
        travel: How walks are measured.
        walking: How fast people walk.
        folder: Where it was read from.
        digests: SHA-256 of each file read, by its name in the folder.
        warnings: What was odd but could be used.
        note: What a reader must know of the data, e.g. that costs are assumed.
        years: Public money of each year that is planned, by year; empty where a single year
            without a name is.
        grades: What each grade of a living circle asks for, by its name, the lowest first.
        growth: How much a demand group grows each year from the first planned one on, as a share;
            `all` of groups that are not named.
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
    years: Mapping[int, float] = field(default_factory=dict)
    grades: Mapping[str, Grade] = field(default_factory=dict)
    growth: Mapping[str, float] = field(default_factory=dict)

    @property
    def category_names(self) -> tuple[str, ...]:
        """The identifiers of the categories, in the order of the catalogue."""
        return tuple(self.categories["category"])

    @property
    def groups(self) -> tuple[str, ...]:
        """The demand groups that some category serves, `all` first."""
        used = set(self.categories["group"]) - {"all"}
        return ("all", *sorted(used))

    @cached_property
    def outlet_lines(self) -> pd.DataFrame:
        """One line an outlet and category that it serves: see `split_categories`."""
        return split_categories(self.outlets["categories"])

    def people(self, group: str) -> pd.Series[float]:
        """Residents of one demand group at each demand point, shape (residents,)."""
        return self.residents["residents" if group == "all" else group]


def split_categories(joined: pd.Series[str]) -> pd.DataFrame:
    """Opens `a;b` cells: columns `row` (position in the series) and `category`, one line each."""
    # Many cells are alike: each kind of cell is opened once.
    kinds, cells = pd.factorize(joined.fillna("").astype(str))
    opened = [_names_in(cell) for cell in cells]
    counts = np.array([len(names) for names in opened], dtype=np.int64)
    names = [name for kind in kinds.tolist() for name in opened[kind]]
    rows = np.repeat(np.arange(len(joined)), counts[kinds])
    return pd.DataFrame({"row": rows, "category": pd.Series(names, dtype=str)})


def _names_in(cell: str) -> list[str]:
    return [name for part in cell.split(CATEGORY_SEPARATOR) if (name := part.strip())]
