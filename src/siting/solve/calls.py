"""The two things the engine asks of OR-Tools, each runnable here or in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

from siting.model.program import Program
from siting.solve.backend import BackendResult, Relaxation, Relaxer, Report, Task
from siting.solve.settings import Backend


@dataclass(frozen=True)
class RelaxCall:
    """Solve the linear relaxation.

    Attributes:
        program: The program; wholeness is ignored.
        relaxer: The algorithm.
        time_limit: Seconds.
        tolerance: Relative optimality of PDLP; the others are exact to about 1e-7.
        threads: For PDLP.
        start: A relaxation for PDLP to go on from.
    """

    program: Program
    relaxer: Relaxer
    time_limit: float
    tolerance: float = 1e-4
    threads: int = 1
    start: Relaxation | None = None


Call = Task | RelaxCall


def load_solvers() -> None:
    """Loads OR-Tools, which takes a second."""
    from siting.solve import cpsat, first_order, mathopt  # noqa: F401, PLC0415


def run_call(call: Call, report: Report) -> BackendResult | Relaxation | None:
    """Runs a call in this process."""
    from siting.solve import cpsat, mathopt  # noqa: PLC0415 - OR-Tools takes a second to load

    if isinstance(call, RelaxCall):
        return _relax(call)
    if call.backend is Backend.CP_SAT:
        return cpsat.search(call, report)
    return mathopt.search(call, report)


def _relax(call: RelaxCall) -> Relaxation | None:
    from siting.solve import first_order, mathopt  # noqa: PLC0415

    if call.relaxer is not Relaxer.PDLP:
        return mathopt.relax(call.program, call.relaxer, time_limit=call.time_limit)
    return first_order.relax(
        call.program,
        time_limit=call.time_limit,
        tolerance=call.tolerance,
        threads=call.threads,
        start=call.start,
    )
