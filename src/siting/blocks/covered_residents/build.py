"""Writes `covered_residents` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.blocks.covered_residents.spec import CoveredResidents
from siting.blocks.reach_variables import Covered
from siting.blocks.worth import steps_of
from siting.blocks.writer import ModelWriter


def build(block: CoveredResidents, model: ModelWriter) -> None:
    """Weighs each coverable pair by priority x people; pairs that are served are a constant."""
    wanted = block.categories(model.data.instance)
    if not block.worth:
        family = model.variables.covered
        _add(block, model, family, family.served, 1.0)
    _add_assigned(block, model)
    for reading, worth in steps_of(block.worth):
        family = model.variables.within(reading, wanted)
        _add(block, model, family, family.served, float(worth))
    if block.backup:
        _add_backup(block, model)


def _add(
    block: CoveredResidents,
    model: ModelWriter,
    family: Covered,
    already: NDArray[np.bool_],
    factor: float,
) -> None:
    """Adds the pairs of one family, and those that are there already, times a factor."""
    people = _people(block, model) * factor
    constant = float(people[already].sum()) * len(model.data.years)
    limited = block.capacities(model.data.instance)
    names = np.array(model.data.category_names)
    people = np.where(np.isin(names, list(limited))[None, :], 0.0, people)
    model.add_value(family.name, people[family.resident, family.category], constant)


def _add_backup(block: CoveredResidents, model: ModelWriter) -> None:
    """Adds the share of whom has two outlets: twice the half of two, less the first of them."""
    data, covered = model.data, model.variables.covered
    family = model.variables.backup(block.categories(data.instance))
    people, years = _people(block, model) * block.backup, len(data.years)
    could = np.zeros(people.shape, dtype=bool)
    could[family.resident, family.category] = True
    weights = people[family.resident, family.category]
    now = float(people[data.outlets_within >= 2].sum() - people[could & family.served].sum())
    model.add_value(family.name, 2 * weights, now * years)
    first = np.where(could, people, 0.0)[covered.resident, covered.category]
    model.add_value(covered.name, -first)


def _add_assigned(block: CoveredResidents, model: ModelWriter) -> None:
    """Adds whom outlets of limited capacity serve; who is served already counts as ever."""
    frame, limited = model.data.instance.categories, block.capacities(model.data.instance)
    kinds = zip(frame["category"], frame["group"], frame["priority"], strict=True)
    for name, own, priority in kinds:
        if name in limited:
            group = block.group or str(own)
            family = model.variables.assigned(name, group, limited[name])
            people = model.data.people(group) * float(priority)
            model.add_value(family.name, people[family.resident])


def _people(block: CoveredResidents, model: ModelWriter) -> NDArray[np.float64]:
    """Priority x people who count, shape (residents, categories)."""
    frame, wanted = model.data.instance.categories, block.categories(model.data.instance)
    columns = [
        model.data.people(block.group or group) * float(priority) * (name in wanted)
        for name, group, priority in zip(
            frame["category"], frame["group"], frame["priority"], strict=True
        )
    ]
    return np.stack(columns, axis=1)
