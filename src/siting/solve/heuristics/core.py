"""The core of a problem: the offers of best reduced gain, among which good plans are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.solve.backends.contract import Relaxation
from siting.solve.backends.run import TAKEN, relax_call, run
from siting.solve.bounds.duality import reduced_costs, usable_multipliers
from siting.solve.cuts.odd_cycles import with_cuts
from siting.solve.presolve.cover import CoverProblem, restrict
from siting.solve.search import Floats, Search

Flags = NDArray[np.bool_]

# Besides the offers that a relaxation takes, it nearly takes this many times as many.
CORE_FACTOR = 3.0
# For what takes long.
TIGHT_CORE_FACTOR = 1.0
# Share of the time that is left.
_CORE_SHARE = 0.4
_TOLERANCE = 1e-4
# Demand is surely covered, or not, where this much more or less than once.
_SURE = 1e-2


def reduced_gains(problem: CoverProblem, relaxation: Relaxation) -> Floats:
    """What each offer earns after paying for the rows it uses, shape (offers,)."""
    program = with_cuts(problem.to_program(), relaxation.cut_multipliers)
    usable = usable_multipliers(program, relaxation.multipliers)
    return reduced_costs(program, usable)[: len(problem.offers)]


def core_offers(
    search: Search, problem: CoverProblem, relaxation: Relaxation, factor: float = CORE_FACTOR
) -> Flags:
    """Offers that a relaxation takes or nearly takes, and the incumbent's, shape (offers,)."""
    count = len(problem.offers)
    gains = reduced_gains(problem, relaxation)
    taken = (relaxation.values[:count] > TAKEN) | (problem.lower >= 1)
    if search.values is not None:
        taken |= search.values[problem.offers] > 0.5
    most = min(count, int(factor * max(1, int(taken.sum()))))
    return np.asarray(taken | (gains >= np.partition(gains, count - most)[count - most]))


def part_of(relaxation: Relaxation, problem: CoverProblem, part: CoverProblem) -> Relaxation:
    """What a relaxation of a problem says of a part of it, to find plans by; it proves nothing."""
    chosen = relaxation.values[np.searchsorted(problem.offers, part.offers)]
    return _without_duals(part, chosen)


def relax_core(search: Search, problem: CoverProblem, relaxation: Relaxation) -> Relaxation:
    """Gives a relaxation that ran out of time the values of its core's relaxation.

    The multipliers stay: those of the core prove nothing of the rest.
    """
    core = restrict(problem, core_offers(search, problem, relaxation))
    call = relax_call(
        search, core.to_program(), _CORE_SHARE * search.time_left, tolerance=_TOLERANCE
    )
    found = run(search, call, lambda _best, _bound: None)
    if not isinstance(found, Relaxation) or not found.is_solved:
        return relaxation
    chosen = np.zeros(len(problem.offers))
    chosen[np.searchsorted(problem.offers, core.offers)] = found.values[: len(core.offers)]
    return replace(relaxation, values=_without_duals(problem, chosen).values)


def _without_duals(problem: CoverProblem, chosen: Floats) -> Relaxation:
    """Values with the guess of multipliers that they suggest: none where more is covered than once.

    Demand that is hardly covered is worth its weight, and half of it where neither is sure.
    """
    reach = problem.cover @ chosen
    guess = np.where(reach > 1 + _SURE, 0.0, np.where(reach < 1 - _SURE, 1.0, 0.5))
    multipliers = np.concatenate([guess * problem.weights, np.zeros(len(problem.side_rows))])
    return Relaxation(np.concatenate([chosen, np.minimum(1.0, reach)]), multipliers)
