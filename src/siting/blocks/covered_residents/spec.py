"""Settings and words of `covered_residents`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock, Share
from siting.blocks.worth import Worth, meant_categories, unknown_people
from siting.inputs.instance import Instance
from siting.language import phrase, tr


class CoveredResidents(ObjectiveBlock):
    """Most residents covered, over all categories, weighted by priority."""

    block: ClassVar[str] = "covered_residents"
    formula: ClassVar[str] = (
        r"\max \sum_{k \in K} \sum_{i \in I} v_k\, w_{ik}\, (y_{ik} + b\, u_{ik}), \qquad"
        "\n"
        r"y_{ik} + u_{ik} \le e_{ik} + \sum_{o \in O:\, a_{iok} = 1} x_o, \quad"
        "\n"
        r"0 \le y_{ik}, u_{ik} \le 1"
    )
    reads: ClassVar[str] = phrase(
        "y is 1 where a resident point has the category within the walking standard: from an "
        "existing outlet (e) or from a chosen offer (x). Covered already, the pair is a constant. "
        "With 'backup', u is 1 where a second outlet is within the standard, which counts the "
        "share b. With 'worth', a pair counts what the nearest outlet's minutes are worth, "
        "whatever the standard: one y for each number of minutes."
    )
    counts: ClassVar[str] = phrase("covered (resident, category) pairs")
    source: ClassVar[str] = (
        "Church and ReVelle 1974, doi 10.1007/BF01942293; worth: Berman and Krass 2002, "
        "doi 10.1016/S0305-0548(01)00079-X; backup: Hogan and ReVelle 1986, "
        "doi 10.1287/mnsc.32.11.1434"
    )
    category: Names = Field((), description="categories that count, by id or name; else all")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else each one's own")
    worth: Worth = Field(
        (), description="what minutes are worth, e.g. {5 min: 1, 10 min: 0.7, 15 min: 0.4}"
    )
    backup: Share = Field(0, description="what a second outlet within the standard counts, 20%")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories or group, or worth and backup together."""
        yield from unknown_people(self.category, self.group, instance)
        if self.worth and self.backup:
            yield Incompatibility(
                ("backup",),
                "worth-and-backup",
                tr("both 'worth' and 'backup'"),
                tr("one of the two"),
                tr("A second outlet counts within the standard, worth goes by minutes."),
            )

    def categories(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories that count, in the order of the catalogue."""
        return meant_categories(instance, self.category)
