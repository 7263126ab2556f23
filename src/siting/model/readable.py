"""The same model in PuLP's algebra: what a person reads, checks and exports.

It is written apart from the arrays, block by block, and a test proves both equal, row for row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from siting.inputs import CATEGORY_SEPARATOR
from siting.program.names import FileNamer

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
    _columns: FileNamer = field(default_factory=FileNamer)
    _rows: FileNamer = field(default_factory=FileNamer)

    def variables(self, labels: Iterable[str], *, whole: bool) -> list[Any]:
        """Adds variables from 0 to 1."""
        kind = "Binary" if whole else "Continuous"
        names = [self._columns.name(label) for label in labels]
        return [self.problem.add_variable(name, 0, 1, kind) for name in names]

    def constrain(self, labels: list[str], constraints: Iterable[Any]) -> None:
        """Adds constraints under their names."""
        for label, constraint in zip(labels, constraints, strict=True):
            self.problem += (constraint, self._rows.name(label))

    def keep_unused(self) -> None:
        """Names every offer in the objective that nothing else names.

        PuLP 3 knows only variables that occur somewhere; an offer without use would be lost.
        """
        known = {variable.name for variable in self.problem.variables()}
        for variable in self.add.values():
            if variable.name not in known:
                self.problem.objective.addterm(variable, 0)


def parts_of(categories: str) -> list[str]:
    """The categories of an `a;b` cell, each once."""
    parts = (part.strip() for part in categories.split(CATEGORY_SEPARATOR))
    return list(dict.fromkeys(part for part in parts if part))


def save_model(problem: pulp.LpProblem, path: Path, form: Literal["lp", "mps"]) -> None:
    """Writes a PuLP problem as an LP or MPS file.

    Raises:
        OSError: The file cannot be written.
    """
    # PuLP 4 raises errors of its own kind for this; opening the file first raises the usual ones.
    path.open("w", encoding="utf-8").close()
    if form == "mps":
        # Without the sense in the file, a reader would take the maximum for a minimum.
        problem.writeMPS(str(path), with_objsense=True)
    else:
        problem.writeLP(str(path))
