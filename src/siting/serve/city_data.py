"""What the page draws: a city in numbers packed small, and what one plan makes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.names import places
from siting.coverage import Coverage
from siting.coverage.relation import outlets_by_category
from siting.inputs import Instance
from siting.inputs.walking import PRESETS, describe_walking
from siting.language import language
from siting.model.model_spec import known_models
from siting.plan import LoadedRun
from siting.report.comparison import compare_runs, headline, verdict
from siting.report.facts import required_categories
from siting.report.goal_texts import goal_texts
from siting.report.page.packing import bit_words, pack_bits, pack_lines, pack_lists, pack_numbers
from siting.report.page.street_lines import streets
from siting.report.summary import group_name
from siting.report.words import category_names, tier_name
from siting.serve.draft_solver import choices_of

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


def city_data(instance: Instance, coverage: Coverage) -> dict[str, object]:
    """The city without any plan: places, sites and what they offer, who has what today."""
    lines = streets(instance)
    frames = (instance.residents, instance.outlets, instance.sites)
    grid = _Grid(np.floor(np.concatenate([*map(_xy, frames), *lines]).min(axis=0)))
    before = np.stack([coverage[name].served for name in instance.category_names], axis=1)
    return {
        "name": instance.name,
        "note": instance.note,
        "unit": UNIT,
        "words": bit_words(len(instance.categories)),
        "view": _view(instance, grid),
        "walking": describe_walking(instance),
        "presets": list(PRESETS),
        "money": _money(instance),
        "models": list(known_models()),
        "groups": {group: group_name(group) for group in instance.groups},
        "people": {group: pack_numbers(instance.people(group)) for group in instance.groups},
        "points": grid.packed(instance.residents) | {"before": pack_bits(before)},
        "places": {kind: list(places(instance, kind)) for kind in ("district", "circle")},
        "categories": _categories(instance),
        "sites": grid.packed(instance.sites) | {"list": _sites(instance)},
        "outlets": grid.packed(instance.outlets)
        | {"by_category": pack_lists(list(outlets_by_category(instance).values()))},
        "streets": pack_lines([np.maximum(0, grid.units(line)) for line in lines]),
    }


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


def _money(instance: Instance) -> dict[str, object]:
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


def view_data(run: LoadedRun) -> dict[str, object]:
    """What a plan makes of the city: its offers, who has what, and its figures in words."""
    plan = run.plan
    currency, judged = plan.instance.currency, plan.judgement
    offers = [str(offer) for offer in plan.chosen["offer_id"]]
    names = category_names(plan.instance)
    return {
        "chosen": [one.model_dump() for one in choices_of(plan.instance, offers)],
        "covered": pack_bits(judged.after),
        "goals": [asdict(goal) for goal in goal_texts(plan)],
        "spend": currency.show(plan.spend),
        "complete": [f"{number:,.0f}" for number in plan.complete],
        "coverage": [
            {"category": str(names[row["category"]]), "residents": float(row["residents"])}
            | {key: float(row[key]) for key in ("before", "after")}
            for row in plan.coverage.to_dict(orient="records")
        ],
    }


def comparison_data(a: LoadedRun, b: LoadedRun) -> dict[str, object]:
    """Two plans side by side: figures, sites of one alone, and what is proven.

    Raises:
        InputError: They cannot be compared.
    """
    sides = compare_runs(a, b)
    found = sides.comparison
    return {
        "verdict": verdict(found),
        "rows": [[row.name, row.a, row.b, row.change] for row in headline(sides)],
        "sites": found.sites[["site_id", "state"]].to_dict(orient="records"),
        "language": language(),
    }
