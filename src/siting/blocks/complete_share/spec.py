"""Settings and words of `complete_share`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names, Share
from siting.blocks.names import homes, unknown, unknown_homes, unknown_years
from siting.blocks.required import required_categories, unknown_categories
from siting.blocks.scope import Years
from siting.blocks.years import horizon
from siting.inputs.instance import Instance
from siting.language import phrase


class CompleteShare(ConstraintBlock):
    """At least a share of a group has every required category, in all or in each district."""

    block: ClassVar[str] = "complete_share"
    formula: ClassVar[str] = (
        r"\sum_{i \in I'} w_i\, z_i \ge s \sum_{i \in I'} w_i - \sum_{i \in I'} w_i\, e_i"
    )
    reads: ClassVar[str] = phrase(
        "Of the people (of the group) who live in the named places, at least the share has every "
        "required category within its standard; e is 1 for those who have it already."
    )
    breach: ClassVar[str] = phrase("complete_share{of}: {activity} people more, {limit}")
    source: ClassVar[str] = (
        "Schilling, Elzinga, Cohon, Church and ReVelle 1979, doi 10.1287/trsc.13.2.163"
    )
    at_least: Share = Field(description="a share of at most 100%, e.g. 60%")
    tier: Names = Field((), description="tiers whose categories are required, e.g. basic")
    category: Names = Field((), description="categories that are required, by id or name")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else everybody")
    district: Names = Field((), description="districts where the people live")
    circle: Names = Field((), description="circles where the people live")
    year: Years = Field((), description="years at whose end it must hold; else the last")
    each: Literal["district", "circle"] | None = Field(
        None, description="one row for each district or circle"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Names that the instance does not know."""
        yield from unknown_categories(self, instance)
        named = [self.group] if self.group else []
        yield from unknown("group", phrase("group"), named, instance.groups)
        yield from unknown_years(self.year, instance)
        yield from unknown_homes(self, instance)

    def required(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the required categories; without settings those of the basic tier, else all."""
        return required_categories(instance, self.tier, self.category)

    def values_of_each(self, instance: Instance) -> tuple[str, ...]:
        """What `each` runs over, in order."""
        return (getattr(self, self.each) or homes(instance, self.each)) if self.each else ()

    def years(self, instance: Instance) -> tuple[int, ...]:
        """The years at whose end it must hold."""
        return self.year or horizon(instance)[-1:]
