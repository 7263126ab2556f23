"""Settings and words of `complete_residents`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock
from siting.blocks.names import unknown_years
from siting.blocks.required import required_categories, unknown_categories
from siting.blocks.scope import Years
from siting.inputs.instance import Instance
from siting.language import phrase


class CompleteResidents(ObjectiveBlock):
    """Most residents who have every required category within its standard."""

    block: ClassVar[str] = "complete_residents"
    formula: ClassVar[str] = (
        r"\max \sum_{i \in I} w_i\, z_i, \qquad"
        "\n"
        r"z_i \le y_{ik} \quad \forall k \in R, \quad 0 \le z_i \le 1"
    )
    reads: ClassVar[str] = phrase(
        "z is 1 where a resident point has every required category (R) within its standard, from "
        "existing outlets or chosen offers; everybody who lives there counts, whatever the group."
    )
    counts: ClassVar[str] = phrase("residents with every required category")
    source: ClassVar[str] = (
        "Schilling, Elzinga, Cohon, Church and ReVelle 1979, doi 10.1287/trsc.13.2.163"
    )
    tier: Names = Field((), description="tiers whose categories are required, e.g. basic")
    category: Names = Field((), description="categories that are required, by id or name")
    year: Years = Field((), description="years at whose end it counts; else all that are planned")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown tiers or categories."""
        yield from unknown_categories(self, instance)
        yield from unknown_years(self.year, instance)

    def required(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the required categories; without settings those of the basic tier, else all."""
        return required_categories(instance, self.tier, self.category)
