"""Settings and words of `catchment`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, unknown
from siting.inputs.instance import Instance
from siting.language import phrase


class Catchment(ConstraintBlock):
    """An offer comes only where so many people are within reach of it: a shop must live."""

    block: ClassVar[str] = "catchment"
    formula: ClassVar[str] = r"x_o = 0 \quad \forall o \in O': \sum_{i \in N_{ok}} w_{ik} < m"
    reads: ClassVar[str] = phrase(
        "An offer of the named categories is out where fewer people than m (of the category's "
        "group) live within the walking standard of its site; with {who: unserved}, fewer of those "
        "who have no outlet of it in reach. Several years: as it is at the end of the last one."
    )
    breach: ClassVar[str] = phrase(
        "catchment: offer {id} is chosen, and too few people live within reach of it"
    )
    source: ClassVar[str] = "Balakrishnan and Storbeck 1991, doi 10.1068/b180459"
    category: Names = Field((), description="categories, by id or name; else all")
    at_least: float = Field(
        gt=0, strict=False, allow_inf_nan=False, description="the least number of people, e.g. 2000"
    )
    who: Literal["everybody", "unserved"] = Field(
        "everybody", description="everybody, or unserved for those without an outlet in reach"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories."""
        known = category_ids(instance)
        yield from unknown("category", phrase("category"), self.category, known)

    def ids(self, instance: Instance) -> frozenset[str]:
        """Ids of the categories that are meant."""
        known = category_ids(instance)
        return frozenset(known[name] for name in self.category) or frozenset(known.values())
