"""Settings and words of `least_walking`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import Incompatibility, Names, ObjectiveBlock, Sense
from siting.blocks.worth import Minutes, meant_categories, unknown_people
from siting.inputs.instance import Instance
from siting.language import phrase, tr

MOST_STEPS = 30


class LeastWalking(ObjectiveBlock):
    """Least walking to the nearest of each category, in person-minutes up to a cap."""

    block: ClassVar[str] = "least_walking"
    formula: ClassVar[str] = (
        r"\min \sum_{k \in K} \sum_{i \in I} w_{ik} \left( c - s \sum_{m} y_{ikm} \right), \qquad"
        "\n"
        r"y_{ikm} \le e_{ikm} + \sum_{o \in O:\, d_{io} \le m} x_o, \quad m = s, 2s, \ldots, c - s"
    )
    reads: ClassVar[str] = phrase(
        "Minutes to the nearest of each category, rounded up to steps of s and c at most, times "
        "the people of its group; y is 1 where something is within m minutes. Priorities do not "
        "count, nor does the standard."
    )
    sense: ClassVar[Sense] = "minimise"
    unit: ClassVar[str] = "number"
    counts: ClassVar[str] = phrase("person-minutes of walking")
    source: ClassVar[str] = "García, Labbé and Marín 2011, doi 10.1287/ijoc.1100.0418"
    category: Names = Field((), description="categories that count, by id or name; else all")
    group: str | None = Field(None, description="a demand group, e.g. elderly; else each one's own")
    cap: Minutes = Field(30.0, gt=0, description="the most minutes that a walk counts, e.g. 30 min")
    step: Minutes = Field(5.0, gt=0, description="minutes that walks are rounded up to, 5 min")

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Unknown categories or group, or a cap that is no multiple of the step."""
        yield from unknown_people(self.category, self.group, instance)
        if not 1 <= self.cap / self.step <= MOST_STEPS or self.cap % self.step:
            yield Incompatibility(
                ("cap",),
                "cap-and-step",
                tr("a cap of {cap:g} and steps of {step:g} min", cap=self.cap, step=self.step),
                tr("a cap of 1 to {count} steps", count=MOST_STEPS),
                tr("Correct one of the two."),
            )

    def categories(self, instance: Instance) -> tuple[str, ...]:
        """Ids of the categories that count, in the order of the catalogue."""
        return meant_categories(instance, self.category)

    @property
    def readings(self) -> tuple[str, ...]:
        """The steps below the cap, as readings of the standard."""
        return tuple(repr(self.step * k) for k in range(1, round(self.cap / self.step)))
