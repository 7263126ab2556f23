"""Runs backend calls here or apart, as the settings and the size ask."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from siting.model.program import Program
from siting.solve.apart import run_apart
from siting.solve.backend import BackendResult, Relaxation, Relaxer, Report, Task
from siting.solve.calls import Call, RelaxCall, run_call
from siting.solve.result import Reason
from siting.solve.search import Floats, Search
from siting.solve.settings import Backend

# Calls this small are tried in this process for so long before one is started for them.
_SMALL_NONZEROS = 50_000
_SMALL_SECONDS = 1.0
# Up to here a simplex is quicker than a first-order method (docs/benchmarks.md).
_SIMPLEX_NONZEROS = 400_000


def run_relaxation(search: Search, program: Program, seconds: float) -> Relaxation | None:
    """Solves a linear relaxation by the algorithm that suits its size; None if time ran out."""
    small = program.matrix.nnz <= _SIMPLEX_NONZEROS
    call = RelaxCall(
        program,
        Relaxer.GLOP if small else Relaxer.PDLP,
        time_limit=max(0.1, seconds),
        threads=search.settings.threads,
    )
    relaxation: Relaxation | None = _run(search, call, lambda _best, _bound: None)
    return relaxation


def run_search(
    search: Search, program: Program, hint: Floats | None, seconds: float, report: Report
) -> BackendResult:
    """Has the exact solver search a program; a fault is noted and the search goes on without."""
    settings = search.settings
    task = Task(
        program=program,
        backend=Backend.HIGHS if settings.backend is Backend.AUTO else settings.backend,
        time_limit=max(0.01, seconds),
        relative_gap=settings.relative_gap,
        seed=settings.seed,
        threads=settings.threads,
        hint=hint,
    )
    answer: BackendResult = _run(search, task, report)
    if answer.termination.reason is Reason.ERROR:
        search.faults.append(answer.termination.detail)
    return answer


def _run(search: Search, call: Call, report: Report) -> Any:  # noqa: ANN401 - as the call has it
    if not search.settings.isolate:
        return run_call(call, report)
    end = time.monotonic() + call.time_limit
    if call.program.matrix.nnz <= _SMALL_NONZEROS:
        answer = run_call(replace(call, time_limit=min(_SMALL_SECONDS, call.time_limit)), report)
        if _is_final(answer):
            return answer
    left = end - time.monotonic()
    return run_apart(replace(call, time_limit=max(0.01, left)), report, search.stop, end)


def _is_final(answer: BackendResult | Relaxation | None) -> bool:
    if isinstance(answer, BackendResult):
        return answer.termination.reason in (Reason.OPTIMAL, Reason.INFEASIBLE)
    return answer is not None
