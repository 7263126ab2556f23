"""Writes `complete_residents` as arrays."""

from __future__ import annotations

from siting.blocks.complete_residents.spec import CompleteResidents
from siting.blocks.writer import ModelWriter


def build(block: CompleteResidents, model: ModelWriter) -> None:
    """Weighs each point that can become complete by its people; complete ones are a constant."""
    data = model.data
    complete = model.variables.complete(block.required(data.instance))
    people = data.people("all")
    constant = float(people[complete.already].sum()) * len(data.years)
    model.add_value(complete.name, people[complete.resident], constant)
