"""The exact search of what is left: it proves, here or beside the search for better plans."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Domain
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import BackendResult, MipTask, Relaxation
from siting.solve.backends.run import note_fault, run_search, search_task, take_answer
from siting.solve.bounds.duality import reduced_costs, safe_bound, usable_multipliers
from siting.solve.cuts.covering import cut_part
from siting.solve.cuts.odd_cycles import with_cuts
from siting.solve.presolve.cover import CoverProblem, restrict
from siting.solve.presolve.nested import nest
from siting.solve.result import Limit, Reason
from siting.solve.search import Floats, Search
from siting.solve.settings import Step

Flags = NDArray[np.bool_]

# A restart is worth it when at most this share of the offers is still open, and takes this long.
_WORTH_RESTART = 0.6
_RESTART_SECONDS = 5.0


class ExactSearch:
    """An exact search of a covering problem without the offers that no better plan can contain.

    Attributes:
        infeasible: Whether it proved that there is no solution at all.
        relaxation: Of the problem's program; with it offers can be ruled out.
    """

    def __init__(
        self, search: Search, problem: CoverProblem, relaxation: Relaxation | None = None
    ) -> None:
        self.infeasible = False
        self.relaxation = relaxation
        self._search, self._problem = search, problem
        self._running: ChildProcessCall | None = None
        self._judged: float | None = None

    def run(self) -> None:
        """Searches to the end, in this process where that is quick."""
        answer = run_search(self._search, self._prepare(), self._on_progress)
        self._take(answer)

    def __enter__(self) -> Self:
        """Starts the search in a process of its own."""
        self._start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Ends it, and takes what it has found."""
        if self._running is not None and not self._running.done:
            self._running.poll()
            self._running.end(Limit.INTERRUPTED)
            self._finish()

    def poll(self, timeout: float = 0.0) -> bool:
        """Takes in what the search says and may restart it; True once it is over."""
        if self._running is None:
            return True
        if self._running.poll(timeout):
            self._finish()
            return True
        if self._search.time_left > 4 * _RESTART_SECONDS and self._is_much_smaller():
            self._running.end(Limit.INTERRUPTED)
            self._finish()
            self._start()
        return False

    def _start(self) -> None:
        call = ChildProcessCall(self._prepare(), self._on_progress, self._search.deadline)
        self._running = call.start()

    def _finish(self) -> None:
        assert self._running is not None  # noqa: S101 - asked before
        if isinstance(self._running.answer, BackendResult):
            self._take(note_fault(self._search, self._running.answer))
        self._running = None

    def _prepare(self) -> MipTask:
        """The task of searching what is open now, with the incumbent to start from."""
        self._open = open_after_reduced_cost_fixing(self._search, self._problem, self.relaxation)
        whole = bool(self._open.all())
        self._part = self._problem if whole else restrict(self._problem, self._open)
        # What is ruled out holds nothing better than the incumbent of now.
        best = self._search.objective
        self._floor = -np.inf if whole or best is None else best
        hint = start_from_incumbent(self._search, self._part)
        nested = self._search.settings.takes(Step.NESTED)
        program = nest(self._part).to_program() if nested else self._part.to_program()
        if self.relaxation is not None and self.relaxation.cut_multipliers is not None:
            program = cut_part(self._problem, self._part, self.relaxation.cut_multipliers, program)
        task = search_task(self._search, program, hint, self._search.time_left)
        # The improver looks for better plans with more success, once there is one to start from.
        return replace(task, proof_only=best is not None)

    def _is_much_smaller(self) -> bool:
        best = self._search.objective
        if self.relaxation is None or best is None or best == self._judged:
            return False
        self._judged = best
        still_open = open_after_reduced_cost_fixing(self._search, self._problem, self.relaxation)
        return bool(still_open.sum() <= _WORTH_RESTART * self._open.sum())

    def _on_progress(self, _incumbent: float | None, bound: float | None) -> None:
        self._search.on_solver_progress(None if bound is None else max(bound, self._floor))

    def _take(self, answer: BackendResult) -> None:
        if answer.values is not None:
            values = self._part.to_values(answer.values, self._search.program)
            take_answer(self._search, values)
        if answer.termination.reason is Reason.INFEASIBLE:
            self.infeasible = self._search.objective is None
            self._search.accept_solver_bound(self._floor)
        else:
            bound = max(answer.bound, self._floor)
            self._search.accept_final_bound(bound, answer.termination.reason)


def open_after_reduced_cost_fixing(
    search: Search, problem: CoverProblem, relaxation: Relaxation | None
) -> Flags:
    """Offers that a solution better than the incumbent may still contain, shape (offers,).

    Taking an offer of negative reduced gain lowers the bound by as much: where that falls to the
    incumbent, no better solution takes it.
    """
    count = len(problem.offers)
    if search.objective is None or relaxation is None:
        return np.ones(count, dtype=bool)
    program = with_cuts(problem.to_program(), relaxation.cut_multipliers)
    usable = usable_multipliers(program, relaxation.multipliers)
    gains = reduced_costs(program, usable)[:count]
    room = safe_bound(program, usable) - search.objective
    margin = 1e-7 * max(1.0, abs(search.objective))
    return (gains > -(room + margin)) | (problem.lower >= 1)


def start_from_incumbent(search: Search, problem: CoverProblem) -> Floats | None:
    """The incumbent as a solution of a (restricted) problem's program, if it is one."""
    if search.values is None:
        return None
    chosen = search.values[problem.offers]
    start = problem.to_values(chosen, search.program)
    whole = search.program.domain == Domain.INTEGER
    if not np.array_equal(start[whole], search.values[whole]):
        return None
    return np.concatenate([chosen, np.minimum(1.0, problem.cover @ chosen)])
