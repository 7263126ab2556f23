"""Side rows that never bind: no plan is lost without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from siting.solve.feasibility import whole_rows
from siting.solve.presolve.cover import CoverProblem


def without_idle_rows(problem: CoverProblem) -> CoverProblem:
    """Takes out limits of side rows that no choice of the offers can break.

    Slots at a site with fewer offers than slots are one, a budget that pays for everything is
    another. The multiplier of such a row is 0.
    """
    most = problem.side.maximum(0) @ problem.upper + problem.side.minimum(0) @ problem.lower
    least = problem.side.maximum(0) @ problem.lower + problem.side.minimum(0) @ problem.upper
    # Sums that rounding may have brought to a limit do not count as within it.
    size = 1e-9 * (abs(problem.side) @ np.maximum(np.abs(problem.upper), np.abs(problem.lower)))
    size[whole_rows(problem.side)] = 0.0
    upper = np.where(most + size <= problem.side_upper, np.inf, problem.side_upper)
    lower = np.where(least - size >= problem.side_lower, -np.inf, problem.side_lower)
    keep = np.flatnonzero(np.isfinite(upper) | np.isfinite(lower))
    return replace(
        problem,
        side=csr_array(problem.side[keep]),
        side_lower=lower[keep],
        side_upper=upper[keep],
        side_rows=problem.side_rows[keep],
    )
