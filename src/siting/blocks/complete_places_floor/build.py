"""Writes `complete_places_floor` as arrays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.complete_places_floor.spec import CompletePlacesFloor
from siting.blocks.required import kind_of_places
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: CompletePlacesFloor, model: ModelWriter) -> None:
    """Adds one row a year: places that become complete, against those that must beside today's."""
    instance = model.data.instance
    kind = kind_of_places(block.place, instance)
    family = model.variables.complete_place(kind, block.required(instance))
    names = np.array(family.needs.places, dtype=object)
    counts = np.isin(names, block.named) if block.named else np.ones(len(names), dtype=bool)
    years = np.array(block.years(instance), dtype=object)
    inside = counts[family.place][None, :] & (family.year[None, :] == years[:, None].astype(int))
    least = block.at_least - int((family.already & counts).sum())
    terms = {family.name: csr_array(inside.astype(float))}
    model.add_rows((years,), terms, lower=float(least), kind=Kind.QUOTA)
