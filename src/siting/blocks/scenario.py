"""One scenario of a plan: what lies on the ground, and how many more people there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from siting.blocks.exact import exact


@dataclass(frozen=True)
class Scenario:
    """A scenario, as families of variables are told of it.

    Attributes:
        ground: A reading of the standard (`winter`), or empty for the instance's own.
        people: Factor of the members of each group, `all` of groups that are not named; or a column
            of the residents that has the members of that one group.
    """

    ground: str = ""
    people: Mapping[str, float | str] = field(default_factory=dict)

    def factor(self, group: str) -> Fraction:
        """How many times as many members a group has; 1 where a column has them."""
        said = self.people.get(group, self.people.get("all", 1.0))
        return Fraction(1) if isinstance(said, str) else exact(said)

    def column(self, group: str) -> str:
        """The column with a group's members, empty where there is none of its own."""
        said = self.people.get(group)
        return said if isinstance(said, str) else ""

    @property
    def code(self) -> str:
        """From which everything can be read back, e.g. `ice*all=1.1`."""
        factors = (
            f"{group}={said if isinstance(said, str) else repr(said)}"
            for group, said in sorted(self.people.items())
        )
        return "*".join([self.ground, *factors])


def read_scenario(code: str) -> Scenario:
    """The scenario of a code."""
    ground, *factors = code.split("*")
    pairs = (part.split("=") for part in factors)
    return Scenario(ground, {group: _said(text) for group, text in pairs})


def _said(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def worst_case_name(scenarios: tuple[Scenario, ...]) -> str:
    """Name of the column of the worst of some scenarios."""
    return f"worst_case({';'.join(one.code for one in scenarios)})"


def of_worst_case_name(inside: str) -> tuple[Scenario, ...]:
    """The scenarios that the inside of such a name is about."""
    return tuple(read_scenario(code) for code in inside.split(";"))
