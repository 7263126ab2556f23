"""What the figures rest on: the data, the walking, the standards, the costs, the settings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from siting.inputs import describe_walking
from siting.language import phrase, tr
from siting.report.facts import Facts, required_categories
from siting.report.goal_texts import how_it_ended
from siting.report.page.overview import is_synthetic
from siting.report.page.shown_numbers import close, money_column
from siting.report.summary import group_name
from siting.report.tasks import area_of
from siting.report.words import category_names, model_name, percent, tier_name

NamePairs = list[tuple[str, str]]
_SHOWN_DIGITS = 12
_AMOUNTS = ("cost", "investment")
# Stages of a run that are shown; steps within them are in plan.json.
_STAGES = {
    "read": phrase("reading the data"),
    "coverage": phrase("measuring walks"),
    "formulate": phrase("writing the model"),
    "solve": phrase("solving"),
    "plan": phrase("judging the plan"),
}

_BACKENDS = {"auto": phrase("chosen by the program")}


def basis(facts: Facts) -> dict[str, Any]:
    """Names and texts of the data, the walking and the solve; the standards; the digests."""
    return {
        "data": _data(facts),
        "walking": _walking(facts),
        "unit": _unit(facts),
        "costs": tr(
            "Costs are those of the table of offers. Where the note of the data calls them "
            "assumed, every amount on this page is an assumption too, and the choice of tasks "
            "rests on it. Public money is the part that the budget pays; total investment is all "
            "of it."
        ),
        "standards": standards(facts),
        "solve": _solve(facts),
        "versions": sorted(facts.plan.versions.items()),
        "files": [
            (name, digest[:_SHOWN_DIGITS], digest)
            for name, digest in sorted(facts.instance.digests.items())
        ],
    }


def standards(facts: Facts) -> list[dict[str, Any]]:
    """One row a category: its tier, whom it serves, how far is near, and what it costs."""
    instance, names = facts.instance, category_names(facts.instance)
    required = set(required_categories(instance))
    rows = instance.categories.assign(
        **{name: money_column(instance.categories[name], instance.currency) for name in _AMOUNTS}
    )
    return [
        {
            "name": str(names[row["category"]]),
            "tier": tier_name(str(row["tier"])),
            "required": row["category"] in required,
            "group": group_name(str(row["group"])),
            "minutes": f"{row['standard_minutes']:g}",
            "metres": f"{row['standard_minutes'] * instance.walking.speed_of(row['group']):,.0f}",
            "priority": f"{row['priority']:g}",
            **{name: row[name] for name in _AMOUNTS},
        }
        for row in rows.to_dict(orient="records")
    ]


def _data(facts: Facts) -> NamePairs:
    instance = facts.instance
    synthetic = tr("Synthetic: no figure here describes a real city.")
    real = tr("Not called synthetic by its note.")
    people = float(instance.people("all").sum())
    fields = {"people": people, "points": len(instance.residents)}
    return [
        (tr("Data"), instance.name),
        (tr("Kind of data"), synthetic if is_synthetic(facts) else real),
        (tr("Note of the data"), instance.note or tr("none")),
        (tr("Residents"), tr("{people:,.0f} at {points:,} demand points", **fields)),
        (tr("Existing outlets"), f"{len(instance.outlets):,}"),
        (tr("Candidate sites"), f"{len(instance.sites):,}"),
        (tr("Offers"), f"{len(instance.offers):,}"),
        (tr("Coordinates"), instance.crs),
        *_derived_areas(facts),
    ]


def _derived_areas(facts: Facts) -> NamePairs:
    """That districts and circles of sites were taken from the nearest demand point, if any were."""
    sites = facts.instance.sites
    for what in ("district", "circle"):
        own = sites[what].fillna("") if what in sites else pd.Series("", index=sites.index)
        if area_of(facts.instance, sites, what).ne(own).any():
            text = tr("Where a site names none, those of the nearest demand point within 1 km.")
            return [(tr("District and circle of a site"), text)]
    return []


def _walking(facts: Facts) -> NamePairs:
    instance = facts.instance
    return [
        (tr("Reading"), describe_walking(instance)),
        (
            tr("Covered"),
            tr(
                "A resident is covered by a category if the walk to the nearest outlet, or "
                "addition, takes at most the category's standard minutes, at the speed of the "
                "category's group."
            ),
        ),
        (
            tr("Required categories"),
            tr(
                "{count} categories: those of the basic tier, or all where there is no such tier.",
                count=len(required_categories(instance)),
            ),
        ),
    ]


def _unit(facts: Facts) -> str:
    shown = facts.instance.currency
    if shown.shown_scale == 1:
        return tr("Money is shown in {unit}.", unit=shown.shown_in)
    return tr(
        "Money is shown in {unit}; 1 {unit} = {scale:,.0f} {code}.",
        unit=shown.shown_in,
        scale=shown.shown_scale,
        code=shown.unit,
    )


def _solve(facts: Facts) -> NamePairs:
    plan, settings = facts.plan, facts.plan.settings
    steps = [tr("none")] if not settings.without else sorted(settings.without)
    stages = [
        (tr(text), tr("{seconds:,.1f} s", seconds=plan.seconds[stage]))
        for stage, text in _STAGES.items()
        if stage in plan.seconds
    ]
    return [
        (tr("Model"), model_name(plan.spec.name)),
        (tr("Time limit"), tr("{seconds:,.0f} s", seconds=settings.time_limit)),
        (tr("Gap to stop at"), close(percent(settings.relative_gap))),
        (tr("Ended"), how_it_ended(plan)),
        (tr("Seed"), str(settings.seed)),
        (tr("Processor cores"), str(settings.threads)),
        (tr("Exact solver"), tr(_BACKENDS.get(settings.backend, settings.backend))),
        (tr("Steps left out"), ", ".join(steps)),
        *stages,
    ]
