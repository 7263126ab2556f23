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
    """What stopped a solve that could have gone on."""

    TIME = "time"
    GAP = "gap"
    INTERRUPTED = "interrupted"


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


@dataclass(frozen=True)
class Termination:
    """Why a solve stopped.

    Attributes:
        reason: What is known.
        limit: What stopped it, if it could have gone on.
        detail: More in words: a solver's message, or the rows that conflict.
    """

    reason: Reason
    limit: Limit | None = None
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.limit} limit)" if self.limit else str(self.reason)


@dataclass(frozen=True)
class TracePoint:
    """Incumbent and bound at one moment; None before there is one."""

    seconds: float
    incumbent: float | None
    bound: float | None
    phase: str


@dataclass(frozen=True)
class Basis:
    """Where a simplex method ended, for another to begin at; any basis is a mere hint.

    Attributes:
        columns: Status of each column in the numbers of MathOpt's `BasisStatus`, shape (columns,).
        rows: Of each row, shape (rows,).
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    def fits(self, shape: tuple[int, int]) -> bool:
        """Whether a program of so many rows and columns could have this basis."""
        return shape == (len(self.rows), len(self.columns))


@dataclass(frozen=True)
class GoalResult:
    """What a solve found of one goal."""

    name: str
    objective: float
    bound: float
    certified_bound: float
    solver_bound: float
    multipliers: NDArray[np.float64] | None = None
    floor: float | None = None
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
        basis: Where the relaxation ended, for a `WarmStart` of a program much like this; or None.
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
    basis: Basis | None = None
    goals: tuple[GoalResult, ...] = ()

    @property
    def relative_gap(self) -> float:
        """(bound - objective) / max(1, |objective|); infinite without solution or bound."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float | None, bound: float) -> float:
    """(bound - objective) / max(1, |objective|), at least 0; infinite if either is missing."""
    if objective is None or not np.isfinite(bound):
        return np.inf
    return max(0.0, bound - objective) / max(1.0, abs(objective))
