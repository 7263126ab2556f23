"""Settings and words of `count`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import Incompatibility
from siting.blocks.scope import OfferScope
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class Count(OfferScope):
    """At least, or at most, so many offers, or sites, of a part of the plan."""

    block: ClassVar[str] = "count"
    formula: ClassVar[str] = r"m \le \sum_{o \in O'} x_o \le n"
    reads: ClassVar[str] = phrase(
        "Of the named offers (by category, place, mode, year) at least m and at most n are chosen; "
        "with {of: sites}, of the named sites (by place) so many get anything in any year."
    )
    of: Literal["offers", "sites"] = Field(
        "offers", description="offers, or sites to count those where anything is added"
    )
    breach: ClassVar[str] = phrase("count{of}: {activity} chosen, {limit}")
    at_least: int | None = Field(None, ge=0, description="the least number, a whole number")
    at_most: int | None = Field(None, ge=0, description="the largest number, a whole number")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """No limit at all, or limits that cross."""
        yield from super().incompatibilities(instance)
        kinds = ("category", "tier", "mode", "year")
        narrow = [kind for kind in kinds if getattr(self, kind) or self.each == kind]
        if self.of == "sites" and narrow:
            yield Incompatibility(
                ("of",),
                "sites-narrowed",
                tr("'of: sites' by {kind}", kind=narrow[0]),
                tr("sites by district, circle or site alone"),
                tr("Count offers, or take it out."),
            )
        if self.at_least is None and self.at_most is None:
            yield Incompatibility(
                (),
                "no-limit",
                tr("neither 'at_least' nor 'at_most'"),
                tr("a least or a largest number, or both"),
                tr("Write e.g. {at_least: 1}, or take the block out."),
            )
        elif (self.at_most is not None) and (self.at_least or 0) > self.at_most:
            yield Incompatibility(
                ("at_least",),
                "limits-cross",
                tr("at least {least}, at most {most}", least=self.at_least, most=self.at_most),
                tr("a least number of at most the largest"),
                tr("Correct one of the two."),
            )
