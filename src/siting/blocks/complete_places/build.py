"""Writes `complete_places` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.complete_places.spec import CompletePlaces
from siting.blocks.required import kind_of_places
from siting.blocks.writer import ModelWriter


def build(block: CompletePlaces, model: ModelWriter) -> None:
    """Weighs each place that can become complete; complete ones are a constant."""
    data = model.data
    kind = kind_of_places(block.place, data.instance)
    family = model.variables.complete_place(kind, block.required(data.instance))
    worth = np.full(family.already.shape, 1.0 if block.by == "number" else 0.0)
    if block.by == "residents":
        home = family.needs[0].home
        for number, one in enumerate(data.yearly):
            np.add.at(worth[number], home[home >= 0], one.people("all")[home >= 0])
    worth *= data.meant(block.year)[:, None]
    constant = float(worth[family.already].sum())
    model.add_value(family.name, worth[family.when, family.place], constant)
