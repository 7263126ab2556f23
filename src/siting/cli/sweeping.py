"""Many solves of one question, and what is written and said of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import typer

from siting.cli import exits
from siting.cli.arguments import read_gap, read_overrides, read_time_limit, ready_folder
from siting.cli.interrupts import stoppable
from siting.cli.sweep_lines import as_plain, sweep_lines
from siting.cli.sweep_progress import SweepProgress
from siting.cli.sweep_report import sweep_results
from siting.coverage import Coverage, Walks
from siting.errors import InputError, reason
from siting.language import phrase, tr
from siting.model.wishes import Wishes
from siting.plan import Plan
from siting.report.facts import collect_facts
from siting.report.report_files import add_report
from siting.report.sweep_files import write_sweep_files
from siting.report.sweep_results import SweepResults
from siting.solve import SolveSettings
from siting.solve.settings import usable_cores
from siting.sweep import (
    Engine,
    Frames,
    LocalEngine,
    Sweep,
    SweepRequest,
    ask,
    run_sweep,
)
from siting.sweep.cluster import ClusterEngine
from siting.sweep.index import SweepIndex
from siting.sweep.index_care import mended_index, others_at_work


@dataclass(frozen=True)
class SweepOptions:
    """What `siting sweep` was given, as typed; see its help."""

    instances: tuple[Path, ...]
    out: Path
    model: str
    budget: str | None
    wishes: Wishes
    vary: tuple[str, ...]
    draws: int
    seed: int
    one_at_a_time: bool
    staged: bool
    workers: int | None
    cluster: str | None
    gap: str
    time_limit: str
    overrides: tuple[str, ...]
    reports: bool
    as_json: bool

    def request(self) -> SweepRequest:
        """The question that is asked.

        Raises:
            InputError: A text cannot be read.
        """
        time_limit, gap = read_time_limit(self.time_limit), read_gap(self.gap)
        return SweepRequest(
            instances=self.instances,
            model=self.model,
            budget=self.budget,
            wishes=self.wishes,
            vary=self.vary,
            draws=self.draws,
            seed=self.seed,
            design="tornado" if self.one_at_a_time else "grid",
            staged=self.staged,
            overrides=read_overrides(self.overrides),
            settings=SolveSettings(time_limit=time_limit, relative_gap=gap),
        )


def sweep_and_write(options: SweepOptions) -> None:
    """Works through the points, writes what came of them, and ends with their exit code.

    Raises:
        InputError: With everything that is wrong with the question.
    """
    out = options.out
    question = ask(options.request(), write_point_report if options.reports else None)
    ready_folder("--out", out)
    for warning in question.warnings:
        typer.echo(tr("warning: {warning}", warning=warning), err=True)
    frames, stopped = _run(question, options)
    results = _write_files(question, frames, out)
    _print(question, frames, results, options)
    raise typer.Exit(exits.INTERRUPTED if stopped else _code(frames.of_sweep(question.identity)))


def _write_files(question: Sweep, frames: Frames, out: Path) -> SweepResults | None:
    """Writes page, workbook and figures of what is there so far, and gives it."""
    results = None
    try:
        results = sweep_results(frames.of_sweep(question.identity), frames)
        write_sweep_files(results, out)
    except (InputError, OSError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        # An instance that cannot be read, or a file that is open: the points are in the index.
        typer.echo(tr("warning: the report is not complete: {error}", error=why), err=True)
    return results


def write_point_report(plan: Plan, coverage: Coverage, walks: Walks, folder: Path) -> None:
    """Writes the usual files of a report into the run folder of a point."""
    add_report(collect_facts(plan, coverage, walks), folder)


def _run(question: Sweep, options: SweepOptions) -> tuple[Frames, bool]:
    """Works through the points; also whether it was stopped."""
    with _engine(question, options) as (engine, threads):
        shared, index = _with_threads(question, threads), mended_index(options.out)
        _say_others(index)
        progress = SweepProgress(shared, index, engine.workers)
        with stoppable() as stop, progress.live():
            run_sweep(shared, options.out, engine, progress.note, stop.is_set)
    return index.frames(), stop.is_set()


def _say_others(index: SweepIndex) -> None:
    """Names who works in the folder already: its points are waited for, never solved twice."""
    for owner, started in others_at_work(index).items():
        since = datetime.fromtimestamp(started, UTC).astimezone()
        form = phrase("process {pid} on {host} works in {folder} since {since:%Y-%m-%d %H:%M}; "
                      "its points are waited for, the others are shared")  # fmt: skip
        line = tr(form, pid=owner.pid, host=owner.host, folder=index.folder, since=since)
        typer.echo(line, err=True)


@contextmanager
def _engine(question: Sweep, options: SweepOptions) -> Iterator[tuple[Engine, int]]:
    """What works through the points, and how many cores each of its workers has."""
    if options.cluster is not None:
        with ClusterEngine(options.cluster) as engine:
            yield engine, 1
        return
    cores = usable_cores()
    together = min(options.workers or cores, max(1, len(question.points)))
    yield LocalEngine(together), max(1, cores // together)


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


def _print(
    question: Sweep, frames: Frames, results: SweepResults | None, options: SweepOptions
) -> None:
    rows, out = frames.of_sweep(question.identity), options.out
    for row in rows[rows["status"].eq("failed")].itertuples():
        form = phrase("failed: {name}: {why}")
        typer.echo(tr(form, name=row.name, why=row.error), err=True)
    if options.as_json:
        content = {"sweep": question.identity, "folder": str(out), **as_plain(rows, frames)}
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    for line in sweep_lines(results) if results is not None else ():
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
