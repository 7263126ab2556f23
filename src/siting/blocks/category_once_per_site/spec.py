"""Settings and words of `category_once_per_site`."""

from __future__ import annotations

from typing import ClassVar

from siting.blocks.contract import ConstraintBlock
from siting.language import phrase


class CategoryOncePerSite(ConstraintBlock):
    """At most one offer of a category at a site."""

    block: ClassVar[str] = "category_once_per_site"
    formula: ClassVar[str] = (
        r"\sum_{o \in O_j:\, k \in K_o} x_o \le 1 \quad \forall j \in J,\, k \in K"
    )
    reads: ClassVar[str] = phrase(
        "Of several offers of one category at one site (new, retrofit, ...) at most one is chosen."
    )
    breach: ClassVar[str] = phrase(
        "category_once_per_site: site {id} gets {category} {activity} times, {limit}"
    )
