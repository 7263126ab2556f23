"""Says whether a plan holds; loads no solver."""

from __future__ import annotations

from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.plan_shape import check_shape
from siting.errors import InputError, Problem
from siting.language import phrase, tr
from siting.plan.verify import Verification, verify
from siting.plan.vipr import vipr_proof
from siting.plan.vipr_check import check_vipr
from siting.report.words import goal_value


def show_verification(run: Path, instance: Path | None, export: Path | None = None) -> None:
    """Recomputes a plan from its inputs and says what disagrees.

    Args:
        run: The run folder.
        instance: The instance folder, if it has moved since.
        export: Where to write the proof of the first goal in the format VIPR 1.0, or None.

    Raises:
        InputError: The plan or its instance cannot be read.
    """
    check_shape(run)
    found = verify(run, instance)
    for remark in found.remarks:
        typer.echo(tr("note: {note}", note=remark), err=True)
    for disagreement in found.disagreements:
        typer.echo(tr("disagrees: {what}", what=disagreement), err=True)
    if not found.holds:
        typer.echo(tr("the plan in {run} does not hold", run=run), err=True)
        raise typer.Exit(exits.FAULT)
    judged = found.judgement
    typer.echo(
        tr(
            "the plan in {run} holds: objective {objective}, spend {spend:,.0f}, "
            "{count} categories recomputed from the inputs",
            run=run,
            objective=_shown(found, judged.objective),
            spend=judged.spend,
            count=len(found.coverage),
        )
    )
    typer.echo(tr("walking: {reading}", reading=found.walking))
    if found.note:
        typer.echo(tr("note: {note}", note=found.note))
    if found.certified_bound is not None:
        is_most = judged.goals[0].sense == "maximise"
        most = phrase("its certificate proves that no plan exceeds {bound}")
        least = phrase("its certificate proves that no plan does with less than {bound}")
        typer.echo(tr(most if is_most else least, bound=_shown(found, found.certified_bound)))
    if export is not None:
        _export(found, run, export)


def _shown(found: Verification, value: float) -> str:
    """A value of the first goal with its unit."""
    if found.model is None:
        return f"{value:,.0f}"
    currency = found.model.inputs.instance.currency
    return goal_value(found.judgement.goals[0].name, currency, value)


def _export(found: Verification, run: Path, path: Path) -> None:
    """Writes the proof of the first goal, once a checker that knows the format alone accepts it."""
    if found.certificate is None or found.model is None:
        raise InputError([_no_proof(run, tr("the plan has no certificate"))])
    goal = found.certificate.goals[0]
    try:
        text = vipr_proof(found.model, goal, found.judgement.values)
    except ValueError as error:
        raise InputError([_no_proof(run, str(error))]) from None
    proven = check_vipr(text)
    path.write_text(text, encoding="ascii")
    form = phrase("{path}: the same proof in {steps:,} steps, checked again from the file alone")
    typer.echo(tr(form, path=path, steps=proven.derived))


def _no_proof(run: Path, why: str) -> Problem:
    return Problem(
        code="no-proof",
        where=str(run),
        found=why,
        expected=tr("a certificate of a program small enough to be written as text"),
        mend=tr("Leave out --export: 'siting verify' alone checks the certificate as it is."),
    )
