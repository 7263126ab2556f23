"""The two things the engine asks of OR-Tools, each runnable here or in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

from siting.model.program import Program
from siting.solve.backend import BackendResult, Relaxation, Relaxer, Report, Task
from siting.solve.settings import Backend


@dataclass(frozen=True)
class RelaxCall:
    """Solve the linear relaxation; see `mathopt.relax` for the fields."""

    program: Program
    relaxer: Relaxer
    time_limit: float
    tolerance: float = 1e-4
    threads: int = 1


Call = Task | RelaxCall


def load_solvers() -> None:
    """Loads OR-Tools, which takes a second."""
    from siting.solve import cpsat, mathopt  # noqa: F401, PLC0415


def run_call(call: Call, report: Report) -> BackendResult | Relaxation | None:
    """Runs a call in this process."""
    from siting.solve import cpsat, mathopt  # noqa: PLC0415 - OR-Tools takes a second to load

    if isinstance(call, RelaxCall):
        return mathopt.relax(
            call.program,
            call.relaxer,
            time_limit=call.time_limit,
            tolerance=call.tolerance,
            threads=call.threads,
        )
    if call.backend is Backend.CP_SAT:
        return cpsat.search(call, report)
    return mathopt.search(call, report)
