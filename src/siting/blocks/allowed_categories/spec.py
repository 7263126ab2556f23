"""Settings and words of `allowed_categories`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, unknown
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class AllowedCategories(ConstraintBlock):
    """Only categories that the site, and the block where it names some, allow."""

    block: ClassVar[str] = "allowed_categories"
    formula: ClassVar[str] = r"x_o = 0 \quad \forall o \in O:\, K_o \not\subseteq A_{j(o)}"
    reads: ClassVar[str] = phrase(
        "An offer is out when it adds a category that its site (or the model) does not allow."
    )
    breach: ClassVar[str] = phrase(
        "allowed_categories: offer {id} is chosen and adds a category that is not allowed"
    )
    only: Names | None = Field(
        None,
        description="a list of categories that may be added anywhere, e.g. [pharmacy, canteen]",
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories, or nothing that restricts anything."""
        yield from unknown("only", phrase("category"), self.only or (), category_ids(instance))
        if self.only is None and "allowed_categories" not in instance.sites:
            yield Incompatibility(
                (),
                "no-allowed-categories",
                tr("sites without a column 'allowed_categories', and no list 'only'"),
                tr("the categories that each site, or the model, allows"),
                tr("As it is, this block limits nothing. Add the column or write {only: [...]}."),
                "warning",
            )
