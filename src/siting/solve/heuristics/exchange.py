"""Better plans by exchange: one offer out and another in, as long as that covers more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.presolve.cover import CoverProblem

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Index = NDArray[np.int64]

# Exchanges that are looked at together for room in the side rows.
_CHUNK = 200
_ROOM = 1e-9
# A perturbation drops this share of the plan, but few offers, and up to two more.
_PERTURBED = 0.1
_MOST_PERTURBED = 4


@dataclass(frozen=True)
class _Exchanges:
    """Exchanges that cover more, the best first; arrays of shape (exchanges,)."""

    out: Index
    into: Index


class Exchanger:
    """Exchanges offers of plans of one problem, within the rows of every block."""

    def __init__(self, problem: CoverProblem) -> None:
        self.problem = problem
        self._reach = csr_array(problem.cover.T)
        self._takes = csr_array(problem.side.T)

    def improve(self, chosen: Flags, over: Callable[[], bool]) -> Flags:
        """Makes the best exchange again and again until none covers more.

        This is vertex substitution (Teitz and Bart 1968, doi 10.1287/opre.16.5.955). Only what
        covers some of what an offer alone covers comes in for it: so one sparse product gives all
        of them, and the rest is left to other moves.

        Args:
            chosen: A plan that keeps all rows, shape (offers,).
            over: Asked before each exchange; True ends it.

        Returns:
            A plan that keeps all rows and covers no less.
        """
        plan = chosen.copy()
        while not over():
            found = self._first_that_fits(plan, self._exchanges(plan))
            if found is None:
                break
            out, into = found
            plan[out], plan[into] = False, True
        return plan

    def _exchanges(self, plan: Flags) -> _Exchanges:
        problem, taken = self.problem, np.flatnonzero(plan)
        times = problem.cover @ plan.astype(float)
        more = problem.gain + self._reach @ (problem.weights * (times < 0.5))
        once = np.flatnonzero((times > 0.5) & (times < 1.5))
        rows = csr_array(problem.cover[once])
        owner = taken[csr_array(rows[:, taken]).indices]
        weights = problem.weights[once]
        less = problem.gain + np.bincount(owner, weights, minlength=len(plan))

        # What an offer would cover again of what another one alone covers now.
        lengths = np.diff(rows.indptr)
        entries = np.repeat(weights, lengths), (np.repeat(owner, lengths), rows.indices)
        again = csr_array(entries, shape=(len(plan), len(plan))).tocoo()
        out, into = (part.astype(np.int64) for part in again.coords)
        gain = more[into] + again.data - less[out]
        better = (gain > _ROOM * max(1.0, float(problem.weights.sum()))) & ~plan[into]
        kept = np.flatnonzero(better & (problem.lower[out] < 1))
        kept = kept[np.argsort(-gain[kept], kind="stable")]
        return _Exchanges(out[kept], into[kept])

    def _first_that_fits(self, plan: Flags, found: _Exchanges) -> tuple[int, int] | None:
        problem = self.problem
        used = problem.side @ plan.astype(float)
        room = _ROOM * np.maximum(1.0, np.abs(np.nan_to_num(problem.side_upper, posinf=1.0)))
        for start in range(0, len(found.out), _CHUNK):
            out, into = found.out[start : start + _CHUNK], found.into[start : start + _CHUNK]
            after = used + (self._takes[into] - self._takes[out]).toarray()
            fits = np.all(
                (after <= problem.side_upper + room) & (after >= problem.side_lower - _ROOM), axis=1
            )
            if fits.any():
                first = int(np.argmax(fits))
                return int(out[first]), int(into[first])
        return None


def perturb(problem: CoverProblem, chosen: Flags, rng: np.random.Generator) -> Flags | None:
    """A plan with some offers dropped at random, half as many in at random, and filled up.

    Returns:
        None where that keeps not all rows.
    """
    plan = chosen.copy()
    loose = np.flatnonzero(plan & (problem.lower < 1))
    if len(loose) == 0:
        return None
    share = min(_MOST_PERTURBED, int(_PERTURBED * len(loose)))
    count = min(len(loose), 2 + share + int(rng.integers(3)))
    plan[rng.choice(loose, count, replace=False)] = False
    others = np.flatnonzero(~plan)
    plan[rng.choice(others, min(len(others), count // 2), replace=False)] = True
    return lazy_greedy(replace(problem, lower=np.maximum(plan, problem.lower)))
