"""Each block's line of maths and its two builders, by the name that a model spec uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from siting.model.blocks import (
    budget,
    category_once_per_site,
    covered_residents,
    locks,
    site_slots,
)
from siting.model.data import ModelData
from siting.model.readable import ReadableModel
from siting.program.builder import ProgramBuilder


@dataclass(frozen=True)
class BlockBuilder:
    """How one block becomes part of a program.

    Attributes:
        formula: Its line of maths, in LaTeX.
        reads: The same in words.
        arrays: Writes it into sparse arrays.
        pulp: Writes it in PuLP's algebra.
    """

    formula: str
    reads: str
    arrays: Callable[[Any, ModelData, ProgramBuilder], None]
    pulp: Callable[[Any, ModelData, ReadableModel], None]


def _of(module: Any) -> BlockBuilder:  # noqa: ANN401 - a module has no nominal type
    return BlockBuilder(module.FORMULA, module.READS, module.to_arrays, module.to_pulp)


BUILDERS: Mapping[str, BlockBuilder] = {
    "covered_residents": _of(covered_residents),
    "budget": _of(budget),
    "site_slots": _of(site_slots),
    "category_once_per_site": _of(category_once_per_site),
    "allowed_categories": BlockBuilder(
        locks.ALLOWED_FORMULA, locks.ALLOWED_READS, locks.allowed_to_arrays, locks.allowed_to_pulp
    ),
    "locked_in": BlockBuilder(
        locks.IN_FORMULA, locks.IN_READS, locks.locked_in_to_arrays, locks.locked_in_to_pulp
    ),
    "locked_out": BlockBuilder(
        locks.OUT_FORMULA, locks.OUT_READS, locks.locked_out_to_arrays, locks.locked_out_to_pulp
    ),
}
