"""The state of one solve: the best solution, the best bound, the clock and the trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Program
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound, tighten, usable_multipliers
from siting.solve.feasibility import RowCheck, is_feasible
from siting.solve.presolve.chain import Presolved
from siting.solve.result import (
    Cause,
    GoalResult,
    Limit,
    Note,
    NoteCode,
    Phase,
    Reason,
    SolveResult,
    Termination,
    TracePoint,
    Why,
    relative_gap,
)
from siting.solve.settings import SolveSettings, Step
from siting.solve.solutions import Completion
from siting.solve.tree.proof import SearchTree

Floats = NDArray[np.float64]
Progress = Callable[[TracePoint], None]

# Tolerances inside a solver let its bound fall short by about this much of its size.
_SOLVER_TOLERANCE = 1e-6
# Objectives are sums of up to millions of residents in floating point.
_EQUAL = 1e-9
# For the columns that are not whole, where no simple rule completes a solution.
_LINEAR_SECONDS = 10.0


@dataclass
class _Incumbent:
    """The best solution, its objective, and it before presolve; None before there is one."""

    values: Floats | None = None
    objective: float | None = None
    whole: Floats | None = None


@dataclass
class _Bounds:
    """What no solution exceeds, by who says so.

    Attributes:
        certified: By `multipliers` of the program's rows.
        solver: By a solver's word, widened by its tolerances.
        optimum: By a solver that ended, as it said it.
        multipliers: Prove `certified`.
        tree: Proves `certified`, where multipliers alone do not.
    """

    certified: float = np.inf
    solver: float = np.inf
    optimum: float = np.inf
    multipliers: Floats | None = None
    tree: SearchTree | None = None


@dataclass
class _Log:
    """What happened so far, and the clock."""

    phase: Phase = Phase.START
    trace: list[TracePoint] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    begun: float = field(default_factory=time.monotonic)


@dataclass
class _Hints:
    """What later steps may begin with."""

    plans: list[Floats] = field(default_factory=list)
    multipliers: Floats | None = None


class Search:
    """What the steps of the engine share; a step submits solutions and multipliers.

    Steps know the program after presolve alone. What they submit is checked and proven on the
    program as it was given.

    Args:
        given: The program, or what presolve made of it.
        settings: Limits and seed.
        on_progress: Called at every change, or None.
        stop: Asked whether to stop now.
        begun: `time.monotonic()` from which the trace counts, now if None.

    Attributes:
        program: After presolve.
        settings: As above.
    """

    def __init__(
        self,
        given: Program | Presolved,
        settings: SolveSettings,
        on_progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
        begun: float | None = None,
    ) -> None:
        self._presolved = Presolved(given) if isinstance(given, Program) else given
        self.program, self.settings = self._presolved.program, settings
        self._on_progress, self._stop = on_progress, stop
        self._completion = Completion(self.program)
        self._check = RowCheck(self._presolved.whole)
        self._incumbent, self._bounds = _Incumbent(), _Bounds()
        self._log, self._hints = _Log(), _Hints()
        if begun is not None:
            self._log.begun = begun

    # --- the state ------------------------------------------------------------------------------

    @property
    def values(self) -> Floats | None:
        """The best solution, shape (columns,), or None."""
        return self._incumbent.values

    @property
    def objective(self) -> float | None:
        """Its objective, or None."""
        return self._incumbent.objective

    @property
    def certified_bound(self) -> float:
        """The best bound that multipliers prove."""
        return self._bounds.certified

    @property
    def solver_bound(self) -> float:
        """The best bound on a solver's word."""
        return self._bounds.solver

    @property
    def multipliers(self) -> Floats | None:
        """That prove `certified_bound`, of the rows before presolve, or None."""
        return self._bounds.multipliers

    @property
    def plans(self) -> list[Floats]:
        """Further solutions, for unions."""
        return self._hints.plans

    @property
    def has_company(self) -> bool:
        """Whether a process of its own may work beside this one."""
        settings = self.settings
        return settings.isolate and settings.threads > 1 and settings.takes(Step.BESIDE)

    @property
    def first_multipliers(self) -> Floats | None:
        """Of the program's rows, where the relaxation begins, if anything is known."""
        return self._hints.multipliers

    @property
    def phase(self) -> Phase:
        """What the engine is at."""
        return self._log.phase

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time by phase."""
        return self._log.seconds

    @property
    def faults(self) -> list[Note]:
        """Where the exact search failed."""
        return [note for note in self._log.notes if note.is_fault]

    @property
    def deadline(self) -> float:
        """`time.monotonic()` at which the time limit is reached."""
        return self._log.started + self.settings.time_limit

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
        return self._is_closed or self.relative_gap <= self.settings.relative_gap

    @property
    def is_certified(self) -> bool:
        """Whether the certified bound is the incumbent, up to the rounding of sums."""
        return relative_gap(self.objective, self.certified_bound) <= _EQUAL

    @property
    def is_close(self) -> bool:
        """Whether the certified gap alone is what was asked for."""
        gap = relative_gap(self.objective, self.certified_bound)
        return self.is_certified or gap <= self.settings.relative_gap

    @property
    def _is_closed(self) -> bool:
        """The same, or a solver says so.

        A solver that ended with a bound equal to the incumbent said as much, even though that bound
        is widened by its tolerances here.
        """
        bound = min(self.bound, self._bounds.optimum)
        return relative_gap(self.objective, bound) <= _EQUAL

    @property
    def stopped(self) -> bool:
        """Whether somebody wants it to stop."""
        return self._stop()

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return self.gap_met or self.time_left <= 0 or self.stopped

    # --- what steps do --------------------------------------------------------------------------

    def enter(self, phase: Phase) -> None:
        """Names what the trace says from now on."""
        self._log.phase = phase

    @contextmanager
    def step(self, phase: Phase) -> Iterator[None]:
        """Names and times one step of the engine."""
        self.enter(phase)
        begun = time.monotonic()
        try:
            yield
        finally:
            spent = self.seconds.get(phase, 0.0) + time.monotonic() - begun
            self._log.seconds[phase] = spent

    def submit_solution(self, values: Floats) -> bool:
        """Completes the decisions of a solution, and takes it if it holds and is better.

        Args:
            values: Shape (columns,); columns that are not whole are worked out where possible.
        """
        least = -np.inf if self.objective is None else self.objective
        full = self._completion.complete(values, self._solve_linear, least)
        if full is None:
            return False
        whole, given = self._presolved.invert_values(full), self._presolved.whole
        objective = given.value(whole)
        if self.program is not given and not is_feasible(given, whole, self._check):
            return False
        self._incumbent = _Incumbent(full, objective, whole)
        self.record_progress()
        return True

    def holds(self, values: Floats) -> bool:
        """Whether decisions can be completed to a solution, better or not."""
        return self._completion.complete(values, self._solve_linear) is not None

    def submit_multipliers(self, multipliers: Floats) -> None:
        """Takes multipliers of the program's rows if they prove a better bound."""
        self.submit_given_multipliers(self._presolved.invert_multipliers(multipliers))

    def submit_given_multipliers(self, multipliers: Floats) -> float:
        """The same of the rows before presolve; the bound that they prove."""
        given = self._presolved.whole
        multipliers = usable_multipliers(given, multipliers)
        bound = tighten(given, safe_bound(given, multipliers))
        if bound < self.certified_bound:
            self._bounds.certified, self._bounds.multipliers = bound, multipliers
            self._bounds.tree = None
            self.record_progress()
        return bound

    def submit_tree(self, tree: SearchTree) -> None:
        """Takes a tree of branchings on the program's columns if it proves a better bound."""
        bound = tighten(self._presolved.whole, tree.bound)
        if bound < self.certified_bound:
            self._bounds.certified, self._bounds.tree = bound, self._presolved.invert_tree(tree)
            self.record_progress()

    def reduce_values(self, values: Floats) -> Floats:
        """Decisions before presolve as those of the program, shape (columns,)."""
        return self._presolved.reduce_values(values)

    def _solve_linear(self, program: Program) -> Floats | None:
        seconds = max(0.01, min(_LINEAR_SECONDS, self.time_left))
        answer = run_call(RelaxCall(program, Relaxer.SIMPLEX, seconds), lambda _best, _bound: None)
        return answer.values if isinstance(answer, Relaxation) and answer.is_solved else None

    def accept_solver_bound(self, bound: float) -> None:
        """Takes a bound on a solver's word, widened by its tolerances."""
        if not np.isfinite(bound):
            return
        widened = tighten(self.program, bound + _SOLVER_TOLERANCE * max(1.0, abs(bound)))
        if widened < self.solver_bound:
            self._bounds.solver = widened
            self.record_progress()

    def accept_final_bound(self, bound: float, reason: Reason) -> None:
        """Takes the bound that a solver ended with, and what it calls that."""
        if reason is Reason.OPTIMAL:
            self._bounds.optimum = min(self._bounds.optimum, bound)
        self.accept_solver_bound(bound)

    def on_solver_progress(self, bound: float | None) -> None:
        """Takes note of a running solver: a bound that it states, or just that it is alive."""
        if bound is None:
            self.record_progress()
        else:
            self.accept_solver_bound(bound)

    def keep_plan(self, values: Floats) -> None:
        """Keeps a further solution for unions."""
        self._hints.plans.append(values)

    def begin_at_multipliers(self) -> None:
        """Has the relaxation begin at the best multipliers so far, if there are any."""
        if self.multipliers is not None:
            self._hints.multipliers = self._presolved.reduce_multipliers(self.multipliers)

    def note(self, code: NoteCode, step: str, why: str = "") -> None:
        """Notes something about a step, once."""
        note = Note(code, step, why)
        if note not in self._log.notes:
            self._log.notes.append(note)

    def leave_out(self, step: Step, why: Why) -> None:
        """Notes that a step was left out that the settings would have taken."""
        if self.settings.takes(step):
            self.note(NoteCode.LEFT_OUT, step, why)

    def record_progress(self) -> None:
        """Notes the state in the trace and passes it on."""
        bound = self.bound if np.isfinite(self.bound) else None
        seconds = time.monotonic() - self._log.begun
        point = TracePoint(seconds, self.objective, bound, self.phase, self.program.goal)
        self._log.trace.append(point)
        if self._on_progress:
            self._on_progress(point)

    # --- the result -----------------------------------------------------------------------------

    def result(self) -> SolveResult:
        """The state as a result."""
        return SolveResult(
            values=self._incumbent.whole,
            objective=self.objective,
            bound=self.bound,
            termination=self._termination(),
            certified_bound=self.certified_bound,
            multipliers=self.multipliers,
            trace=tuple(self._log.trace),
            seconds=dict(self.seconds),
            settings=self.settings,
            solver_bound=self.solver_bound,
            notes=tuple(self._log.notes),
            goals=(self.goal_result(),),
        )

    def goal_result(self, floor: float | None = None) -> GoalResult:
        """The state as what the program's goal reached."""
        return GoalResult(
            name=self.program.goal,
            objective=self.objective,
            bound=self.bound,
            certified_bound=self.certified_bound,
            multipliers=self.multipliers,
            floor=floor,
            termination=self._termination(),
            solver_bound=self.solver_bound,
            tree=self._bounds.tree,
        )

    def _termination(self) -> Termination:
        detail = "; ".join(note.why or str(note) for note in self.faults)
        cause = Cause.FAULT if detail else None
        if self.is_certified:
            return Termination(Reason.OPTIMAL, None, detail, cause)
        reason = Reason.NO_SOLUTION if self.objective is None else Reason.FEASIBLE
        if self.gap_met:
            limit = Limit.SOLVER_GAP if self._is_closed else Limit.GAP
            return Termination(reason, limit, detail, cause)
        if self.stopped:
            return Termination(reason, Limit.INTERRUPTED, detail, cause)
        if self.time_left <= 0 or not self.faults:
            return Termination(reason, Limit.TIME, detail, cause)
        return Termination(Reason.ERROR if self.objective is None else reason, None, detail, cause)
