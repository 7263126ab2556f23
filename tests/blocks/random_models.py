"""Random cities and models out of every block: districts, circles, modes, money and years, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from siting.blocks import (
    AllowedCategories,
    Budget,
    Catchment,
    CategoryOncePerSite,
    CompletePlaces,
    CompletePlacesFloor,
    CompleteResidents,
    CompleteShare,
    ConstraintBlock,
    Count,
    CoveredResidents,
    CoveredShare,
    Earliest,
    Excludes,
    Hub,
    LeastMoney,
    LeastWalking,
    LockedIn,
    LockedOut,
    ObjectiveBlock,
    Requires,
    Scenarios,
    SiteArea,
    SiteSlots,
    Spacing,
    WorstShare,
)
from siting.blocks.years import horizon
from siting.inputs import Instance
from siting.model import ModelSpec, WeightedSum, check_fit
from towns import draw_instance

Rng = np.random.Generator
PLACES = {"district": ("east", "west", "昆都仑区"), "circle": ("C1", "C2")}
NAMES_ZH = {"pharmacy": "药店", "canteen": "食堂", "laundry": "洗衣店"}
EACH = ("district", "circle", "site", "category", "tier", "mode", "year")


def draw_city(seed: int, most_choices: int = 2**9, travel: str | None = None) -> Instance:
    """A town with places, modes and investments, and in a third of all cases with 2 or 3 years.

    Args:
        seed: Same seed, same city.
        most_choices: Offers are left out until there are at most so many choices of them.
        travel: `line`, `network` or `table`; drawn if it is None.
    """
    rng, town = np.random.default_rng([seed, 2]), draw_instance(seed, travel)
    years = {}
    if rng.random() < 1 / 3:
        count = int(rng.integers(2, 4))
        years = {2026 + t: float(rng.choice([0.0, 2500.0, 4000.5, 9000.0])) for t in range(count)}
    offers = town.offers.assign(
        investment=town.offers["cost"] * rng.choice([1, 2, 2.5], len(town.offers)) + 100.25,
        mode=rng.choice(["new", "retrofit", ""], len(town.offers)),
    )
    while (len(years) + 1 if years else 2) ** len(offers) > most_choices:
        offers = offers.iloc[:-1]
    residents, sites = (
        table.assign(
            **{
                kind: rng.choice(["", *names], len(table))
                for kind, names in PLACES.items()
                if rng.random() < 0.8
            }
        )
        for table in (town.residents, town.sites)
    )
    if rng.random() < 0.8:
        sites = sites.assign(floor_area_m2=rng.choice([np.nan, 60.0, 100.5], len(sites)))
    if years and rng.random() < 0.7:
        first = rng.choice([np.nan, np.nan, 2026.0, 2027.0, 2029.0], len(offers))
        offers = offers.assign(earliest=first)
    growth = {}
    if years and rng.random() < 0.5:
        growth = {"all": float(rng.choice([0.0, 0.02, -0.1])), "elderly": 0.25}
    outlets = town.outlets
    if years and rng.random() < 0.6:
        outlets = outlets.assign(until=rng.choice([np.nan, 2025.0, 2026.0, 2027.0], len(outlets)))
    if rng.random() < 0.5:
        offers = offers.assign(floor_area_m2=rng.choice([np.nan, 30.25, 80.0], len(offers)))
    categories = town.categories.assign(name_zh=town.categories["category"].map(NAMES_ZH))
    if rng.random() < 0.8:
        categories = categories.assign(floor_area_m2=rng.choice([20.0, 45.5], len(categories)))
    if rng.random() < 0.3:
        each = rng.choice([np.nan, 15.0, 40.0], len(categories))
        categories = categories.assign(residents_per_outlet=each)
    return replace(
        town,
        residents=residents,
        sites=sites,
        categories=categories,
        offers=offers,
        outlets=outlets,
        years=years,
        growth=growth,
    )


def draw_model(seed: int, instance: Instance, *blocks: str, goals: int = 1) -> ModelSpec:
    """A model of some of the blocks (and of these ones, each with drawn settings) that fits.

    Args:
        seed: Same seed, same model.
        instance: A city.
        *blocks: Names of blocks that it has in any case.
        goals: Goals that it has; with 1 it may be a weighted sum of two objectives.
    """
    rng = np.random.default_rng([seed, 3])
    wanted = [name for name in blocks if name in DRAWS]
    names = [*wanted, *(name for name in DRAWS if name not in blocks and rng.random() < 0.12)]
    constraints = [DRAWS[name](rng, instance) for name in names]
    constraints += [DRAWS["count"](rng, instance)] if rng.random() < 0.2 else []
    fitting = tuple(one for one in constraints if not _misfits(one, instance))
    first = [name for name in blocks if name not in DRAWS]
    spec = ModelSpec("random", draw_goals(rng, instance, goals, *first), fitting)
    if any(found.code == "locks-contradict" for found in check_fit(instance, spec)):
        inside = tuple(one for one in fitting if not isinstance(one, LockedOut))
        outside = tuple(one for one in fitting if not isinstance(one, LockedIn))
        spec = replace(spec, subject_to=inside if rng.random() < 0.5 else outside)
    return spec


def draw_goals(
    rng: Rng, instance: Instance, count: int, *first: str
) -> tuple[ObjectiveBlock | WeightedSum, ...]:
    """Different goals; a single one may be a weighted sum."""
    known: list[ObjectiveBlock] = [
        _covered(rng, instance),
        CompleteResidents(),
        CompleteResidents(category=(str(rng.choice(instance.category_names)),), tier=()),
    ]
    by: Any = str(rng.choice(["number", "residents"]))
    year = tuple(t for t in horizon(instance) if rng.random() < 0.4) if instance.years else ()
    known.append(CompletePlaces(by=by, year=year, **_place(rng, instance)))
    known[1] = CompleteResidents(year=year if rng.random() < 0.5 else ())
    known.append(_worst(rng, instance))
    known += [_scenarios(rng, instance), _walking(rng, instance)]
    known.append(LeastMoney(of="public" if rng.random() < 0.5 else "investment"))
    if set(known[2].required(instance)) == set(known[1].required(instance)):  # type: ignore[attr-defined]
        known.pop(2)
    order = [known[k] for k in rng.permutation(len(known))]
    order = sorted(order, key=lambda goal: goal.block not in first)[: max(count, 2)]
    if count == 1 and rng.random() < 0.3:
        weights = rng.choice([0.5, 1.0, 3.0, 1 / 3, 7.25], 2)
        return (WeightedSum(tuple(zip(order, map(float, weights), strict=True))),)
    within = [float(rng.choice([0.0, 1e-4, 0.1])) for _ in order]
    return tuple(
        goal.model_copy(update={"within": share})
        for goal, share in list(zip(order, within, strict=True))[:count]
    )


def _covered(rng: Rng, instance: Instance) -> CoveredResidents:
    given: dict[str, Any] = {}
    if rng.random() < 0.3:
        given["category"] = _categories(rng, instance)
    if rng.random() < 0.3:
        given["group"] = str(rng.choice(instance.groups))
    if instance.years and rng.random() < 0.4:
        given["year"] = tuple(t for t in horizon(instance) if rng.random() < 0.5)
    kind = rng.random()
    if kind < 0.3:
        minutes = sorted(rng.choice([1.0, 1.5, 2.0, 3.25], int(rng.integers(1, 4)), replace=False))
        parts = zip(minutes, (1.0, 0.65, 0.3), strict=False)
        given["worth"] = {f"{minute} min": part for minute, part in parts}
    elif kind < 0.6:
        given["backup"] = float(rng.choice([0.2, 0.5, 1.0]))
    elif kind < 0.8:
        names = _categories(rng, instance)
        given["capacity"] = {name: float(rng.choice([10.0, 25.5, 60.0])) for name in names}
    return CoveredResidents(**given)


def _scenarios(rng: Rng, instance: Instance) -> Scenarios:
    known = {
        "dry": {},
        "snow": {"ground": "winter", "weight": 3},
        "ice": {"ground": "ice", "people": {"all": 1.1}, "weight": 0.7},
        "older": {"people": {str(rng.choice(instance.groups)): 1.3}},
        "turned": {"people": {str(rng.choice(instance.groups)): "residents"}},
    }
    count = int(rng.integers(1, 4))
    drawn = {name: known[name] for name in rng.permutation(list(known))[:count].tolist()}
    return Scenarios.model_validate({"of": drawn, "by": str(rng.choice(["expected", "worst"]))})


def _walking(rng: Rng, instance: Instance) -> LeastWalking:
    given: dict[str, Any] = {"cap": "3 min", "step": str(rng.choice(["1 min", "1.5 min"]))}
    if rng.random() < 0.4:
        given["category"] = _categories(rng, instance)
    if rng.random() < 0.3:
        given["group"] = str(rng.choice(instance.groups))
    return LeastWalking(**given)


def some(rng: Rng, names: Any, share: float = 0.5) -> tuple[str, ...]:
    """Some of the names, at least one where there are any."""
    listed = [str(name) for name in names]
    taken = tuple(name for name in listed if rng.random() < share)
    return taken or tuple(listed[:1])


def _misfits(block: ConstraintBlock, instance: Instance) -> bool:
    return any(found.severity == "error" for found in block.incompatibilities(instance))


def _categories(rng: Rng, instance: Instance) -> tuple[str, ...]:
    """Some categories, by id or by their Chinese names."""
    chosen = some(rng, instance.category_names)
    return tuple(NAMES_ZH[name] if rng.random() < 0.3 else name for name in chosen)


def _known(instance: Instance, kind: str, *, homes: bool) -> tuple[str, ...]:
    tables = (instance.residents,) if homes else (instance.residents, instance.sites)
    found = {name for table in tables if kind in table for name in table[kind] if name}
    return tuple(sorted(found))


def _scope(rng: Rng, instance: Instance) -> dict[str, Any]:
    """Which offers a block is about."""
    drawn: dict[str, Callable[[], Any]] = {
        "category": lambda: _categories(rng, instance),
        "tier": lambda: some(rng, instance.categories["tier"].unique()),
        "district": lambda: some(rng, _known(instance, "district", homes=False)),
        "circle": lambda: some(rng, _known(instance, "circle", homes=False)),
        "site": lambda: some(rng, instance.sites["site_id"], 0.7),
        "mode": lambda: some(rng, [m for m in instance.offers["mode"].unique() if m]),
        "year": lambda: tuple(t for t in horizon(instance) if rng.random() < 0.6),
    }
    given = {kind: draw() for kind, draw in drawn.items() if rng.random() < 0.15}
    each = str(rng.choice(EACH)) if rng.random() < 0.4 else None
    if each in PLACES and not _known(instance, str(each), homes=False):
        each = None
    return {**given, "each": each}


def _budget(rng: Rng, instance: Instance) -> Budget:
    kind = int(rng.integers(5))
    given: dict[str, Any] = {
        "of": str(rng.choice(["public", "investment"])),
        **_scope(rng, instance),
    }
    if kind == 0:
        return Budget(dearer=0.1 if rng.random() < 0.3 else 0)
    if kind in (1, 2):
        given["at_most"] = f"{rng.choice(['0', '3000', '7000.5', '1.2万', '5万'])} CNY"
    if kind in (2, 3):
        given["at_least"] = f"{rng.choice(['0', '500', '1000.25'])} CNY"
    if rng.random() < 0.2:
        given["dearer"] = float(rng.choice([0.1, 0.25]))
    if kind == 4:
        given["each"] = str(rng.choice(["year", ""])) or None if instance.years else given["each"]
    return Budget(**given)


def _count(rng: Rng, instance: Instance) -> Count:
    kind, given = int(rng.integers(3)), _scope(rng, instance)
    if rng.random() < 0.3:
        given = {k: v for k, v in given.items() if k in ("district", "circle", "site", "each")}
        given["of"] = "sites"
        if given["each"] not in ("district", "circle", "site"):
            given["each"] = None
    if kind != 1:
        given["at_most"] = int(rng.integers(1, 4))
    if kind != 0:
        given["at_least"] = int(rng.integers(0, 2))
    return Count(**given)


def _share(rng: Rng, instance: Instance) -> CoveredShare:
    given: dict[str, Any] = {"at_least": float(rng.choice([0.0, 0.07, 0.25, 0.373, 0.5]))}
    if rng.random() < 0.3:
        given["at_least"] = str(rng.choice(["37.3%", "7%", "1%"]))
    if rng.random() < 0.3:
        given["category"] = _categories(rng, instance)
    if rng.random() < 0.15:
        given["tier"] = some(rng, instance.categories["tier"].unique())
    if rng.random() < 0.3:
        given["group"] = str(rng.choice(instance.groups))
    for kind in PLACES:
        if rng.random() < 0.2:
            given[kind] = some(rng, _known(instance, kind, homes=True))
    if rng.random() < 0.3:
        given["year"] = tuple(t for t in horizon(instance) if rng.random() < 0.6)
    each = str(rng.choice(["district", "circle", "category"])) if rng.random() < 0.4 else None
    if each not in PLACES or _known(instance, str(each), homes=True):
        given["each"] = each
    return CoveredShare(**given)


def _place(rng: Rng, instance: Instance) -> dict[str, Any]:
    """Which places a block is about, and what they must have."""
    given: dict[str, Any] = {}
    kinds = [kind for kind in PLACES if _known(instance, kind, homes=True)]
    if kinds and rng.random() < 0.7:
        given["place"] = str(rng.choice(kinds))
    if rng.random() < 0.3:
        given["category"] = _categories(rng, instance)
    return given


def _worst(rng: Rng, instance: Instance) -> WorstShare:
    kinds = [kind for kind in PLACES if _known(instance, kind, homes=True)]
    given: dict[str, Any] = {"each": str(rng.choice(["group", "category", *kinds]))}
    if given["each"] != "category" and rng.random() < 0.4:
        given["of"] = "complete"
    if rng.random() < 0.3:
        given["category"] = _categories(rng, instance)
    if given["each"] != "group" and rng.random() < 0.3:
        given["group"] = str(rng.choice(instance.groups))
    return WorstShare(**given)


def _places_floor(rng: Rng, instance: Instance) -> CompletePlacesFloor:
    given: dict[str, Any] = {"at_least": int(rng.choice([0, 0, 1, 1, 2])), **_place(rng, instance)}
    if "place" in given and rng.random() < 0.3:
        given["named"] = some(rng, _known(instance, given["place"], homes=True))
    if rng.random() < 0.3:
        given["year"] = tuple(t for t in horizon(instance) if rng.random() < 0.6)
    return CompletePlacesFloor(**given)


def _complete_share(rng: Rng, instance: Instance) -> CompleteShare:
    given: dict[str, Any] = {"at_least": float(rng.choice([0.0, 0.07, 0.2, 0.33]))}
    if rng.random() < 0.3:
        given["category"] = _categories(rng, instance)
    if rng.random() < 0.3:
        given["group"] = str(rng.choice(instance.groups))
    each = str(rng.choice([*PLACES])) if rng.random() < 0.3 else None
    if each is not None and _known(instance, each, homes=True):
        given["each"] = each
    if rng.random() < 0.3:
        given["year"] = tuple(t for t in horizon(instance) if rng.random() < 0.6)
    return CompleteShare(**given)


def _area(rng: Rng, _instance: Instance) -> SiteArea:
    return SiteArea(default=float(rng.choice([30.5, 80.0])) if rng.random() < 0.5 else None)


def _requires(rng: Rng, instance: Instance) -> Requires:
    return Requires(
        category=_categories(rng, instance),
        needs=_categories(rng, instance),
        within_metres=float(rng.choice([0.0, 100.0, 200.0])),
        existing=bool(rng.random() < 0.5),
    )


def _hub(rng: Rng, instance: Instance) -> Hub:
    given: dict[str, Any] = {"at_least": int(rng.integers(1, 3))}
    if rng.random() < 0.5:
        given["of"] = _categories(rng, instance)
        given["of_at_least"] = int(rng.integers(1, len(set(given["of"])) + 1))
    if rng.random() < 0.4:
        given["where"] = _categories(rng, instance)
    if rng.random() < 0.4:
        given["site"] = some(rng, instance.sites["site_id"])
    return Hub(**given)


def _excludes(rng: Rng, instance: Instance) -> Excludes:
    given: dict[str, Any] = {}
    if rng.random() < 0.7:
        given["offers"] = some(rng, instance.offers["offer_id"])
    if rng.random() < 0.5 or not given:
        given |= {"category": _categories(rng, instance), "not_with": _categories(rng, instance)}
    return Excludes(**given)


def _spacing(rng: Rng, instance: Instance) -> Spacing:
    return Spacing(
        category=_categories(rng, instance),
        metres=float(rng.choice([100.0, 150.0, 200.0])),
        existing=bool(rng.random() < 0.5),
    )


def _catchment(rng: Rng, instance: Instance) -> Catchment:
    given: dict[str, Any] = {"at_least": float(rng.choice([5.0, 20.5, 50.0]))}
    if rng.random() < 0.5:
        given["category"] = _categories(rng, instance)
    if rng.random() < 0.3:
        given["who"] = "unserved"
    return Catchment(**given)


def _slots(rng: Rng, instance: Instance) -> SiteSlots:
    blank = "slots" in instance.sites and bool(instance.sites["slots"].isna().any())
    return SiteSlots(default=int(rng.integers(0, 3)) if blank or rng.random() < 0.5 else None)


def _allowed(rng: Rng, instance: Instance) -> AllowedCategories:
    return AllowedCategories(only=_categories(rng, instance) if rng.random() < 0.5 else None)


def _locked_in(rng: Rng, instance: Instance) -> LockedIn:
    return LockedIn(offers=some(rng, instance.offers["offer_id"], 0.15))


def _locked_out(rng: Rng, instance: Instance) -> LockedOut:
    return LockedOut(
        offers=some(rng, instance.offers["offer_id"], 0.2),
        sites=some(rng, instance.sites["site_id"], 0.15) if rng.random() < 0.3 else (),
        categories=_categories(rng, instance) if rng.random() < 0.1 else (),
    )


DRAWS: dict[str, Callable[[Rng, Instance], ConstraintBlock]] = {
    "budget": _budget,
    "count": _count,
    "covered_share": _share,
    "complete_places_floor": _places_floor,
    "complete_share": _complete_share,
    "site_slots": _slots,
    "site_area": _area,
    "requires": _requires,
    "hub": _hub,
    "excludes": _excludes,
    "spacing": _spacing,
    "catchment": _catchment,
    "category_once_per_site": lambda _rng, _instance: CategoryOncePerSite(),
    "earliest": lambda _rng, _instance: Earliest(),
    "allowed_categories": _allowed,
    "locked_in": _locked_in,
    "locked_out": _locked_out,
}
