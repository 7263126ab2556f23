"""How a program is to be solved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum

# The solvers keep it in 32 bits.
LARGEST_SEED = 2**31 - 1


class Backend(StrEnum):
    """Which exact solver searches what the engine's own steps leave open."""

    AUTO = "auto"
    HIGHS = "highs"
    GSCIP = "gscip"
    CP_SAT = "cp_sat"


@dataclass(frozen=True)
class SolveSettings:
    """Settings of one solve.

    Attributes:
        time_limit: Seconds.
        relative_gap: Stop once (bound - objective) / max(1, |objective|) is at most this.
        seed: Seed of every random choice, in the engine and in the backend.
        threads: Processor cores to use.
        backend: The exact solver; `auto` lets the engine choose.
        cold: Hand the whole program to the backend and take no step of the engine's own.
        isolate: Run long backend calls in a process of their own, so that an interrupt, a time
            limit or a crash inside one never costs the best plan so far.

    Raises:
        ValueError: A limit that leaves nothing to do.
    """

    time_limit: float = 60.0
    relative_gap: float = 1e-3
    seed: int = 0
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    backend: Backend = Backend.AUTO
    cold: bool = False
    isolate: bool = True

    def __post_init__(self) -> None:
        """Refuses settings that cannot be meant."""
        if not self.time_limit > 0:
            raise ValueError(f"time_limit is {self.time_limit}; expected seconds above 0")
        if not 0 <= self.relative_gap < 1:
            raise ValueError(f"relative_gap is {self.relative_gap}; expected 0 to below 1")
        if self.threads < 1:
            raise ValueError(f"threads is {self.threads}; expected at least 1")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ValueError(f"seed is {self.seed}; expected 0 to {LARGEST_SEED}")
