"""Settings and words of `site_area`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class SiteArea(ConstraintBlock):
    """The floor area of what is added at a site is at most the floor area of the site."""

    block: ClassVar[str] = "site_area"
    formula: ClassVar[str] = r"\sum_{o \in O_j} a_o\, x_o \le A_j \quad \forall j \in J"
    reads: ClassVar[str] = phrase(
        "The floor areas (square metres) of what is added at a site come to at most its own; an "
        "offer without an area takes that of its categories, and a site without one is not "
        "limited."
    )
    breach: ClassVar[str] = phrase("site_area: site {id} takes {activity} m2, {limit}")
    default: float | None = Field(
        None, ge=0, strict=False, description="square metres of a site that names none, e.g. 80"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """No areas at all, of sites or of what comes there."""
        if self.default is None and "floor_area_m2" not in instance.sites:
            yield Incompatibility(
                (),
                "no-area",
                tr("sites without a column 'floor_area_m2', and no default"),
                tr("the floor area of each site, or a default for all"),
                tr("As it is, this block limits nothing. Add the column or write {default: 80}."),
                "warning",
            )
        frames = (instance.offers, instance.categories)
        if not any("floor_area_m2" in frame for frame in frames):
            yield Incompatibility(
                (),
                "no-area",
                tr("neither offers nor categories with a column 'floor_area_m2'"),
                tr("the floor area that an offer or a category takes"),
                tr("Add the column, or take the block out."),
            )
