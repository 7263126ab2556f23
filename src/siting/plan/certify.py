"""From a solver's multipliers to a certificate: whole numbers, in the order of the instance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.inputs import Instance
from siting.plan.certificate import SCALE, Certificate, pair_weights
from siting.program.program import Program, Section

Whole = NDArray[np.int64]


def make_certificate(
    instance: Instance, program: Program, multipliers: NDArray[np.float64]
) -> Certificate:
    """Rounds the multipliers of a program's rows to multiples of 2^-16 and puts them in place.

    Any rounding is allowed, since any multipliers prove a bound; to the nearest loses least.

    Args:
        instance: The instance of the program.
        program: The program.
        multipliers: Shape (rows,).
    """
    whole = np.round(np.maximum(multipliers, 0.0) * SCALE).astype(np.int64)
    sites, categories = len(instance.sites), len(instance.categories)
    # A pair without a row is beyond reach of every offer: priced at its weight it adds nothing.
    cover = pair_weights(instance)
    slots = np.zeros(sites, dtype=np.int64)
    once = np.zeros((sites, categories), dtype=np.int64)
    budgets: list[float] = []
    for section in program.rows:
        part = whole[section.slice]
        if section.name == "cover":
            cover[_places(instance, section, "residents")] = part
        elif section.name == "once":
            once[_places(instance, section, "sites")] = part
        elif section.name == "slots":
            slots[pd.Index(instance.sites["site_id"]).get_indexer(pd.Index(section.ids[0]))] = part
        elif section.name == "budget":
            budgets += np.maximum(multipliers[section.slice], 0.0).tolist()
    return Certificate(cover, slots, once, tuple(budgets))


def _places(instance: Instance, section: Section, kind: str) -> tuple[Whole, Whole]:
    """Row and column of each entry of a section whose ids are (place, category)."""
    frame = instance.residents if kind == "residents" else instance.sites
    key = "resident_id" if kind == "residents" else "site_id"
    row = pd.Index(frame[key]).get_indexer(pd.Index(section.ids[0]))
    column = pd.Index(instance.category_names).get_indexer(pd.Index(section.ids[1]))
    return row.astype(np.int64), column.astype(np.int64)
