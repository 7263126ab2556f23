"""How a program is to be solved."""

from __future__ import annotations

import os
from collections.abc import Iterable
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


class Step(StrEnum):
    """A step of the engine that can be left out; the exact search of what is left cannot.

    Attributes:
        SETTLE: Demand rows that decided offers cover, or nothing covers, become a constant.
        FOLD: Demand rows that one offer alone covers become its gain.
        MERGE_ROWS: Equal demand rows become one.
        IDLE_ROWS: Limits that no choice can break are taken out.
        NESTED: The exact search gets demand rows that refer to each other, with fewer entries.
        GREEDY: A first plan, before anything else.
        RELAX: The linear relaxation, and all that needs it: cuts, fix, dive, union.
        CUTS: The relaxation is strengthened by cuts, which the exact search gets, too.
        FIX: Offers that the relaxation rules out are kept from the exact search.
        DIVE: The relaxation is rounded into a plan.
        EXCHANGE: Offers of plans are exchanged one for one.
        UNION: What the plans so far take is searched.
        NEIGHBOURHOODS: Parts of the best plan are searched again.
        BESIDE: The exact search of a large problem goes on in a process of its own, beside the
            search for better plans.
        TREE: Branchings that certify what a solver's word or nothing stands for.
    """

    SETTLE = "settle"
    FOLD = "fold"
    MERGE_ROWS = "merge_rows"
    IDLE_ROWS = "idle_rows"
    NESTED = "nested"
    GREEDY = "greedy"
    RELAX = "relax"
    CUTS = "cuts"
    FIX = "fix"
    DIVE = "dive"
    EXCHANGE = "exchange"
    UNION = "union"
    NEIGHBOURHOODS = "neighbourhoods"
    BESIDE = "beside"
    TREE = "tree"


def usable_cores() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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
        without: Steps to leave out, for measuring what each is worth; names will do.

    Raises:
        ValueError: A limit that leaves nothing to do, or a step that there is not.
    """

    time_limit: float = 60.0
    relative_gap: float = 1e-3
    seed: int = 0
    threads: int = field(default_factory=usable_cores)
    backend: Backend = Backend.AUTO
    cold: bool = False
    isolate: bool = True
    without: frozenset[Step] = frozenset()

    def __post_init__(self) -> None:
        """Refuses settings that cannot be meant."""
        object.__setattr__(self, "without", _steps(self.without))
        if not self.time_limit > 0:
            raise ValueError(f"time_limit is {self.time_limit}; expected seconds above 0")
        if not 0 <= self.relative_gap < 1:
            raise ValueError(f"relative_gap is {self.relative_gap}; expected 0 to below 1")
        if self.threads < 1:
            raise ValueError(f"threads is {self.threads}; expected at least 1")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ValueError(f"seed is {self.seed}; expected 0 to {LARGEST_SEED}")

    def takes(self, step: Step) -> bool:
        """Whether the engine takes a step."""
        return not self.cold and step not in self.without


def _steps(names: Iterable[str]) -> frozenset[Step]:
    known = ", ".join(Step)
    if isinstance(names, str):
        raise ValueError(f"without is {names!r}; expected a set of steps out of {known}")  # noqa: TRY004
    unknown = sorted(set(names) - set(Step))
    if unknown:
        raise ValueError(f"without has {', '.join(unknown)}; expected steps out of {known}")
    return frozenset(Step(name) for name in names)
