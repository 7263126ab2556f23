"""Two plans side by side: what came, what went, who gained, who lost, and what is proven of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coverage.gaps import place_kind
from siting.errors import InputError, Problem
from siting.inputs import Instance, split_categories
from siting.inputs.walking import walking_facts
from siting.language import phrase, tr
from siting.plan.loaded_run import LoadedRun
from siting.plan.plan import Plan
from siting.units import listed

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Objectives are sums of up to millions of residents in floating point.
_EQUAL = 1e-9


class Condition(StrEnum):
    """What two plans were made under; where they differ, a comparison says so.

    Attributes:
        FILES: The files of the instance.
        BUDGET: The public money.
        MODEL: The model spec.
        WALKING: Speeds, winter, and how walks are measured.
        SETTINGS: How they were solved: time limit, gap, seed and the like.
    """

    FILES = "files"
    BUDGET = "budget"
    MODEL = "model"
    WALKING = "walking"
    SETTINGS = "settings"


class Standing(StrEnum):
    """What is proven of two plans beyond their own figures.

    Attributes:
        SAME: They choose the same offers and reach the same.
        SAME_QUESTION: They answer the same question, so the better one is better, and that is all.
        B_ABOVE: B reaches more than any plan can under the conditions of A.
        A_ABOVE: A reaches more than any plan can under the conditions of B.
        OPEN: Which conditions allow more cannot be told within the proven gaps.
        OTHER_MEASURE: Their objectives count other people or other weights.
    """

    SAME = "same"
    SAME_QUESTION = "same_question"
    B_ABOVE = "b_above"
    A_ABOVE = "a_above"
    OPEN = "open"
    OTHER_MEASURE = "other_measure"


@dataclass(frozen=True)
class Comparison:
    """Plan A, the base, and plan B beside it.

    Attributes:
        a: The base.
        b: The other plan.
        changed: Conditions in which they differ.
        files: Input files that differ.
        standing: What is proven.
        offers: Every offer of either: `offer_id`, `site_id`, `categories`, `cost`, `investment`,
            `state` (`kept`, `gained`, `lost`).
        sites: Every site with an offer of either: `site_id`, `x`, `y`, `state` (`gained` has none
            in A, `lost` none in B, `kept` the same in both, else `changed`).
        additions: By `place` (circle, else district, else city) and `category`: `before` and
            `after` (offers of A and of B that add it there), `gained`, `lost` (offers of one
            alone); rows without a difference are left out.
        people: By `district` and `category`: `before` and `after` (people of the category's group
            covered by A's plan and by B's), `gained` (covered by B's alone, as B counts them) and
            `lost` (by A's alone, as A counts them); rows without a difference are left out.
        residents: Demand points with a difference: `resident_id`, `x`, `y`, `gained`, `lost`
            (people of the largest group concerned, so that nobody is counted twice).
    """

    a: Plan
    b: Plan
    changed: tuple[Condition, ...]
    files: tuple[str, ...]
    standing: Standing
    offers: pd.DataFrame
    sites: pd.DataFrame
    additions: pd.DataFrame
    people: pd.DataFrame
    residents: pd.DataFrame

    @property
    def change(self) -> float:
        """B's objective less A's."""
        return self.b.objective - self.a.objective


def compare(a: LoadedRun, b: LoadedRun) -> Comparison:
    """Compares two plans of the same residents and categories.

    Raises:
        InputError: Their money, categories or residents are not the same, with every reason.
    """
    one, two = a.plan, b.plan
    problems = list(_problems(one.instance, two.instance))
    if problems:
        raise InputError(problems)
    flags, weighed = _aligned(one, two)
    offers = _offers(one, two)
    changed, files = tuple(_changed(one, two)), _different_files(one.instance, two.instance)
    return Comparison(
        a=one,
        b=two,
        changed=changed,
        files=files,
        standing=_standing(one, two, changed, offers),
        offers=offers,
        sites=_sites(one, two, offers),
        additions=_additions(one, two),
        people=_people(one, two, flags, weighed),
        residents=_residents(one, flags, weighed),
    )


def _problems(a: Instance, b: Instance) -> Iterator[Problem]:
    """Why two instances cannot be compared."""
    mend = tr("Compare plans of one instance.")
    if a.currency.unit != b.currency.unit:
        expected = tr("the same money in both, {unit}", unit=a.currency.unit)
        yield Problem("other-money", "B", b.currency.unit, expected, mend)
    for code, noun, known, others in (
        ("other-categories", phrase("categories"), a.category_names, b.category_names),
        ("other-residents", phrase("demand points"), _ids(a), _ids(b)),
    ):
        missing, more = _apart(known, others), _apart(others, known)
        if missing or more:
            found = tr(
                "{missing:,} {noun} of A missing and {more:,} that A has not ({names})",
                missing=len(missing),
                more=len(more),
                noun=tr(noun),
                names=listed([*missing, *more], 5),
            )
            yield Problem(code, "B", found, tr("the same {noun} as in A", noun=tr(noun)), mend)


def _ids(instance: Instance) -> list[str]:
    return [str(one) for one in instance.residents["resident_id"]]


def _apart(names: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(others)
    return [name for name in names if name not in known]


def _changed(a: Plan, b: Plan) -> Iterator[Condition]:
    if _different_files(a.instance, b.instance):
        yield Condition.FILES
    if (a.instance.budget, a.instance.years) != (b.instance.budget, b.instance.years):
        yield Condition.BUDGET
    if a.spec.digest != b.spec.digest:
        yield Condition.MODEL
    if walking_facts(a.instance) != walking_facts(b.instance):
        yield Condition.WALKING
    if a.settings != b.settings:
        yield Condition.SETTINGS


def _different_files(a: Instance, b: Instance) -> tuple[str, ...]:
    names = sorted({*a.digests, *b.digests})
    return tuple(name for name in names if a.digests.get(name) != b.digests.get(name))


def _standing(a: Plan, b: Plan, changed: Sequence[Condition], offers: pd.DataFrame) -> Standing:
    """What is proven; objectives are exact, and bounds hold for each plan's own conditions."""
    spare = _EQUAL * max(1.0, abs(a.objective), abs(b.objective))
    if not _measure_alike(a, b):
        return Standing.OTHER_MEASURE
    if (offers["state"] == "kept").all() and abs(a.objective - b.objective) <= spare:
        return Standing.SAME
    if set(changed) <= {Condition.SETTINGS}:
        return Standing.SAME_QUESTION
    turn = 1.0 if a.goals[0].sense == "maximise" else -1.0
    if turn * (b.objective - a.bound) > spare:
        return Standing.B_ABOVE
    if turn * (a.objective - b.bound) > spare:
        return Standing.A_ABOVE
    return Standing.OPEN


def _measure_alike(a: Plan, b: Plan) -> bool:
    """Whether the most important goals of two plans count the same people with the same weights."""
    one, two = a.spec.goals[0], b.spec.goals[0]
    if (one.sense, one.parts) != (two.sense, two.parts) or dict(a.instance.years) != dict(
        b.instance.years
    ):
        return False
    tiers = [
        dict(zip(plan.instance.category_names, plan.instance.categories["tier"], strict=True))
        for plan in (a, b)
    ]
    return tiers[0] == tiers[1] and np.array_equal(
        _weights(a.instance), _sorted_weights(b.instance, a.instance)
    )


def _weights(instance: Instance) -> Floats:
    """Priority x people of each pair, shape (residents, categories)."""
    weights: Floats = _members(instance) * instance.categories["priority"].to_numpy(float)
    return weights


def _members(instance: Instance) -> Floats:
    """People of each category's group, shape (residents, categories)."""
    groups = instance.categories["group"]
    return np.stack([instance.people(str(group)).to_numpy(float) for group in groups], axis=1)


def _order(instance: Instance, like: Instance) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where an instance has the residents and categories of another."""
    rows = pd.Index(instance.residents["resident_id"]).get_indexer(
        pd.Index(like.residents["resident_id"])
    )
    columns = pd.Index(instance.category_names).get_indexer(pd.Index(like.category_names))
    return rows, columns


def _sorted_weights(instance: Instance, like: Instance) -> Floats:
    return np.asarray(_weights(instance)[np.ix_(*_order(instance, like))])


def _aligned(a: Plan, b: Plan) -> tuple[tuple[Flags, Flags], tuple[Floats, Floats]]:
    """Who is covered by A's plan and by B's, and the people, in the order of A's instance."""
    place = np.ix_(*_order(b.instance, a.instance))
    flags = (a.judgement.after, b.judgement.after[place])
    return flags, (_members(a.instance), _members(b.instance)[place])


def _offers(a: Plan, b: Plan) -> pd.DataFrame:
    columns = ["offer_id", "site_id", "categories", "cost", "investment"]
    before, after = (set(plan.chosen["offer_id"]) for plan in (a, b))
    both = pd.concat([a.chosen[columns], b.chosen[columns]], ignore_index=True)
    frame = both.drop_duplicates("offer_id", keep="last", ignore_index=True)
    frame["state"] = [_state(offer in before, offer in after) for offer in frame["offer_id"]]
    return frame.sort_values(["state", "offer_id"], ignore_index=True)


def _state(before: bool, after: bool) -> str:  # noqa: FBT001 - one is as clear as the other
    return "kept" if before and after else "gained" if after else "lost"


def _sites(a: Plan, b: Plan, offers: pd.DataFrame) -> pd.DataFrame:
    before, after = (set(plan.chosen["site_id"]) for plan in (a, b))
    # A site that both use, but for other offers, is not as it was.
    same = offers["state"].eq("kept").groupby(offers["site_id"]).all()
    states = {
        site: "changed"
        if (state := _state(site in before, site in after)) == "kept" and not kept
        else state
        for site, kept in same.items()
    }
    every = pd.concat([b.instance.sites, a.instance.sites], ignore_index=True)
    places = every.drop_duplicates("site_id").set_index("site_id")[["x", "y"]]
    frame = places.reindex(pd.Index(states, name="site_id")).reset_index()
    return frame.assign(state=frame["site_id"].map(states))


def _additions(a: Plan, b: Plan) -> pd.DataFrame:
    keys = ["place", "category"]
    before, after = (_added(plan) for plan in (a, b))
    both = before.merge(after, on=[*keys, "offer_id"], how="outer", indicator="side")
    both["before"], both["after"] = both["side"] != "right_only", both["side"] != "left_only"
    both["gained"], both["lost"] = both["side"] == "right_only", both["side"] == "left_only"
    counts = both.groupby(keys)[["before", "after", "gained", "lost"]].sum().reset_index()
    return counts[(counts["gained"] > 0) | (counts["lost"] > 0)].reset_index(drop=True)


def _added(plan: Plan) -> pd.DataFrame:
    """One row an offer and category: `place`, `category`, `offer_id`."""
    kind = place_kind(plan.instance)
    places = places_of(plan.instance.sites, kind, plan.instance)
    site = pd.Index(plan.instance.sites["site_id"]).get_indexer(plan.chosen["site_id"])
    lines = split_categories(plan.chosen["categories"]).drop_duplicates()
    row = lines["row"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "place": places[site[row]],
            "category": lines["category"].to_numpy(),
            "offer_id": plan.chosen["offer_id"].to_numpy()[row],
        }
    )


def places_of(frame: pd.DataFrame, column: str, instance: Instance) -> NDArray[np.object_]:
    """The circle or district of each row, or the city where the frame has no such column."""
    if column not in frame:
        return np.full(len(frame), instance.name, dtype=object)
    return frame[column].fillna("").astype(str).to_numpy(object)


def _people(
    a: Plan, b: Plan, flags: tuple[Flags, Flags], weighed: tuple[Floats, Floats]
) -> pd.DataFrame:
    """See `Comparison.people`; districts are those of each plan's own instance."""
    rows, _ = _order(b.instance, a.instance)
    districts = (
        places_of(a.instance.residents, "district", a.instance),
        places_of(b.instance.residents, "district", b.instance)[rows],
    )
    (one, two), (mine, yours) = flags, weighed
    parts = {
        "before": (districts[0], mine * one),
        "after": (districts[1], yours * two),
        "gained": (districts[1], yours * (two & ~one)),
        "lost": (districts[0], mine * (one & ~two)),
    }
    names = list(a.instance.category_names)
    sums = {
        key: pd.DataFrame(people, columns=names).groupby(where).sum().stack()
        for key, (where, people) in parts.items()
    }
    frame = pd.DataFrame(sums).fillna(0.0).rename_axis(["district", "category"]).reset_index()
    moved = (frame["gained"] > 0) | (frame["lost"] > 0)
    return frame[moved].reset_index(drop=True)


def _residents(a: Plan, flags: tuple[Flags, Flags], weighed: tuple[Floats, Floats]) -> pd.DataFrame:
    (one, two), (mine, yours) = flags, weighed
    frame = a.instance.residents[["resident_id", "x", "y"]].assign(
        gained=(yours * (two & ~one)).max(axis=1, initial=0.0),
        lost=(mine * (one & ~two)).max(axis=1, initial=0.0),
    )
    return frame[(frame["gained"] > 0) | (frame["lost"] > 0)].reset_index(drop=True)
