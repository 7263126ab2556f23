"""Settings and words of `least_money`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from siting.blocks.contract import Incompatibility, ObjectiveBlock, Sense
from siting.blocks.money import unknown_investment
from siting.inputs.instance import Instance
from siting.language import phrase


class LeastMoney(ObjectiveBlock):
    """Least public money, or least investment: the cheapest plan that keeps every rule."""

    block: ClassVar[str] = "least_money"
    formula: ClassVar[str] = r"\min \sum_{o \in O} c_o\, x_o"
    reads: ClassVar[str] = phrase(
        "The public money (or the whole investment) of what is added is as little as the rules "
        "allow."
    )
    sense: ClassVar[Sense] = "minimise"
    unit: ClassVar[str] = "money"
    counts: ClassVar[str] = phrase("money spent")
    source: ClassVar[str] = "Toregas, Swain, ReVelle and Bergman 1971, doi 10.1287/opre.19.6.1363"
    of: Literal["public", "investment"] = Field(
        "public", description="public, or investment for all money"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Offers whose investment is not known."""
        if self.of == "investment":
            yield from unknown_investment(instance)
