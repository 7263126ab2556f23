"""Settings and words of `covered_residents`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock, Share
from siting.blocks.names import category_ids, unknown, unknown_years
from siting.blocks.scope import Years
from siting.blocks.worth import Worth, meant_categories, unknown_people
from siting.inputs.instance import Instance
from siting.language import phrase, tr
from siting.units import listed

People = Annotated[float, Field(gt=0, strict=False)]


class CoveredResidents(ObjectiveBlock):
    """Most residents covered, over all categories, weighted by priority."""

    block: ClassVar[str] = "covered_residents"
    formula: ClassVar[str] = (
        r"\max \sum_{k \in K} \sum_{i \in I} v_k\, w_{ik}\, ((1 - b)\, y_{ik} + 2 b\, u_{ik}),"
        "\n"
        r"y_{ik} \le e_{ik} + \sum_{o \in O:\, a_{iok} = 1} x_o, \quad"
        "\n"
        r"2 u_{ik} \le e_{ik} + \sum_{o \in O:\, a_{iok} = 1} x_o, \quad 0 \le y_{ik}, u_{ik} \le 1"
    )
    reads: ClassVar[str] = phrase(
        "y is 1 where a resident point has the category within the walking standard: from an "
        "existing outlet (e) or from a chosen offer (x). Covered already, the pair is a constant. "
        "With 'backup', u is half the outlets within the standard, 1 from two on, so that the "
        "second counts the share b. With 'worth', a pair counts what the nearest outlet's minutes "
        "are worth, whatever the standard: one y for each number of minutes. With 'capacity', an "
        "added outlet serves so many people at most; they are shared out so that most are served."
    )
    counts: ClassVar[str] = phrase("covered (resident, category) pairs")
    source: ClassVar[str] = (
        "Church and ReVelle 1974, doi 10.1007/BF01942293; worth: Berman and Krass 2002, "
        "doi 10.1016/S0305-0548(01)00079-X; backup: Hogan and ReVelle 1986, "
        "doi 10.1287/mnsc.32.11.1434; capacity: Pirkul and Schilling 1991, "
        "doi 10.1287/mnsc.37.2.233"
    )
    category: Names = Field((), description="categories that count, by id or name; else all")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else each one's own")
    worth: Worth = Field(
        (), description="what minutes are worth, e.g. {5 min: 1, 10 min: 0.7, 15 min: 0.4}"
    )
    capacity: dict[str, People] = Field(
        default_factory=dict,
        description="how many people an added outlet serves, by category, e.g. {childcare: 60}",
    )
    backup: Share = Field(0, description="what a second outlet within the standard counts, 20%")
    year: Years = Field((), description="years at whose end it counts; else all that are planned")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories or group, or two of worth, backup and capacity together."""
        yield from unknown_people(self.category, self.group, instance)
        yield from unknown_years(self.year, instance)
        known = category_ids(instance)
        yield from unknown("capacity", phrase("category"), self.capacity, known)
        given = [name for name in ("worth", "backup", "capacity") if getattr(self, name)]
        if len(given) > 1:
            yield Incompatibility(
                (given[-1],),
                "cover-in-two-ways",
                tr("{names} together", names=listed(given)),
                tr("one of worth, backup and capacity"),
                tr("Each says in a way of its own who counts as covered."),
            )

    def categories(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories that count, in the order of the catalogue."""
        return meant_categories(instance, self.category)

    def capacities(self, instance: Instance) -> dict[str, float]:
        """How many people an added outlet serves, by the ids of the categories that count."""
        known, wanted = category_ids(instance), self.categories(instance)
        named = {known[name]: people for name, people in self.capacity.items()}
        return {name: named[name] for name in wanted if name in named}
