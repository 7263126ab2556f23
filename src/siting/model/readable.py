"""The same model in PuLP's algebra: what a person reads, checks and exports.

It is written apart from the arrays, block by block, and a test proves both equal, row for row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from siting.model.program import file_names

if TYPE_CHECKING:
    import pulp


@dataclass
class ReadableModel:
    """A PuLP problem under construction.

    Attributes:
        problem: The problem; maximised.
        add: The 0/1 variable of each offer, by offer id.
        covered: The variable of each (resident, category) pair that an offer could newly cover.
    """

    problem: pulp.LpProblem
    add: dict[str, Any] = field(default_factory=dict)
    covered: dict[tuple[str, str], Any] = field(default_factory=dict)

    def variables(self, labels: Iterable[str], *, whole: bool) -> list[Any]:
        """Adds variables from 0 to 1."""
        kind = "Binary" if whole else "Continuous"
        return [self.problem.add_variable(name, 0, 1, kind) for name in file_names(labels)]

    def constrain(self, labels: list[str], constraints: Iterable[Any]) -> None:
        """Adds constraints under their names."""
        for name, constraint in zip(file_names(labels), constraints, strict=True):
            self.problem += (constraint, name)
