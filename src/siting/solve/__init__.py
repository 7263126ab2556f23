"""Solving: a program in, an incumbent and a bound out. Nothing here knows what a street is."""

from siting.solve.engine import solve
from siting.solve.result import Limit, Reason, SolveResult, Termination, TracePoint, relative_gap
from siting.solve.settings import Backend, SolveSettings, Step

__all__ = [
    "Backend",
    "Limit",
    "Reason",
    "SolveResult",
    "SolveSettings",
    "Step",
    "Termination",
    "TracePoint",
    "relative_gap",
    "solve",
]
