"""Settings and words of `scenarios`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from siting.blocks.contract import Incompatibility, ObjectiveBlock
from siting.blocks.exact import exact
from siting.blocks.names import unknown
from siting.blocks.scenario import Scenario
from siting.inputs.instance import Instance
from siting.language import phrase, tr

Factor = Annotated[float, Field(gt=0, le=100, strict=False)]


class ScenarioEntry(BaseModel):
    """What differs in one scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    ground: Literal["", "none", "winter", "ice"] = Field(
        "", description="none, winter or ice on the ground; else as the instance says"
    )
    people: dict[str, Factor | str] = Field(
        default_factory=dict,
        description="factors by group, e.g. {all: 1.1, elderly: 1.3}, or for a group a column of "
        "the residents, e.g. {elderly: elderly_2035}",
    )
    weight: float = Field(
        1.0, gt=0, strict=False, description="how likely it is beside the others, e.g. 3"
    )


class Scenarios(ObjectiveBlock):
    """Most residents covered by one plan under several scenarios: expected, or in the worst."""

    block: ClassVar[str] = "scenarios"
    formula: ClassVar[str] = (
        r"\max \sum_{s \in S} p_s\, f_s(y^s) \quad \text{or} \quad \max \min_{s \in S} f_s(y^s),"
        "\n"
        r"f_s(y) = \sum_{k \in K} \sum_{i \in I} v_k\, w^s_{ik}\, y_{ik}, \quad"
        "\n"
        r"y^s_{ik} \le e^s_{ik} + \sum_{o \in O:\, a^s_{iok} = 1} x_o"
    )
    reads: ClassVar[str] = phrase(
        "The same plan under each scenario: on snow or ice less is within the standard (a, e), and "
        "there may be more people (w). It counts what is covered on average by the weights p, or "
        "in the scenario where that is least. That all may be dearer is said by 'dearer' of the "
        "budget."
    )
    counts: ClassVar[str] = phrase("covered (resident, category) pairs")
    source: ClassVar[str] = "Snyder 2006, doi 10.1080/07408170500216480"
    of: dict[str, ScenarioEntry] = Field(
        description="scenarios by name, e.g. {dry: {}, ice: {ground: ice}}"
    )
    by: Literal["expected", "worst"] = Field(
        "expected", description="expected, by the weights, or worst"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """No scenario, two that are the same, or unknown groups."""
        codes = [one.code for one in self.scenarios]
        if not codes or len(set(codes)) < len(codes):
            yield Incompatibility(
                ("of",),
                "scenarios-alike",
                tr("two scenarios that are the same") if codes else tr("no scenario"),
                tr("scenarios that differ in ground or people"),
                tr("Write e.g. {dry: {}, ice: {ground: ice}}."),
            )
        for name, entry in self.of.items():
            for found in unknown("people", phrase("group"), entry.people, instance.groups):
                yield replace(found, path=("of", name, *found.path))
            columns = [said for said in entry.people.values() if isinstance(said, str)]
            for found in unknown("people", phrase("column"), columns, _columns(instance)):
                yield replace(found, path=("of", name, *found.path))

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios in their order."""
        return tuple(Scenario(entry.ground, entry.people) for entry in self.of.values())

    @property
    def probabilities(self) -> tuple[Fraction, ...]:
        """How likely each scenario is; 1 in all."""
        weights = [exact(entry.weight) for entry in self.of.values()]
        return tuple(weight / sum(weights) for weight in weights)


def _columns(instance: Instance) -> list[str]:
    """Columns of the residents that hold numbers of people."""
    frame, others = instance.residents, {"x", "y"}
    return [str(name) for name in frame.select_dtypes("number") if name not in others]
