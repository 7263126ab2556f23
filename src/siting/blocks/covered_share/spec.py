"""Settings and words of `covered_share`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names, Share
from siting.blocks.names import category_ids, homes, unknown, unknown_homes, unknown_years
from siting.blocks.scope import Years
from siting.blocks.years import horizon
from siting.inputs.instance import Instance
from siting.language import phrase


class CoveredShare(ConstraintBlock):
    """At least a share of a group is covered: of a category, a district, or each of them."""

    block: ClassVar[str] = "covered_share"
    formula: ClassVar[str] = (
        r"\sum_{i \in I'} \sum_{k \in K'} w_{ik}\, (e_{ik} + y_{ik})"
        "\n"
        r"\ge s \sum_{i \in I'} \sum_{k \in K'} w_{ik}"
    )
    reads: ClassVar[str] = phrase(
        "Of the people of the group (each category's own, or the named one) who live in the named "
        "places, at least the share has the categories within the standard; several categories in "
        "one row count together."
    )
    breach: ClassVar[str] = phrase("covered_share{of}: {activity} people newly covered, {limit}")
    source: ClassVar[str] = "Toregas, Swain, ReVelle and Bergman 1971, doi 10.1287/opre.19.6.1363"
    at_least: Share = Field(description="a share of at most 100%, e.g. 60%")
    category: Names = Field((), description="categories, by id or name; else all")
    tier: Names = Field((), description="tiers of the categories, e.g. basic")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else each one's own")
    district: Names = Field((), description="districts where the people live")
    circle: Names = Field((), description="circles where the people live")
    year: Years = Field((), description="years at whose end it must hold; else the last")
    each: Literal["district", "circle", "category"] | None = Field(
        None, description="one row for each district, circle or category"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Names that the instance does not know."""
        yield from unknown("category", phrase("category"), self.category, category_ids(instance))
        tiers = [str(tier) for tier in instance.categories["tier"].unique()]
        yield from unknown("tier", phrase("tier"), self.tier, tiers)
        groups = instance.groups
        yield from unknown("group", phrase("group"), [self.group] if self.group else [], groups)
        yield from unknown_homes(self, instance)
        yield from unknown_years(self.year, instance)

    def categories(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories that are meant."""
        known = category_ids(instance)
        named = {known[name] for name in self.category}
        frame = instance.categories
        return tuple(
            name
            for name, tier in zip(frame["category"], frame["tier"], strict=True)
            if (not named or name in named) and (not self.tier or str(tier) in self.tier)
        )

    def values_of_each(self, instance: Instance) -> tuple[str, ...]:
        """What `each` runs over, in order."""
        if self.each == "category":
            return self.categories(instance)
        if self.each is None:
            return ()
        return tuple(getattr(self, self.each)) or homes(instance, self.each)

    def years(self, instance: Instance) -> tuple[int, ...]:
        """The years at whose end it must hold."""
        return self.year or horizon(instance)[-1:]
