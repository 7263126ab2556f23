"""Settings and words of `complete_places`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock
from siting.blocks.names import unknown_years
from siting.blocks.required import Place, no_such_places, required_categories, unknown_categories
from siting.blocks.scope import Years
from siting.inputs.instance import Instance
from siting.language import phrase


class CompletePlaces(ObjectiveBlock):
    """Most circles (or districts) that lack none of the required categories."""

    block: ClassVar[str] = "complete_places"
    formula: ClassVar[str] = (
        r"\max \sum_{p \in P} u_p\, z_p, \qquad"
        "\n"
        r"(n_{pk} - h_{pk})\, z_p \le \sum_{o \in O_{pk}} x_o \quad \forall k \in R, \quad "
        r"z_p \in \{0, 1\}"
    )
    reads: ClassVar[str] = phrase(
        "z is 1 where a place lacks none of the required categories (R), as the gap list counts "
        "it: outlets in reach of somebody of the category's group who lives there (h), and chosen "
        "offers in reach, are as many as it needs (n). Places count one each (u = 1), or by their "
        "residents."
    )
    unit: ClassVar[str] = "number"
    counts: ClassVar[str] = phrase("places that lack none of the required categories")
    source: ClassVar[str] = (
        "Schilling, Elzinga, Cohon, Church and ReVelle 1979, doi 10.1287/trsc.13.2.163"
    )
    by: Literal["number", "residents"] = Field(
        "number", description="number, or residents to count a place by its people"
    )
    place: Place | None = Field(None, description="circle or district; else as in the gap list")
    tier: Names = Field((), description="tiers whose categories are required, e.g. basic")
    category: Names = Field((), description="categories that are required, by id or name")
    year: Years = Field((), description="years at whose end it counts; else all that are planned")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown tiers or categories, or places that there are not."""
        yield from unknown_categories(self, instance)
        yield from unknown_years(self.year, instance)
        yield from no_such_places(self.place, instance)

    def required(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the required categories; without settings those of the basic tier, else all."""
        return required_categories(instance, self.tier, self.category)
