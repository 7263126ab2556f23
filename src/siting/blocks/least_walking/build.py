"""Writes `least_walking` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.blocks.least_walking.spec import LeastWalking
from siting.blocks.writer import ModelWriter


def build(block: LeastWalking, model: ModelWriter) -> None:
    """Everybody walks to the cap, less a step for each step within which something is."""
    data, people = model.data, _people(block, model)
    wanted, years = block.categories(data.instance), len(data.years)
    choose = model.variables.choose
    everybody = float(people.sum()) * block.cap * years
    model.add_value(choose.name, np.zeros(len(choose.offer)), everybody)
    for reading in block.readings:
        family = model.variables.within(reading, wanted)
        already = float(people[family.served].sum()) * years
        weights = people[family.resident, family.category]
        model.add_value(family.name, -block.step * weights, -block.step * already)


def _people(block: LeastWalking, model: ModelWriter) -> NDArray[np.float64]:
    """People who count, shape (residents, categories)."""
    frame, wanted = model.data.instance.categories, block.categories(model.data.instance)
    columns = [
        model.data.people(block.group or group) * (name in wanted)
        for name, group in zip(frame["category"], frame["group"], strict=True)
    ]
    return np.stack(columns, axis=1)
