"""Looks at instances and models: their problems, their words, their files for other solvers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from siting.cli.arguments import bad_option, read_overrides, with_budget
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import Instance, describe_walking, read_instance
from siting.language import phrase, tr
from siting.model import ModelSpec, check_fit, explain, read_model, save_model, say_plainly
from siting.model.rendering import render, save_names
from siting.model.wishes import Wishes, with_wishes
from siting.units import counted


@dataclass(frozen=True)
class ModelChoice:
    """A model with a budget and wishes, as they were typed."""

    model: str
    budget: str | None
    wishes: Wishes

    def on(self, instance: Path, overrides: Sequence[str] = ()) -> tuple[Instance, ModelSpec]:
        """The instance with this budget, and the model with these wishes.

        Raises:
            InputError: With everything that is wrong with them.
        """
        spec, read = (
            read_model(self.model),
            read_instance(instance, overrides=read_overrides(overrides)),
        )
        money = with_budget(read, self.budget)
        return money, with_wishes(spec, money, self.wishes)


def show_problems(instance: Path, choice: ModelChoice, overrides: Sequence[str]) -> None:
    """Lists what is odd about an instance and a model.

    Raises:
        InputError: With everything that is wrong with them.
    """
    read, spec = choice.on(instance, overrides)
    problems = check_fit(read, spec)
    if any(problem.severity == "error" for problem in problems):
        raise InputError((*read.warnings, *problems))
    warnings = (*read.warnings, *problems, *compute_coverage(read).warnings)
    for warning in warnings:
        typer.echo(tr("warning: {warning}", warning=warning))
    typer.echo(
        tr(
            "{name}: {points:,} demand points with {people:,.0f} residents, {outlets:,} outlets, "
            "{sites:,} sites, {categories:,} categories, {offers:,} offers",
            name=read.name,
            points=len(read.residents),
            people=read.residents["residents"].sum(),
            outlets=len(read.outlets),
            sites=len(read.sites),
            categories=len(read.categories),
            offers=len(read.offers),
        )
    )
    typer.echo(tr("walking: {reading}", reading=describe_walking(read)))
    typer.echo(tr("no errors, {warnings}", warnings=counted(len(warnings), phrase("warning"))))


def show_model(model: str) -> None:
    """Writes out what a model says."""
    typer.echo(explain(read_model(model)))


def write_model(instance: Path, choice: ModelChoice, lp: Path | None, mps: Path | None) -> None:
    """Writes a model for another solver.

    Raises:
        InputError: No file is named, or something is wrong with the inputs.
    """
    if lp is None and mps is None:
        found, expected = tr("no file to write"), tr("--lp FILE, --mps FILE or both")
        raise bad_option("export", found, expected, tr("Name a file."))
    read, spec = choice.on(instance)
    plain = say_plainly(read, compute_coverage(read), spec)
    problem = render(plain)
    names = dict.fromkeys(path.with_suffix(".names.csv") for path in (lp, mps) if path is not None)
    if lp is not None:
        save_model(problem, lp, "lp")
        typer.echo(tr("wrote {file}", file=lp))
    if mps is not None:
        save_model(problem, mps, "mps")
        typer.echo(tr("wrote {file}", file=mps))
    for file in names:
        save_names(plain, file)
        typer.echo(tr("wrote {file}", file=file))
    constant = float(plain.goals[0].constant)
    typer.echo(
        tr(
            "neither format holds a constant: add {constant:,.0f}, covered already, to its optimum",
            constant=constant,
        )
    )
