"""Prices of rows from plans: what a mixture of the plans so far says that each row is worth.

Dantzig and Wolfe (1960, doi 10.1287/opre.8.1.101), with greedy plans for columns and prices halfway
between the last ones and those of the mixture (Wentges 1997, doi 10.1111/1475-3995.d01-18).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, diags_array

from siting.solve.general.priced import Core
from siting.solve.general.states import States

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlanPriceParameters:
    """Constants, tuned on worst scenarios and smallest shares of Baotou and Reykjavik.

    Attributes:
        memory: What the last prices count for beside those of the mixture.
        violation: What a row costs that no mixture keeps at all, in sizes of the objective.
        most_plans: In a mixture; the oldest go.
    """

    memory: float = 0.5
    violation: float = 10.0
    most_plans: int = 60


@dataclass(frozen=True, eq=False)
class _Plan:
    """Choices, what they take of each priced row, and what they earn without free columns."""

    choices: Floats
    activity: Floats
    worth: float


@dataclass(eq=False)
class PlanPrices:
    """Plans of a program, and the prices that mixing them gives to rows.

    Attributes:
        states: The program.
        core: Its covering core.
        parameters: Constants.
        prices: Shape (rows,), 0 but of priced rows.
        mixture: The best mixture of the plans, shape (choices,); None before there is one.
        worth: What it is worth, less what it pays for rows that it misses.
    """

    states: States
    core: Core
    parameters: PlanPriceParameters = field(default_factory=PlanPriceParameters)
    prices: Floats = field(init=False)
    mixture: Floats | None = None
    worth: float = -np.inf
    _plans: list[_Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tells apart the columns that plans decide from those that the mixture does."""
        program = self.states.program
        self.prices = np.zeros(program.shape[0])
        limited = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
        self._rows = np.flatnonzero(self.core.priced & limited)
        self._decided = np.zeros(program.shape[1], dtype=bool)
        self._decided[self.states.whole] = self._decided[self.core.covered] = True
        self._free = np.flatnonzero(~self._decided)
        self._matrix = csr_array(program.matrix[self._rows])
        self._upper = np.isfinite(program.row_upper[self._rows])
        limits = np.where(self._upper, program.row_upper[self._rows], program.row_lower[self._rows])
        largest = np.asarray(abs(self._matrix).max(axis=1).todense()).ravel()
        # Every row as one with an upper limit, in shares of what it holds.
        size = np.maximum(abs(limits), largest)
        self._factor = np.where(self._upper, 1.0, -1.0) / np.where(size > 0, size, 1.0)
        self._limit = limits * self._factor
        self._rest = csr_array(diags_array(self._factor) @ self._matrix[:, self._free])

    def add(self, choices: Floats) -> None:
        """Mixes in one more plan, shape (choices,), and prices rows anew."""
        program = self.states.program
        values = np.where(self._decided, self.states.filled(choices), 0.0)
        activity = (self._matrix @ values) * self._factor
        self._plans.append(_Plan(choices, activity, float(program.objective @ values)))
        self._plans = self._plans[-self.parameters.most_plans :]
        found = self._mixed()
        if found is not None:
            memory = self.parameters.memory if len(self._plans) > 1 else 0.0
            self.prices[self._rows] = memory * self.prices[self._rows] + (1 - memory) * found

    def _mixed(self) -> Floats | None:
        """Prices of the rows in the best mixture, shape (priced rows,)."""
        program, plans = self.states.program, self._plans
        size = max(1.0, *(abs(plan.worth) for plan in plans), *abs(program.objective[self._free]))
        rows = len(self._rows)
        costs = [
            -np.array([plan.worth for plan in plans]),
            -program.objective[self._free],
            np.full(rows, self.parameters.violation * size),
        ]
        own = np.stack([plan.activity for plan in plans], axis=1)
        shares = np.zeros((1, len(plans) + len(self._free) + rows))
        shares[0, : len(plans)] = 1.0
        ranges = [(0.0, 1.0)] * len(plans)
        ranges += list(zip(program.lower[self._free], program.upper[self._free], strict=True))
        found = linprog(
            np.concatenate(costs) / size,
            A_ub=np.hstack([own, self._rest.toarray(), -np.eye(rows)]),
            b_ub=self._limit,
            A_eq=shares,
            b_eq=[1.0],
            bounds=[*ranges, *[(0.0, None)] * rows],
        )
        if found.x is None or found.fun is None:
            return None
        self.worth = program.offset - size * float(found.fun)
        self.mixture = found.x[: len(plans)] @ np.stack([plan.choices for plan in plans])
        return np.asarray(-found.ineqlin.marginals * size * self._factor)
