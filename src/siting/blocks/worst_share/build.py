"""Writes `worst_share` as arrays."""

from __future__ import annotations

import numpy as np

from siting.blocks.worst_share.spec import WorstShare
from siting.blocks.worst_variables import WorstKey
from siting.blocks.writer import ModelWriter


def build(block: WorstShare, model: ModelWriter) -> None:
    """The goal is one column, which the shares of all divisions bound from above."""
    required = block.required(model.data.instance)
    key = WorstKey(block.each, block.of, block.group or "", required)
    model.add_value(model.variables.worst(key), np.ones(1))
