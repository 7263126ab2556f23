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
    names, known = family.names, model.data.years.tolist()
    counts = np.isin(names, block.named) if block.named else np.ones(len(names), dtype=bool)
    years = np.array(block.years(instance), dtype=object)
    inside = counts[family.place][None, :] & (family.year[None, :] == years[:, None].astype(int))
    already = [int((family.already[known.index(t)] & counts).sum()) for t in years.tolist()]
    least = float(block.at_least) - np.array(already, dtype=float)
    terms = {family.name: csr_array(inside.astype(float))}
    model.add_rows((years,), terms, lower=least, kind=Kind.QUOTA)
