"""A plan from the relaxation: decide what it is sure of, solve it again, and so on to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Program
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.backends.run import TAKEN, is_huge, relaxer_for
from siting.solve.presolve.cover import LOCAL_ROW, CoverProblem, restrict

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Relax = Callable[[Program, float], Relaxation | None]

_WHOLE = 1e-6
# Of the fractional offers at most this share is decided in a step, and none below this value
# but the surest.
_FAST = 0.2
_LEAST = 0.5
_SECONDS = 10.0
# A dive into a large problem gets this share of the time that is left.
_SHARE = 0.1


def relax_here(program: Program, seconds: float) -> Relaxation | None:
    """Solves a relaxation in this process.

    Where most is decided, a simplex method needs few steps, and barrier as many as ever.
    """
    relaxer = relaxer_for(program)
    relaxer = Relaxer.SIMPLEX if relaxer is Relaxer.BARRIER else relaxer
    step = run_call(RelaxCall(program, relaxer, seconds), lambda _b, _u: None)
    return step if isinstance(step, Relaxation) and step.is_solved else None


def dive(
    problem: CoverProblem,
    relaxation: Relaxation,
    over: Callable[[], bool],
    time_left: Callable[[], float] = lambda: _SECONDS,
    relax: Relax = relax_here,
) -> Floats | None:
    """Rounds the relaxation up in small steps; each step solves what is left of it again.

    It takes a tenth of the time that is left, or ten seconds; what it has not decided by then it
    rounds at once.

    Args:
        problem: The covering problem.
        relaxation: Of its program.
        over: Asked before each step; True gives up.
        time_left: Seconds until the search is over.
        relax: Solves the relaxation of a program within some seconds, or fails.

    Returns:
        The choice, shape (offers,), or None if it gave up or met a row it could not keep.
    """
    current, values = _taken(problem, relaxation.values[: len(problem.offers)])
    end = time.monotonic() + max(_SECONDS, _SHARE * time_left())
    while not over():
        if not np.any(_fractional(values)):
            return _spread(problem, current, values)
        smaller = _without_unfit(_decide(current, values))
        seconds = max(0.01, min(time_left(), end - time.monotonic()))
        step = relax(smaller.to_program(), seconds)
        if time.monotonic() > end:
            return _spread(problem, current, rounded(current, values))
        if step is None:
            return None
        current, values = smaller, step.values[: len(smaller.offers)]
    return None


def _taken(problem: CoverProblem, values: Floats) -> tuple[CoverProblem, Floats]:
    """Of a huge problem, the part that the relaxation takes; a smaller one as it is."""
    if not is_huge(problem):
        return problem, values
    keep = (values > TAKEN) | (problem.lower >= 1)
    return restrict(problem, keep), values[keep]


def _fractional(values: Floats) -> Flags:
    return (values > _WHOLE) & (values < 1 - _WHOLE)


def _decide(problem: CoverProblem, values: Floats) -> CoverProblem:
    """Decides the whole offers, and the surest of the fractional ones that still fit.

    Offers that share demand or a site with one just decided wait for the next step, which will know
    what that one leaves for them.
    """
    lower = np.where(values >= 1 - _WHOLE, 1.0, problem.lower)
    order = _surest_first(values)
    fits = _room(problem, lower)
    apart = _Neighbours(problem)
    picked = 0
    for offer in order[: max(1, int(_FAST * len(order)))]:
        if picked and values[offer] < _LEAST:
            break
        if apart.is_free(offer) and fits(offer):
            lower[offer] = 1.0
            apart.block(offer)
            picked += 1
    if picked == 0:
        # The surest does not fit any more: it is out, so that every step gets on.
        keep = np.ones(len(lower), dtype=bool)
        keep[order[:1]] = False
        return restrict(replace(problem, lower=lower), keep)
    return replace(problem, lower=lower)


def rounded(problem: CoverProblem, values: Floats) -> Floats:
    """The whole offers, and of the others the surest that still fit, shape (offers,)."""
    chosen = np.where(values >= 1 - _WHOLE, 1.0, problem.lower)
    fits = _room(problem, chosen)
    for offer in _surest_first(values):
        if values[offer] < _LEAST:
            break
        if chosen[offer] == 0 and fits(offer):
            chosen[offer] = 1.0
    return chosen


def _surest_first(values: Floats) -> NDArray[np.int64]:
    open_offers = np.flatnonzero(_fractional(values))
    return open_offers[np.argsort(-values[open_offers], kind="stable")]


def _room(problem: CoverProblem, lower: Floats) -> Callable[[int], bool]:
    """Tells whether an offer still fits, and takes its room if it does."""
    columns = csr_array(problem.side.T)
    used = problem.side @ lower
    limit = problem.side_upper + 1e-9 * np.maximum(1.0, np.abs(problem.side_upper))

    def fits(offer: int) -> bool:
        part = slice(columns.indptr[offer], columns.indptr[offer + 1])
        rows, amounts = columns.indices[part], columns.data[part]
        if np.any(used[rows] + amounts > limit[rows]):
            return False
        used[rows] += amounts
        return True

    return fits


class _Neighbours:
    """Which demand and local side rows are touched by what was just decided."""

    def __init__(self, problem: CoverProblem) -> None:
        local = np.flatnonzero(np.diff(problem.side.indptr) <= LOCAL_ROW)
        rows = vstack([problem.cover, problem.side[local]], format="csr")
        self._columns = csr_array(rows.T)
        self._touched = np.zeros(rows.shape[0], dtype=bool)

    def _rows(self, offer: int) -> NDArray[np.int32]:
        part = slice(self._columns.indptr[offer], self._columns.indptr[offer + 1])
        rows: NDArray[np.int32] = self._columns.indices[part]
        return rows

    def is_free(self, offer: int) -> bool:
        return not np.any(self._touched[self._rows(offer)])

    def block(self, offer: int) -> None:
        self._touched[self._rows(offer)] = True


def _without_unfit(problem: CoverProblem) -> CoverProblem:
    """Drops open offers that alone overfill what the decided ones leave of a row."""
    room = problem.side_upper - problem.side @ problem.lower
    entries = problem.side.tocoo()
    over = entries.data > room[entries.row] + 1e-9 * np.maximum(1.0, np.abs(room[entries.row]))
    unfit = np.zeros(len(problem.offers), dtype=bool)
    unfit[entries.col[over]] = True
    return restrict(problem, ~unfit | (problem.lower >= 1))


def _spread(problem: CoverProblem, current: CoverProblem, values: Floats) -> Floats:
    """A choice among the offers that were left, as one among all."""
    chosen = np.zeros(len(problem.offers))
    chosen[np.searchsorted(problem.offers, current.offers)] = np.round(values)
    return chosen
