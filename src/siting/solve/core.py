"""The core of a problem: the offers that its multipliers like, among which good plans are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.solve.backend import Relaxation
from siting.solve.bounds import reduced_costs, usable_multipliers
from siting.solve.cover import CoverProblem, restrict
from siting.solve.odd_cycles import with_cuts
from siting.solve.run import TAKEN, relax_call, run
from siting.solve.search import Floats, Search

Flags = NDArray[np.bool_]

# Besides the offers that a relaxation takes, it nearly takes this many times as many.
NEARLY = 3.0
# For what takes long.
CLOSEST = 1.0
# Share of the time that is left.
_CORE_SHARE = 0.4
_TOLERANCE = 1e-4


def gains_of(problem: CoverProblem, relaxation: Relaxation) -> Floats:
    """What each offer earns after paying for the rows it uses, shape (offers,)."""
    program = with_cuts(problem.to_program(), relaxation.halves)
    usable = usable_multipliers(program, relaxation.multipliers)
    return reduced_costs(program, usable)[: len(problem.offers)]


def likely_offers(
    search: Search, problem: CoverProblem, relaxation: Relaxation, nearly: float = NEARLY
) -> Flags:
    """Offers that a relaxation takes or nearly takes, and the incumbent's, shape (offers,)."""
    count = len(problem.offers)
    gains = gains_of(problem, relaxation)
    taken = (relaxation.values[:count] > TAKEN) | (problem.lower >= 1)
    if search.values is not None:
        taken |= search.values[problem.offers] > 0.5
    most = min(count, int(nearly * max(1, int(taken.sum()))))
    return np.asarray(taken | (gains >= np.partition(gains, count - most)[count - most]))


def part_of(relaxation: Relaxation, problem: CoverProblem, part: CoverProblem) -> Relaxation:
    """What a relaxation of a problem says of a part of it, to find plans by; it proves nothing."""
    chosen = relaxation.values[np.searchsorted(problem.offers, part.offers)]
    return _to_guide(part, chosen)


def relax_core(search: Search, problem: CoverProblem, relaxation: Relaxation) -> Relaxation:
    """Gives a relaxation that ran out of time the values of its core's relaxation.

    The multipliers stay: those of the core prove nothing of the rest.
    """
    core = restrict(problem, likely_offers(search, problem, relaxation))
    call = relax_call(
        search, core.to_program(), _CORE_SHARE * search.time_left, tolerance=_TOLERANCE
    )
    found = run(search, call, lambda _best, _bound: None)
    if not isinstance(found, Relaxation) or not found.is_solved:
        return relaxation
    chosen = np.zeros(len(problem.offers))
    chosen[np.searchsorted(problem.offers, core.offers)] = found.values[: len(core.offers)]
    return replace(relaxation, values=_to_guide(problem, chosen).values)


def _to_guide(problem: CoverProblem, chosen: Floats) -> Relaxation:
    covered = np.minimum(1.0, problem.cover @ chosen)
    return Relaxation(
        np.concatenate([chosen, covered]), np.zeros(len(covered) + len(problem.side_rows))
    )
