"""A first plan: again and again the offer that newly covers the most residents for its money."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.solve.presolve.cover import CoverProblem

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A row that limits at least this share of the offers is a knapsack row, and its use is a price.
_KNAPSACK_SHARE = 0.1


def lazy_greedy(problem: CoverProblem) -> Flags | None:
    """Chooses offers by newly covered residents per price until no side row has room.

    Gains only shrink as the plan grows, so an offer whose old gain is still the best after an
    update is the best (Minoux 1978, doi 10.1007/BFb0006528).

    Returns:
        The choice, shape (offers,), or None where this simple way meets no least-number row or the
        decided offers alone break a row.
    """
    side = csc_array(problem.side)
    chosen = problem.lower >= 1
    used = np.asarray(side @ chosen.astype(float)).ravel()
    if np.any(side.data < 0) or np.any(used > problem.side_upper + _slack(problem.side_upper)):
        return None
    covered = np.asarray(problem.cover @ chosen.astype(float)).ravel() > 0
    fill(problem, chosen, covered, used)
    if np.any(np.asarray(side @ chosen.astype(float)).ravel() < problem.side_lower - 1e-9):
        return None
    return chosen


def fill(problem: CoverProblem, chosen: Flags, covered: Flags, used: Floats) -> None:
    """Adds offers, the most gain for its price first, while rows have room; changes its arrays.

    Args:
        problem: The covering problem, without negative entries in its side rows.
        chosen: What is chosen already, shape (offers,).
        covered: Which demand rows that covers, shape (demands,).
        used: What it takes of each side row, shape (sides,).
    """
    cover, side = csc_array(problem.cover), csc_array(problem.side)
    weights = np.where(covered, 0.0, problem.weights)
    price = prices(problem)
    room = problem.side_upper + _slack(problem.side_upper)
    gains = problem.gain + cover.T @ weights
    heap = [(-gains[o] / price[o], int(o)) for o in np.flatnonzero(~chosen & (gains > 0))]
    heapq.heapify(heap)
    while heap:
        _, offer = heapq.heappop(heap)
        rows, amounts = _column(side, offer)
        if np.any(used[rows] + amounts > room[rows]):
            continue
        demands, _ = _column(cover, offer)
        ratio = (problem.gain[offer] + weights[demands].sum()) / price[offer]
        if ratio <= 0:
            continue
        if heap and ratio < -heap[0][0]:
            heapq.heappush(heap, (-ratio, offer))
            continue
        chosen[offer] = True
        used[rows] += amounts
        weights[demands] = 0.0


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
