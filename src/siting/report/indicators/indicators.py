"""The indicators that a bureau reports, each with its formula and where its numbers come from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.language import joined, phrase, tr
from siting.report.facts import required_categories
from siting.report.indicators.campaigns import CAMPAIGNS
from siting.report.indicators.closing import Closing, what_it_takes
from siting.report.indicators.distribution import (
    LONGEST_WALK,
    Floats,
    gini,
    mean_walks,
    worst_tenth,
)
from siting.report.indicators.places import communities, place_indicators
from siting.report.indicators.stages import Stage
from siting.report.ledger_columns import answers, find_column, numbers, share_numbers
from siting.report.words import category_names, place_heading

Part = tuple[float, float]
_UNKNOWN: Part = (math.nan, math.nan)


@dataclass(frozen=True)
class Indicator:
    """One figure over the whole city, at each stage.

    Attributes:
        key: Its name in files.
        name: What it is called, in the language in use.
        unit: `share`, `mean` (of shares), `ratio`, `area`, `minutes` or `number`.
        parts: Numerator and denominator at each stage; NaN where the data do not say.
        formula: How it is worked out, in words.
        source: The files and columns that it comes from.
    """

    key: str
    name: str
    unit: str
    parts: tuple[Part, ...]
    formula: str
    source: str

    @property
    def values(self) -> tuple[float, ...]:
        """Numerator / denominator at each stage; NaN where it is not known."""
        return tuple(above / below if below else math.nan for above, below in self.parts)

    @property
    def known(self) -> bool:
        """Whether the data say anything of it."""
        return not all(map(math.isnan, self.values))


@dataclass(frozen=True)
class Indicators:
    """All indicators of a city, now and after each year of a plan.

    Attributes:
        stages: The times.
    """

    stages: tuple[Stage, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each stage is called."""
        return tuple(stage_name(stage) for stage in self.stages)

    @cached_property
    def places(self) -> tuple[pd.DataFrame, ...]:
        """`place_indicators` of each stage."""
        return tuple(place_indicators(stage) for stage in self.stages)

    @cached_property
    def communities(self) -> tuple[pd.DataFrame, ...]:
        """`communities` of each stage."""
        return tuple(map(communities, self.stages, self.places))

    @cached_property
    def closing(self) -> Closing:
        """What it takes after the last stage until nothing required is missing."""
        return what_it_takes(self.stages[-1])

    @property
    def overall(self) -> tuple[Indicator, ...]:
        """The figures of the whole city in the order in which they are reported.

        Their texts are in the language in use, so only the figures behind them are kept.
        """
        return (
            *_completeness(self),
            *_graded(self),
            *_campaigns(self),
            *_ledgers(self),
            *_distribution(self),
        )


def stage_name(stage: Stage) -> str:
    """What a time is called."""
    if stage.year is None:
        return tr("now")
    return tr("after {year}", year=stage.year) if stage.year else tr("with the plan")


def _completeness(all_of: Indicators) -> Iterator[Indicator]:
    stage = all_of.stages[0]
    count = len(required_categories(stage.instance))
    kind = place_heading(stage.gaps.place_kind)
    source = _source(stage, ("outlets", "categories"), ("residents", stage.gaps.place_kind),
                     ("categories", "tier"))  # fmt: skip
    yield Indicator(
        "completeness",
        tr("Category completeness"),
        "share",
        tuple((float(one["have"].sum()), float(one["required"].sum())) for one in all_of.places),
        tr(
            "{kind}: required categories that are not lacking / required categories of all "
            "({count} each); one is lacking where fewer outlets are within reach of the people "
            "than are needed",
            kind=kind,
            count=count,
        ),
        source,
    )
    yield Indicator(
        "complete_places",
        tr("{kind}: all required categories", kind=kind),
        "share",
        tuple((float(one["complete"].sum()), float(len(one))) for one in all_of.places),
        tr("{kind}: those that lack no required category / all", kind=kind),
        source,
    )
    yield Indicator(
        "community_coverage",
        tr("Community coverage"),
        "share",
        tuple((float(one["complete"].sum()), float(len(one))) for one in all_of.communities),
        tr(
            "communities where most people live in a {kind} that lacks no required category / all "
            "communities",
            kind=kind,
        ),
        _source(stage, ("residents", "community"), ("residents", stage.gaps.place_kind)),
    )


def _graded(all_of: Indicators) -> Iterator[Indicator]:
    instance = all_of.stages[0].instance
    kind, names = place_heading(all_of.stages[0].gaps.place_kind), list(instance.grades)
    for number, (name, asked) in enumerate(instance.grades.items()):
        better = names[number:]
        parts = [(float(p["grade"].isin(better).sum()), float(len(p))) for p in all_of.places]
        yield Indicator(
            f"grade_{number + 1}",
            tr("{kind}: {grade} or better", kind=kind, grade=name),
            "share",
            tuple(parts),
            tr(
                "{kind}: those with a completeness of at least {basic:.0%}, at least {quality} "
                "further categories and a satisfaction of at least {satisfaction:.0%} / all",
                kind=kind,
                basic=asked.basic,
                quality=asked.quality,
                satisfaction=asked.satisfaction,
            ),
            tr("the table of grades of the instance"),
        )


def _campaigns(all_of: Indicators) -> Iterator[Indicator]:
    stage = all_of.stages[0]
    kind, names = place_heading(stage.gaps.place_kind), category_names(stage.instance)
    for campaign in CAMPAIGNS:
        halves = [
            joined(str(names[name]) for name in half if name in names.index)
            for half in campaign.halves
        ]
        met = [one[campaign.key] for one in all_of.places]
        yield Indicator(
            campaign.key,
            tr(campaign.name),
            "share",
            tuple((float(p.sum(min_count=1)), float(p.notna().sum() or math.nan)) for p in met),
            tr(
                "{kind}: those that have one of ({first}) and one of ({second}) / all",
                kind=kind,
                first=halves[0] or tr("none"),
                second=halves[1] or tr("none"),
            ),
            _source(stage, ("outlets", "categories")),
        )


def _ledgers(all_of: Indicators) -> Iterator[Indicator]:
    stage = all_of.stages[0]
    outlets, residents = stage.instance.outlets, stage.instance.residents
    chain, rating = answers(outlets, "chain"), share_numbers(residents, "satisfaction")
    people = stage.instance.people("all").astype(float).where(rating.notna())
    yield Indicator(
        "chain_rate",
        tr("Chain rate"),
        "share",
        _throughout(all_of, chain.sum(), chain.notna().sum()),
        tr("outlets that are chains / outlets of which it is known; as it is now"),
        _source(stage, ("outlets", "chain")),
    )
    yield Indicator(
        "area_per_100_households",
        tr("Commercial floor area per 100 households"),
        "area",
        tuple(_area(one) for one in all_of.stages),
        tr("100 x (floor area of the outlets + of the tasks until then) / households, in m²"),
        _source(stage, ("outlets", "area"), ("residents", "households"), ("offers", "area")),
    )
    yield Indicator(
        "satisfaction",
        tr("Satisfaction"),
        "mean",
        _throughout(all_of, (rating * people).sum(), people.sum()),
        tr("mean of the demand points, by people; as it is now"),
        _source(stage, ("residents", "satisfaction")),
    )


def _throughout(all_of: Indicators, above: float, below: float) -> tuple[Part, ...]:
    """A figure that no task changes as far as anybody knows."""
    part = (float(above), float(below)) if below else _UNKNOWN
    return (part,) * len(all_of.stages)


def _area(stage: Stage) -> Part:
    area = numbers(stage.instance.outlets, "area").sum(min_count=1)
    households = numbers(stage.instance.residents, "households").sum(min_count=1)
    if math.isnan(area) or math.isnan(households):
        return _UNKNOWN
    built = numbers(stage.built, "area").sum()
    return 100 * float(area + built), float(households)


def _distribution(all_of: Indicators) -> Iterator[Indicator]:
    stage = all_of.stages[0]
    walks = [mean_walks(one) for one in all_of.stages]
    people = np.asarray(stage.instance.people("all"), dtype=np.float64)
    source = _source(stage, ("residents", "residents"), ("outlets", "categories"))
    longest = f"{LONGEST_WALK:.0f}"
    kinds = (
        (
            "mean_walk",
            tr("Mean walk to the required categories"),
            "minutes",
            _mean_walk,
            tr(
                "mean over people and required categories of the minutes to the nearest, {longest} "
                "at most",
                longest=longest,
            ),
        ),
        (
            "worst_tenth",
            tr("Walk of the worst tenth"),
            "minutes",
            worst_tenth,
            tr("the same of the tenth of people who walk longest"),
        ),
        (
            "gini",
            tr("Gini of the minutes"),
            "ratio",
            gini,
            tr("Gini coefficient of these minutes over people; 0 where all walk as far"),
        ),
    )
    for key, name, unit, work_out, formula in kinds:
        parts = tuple((float(work_out(one, people)), 1.0) for one in walks)
        yield Indicator(key, name, unit, parts, formula, source)


def _mean_walk(walks: Floats, people: Floats) -> float:
    return float(walks @ people / people.sum()) if people.sum() > 0 else math.nan


_TABLES = {
    "residents": phrase("demand points"),
    "outlets": phrase("outlets"),
    "categories": phrase("categories"),
    "offers": phrase("offers"),
}
_COLUMNS = {
    "residents": phrase("residents"),
    "categories": phrase("categories"),
    "tier": phrase("tier"),
    "community": phrase("community"),
    "chain": phrase("whether it is a chain"),
    "area": phrase("floor area"),
    "households": phrase("households"),
    "satisfaction": phrase("satisfaction"),
    "circle": phrase("living circle"),
    "district": phrase("district"),
    "city": phrase("all rows"),
}
_FOUND = ("residents", "categories", "tier", "circle", "district", "city")


def _source(stage: Stage, *columns: tuple[str, str]) -> str:
    """Which columns of which tables, and which of them are missing."""
    return tr("; ").join(_column(stage, table, column) for table, column in columns)


def _column(stage: Stage, table: str, column: str) -> str:
    known = column in _FOUND or find_column(getattr(stage.instance, table), column) is not None
    form = phrase("{table}: {column}") if known else phrase("{table}: {column} (not in the data)")
    return tr(form, table=tr(_TABLES[table]), column=tr(_COLUMNS[column]))
