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
        people: Factor of the members of each group; `all` of groups that are not named.
    """

    ground: str = ""
    people: Mapping[str, float] = field(default_factory=dict)

    def factor(self, group: str) -> Fraction:
        """How many times as many members a group has."""
        return exact(self.people.get(group, self.people.get("all", 1.0)))

    @property
    def code(self) -> str:
        """From which everything can be read back, e.g. `ice*all=1.1`."""
        factors = (f"{group}={factor!r}" for group, factor in sorted(self.people.items()))
        return "*".join([self.ground, *factors])


def read_scenario(code: str) -> Scenario:
    """The scenario of a code."""
    ground, *factors = code.split("*")
    pairs = (part.split("=") for part in factors)
    return Scenario(ground, {group: float(factor) for group, factor in pairs})


def worst_case_name(scenarios: tuple[Scenario, ...]) -> str:
    """Name of the column of the worst of some scenarios."""
    return f"worst_case({';'.join(one.code for one in scenarios)})"


def of_worst_case_name(inside: str) -> tuple[Scenario, ...]:
    """The scenarios that the inside of such a name is about."""
    return tuple(read_scenario(code) for code in inside.split(";"))
