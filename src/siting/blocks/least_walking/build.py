"""Writes `least_walking` as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.blocks.least_walking.spec import LeastWalking
from siting.blocks.writer import ModelWriter


def build(block: LeastWalking, model: ModelWriter) -> None:
    """Everybody walks to the cap, less a step for each step within which something is."""
    data, people = model.data, _people(block, model)
    wanted = block.categories(data.instance)
    choose = model.variables.choose
    everybody = float(people.sum()) * block.cap
    model.add_value(choose.name, np.zeros(len(choose.offer)), everybody)
    for reading in block.readings:
        family = model.variables.within(reading, wanted)
        already = float(people[family.already].sum())
        model.add_value(family.name, -block.step * family.weights(people), -block.step * already)


def _people(block: LeastWalking, model: ModelWriter) -> NDArray[np.float64]:
    """People who count, shape (years, residents, categories)."""
    frame, wanted = model.data.instance.categories, block.categories(model.data.instance)
    groups = [block.group or str(group) for group in frame["group"]]
    return model.data.people_of(groups) * frame["category"].isin(wanted).to_numpy()
