"""Plans and bounds from the covering core of a program, under prices of its other rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.program import Domain
from siting.solve.bounds.lagrangian import Lagrangian
from siting.solve.general.greedy import Greedy
from siting.solve.general.plan_prices import PlanPrices
from siting.solve.general.priced import Core, Priced
from siting.solve.general.states import States
from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.heuristics.local_search import LocalSearch
from siting.solve.presolve.compose_states import ComposedStates
from siting.solve.result import Phase
from siting.solve.search import Search
from siting.solve.settings import Step

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CoreParameters:
    """Constants, tuned on worst scenarios, smallest shares and circles of Baotou and Reykjavik.

    Attributes:
        most_rows: That are priced by mixing plans; a relaxation prices more.
        rounds: Greedy plans for that, at most.
        least_rounds: Of them that are taken however little time there is for them.
        patience: Rounds that bring no better plan before it ends.
        steady: A bound that is better by less than this share is not worth another round.
        share: Of the time that is left, for them, and again for the bound under them.
        seconds: Of local search at a time.
    """

    most_rows: int = 500
    rounds: int = 30
    least_rounds: int = 4
    patience: int = 6
    steady: float = 1e-3
    share: float = 0.1
    seconds: float = 1.0


@dataclass(eq=False)
class CoreMoves:
    """Moves in the covering core, for a search of a program of another structure.

    Attributes:
        search: Whose incumbent and bound they improve.
        merged: Its program with equal states merged.
        states: What the states follow from.
        greedy: Fills plans up, and mends them.
        parameters: Constants.
    """

    search: Search
    merged: ComposedStates
    states: States
    greedy: Greedy
    parameters: CoreParameters = field(default_factory=CoreParameters)
    _priced: Priced | None = None
    _proven: Priced | None = None
    _pricing: Lagrangian | None = None
    _floor: float = -np.inf
    _rounds_mixtures: bool = True
    _side_prices: Floats | None = None
    _local: LocalSearch | None = None

    def __post_init__(self) -> None:
        """Finds the core."""
        self._core = Core(self.states)
        self._prices = PlanPrices(self.states, self._core)
        self._rng = np.random.default_rng(self.search.settings.seed)
        self._mixes = 0 < self._core.priced.sum() <= self.parameters.most_rows

    @property
    def is_ready(self) -> bool:
        """Whether rows have prices, so that there are moves."""
        return self._priced is not None

    @property
    def worth(self) -> Floats:
        """What each column earns beyond the prices of rows, shape (columns,)."""
        program, priced = self.merged.program, self._priced
        return program.objective if priced is None else self._core.worth(priced)

    @property
    def mixture(self) -> Floats | None:
        """Choices of the plans that rows are priced by, as a relaxation has them, or None."""
        return self._prices.mixture

    def begin(self, *, rounds_mixtures: bool = True) -> None:
        """Prices rows by greedy plans, and proves what the prices prove.

        Args:
            rounds_mixtures: Whether to fill up what most of a mixture of plans agrees on.
        """
        self._rounds_mixtures = rounds_mixtures
        if not self._mixes or not len(self._core.covered) or self.search.over:
            return
        with self.search.step(Phase.GREEDY):
            self._find_prices(self._until(self.parameters.share * self.search.time_left))
        if self._priced is not None and self.search.settings.takes(Step.RELAX):
            self._proven, self._pricing = self._priced, Lagrangian(self._priced.problem)
            end = self._until(self.parameters.share * self.search.time_left)
            while not end() and self.prove():
                pass

    def price_by(self, multipliers: Floats) -> None:
        """Takes over the prices that a relaxation gives to the rows, shape (rows,)."""
        self._take(self._core.at(multipliers))
        if self._priced is not None:
            self._mixes, self._pricing, self._proven = False, None, self._priced
            prices = self._core.reduced(self._priced, multipliers)
            self._side_prices = prices[1]
            self._submit_bound(np.concatenate(prices))

    def move(self) -> None:
        """Perturbs and exchanges under the prices for a while, and submits what that leads to."""
        plan, priced = self._plan(), self._priced
        if plan is None or priced is None:
            return
        with self.search.step(Phase.EXCHANGE):
            chosen = plan[priced.problem.offers] > 0.5
            if self._local is None:
                self._local = LocalSearch(priced.problem, chosen, self._rng, self._side_prices)
            before, local = self.search.objective, self._local
            local.run(self._until(self.parameters.seconds))
            for found in (local.best, local.current):
                self._submit(self._core.choices(priced, found), mend=True)
            if self._mixes:
                self._mix(self._core.choices(priced, local.current))
                self._round_mixture()
            if self.search.objective == before:
                # Its own best may be worth less: begin again at the best plan.
                self._local = None

    # --- prices ---------------------------------------------------------------------------------

    def _find_prices(self, over: Callable[[], bool]) -> None:
        """Prices by greedy plans, until neither they nor the bound get better."""
        plan, fruitless = self._plan(), 0
        if plan is not None:
            self._prices.add(plan)
        self._take(self._core.at(np.zeros(self.merged.program.shape[0])))
        best, least = self._priced, np.inf
        for number in range(self.parameters.rounds):
            priced = self._priced
            chosen = None if priced is None else lazy_greedy(priced.problem)
            if priced is None or chosen is None:
                break
            objective, prices = self.search.objective, self._prices.prices.copy()
            bound = priced.beside + priced.problem.value(chosen)
            better = bound < least - self.parameters.steady * abs(bound)
            if bound < least:
                best, least, self._floor = priced, bound, priced.problem.value(chosen)
            choices = self._core.choices(priced, chosen)
            self._submit(choices, mend=False)
            self._mix(choices)
            fruitless = 0 if better or self.search.objective != objective else fruitless + 1
            same = np.array_equal(prices, self._prices.prices)
            late = self.search.over or (over() and number + 1 >= self.parameters.least_rounds)
            if same or fruitless >= self.parameters.patience or late:
                break
        self._round_mixture()
        self._take(best)

    def _mix(self, choices: Floats) -> None:
        """Mixes in one more plan, and takes over what rows are worth then."""
        self._prices.add(choices)
        self._take(self._core.at(self._prices.prices))

    def _round_mixture(self) -> None:
        """Submits a plan of what most of the mixture agrees on."""
        mixture = self._prices.mixture
        if mixture is None or not self._rounds_mixtures:
            return
        for least in (1 - 1e-6, 0.5):
            start = np.where(mixture >= least, 1.0, self.merged.program.lower[self.states.whole])
            filled = self.greedy.fill(start, worth=100 * mixture)
            if filled is not None:
                self._submit(filled, mend=False)

    def _take(self, priced: Priced | None) -> None:
        self._priced, self._local, self._side_prices = priced, None, None

    def prove(self) -> bool:
        """A bound under the prices, by subgradients for a while; False where they are done."""
        if self._pricing is None or self._pricing.is_done:
            return False
        with self.search.step(Phase.RELAX):
            self._pricing.run(self._floor, self._until(self.parameters.seconds))
            self._side_prices = self._pricing.side_prices
            self._submit_bound(self._pricing.multipliers)
        return True

    def _submit_bound(self, multipliers: Floats) -> None:
        """Submits the multipliers of the covering problem as those of the whole program."""
        assert self._proven is not None  # noqa: S101 - asked before
        full = self._core.multipliers(self._proven, multipliers)
        self.search.submit_multipliers(self.merged.invert_multipliers(full))

    # --- to and fro -----------------------------------------------------------------------------

    def _plan(self) -> Floats | None:
        """The incumbent's choices, shape (choices,)."""
        values = self.search.values
        if values is None:
            return None
        return np.asarray(np.round(values[self.search.program.domain == Domain.INTEGER]))

    def _submit(self, choices: Floats, *, mend: bool) -> None:
        """Submits choices, and them filled up and mended."""
        every = [choices, self.greedy.fill(choices)] if mend else [choices]
        for one in every:
            if one is not None:
                values = self.states.filled(one)
                self.search.submit_solution(self.merged.invert_values(values))

    def _until(self, seconds: float) -> Callable[[], bool]:
        """Asks whether so many seconds, or the search, are over."""
        end = time.monotonic() + seconds
        return lambda: self.search.over or time.monotonic() >= end
