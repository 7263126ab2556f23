"""Settings and words of `complete_places_floor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import homes, unknown, unknown_years
from siting.blocks.required import Place, no_such_places, required_categories, unknown_categories
from siting.blocks.scope import Years
from siting.blocks.years import horizon
from siting.inputs.instance import Instance
from siting.language import phrase


class CompletePlacesFloor(ConstraintBlock):
    """At least so many circles (or districts) that lack none of the required categories."""

    block: ClassVar[str] = "complete_places_floor"
    formula: ClassVar[str] = r"\sum_{p \in P'} z_p \ge m"
    reads: ClassVar[str] = phrase(
        "At least m places lack none of the required categories, those that lack none already "
        "among them."
    )
    breach: ClassVar[str] = phrase("complete_places_floor{of}: {activity} more complete, {limit}")
    source: ClassVar[str] = (
        "Schilling, Elzinga, Cohon, Church and ReVelle 1979, doi 10.1287/trsc.13.2.163"
    )
    at_least: int = Field(ge=0, description="the least number of complete places")
    place: Place | None = Field(None, description="circle or district; else as in the gap list")
    tier: Names = Field((), description="tiers whose categories are required, e.g. basic")
    category: Names = Field((), description="categories that are required, by id or name")
    named: Names = Field((), description="the places that count, by name; else all")
    year: Years = Field((), description="years at whose end it must hold; else the last")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown tiers, categories, years or places."""
        yield from unknown_categories(self, instance)
        yield from no_such_places(self.place, instance)
        yield from unknown_years(self.year, instance)
        if self.place is not None:
            noun = phrase("circle") if self.place == "circle" else phrase("district")
            yield from unknown("named", noun, self.named, homes(instance, self.place))

    def required(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the required categories; without settings those of the basic tier, else all."""
        return required_categories(instance, self.tier, self.category)

    def years(self, instance: Instance) -> tuple[int, ...]:
        """The years at whose end it must hold."""
        return self.year or horizon(instance)[-1:]
