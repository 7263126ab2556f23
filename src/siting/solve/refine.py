"""The proof for a huge problem: its relaxation goes on beside the search for better plans."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from siting.solve.apart import Running
from siting.solve.backend import Relaxation
from siting.solve.bounds import usable_multipliers
from siting.solve.cover import CoverProblem
from siting.solve.result import Limit
from siting.solve.run import relax_call
from siting.solve.search import Search

# Each stage goes on from the one before; what it reaches is proven at its end.
_TOLERANCES = (3e-5, 3e-6)


class Refiner:
    """Solves a relaxation ever more closely, in a process of its own.

    Attributes:
        relaxation: The closest so far.
    """

    def __init__(self, search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
        self.relaxation = relaxation
        self._search, self._problem = search, problem
        self._stages = list(_TOLERANCES)
        self._running: Running | None = None

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

    def poll(self, timeout: float = 0.0) -> bool:
        """Proves what a stage has reached; True once there is no further stage."""
        if self._running is not None and self._running.poll(timeout):
            answer, self._running = self._running.answer, None
            if isinstance(answer, Relaxation):
                self.relaxation = answer
                prove(self._search, self._problem, answer)
                self._next_stage()
        return self._running is None

    def _next_stage(self) -> None:
        if not self._stages or self._search.over:
            return
        call = relax_call(
            self._search,
            self._problem.to_program(),
            self._search.time_left,
            tolerance=self._stages.pop(0),
            start=self.relaxation,
            threads=max(1, self._search.settings.threads - 1),
        )
        self._running = Running(call, lambda _best, _bound: None, self._search.deadline)


def prove(search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
    """Proves the bound that the multipliers of a relaxation of a problem's program give."""
    usable = usable_multipliers(problem.to_program(), relaxation.multipliers)
    search.prove(problem.to_multipliers(usable, search.program))
