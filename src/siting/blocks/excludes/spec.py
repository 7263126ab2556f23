"""Settings and words of `excludes`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, ids_by_name, unknown
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class Excludes(ConstraintBlock):
    """At most one of some offers; or two categories that cannot be at one site."""

    block: ClassVar[str] = "excludes"
    formula: ClassVar[str] = (
        r"\sum_{o \in O'} x_o \le 1, \qquad x_o + x_{o'} \le 1 \quad "
        r"\forall j \in J, o \in A_j, o' \in B_j"
    )
    reads: ClassVar[str] = phrase(
        "Of the named offers at most one is chosen; at one site no offer of the categories comes "
        "with another offer of those that they do not go with."
    )
    breach: ClassVar[str] = phrase("excludes{of}: {activity} are chosen, {limit}")
    source: ClassVar[str] = "Williams 2013, Model Building in Mathematical Programming, 9.2"
    offers: Names = Field((), description="offers of which at most one is chosen, by id or name")
    category: Names = Field((), description="categories that do not go with those of 'not_with'")
    not_with: Names = Field(
        (), description="categories that are not added at a site with those of 'category'"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown names, or nothing that is excluded."""
        yield from unknown("offers", phrase("offer"), self.offers, ids_by_name(instance, "offer"))
        known = category_ids(instance)
        yield from unknown("category", phrase("category"), self.category, known)
        yield from unknown("not_with", phrase("category"), self.not_with, known)
        if bool(self.category) != bool(self.not_with) or not (self.offers or self.category):
            yield Incompatibility(
                (),
                "no-limit",
                tr("nothing that excludes each other"),
                tr("'offers', or 'category' with 'not_with'"),
                tr("Write e.g. {category: repair_point, not_with: canteen}."),
            )

    def offer_ids(self, instance: Instance) -> frozenset[str]:
        """Ids of the offers of which one may come."""
        known = ids_by_name(instance, "offer")
        return frozenset(known[name] for name in self.offers)

    def ids(self, instance: Instance, names: Names) -> frozenset[str]:
        """Ids of the categories of a setting."""
        known = category_ids(instance)
        return frozenset(known[name] for name in names)
