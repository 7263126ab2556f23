"""One point: from what is asked to a verified run folder and its outcome."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from siting.blocks import Budget, LockedIn
from siting.coverage import Coverage, Walks
from siting.coverage.input_cache import InputCache, PointInputs
from siting.errors import InputError, SitingError, VerificationError
from siting.language import Language, in_language, joined, tr
from siting.model import ModelSpec, formulate
from siting.plan import Plan, make_plan, write_plan
from siting.solve import (
    Cause,
    Limit,
    Reason,
    SolveResult,
    SolveSettings,
    TracePoint,
    solve,
)
from siting.sweep.finished import finished
from siting.sweep.outcome import Choice, Outcome, PointFailure, write_outcome
from siting.sweep.point_starts import read_starts, write_start
from siting.sweep.points import Point

Stop = Callable[[], bool]
OnProgress = Callable[[str, float | None, float | None], None]
# Writes files of a report into a run folder; a function of a module, so that it can travel.
PointReporter = Callable[[Plan, Coverage, Walks, Path], object]

# Seconds between two pieces of news about a running point.
_NEWS = 1.0


@dataclass(frozen=True)
class PointTask:
    """All that a worker needs for one point; plain values that travel between processes.

    Attributes:
        identity: The point's id.
        point: The point.
        state: What the instance's files are; see `InputCache`.
        model: The model spec in the form of its YAML.
        settings: How it is solved; the seed is the point's.
        folder: Its run folder, which need not exist.
        starts: Run folders of points to start from, nearest first.
        locked: Offers that a staged point must keep.
        language: Of what is said.
        report: Writes the files of a report, too; None where none are wanted.
    """

    identity: str
    point: Point
    state: str
    model: Mapping[str, Any]
    settings: SolveSettings
    folder: Path
    starts: tuple[Path, ...] = ()
    locked: tuple[str, ...] = ()
    language: Language = "en"
    report: PointReporter | None = None


def solve_point(
    task: PointTask,
    stop: Stop = lambda: False,
    on_progress: OnProgress | None = None,
    cache: InputCache | None = None,
) -> Outcome:
    """Solves one point and writes its run folder, whole or not at all.

    What goes wrong with this point is an outcome, too: the others go on.

    Args:
        task: The point.
        stop: Asked often; True ends it with the best plan so far.
        on_progress: Called with id, objective and bound.
        cache: Inputs of the points before, to be used again; a new one if not given.
    """
    begun = time.monotonic()
    if stop():
        return Outcome(reason=str(Reason.NO_SOLUTION), limit=str(Limit.INTERRUPTED))
    with in_language(task.language):
        outcome = finished(task.identity, task.folder)
        outcome = outcome or _attempt(task, stop, on_progress, cache or InputCache())
    seconds = outcome.seconds or time.monotonic() - begun
    return replace(outcome, seconds=seconds, worker=f"{socket.gethostname()}:{os.getpid()}")


def _attempt(
    task: PointTask, stop: Stop, on_progress: OnProgress | None, cache: InputCache
) -> Outcome:
    try:
        return _solve(task, stop, on_progress, cache)
    except InputError as error:
        text = "; ".join(map(str, error.problems))
        return Outcome(PointFailure.WRONG_INPUT, text)
    except VerificationError as error:
        return Outcome(PointFailure.NOT_CONFIRMED, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of one point is no reason to lose the rest
        known = isinstance(error, SitingError)
        return Outcome(
            PointFailure.FAULT, str(error) if known else f"{type(error).__name__}: {error}"
        )


def _solve(
    task: PointTask, stop: Stop, on_progress: OnProgress | None, cache: InputCache
) -> Outcome:
    begun = time.monotonic()
    inputs, spec = _inputs(task, cache), _spec(task)
    program = formulate(inputs.instance, inputs.coverage, spec)
    starts = read_starts((task.folder, *task.starts), program)
    result = solve(
        program,
        task.settings,
        on_progress=_once_a_second(task, on_progress),
        stop=stop,
        start=starts,
    )
    if result.values is None:
        return _no_plan(result)
    plan = make_plan(inputs.instance, inputs.coverage, spec, program, result, inputs.walks)
    plan = replace(plan, seconds={**plan.seconds, "point": time.monotonic() - begun})
    outcome = replace(_outcome(plan), seconds=time.monotonic() - begun)
    with _in_place(task.folder) as folder:
        _write(task, plan, outcome, inputs, folder)
        write_start(result, program, folder)
    return outcome


def _once_a_second(
    task: PointTask, on_progress: OnProgress | None
) -> Callable[[TracePoint], None] | None:
    """Passes progress on, once a second at most."""
    last = -_NEWS

    def pass_on(point: TracePoint) -> None:
        nonlocal last
        if on_progress is not None and point.seconds - last >= _NEWS:
            last = point.seconds
            on_progress(task.identity, point.incumbent, point.bound)

    return pass_on


def _inputs(task: PointTask, cache: InputCache) -> PointInputs:
    point = task.point
    overrides = tuple(sorted(point.settings_of_instance.items()))
    inputs = cache.of_point(point.instance, task.state, overrides, point.changes)
    if point.budget is None:
        return inputs
    return replace(inputs, instance=replace(inputs.instance, budget=point.budget))


def _spec(task: PointTask) -> ModelSpec:
    spec = ModelSpec.from_dict(task.model)
    if not task.locked:
        return spec
    return replace(spec, subject_to=(*spec.subject_to, LockedIn(offers=task.locked)))


def _no_plan(result: SolveResult) -> Outcome:
    end = result.termination
    if end.limit is Limit.INTERRUPTED:
        return Outcome(reason=str(end.reason), limit=str(end.limit))
    if end.reason is Reason.INFEASIBLE:
        names = joined(result.conflicts)
        searched = tr("the search found that no solution exists")
        clash = tr("cannot hold together: {names}", names=names)
        return Outcome(PointFailure.INFEASIBLE, clash if end.cause is Cause.CONFLICT else searched)
    return Outcome(PointFailure.NO_PLAN, tr("no plan within the time limit"))


def _outcome(plan: Plan) -> Outcome:
    before, after = plan.complete
    columns = list(Choice.__dataclass_fields__)
    lines = plan.chosen[columns].itertuples(index=False, name=None)
    return Outcome(
        objective=plan.objective,
        baseline=plan.baseline,
        bound=plan.bound,
        certified_bound=plan.certified_bound,
        relative_gap=plan.relative_gap,
        budget=plan.instance.budget,
        spend=plan.spend,
        complete_before=before,
        complete_after=after,
        price=_price(plan),
        reason=str(plan.termination.reason),
        sense=plan.goals[0].sense,
        goal=plan.goals[0].name,
        limit=str(_limit(plan) or ""),
        choices=tuple(Choice(*line) for line in lines),
    )


def _limit(plan: Plan) -> Limit | None:
    """What stopped a solve; a gap that only a solver vouches for is not one that was met."""
    limit, target = plan.termination.limit, plan.settings.relative_gap
    proven = all(goal.certified_gap <= target for goal in plan.goals)
    return Limit.SOLVER_GAP if limit is Limit.GAP and not proven else limit


def _price(plan: Plan) -> float | None:
    """What one more unit of the instance's budget is worth, or None where it has none."""
    for name, block in plan.spec.constraints:
        if isinstance(block, Budget) and block.is_whole_budget and not plan.instance.years:
            return plan.price(name)
    return None


def _write(
    task: PointTask, plan: Plan, outcome: Outcome, inputs: PointInputs, folder: Path
) -> None:
    """Writes what makes a run folder: the plan, its report if one is wanted, and the outcome."""
    write_plan(plan, folder, task.point.settings_of_instance, task.point.changes)
    if task.report is not None:
        task.report(plan, inputs.coverage, inputs.walks, folder)
    write_outcome(outcome, task.identity, folder)


@contextmanager
def _in_place(folder: Path) -> Iterator[Path]:
    """A folder to write into, which then takes the place of an older one in a single step."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    yield part
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
