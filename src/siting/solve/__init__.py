"""Solving: a program in, an incumbent and a bound out. Nothing here knows what a street is."""

from siting.solve.engine import solve
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
from siting.solve.settings import Backend, SolveSettings, Step
from siting.solve.warm_start import WarmStart

__all__ = [
    "Backend",
    "Basis",
    "GoalResult",
    "Limit",
    "Phase",
    "Reason",
    "SolveResult",
    "SolveSettings",
    "Step",
    "Termination",
    "TracePoint",
    "WarmStart",
    "relative_gap",
    "solve",
]
