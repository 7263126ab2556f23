"""Settings and words of `worst_share`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock
from siting.blocks.names import places, unknown
from siting.blocks.required import required_categories, unknown_categories
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class WorstShare(ObjectiveBlock):
    """The largest smallest share: nobody's district (circle, group, category) is left behind."""

    block: ClassVar[str] = "worst_share"
    formula: ClassVar[str] = (
        r"\max r, \qquad r \sum_{(i,k) \in D_v} w_{ik} \le \sum_{(i,k) \in D_v} w_{ik}\, "
        r"(e_{ik} + y_{ik}) \quad \forall v"
    )
    reads: ClassVar[str] = phrase(
        "r is the smallest of the shares: of each district (or circle, group or category) the part "
        "of its people who have the categories within the standard at the end of the last year; "
        "with {of: complete}, who have all of them."
    )
    unit: ClassVar[str] = "share"
    counts: ClassVar[str] = phrase("smallest share")
    source: ClassVar[str] = "Marsh and Schilling 1994, doi 10.1016/0377-2217(94)90200-3"
    each: Literal["district", "circle", "group", "category"] = Field(
        "district", description="district, circle, group or category"
    )
    of: Literal["covered", "complete"] = Field(
        "covered",
        description="covered to count each category, complete to count who has all of them",
    )
    category: Names = Field((), description="categories, by id or name; else the basic tier")
    tier: Names = Field((), description="tiers of the categories, e.g. basic")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else each one's own")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Names that the instance does not know, or a division that it does not have."""
        yield from unknown_categories(self, instance)
        named = [self.group] if self.group else []
        yield from unknown("group", phrase("group"), named, instance.groups)
        is_place = self.each in ("district", "circle")
        if is_place and not places(instance, self.each, of_sites=False):
            yield Incompatibility(
                ("each",),
                "no-places",
                tr("'each: {kind}', and no resident names one", kind=self.each),
                tr("a column '{kind}' in the residents", kind=self.each),
                tr("Add the column, or name the places that there are."),
            )
        if self.each == "category" and self.of == "complete":
            yield Incompatibility(
                ("of",),
                "limits-cross",
                tr("'of: complete' of each category"),
                tr("'of: covered', or another 'each'"),
                tr("Who is complete has every category: count by district, circle or group."),
            )

    def required(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories that are meant, in the order of the catalogue."""
        return required_categories(instance, self.tier, self.category)
