"""Writes `count` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.count.spec import Count
from siting.blocks.scope_arrays import scope_rows
from siting.blocks.writer import ModelWriter
from siting.program import Kind


def build(block: Count, model: ModelWriter) -> None:
    """Adds one row, or one for each value of `each`."""
    values, flags = scope_rows(block, model)
    lower = -np.inf if block.at_least is None else float(block.at_least)
    upper = np.inf if block.at_most is None else float(block.at_most)
    ids = () if block.each is None else (np.array(values, dtype=object),)
    kind = Kind.PACKING if block.at_least is None else Kind.QUOTA
    model.add_rows(ids, {"choose": flags}, lower=lower, upper=upper, kind=kind)
