"""Iterated local search over exchanges: perturb, exchange one for one, fill up, accept or go back.

Perturbations of offers near one another, exchanges only where something changed, and acceptance as
in simulated annealing, in cycles; after one that found nothing better comes one from elsewhere
(Lourenço, Martin and Stützle 2003, doi 10.1007/0-306-48056-5_11; Kirkpatrick, Gelatt and Vecchi
1983, doi 10.1126/science.220.4598.671).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.heuristics.plan_state import PlanState
from siting.solve.presolve.cover import CoverProblem

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Index = NDArray[np.signedinteger]

# Candidates that are looked at together for room in the side rows.
_CHUNK = 64


@dataclass(frozen=True)
class LocalSearchParameters:
    """Constants, tuned on NewYork and SanFrancisco (AILS) with 100 sites and two drawn BDS sets.

    Attributes:
        dropped: A perturbation drops from the first to the second number of offers.
        sample: An offer comes in as the best of a random sample of up to so many.
        near: Share of perturbations whose offers are near one another.
        first_cycle: Perturbations of the first cooling; each next one is twice as long.
        longest_cycle: Perturbations of a cooling at most.
        warmth: Temperature at the start of a cooling, in what a chosen offer covers on average.
        elsewhere: Weights change by up to this share for the greedy plan of a fresh start.
    """

    dropped: tuple[int, int] = (2, 6)
    sample: int = 200
    near: float = 0.8
    first_cycle: int = 500
    longest_cycle: int = 16_000
    warmth: float = 0.015
    elsewhere: float = 0.5


@dataclass
class LocalSearch:
    """Looks for better plans of a covering problem, for as long as it is let.

    Attributes:
        problem: The covering problem.
        best: The best plan so far, shape (offers,).
        current: The plan that is perturbed next, shape (offers,).
        perturbations: How many there were.
        rng: Where chance comes from.
        prices: What a unit of each side row is worth, shape (sides,): an exchange is made where
            it covers more than what it uses more is worth.
        parameters: Constants.
    """

    problem: CoverProblem
    best: Flags
    rng: np.random.Generator
    prices: Floats | None = None
    parameters: LocalSearchParameters = field(default_factory=LocalSearchParameters)

    def __post_init__(self) -> None:
        """Begins at the best plan."""
        self.state = PlanState(self.problem, self.best)
        self.best_value = self.state.value
        self.perturbations = 0
        self._least = 1e-9 * max(1.0, float(self.problem.weights.sum()))
        self._length, self._in_cycle = self.parameters.first_cycle, 0
        self._begun_with, self._is_elsewhere = self.best_value, False
        self.current, self._value = self.best.copy(), self.best_value
        self.price_by(self.prices)

    def price_by(self, prices: Floats | None) -> None:
        """Takes over what a unit of each side row is worth."""
        self.prices = prices
        self._cost = np.zeros(len(self.best)) if prices is None else self.problem.side.T @ prices

    def adopt(self, plan: Flags) -> None:
        """Goes on from a plan, if it is better than the best so far."""
        value = self.problem.value(plan)
        if value <= self.best_value + self._least:
            return
        self.best, self.best_value = plan.copy(), value
        self.current, self._value = plan.copy(), value
        self.state.move_to(plan)

    def improve(self, plan: Flags, over: Callable[[], bool]) -> Flags:
        """Exchanges offers of a plan until no exchange covers more, and fills up.

        This is vertex substitution (Teitz and Bart 1968, doi 10.1287/opre.16.5.955).

        Args:
            plan: A plan that keeps all rows, shape (offers,).
            over: Asked before each exchange; True ends it.

        Returns:
            A plan that keeps all rows and covers no less.
        """
        self.state.move_to(plan)
        before = self.state.value
        self._exchange(np.flatnonzero(plan).tolist(), over)
        if not over():
            self._fill()
        better = self.state.value >= before and self.state.is_within
        found = self.state.chosen.copy() if better else plan
        self.adopt(found)
        self.state.move_to(self.current)
        return found

    def run(self, over: Callable[[], bool]) -> bool:
        """Perturbs and exchanges until it is over; whether it found a better plan."""
        before = self.best_value
        while not over() and self._loose().size:
            self._perturb(over)
            warmth = self.parameters.warmth * (1 - self._in_cycle / self._length)
            self._judge(warmth * self.best_value / max(1, int(self.best.sum())))
            self._in_cycle += 1
            self.perturbations += 1
            if self._in_cycle >= self._length:
                self._begin_cycle()
        return self.best_value > before

    def _begin_cycle(self) -> None:
        """Begins at the best plan, longer; or elsewhere, if the last one from there was in vain."""
        self._in_cycle = 0
        gained = self.best_value > self._begun_with
        fresh = None if gained or self._is_elsewhere else self._from_elsewhere()
        self._begun_with, self._is_elsewhere = self.best_value, fresh is not None
        if fresh is None:
            self._length = min(2 * self._length, self.parameters.longest_cycle)
        self.current = self.best.copy() if fresh is None else fresh
        self.state = PlanState(self.problem, self.current)
        self._value = self.state.value

    def _from_elsewhere(self) -> Flags | None:
        """A greedy plan for weights that are changed at random."""
        share = self.parameters.elsewhere
        factors = self.rng.uniform(1 - share, 1 + share, len(self.problem.weights))
        return lazy_greedy(replace(self.problem, weights=self.problem.weights * factors))

    def _judge(self, temperature: float) -> None:
        """Accepts the plan at hand, or goes back to the one before."""
        state, worse = self.state, self._value - self.state.value
        if state.value > self.best_value + self._least and self.state.is_within:
            self.best, self.best_value = state.chosen.copy(), state.value
        accepted = worse <= 0 or self.rng.random() < np.exp(-worse / max(temperature, 1e-300))
        if accepted and self.state.is_within:
            self.current, self._value = state.chosen.copy(), state.value
        else:
            state.move_to(self.current)

    def _perturb(self, over: Callable[[], bool]) -> None:
        """Drops some offers, takes others in at random, and exchanges around them."""
        state = self.state
        dropped = self._to_drop()
        for offer in dropped:
            state.toggle(offer)
        freed = np.unique(np.concatenate([state.rows_of(offer) for offer in dropped]))
        local = state.coverers(freed) if self.rng.random() < self.parameters.near else None
        added = [offer for offer in (self._pick(local) for _ in dropped) if offer is not None]
        touched = [freed, *(state.rows_of(offer) for offer in added)]
        self._exchange([*added, *state.owners(np.concatenate(touched)).tolist()], over)
        self._fill()

    def _loose(self) -> Index:
        """Chosen offers that may be dropped."""
        return np.flatnonzero(self.state.chosen & (self.problem.lower < 1))

    def _to_drop(self) -> list[int]:
        """Chosen offers to drop: any, or some that are near one another."""
        state, low, high = self.state, *self.parameters.dropped
        loose = self._loose()
        count = min(len(loose), int(self.rng.integers(low, high + 1)))
        if self.rng.random() >= self.parameters.near:
            return [int(offer) for offer in self.rng.choice(loose, count, replace=False)]
        first = int(self.rng.choice(loose))
        rows = state.rows_of(first)
        rows = self.rng.choice(rows, min(len(rows), 5), replace=False)
        around = state.coverers(rows)
        around = self.rng.choice(around, min(len(around), 10), replace=False)
        beside = state.owners(np.concatenate([rows, *(state.rows_of(int(a)) for a in around)]))
        beside = beside[(self.problem.lower[beside] < 1) & (beside != first)]
        return [first, *self.rng.permutation(beside)[: count - 1].tolist()]

    def _pick(self, among: Index | None) -> int | None:
        """Takes in one of the better offers that fit."""
        state = self.state
        worth = state.add - self._cost
        offers = np.arange(len(worth)) if among is None else among
        offers = offers[~state.chosen[offers] & (state.add[offers] > self._least)]
        if len(offers) == 0:
            return None
        size = min(len(offers), int(self.rng.integers(5, self.parameters.sample)))
        offers = self.rng.choice(offers, size, replace=False)
        found = self._first_fitting(offers, worth[offers], None)
        if found is not None:
            state.toggle(found)
        return found

    def _exchange(self, offers: Iterable[int], over: Callable[[], bool]) -> None:
        """Exchanges offers, and those near each exchange, until none covers more."""
        state, waiting = self.state, deque(offers)
        queued = set(waiting)
        while waiting and not over():
            out = waiting.popleft()
            queued.discard(out)
            into = self._best_exchange(out) if state.chosen[out] else None
            if into is None:
                continue
            state.toggle(out)
            state.toggle(into)
            rows = np.concatenate([state.rows_of(out), state.rows_of(into)])
            for offer in (into, *state.owners(rows).tolist()):
                if offer not in queued:
                    waiting.append(offer)
                    queued.add(offer)

    def _best_exchange(self, out: int) -> int | None:
        if self.problem.lower[out] >= 1:
            return None
        gains = self.state.exchange_gains(out) - self._cost + self._cost[out]
        gains[self.state.chosen] = 0.0
        better = np.flatnonzero(gains > self._least)
        return self._first_fitting(better, gains[better], out)

    def _fill(self) -> None:
        """Takes in what still fits, the best first."""
        state = self.state
        while True:
            useful = np.flatnonzero((state.add > self._least) & ~state.chosen)
            found = self._first_fitting(useful, state.add[useful], None)
            if found is None:
                return
            state.toggle(found)

    def _first_fitting(self, offers: Index, gains: Floats, out: int | None) -> int | None:
        """The offer of most gain that the side rows have room for."""
        state = self.state
        roomy = np.flatnonzero(state.has_room(offers, out))
        order = offers[roomy[np.argsort(-gains[roomy], kind="stable")]]
        begin, count = 0, 1
        while begin < len(order):
            part = order[begin : begin + count]
            fits = state.fitting(part, out)
            if fits.any():
                return int(part[np.argmax(fits)])
            begin, count = begin + count, _CHUNK
        return None
