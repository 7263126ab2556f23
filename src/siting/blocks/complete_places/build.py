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
    worth = np.full(len(family.needs.places), 1.0 if block.by == "number" else 0.0)
    if block.by == "residents":
        lives = family.needs.home >= 0
        np.add.at(worth, family.needs.home[lives], data.people("all")[lives])
    constant = float(worth[family.already].sum()) * len(data.years)
    model.add_value(family.name, worth[family.place], constant)
