"""Upper bounds that hold whatever the multipliers are, rounding included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Domain, Program

Floats = NDArray[np.float64]

_EPSILON = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).tiny)


def usable_multipliers(program: Program, multipliers: Floats) -> Floats:
    """Multipliers with the signs that make them prove something; the others become 0."""
    usable = np.nan_to_num(multipliers, nan=0.0, posinf=0.0, neginf=0.0)
    usable = np.where(np.isinf(program.row_upper), np.minimum(usable, 0.0), usable)
    return np.where(np.isinf(program.row_lower), np.maximum(usable, 0.0), usable)


def reduced_costs(program: Program, multipliers: Floats) -> Floats:
    """Gain of one unit of each column after paying for the rows it uses, shape (columns,)."""
    gains: Floats = program.objective - program.matrix.T @ multipliers
    return gains


def safe_bound(program: Program, multipliers: Floats) -> float:
    """An upper bound on every feasible objective, by Lagrangian duality over the column bounds.

    Any multipliers will do: of a linear relaxation, of a subgradient step, or guessed. The sum of
    all rounding errors is bounded from above (Higham 2002, doi 10.1137/1.9780898718027, section
    3.1) and added, so the number never falls below the true optimum.
    """
    usable = usable_multipliers(program, multipliers)
    with np.errstate(over="ignore", invalid="ignore"):
        bound = _widened_sum(program, usable)
    # Multipliers near the largest number there is overflow, and prove nothing.
    return bound if np.isfinite(bound) else np.inf


def _widened_sum(program: Program, usable: Floats) -> float:
    paid = np.where(usable > 0, program.row_upper, program.row_lower)
    rows = np.where(usable == 0, 0.0, usable * np.where(np.isfinite(paid), paid, 0.0))
    gains = reduced_costs(program, usable)
    columns = np.maximum(gains * program.lower, gains * program.upper)
    total = program.offset + float(rows.sum()) + float(columns.sum())
    widest = np.maximum(np.abs(program.lower), np.abs(program.upper))
    terms = np.abs(program.objective) + abs(program.matrix).T @ np.abs(usable)
    size = abs(program.offset) + float(np.abs(rows).sum()) + float((terms * widest).sum())
    steps = sum(program.shape) + 10
    # Products below the smallest number there is are lost, each by less than that.
    lost = steps * _TINY * (1.0 + float(widest.sum()))
    return total + 2.0 * steps * _EPSILON * size + lost


def whole_objective(program: Program) -> bool:
    """Whether every solution worth keeping has a whole objective, up to the offset."""
    earning = program.objective != 0
    whole = bool(np.all(program.domain[earning] != Domain.CONTINUOUS))
    return whole and bool(np.all(program.objective == np.round(program.objective)))


def tighten(program: Program, bound: float) -> float:
    """Rounds a bound down to the next objective that a solution can have at all."""
    if not np.isfinite(bound) or not whole_objective(program):
        return bound
    # The difference itself is rounded; that must not cost a whole resident.
    spare = 4.0 * _EPSILON * (abs(bound) + abs(program.offset))
    whole = float(np.floor(bound - program.offset + spare))
    return program.offset + whole


def objective_step(program: Program) -> float:
    """The largest number of which every difference of two whole objectives is a multiple, or 0."""
    weights = np.abs(program.objective[program.objective != 0])
    if not whole_objective(program) or len(weights) == 0:
        return 0.0
    return float(np.gcd.reduce(np.round(weights).astype(np.int64)))
