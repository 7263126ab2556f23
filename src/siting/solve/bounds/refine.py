"""The proof for a huge problem: its relaxation goes on beside the search for better plans."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from siting.program.program import Program
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import Relaxation
from siting.solve.backends.run import relax_call
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.cuts.lift import to_whole, with_lifted_cuts
from siting.solve.presolve.cover import CoverProblem
from siting.solve.result import Limit
from siting.solve.search import Search

# Each stage goes on from the one before; what it reaches is proven at its end.
_FIRST = 3e-5
_WITH_CUTS = (1e-5, 3e-6)
_CERTIFIED = 3e-6
_LAST_WITH_CUTS = 1e-6


@dataclass
class _Line:
    """A relaxation that becomes closer by stages.

    Attributes:
        program: What it is of.
        relaxation: The closest so far.
        certifies: Whether its rows are the problem's own, with no cut among them.
    """

    program: Program
    relaxation: Relaxation
    certifies: bool


class Refiner:
    """Solves a relaxation ever more closely, in a process of its own."""

    def __init__(self, search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
        self._search, self._problem = search, problem
        self._plain = _Line(problem.to_program(), relaxation, certifies=True)
        self._stages = [(self._plain, _FIRST), (self._plain, _CERTIFIED)]
        self._line = self._plain
        self._running: ChildProcessCall | None = None

    @property
    def relaxation(self) -> Relaxation:
        """The closest so far of the problem's own program."""
        return self._plain.relaxation

    def __enter__(self) -> Self:
        """Starts the first stage."""
        self._next_stage()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Ends what runs."""
        if self._running is not None:
            self._running.end(Limit.INTERRUPTED)

    def add_cuts(self, core: CoverProblem, found: Relaxation) -> None:
        """Has the stages to come make use of cuts.

        Args:
            core: The problem with only some of the offers.
            found: The relaxation of its program with cuts.
        """
        assert found.cut_multipliers is not None  # noqa: S101 - what is called a relaxation with cuts
        program = with_lifted_cuts(self._problem, core, found.cut_multipliers, self._plain.program)
        cut_duals = found.multipliers[core.to_program().shape[0] :]
        # The core's multipliers of its own rows say little of the offers that it lacks.
        start = Relaxation(
            to_whole(self._problem, core, found.values),
            np.concatenate([self._plain.relaxation.multipliers, cut_duals]),
        )
        line = _Line(program, start, certifies=False)
        self._stages[-1:-1] = [(line, tolerance) for tolerance in _WITH_CUTS]
        self._stages.append((line, _LAST_WITH_CUTS))

    def poll(self, timeout: float = 0.0) -> bool:
        """Proves what a stage has reached; True once there is no further stage."""
        if self._running is not None and self._running.poll(timeout):
            answer, self._running = self._running.answer, None
            if isinstance(answer, Relaxation):
                self._line.relaxation = answer
                self._prove(self._line)
                self._next_stage()
        return self._running is None

    def _prove(self, line: _Line) -> None:
        if line.certifies:
            prove(self._search, self._problem, line.relaxation)
        else:
            usable = usable_multipliers(line.program, line.relaxation.multipliers)
            self._search.accept_solver_bound(safe_bound(line.program, usable))

    def _next_stage(self) -> None:
        if not self._stages or self._search.over:
            return
        self._line, tolerance = self._stages.pop(0)
        call = relax_call(
            self._search,
            self._line.program,
            self._search.time_left,
            tolerance=tolerance,
            start=self._line.relaxation,
            threads=max(1, self._search.settings.threads - 1),
        )
        running = ChildProcessCall(call, lambda _best, _bound: None, self._search.deadline)
        self._running = running.start()


def prove(search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
    """Proves the bound that the multipliers of a relaxation of a problem's program give."""
    usable = usable_multipliers(problem.to_program(), relaxation.multipliers)
    search.submit_multipliers(problem.to_multipliers(usable, search.program))
