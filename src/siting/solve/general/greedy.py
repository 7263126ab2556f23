"""A first plan for any program: lower limits first, then what brings most for its price.

A state that needs several others to become 1, such as a complete basket, brings nothing until the
last of them is there. So each of them counts for a share of it, which grows as fewer are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.solve.general.states import States

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class GreedyParameters:
    """Constants, tuned on Baotou and Reykjavik with baskets and shares.

    Attributes:
        spread: Offers that are added at most before gains are worked out again, as a share of all
            that are added.
        enough: Gains of at least this share of the best one are taken in the same round.
    """

    spread: float = 0.05
    enough: float = 0.8


@dataclass(eq=False)
class Greedy:
    """Adds choices round by round.

    Attributes:
        states: The program.
        weights: What one unit of each column is worth beside the objective, shape (columns,).
        parameters: Constants.
    """

    states: States
    parameters: GreedyParameters = GreedyParameters()

    def __post_init__(self) -> None:
        """Parts the rows: what states follow from, and what limits."""
        program, states = self.states.program, self.states
        rest = np.flatnonzero(states.owner < 0)
        self._limits = csc_array(program.matrix[rest])
        self._room = program.row_upper[rest]
        self._floor = program.row_lower[rest]
        self._links = csr_array(program.matrix[np.flatnonzero(states.owner >= 0)])
        self._links_back = csr_array(self._links.T)
        self._entry_row = np.repeat(np.arange(self._links.shape[0]), np.diff(self._links.indptr))
        self._owner = states.owner[states.owner >= 0]
        self._limit = program.row_upper[states.owner >= 0]
        self._price = self._prices()

    def fill(self, choices: Floats, worth: Floats | None = None) -> Floats | None:
        """Adds to a choice until nothing more fits and helps; None if it cannot be made to hold.

        Args:
            choices: Whole values of the choices to begin with, shape (choices,).
            worth: Preference for each choice, e.g. a relaxation's value, or None.
        """
        values = self.states.filled(choices)
        bonus = np.zeros(len(choices)) if worth is None else worth
        while True:
            added = self._round(values, bonus)
            if not added.any():
                break
            chosen = values[self.states.whole]
            chosen[added] = 1.0
            values = self.states.filled(chosen)
        activity = self._limits @ values
        if np.any(activity < self._floor - 1e-9 * np.maximum(1.0, np.abs(self._floor))):
            return None
        return values[self.states.whole]

    def _round(self, values: Floats, bonus: Floats) -> Flags:
        """Choices to add now: a few of the best, as long as they fit together."""
        whole = self.states.whole
        gain = self._gains(values)[whole]
        upper = self.states.program.upper[whole]
        able = (values[whole] < 0.5) & (upper > 0.5) & (gain > 1e-9)
        ratio = np.where(able, gain * (1.0 + bonus) / self._price, 0.0)
        order = np.argsort(-ratio, kind="stable")
        most = max(1, int(self.parameters.spread * max(20, values[whole].sum())))
        activity = self._limits @ values
        added = np.zeros(len(whole), dtype=bool)
        best = 0.0
        for number in order[: 50 * most].tolist():
            if (
                ratio[number] <= 0
                or added.sum() >= most
                or ratio[number] < self.parameters.enough * best
            ):
                break
            if self._fits(int(whole[number]), activity):
                added[number] = True
                best = best or float(ratio[number])
        return added

    def _fits(self, column: int, activity: Floats) -> bool:
        """Whether a choice keeps every upper limit; takes its room if it does."""
        part = slice(self._limits.indptr[column], self._limits.indptr[column + 1])
        rows, amounts = self._limits.indices[part], self._limits.data[part]
        then = activity[rows] + amounts
        slack = 1e-9 * np.maximum(1.0, np.abs(np.nan_to_num(self._room[rows], posinf=0.0)))
        if np.any((then > self._room[rows] + slack) & (amounts > 0)):
            return False
        activity[rows] = then
        return True

    def _gains(self, values: Floats) -> Floats:
        """What one more unit of each column is worth now, shape (columns,)."""
        program = self.states.program
        activity = self._limits @ values
        short = np.maximum(0.0, self._floor - activity)
        if np.any(short > 0):
            # Lower limits come first; each counts in shares of what it lacks.
            unmet = np.divide(1.0, short, out=np.zeros_like(short), where=short > 1e-9)
            worth = np.minimum(1.0, np.maximum(0.0, self._limits.T @ unmet))
        else:
            worth = np.maximum(program.objective, 0.0)
        return self._passed_on(worth, values)

    def _passed_on(self, worth: Floats, values: Floats) -> Floats:
        """Passes the worth of states on to what they still need, the last states first."""
        worth = worth.copy()
        slack = (
            self._limit
            + np.bincount(
                self._entry_row,
                -self._links.data * values[self._links.indices],
                minlength=len(self._owner),
            )
            + values[self._owner]
        )
        lacking = slack < 0.5
        missing = np.bincount(self._owner[lacking], minlength=len(worth))
        for section in reversed(self.states.program.columns):
            rows = np.flatnonzero(
                lacking & (self._owner >= section.start) & (self._owner < section.stop)
            )
            if len(rows) == 0:
                continue
            share = np.zeros(len(self._owner))
            share[rows] = worth[self._owner[rows]] / missing[self._owner[rows]] ** 2
            passed = -(self._links_back @ share)
            passed[section.start :] = 0.0
            worth += np.maximum(passed, 0.0)
        return np.asarray(worth)

    def _prices(self) -> Floats:
        """Share of the wide rows with an upper limit that each choice takes, above 0."""
        count = len(self.states.whole)
        amounts = csr_array(self._limits)[:, self.states.whole]
        wide = np.diff(amounts.indptr) >= max(2, 0.05 * count)
        wide &= np.isfinite(self._room) & (self._room > 0)
        price = np.full(count, 1e-6)
        rows = np.flatnonzero(wide)
        if len(rows) == 0:
            return price + 1.0
        return np.asarray(price + np.maximum(0.0, amounts[rows].T @ (1.0 / self._room[rows])))
