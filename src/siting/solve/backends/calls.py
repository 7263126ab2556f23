"""The three things the engine asks of OR-Tools, each runnable here or in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Program
from siting.solve.backends.contract import (
    Answer,
    Failure,
    MipTask,
    OnProgress,
    Relaxation,
    Relaxer,
)
from siting.solve.cuts.rounds import strengthen
from siting.solve.general.part_call import PartCall
from siting.solve.settings import Backend
from siting.solve.tree.run import Listener, TreeCall, run_tree

# Of the time for cuts; the rest goes to starting and to handing over.
_HANDED_OVER = 0.9
# Of the time for a relaxation whose rows are added as they are needed, before another begins.
_FIRST_SHARE = 0.5


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
        multipliers: Of the rows, shape (rows,), to tell which are needed, where they are added so.
    """

    program: Program
    relaxer: Relaxer
    time_limit: float
    tolerance: float = 1e-4
    threads: int = 1
    start: Relaxation | None = None
    multipliers: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class CutCall:
    """Solve the linear relaxation again and again, with the cuts that it breaks.

    Attributes:
        program: Of a `CoverProblem`.
        time_limit: Seconds.
        floor: What is found already; the bound has to come down to it.
        multipliers: Of the relaxation, shape (rows,), to begin at; None where they are not known.
    """

    program: Program
    time_limit: float
    floor: float
    multipliers: NDArray[np.float64] | None = None


Call = MipTask | RelaxCall | CutCall | TreeCall | PartCall


def load_solvers() -> None:
    """Loads OR-Tools, which takes a second."""
    from siting.solve.backends import cpsat, mathopt, pdlp  # noqa: F401, PLC0415


@dataclass(frozen=True)
class Parent:
    """Whom a call may ask and tell while it runs; by default nobody.

    Attributes:
        keep: Told each relaxation that more cuts follow, in case their round takes too long.
        submit: Told each solution of a tree.
        incumbent: Asked for the best objective that is known elsewhere.
        stop: Asked whether to stop.
    """

    keep: Callable[[Relaxation], None] = lambda _relaxation: None
    submit: Callable[[NDArray[np.float64]], None] = lambda _values: None
    incumbent: Callable[[], float] = lambda: -np.inf
    stop: Callable[[], bool] = lambda: False


_NOBODY = Parent()


def run_call(call: Call, report: OnProgress, parent: Parent = _NOBODY) -> Answer:
    """Runs a call in this process.

    Args:
        call: What to run.
        report: Called with (incumbent, bound) by a search.
        parent: Whom it may ask and tell.
    """
    listener = Listener(
        parent.incumbent, parent.submit, lambda bound: report(None, bound), parent.stop
    )
    if isinstance(call, TreeCall):
        return run_tree(call, listener)
    if isinstance(call, PartCall):
        from siting.solve.general.part_search import search_parts  # noqa: PLC0415 - as below

        return search_parts(call, listener)
    from siting.solve.backends import cpsat, mathopt  # noqa: PLC0415 - OR-Tools takes a second
    from siting.solve.backends.covering_lp import CoveringLPWithCuts  # noqa: PLC0415

    if isinstance(call, RelaxCall):
        return _relax(call)
    if isinstance(call, CutCall):
        relaxing = CoveringLPWithCuts(call.program, call.multipliers)
        seconds = _HANDED_OVER * call.time_limit
        return strengthen(
            call.program, relaxing, floor=call.floor, seconds=seconds, keep=parent.keep
        )
    if call.backend is Backend.CP_SAT:
        return cpsat.search(call, report)
    return mathopt.search(call, report)


def _relax(call: RelaxCall) -> Relaxation | Failure | None:
    from siting.solve.backends import covering_lp, mathopt, pdlp  # noqa: PLC0415

    if call.relaxer is Relaxer.COVERING:
        end = time.monotonic() + call.time_limit
        found = covering_lp.relax(call.program, call.multipliers, _FIRST_SHARE * call.time_limit)
        if found is not None:
            return found
        # Multipliers that say little put one row after another in question.
        left = max(0.0, end - time.monotonic())
        return mathopt.relax(call.program, Relaxer.BARRIER, time_limit=left)
    if call.relaxer is not Relaxer.PDLP:
        return mathopt.relax(call.program, call.relaxer, time_limit=call.time_limit)
    return pdlp.relax(
        call.program,
        time_limit=call.time_limit,
        tolerance=call.tolerance,
        threads=call.threads,
        start=call.start,
    )
