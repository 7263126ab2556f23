"""The command sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.arguments import (
    Floor,
    Forbid,
    ModelName,
    Overrides,
    Require,
    Without,
    read_wishes,
)


def sweep_command(
    instance: Annotated[
        list[Path],
        typer.Argument(
            metavar="INSTANCE...",
            help="Instance folders, a folder of them, or a text file that lists them.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Sweep folder to write or go on with.")],
    *,
    model: ModelName = "annual-plan",
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            "-b",
            help="Budgets: 100万:5000万:25 is 25 evenly spaced, 100万,200万 these two.",
        ),
    ] = None,
    require: Require = None,
    forbid: Forbid = None,
    without: Without = None,
    floor: Floor = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUES",
            help="What else is varied; several make a grid. A key of instance.yaml as in --set "
            "(walking.speed=50,66.7,80, bare speeds in m/min, lengths in m), "
            "category.NAME.standard_minutes=5:15:3 (or priority, group, tier), cost=x0.8,x1,x1.2, "
            "cost.NAME=x1.5, residents=x1.1, model=NAME,FILE, seed=0:4:5. To draw: "
            "cost=normal(1,0.1), 'cost=each uniform(0.9,1.2)' for each offer by itself, "
            "triangular(low,mode,high), lognormal(median,deviation).",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=0, help="How often to draw what has a distribution.")
    ] = 0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Seed of every random choice.")
    ] = 0,
    one_at_a_time: Annotated[
        bool,
        typer.Option("--tornado", help="Vary one thing at a time, with the others as they are."),
    ] = False,
    staged: Annotated[
        bool,
        typer.Option(
            "--staged", help="Solve each budget again, keeping what the smaller ones chose."
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Points at a time; one a processor core if not given.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Dask scheduler whose workers solve the points, e.g. tcp://10.0.0.5:8786.",
        ),
    ] = None,
    gap: Annotated[str, typer.Option(help="Stop at this proven gap, e.g. 0.1%.")] = "0.1%",
    time_limit: Annotated[
        str, typer.Option(help="Time for the solver at each point, e.g. 60s or 5min.")
    ] = "60s",
    overrides: Overrides = None,
    reports: Annotated[
        bool, typer.Option("--reports", help="Write the files of a report for each point.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the points and tables as JSON.")
    ] = False,
) -> None:
    """Solve one question many times: what more money buys, and what the plan depends on.

    The same command goes on where it was stopped; what is done is not solved again.

    Example: siting sweep instances/monaco --budget 100万:1000万:10 -o runs/sweep
    """
    from siting.cli.sweeping import SweepOptions, sweep_and_write

    options = SweepOptions(
        instances=tuple(instance),
        out=out,
        model=model,
        budget=budget,
        wishes=read_wishes(require, forbid, without, floor),
        vary=tuple(vary or ()),
        draws=draws,
        seed=seed,
        one_at_a_time=one_at_a_time,
        staged=staged,
        workers=workers,
        cluster=cluster,
        gap=gap,
        time_limit=time_limit,
        overrides=tuple(overrides or ()),
        reports=reports,
        as_json=as_json,
    )
    sweep_and_write(options)
