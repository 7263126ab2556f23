"""Better plans from good ones, by exact searches of small parts of the problem.

Four moves take turns. A neighbourhood frees some offers around a random one and keeps the rest
(large-neighbourhood search, Shaw 1998, doi 10.1007/3-540-49481-2_30). A dive rounds the relaxation,
each time with weights perturbed a little. A search of the union keeps what the plans found so far
agree on and searches among all that any of them or the relaxation takes (Aggarwal, Orlin and Tai
1997, doi 10.1287/opre.45.2.226). A local search perturbs and exchanges, see `local_search`. It and
the others get time by what they bring. Each of them sees all rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.solve.backends.calls import run_call
from siting.solve.backends.contract import BackendResult, MipTask, Relaxation
from siting.solve.heuristics.dive import dive, rounded
from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.heuristics.local_search import LocalSearch
from siting.solve.heuristics.turns import Turns
from siting.solve.presolve.cover import LOCAL_ROW, CoverProblem, restrict
from siting.solve.result import Phase, Reason, Termination
from siting.solve.search import Search
from siting.solve.settings import Backend, Step

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_FIRST_SIZE = 500
_NEIGHBOURHOOD_SECONDS = 1.0
_UNION_SECONDS = 4.0
# A solver of a larger part would not look at the clock in time: none is begun in this process.
_MOST_NONZEROS = 300_000
# A part is searched to this share of the gap that is left; closer is time better spent elsewhere.
_PART_OF_GAP = 0.02
# Fruitless neighbourhoods in a row before the next dive and union, and larger neighbourhoods.
_PATIENCE = 15
_GROWTH = 1.25
_POOL = 8
# Of a local search before others may have their turn.
_EXCHANGE_SECONDS = 1.0
_PERTURBED_WEIGHTS = 0.03
# Kinds of moves: local search, and searches of parts by a solver.
_LOCAL, _EXACT = "local", "exact"
_NOT_BEGUN = BackendResult(None, np.inf, Termination(Reason.NO_SOLUTION, None, "not begun"))


@dataclass
class Improver:
    """Improves the incumbent of a search, one move a round.

    Attributes:
        search: The search whose incumbent is improved.
        problem: Its covering structure.
        relaxation: Of the problem's program, once there is one: without it, no dives.
    """

    search: Search
    problem: CoverProblem
    relaxation: Relaxation | None = None
    size: float = _FIRST_SIZE
    _fruitless: int = 0
    _turns: Turns = field(default_factory=lambda: Turns((_LOCAL, _EXACT)))
    _pool: list[Flags] = field(default_factory=list)
    _rng: np.random.Generator = field(init=False)
    _links: csr_array = field(init=False)
    _links_back: csr_array = field(init=False)
    _local: LocalSearch | None = None
    _prices: Floats | None = None

    def __post_init__(self) -> None:
        """Links offers that share demand or a small side row; takes over known plans."""
        self._rng = np.random.default_rng(self.search.settings.seed)
        side = self.problem.side
        local = np.flatnonzero(np.diff(side.indptr) <= LOCAL_ROW)
        links = csr_array(vstack([self.problem.cover, side[local]], format="csr"))
        links.data = np.ones(links.nnz)
        self._links, self._links_back = links, csr_array(links.T)
        for values in self.search.plans:
            self._keep(values[self.problem.offers] > 0.5)

    def round_relaxation(self, relaxation: Relaxation) -> None:
        """Rounds a relaxation, and searches the union of what comes of it and the incumbent."""
        self.relaxation = relaxation
        prices = relaxation.multipliers[len(self.problem.weights) :]
        if prices.any():
            self.price_by(prices[: len(self.problem.side_rows)])
        if self._takes(Step.DIVE):
            values = relaxation.values[: len(self.problem.offers)]
            self._offer_filled(rounded(self.problem, values))
        self.dive(perturbation=0.0)
        self.search_union()

    def round(self) -> bool:
        """Makes one move; False when there is nothing left to try."""
        if self.search.over or self.search.values is None or len(self.problem.offers) < 2:
            return False
        kind = self._turns.next() if self._takes(Step.EXCHANGE) else _EXACT
        before, begun = self._objective(), time.monotonic()
        left = self._run_local_search() if kind == _LOCAL else self._search_exactly()
        gain = max(0.0, self._objective() - before)
        self._turns.record(kind, time.monotonic() - begun, gain)
        return left or (kind == _EXACT and self._takes(Step.EXCHANGE))

    def _objective(self) -> float:
        return -np.inf if self.search.objective is None else self.search.objective

    def _search_exactly(self) -> bool:
        """Searches a part of the problem; False when there is none left."""
        if self._fruitless < _PATIENCE and self._takes(Step.NEIGHBOURHOODS):
            return self._try_neighbourhood()
        self._fruitless, self.size = 0, self.size * _GROWTH
        self._remember()
        if self.relaxation is not None:
            self.dive(perturbation=_PERTURBED_WEIGHTS)
        self.search_union()
        dives = self.relaxation is not None and self._takes(Step.DIVE)
        return self._takes(Step.NEIGHBOURHOODS) or dives

    def price_by(self, prices: Floats) -> None:
        """Takes over what a unit of each side row is worth, shape (sides,)."""
        self._prices = prices
        if self._local is not None:
            self._local.price_by(prices)

    def _local_search(self) -> LocalSearch:
        if self._local is None:
            best = self._incumbent()
            assert best is not None  # noqa: S101 - asked before
            self._local = LocalSearch(self.problem, best, self._rng, self._prices)
        return self._local

    def _run_local_search(self) -> bool:
        """Perturbs and exchanges for a while; its plans go into unions."""
        self.search.enter(Phase.EXCHANGE)
        local, best = self._local_search(), self._incumbent()
        assert best is not None  # noqa: S101 - asked before
        local.adopt(best)
        if local.run(self._until(_EXCHANGE_SECONDS)):
            self._offer(local.best.astype(float))
        self._keep(local.current)
        return True

    def _takes(self, step: Step) -> bool:
        return self.search.settings.takes(step)

    def dive(self, *, perturbation: float) -> None:
        """Rounds the relaxation into a plan, with weights perturbed by up to this share."""
        if self.relaxation is None or self.search.over or not self._takes(Step.DIVE):
            return
        self.search.enter(Phase.DIVE)
        factors = self._rng.uniform(1 - perturbation, 1 + perturbation, len(self.problem.weights))
        perturbed = replace(self.problem, weights=self.problem.weights * factors)
        multipliers = self.relaxation.multipliers.copy()
        multipliers[: len(factors)] *= factors
        search, near = self.search, replace(self.relaxation, multipliers=multipliers)
        chosen = dive(perturbed, near, lambda: search.over, lambda: search.time_left)
        if chosen is not None:
            self._offer_filled(chosen)

    def _offer_filled(self, chosen: Floats) -> None:
        """Offers a choice with what else still fits."""
        decided = replace(self.problem, lower=np.maximum(chosen, self.problem.lower))
        filled = lazy_greedy(decided)
        if filled is not None and self._takes(Step.EXCHANGE) and self.search.values is not None:
            filled = self._local_search().improve(filled, self._until(_EXCHANGE_SECONDS))
        self._offer(chosen if filled is None else filled.astype(float))

    def search_union(self) -> None:
        """Searches among all that the plans so far and the relaxation take."""
        if self.search.over or not self._takes(Step.UNION):
            return
        self.search.enter(Phase.UNION)
        self._remember()
        count = np.sum([np.zeros(len(self.problem.offers)), *self._pool], axis=0)
        agreed = (count == len(self._pool)) & (len(self._pool) > 1)
        likely = count > 0
        if self.relaxation is not None:
            likely |= self.relaxation.values[: len(likely)] > 1e-6
        self._search_part(agreed, likely, _UNION_SECONDS)

    def _remember(self) -> None:
        """Keeps the incumbent among the latest plans."""
        chosen = self._incumbent()
        if chosen is not None:
            self._keep(chosen)

    def _keep(self, plan: Flags) -> None:
        """Keeps a plan among the latest, unless it is there already."""
        if not any(np.array_equal(plan, other) for other in self._pool):
            self._pool = [*self._pool, plan][-_POOL:]

    def _incumbent(self) -> Flags | None:
        if self.search.values is None:
            return None
        chosen: Flags = self.search.values[self.problem.offers] > 0.5
        return chosen

    def _offer(self, chosen: Floats) -> bool:
        self._keep(chosen > 0.5)
        return self.search.submit_solution(self.problem.to_values(chosen, self.search.program))

    def _until(self, seconds: float) -> Callable[[], bool]:
        """Asks whether so many seconds, or the search, are over."""
        end = time.monotonic() + seconds
        return lambda: self.search.over or time.monotonic() >= end

    def _try_neighbourhood(self) -> bool:
        self.search.enter(Phase.IMPROVE)
        chosen = self._incumbent()
        assert chosen is not None  # noqa: S101 - asked before
        count = min(int(self.size), len(chosen))
        free = self.neighbourhood(count)
        answer, better = self._search_part(chosen & ~free, free | chosen, _NEIGHBOURHOOD_SECONDS)
        if answer.termination.reason is not Reason.OPTIMAL:
            self.size = max(_FIRST_SIZE / 4, self.size / _GROWTH)
        self._fruitless = 0 if better else self._fruitless + 1
        return count < len(chosen) or better

    def neighbourhood(self, count: int) -> Flags:
        """Offers around a random one, shape (offers,), `count` of them True."""
        free = np.zeros(len(self.problem.offers), dtype=bool)
        while free.sum() < count:
            around = self._around(free) if free.any() else np.empty(0, dtype=np.int64)
            if len(around) == 0:
                around = self._rng.choice(np.flatnonzero(~free), 1)
            room = count - int(free.sum())
            if len(around) > room:
                around = self._rng.choice(around, room, replace=False)
            free[around] = True
        return free

    def _around(self, free: Flags) -> NDArray[np.int64]:
        rows = (self._links @ free.astype(float) > 0).astype(float)
        return np.flatnonzero((self._links_back @ rows > 0) & ~free)

    def _search_part(
        self, decided: Flags, among: Flags, seconds: float
    ) -> tuple[BackendResult, bool]:
        """Searches exactly among some offers, some of them decided; whether it found better."""
        fixed = replace(self.problem, lower=np.where(decided, 1.0, self.problem.lower))
        part = restrict(fixed, among | (fixed.lower >= 1))
        if part.cover.nnz > _MOST_NONZEROS:
            return _NOT_BEGUN, False
        gap = self.search.relative_gap
        task = MipTask(
            program=part.to_program(),
            backend=Backend.HIGHS,
            time_limit=max(0.01, min(seconds, self.search.time_left)),
            relative_gap=min(1e-4, max(1e-7, _PART_OF_GAP * gap)) if np.isfinite(gap) else 1e-5,
            seed=self.search.settings.seed,
            hint=self._start(part),
        )
        answer = run_call(task, _ignore)
        assert isinstance(answer, BackendResult)  # noqa: S101 - the answer to a task
        if answer.values is None:
            return answer, False
        return answer, self.search.submit_solution(
            part.to_values(answer.values, self.search.program)
        )

    def _start(self, part: CoverProblem) -> Floats | None:
        if self.search.values is None:
            return None
        start = self.search.values[part.offers]
        return np.concatenate([start, np.minimum(1.0, part.cover @ start)])


def _ignore(_incumbent: float | None, _bound: float | None) -> None:
    return None
