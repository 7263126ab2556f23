"""The model in PuLP's algebra: what a person reads, checks and exports.

It is written from the rows that every block says plainly, which judge and certificate use too: what
is exported is what `verify` checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import Coverage
from siting.inputs.instance import Instance
from siting.model.model_spec import ModelSpec
from siting.model.plain import say_plainly
from siting.program import FileNamer

if TYPE_CHECKING:
    import pulp


def write_pulp(instance: Instance, coverage: Coverage, spec: ModelSpec) -> pulp.LpProblem:
    """Writes a model in PuLP, with names a person would choose, for reading and export.

    Of several goals the first one is the objective. PuLP holds an object for each term: use it up
    to some hundred thousand terms.

    Raises:
        InputError: The spec names what the instance does not have.
    """
    return render(say_plainly(instance, coverage, spec))


def render(model: PlainModel) -> pulp.LpProblem:
    """Writes a plain model in PuLP; names lead back to sections and ids."""
    import pulp  # noqa: PLC0415 - only readers and exporters pay for it

    problem = pulp.LpProblem("siting", pulp.LpMaximize)
    namer = FileNamer()
    variables: dict[str, list[Any]] = {}
    for name, family in model.families.items():
        kind = pulp.LpBinary if family.decided else pulp.LpContinuous
        labels = [f"{name}[{','.join(map(str, key))}]" for key in zip(*family.ids, strict=True)]
        variables[name] = [problem.add_variable(namer.name(label), 0, 1, kind) for label in labels]
    _set_objective(problem, model, variables)
    namer = FileNamer()
    for rows in (*model.links, *model.rows):
        _constrain(problem, rows, variables, namer)
    return problem


def _set_objective(
    problem: pulp.LpProblem, model: PlainModel, variables: dict[str, list[Any]]
) -> None:
    """The first goal; every variable is named in it, since PuLP 3 loses those without a use."""
    import pulp  # noqa: PLC0415

    goal = model.goals[0]
    terms: list[Any] = []
    for name, columns in variables.items():
        weights = (
            goal.terms[name].fractions() if name in goal.terms else [Fraction(0)] * len(columns)
        )
        terms += [(column, float(w)) for column, w in zip(columns, weights, strict=True)]
    problem += pulp.LpAffineExpression(terms, constant=float(goal.constant)), goal.name


def _constrain(
    problem: pulp.LpProblem, rows: PlainRows, variables: dict[str, list[Any]], namer: FileNamer
) -> None:
    import pulp  # noqa: PLC0415

    for number in range(len(rows)):
        scale = rows.scale[number]
        total = pulp.LpAffineExpression(list(_terms(rows, number, variables)))
        lower, upper = (
            None if x is None else float(Fraction(x, scale))
            for x in (rows.lower[number], rows.upper[number])
        )
        label = rows.label(number)
        if lower is not None and lower == upper:
            problem += total == upper, namer.name(label)
            continue
        both = lower is not None and upper is not None
        if upper is not None:
            problem += total <= upper, namer.name(f"{label}_at_most" if both else label)
        if lower is not None:
            problem += total >= lower, namer.name(f"{label}_at_least" if both else label)


def _terms(
    rows: PlainRows, number: int, variables: dict[str, list[Any]]
) -> Iterator[tuple[Any, float]]:
    for family, matrix in rows.terms.items():
        part = slice(matrix.indptr[number], matrix.indptr[number + 1])
        order = np.argsort(matrix.indices[part], kind="stable")
        for column, amount in zip(
            matrix.indices[part][order].tolist(), matrix.data[part][order].tolist(), strict=True
        ):
            yield variables[family][column], float(Fraction(amount, rows.scale[number]))


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
