"""Settings and words of `hub`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, ids_by_name, unknown
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class Hub(ConstraintBlock):
    """A site that is used has at least so many functions, some of them from a list."""

    block: ClassVar[str] = "hub"
    formula: ClassVar[str] = (
        r"n\, x_o \le \sum_{o' \in O_j} |K_{o'}|\, x_{o'} \quad \forall j \in J', o \in O_j"
    )
    reads: ClassVar[str] = phrase(
        "Where anything (or one of the named categories) is added at a site, at least n categories "
        "are added there in all years together; of the list, at least m."
    )
    breach: ClassVar[str] = phrase("hub: the site of offer {id} has too few functions")
    source: ClassVar[str] = "Williams 2013, Model Building in Mathematical Programming, 9.2"
    at_least: int = Field(
        1, ge=1, description="the least number of categories added at a site that is used"
    )
    of: Names = Field((), description="the list, e.g. [elderly_care_station, childcare, canteen]")
    of_at_least: int = Field(1, ge=1, description="the least number of the list, where it is given")
    where: Names = Field(
        (), description="only where one of these categories is added, by id or name; else anywhere"
    )
    site: Names = Field((), description="only these sites, by id or name; else all")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories or sites, or a list that is too short."""
        known = category_ids(instance)
        yield from unknown("of", phrase("category"), self.of, known)
        yield from unknown("where", phrase("category"), self.where, known)
        yield from unknown("site", phrase("site"), self.site, ids_by_name(instance, "site"))
        if self.of and self.of_at_least > len(set(self.of)):
            yield Incompatibility(
                ("of_at_least",),
                "limits-cross",
                tr("{count} of a list of {all}", count=self.of_at_least, all=len(set(self.of))),
                tr("at most as many as the list has"),
                tr("Correct one of the two."),
            )

    def ids(self, instance: Instance, names: Names) -> frozenset[str]:
        """Ids of the categories of a setting."""
        known = category_ids(instance)
        return frozenset(known[name] for name in names)

    def sites(self, instance: Instance) -> frozenset[str]:
        """Ids of the sites that are meant."""
        known = ids_by_name(instance, "site")
        return frozenset(known[name] for name in self.site) or frozenset(known.values())
