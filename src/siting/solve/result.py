"""What a solve found, and what it proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from siting.solve.settings import SolveSettings
from siting.solve.tree.proof import SearchTree


class Reason(StrEnum):
    """What is known of the program when the solve stops."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION = "no_solution"
    ERROR = "error"


class Limit(StrEnum):
    """What stopped a solve that could have gone on.

    Attributes:
        TIME: The time limit.
        GAP: The gap that was asked for.
        INTERRUPTED: Somebody.
        SOLVER_GAP: A solver says that the solution is optimal; the certified bound does not.
    """

    TIME = "time"
    GAP = "gap"
    INTERRUPTED = "interrupted"
    SOLVER_GAP = "solver_gap"


class Cause(StrEnum):
    """Why a program has no solution, or a solve no answer.

    Attributes:
        CONFLICT: Rows and columns that cannot hold together; see `SolveResult.conflicts`.
        SEARCHED: A search, or a presolve, found that nothing holds.
        FAULT: A backend failed; see `Termination.detail`.
    """

    CONFLICT = "conflict"
    SEARCHED = "searched"
    FAULT = "fault"


class NoteCode(StrEnum):
    """What a note says of a step of the engine.

    Attributes:
        LEFT_OUT: It was not taken; `why` is a `Why`.
        FAILED: It came to nothing; `why` is a solver's own message.
        FAULT: The exact search failed; `why` is a solver's own message.
        BROKEN_ROW: The exact search gave a solution that breaks a row by more than rounding.
    """

    LEFT_OUT = "left_out"
    FAILED = "failed"
    FAULT = "fault"
    BROKEN_ROW = "broken_row"


class Why(StrEnum):
    """Why a step was left out.

    Attributes:
        NOT_COVERING: The program is not one of covering within rows of offers alone.
        TOO_LARGE: The program is too large for it.
        NO_RELAXATION: It needs a relaxation, and there is none.
        ONE_THREAD: It needs a second processor core, or a process of its own.
    """

    NOT_COVERING = "not_covering"
    TOO_LARGE = "too_large"
    NO_RELAXATION = "no_relaxation"
    ONE_THREAD = "one_thread"


@dataclass(frozen=True)
class Note:
    """One thing about how a program was solved that its reader should know.

    Attributes:
        code: What happened.
        step: To which step or phase, by its name.
        why: A `Why`, or a solver's own message.
    """

    code: NoteCode
    step: str
    why: str = ""

    def __str__(self) -> str:
        words = f"{self.step}: {self.code}"
        return f"{words} ({self.why})" if self.why else words

    @property
    def is_fault(self) -> bool:
        """Whether the exact search failed."""
        return self.code in (NoteCode.FAULT, NoteCode.BROKEN_ROW)


class Phase(StrEnum):
    """What the engine is at; named in the trace and in the seconds of a result."""

    START = "start"
    REDUCE = "reduce"
    GREEDY = "greedy"
    RELAX = "relax"
    CUTS = "cuts"
    ROUND = "round"
    DIVE = "dive"
    UNION = "union"
    EXCHANGE = "exchange"
    IMPROVE = "improve"
    SEARCH = "search"
    PROVE = "prove"


@dataclass(frozen=True)
class Termination:
    """Why a solve stopped.

    Attributes:
        reason: What is known.
        limit: What stopped it, if it could have gone on.
        detail: A solver's own message.
        cause: What is behind it.
    """

    reason: Reason
    limit: Limit | None = None
    detail: str = ""
    cause: Cause | None = None

    def __str__(self) -> str:
        return f"{self.reason} ({self.limit} limit)" if self.limit else str(self.reason)


@dataclass(frozen=True)
class TracePoint:
    """Incumbent and bound of a goal at one moment; None before there is one."""

    seconds: float
    incumbent: float | None
    bound: float | None
    phase: str
    goal: str = ""


@dataclass(frozen=True)
class GoalResult:
    """What one goal reached, and what was proven of it.

    Attributes:
        name: Of the goal.
        objective: Its value at the solution that its own solve ended with, or None.
        bound: No solution that keeps the goals before it is better, by multipliers or a solver.
        certified_bound: The same by multipliers alone.
        multipliers: That prove it: of the program's rows, then of one row a goal before it.
        floor: The least that goals after it must leave of it; None for the last.
        termination: Why its solve stopped.
        solver_bound: The same as `bound` on a solver's word alone.
        tree: Branchings whose leaves prove `certified_bound`, or None where multipliers do.
    """

    name: str
    objective: float | None
    bound: float
    certified_bound: float
    multipliers: NDArray[np.float64] | None
    floor: float | None
    termination: Termination
    solver_bound: float = np.inf
    tree: SearchTree | None = None


@dataclass(frozen=True)
class SolveResult:
    """The best solution found and the best bound proven.

    Attributes:
        values: Value of each column of the program, or None if no solution was found.
        objective: Its objective, or None.
        bound: No solution is better than this; infinite if nothing was proven.
        certified_bound: The part of the bound that follows from multipliers by arithmetic alone.
        multipliers: Of the program's rows, that prove `certified_bound`; or None.
        termination: Why it stopped.
        conflicts: Names of rows and columns that cannot hold together, if infeasible.
        trace: Progress, in order.
        seconds: Wall time by step.
        settings: How it was solved.
        solver_bound: The part of the bound that rests on a solver's word.
        notes: Which steps were left out or failed, and why.
        goals: One record a goal, in order; of `objective` and bounds above, the first one's.
    """

    values: NDArray[np.float64] | None
    objective: float | None
    bound: float
    termination: Termination
    certified_bound: float = np.inf
    multipliers: NDArray[np.float64] | None = None
    conflicts: tuple[str, ...] = ()
    trace: tuple[TracePoint, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: SolveSettings = field(default_factory=SolveSettings)
    solver_bound: float = np.inf
    notes: tuple[Note, ...] = ()
    goals: tuple[GoalResult, ...] = ()

    @property
    def certified_gap(self) -> float:
        """The same as `relative_gap`, of the certified bound alone."""
        return relative_gap(self.objective, self.certified_bound)

    @property
    def relative_gap(self) -> float:
        """(bound - objective) / max(1, |objective|); infinite without solution or bound."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float | None, bound: float) -> float:
    """(bound - objective) / max(1, |objective|), at least 0; infinite if either is missing."""
    if objective is None or not np.isfinite(bound):
        return np.inf
    return max(0.0, bound - objective) / max(1.0, abs(objective))
