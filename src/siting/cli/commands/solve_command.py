"""The command solve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.arguments import (
    BudgetText,
    Floor,
    Forbid,
    InstancePath,
    ModelName,
    Overrides,
    Require,
    Without,
    YearsText,
    read_wishes,
)


def solve_command(
    instance: InstancePath,
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder to write.")],
    *,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
    years: YearsText = None,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    time_limit: Annotated[str, typer.Option(help="Time for the solver, e.g. 60s or 5min.")] = "60s",
    gap: Annotated[str, typer.Option(help="Stop at this proven gap, e.g. 0.1%.")] = "0.1%",
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Seed of every random choice.")
    ] = 0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores; all if not given.")
    ] = None,
    backend: Annotated[
        str, typer.Option(help="Exact solver: auto, highs, gscip or cp_sat.")
    ] = "auto",
    cold: Annotated[
        bool, typer.Option("--cold", help="Hand the whole program to the backend, for comparison.")
    ] = False,
    overrides: Overrides = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Change a table of the inputs for this run: category.NAME.priority=2 (or "
            "standard_minutes, tier, group), cost=x1.2, residents=x1.1. May be repeated.",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Begin at the plan of a run of the what-if page."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print plan.json instead of the summary.")
    ] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Print where the time went.")] = False,
) -> None:
    """Choose what to add where, prove how good the plan is, and write it.

    Example: siting solve instances/monaco --budget 200万 -o runs/monaco
    """
    from siting.cli.solving import SolveOptions, solve_and_write

    options = SolveOptions(
        instance=instance,
        out=out,
        model=model,
        budget=budget,
        years=years,
        wishes=read_wishes(require, forbid, without, floor),
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        threads=threads,
        backend=backend,
        cold=cold,
        overrides=tuple(overrides or ()),
        changes=tuple(change or ()),
        start=start,
        as_json=as_json,
        timings=timings,
    )
    solve_and_write(options)
