"""Settings and words of `site_slots`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility
from siting.inputs.instance import Instance
from siting.language import phrase, tr
from siting.units import listed


class SiteSlots(ConstraintBlock):
    """At most as many added categories at a site as it has slots."""

    block: ClassVar[str] = "site_slots"
    formula: ClassVar[str] = r"\sum_{o \in O_j} |K_o|\, x_o \le s_j \quad \forall j \in J"
    reads: ClassVar[str] = phrase(
        "The categories added at a site are at most its slots; an offer of two categories takes "
        "two."
    )
    breach: ClassVar[str] = phrase("site_slots: site {id} takes {activity} categories, {limit}")
    default: int | None = Field(
        None, ge=0, description="slots of a site that names none, a whole number of at least 0"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Sites without slots and no default."""
        if self.default is not None:
            return
        if "slots" not in instance.sites:
            yield Incompatibility(
                (),
                "no-slots",
                tr("sites without a column 'slots', and no default"),
                tr("the slots of each site, or a default for all"),
                tr("As it is, this block limits nothing. Add the column or write {default: 2}."),
                "warning",
            )
            return
        blank = list(instance.sites.loc[instance.sites["slots"].isna(), "site_id"])
        if blank:
            yield Incompatibility(
                (),
                "no-slots",
                tr(
                    "no slots at {count:,} of {all:,} sites: {names}",
                    count=len(blank),
                    all=len(instance.sites),
                    names=listed(blank, 10),
                ),
                tr("the slots of each site, or a default for those without"),
                tr("Fill the column 'slots' of the sites or write {default: 2}."),
            )
