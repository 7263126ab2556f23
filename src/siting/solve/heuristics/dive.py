"""A plan from the relaxation: decide what it is sure of, solve it again, and so on to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.solve.backends.contract import Relaxation
from siting.solve.backends.run import TAKEN, is_huge
from siting.solve.presolve.cover import LOCAL_ROW, CoverProblem, restrict, rows_in

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WHOLE = 1e-6
# Of the fractional offers at most this share is decided in a step, and none below this value
# but the surest.
_FAST = 0.2
_LEAST = 0.5
_SECONDS = 10.0
# A dive into a large problem gets this share of the time that is left.
_SHARE = 0.1


def dive(
    problem: CoverProblem,
    relaxation: Relaxation,
    over: Callable[[], bool],
    time_left: Callable[[], float] = lambda: _SECONDS,
) -> Floats | None:
    """Rounds the relaxation up in small steps; each step solves what is left of it again.

    It takes a tenth of the time that is left, or ten seconds; what it has not decided by then it
    rounds at once.

    Args:
        problem: The covering problem.
        relaxation: Of its program.
        over: Asked before each step; True gives up.
        time_left: Seconds until the search is over.

    Returns:
        The choice, shape (offers,), or None if it gave up or met a row it could not keep.
    """
    from siting.solve.backends.covering_lp import CoveringLP  # noqa: PLC0415 - takes a second

    part, values, multipliers = _taken(problem, relaxation)
    decisions = _Decisions(part)
    relaxing = CoveringLP(part.to_program(), multipliers)
    end = time.monotonic() + max(_SECONDS, _SHARE * time_left())
    while not over():
        if not np.any(_fractional(values)):
            return _spread(problem, part, np.round(values))
        decisions.decide(values)
        seconds = max(0.01, min(time_left(), end - time.monotonic()))
        step = relaxing.solve(decisions.fixed(), seconds)
        if time.monotonic() > end:
            decided = replace(part, lower=decisions.lower)
            return _spread(problem, part, rounded(decided, values * decisions.open))
        if step is None or step.is_infeasible:
            return None
        values = step.values[: len(part.offers)]
    return None


def _taken(problem: CoverProblem, relaxation: Relaxation) -> tuple[CoverProblem, Floats, Floats]:
    """Of a huge problem, the part that the relaxation takes; a smaller one as it is.

    With them the values of its offers and the multipliers of its rows.
    """
    values = relaxation.values[: len(problem.offers)]
    demands, sides = len(problem.weights), len(problem.side_rows)
    multipliers = relaxation.multipliers[: demands + sides]
    if not is_huge(problem):
        return problem, values, multipliers
    keep = (values > TAKEN) | (problem.lower >= 1)
    part = restrict(problem, keep)
    merged = rows_in(problem, part)
    demand = np.zeros(len(part.weights))
    np.add.at(demand, merged[merged >= 0], multipliers[:demands][merged >= 0])
    kept = np.searchsorted(problem.side_rows, part.side_rows)
    return part, values[keep], np.concatenate([demand, multipliers[demands:][kept]])


def _fractional(values: Floats) -> Flags:
    return (values > _WHOLE) & (values < 1 - _WHOLE)


@dataclass
class _Decisions:
    """What is decided of a problem so far.

    Attributes:
        problem: The problem.
        lower: 1 where an offer is taken, shape (offers,).
        open: Where an offer is not ruled out, shape (offers,).
    """

    problem: CoverProblem
    lower: Floats = field(init=False)
    open: Flags = field(init=False)

    def __post_init__(self) -> None:
        """Takes what the problem has decided."""
        self.lower = self.problem.lower.copy()
        self.open = np.ones(len(self.lower), dtype=bool)
        self._neighbours = _Neighbours(self.problem)
        self._side = self.problem.side.tocoo()

    def fixed(self) -> dict[int, float]:
        """The value of each offer that is decided."""
        taken = dict.fromkeys(np.flatnonzero(self.lower >= 1).tolist(), 1.0)
        return taken | dict.fromkeys(np.flatnonzero(~self.open).tolist(), 0.0)

    def decide(self, values: Floats) -> None:
        """Decides the whole offers, and the surest of the fractional ones that still fit.

        Offers that share demand or a site with one just decided wait for the next step, which will
        know what that one leaves for them.
        """
        self.lower[values >= 1 - _WHOLE] = 1.0
        order = _surest_first(values)
        fits = _room(self.problem, self.lower)
        self._neighbours.free_all()
        picked = 0
        for offer in order[: max(1, int(_FAST * len(order)))]:
            if picked and values[offer] < _LEAST:
                break
            if self._neighbours.is_free(offer) and fits(offer):
                self.lower[offer] = 1.0
                self._neighbours.block(offer)
                picked += 1
        if picked == 0:
            # The surest does not fit any more: it is out, so that every step gets on.
            self.open[order[:1]] = False
        self._rule_out_unfit()

    def _rule_out_unfit(self) -> None:
        """Rules out open offers that alone overfill what the decided ones leave of a row."""
        limit, entries = self.problem.side_upper, self._side
        room = limit - self.problem.side @ self.lower
        spare = 1e-9 * np.maximum(1.0, np.abs(room))
        over = entries.data > room[entries.row] + spare[entries.row]
        self.open[entries.col[over]] = False
        self.open |= self.lower >= 1


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

    def free_all(self) -> None:
        self._touched[:] = False

    def is_free(self, offer: int) -> bool:
        return not np.any(self._touched[self._rows(offer)])

    def block(self, offer: int) -> None:
        self._touched[self._rows(offer)] = True


def _spread(problem: CoverProblem, part: CoverProblem, chosen: Floats) -> Floats:
    """A choice among the offers of a part as one among all."""
    spread = np.zeros(len(problem.offers))
    spread[np.searchsorted(problem.offers, part.offers)] = chosen
    return spread
