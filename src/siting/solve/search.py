"""The state of one solve: the best solution, the best bound, the clock and the trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Program
from siting.solve.bounds.duality import safe_bound, tighten
from siting.solve.result import (
    Basis,
    GoalResult,
    Limit,
    Phase,
    Reason,
    SolveResult,
    Termination,
    TracePoint,
    relative_gap,
)
from siting.solve.settings import SolveSettings
from siting.solve.solutions import extend, is_feasible

Floats = NDArray[np.float64]
Progress = Callable[[TracePoint], None]

# Tolerances inside a solver let its bound fall short by about this much of its size.
_SOLVER_TOLERANCE = 1e-6
# Objectives are sums of up to millions of residents in floating point.
_EQUAL = 1e-9


@dataclass
class Search:
    """What the steps of the engine share; a step offers solutions and proves bounds.

    Attributes:
        program: The program as it was given.
        settings: Limits and seed.
        on_progress: Called at every change, or None.
        stop: Asked whether to stop now.
        plans: Solutions of earlier solves, for unions.
        basis: Where the relaxation begins, and then where it ended.
    """

    program: Program
    settings: SolveSettings
    on_progress: Progress | None = None
    stop: Callable[[], bool] = lambda: False
    values: Floats | None = None
    objective: float | None = None
    certified_bound: float = np.inf
    solver_bound: float = np.inf
    solver_optimum: float = np.inf
    multipliers: Floats | None = None
    phase: Phase = Phase.START
    trace: list[TracePoint] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    plans: list[Floats] = field(default_factory=list)
    basis: Basis | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def deadline(self) -> float:
        """`time.monotonic()` at which the time limit is reached."""
        return self.started + self.settings.time_limit

    @property
    def time_left(self) -> float:
        """Seconds until the time limit."""
        return self.deadline - time.monotonic()

    @property
    def bound(self) -> float:
        """The best bound, from multipliers or from a solver; never below the incumbent."""
        best = min(self.certified_bound, self.solver_bound)
        return best if self.objective is None else max(best, self.objective)

    @property
    def relative_gap(self) -> float:
        """The gap between incumbent and bound; infinite where one is missing."""
        return relative_gap(self.objective, self.bound)

    @property
    def gap_met(self) -> bool:
        """Whether the incumbent is as close to the bound as was asked, or equal to it."""
        if self.objective is None:
            return False
        return self.is_optimal or self.relative_gap <= self.settings.relative_gap

    @property
    def is_optimal(self) -> bool:
        """Whether the bound is the incumbent, up to the rounding of sums.

        A solver that ended with a bound equal to the incumbent proved as much, even though that
        bound is widened by its tolerances here.
        """
        bound = min(self.bound, self.solver_optimum)
        return relative_gap(self.objective, bound) <= _EQUAL

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.gap_met or self.time_left <= 0 or self.stop()

    def enter(self, phase: Phase) -> None:
        """Names what the trace says from now on."""
        self.phase = phase

    @contextmanager
    def step(self, phase: Phase) -> Iterator[None]:
        """Names and times one step of the engine."""
        self.enter(phase)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.monotonic() - begun

    def submit_solution(self, values: Floats) -> bool:
        """Takes a solution of the program if it holds and is better than the incumbent."""
        full = extend(self.program, values)
        objective = self.program.value(full)
        if self.objective is not None and objective <= self.objective:
            return False
        if not is_feasible(self.program, full):
            return False
        self.values, self.objective = full, objective
        self.record_progress()
        return True

    def submit_multipliers(self, multipliers: Floats) -> None:
        """Takes multipliers of the program's rows if they prove a better bound."""
        bound = tighten(self.program, safe_bound(self.program, multipliers))
        if bound < self.certified_bound:
            self.certified_bound, self.multipliers = bound, multipliers
            self.record_progress()

    def accept_solver_bound(self, bound: float) -> None:
        """Takes a bound on a solver's word, widened by its tolerances."""
        if not np.isfinite(bound):
            return
        widened = tighten(self.program, bound + _SOLVER_TOLERANCE * max(1.0, abs(bound)))
        if widened < self.solver_bound:
            self.solver_bound = widened
            self.record_progress()

    def accept_final_bound(self, bound: float, reason: Reason) -> None:
        """Takes the bound that a solver ended with, and what it calls that."""
        if reason is Reason.OPTIMAL:
            self.solver_optimum = min(self.solver_optimum, bound)
        self.accept_solver_bound(bound)

    def on_solver_progress(self, bound: float | None) -> None:
        """Takes note of a running solver: a bound that it states, or just that it is alive."""
        if bound is None:
            self.record_progress()
        else:
            self.accept_solver_bound(bound)

    def record_progress(self) -> None:
        """Notes the state in the trace and passes it on."""
        bound = self.bound if np.isfinite(self.bound) else None
        point = TracePoint(time.monotonic() - self.started, self.objective, bound, self.phase)
        self.trace.append(point)
        if self.on_progress:
            self.on_progress(point)

    def result(self) -> SolveResult:
        """The state as a result."""
        return SolveResult(
            values=self.values,
            objective=self.objective,
            bound=self.bound,
            termination=self._termination(),
            certified_bound=self.certified_bound,
            multipliers=self.multipliers,
            trace=tuple(self.trace),
            seconds=dict(self.seconds),
            settings=self.settings,
            basis=self.basis,
            goals=()
            if self.objective is None
            else (
                GoalResult(
                    self.program.goal,
                    self.objective,
                    self.bound,
                    self.certified_bound,
                    self.solver_bound,
                    self.multipliers,
                ),
            ),
        )

    def _termination(self) -> Termination:
        detail = "; ".join(self.faults)
        if self.objective is not None and self.is_optimal:
            return Termination(Reason.OPTIMAL, None, detail)
        reason = Reason.NO_SOLUTION if self.objective is None else Reason.FEASIBLE
        if self.gap_met:
            return Termination(reason, Limit.GAP, detail)
        if self.stop():
            return Termination(reason, Limit.INTERRUPTED, detail)
        if self.time_left <= 0 or not self.faults:
            return Termination(reason, Limit.TIME, detail)
        return Termination(Reason.ERROR if self.objective is None else reason, None, detail)
