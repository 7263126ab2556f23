"""Settings and words of `requires`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, unknown
from siting.inputs.instance import Instance
from siting.language import phrase


class Requires(ConstraintBlock):
    """An offer of one category needs another category at its site, or near it."""

    block: ClassVar[str] = "requires"
    formula: ClassVar[str] = (
        r"x_{o,t} \le \sum_{o' \in O_o} \sum_{s \le t} x_{o',s} \quad \forall o \in O', t"
    )
    reads: ClassVar[str] = phrase(
        "An offer of the named categories is built only where one of the needed categories is: "
        "chosen for that year or before at the same site (or at one within the metres), or an "
        "outlet that exists within the metres and stays. Distances are as the crow flies."
    )
    breach: ClassVar[str] = phrase("requires: offer {id} lacks what it needs")
    source: ClassVar[str] = "Williams 2013, Model Building in Mathematical Programming, 9.2"
    category: Names = Field(description="categories that need another, by id or name")
    needs: Names = Field(description="categories of which one must be there, by id or name")
    within_metres: float = Field(
        0.0, ge=0, strict=False, description="how far it may be, in metres; 0 for the same site"
    )
    existing: bool = Field(default=True, description="whether outlets that exist within it will do")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories."""
        known = category_ids(instance)
        yield from unknown("category", phrase("category"), self.category, known)
        yield from unknown("needs", phrase("category"), self.needs, known)

    def ids(self, instance: Instance, names: Names) -> frozenset[str]:
        """Ids of the categories of a setting."""
        known = category_ids(instance)
        return frozenset(known[name] for name in names)
