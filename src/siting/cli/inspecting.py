"""Commands that look and solve nothing: check, verify, explain, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli import exits
from siting.cli.arguments import (
    BudgetText,
    InstancePath,
    ModelName,
    Overrides,
    read_overrides,
    with_budget,
)
from siting.cli.runs import MovedInstance, RunPath
from siting.language import phrase, tr
from siting.units import counted


def check(
    instance: InstancePath,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
    overrides: Overrides = None,
) -> None:
    """List every problem of an instance and a model at once; nothing is solved.

    Example: siting check instances/monaco
    """
    from siting.coverage import compute_coverage  # noqa: PLC0415 - heavy, and --help needs none
    from siting.errors import InputError  # noqa: PLC0415
    from siting.inputs import describe_walking, read_instance  # noqa: PLC0415
    from siting.model import check_fit, read_model  # noqa: PLC0415

    read = with_budget(read_instance(instance, overrides=read_overrides(overrides)), budget)
    spec = read_model(model)
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


def verify(
    run: RunPath,
    instance: MovedInstance = None,
) -> None:
    """Recompute a plan and its bound from the inputs, without a solver.

    Example: siting verify runs/monaco
    """
    from siting.cli.plan_shape import check_shape  # noqa: PLC0415
    from siting.plan.verify import verify as verify_plan  # noqa: PLC0415

    check_shape(run)
    found = verify_plan(run, instance)
    for disagreement in found.disagreements:
        typer.echo(tr("disagrees: {what}", what=disagreement), err=True)
    if not found.holds:
        typer.echo(tr("the plan in {run} does not hold", run=run), err=True)
        raise typer.Exit(exits.FAULT)
    judged = found.judgement
    typer.echo(
        tr(
            "the plan in {run} holds: objective {objective:,.0f}, spend {spend:,.0f}, "
            "{count} categories recomputed from the inputs",
            run=run,
            objective=judged.objective,
            spend=judged.spend,
            count=len(found.coverage),
        )
    )
    typer.echo(tr("walking: {reading}", reading=found.walking))
    if found.note:
        typer.echo(tr("note: {note}", note=found.note))
    if found.certified_bound is not None:
        form = phrase("its certificate proves that no plan exceeds {bound:,.0f}")
        typer.echo(tr(form, bound=found.certified_bound))


def explain(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name or path of a model.")],
) -> None:
    """Write out what a model says, in words and maths.

    Example: siting explain annual-plan
    """
    from siting.model import explain as explain_model  # noqa: PLC0415
    from siting.model import read_model  # noqa: PLC0415

    typer.echo(explain_model(read_model(model)))


def export(
    instance: InstancePath,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
    lp: Annotated[Path | None, typer.Option("--lp", help="LP file to write.")] = None,
    mps: Annotated[Path | None, typer.Option("--mps", help="MPS file to write.")] = None,
) -> None:
    """Write the model with readable names for another solver, as LP or MPS.

    Beside each file a .names.csv says which row or column each of its names stands for.

    Example: siting export instances/monaco --lp monaco.lp
    """
    from siting.coverage import compute_coverage  # noqa: PLC0415
    from siting.errors import InputError, Problem  # noqa: PLC0415
    from siting.inputs import read_instance  # noqa: PLC0415
    from siting.model import read_model, save_model, say_plainly  # noqa: PLC0415
    from siting.model.rendering import render, save_names  # noqa: PLC0415

    if lp is None and mps is None:
        missing = Problem(
            code="bad-option",
            where="export",
            found=tr("no file to write"),
            expected=tr("--lp FILE, --mps FILE or both"),
            mend=tr("Name a file."),
        )
        raise InputError([missing])
    read = with_budget(read_instance(instance), budget)
    spec = read_model(model)
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
