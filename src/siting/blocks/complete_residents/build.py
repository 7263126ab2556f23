"""Writes `complete_residents` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.complete_residents.spec import CompleteResidents
from siting.blocks.writer import ModelWriter


def build(block: CompleteResidents, model: ModelWriter) -> None:
    """Weighs each point that can become complete by its people; complete ones are a constant."""
    data = model.data
    complete = model.variables.complete(block.required(data.instance))
    people = np.stack([one.people("all") for one in data.yearly])
    people = people * data.meant(block.year)[:, None]
    constant = float(people[complete.already].sum())
    model.add_value(complete.name, people[complete.when, complete.resident], constant)
