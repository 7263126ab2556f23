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
        _add(block, model, family, 1.0)
    _add_assigned(block, model)
    for reading, worth in steps_of(block.worth):
        family = model.variables.within(reading, wanted)
        _add(block, model, family, float(worth))
    if block.backup:
        _add_backup(block, model)


def _add(block: CoveredResidents, model: ModelWriter, family: Covered, factor: float) -> None:
    """Adds the pairs of one family, and those that are there already, times a factor."""
    people = _people(block, model) * factor
    limited = np.isin(model.data.category_names, list(block.capacities(model.data.instance)))
    # Added outlets serve whom they are assigned; existing ones everybody, while they are open.
    there = np.where(limited, np.stack([one.served for one in model.data.yearly]), family.already)
    constant = float(people[there].sum())
    model.add_value(family.name, family.weights(np.where(limited, 0.0, people)), constant)


def _add_backup(block: CoveredResidents, model: ModelWriter) -> None:
    """Adds the share of whom has two outlets: twice the half of two, less the first of them."""
    data, covered = model.data, model.variables.covered
    family = model.variables.backup(block.categories(data.instance))
    people = _people(block, model) * block.backup
    could = np.zeros(people.shape, dtype=bool)
    could[:, family.resident, family.category] = True
    two = np.stack([one.outlets_within for one in data.yearly]) >= 2
    now = float(people[two & ~could].sum() - people[could & covered.already].sum())
    model.add_value(family.name, 2 * family.weights(people), now)
    model.add_value(covered.name, -covered.weights(np.where(could, people, 0.0)))


def _add_assigned(block: CoveredResidents, model: ModelWriter) -> None:
    """Adds whom outlets of limited capacity serve; who is served already counts as ever."""
    frame, limited = model.data.instance.categories, block.capacities(model.data.instance)
    kinds = zip(frame["category"], frame["group"], frame["priority"], strict=True)
    for name, own, priority in kinds:
        if name in limited:
            group = block.group or str(own)
            family = model.variables.assigned(name, group, limited[name])
            people = np.stack([one.people(group) for one in model.data.yearly]) * float(priority)
            people = people * model.data.meant(block.year)[:, None]
            model.add_value(family.name, people[family.when, family.resident])


def _people(block: CoveredResidents, model: ModelWriter) -> NDArray[np.float64]:
    """Priority x people who count, shape (years, residents, categories)."""
    frame, wanted = model.data.instance.categories, block.categories(model.data.instance)
    worth = frame["priority"].to_numpy(float) * frame["category"].isin(wanted).to_numpy()
    groups = [block.group or str(group) for group in frame["group"]]
    meant = model.data.meant(block.year)[:, None, None]
    return np.asarray(model.data.people_of(groups) * worth * meant)
