"""Solving: a program in, an incumbent and a bound out. Nothing here knows what a street is."""

from siting.solve.engine import solve
from siting.solve.result import (
    Basis,
    GoalResult,
    Limit,
    Reason,
    SolveResult,
    Termination,
    TracePoint,
    relative_gap,
)
from siting.solve.settings import Backend, SolveSettings, Step
from siting.solve.start import Start

__all__ = [
    "Backend",
    "Basis",
    "GoalResult",
    "Limit",
    "Reason",
    "SolveResult",
    "SolveSettings",
    "Start",
    "Step",
    "Termination",
    "TracePoint",
    "relative_gap",
    "solve",
]
