"""Solving: a program in, an incumbent and a bound out. Nothing here knows what a street is."""

from siting.solve.engine import solve
from siting.solve.restart import restart
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
from siting.solve.settings import Backend, SolveSettings, Step
from siting.solve.warm_start import WarmStart

__all__ = [
    "Backend",
    "Cause",
    "GoalResult",
    "Limit",
    "Note",
    "NoteCode",
    "Phase",
    "Reason",
    "SolveResult",
    "SolveSettings",
    "Step",
    "Termination",
    "TracePoint",
    "WarmStart",
    "Why",
    "relative_gap",
    "restart",
    "solve",
]
