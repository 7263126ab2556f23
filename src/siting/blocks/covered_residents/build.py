"""Writes `covered_residents` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.covered_residents.spec import CoveredResidents
from siting.blocks.writer import ModelWriter


def build(_block: CoveredResidents, model: ModelWriter) -> None:
    """Weighs each coverable pair by priority x people; pairs that are served are a constant."""
    data, covered = model.data, model.variables.covered
    frame = data.instance.categories
    weights = np.empty(len(covered.resident))
    constant = 0.0
    for number, (name, group, priority) in enumerate(
        zip(frame["category"], frame["group"], frame["priority"], strict=True)
    ):
        people = data.people(group) * float(priority)
        here = covered.category == number
        weights[here] = people[covered.resident[here]]
        constant += float(people[data.coverage[name].served].sum()) * len(data.years)
    model.add_value(covered.name, weights, constant)
