"""A call for a bound by parts; what runs it is heavy and loaded late (`part_search`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.program import Program

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PartCall:
    """Bound a program by its parts.

    Attributes:
        program: The program.
        values: Of its relaxation, shape (columns,).
        multipliers: Of its rows, shape (rows,).
        time_limit: Seconds.
        plan: The best plan known, shape (columns,), or None.
        relative_gap: The gap that is enough.
        factors: What the prices of the rows that join parts are times, round by round.
    """

    program: Program
    values: Floats
    multipliers: Floats
    time_limit: float
    plan: Floats | None = None
    relative_gap: float = 0.0
    factors: tuple[float, ...] = (1.0, 0.97, 1.03, 0.94, 1.06)
