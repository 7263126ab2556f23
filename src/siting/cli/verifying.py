"""Says whether a plan holds; loads no solver."""

from __future__ import annotations

from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.plan_shape import check_shape
from siting.language import phrase, tr
from siting.plan.verify import verify


def show_verification(run: Path, instance: Path | None) -> None:
    """Recomputes a plan from its inputs and says what disagrees.

    Raises:
        InputError: The plan or its instance cannot be read.
    """
    check_shape(run)
    found = verify(run, instance)
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
