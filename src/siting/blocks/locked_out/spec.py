"""Settings and words of `locked_out`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, ids_by_name, unknown
from siting.inputs.instance import Instance
from siting.language import phrase


class LockedOut(ConstraintBlock):
    """Offers that are out: those named, and all at these sites or with any of these categories."""

    block: ClassVar[str] = "locked_out"
    formula: ClassVar[str] = r"x_o = 0 \quad \forall o \in O^{out}"
    reads: ClassVar[str] = phrase(
        "These offers, and every offer at these sites or of these categories, are out."
    )
    breach: ClassVar[str] = phrase("locked_out: offer {id} is chosen")
    offers: Names = Field((), description="a list of offers, by id or name, in quotes")
    sites: Names = Field((), description="a list of sites, by id or name, in quotes")
    categories: Names = Field((), description="a list of categories, e.g. [pharmacy]")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown offers, sites or categories."""
        yield from unknown("offers", phrase("offer"), self.offers, ids_by_name(instance, "offer"))
        yield from unknown("sites", phrase("site"), self.sites, ids_by_name(instance, "site"))
        known = category_ids(instance)
        yield from unknown("categories", phrase("category"), self.categories, known)

    def offer_ids(self, instance: Instance) -> frozenset[str]:
        """Ids of the offers that are named."""
        known = ids_by_name(instance, "offer")
        return frozenset(known[name] for name in self.offers if name in known)

    def site_ids(self, instance: Instance) -> frozenset[str]:
        """Ids of the sites that are named."""
        known = ids_by_name(instance, "site")
        return frozenset(known[name] for name in self.sites if name in known)
