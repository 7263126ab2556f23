"""A bound before any simplex: the Lagrangian of a covering problem, lowered by subgradients.

Demand rows are priced by what their demand is worth, side rows by prices of their own, but for the
one with most offers, mostly the budget: within it the best choice at given prices is a continuous
knapsack, sorted by gain for cost. A step is two sparse products, at any size. It leads along a mean
of the subgradients so far (Camerini, Fratta and Maffioli 1975, doi 10.1007/BFb0120697; Barahona and
Anbil 2000, doi 10.1007/s101070050002), as far as Polyak's towards the incumbent (Polyak 1969,
doi 10.1016/0041-5553(69)90061-5), and less far when that brings nothing (Held, Wolfe and Crowder
1974, doi 10.1007/BF01580223).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.solve.presolve.cover import CoverProblem

Floats = NDArray[np.float64]


# A step is fruitless that lowers the bound by less than this share of its way to the incumbent.
_USEFUL = 1e-5


@dataclass(frozen=True)
class LagrangianParameters:
    """Constants, tuned on NewYork, SanFrancisco (AILS), drawn blocks and Reykjavik, one seed.

    Attributes:
        steps: At most.
        work: Steps times entries of the demand rows, at most; about a minute.
        memory: What the directions before count for, in the mean of all.
        patience: Fruitless steps before the next ones are shorter and begin at the best.
        shorter: Share of their length that is left to them then.
        shortest: Steps this many times shorter than Polyak's end it.
        length: Of the first steps, as a share of Polyak's; less where prices are good already.
    """

    steps: int = 5_000
    work: float = 1e10
    memory: float = 0.9
    patience: int = 40
    shorter: float = 0.7
    shortest: float = 1e-3
    length: float = 1.0


@dataclass(frozen=True)
class _Prices:
    """A price for each demand and each side row, or how they are to change."""

    demand: Floats
    side: Floats

    def mean_with(self, before: _Prices | None, memory: float) -> _Prices:
        if before is None:
            return self
        return _Prices(
            memory * before.demand + (1 - memory) * self.demand,
            memory * before.side + (1 - memory) * self.side,
        )

    def squared(self) -> float:
        return float(self.demand @ self.demand + self.side @ self.side)


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

    def choose(self, at: _Prices) -> tuple[_Prices, Floats]:
        """The best choice at some prices, and them with that of the main row that it fills."""
        problem, side = self.problem, at.side.copy()
        side[[self.main] if self.main >= 0 else []] = 0.0
        price, chosen = self._fill_main(problem.gain + self.covers @ at.demand - self.takes @ side)
        side[[self.main] if self.main >= 0 else []] = price
        return _Prices(at.demand, side), chosen

    def _fill_main(self, gains: Floats) -> tuple[float, Floats]:
        """A continuous knapsack: the price of what fills it last, and the choice."""
        problem = self.problem
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

    def bound(self, at: _Prices) -> float:
        """What the prices prove."""
        problem = self.problem
        gains = problem.gain + self.covers @ at.demand - self.takes @ at.side
        paid = np.where(at.side > 0, self.high, self.low) * at.side
        best = np.where(problem.lower >= 1, gains, np.maximum(gains, 0.0))
        return problem.offset + float((problem.weights - at.demand).sum() + paid.sum() + best.sum())

    def slope(self, at: _Prices, chosen: Floats) -> _Prices:
        """How the bound grows with each price, as far as there is room to follow."""
        problem = self.problem
        down = problem.cover @ chosen - 1.0
        down[(at.demand <= 0) & (down > 0)] = 0.0
        down[(at.demand >= problem.weights) & (down < 0)] = 0.0
        used = problem.side @ chosen
        slack = np.where(at.side < 0, used - self.low, self.high - used)
        slack[(at.side == 0) & (slack > 0)] = 0.0
        slack[[self.main] if self.main >= 0 else []] = 0.0
        return _Prices(down, slack)

    def moved(self, at: _Prices, towards: _Prices, step: float) -> _Prices:
        """Lower prices, with the signs that prove something."""
        problem = self.problem
        side = at.side - step * towards.side
        side = np.where(np.isinf(problem.side_upper), np.minimum(side, 0.0), side)
        side = np.where(np.isinf(problem.side_lower), np.maximum(side, 0.0), side)
        return _Prices(np.clip(at.demand - step * towards.demand, 0.0, problem.weights), side)


class Lagrangian:
    """Lowers the bound of a covering problem by prices, for as long as it is let.

    Attributes:
        is_done: Whether nothing is to be hoped for any more.
    """

    def __init__(
        self,
        problem: CoverProblem,
        parameters: LagrangianParameters | None = None,
        start: Floats | None = None,
    ) -> None:
        """Begins at the prices of a problem much like this one, where they are given.

        Args:
            problem: The covering problem.
            parameters: Constants.
            start: Prices of the demand rows, then of the side rows, shape (demands + sides,).
        """
        self.is_done = False
        self._limits, self._priced = parameters or LagrangianParameters(), _Priced(problem)
        self._at = _first_prices(problem)
        if start is not None:
            self._at = _Prices(*np.split(start, [len(problem.weights)]))
        self._best, self._best_bound = self._at, np.inf
        self._towards: _Prices | None = None
        self._length, self._fruitless = self._limits.length, 0
        most = int(self._limits.work) // max(1, problem.cover.nnz)
        self._steps_left = min(self._limits.steps, most)

    @property
    def multipliers(self) -> Floats:
        """Of the demand rows and then of the side rows, shape (demands + sides,)."""
        return np.concatenate([self._best.demand, self._best.side])

    @property
    def side_prices(self) -> Floats:
        """What a unit of each side row is worth, shape (sides,)."""
        return self._best.side

    def run(self, floor: float, over: Callable[[], bool]) -> None:
        """Takes steps until it is over or done.

        Args:
            floor: An objective that is reached already; without any, that of nothing chosen.
            over: Asked at each step whether to stop.
        """
        floor = floor if np.isfinite(floor) else self._priced.problem.offset
        while not self.is_done and not over():
            self.is_done = self._step(floor)

    def _step(self, floor: float) -> bool:
        """Takes one step; True if it was the last."""
        self._at, chosen = self._priced.choose(self._at)
        bound = self._priced.bound(self._at)
        self._judge(bound, floor)
        if self._fruitless >= self._limits.patience:
            self._at, self._towards, self._fruitless = self._best, None, 0
            self._length *= self._limits.shorter
        else:
            towards = self._priced.slope(self._at, chosen)
            self._towards = towards.mean_with(self._towards, self._limits.memory)
            size = self._towards.squared()
            if size == 0 or bound <= floor:
                return True
            step = self._length * (bound - floor) / size
            self._at = self._priced.moved(self._at, self._towards, step)
        self._steps_left -= 1
        return self._steps_left <= 0 or self._length < self._limits.shortest

    def _judge(self, bound: float, floor: float) -> None:
        """Keeps the best prices, and counts the steps that brought nothing."""
        useful = bound < self._best_bound - _USEFUL * (self._best_bound - floor)
        self._fruitless = 0 if useful or np.isinf(self._best_bound) else self._fruitless + 1
        if bound < self._best_bound:
            self._best, self._best_bound = self._at, bound


def _first_prices(problem: CoverProblem) -> _Prices:
    shares = np.maximum(1, np.diff(problem.cover.indptr))
    return _Prices(problem.weights / np.sqrt(shares), np.zeros(len(problem.side_rows)))
