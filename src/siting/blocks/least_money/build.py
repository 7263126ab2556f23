"""Writes `least_money` as arrays."""

from __future__ import annotations

from siting.blocks.least_money.spec import LeastMoney
from siting.blocks.writer import ModelWriter


def build(block: LeastMoney, model: ModelWriter) -> None:
    """Weighs each offer by its money."""
    column = "cost" if block.of == "public" else "investment"
    choose = model.variables.choose
    costs = model.data.instance.offers[column].to_numpy(float)
    model.add_value(choose.name, costs[choose.offer])
