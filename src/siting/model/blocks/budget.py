"""Constraint: the public money of the chosen offers stays within the budget."""

from __future__ import annotations

import pulp
from scipy.sparse import csr_array

from siting.inputs.blocks import Budget
from siting.model.data import ModelData
from siting.model.readable import ReadableModel
from siting.program.builder import ProgramBuilder

FORMULA = r"\sum_{o \in O} c_o\, x_o \le B"
READS = "The public money of what is added is at most the budget."


def amount(block: Budget, data: ModelData) -> float:
    """The budget in units of money: the block's own, else the instance's.

    Raises:
        ValueError: Neither names one; `check_fit` refuses such a pair before.
    """
    own = block.amount(data.instance.currency)
    limit = data.instance.budget if own is None else own
    if limit is None:
        raise ValueError("no budget: give the instance one")
    return limit


def to_arrays(block: Budget, data: ModelData, program: ProgramBuilder) -> None:
    """Adds the budget row."""
    costs = csr_array(data.cost.reshape(1, -1))
    program.add_rows("budget", (), {"choose": costs}, upper=amount(block, data))


def to_pulp(block: Budget, data: ModelData, model: ReadableModel) -> None:
    """Writes the same in algebra."""
    offers = data.instance.offers
    spent = pulp.lpSum(
        cost * model.add[offer]
        for offer, cost in zip(offers["offer_id"], offers["cost"], strict=True)
    )
    model.constrain(["budget"], [spent <= amount(block, data)])
