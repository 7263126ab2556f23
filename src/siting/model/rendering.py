"""The model in PuLP's algebra: what a person reads, checks and exports.

It is written from the rows that every block says plainly, which judge and certificate use too: what
is exported is what `verify` checks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import Coverage
from siting.inputs.instance import Instance
from siting.inputs.text import no_formula
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
    """Writes a plain model in PuLP; names lead back to sections and ids: see `save_names`."""
    import pulp  # noqa: PLC0415 - only readers and exporters pay for it

    problem = pulp.LpProblem("siting", pulp.LpMaximize)
    variables: dict[str, list[Any]] = {}
    for named in column_names(model):
        family = model.families[named.section]
        is_free = family.is_whole and (family.decided or not family.follows)
        kind = pulp.LpBinary if is_free else pulp.LpContinuous
        variable = problem.add_variable(named.name, 0, 1, kind)
        variables.setdefault(named.section, []).append(variable)
    _set_objective(problem, model, variables)
    sections = {rows.name: rows for rows in (*model.links, *model.rows)}
    for row in row_names(model):
        _constrain(problem, sections[row.section], row, variables)
    return problem


@dataclass(frozen=True)
class FileName:
    """What one row or column is called in a file.

    Attributes:
        name: ASCII letters, digits and `_`; no two rows, and no two columns, share one.
        section: Name of the rows or of the family of columns.
        number: Position in the section.
        ids: What it stands for.
        side: `at_most` or `at_least` where a row has both limits and files two rows, else empty.
    """

    name: str
    section: str
    number: int
    ids: tuple[object, ...]
    side: str = ""


def column_names(model: PlainModel) -> Iterator[FileName]:
    """What each column is called in a file, family by family."""
    namer = FileNamer()
    for name, family in model.families.items():
        for number, key in enumerate(zip(*family.ids, strict=True)):
            label = f"{name}[{','.join(map(str, key))}]"
            yield FileName(namer.name(label), name, number, key)


def row_names(model: PlainModel) -> Iterator[FileName]:
    """What each row is called in a file, those that link families first."""
    namer = FileNamer()
    for rows in (*model.links, *model.rows):
        for number, key in enumerate(rows.ids):
            label = rows.label(number)
            for side in _sides(rows, number):
                name = namer.name(f"{label}_{side}" if side else label)
                yield FileName(name, rows.name, number, key, side)


def _sides(rows: PlainRows, number: int) -> tuple[str, ...]:
    lower, upper = rows.lower[number], rows.upper[number]
    if lower is None and upper is None:
        return ()
    both = lower is not None and upper is not None and lower != upper
    return ("at_most", "at_least") if both else ("",)


def save_names(model: PlainModel, path: Path) -> None:
    """Writes what every name of an exported file stands for, as a CSV file that Excel reads.

    Columns `name`, `kind` (`column` or `row`), `section`, `side`, then `id_1`, `id_2`, ...

    Raises:
        OSError: The file cannot be written.
    """
    parts = [("column", column_names(model)), ("row", row_names(model))]
    lines = [
        [one.name, kind, one.section, one.side, *map(str, one.ids)]
        for kind, names in parts
        for one in names
    ]
    most = max((len(line) for line in lines), default=4) - 4
    heads = ["name", "kind", "section", "side", *(f"id_{k}" for k in range(1, most + 1))]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heads, *(map(no_formula, line) for line in lines)])


def _set_objective(
    problem: pulp.LpProblem, model: PlainModel, variables: dict[str, list[Any]]
) -> None:
    """The first goal; every variable is named in it, since PuLP 3 loses those without a use."""
    goal = model.goals[0]
    terms: list[Any] = []
    for name, columns in variables.items():
        weights = (
            goal.terms[name].fractions() if name in goal.terms else [Fraction(0)] * len(columns)
        )
        terms += [(column, float(w)) for column, w in zip(columns, weights, strict=True)]
    problem += _expression(terms) + float(goal.constant), goal.name


def _expression(terms: list[tuple[Any, float]]) -> pulp.LpAffineExpression:
    """A sum that keeps terms of coefficient 0; PuLP 4 has a maker for it, PuLP 3 its class."""
    import pulp  # noqa: PLC0415

    make: Any = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)
    total: pulp.LpAffineExpression = make(terms)
    return total


def _constrain(
    problem: pulp.LpProblem, rows: PlainRows, row: FileName, variables: dict[str, list[Any]]
) -> None:
    # A row without columns gets one with 0, or PuLP would make up a column for it.
    terms = list(_terms(rows, row.number, variables)) or [(variables["choose"][0], 0.0)]
    total = _expression(terms)
    lower, upper = (
        None if x is None else float(Fraction(x, rows.scale[row.number]))
        for x in (rows.lower[row.number], rows.upper[row.number])
    )
    if lower is not None and lower == upper:
        problem += total == upper, row.name
    elif row.side == "at_most" or lower is None:
        problem += total <= upper, row.name
    else:
        problem += total >= lower, row.name


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
