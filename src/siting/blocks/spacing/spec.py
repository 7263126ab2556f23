"""Settings and words of `spacing`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names
from siting.blocks.names import category_ids, unknown
from siting.inputs.instance import Instance
from siting.language import phrase


class Spacing(ConstraintBlock):
    """No two outlets of a category nearer to each other than so many metres."""

    block: ClassVar[str] = "spacing"
    formula: ClassVar[str] = (
        r"x_o + x_{o'} \le 1 \quad \forall o, o': d(o, o') < d, \qquad "
        r"x_o = 0 \quad \forall o: d(o, E_k) < d"
    )
    reads: ClassVar[str] = phrase(
        "Of two offers of a category whose sites are nearer than the metres (as the crow flies) at "
        "most one is chosen, and none nearer than that to an outlet of it while that is open."
    )
    breach: ClassVar[str] = phrase("spacing{of}: {activity} are chosen, {limit}")
    source: ClassVar[str] = "Moon and Chaudhry 1984, doi 10.1287/mnsc.30.3.290"
    category: Names = Field(description="categories, by id or name; each for itself")
    metres: float = Field(gt=0, strict=False, description="the least distance in metres, e.g. 300")
    existing: bool = Field(
        default=True, description="whether the distance to existing outlets counts, too"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories."""
        known = category_ids(instance)
        yield from unknown("category", phrase("category"), self.category, known)

    def ids(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories, in the order of the catalogue."""
        known = category_ids(instance)
        named = {known[name] for name in self.category}
        return tuple(name for name in instance.category_names if name in named)
