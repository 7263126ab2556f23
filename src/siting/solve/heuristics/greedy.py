"""A first plan: again and again the offer that newly covers the most residents for its money."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.solve.presolve.cover import CoverProblem

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A row that limits at least this share of the offers is a knapsack row, and its use is a price.
_KNAPSACK_SHARE = 0.1
# A row with this much less than its lower limit has it, for rounding.
_ENOUGH = 1e-9


def lazy_greedy(problem: CoverProblem) -> Flags | None:
    """Chooses offers by newly covered residents per price until no side row has room.

    Rows with a lower limit come first, those of fewest offers before others.

    Returns:
        The choice, shape (offers,), or None where this simple way meets no least-number row or the
        decided offers alone break a row.
    """
    chosen = problem.lower >= 1
    used = np.asarray(problem.side @ chosen.astype(float)).ravel()
    too_much = np.any(used > problem.side_upper + _slack(problem.side_upper))
    if np.any(problem.side.data < 0) or too_much:
        return None
    covered = np.asarray(problem.cover @ chosen.astype(float)).ravel() > 0
    filler = _Filler(problem, chosen, covered, used)
    for row in wanting_rows(problem):
        filler.fill_up(int(row))
    filler.run()
    if np.any(problem.side @ chosen.astype(float) < problem.side_lower - 1e-9):
        return None
    return chosen


def wanting_rows(problem: CoverProblem) -> NDArray[np.int64]:
    """Side rows with a lower limit above 0, those of fewest offers first."""
    wanting = np.flatnonzero(np.isfinite(problem.side_lower) & (problem.side_lower > 0))
    return wanting[np.argsort(np.diff(problem.side.indptr)[wanting], kind="stable")]


def fill(problem: CoverProblem, chosen: Flags, covered: Flags, used: Floats) -> None:
    """Adds offers, the most gain for its price first, while rows have room; changes its arrays.

    Args:
        problem: The covering problem, without negative entries in its side rows.
        chosen: What is chosen already, shape (offers,).
        covered: Which demand rows that covers, shape (demands,).
        used: What it takes of each side row, shape (sides,).
    """
    _Filler(problem, chosen, covered, used).run()


class _Filler:
    """Adds offers to a choice, the most gain for its price first, and changes its arrays.

    Gains only shrink as the plan grows, so an offer whose old gain is still the best after an
    update is the best (Minoux 1978, doi 10.1007/BFb0006528).
    """

    def __init__(self, problem: CoverProblem, chosen: Flags, covered: Flags, used: Floats) -> None:
        self._problem, self._chosen, self._used = problem, chosen, used
        self._cover, self._side = csc_array(problem.cover), csc_array(problem.side)
        self._weights = np.where(covered, 0.0, problem.weights)
        self._price = prices(problem)
        self._room = problem.side_upper + _slack(problem.side_upper)

    def fill_up(self, row: int) -> None:
        """Adds offers of one row until it has its lower limit."""
        offers, _ = _row(self._problem.side, row)
        among = np.zeros(len(self._chosen), dtype=bool)
        among[offers] = True
        least = float(self._problem.side_lower[row]) - _ENOUGH
        self.run(among, lambda: bool(self._used[row] >= least))

    def run(self, among: Flags | None = None, enough: Callable[[], bool] = lambda: False) -> None:
        """Adds offers while rows have room and it is not enough.

        Args:
            among: Which may be added, shape (offers,); any if None.
            enough: Asked before each.
        """
        gains = self._problem.gain + self._cover.T @ self._weights
        able = ~self._chosen & (gains > 0) & (True if among is None else among)
        heap = [(-gains[o] / self._price[o], int(o)) for o in np.flatnonzero(able)]
        heapq.heapify(heap)
        while heap and not enough():
            _, offer = heapq.heappop(heap)
            rows, amounts = _column(self._side, offer)
            if np.any(self._used[rows] + amounts > self._room[rows]):
                continue
            demands, _ = _column(self._cover, offer)
            worth = self._problem.gain[offer] + self._weights[demands].sum()
            ratio = worth / self._price[offer]
            if ratio <= 0:
                continue
            if heap and ratio < -heap[0][0]:
                heapq.heappush(heap, (-ratio, offer))
                continue
            self._chosen[offer] = True
            self._used[rows] += amounts
            self._weights[demands] = 0.0


def repair_capacity(problem: CoverProblem, chosen: Flags) -> Flags:
    """Drops offers from rows that they overfill, those that are missed least for their room.

    Row by row, the fullest first; a row may stay too full where decided offers alone overfill it.

    Args:
        problem: The covering problem.
        chosen: A choice, shape (offers,), that may break upper limits.

    Returns:
        What is left of the choice and all decided offers, shape (offers,).
    """
    left = chosen | (problem.lower >= 1)
    used = problem.side @ left.astype(float)
    over = used > problem.side_upper + _slack(problem.side_upper)
    fullness = used / np.maximum(_slack(problem.side_upper), problem.side_upper)
    for row in np.flatnonzero(over)[np.argsort(-fullness[over], kind="stable")]:
        _thin(problem, left, int(row))
    return left


def _thin(problem: CoverProblem, left: Flags, row: int) -> None:
    """Drops offers until one row holds; losses only grow, so an update that stays least is it."""
    cover = csc_array(problem.cover)
    times = np.asarray(problem.cover @ left.astype(float)).ravel()
    offers, amounts = _row(problem.side, row)
    takes = {o: a for o, a in zip(offers.tolist(), amounts.tolist(), strict=True) if left[o]}
    excess = sum(takes.values()) - problem.side_upper[row]

    def loss(offer: int) -> float:
        demands, _ = _column(cover, offer)
        alone = problem.weights[demands][times[demands] <= 1].sum()
        return float((problem.gain[offer] + alone) / takes[offer])

    spare = [o for o in takes if problem.lower[o] < 1 and takes[o] > 0]
    heap = [(loss(offer), offer) for offer in spare]
    heapq.heapify(heap)
    while heap and excess > _slack(problem.side_upper[row]):
        _, offer = heapq.heappop(heap)
        now = loss(offer)
        if heap and now > heap[0][0]:
            heapq.heappush(heap, (now, offer))
            continue
        left[offer] = False
        times[_column(cover, offer)[0]] -= 1
        excess -= takes[offer]


def prices(problem: CoverProblem) -> Floats:
    """Share of the knapsack rows that each offer takes, above 0, shape (offers,)."""
    side = problem.side
    knapsack = np.diff(side.indptr) >= max(2, _KNAPSACK_SHARE * side.shape[1])
    knapsack &= np.isfinite(problem.side_upper) & (problem.side_upper > 0)
    rows = np.flatnonzero(knapsack)
    price = np.full(side.shape[1], 1e-9)
    if len(rows) == 0:
        return price + 1.0
    shares: Floats = side[rows].T @ (1.0 / problem.side_upper[rows])
    return price + shares


def _column(matrix: csc_array, column: int) -> tuple[NDArray[np.int32], Floats]:
    part = slice(matrix.indptr[column], matrix.indptr[column + 1])
    return matrix.indices[part], matrix.data[part]


def _row(matrix: csr_array, row: int) -> tuple[NDArray[np.int32], Floats]:
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part], matrix.data[part]


def _slack(limits: Floats) -> Floats:
    return 1e-9 * np.maximum(1.0, np.abs(np.where(np.isfinite(limits), limits, 1.0)))
