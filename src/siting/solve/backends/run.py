"""Backend calls as the settings and the size ask for them: here, or in a child process."""

from __future__ import annotations

import time
from dataclasses import replace

from siting.program.program import Program
from siting.solve.backends.calls import Call, CutCall, RelaxCall, run_call
from siting.solve.backends.child_process import run_in_child
from siting.solve.backends.contract import (
    Answer,
    BackendResult,
    Failure,
    MipTask,
    OnProgress,
    Relaxation,
    Relaxer,
)
from siting.solve.cuts.exclusion import exclusions
from siting.solve.cuts.odd_cycles import append_rows
from siting.solve.presolve.cover import CoverProblem
from siting.solve.result import NoteCode, Phase, Reason
from siting.solve.search import Floats, Search
from siting.solve.settings import Backend
from siting.solve.tree.run import TreeAnswer

# Calls this small are tried in this process for so long before one is started for them.
_SMALL_NONZEROS = 50_000
_SMALL_SECONDS = 1.0
# Up to here a method that factors a matrix is quicker than a first-order one. Of them, barrier is
# up to fifteen times as quick as a simplex where rows are dense, and as quick where they are not.
_FACTORED_NONZEROS = 1_000_000
# A relaxation that is solved to a tolerance takes an offer above this.
TAKEN = 1e-3
# A solver may stop this much before the gap that was asked for, as its bound is widened.
_SPARE_GAP = 3e-6
# Solutions that only rounding lets pass are excluded, and the search begun again, so often.
_MOST_EXCLUSIONS = 20


def relax_call(
    search: Search,
    program: Program,
    seconds: float,
    *,
    tolerance: float,
    start: Relaxation | None = None,
    threads: int | None = None,
) -> RelaxCall:
    """The linear relaxation by the algorithm that suits the size; one to go on from needs PDLP."""
    relaxer = relaxer_for(program) if start is None else Relaxer.PDLP
    return RelaxCall(
        program,
        relaxer,
        max(0.1, seconds),
        tolerance=tolerance,
        threads=search.settings.threads if threads is None else threads,
        start=start,
    )


def relaxer_for(program: Program) -> Relaxer:
    """The algorithm for the relaxation of a program of this size."""
    if program.matrix.nnz > _FACTORED_NONZEROS:
        return Relaxer.PDLP
    return Relaxer.SIMPLEX if program.matrix.nnz <= _SMALL_NONZEROS else Relaxer.BARRIER


def search_task(search: Search, program: Program, hint: Floats | None, seconds: float) -> MipTask:
    """An exact search with the settings' backend."""
    settings = search.settings
    return MipTask(
        program=program,
        backend=Backend.HIGHS if settings.backend is Backend.AUTO else settings.backend,
        time_limit=max(0.01, seconds),
        relative_gap=max(0.0, settings.relative_gap - _SPARE_GAP),
        seed=settings.seed,
        threads=settings.threads,
        hint=hint,
    )


def run_search(search: Search, task: MipTask, report: OnProgress) -> BackendResult:
    """Runs an exact search to its end; a fault is noted and the engine goes on without."""
    end = time.monotonic() + task.time_limit
    for _ in range(_MOST_EXCLUSIONS):
        answer = _run_once(search, task, report)
        if answer.values is None or time.monotonic() > end:
            break
        more, upper = exclusions(task.program, answer.values)
        if len(upper) == 0:
            break
        program = append_rows(task.program, more, upper)
        left = max(0.01, end - time.monotonic())
        task = replace(task, program=program, time_limit=left, hint=None)
    return answer


def _run_once(search: Search, task: MipTask, report: OnProgress) -> BackendResult:
    answer = run(search, task, report)
    assert isinstance(answer, BackendResult)  # noqa: S101 - the answer to a task
    return note_fault(search, answer)


def note_fault(search: Search, answer: BackendResult) -> BackendResult:
    """Keeps the message of a backend that failed."""
    if answer.termination.reason is Reason.ERROR:
        search.note(NoteCode.FAULT, Phase.SEARCH, answer.termination.detail)
    return answer


def take_answer(search: Search, values: Floats) -> None:
    """Submits the solution of an exact search, and notes one that breaks a row."""
    if not search.submit_solution(values) and not search.holds(values):
        search.note(NoteCode.BROKEN_ROW, Phase.SEARCH)


def is_large(problem: CoverProblem) -> bool:
    """Whether a problem is worth a process of its own."""
    return problem.cover.nnz > _SMALL_NONZEROS


def is_huge(problem: CoverProblem) -> bool:
    """Whether even the relaxation of a problem is too large for a method that factors a matrix."""
    return problem.cover.nnz > _FACTORED_NONZEROS


def run(
    search: Search, call: MipTask | RelaxCall | CutCall, report: OnProgress
) -> BackendResult | Relaxation | None:
    """Runs a call to its end, in this process while that is quick, else in one of its own.

    A relaxation that fails is one step fewer, not a fault; it is noted.

    Args:
        search: For its settings and its clock.
        call: What to run.
        report: Called with (incumbent, bound) on progress.
    """
    return take_relaxation(search, _run(search, call, report))


def take_relaxation(search: Search, answer: Answer) -> BackendResult | Relaxation | None:
    """An answer that is no tree; a failure is noted."""
    assert not isinstance(answer, TreeAnswer)  # noqa: S101 - no call here asks for a tree
    if isinstance(answer, Failure):
        search.note(NoteCode.FAILED, search.phase, answer.message)
        return None
    return answer


def _run(search: Search, call: Call, report: OnProgress) -> Answer:
    if not search.settings.isolate:
        return run_call(call, report)
    end = time.monotonic() + call.time_limit
    if call.program.matrix.nnz <= _SMALL_NONZEROS and not _stops_halfway(call):
        answer = run_call(replace(call, time_limit=min(_SMALL_SECONDS, call.time_limit)), report)
        if _is_final(answer):
            return answer
    left = replace(call, time_limit=max(0.01, end - time.monotonic()))
    return run_in_child(left, report, lambda: search.stopped, end)


def _stops_halfway(call: Call) -> bool:
    """Whether out of time it answers with what it has, which would pass for the answer."""
    return isinstance(call, RelaxCall) and call.relaxer is Relaxer.PDLP


def _is_final(answer: Answer) -> bool:
    if isinstance(answer, BackendResult):
        return answer.termination.reason in (Reason.OPTIMAL, Reason.INFEASIBLE)
    return isinstance(answer, Relaxation) and answer.is_solved
