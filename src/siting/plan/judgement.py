"""What a choice of offers gives, worked out from the inputs alone: no model, no solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coverage import Walks, measure_walks
from siting.coverage.relation import outlets_by_category, walking_limits, within_limit
from siting.inputs import Instance, ModelSpec, split_categories
from siting.language import tr
from siting.plan.judges import JUDGES

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Judgement:
    """The effects of a choice.

    Attributes:
        objective: Priority-weighted residents covered, over all categories.
        baseline: The same with nothing added.
        spend: Public money.
        before: Whether each resident point has each category now, shape (residents, categories).
        after: The same with the plan.
        violations: Every constraint of the model that the choice breaks, with both numbers.
    """

    objective: float
    baseline: float
    spend: float
    before: Flags
    after: Flags
    violations: tuple[str, ...]


def judge(
    instance: Instance, spec: ModelSpec, chosen: Sequence[str], walks: Walks | None = None
) -> Judgement:
    """Works out what a choice of offers gives and which constraints it breaks.

    Coverage is found by one search a category from all its outlets and chosen sites at once, not
    from the relation that the model was built on.

    Args:
        instance: The inputs.
        spec: The model whose constraints must hold.
        chosen: Offer ids.
        walks: Walking distances of the instance, if they were measured already.
    """
    offers = instance.offers[instance.offers["offer_id"].isin(list(chosen))]
    unknown = sorted(set(chosen) - set(offers["offer_id"]))
    violations = [
        tr("offer {offer} is chosen and is not in the instance", offer=offer) for offer in unknown
    ]
    if len(set(chosen)) != len(chosen):
        violations.append(tr("an offer is chosen twice"))
    walks = walks or measure_walks(instance)
    nothing = instance.offers.iloc[:0]
    before, after = (_covered(instance, walks, part) for part in (nothing, offers))
    for block in spec.subject_to:
        violations += JUDGES[block.block](block, instance, offers)
    weights = _weights(instance)
    return Judgement(
        objective=float((weights * after).sum()),
        baseline=float((weights * before).sum()),
        spend=float(offers["cost"].sum()),
        before=before,
        after=after,
        violations=tuple(violations),
    )


def _covered(instance: Instance, walks: Walks, offers: pd.DataFrame) -> Flags:
    limits = walking_limits(instance)
    outlets = outlets_by_category(instance)
    lines = split_categories(offers["categories"])
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    covered = np.zeros((len(instance.residents), len(limits)), dtype=bool)
    for column, (category, limit) in enumerate(limits.items()):
        rows = lines["row"][lines["category"] == category].to_numpy(np.int64)
        nearest = walks.to_nearest(outlets[category], np.unique(site[rows]), limit)
        covered[:, column] = within_limit(nearest, limit)
    return covered


def _weights(instance: Instance) -> NDArray[np.float64]:
    """Priority x people of each category's group, shape (residents, categories)."""
    frame = instance.categories
    return np.stack(
        [
            float(priority) * instance.people(group).to_numpy(float)
            for priority, group in zip(frame["priority"], frame["group"], strict=True)
        ],
        axis=1,
    )


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
