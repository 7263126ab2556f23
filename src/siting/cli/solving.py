"""From an instance folder to a verified plan in a run folder."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.arguments import (
    bad_option,
    is_a_folder,
    read_gap,
    read_overrides,
    read_time_limit,
    ready_folder,
    with_budget,
    with_years,
)
from siting.cli.interrupts import stoppable
from siting.cli.progress import StageProgress
from siting.cli.table_changes import read_changes
from siting.coverage import compute_coverage, measure_walks
from siting.errors import reason
from siting.folder_lock import locked
from siting.inputs import Instance, read_instance
from siting.inputs.changes import apply_changes
from siting.language import joined, padded, phrase, quoted, tr
from siting.model import ModelSpec, check_fit, formulate, read_model
from siting.model.wishes import Wishes, wishes_in_words, with_wishes
from siting.plan import Plan, make_plan, write_plan
from siting.plan.conflict import find_conflict
from siting.plan.plan_file import LOG_FILE
from siting.plan.run_folder import write_parts
from siting.plan.staging import replacing
from siting.program import Program
from siting.report import last_line, summary, write_report
from siting.report.conflict_texts import conflict_lines
from siting.report.facts import Facts, collect_facts
from siting.report.goal_texts import within_gap
from siting.report.report_files import WITH_PLAN
from siting.solve import (
    Backend,
    Cause,
    Limit,
    Reason,
    SolveResult,
    SolveSettings,
    Termination,
    WarmStart,
    solve,
)
from siting.solve.result import Note, NoteCode, Why
from siting.sweep.point_starts import read_starts

# Seconds and gap of each solve that finds out why there is no plan.
_SECONDS_A_QUESTION, _GAP_OF_A_QUESTION = 10.0, 0.005
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
    phrase("solver_gap"),
)


@dataclass(frozen=True)
class SolveOptions:
    """What `siting solve` was given, as typed; see its help."""

    instance: Path
    out: Path
    model: str
    budget: str | None
    years: str | None
    wishes: Wishes
    time_limit: str
    gap: str
    seed: int
    threads: int | None
    backend: str
    cold: bool
    overrides: tuple[str, ...]
    changes: tuple[str, ...]
    start: Path | None
    as_json: bool
    timings: bool


@dataclass(frozen=True)
class _Request:
    """The same once it is read."""

    instance: Path
    model: str
    budget: str | None
    wishes: Wishes
    out: Path
    overrides: dict[str, str]
    changes: tuple[str, ...]
    start: Path | None
    settings: SolveSettings


def solve_and_write(options: SolveOptions) -> None:
    """Solves an instance, writes its run folder, and ends with the exit code of what was found."""
    request = _read(options)
    progress = StageProgress()
    with progress.live(), stoppable() as stop:
        spec, instance = _inputs(request, progress)
        ready_folder("--out", request.out)
        with locked(request.out):
            plan, code = _run((spec, instance), request, progress, stop)
    if plan is not None:
        _print(plan, options, progress)
    raise typer.Exit(code)


def _read(options: SolveOptions) -> _Request:
    settings = SolveSettings(
        time_limit=read_time_limit(options.time_limit),
        relative_gap=read_gap(options.gap),
        seed=options.seed,
        backend=_backend(options.backend),
        cold=options.cold,
    )
    if options.threads is not None:
        settings = replace(settings, threads=options.threads)
    overrides = with_years(read_overrides(options.overrides), options.years)
    parts = (options.instance, options.model, options.budget, options.wishes, options.out)
    return _Request(*parts, overrides, options.changes, options.start, settings)


def _backend(name: str) -> Backend:
    if name in list(Backend):
        return Backend(name)
    expected = tr("one of {names}", names=joined(Backend))
    mend = tr("Correct the name or leave it out.")
    raise bad_option("--backend", quoted(name), expected, mend)


def _inputs(request: _Request, progress: StageProgress) -> tuple[ModelSpec, Instance]:
    with progress.stage("read"):
        named = read_model(request.model)
        read = read_instance(request.instance, overrides=request.overrides)
        changed = apply_changes(read, read_changes(request.changes, read.currency))
        instance = with_budget(changed, request.budget)
        return with_wishes(named, instance, request.wishes), instance


def _run(
    inputs: tuple[ModelSpec, Instance],
    request: _Request,
    progress: StageProgress,
    stop: threading.Event,
) -> tuple[Plan | None, int]:
    """All stages, one after the other; the plan, if there is one, and the exit code."""
    spec, instance = inputs
    for words in wishes_in_words(spec, instance, request.wishes):
        typer.echo(tr("read: {words}", words=words), err=True)
    with progress.stage("coverage"):
        walks = measure_walks(instance)
        coverage = compute_coverage(instance, walks)
    doubts = [problem for problem in check_fit(instance, spec) if problem.severity == "warning"]
    _warn(instance, (*doubts, *coverage.warnings))
    with progress.stage("formulate"):
        program = formulate(instance, coverage, spec)
    with progress.stage("solve"):
        result = solve(
            program,
            request.settings,
            on_progress=progress.trace,
            stop=stop.is_set,
            start=_starts(request.start, program),
        )
    if result.values is None:
        lines = [tr("no plan: {why}", why=_why(result))]
        if result.termination.reason is Reason.INFEASIBLE:
            settings = _of_questions(request.settings)
            with progress.stage("conflict"):
                found = find_conflict(instance, coverage, spec, settings, stop.is_set)
            lines += conflict_lines(found, instance, coverage)
        _say_why(lines, request.out, progress)
        return None, _code_without_plan(result.termination)
    _warn_of_faults(result)
    progress.lines += [_said_of_a_step(note) for note in result.notes]
    with progress.stage("plan"):
        plan = make_plan(instance, coverage, spec, program, result, walks)
    plan = _write(collect_facts(plan, coverage, walks), request, progress)
    return plan, _exit_code(plan)


def _starts(run: Path | None, program: Program) -> list[WarmStart]:
    """What a run folder holds to begin at.

    Raises:
        InputError: It holds nothing that fits.
    """
    if run is None:
        return []
    found = read_starts((run,), program)
    if not found:
        expected = tr("a run of the same offers, as the what-if page and sweeps write them")
        raise bad_option("--start", quoted(run), expected)
    return found


_WHY = {
    Why.NOT_COVERING: phrase("the program is not one of covering alone"),
    Why.TOO_LARGE: phrase("the program is too large for it"),
    Why.NO_RELAXATION: phrase("there is no relaxation that it could go on from"),
    Why.ONE_THREAD: phrase("it needs a second processor core"),
}


def _said_of_a_step(note: Note) -> str:
    """A line of the log: a step that was left out, or that came to nothing, and why."""
    why = tr(_WHY[Why(note.why)]) if note.why in set(Why) else note.why
    if note.code is NoteCode.LEFT_OUT:
        return tr("step left out: {step}: {why}", step=note.step, why=why)
    return tr("step failed: {step}: {why}", step=note.step, why=why or note.code)


def _exit_code(plan: Plan) -> int:
    """The exit code where there is a plan: 0 only where the gap that was asked for is proven."""
    if plan.termination.limit is Limit.INTERRUPTED:
        return exits.INTERRUPTED
    return exits.DONE if within_gap(plan) else exits.LIMIT_WITH_PLAN


def _code_without_plan(termination: Termination) -> int:
    if termination.limit is Limit.INTERRUPTED:
        return exits.INTERRUPTED
    infeasible = termination.reason is Reason.INFEASIBLE
    return exits.INFEASIBLE if infeasible else exits.LIMIT_WITHOUT_PLAN


def _write(facts: Facts, request: _Request, progress: StageProgress) -> Plan:
    """Writes the run folder: the plan first, so that nothing later can lose it."""
    plan = replace(facts.plan, seconds=_seconds(facts.plan, progress))
    changes = read_changes(request.changes, plan.instance.currency)
    write_plan(plan, request.out, request.overrides, changes)

    def report_and_log(new: Path) -> tuple[str, ...]:
        missing = _report(facts, new, request.out, progress)
        text = [*progress.lines, "", summary(plan), "", last_line(plan, request.out)]
        (new / LOG_FILE).write_text("\n".join(text) + "\n", encoding="utf-8")
        return missing

    try:
        for path in write_parts(request.out, report_and_log).blocked:
            _warn_of_report(is_a_folder(path))
    except OSError as error:
        _warn_of_report(reason(error))
    return replace(plan, seconds=_seconds(facts.plan, progress))


def _report(facts: Facts, new: Path, out: Path, progress: StageProgress) -> tuple[str, ...]:
    """Writes the report, and gives the names of what could not be written."""
    if facts.plan.termination.limit is Limit.INTERRUPTED:
        # Who stops it does not want to wait for pages and maps.
        form = phrase("interrupted: 'siting report {run}' writes the report")
        typer.echo(tr(form, run=out), err=True)
        return ()
    with progress.stage("report"):
        written = write_report(facts, new, WITH_PLAN, lambda kind: progress.say(tr(str(kind))), out)
    for failure in written.failures:
        _warn_of_report(failure)
    return written.missing


def _warn_of_report(why: str) -> None:
    # Open in Excel or QGIS, say: the plan itself is on disk already.
    typer.echo(tr("warning: the report is not complete: {error}", error=why), err=True)


def _seconds(plan: Plan, progress: StageProgress) -> dict[str, float]:
    """Wall time by stage, and by step within the solve."""
    return {**progress.seconds, **{f"solve: {step}": s for step, s in plan.seconds.items()}}


def _warn(instance: Instance, warnings: tuple[object, ...]) -> None:
    for warning in (*instance.warnings, *warnings):
        typer.echo(tr("warning: {warning}", warning=warning), err=True)


def _warn_of_faults(result: SolveResult) -> None:
    """Says that a solver failed where there is a plan all the same."""
    if result.termination.cause is Cause.FAULT:
        form = phrase("warning: the exact search failed: {why}")
        typer.echo(tr(form, why=result.termination.detail), err=True)


def _of_questions(settings: SolveSettings) -> SolveSettings:
    """How each question is solved that finds out why there is no plan."""
    return replace(
        settings,
        time_limit=min(settings.time_limit, _SECONDS_A_QUESTION),
        relative_gap=max(settings.relative_gap, _GAP_OF_A_QUESTION),
        isolate=False,
        cold=False,
        backend=Backend.AUTO,
    )


def _say_why(lines: list[str], out: Path, progress: StageProgress) -> None:
    """Explains on standard error why there is no plan, and keeps the log."""
    text = "\n".join([*progress.lines, *lines])
    with replacing(out) as new:
        (new / LOG_FILE).write_text(text + "\n", encoding="utf-8")
    for line in lines:
        typer.echo(line, err=True)
    if (out / "plan.json").exists():
        typer.echo(tr("the plan in {run} is of an earlier run", run=out), err=True)


def _why(result: SolveResult) -> str:
    """Why there is no plan: what is known, what stopped the solve, and what conflicts."""
    end = result.termination
    known = tr(str(end.reason))
    if end.limit:
        known = tr("{reason} ({limit} limit)", reason=known, limit=tr(str(end.limit)))
    detail = _proof_of_none(result) if end.reason is Reason.INFEASIBLE else end.detail
    return tr("{what}: {detail}", what=known, detail=detail) if detail else known


def _proof_of_none(result: SolveResult) -> str:
    """Why no plan can keep all rules."""
    if result.termination.cause is Cause.CONFLICT:
        return tr("cannot hold together: {names}", names=joined(result.conflicts))
    return tr("the search found that no solution exists")


def _print(plan: Plan, options: SolveOptions, progress: StageProgress) -> None:
    out = options.out
    if options.as_json:
        content = json.loads((out / "plan.json").read_text(encoding="utf-8"))
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    typer.echo(summary(plan))
    typer.echo("")
    if options.timings:
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
