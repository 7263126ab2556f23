"""What the engine asks of an exact solver, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program.program import Program
from siting.solve.result import Termination
from siting.solve.settings import Backend
from siting.solve.tree.run import TreeAnswer

OnProgress = Callable[[float | None, float | None], None]


@dataclass(frozen=True)
class MipTask:
    """One call of an exact solver.

    Attributes:
        program: What to solve.
        backend: By whom; not `auto`.
        time_limit: Seconds.
        relative_gap: Stop at this gap.
        seed: Random seed.
        threads: Cores.
        hint: A solution to start from, shape (columns,), or None.
        scratch: A file for solutions found on the way, or None.
        proof_only: Spend no time on finding solutions, as somebody else looks for them; for HiGHS.
    """

    program: Program
    backend: Backend
    time_limit: float
    relative_gap: float
    seed: int = 0
    threads: int = 1
    hint: NDArray[np.float64] | None = None
    scratch: Path | None = None
    proof_only: bool = False


@dataclass(frozen=True)
class BackendResult:
    """What an exact solver says; the engine checks it before it relies on it.

    Attributes:
        values: Shape (columns,), or None.
        bound: The solver's own bound on the optimum.
        termination: Why it stopped.
    """

    values: NDArray[np.float64] | None
    bound: float
    termination: Termination


@dataclass(frozen=True)
class Failure:
    """A call that came to nothing, and its solver's own message."""

    message: str


class Relaxer(StrEnum):
    """Which algorithm solves a linear relaxation."""

    COVERING = "covering"
    SIMPLEX = "simplex"
    BARRIER = "barrier"
    PDLP = "pdlp"


@dataclass(frozen=True)
class Relaxation:
    """An (approximate) solution of the linear relaxation.

    Attributes:
        values: Shape (columns,).
        multipliers: Of the rows and then the cuts; prove a bound through `safe_bound`.
        is_solved: Whether these are its values; 0 where the time was too short for more than
            multipliers.
        cut_multipliers: How often each row goes into each cut (`odd_cycles.with_cuts`), or None.
    """

    values: NDArray[np.float64]
    multipliers: NDArray[np.float64]
    is_solved: bool = True
    cut_multipliers: csr_array | None = None


# What a call comes to; None where the time was too short for anything.
Answer = BackendResult | Relaxation | TreeAnswer | Failure | None
