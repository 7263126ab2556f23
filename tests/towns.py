"""Small random towns and models, the same for the same seed, for tests that know nothing else.

Coordinates lie on a coarse grid and limits on round metres, so walks of exactly the limit are
common; so are empty slots, unserved categories, blocked offers and budgets that bind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from siting.blocks import (
    AllowedCategories,
    Budget,
    CategoryOncePerSite,
    ConstraintBlock,
    CoveredResidents,
    LockedIn,
    LockedOut,
    SiteSlots,
)
from siting.coverage import Walks, compute_coverage
from siting.inputs import Instance, NetworkTravel, StraightLineTravel, TableTravel, Travel, Walking
from siting.model import ModelSpec, say_plainly
from siting.plan import Judgement, Plan, judge
from siting.units import Currency

CATEGORIES = ("pharmacy", "canteen", "laundry")
SPEED, ELDERLY_SPEED = 80.0, 50.0
# At 80 or 50 metres a minute these make 100, 200, 250 and 400 metres.
MINUTES = (1.25, 2.0, 2.5, 5.0)
COSTS = (0.0, 1000.0, 2500.0, 3000.0, 8000.0)
Rng = np.random.Generator


def draw_instance(seed: int, travel: str | None = None) -> Instance:
    """A town of 3-10 demand points, 2-6 sites, 1-3 categories and 2-9 offers.

    Args:
        seed: Same seed, same town.
        travel: `line`, `network` or `table`; drawn if it is None.
    """
    rng = np.random.default_rng(seed)
    names = CATEGORIES[: int(rng.integers(1, 4))]
    residents, sites, outlets = _residents(rng), _sites(rng, names), _outlets(rng, names)
    drawn = str(rng.choice(["line", "network", "table"]))
    return Instance(
        name=f"town {seed}",
        crs="EPSG:32649",
        currency=Currency(),
        budget=float(rng.choice([0.0, 2500.0, 4000.0, 6500.0, 11000.0, 50000.0])),
        residents=residents,
        outlets=outlets,
        sites=sites,
        categories=_categories(rng, names),
        offers=_offers(rng, list(sites["site_id"]), names),
        travel=_travel(rng, travel or drawn, residents, sites, outlets),
        walking=Walking(SPEED, {"elderly": ELDERLY_SPEED}),
    )


def draw_spec(seed: int, instance: Instance) -> ModelSpec:
    """A model of some of the blocks that fits the instance; not every one has a solution."""
    rng = np.random.default_rng([seed, 1])
    blocks: list[ConstraintBlock] = []
    if rng.random() < 0.8:
        blocks.append(Budget(at_most=None))
    if rng.random() < 0.15:
        blocks.append(Budget(at_most=f"{rng.choice([3000, 7000])} CNY"))
    if rng.random() < 0.6:
        blank = "slots" in instance.sites and bool(instance.sites["slots"].isna().any())
        default = int(rng.integers(0, 3)) if blank or rng.random() < 0.5 else None
        blocks.append(SiteSlots(default=default))
    if rng.random() < 0.5:
        blocks.append(CategoryOncePerSite())
    if rng.random() < 0.5:
        only = _some(rng, instance.category_names, 0.7) if rng.random() < 0.5 else None
        blocks.append(AllowedCategories(only=only))
    blocks += _locks(rng, instance)
    return ModelSpec("random", (CoveredResidents(),), tuple(blocks))


def draw_town(seed: int) -> tuple[Instance, ModelSpec]:
    """An instance and a model that fits it."""
    instance = draw_instance(seed)
    return instance, draw_spec(seed, instance)


def spec_of(*blocks: ConstraintBlock) -> ModelSpec:
    """The model of most residents covered, subject to these blocks."""
    return ModelSpec("test", (CoveredResidents(),), blocks)


def judged(
    instance: Instance,
    spec: ModelSpec,
    chosen: Mapping[str, int] | Sequence[str],
    walks: Walks | None = None,
) -> Judgement:
    """What the judge says of a choice of offers."""
    model = say_plainly(instance, compute_coverage(instance, walks), spec)
    return judge(model, chosen, walks)


def with_bound(plan: Plan, bound: float) -> Plan:
    """The plan with another bound of its most important goal, whoever says so."""
    first, *others = plan.goals
    first = replace(first, certified_bound=bound, solver_bound=bound)
    return replace(plan, goals=(first, *others))


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A table from the names of its columns, with blanks between, and its rows."""
    return pd.DataFrame(list(rows), columns=columns.split())


def hand_town(**changes: Any) -> Instance:
    """A town on one street, worked out by hand; limits are 400 m for all and 250 m for the old.

    Residents live at 0, 300, 600, 1,000 and 3,000 m; a pharmacy exists at 0 m. `S1` is at 300 m,
    `S2` at 800 m. A pharmacy at S1 newly covers R3 (30 people), one at S2 R3 and R4 (70). R2 has
    the pharmacy at 0 m. A canteen, for the old, at S1 covers R2 (5), at S2 R3 and R4 (14), weighed
    twice. Nothing reaches R5.
    """
    values: dict[str, Any] = {
        "name": "hand",
        "crs": "EPSG:32649",
        "currency": Currency(),
        "budget": 5000.0,
        "residents": frame(
            "resident_id x y residents elderly district",
            ("R1", 0.0, 0.0, 10.0, 4.0, "west"),
            ("R2", 300.0, 0.0, 20.0, 5.0, "west"),
            ("R3", 600.0, 0.0, 30.0, 6.0, "east"),
            ("R4", 1000.0, 0.0, 40.0, 8.0, "east"),
            ("R5", 3000.0, 0.0, 50.0, 9.0, ""),
        ),
        "outlets": frame("outlet_id x y categories", ("E1", 0.0, 0.0, "pharmacy")),
        "sites": frame(
            "site_id x y slots allowed_categories",
            ("S1", 300.0, 0.0, 1.0, ""),
            ("S2", 800.0, 0.0, 2.0, "canteen;pharmacy"),
        ),
        "categories": frame(
            "category name_zh name_en tier standard_minutes group priority cost investment "
            "floor_area_m2",
            ("pharmacy", "药店", "pharmacy", "basic", 5.0, "all", 1.0, 1000.0, 2000.0, 50.0),
            ("canteen", "食堂", "canteen", "basic", 5.0, "elderly", 2.0, 3000.0, 3000.0, 80.0),
        ),
        "offers": frame(
            "offer_id site_id categories cost investment mode floor_area_m2",
            ("P1", "S1", "pharmacy", 1000.0, 2000.0, "new", np.nan),
            ("C1", "S1", "canteen", 3000.0, 3000.0, "new", np.nan),
            ("P2", "S2", "pharmacy", 1500.0, 2000.0, "new", np.nan),
            ("B2", "S2", "pharmacy;canteen", 4000.0, 5000.0, "add-on", np.nan),
        ),
        "travel": StraightLineTravel(1.0),
        "walking": Walking(SPEED, {"elderly": ELDERLY_SPEED}),
    }
    return Instance(**(values | changes))


def _some(rng: Rng, names: Any, share: float) -> tuple[str, ...]:
    return tuple(str(name) for name in names if rng.random() < share)


def _join(rng: Rng, names: tuple[str, ...], most: int) -> str:
    count = int(rng.integers(1, min(most, len(names)) + 1))
    return ";".join(str(name) for name in rng.choice(names, count, replace=False))


def _grid(rng: Rng, count: int) -> tuple[Any, Any]:
    return rng.integers(0, 31, count) * 20.0, rng.integers(0, 16, count) * 20.0


def _residents(rng: Rng) -> pd.DataFrame:
    count = int(rng.integers(3, 11))
    x, y = _grid(rng, count)
    people = rng.integers(0, 60, count) + rng.choice([0.0, 0.5], count, p=[0.8, 0.2])
    return pd.DataFrame(
        {
            "resident_id": [f"R{i}" for i in range(count)],
            "x": x,
            "y": y,
            "residents": people,
            "elderly": np.floor(people * rng.random(count)),
            "district": rng.choice(["east", "west", ""], count),
        }
    )


def _sites(rng: Rng, names: tuple[str, ...]) -> pd.DataFrame:
    count = int(rng.integers(2, 7))
    x, y = _grid(rng, count)
    sites = pd.DataFrame({"site_id": [f"S{j}" for j in range(count)], "x": x, "y": y})
    if rng.random() < 0.7:
        sites["slots"] = rng.choice(
            [0.0, 1.0, 2.0, 3.0, np.nan], count, p=[0.1, 0.4, 0.2, 0.1, 0.2]
        )
    if rng.random() < 0.5:
        sites["allowed_categories"] = [
            ";".join(_some(rng, names, 0.5)) if rng.random() < 0.6 else "" for _ in range(count)
        ]
    return sites


def _outlets(rng: Rng, names: tuple[str, ...]) -> pd.DataFrame:
    count = int(rng.integers(0, 4))
    x, y = _grid(rng, count)
    joined = np.array([_join(rng, names, 3) for _ in range(count)], dtype=object)
    ids = np.array([f"E{e}" for e in range(count)], dtype=object)
    return pd.DataFrame({"outlet_id": ids, "x": x, "y": y, "categories": joined})


def _categories(rng: Rng, names: tuple[str, ...]) -> pd.DataFrame:
    count = len(names)
    return pd.DataFrame(
        {
            "category": names,
            "name_zh": names,
            "name_en": names,
            "tier": rng.choice(["basic", "quality"], count),
            "standard_minutes": rng.choice(MINUTES, count),
            "group": rng.choice(["all", "elderly"], count, p=[0.7, 0.3]),
            "priority": rng.choice([1.0, 2.0, 0.5, 0.3], count, p=[0.5, 0.2, 0.2, 0.1]),
            "cost": np.nan,
            "investment": np.nan,
            "floor_area_m2": np.nan,
        }
    )


def _offers(rng: Rng, sites: list[str], names: tuple[str, ...]) -> pd.DataFrame:
    count = int(rng.integers(2, 10))
    cost = rng.choice(COSTS, count)
    return pd.DataFrame(
        {
            "offer_id": [f"O{o}" for o in range(count)],
            "site_id": rng.choice(sites, count),
            "categories": [_join(rng, names, 2) for _ in range(count)],
            "cost": cost,
            "investment": cost * 2,
            "mode": "new",
            "floor_area_m2": np.nan,
        }
    )


def _travel(
    rng: Rng, way: str, residents: pd.DataFrame, sites: pd.DataFrame, outlets: pd.DataFrame
) -> Travel:
    if way == "line":
        return StraightLineTravel(float(rng.choice([1.0, 1.25, 1.3])))
    if way == "network":
        return _network(rng)
    measure = str(rng.choice(["minutes", "metres"]))
    amounts = (
        [0.0, 1.0, 1.25, 2.5, 4.0, 5.0, 7.0]
        if measure == "minutes"
        else [0.0, 100.0, 200.0, 400.0, 410.0]
    )
    lines: list[tuple[str, str | None, str | None, float]] = []
    for resident in residents["resident_id"]:
        ends = [(str(site), None) for site in sites["site_id"]]
        ends += [(None, str(outlet)) for outlet in outlets["outlet_id"]]  # type: ignore[misc]
        lines += [
            (str(resident), site, outlet, float(rng.choice(amounts)))
            for site, outlet in ends
            if rng.random() < 0.6
        ]
    pairs = pd.DataFrame(lines, columns=["resident_id", "site_id", "outlet_id", "amount"])
    return TableTravel(pairs, "minutes" if measure == "minutes" else "metres")


def _network(rng: Rng) -> NetworkTravel:
    """A piece of a 5 x 3 grid of streets, with parallel, zero-length and looping ones."""
    corners = [(i, j) for i in range(5) for j in range(3)]
    nodes = pd.DataFrame(
        {
            "node_id": [f"N{i}{j}" for i, j in corners],
            "x": [i * 140.0 for i, _ in corners],
            "y": [j * 140.0 for _, j in corners],
        }
    )
    edges: list[tuple[str, str, float]] = []
    for i, j in corners:
        for right, up in ((1, 0), (0, 1)):
            if i + right < 5 and j + up < 3:
                for _ in range(int(rng.choice([0, 1, 2], p=[0.25, 0.6, 0.15]))):
                    metres = float(rng.choice([0.0, 60.0, 100.0, 140.0, 150.5]))
                    edges.append((f"N{i}{j}", f"N{i + right}{j + up}", metres))
    edges.append(("N00", "N00", 5.0))
    table = pd.DataFrame(edges, columns=["from_node", "to_node", "metres"])
    return NetworkTravel(nodes, table, float(rng.choice([60.0, 100.0, 300.0])))


def _locks(rng: Rng, instance: Instance) -> list[ConstraintBlock]:
    """Locks that do not contradict each other by name; together with a budget they may."""
    blocks: list[ConstraintBlock] = []
    offers = instance.offers
    inside = _some(rng, offers["offer_id"], 0.15) if rng.random() < 0.4 else ()
    if inside:
        blocks.append(LockedIn(offers=inside))
    if rng.random() < 0.4:
        decided = offers[offers["offer_id"].isin(inside)]
        touched = {part for joined in decided["categories"] for part in joined.split(";")}
        free = [name for name in instance.category_names if name not in touched]
        open_sites = sorted(set(instance.sites["site_id"]) - set(decided["site_id"]))
        blocks.append(
            LockedOut(
                offers=_some(rng, set_minus(list(offers["offer_id"]), inside), 0.2),
                sites=_some(rng, open_sites, 0.15),
                categories=_some(rng, free, 0.15),
            )
        )
    return blocks


def set_minus(names: list[str], without: tuple[str, ...]) -> list[str]:
    """The names that are not in the other list, in order."""
    return [name for name in names if name not in without]
