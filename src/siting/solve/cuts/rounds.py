"""The linear relaxation with cuts, round by round."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Program
from siting.solve.backends.contract import Failure, Relaxation
from siting.solve.cuts.odd_cycles import cut_rows, separate

# A round that closes less than this share of the gap that is left is the last.
_LEAST_GAIN = 0.03


class IncrementalLP(Protocol):
    """A linear relaxation that takes more rows."""

    def solve(self, seconds: float) -> Relaxation | Failure | None:
        """Solves it from where it was, or returns None if the time was too short."""

    def add(self, matrix: csr_array, upper: NDArray[np.float64]) -> None:
        """Adds rows with upper limits."""


def strengthen(
    program: Program,
    relaxing: IncrementalLP,
    *,
    floor: float,
    seconds: float,
    keep: Callable[[Relaxation], None],
) -> Relaxation | None:
    """Adds cuts that the solution breaks, until that is worth little or the time is over.

    Args:
        program: Of a `CoverProblem`.
        relaxing: Its linear relaxation.
        floor: An objective that is reached already.
        seconds: How long at most.
        keep: Called with each relaxation that more cuts follow.

    Returns:
        The last relaxation that was solved, with its cuts; None where not even the first was.
    """
    begun = time.monotonic()
    best, cut_multipliers = None, csr_array((0, program.shape[0]))
    while True:
        left = seconds - (time.monotonic() - begun)
        found = relaxing.solve(left) if left > 0 else None
        if not isinstance(found, Relaxation) or not found.is_solved:
            return best
        last = best is not None and _gains_little(program, best, found, floor)
        best = replace(found, cut_multipliers=cut_multipliers)
        more = cut_multipliers[:0] if last else separate(program, found.values)
        if more.shape[0] == 0:
            return best
        keep(best)
        relaxing.add(*cut_rows(program, more))
        cut_multipliers = csr_array(vstack([cut_multipliers, more], format="csr"))


def _gains_little(program: Program, before: Relaxation, now: Relaxation, floor: float) -> bool:
    was, is_now = program.value(before.values), program.value(now.values)
    return was - is_now < _LEAST_GAIN * (was - floor)
