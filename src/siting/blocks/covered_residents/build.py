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
    for reading, worth in steps_of(block.worth):
        family = model.variables.within(reading, wanted)
        _add(block, model, family, family.served, float(worth))
    if block.backup:
        there_twice = model.data.outlets_within >= 2
        _add(block, model, model.variables.backup(wanted), there_twice, block.backup)


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
    model.add_value(family.name, people[family.resident, family.category], constant)


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
