"""What a choice of offers gives, worked out from the inputs alone: no model writer, no solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.contract import Sense
from siting.blocks.exact import Wholes
from siting.blocks.plain_family import Effects
from siting.blocks.plain_model import PlainModel, PlainRows
from siting.blocks.years import ONLY_YEAR
from siting.coverage import Coverage, Walks, measure_walks
from siting.coverage.readings import (
    as_read,
    changes_over_years,
    coverage_in_year,
    in_year,
    outlets_within,
)
from siting.coverage.relation import (
    outlets_by_category,
    sites_by_category,
    walking_limits,
    within_limit,
)
from siting.inputs import Instance, split_categories
from siting.inputs.further_columns import make_room
from siting.inputs.layouts import OFFERS
from siting.language import joined, phrase, tr
from siting.units import Currency

Flags = NDArray[np.bool_]
# What a plan says of each chosen offer beside what the offer's own row says.
OF_CHOICE = ("year", "newly_covered", "only_here", "site")


@dataclass(frozen=True)
class JudgedGoal:
    """What a choice gives of one goal, exactly.

    Attributes:
        name: The goal.
        sense: Whether more or less of it is better; the values are in this sense.
        value: With the choice.
        baseline: With nothing chosen.
    """

    name: str
    sense: Sense
    value: Fraction
    baseline: Fraction


@dataclass(frozen=True)
class Judgement:
    """The effects of a choice.

    Attributes:
        goals: Every goal of the model, the most important first.
        spend: Public money.
        before: Whether each resident point has each category now, shape (residents, categories).
        after: The same with the whole plan.
        violations: Every constraint of the model that the choice breaks, with both numbers.
        values: What every column of the model is, by family.
    """

    goals: tuple[JudgedGoal, ...]
    spend: float
    before: Flags
    after: Flags
    violations: tuple[str, ...]
    values: Mapping[str, Wholes] = field(default_factory=dict, repr=False)

    @property
    def objective(self) -> float:
        """Value of the most important goal."""
        return float(self.goals[0].value)

    @property
    def baseline(self) -> float:
        """The same with nothing added."""
        return float(self.goals[0].baseline)


def judge(
    model: PlainModel, chosen: Mapping[str, int] | Sequence[str], walks: Walks | None = None
) -> Judgement:
    """Works out what a choice of offers gives and which constraints it breaks.

    Coverage is found by one search a category from all its outlets and chosen sites at once, not
    from the relation that the model was built on.

    Args:
        model: The model whose constraints must hold, said plainly.
        chosen: The year of each chosen offer, by its id; or ids where one year is planned.
        walks: Walking distances of the instance, if they were measured already.
    """
    instance, years = model.inputs.instance, model.inputs.years
    violations = list(_odd_choices(model, chosen))
    known = {offer.id for offer in model.inputs.offers}
    when = {
        offer: year
        for offer, year in dated(chosen, years).items()
        if offer in known and year in years
    }
    walks = walks or measure_walks(instance)
    nothing = find_effects(instance, {}, years, walks)
    effects = find_effects(instance, when, years, walks, nothing.before)
    values, empty = model.values(effects), model.values(nothing)
    violations += breaches(model, values)
    return Judgement(
        goals=tuple(
            JudgedGoal(
                goal.name,
                goal.sense,
                goal.in_sense(goal.value(values)),
                goal.in_sense(goal.value(empty)),
            )
            for goal in model.goals
        ),
        spend=float(sum(offer.cost for offer in model.inputs.offers if offer.id in when)),
        before=effects.before,
        after=effects.after[years[-1]],
        violations=tuple(violations),
        values=values,
    )


def dated(chosen: Mapping[str, int] | Sequence[str], years: Sequence[int]) -> dict[str, int]:
    """The year of each chosen offer; ids alone are all of the first year."""
    return dict(chosen) if isinstance(chosen, Mapping) else dict.fromkeys(chosen, years[0])


def _odd_choices(model: PlainModel, chosen: Mapping[str, int] | Sequence[str]) -> Iterator[str]:
    known = {offer.id for offer in model.inputs.offers}
    for offer in sorted(set(chosen) - known):
        yield tr("offer {offer} is chosen and is not in the instance", offer=offer)
    if len(set(chosen)) != len(chosen):
        yield tr("an offer is chosen twice")
    for offer, year in dated(chosen, model.inputs.years).items():
        if year not in model.inputs.years:
            yield tr(
                "offer {offer} is chosen in {year}, which is not planned", offer=offer, year=year
            )


def find_effects(
    instance: Instance,
    chosen: Mapping[str, int],
    years: Sequence[int],
    walks: Walks,
    before: Flags | None = None,
) -> Effects:
    """Who has what after each year, by walks to the nearest.

    Args:
        instance: The inputs.
        chosen: The year of each chosen offer, by its id.
        years: The years that are planned.
        walks: Walking distances of the instance.
        before: Who has what with nothing chosen, if it was found already.
    """
    offers = instance.offers
    built = offers["offer_id"].map(chosen)
    until = {year: offers[built <= year] for year in years}
    city = {year: in_year(instance, year) for year in years}

    def under(reading: str) -> dict[int, Flags]:
        return {year: _covered(as_read(city[year], reading), walks, until[year]) for year in years}

    def twice() -> dict[int, Flags]:
        return {year: _outlets(city[year], walks, until[year]) >= 2 for year in years}

    now = _covered(instance, walks, offers.iloc[:0]) if before is None else before
    stays = not changes_over_years(instance)
    after = {
        year: now if stays and not len(built) else _covered(city[year], walks, built)
        for year, built in until.items()
    }
    return Effects(frozenset(chosen.items()), now, after, cache(under), cache(twice))


def _outlets(instance: Instance, walks: Walks, offers: pd.DataFrame) -> NDArray[np.int64]:
    """Outlets and offers within each standard, shape (residents, categories)."""
    lines = split_categories(offers["categories"]).drop_duplicates()
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    limits, there = walking_limits(instance), outlets_within(instance, walks)
    metres = walks.to_sites(max(limits.values()) + 1.0).tocsc()
    counts = []
    for category, limit in limits.items():
        rows = lines["row"][lines["category"] == category].to_numpy(np.int64)
        near = metres[:, site[rows]].tocoo()
        added = np.bincount(near.row[within_limit(near.data, limit)], minlength=metres.shape[0])
        counts.append(there[category] + added)
    return np.stack(counts, axis=1).astype(np.int64)


def _covered(instance: Instance, walks: Walks, offers: pd.DataFrame) -> Flags:
    limits = walking_limits(instance)
    outlets = outlets_by_category(instance)
    sites = sites_by_category(instance, offers)
    covered = np.zeros((len(instance.residents), len(limits)), dtype=bool)
    for column, (category, limit) in enumerate(limits.items()):
        nearest = walks.to_nearest(outlets[category], np.unique(sites[category]), limit)
        covered[:, column] = within_limit(nearest, limit)
    return covered


def breaches(model: PlainModel, values: Mapping[str, Wholes]) -> Iterator[str]:
    """Every row of the blocks that values break: its activity against its limit, in words."""
    currency = model.inputs.instance.currency
    for rows in model.rows:
        activity = rows.activity(values).tolist()
        for number, amount in enumerate(activity):
            lower, upper = rows.lower[number], rows.upper[number]
            if upper is not None and amount > upper:
                yield _breach(rows, number, (amount, upper), phrase("at most {amount}"), currency)
            elif lower is not None and amount < lower:
                yield _breach(rows, number, (amount, lower), phrase("at least {amount}"), currency)


def _breach(
    rows: PlainRows, number: int, against: tuple[int, int], form: str, currency: Currency
) -> str:
    assert rows.block is not None  # noqa: S101 - rows of a block
    key = [str(part) for part in rows.ids[number] if part != ONLY_YEAR]
    scale = rows.scale[number]
    amount, limit = (Fraction(whole, scale) for whole in against)
    is_money = rows.block.unit == "money"
    shown, allowed = _money(currency, amount, limit) if is_money else _shown(amount, limit)
    return tr(
        rows.block.breach,
        where=rows.label(number),
        of=tr(" ({names})", names=joined(key)) if key else "",
        id=key[0] if key else "",
        category=key[1] if len(key) > 1 else "",
        activity=shown,
        limit=tr(form, amount=allowed),
    )


def _money(currency: Currency, *amounts: Fraction) -> Iterable[str]:
    """Amounts in the unit that the instance shows, or to the last decimal to tell them apart."""
    texts = [currency.show(float(amount)) for amount in amounts]
    if len(set(texts)) == len(set(amounts)):
        return texts
    coin = "元" if currency.shown_in.endswith("元") else currency.unit
    return [f"{number} {coin}" for number in _shown(*amounts)]


def _shown(*numbers: Fraction) -> Iterable[str]:
    """Numbers with as few decimals as tell them apart."""
    if all(number.denominator == 1 for number in numbers):
        return [f"{int(number):,}" for number in numbers]
    for digits in (2, 6, 12):
        texts = [f"{float(number):,.{digits}f}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            return texts
    return [str(number) for number in numbers]


def chosen_offers(instance: Instance, coverage: Coverage, when: Mapping[str, int]) -> pd.DataFrame:
    """The chosen offers, those first that bring most alone: see `Plan.chosen`."""
    offers = instance.offers[instance.offers["offer_id"].isin(list(when))].reset_index(drop=True)
    offers = make_room(offers, OFFERS, OF_CHOICE)
    if instance.years:
        offers = offers.assign(year=offers["offer_id"].map(dict(when)).astype(int))
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    lines = split_categories(offers["categories"]).drop_duplicates()
    newly, only = np.zeros(len(offers)), np.zeros(len(offers))
    last = coverage_in_year(instance, coverage, max(instance.years, default=0))
    groups = dict(zip(instance.categories["category"], instance.categories["group"], strict=True))
    for category, rows in lines.groupby("category")["row"]:
        here = last[str(category)]
        people = instance.people(groups[str(category)]).to_numpy(float)
        reach = here.reach[:, site[rows]].toarray().astype(bool) & ~here.served[:, None]
        alone = reach.sum(axis=1) == 1
        newly[rows] += people @ reach
        only[rows] += (people * alone) @ reach
    frame = offers.assign(newly_covered=newly, only_here=only)
    return frame.sort_values("only_here", ascending=False, kind="stable", ignore_index=True)


def coverage_by_category(instance: Instance, judgement: Judgement) -> pd.DataFrame:
    """People of each category's own group covered before and after.

    Columns `category`, `group`, `residents`, `before`, `after`.
    """
    lines = []
    for column, (category, group) in enumerate(
        zip(instance.categories["category"], instance.categories["group"], strict=True)
    ):
        people = np.asarray(instance.people(group), dtype=np.float64)
        lines.append((category, group, *_people(people, judgement, column)))
    return pd.DataFrame(lines, columns=["category", "group", "residents", "before", "after"])


def coverage_by(instance: Instance, judgement: Judgement, column: str) -> pd.DataFrame:
    """The same for each district (or circle): that column, then those of `coverage_by_category`."""
    if column not in instance.residents:
        return pd.DataFrame(columns=[column, "category", "residents", "before", "after"])
    places = instance.residents[column].fillna("").to_numpy(object)
    lines = []
    for place in sorted(set(places)):
        here = places == place
        for number, (category, group) in enumerate(
            zip(instance.categories["category"], instance.categories["group"], strict=True)
        ):
            people = np.where(here, instance.people(group).to_numpy(float), 0.0)
            lines.append((place, category, *_people(people, judgement, number)))
    return pd.DataFrame(lines, columns=[column, "category", "residents", "before", "after"])


def coverage_by_group(instance: Instance, judgement: Judgement) -> pd.DataFrame:
    """Members of every demand group that have each category: `group`, `category`, ..."""
    lines = [
        (group, category, *_people(people, judgement, column))
        for group in instance.groups
        for people in [np.asarray(instance.people(group), dtype=np.float64)]
        for column, category in enumerate(instance.category_names)
    ]
    return pd.DataFrame(lines, columns=["group", "category", "residents", "before", "after"])


def complete_residents(instance: Instance, judgement: Judgement) -> tuple[float, float]:
    """People who have every required category, before and after.

    Required are the categories of the basic tier, or all where no category is basic.
    """
    required = (instance.categories["tier"] == "basic").to_numpy()
    if not required.any():
        required = np.ones(len(required), dtype=bool)
    people = instance.people("all").to_numpy(float)
    before, after = (
        float(people[covered[:, required].all(axis=1)].sum())
        for covered in (judgement.before, judgement.after)
    )
    return before, after


def _people(
    people: NDArray[np.float64], judgement: Judgement, column: int
) -> tuple[float, float, float]:
    before = float(people[judgement.before[:, column]].sum())
    after = float(people[judgement.after[:, column]].sum())
    return float(people.sum()), before, after
