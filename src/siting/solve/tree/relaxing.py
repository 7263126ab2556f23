"""What a tree asks of relaxations, whatever solves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Solved(Protocol):
    """What a relaxation says."""

    @property
    def is_infeasible(self) -> bool:
        """Whether there is no solution."""

    @property
    def is_cut_off(self) -> bool:
        """Whether it stopped since no solution is as good as the limit."""

    @property
    def values(self) -> Floats:
        """Shape (columns,); empty where there is no solution, or it was cut off."""

    @property
    def multipliers(self) -> Floats:
        """Shape (rows,)."""


class Relaxing(Protocol):
    """A relaxation with columns fixed."""

    def solve(self, fixed: Mapping[int, float], seconds: float, limit: float) -> Solved | None:
        """Solves it, or returns None; it may stop once no solution can be as good as the limit."""

    def ray(self, fixed: Mapping[int, float], seconds: float) -> Floats | None:
        """Multipliers that show that it has no solution, or None."""

    def narrow(self, lower: Floats, upper: Floats) -> None:
        """Takes narrower column bounds for good, each of shape (columns,)."""
