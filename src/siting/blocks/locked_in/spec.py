"""Settings and words of `locked_in`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import ids_by_name, unknown
from siting.inputs.instance import Instance
from siting.language import phrase


class LockedIn(ConstraintBlock):
    """Offers that are decided: every plan contains them."""

    block: ClassVar[str] = "locked_in"
    formula: ClassVar[str] = r"x_o = 1 \quad \forall o \in O^{in}"
    reads: ClassVar[str] = phrase("These offers are decided: the plan contains them.")
    breach: ClassVar[str] = phrase("locked_in: offer {id} is not chosen")
    offers: Names = Field(description="a list of offers, by id or name, in quotes")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown offers."""
        yield from unknown("offers", phrase("offer"), self.offers, ids_by_name(instance, "offer"))

    def offer_ids(self, instance: Instance) -> frozenset[str]:
        """Ids of the offers that are decided."""
        known = ids_by_name(instance, "offer")
        return frozenset(known[name] for name in self.offers if name in known)
