"""The command sweep: many solves of one question."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli import exits
from siting.cli.arguments import (
    ModelName,
    Overrides,
    read_gap,
    read_overrides,
    read_time_limit,
    ready_folder,
)
from siting.cli.interrupts import stoppable
from siting.language import phrase, tr

if TYPE_CHECKING:
    import pandas as pd

    from siting.coverage import Coverage, Walks
    from siting.plan import Plan
    from siting.sweep import Frames, Sweep


def sweep(  # noqa: PLR0913 - a parameter is an option of the command
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
    """Solve one question many times: what more money buys, and what the plan hangs on.

    The same command goes on where it was stopped; what is done is not solved again.

    Example: siting sweep instances/monaco --budget 100万:1000万:10 -o runs/sweep
    """
    from siting.solve import SolveSettings  # noqa: PLC0415 - --help loads no numpy
    from siting.sweep import SweepRequest, ask  # noqa: PLC0415

    settings = SolveSettings(time_limit=read_time_limit(time_limit), relative_gap=read_gap(gap))
    request = SweepRequest(
        instances=tuple(instance),
        model=model,
        budget=budget,
        vary=tuple(vary or ()),
        draws=draws,
        seed=seed,
        design="tornado" if one_at_a_time else "grid",
        staged=staged,
        overrides=read_overrides(overrides),
        settings=settings,
    )
    question = ask(request, write_point_report if reports else None)
    ready_folder("--out", out)
    for warning in question.warnings:
        typer.echo(tr("warning: {warning}", warning=warning), err=True)
    frames, stopped = _run(question, out, workers, cluster)
    _write_files(question, frames, out)
    _print(question, frames, out, as_json=as_json)
    raise typer.Exit(exits.INTERRUPTED if stopped else _code(frames.of_sweep(question.identity)))


def _write_files(question: Sweep, frames: Frames, out: Path) -> None:
    """Writes page, workbook and figures of what is there so far."""
    from siting.cli.sweep_report import sweep_results  # noqa: PLC0415
    from siting.errors import InputError, reason  # noqa: PLC0415
    from siting.report.sweep_files import write_sweep_files  # noqa: PLC0415

    try:
        write_sweep_files(sweep_results(frames.of_sweep(question.identity), frames), out)
    except (InputError, OSError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        # An instance that cannot be read, or a file that is open: the points are in the index.
        typer.echo(tr("warning: the report is not complete: {error}", error=why), err=True)


def write_point_report(plan: Plan, coverage: Coverage, walks: Walks, folder: Path) -> None:
    """Writes the usual files of a report into the run folder of a point."""
    from siting.report.facts import collect_facts  # noqa: PLC0415
    from siting.report.report_files import write_report  # noqa: PLC0415

    write_report(collect_facts(plan, coverage, walks), folder)


def _run(
    question: Sweep, out: Path, workers: int | None, cluster: str | None
) -> tuple[Frames, bool]:
    """Works through the points; also whether it was stopped."""
    if cluster is not None:
        return _on_cluster(question, out, cluster)
    from siting.cli.sweep_progress import SweepProgress  # noqa: PLC0415
    from siting.sweep import LocalEngine, SweepIndex, run_sweep, usable_cores  # noqa: PLC0415

    cores = usable_cores()
    together = min(workers or cores, max(1, len(question.points)))
    shared = _with_threads(question, max(1, cores // together))
    index = SweepIndex(out)
    progress = SweepProgress(shared, index, together)
    with stoppable() as stop, progress.live():
        run_sweep(shared, out, LocalEngine(together), progress.note, stop.is_set)
    return index.frames(), stop.is_set()


def _on_cluster(question: Sweep, out: Path, address: str) -> tuple[Frames, bool]:
    """The same by the workers of a Dask scheduler, one core a point."""
    from siting.cli.sweep_progress import SweepProgress  # noqa: PLC0415
    from siting.sweep import SweepIndex, run_sweep  # noqa: PLC0415
    from siting.sweep.cluster import ClusterEngine  # noqa: PLC0415

    with ClusterEngine(address) as engine:
        shared, index = _with_threads(question, 1), SweepIndex(out)
        progress = SweepProgress(shared, index, engine.workers)
        with stoppable() as stop, progress.live():
            run_sweep(shared, out, engine, progress.note, stop.is_set)
    return index.frames(), stop.is_set()


def _with_threads(question: Sweep, threads: int) -> Sweep:
    """The cores that there are, shared among the workers; they are no part of the question."""
    points = tuple(
        replace(planned, settings=replace(planned.settings, threads=threads))
        for planned in question.points
    )
    return replace(question, points=points)


def _code(rows: pd.DataFrame) -> int:
    if rows["status"].eq("failed").any():
        return exits.FAULT
    within = rows["reason"].eq("optimal") | rows["limit"].eq("gap")
    return exits.DONE if within.all() else exits.LIMIT_WITH_PLAN


def _print(question: Sweep, frames: Frames, out: Path, *, as_json: bool) -> None:
    from siting.cli.sweep_lines import as_plain, sweep_lines  # noqa: PLC0415

    rows = frames.of_sweep(question.identity)
    for row in rows[rows["status"].eq("failed")].itertuples():
        form = phrase("failed: {name}: {why}")
        typer.echo(tr(form, name=row.name, why=row.error), err=True)
    if as_json:
        content = {"sweep": question.identity, "folder": str(out), **as_plain(rows, frames)}
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    for line in sweep_lines(rows, frames):
        typer.echo(line)
    typer.echo(_last_line(rows, out))


def _last_line(rows: pd.DataFrame, out: Path) -> str:
    states = rows["status"].value_counts()
    within = rows["reason"].eq("optimal") | rows["limit"].eq("gap")
    done = rows["status"].eq("done")
    return tr(
        "{all:,} points: {done:,} within the gap, {above:,} above it, {failed:,} failed, "
        "{left:,} left; in {folder}",
        all=len(rows),
        done=int((done & within).sum()),
        above=int((done & ~within).sum()),
        failed=int(states.get("failed", 0)),
        left=int(states.get("waiting", 0) + states.get("running", 0)),
        folder=out,
    )
