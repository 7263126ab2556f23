"""What the page draws of a city without any plan: numbers packed small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.names import places
from siting.coverage import Coverage
from siting.coverage.relation import outlets_by_category
from siting.inputs import Instance, NetworkTravel
from siting.inputs.walking import PRESETS, describe_walking
from siting.language import phrase, tr
from siting.model.model_spec import known_models
from siting.report.facts import required_categories
from siting.report.page.packing import bit_words, pack_bits, pack_lines, pack_lists, pack_numbers
from siting.report.page.street_lines import streets
from siting.report.summary import group_name
from siting.report.words import category_names, model_name, tier_name

Floats = NDArray[np.float64]
# Half a metre: finer than a screen shows.
UNIT = 0.5
# The first view shows most people, but no more than twice the middle of them in each direction.
_MOST, _MIDDLE = (0.02, 0.98), (0.15, 0.85)


@dataclass(frozen=True)
class _Grid:
    """Whole units from the lower left corner of all that is drawn."""

    origin: Floats

    def units(self, xy: Floats) -> NDArray[np.int64]:
        return np.asarray(np.rint((xy - self.origin) / UNIT), dtype=np.int64)

    def packed(self, frame: pd.DataFrame) -> dict[str, str]:
        units = np.maximum(0, self.units(_xy(frame)))
        return {"x": pack_numbers(units[:, 0]), "y": pack_numbers(units[:, 1])}


def _xy(frame: pd.DataFrame) -> Floats:
    return frame[["x", "y"]].to_numpy(float).reshape(-1, 2)


def city_data(instance: Instance) -> dict[str, object]:
    """Places, sites and what they offer: all that is known before any walk is measured."""
    grid = _grid(instance)
    return {
        "name": instance.name,
        "note": instance.note,
        "unit": UNIT,
        "words": bit_words(len(instance.categories)),
        "view": _view(instance, grid),
        "walking": describe_walking(instance),
        "presets": {name: _preset(name) for name in PRESETS},
        "money": money_data(instance),
        "models": {name: model_name(name) for name in known_models()},
        "groups": {group: group_name(group) for group in instance.groups},
        "people": {group: pack_numbers(instance.people(group)) for group in instance.groups},
        "points": grid.packed(instance.residents) | {"area": pack_numbers(_area_of(instance))},
        "area": area_kind(instance),
        "places": {kind: list(places(instance, kind)) for kind in ("district", "circle")},
        "categories": _categories(instance),
        "sites": grid.packed(instance.sites) | {"list": _sites(instance)},
        "outlets": grid.packed(instance.outlets)
        | {"by_category": pack_lists(list(outlets_by_category(instance).values()))},
    }


def today_data(instance: Instance, coverage: Coverage) -> dict[str, object]:
    """Who has what today, and the streets: what takes longer than the rest."""
    grid = _grid(instance)
    before = np.stack([coverage[name].served for name in instance.category_names], axis=1)
    lines = [np.maximum(0, grid.units(line)) for line in streets(instance)]
    return {"before": pack_bits(before), "streets": pack_lines(lines)}


def area_kind(instance: Instance) -> str:
    """The areas that the map knows: circles, or districts where the inputs name no circle."""
    return "circle" if places(instance, "circle") else "district"


def _area_of(instance: Instance) -> NDArray[np.int64]:
    """Of each demand point the number of its area among `places`, from 1 on; 0 for none."""
    residents, kind = instance.residents, area_kind(instance)
    if kind not in residents:
        return np.zeros(len(residents), dtype=np.int64)
    known = pd.Index(places(instance, kind))
    return np.asarray(known.get_indexer(pd.Index(residents[kind])), dtype=np.int64) + 1


def _grid(instance: Instance) -> _Grid:
    frames = [instance.residents, instance.outlets, instance.sites]
    if isinstance(instance.travel, NetworkTravel):
        frames.append(instance.travel.nodes)
    return _Grid(np.floor(np.concatenate([*map(_xy, frames)]).min(axis=0)))


def _view(instance: Instance, grid: _Grid) -> list[int]:
    """Left, bottom, right and top of the first view, in units."""
    people = instance.people("all").to_numpy(float)
    ends = []
    for values in grid.units(_xy(instance.residents)).T:
        order = np.argsort(values, kind="stable")
        share = np.cumsum(people[order]) / max(float(people.sum()), 1.0)
        at = np.clip(np.searchsorted(share, (*_MOST, *_MIDDLE)), 0, len(values) - 1)
        first, last, low, high = (int(end) for end in values[order][at])
        more = (high - low) // 2
        ends.append((max(first, low - more), min(last, high + more)))
    (left, right), (bottom, top) = ends
    return [left, bottom, right, top]


_WALKERS = {
    "adult": phrase("adults"),
    "planning": phrase("as planners count"),
    "elderly": phrase("elderly people"),
    "child": phrase("children"),
    "wheelchair": phrase("people in wheelchairs"),
}


def _preset(name: str) -> str:
    return tr("{who}: {speed} m/min", who=tr(_WALKERS[name]), speed=f"{PRESETS[name]:.0f}")


def money_data(instance: Instance) -> dict[str, object]:
    """The money that the inputs name, and how it is shown."""
    currency = instance.currency
    return {
        "unit": currency.unit,
        "shown_in": currency.shown_in,
        "scale": currency.shown_scale,
        "budget": instance.budget,
        "years": {str(year): money for year, money in instance.years.items()},
    }


def _categories(instance: Instance) -> list[dict[str, object]]:
    names, required = category_names(instance), set(required_categories(instance))
    return [
        {
            "id": row["category"],
            "name": str(names[row["category"]]),
            "tier": tier_name(str(row["tier"])),
            "group": row["group"],
            "standard": float(row["standard_minutes"]),
            "priority": float(row["priority"]),
            "required": row["category"] in required,
        }
        for row in instance.categories.to_dict(orient="records")
    ]


def _sites(instance: Instance) -> list[dict[str, object]]:
    """One record a site: `id`, `name`, `district`, `circle`, and its `offers`."""
    offers: dict[str, list[object]] = {}
    columns = ["site_id", "offer_id", "categories", "cost"]
    for site, offer, categories, cost in instance.offers[columns].itertuples(
        index=False, name=None
    ):
        offers.setdefault(str(site), []).append([str(offer), str(categories), float(cost)])
    said = ("name", "district", "circle")
    found: list[dict[str, object]] = []
    for row in instance.sites.to_dict(orient="records"):
        texts = {key: _text(row.get(key)) for key in said}
        here = str(row["site_id"])
        found.append({"id": here, **texts, "offers": offers.get(here, [])})
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
