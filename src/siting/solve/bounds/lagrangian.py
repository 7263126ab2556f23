"""A bound before any simplex: the Lagrangian of a covering problem, lowered by subgradients.

Demand rows are priced by what their demand is worth, side rows by prices of their own, but for the
one with most offers, mostly the budget: within it the best choice at given prices is a continuous
knapsack, sorted by gain for cost. A step is two sparse products, at any size. Steps are Polyak's
towards the incumbent (Polyak 1969, doi 10.1016/0041-5553(69)90061-5), halved when they bring
nothing (Held, Wolfe and Crowder 1974, doi 10.1007/BF01580223).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.solve.presolve.cover import CoverProblem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LagrangianParameters:
    """Constants, tuned on generated blocks and cities, seeds 1 to 3.

    Attributes:
        steps: At most.
        work: Steps times entries of the demand rows, at most; some seconds.
        patience: Fruitless steps before the next ones are half as long and begin at the best.
        shortest: Steps this many times shorter than Polyak's end it.
    """

    steps: int = 1_500
    work: float = 1e9
    patience: int = 20
    shortest: float = 1e-3


class _Priced:
    """A problem whose demand and side rows have prices."""

    def __init__(self, problem: CoverProblem) -> None:
        self.problem = problem
        self.covers = csr_array(problem.cover.T)
        self.takes = csr_array(problem.side.T)
        entries = np.diff(problem.side.indptr) * np.isfinite(problem.side_upper)
        positive = np.asarray(problem.side.minimum(0).sum(axis=1)).ravel() == 0
        self.main = int(np.argmax(entries * positive)) if len(entries) else -1
        if self.main >= 0 and not (entries * positive)[self.main]:
            self.main = -1
        self.cost = (
            np.asarray(problem.side[[self.main]].toarray()).ravel()
            if self.main >= 0
            else np.zeros(len(problem.offers))
        )
        self.high = np.nan_to_num(problem.side_upper, posinf=0.0)
        self.low = np.nan_to_num(problem.side_lower, neginf=0.0)

    def choose(self, demand: Floats, side: Floats) -> tuple[float, Floats]:
        """The price of the main row at which the best choice fills it, and the choice."""
        problem = self.problem
        gains = problem.gain + self.covers @ demand - self.takes @ side
        chosen = np.where(problem.lower >= 1, 1.0, 0.0)
        price = 0.0
        wanted = np.flatnonzero((gains > 0) & (problem.lower < 1))
        if self.main < 0:
            chosen[wanted] = 1.0
            return price, chosen
        left = float(problem.side_upper[self.main]) - float(self.cost @ chosen)
        free = wanted[self.cost[wanted] <= 0]
        chosen[free] = 1.0
        paid = wanted[self.cost[wanted] > 0]
        ratio = gains[paid] / self.cost[paid]
        order = np.argsort(-ratio, kind="stable")
        spent = np.cumsum(self.cost[paid][order])
        whole = int(np.searchsorted(spent, left, side="right"))
        chosen[paid[order[:whole]]] = 1.0
        if whole < len(order):
            price = float(max(0.0, ratio[order[whole]]))
            before = float(spent[whole - 1]) if whole else 0.0
            last = paid[order[whole]]
            chosen[last] = min(1.0, max(0.0, (left - before) / self.cost[last]))
        return price, chosen

    def bound(self, demand: Floats, side: Floats) -> float:
        """What the prices prove."""
        problem = self.problem
        gains = problem.gain + self.covers @ demand - self.takes @ side
        paid = np.where(side > 0, self.high, self.low) * side
        best = np.where(problem.lower >= 1, gains, np.maximum(gains, 0.0))
        return problem.offset + float((problem.weights - demand).sum() + paid.sum() + best.sum())


def lagrangian_multipliers(
    problem: CoverProblem,
    floor: float,
    over: Callable[[], bool] = lambda: False,
    parameters: LagrangianParameters | None = None,
) -> Floats:
    """Multipliers of the demand rows and then of the side rows, shape (demands + sides,).

    Args:
        problem: The covering problem.
        floor: An objective that is reached already; without any, that of nothing chosen.
        over: Asked at each step whether to stop.
        parameters: Constants.
    """
    limits, priced = parameters or LagrangianParameters(), _Priced(problem)
    floor = floor if np.isfinite(floor) else problem.offset
    shares = np.maximum(1, np.diff(problem.cover.indptr))
    demand, side = problem.weights / np.sqrt(shares), np.zeros(len(problem.side_rows))
    best, best_bound, length, fruitless = (demand, side), np.inf, 1.0, 0
    for _ in range(min(limits.steps, int(limits.work) // max(1, problem.cover.nnz))):
        if over() or length < limits.shortest:
            break
        price, chosen = priced.choose(demand, _without(side, priced.main))
        side = _with(side, priced.main, price)
        bound = priced.bound(demand, side)
        if bound < best_bound:
            fruitless = 0 if bound < best_bound - 1e-5 * (best_bound - floor) else fruitless + 1
            best, best_bound = (demand, side), bound
        else:
            fruitless += 1
        if fruitless >= limits.patience:
            (demand, side), length, fruitless = best, length / 2, 0
            continue
        used = problem.side @ chosen
        down = problem.cover @ chosen - 1.0
        slack = np.where(side < 0, used - priced.low, priced.high - used)
        slack = np.where((side == 0) & (slack > 0), 0.0, slack)
        slack[[priced.main] if priced.main >= 0 else []] = 0.0
        size = float(down @ down + slack @ slack)
        if size == 0 or bound <= floor:
            break
        step = length * (bound - floor) / size
        demand = np.clip(demand - step * down, 0.0, problem.weights)
        side = _usable(problem, side - step * slack)
    return np.concatenate(best)


def _without(side: Floats, main: int) -> Floats:
    return _with(side, main, 0.0)


def _with(side: Floats, main: int, price: float) -> Floats:
    changed = side.copy()
    if main >= 0:
        changed[main] = price
    return changed


def _usable(problem: CoverProblem, side: Floats) -> Floats:
    """Prices with the signs that prove something."""
    side = np.where(np.isinf(problem.side_upper), np.minimum(side, 0.0), side)
    return np.where(np.isinf(problem.side_lower), np.maximum(side, 0.0), side)
