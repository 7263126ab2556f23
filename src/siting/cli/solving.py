"""The command solve: from an instance folder to a verified plan in a run folder."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli import exits
from siting.cli.arguments import (
    BudgetText,
    InstancePath,
    ModelName,
    Overrides,
    read_gap,
    read_overrides,
    read_time_limit,
    ready_folder,
    with_budget,
)
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.language import joined, padded, phrase, quoted, tr

if TYPE_CHECKING:
    from siting.inputs import Instance
    from siting.plan import Plan
    from siting.report.facts import Facts
    from siting.solve import Backend, SolveResult, SolveSettings

# What `_why` shows.
_ENDS = (
    phrase("optimal"),
    phrase("feasible"),
    phrase("infeasible"),
    phrase("no_solution"),
    phrase("error"),
    phrase("time"),
    phrase("gap"),
    phrase("interrupted"),
)


@dataclass(frozen=True)
class _Request:
    """What was asked for on the command line."""

    instance: Path
    model: str
    budget: str | None
    out: Path
    overrides: dict[str, str]
    settings: SolveSettings


def solve(  # noqa: PLR0913 - a parameter is an option of the command
    instance: InstancePath,
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder to write.")],
    *,
    model: ModelName = "annual-plan",
    budget: BudgetText = None,
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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print plan.json instead of the summary.")
    ] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Print where the time went.")] = False,
) -> None:
    """Choose what to add where, prove how good the plan is, and write it.

    Example: siting solve instances/monaco --budget 200万 -o runs/monaco
    """
    from siting.solve import SolveSettings  # noqa: PLC0415 - --help loads no numpy

    settings = SolveSettings(
        time_limit=read_time_limit(time_limit),
        relative_gap=read_gap(gap),
        seed=seed,
        backend=_backend(backend),
        cold=cold,
    )
    if threads is not None:
        settings = replace(settings, threads=threads)
    request = _Request(instance, model, budget, out, read_overrides(overrides), settings)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        plan, code = _run(request, progress, stop)
    _print(plan, out, progress, as_json=as_json, timings=timings)
    raise typer.Exit(code)


def _backend(name: str) -> Backend:
    from siting.errors import InputError, Problem  # noqa: PLC0415
    from siting.solve import Backend  # noqa: PLC0415

    if name in list(Backend):
        return Backend(name)
    wrong = Problem(
        code="bad-option",
        where="--backend",
        found=quoted(name),
        expected=tr("one of {names}", names=joined(Backend)),
        mend=tr("Correct the name or leave it out."),
    )
    raise InputError([wrong])


def _run(
    request: _Request, progress: StageProgress, stop: threading.Event
) -> tuple[Plan | None, int]:
    """All stages, one after the other; the plan, if there is one, and the exit code."""
    from siting.coverage import compute_coverage, measure_walks  # noqa: PLC0415
    from siting.inputs import read_instance  # noqa: PLC0415
    from siting.model import (  # noqa: PLC0415
        check_fit,
        formulate,
        read_model,
    )
    from siting.plan import make_plan  # noqa: PLC0415
    from siting.report.facts import collect_facts  # noqa: PLC0415
    from siting.solve import solve as solve_program  # noqa: PLC0415

    with progress.stage("read"):
        spec = read_model(request.model)
        read = read_instance(request.instance, overrides=request.overrides)
        instance = with_budget(read, request.budget)
    ready_folder("--out", request.out)
    with progress.stage("coverage"):
        walks = measure_walks(instance)
        coverage = compute_coverage(instance, walks)
    doubts = [problem for problem in check_fit(instance, spec) if problem.severity == "warning"]
    _warn(instance, (*doubts, *coverage.warnings))
    with progress.stage("formulate"):
        program = formulate(instance, coverage, spec)
    with progress.stage("solve"):
        result = solve_program(
            program, request.settings, on_progress=progress.trace, stop=stop.is_set
        )
    code = exits.exit_code(result.termination)
    if result.values is None:
        _say_why(result, request.out, progress)
        return None, code
    _warn_of_faults(result)
    with progress.stage("plan"):
        plan = make_plan(instance, coverage, spec, program, result, walks)
    return _write(collect_facts(plan, coverage, walks), request, progress), code


def _write(facts: Facts, request: _Request, progress: StageProgress) -> Plan:
    """Writes the run folder: the plan first, so that nothing later can lose it."""
    from siting.plan import write_plan  # noqa: PLC0415
    from siting.report import last_line, summary  # noqa: PLC0415
    from siting.solve import Limit  # noqa: PLC0415

    plan = facts.plan
    write_plan(replace(plan, seconds=_seconds(plan, progress)), request.out, request.overrides)
    if plan.termination.limit is Limit.INTERRUPTED:
        # Who stops it does not want to wait for pages and maps.
        form = phrase("interrupted: 'siting report {run}' writes the report")
        typer.echo(tr(form, run=request.out), err=True)
    else:
        _report(facts, request, progress)
    plan = replace(plan, seconds=_seconds(plan, progress))
    write_plan(plan, request.out, request.overrides)
    text = [*progress.lines, "", summary(plan), "", last_line(plan, request.out)]
    (request.out / "log.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    return plan


def _report(facts: Facts, request: _Request, progress: StageProgress) -> None:
    from siting.report import write_report  # noqa: PLC0415

    with progress.stage("report"):
        written = write_report(facts, request.out, on_kind=lambda kind: progress.say(tr(str(kind))))
    for failure in written.failures:
        # Open in Excel or QGIS, say: the plan itself is on disk already.
        typer.echo(tr("warning: the report is not complete: {error}", error=failure), err=True)


def _seconds(plan: Plan, progress: StageProgress) -> dict[str, float]:
    """Wall time by stage, and by step within the solve."""
    return {**progress.seconds, **{f"solve: {step}": s for step, s in plan.seconds.items()}}


def _warn(instance: Instance, warnings: tuple[object, ...]) -> None:
    for warning in (*instance.warnings, *warnings):
        typer.echo(tr("warning: {warning}", warning=warning), err=True)


def _warn_of_faults(result: SolveResult) -> None:
    """Says that a solver failed where there is a plan all the same."""
    if result.termination.detail:
        form = phrase("warning: the exact search failed: {why}")
        typer.echo(tr(form, why=result.termination.detail), err=True)


def _say_why(result: SolveResult, out: Path, progress: StageProgress) -> None:
    """Explains on standard error why there is no plan, and keeps the log."""
    out.mkdir(parents=True, exist_ok=True)
    why = tr("no plan: {why}", why=_why(result))
    (out / "log.txt").write_text("\n".join([*progress.lines, why]) + "\n", encoding="utf-8")
    typer.echo(why, err=True)
    if (out / "plan.json").exists():
        typer.echo(tr("the plan in {run} is of an earlier run", run=out), err=True)


def _why(result: SolveResult) -> str:
    """Why there is no plan: what is known, what stopped the solve, and what conflicts."""
    from siting.solve import Reason  # noqa: PLC0415

    end = result.termination
    known = tr(str(end.reason))
    if end.limit:
        known = tr("{reason} ({limit} limit)", reason=known, limit=tr(str(end.limit)))
    detail = _proof_of_none(result) if end.reason is Reason.INFEASIBLE else end.detail
    return tr("{what}: {detail}", what=known, detail=detail) if detail else known


def _proof_of_none(result: SolveResult) -> str:
    """Why no plan can keep all rules."""
    if result.conflicts:
        return tr("cannot hold together: {names}", names=joined(result.conflicts))
    return tr("the search proved that no solution exists")


def _print(
    plan: Plan | None, out: Path, progress: StageProgress, *, as_json: bool, timings: bool
) -> None:
    from siting.report import last_line, summary  # noqa: PLC0415

    if plan is None:
        return
    if as_json:
        content = json.loads((out / "plan.json").read_text(encoding="utf-8"))
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    typer.echo(summary(plan))
    typer.echo("")
    if timings:
        for stage, seconds in plan.seconds.items():
            typer.echo(_timing(stage, seconds))
        timing = _timing("all", sum(progress.seconds.values()))
        typer.echo(tr("{timing}, {memory}\n", timing=timing, memory=_peak_memory()))
    typer.echo(last_line(plan, out))


def _timing(stage: str, seconds: float) -> str:
    """One line of `--timings`; a step of the engine is `solve: dive`."""
    name, _, step = stage.partition(": ")
    words = tr("{stage}: {step}", stage=tr(name), step=tr(step)) if step else tr(name)
    return tr("{stage}{seconds:8.2f} s", stage=padded(words, 24), seconds=seconds)


def _peak_memory() -> str:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return tr("memory not measured on this system")
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    form = phrase("peak memory {own:,.0f} MB, of its largest child {children:,.0f} MB")
    return tr(form, own=own, children=children)
