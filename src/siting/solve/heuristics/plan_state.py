"""A plan with what each change of it would bring, kept up to date while it changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.solve.presolve.cover import LOCAL_ROW, CoverProblem

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Index = NDArray[np.signedinteger]

_ROOM = 1e-9
# Up to this share of a sum's length, single terms are added rather than a whole vector.
_FEW = 0.25
# Rows of many offers whose room is looked at first, for all offers at once.
_LONG_ROWS = 8


class PlanState:
    """A plan of a covering problem that offers are added to and dropped from, one at a time.

    A change touches the demand rows of its offer alone, and the offers that cover those that were
    or become uncovered, as in vertex substitution (Resende and Werneck 2007,
    doi 10.1016/j.ejor.2005.10.021).

    Attributes:
        problem: The covering problem.
        chosen: The plan, shape (offers,).
        times: By how many chosen offers each demand row is covered, shape (demands,).
        add: What each offer would cover that nothing covers, shape (offers,).
        loss: What each chosen offer alone covers, shape (offers,).
        used: Activity of the side rows, shape (sides,).
        value: Objective of the plan.
    """

    def __init__(self, problem: CoverProblem, chosen: Flags) -> None:
        self.problem = problem
        self._reach = csr_array(problem.cover.T)
        self._takes = csr_array(problem.side.T)
        self._lengths = np.diff(problem.cover.indptr)
        room = _ROOM * np.maximum(1.0, np.abs(np.nan_to_num(problem.side_upper, posinf=1.0)))
        self._upper = problem.side_upper + room
        self._lower = problem.side_lower - _ROOM
        lengths = np.diff(problem.side.indptr)
        self._long = np.flatnonzero(lengths > LOCAL_ROW)
        self._long = self._long[np.argsort(-lengths[self._long], kind="stable")][:_LONG_ROWS]
        self._uses = problem.side[self._long].toarray()
        self._rebuild(chosen)

    def _rebuild(self, chosen: Flags) -> None:
        problem, count = self.problem, len(self.problem.offers)
        plan = chosen.astype(float)
        self.chosen = chosen.copy()
        self.times = np.rint(problem.cover @ plan).astype(np.int64)
        # The sum of what covers a row: where one offer does, that offer.
        self._owner = np.rint(problem.cover @ (plan * np.arange(count))).astype(np.int64)
        self.add = problem.gain + self._reach @ (problem.weights * (self.times == 0))
        once = self.times == 1
        alone = np.bincount(self._owner[once], problem.weights[once], minlength=count)
        self.loss = problem.gain + alone
        self.used = problem.side @ plan
        self.value = problem.value(chosen)

    def move_to(self, plan: Flags) -> None:
        """Becomes another plan, change by change where these are few."""
        different = np.flatnonzero(self.chosen != plan)
        if len(different) * 4 > int(plan.sum()):
            self._rebuild(plan)
            return
        for offer in different.tolist():
            self.toggle(offer)

    def rows_of(self, offer: int) -> Index:
        """Demand rows that an offer covers."""
        reach = self._reach
        rows: Index = reach.indices[reach.indptr[offer] : reach.indptr[offer + 1]]
        return rows

    def toggle(self, offer: int) -> None:
        """Adds an offer that is not chosen, or drops one that is."""
        if self.chosen[offer]:
            self._change(offer, -1)
        else:
            self._change(offer, 1)

    def _change(self, offer: int, by: int) -> None:
        problem, rows = self.problem, self.rows_of(offer)
        before = self.times[rows]
        # Covered by this offer alone, and with one other.
        alone, shared = rows[before == (by < 0)], rows[before == (1 if by > 0 else 2)]
        if by > 0:
            np.subtract.at(self.loss, self._owner[shared], problem.weights[shared])
        self.times[rows] += by
        self._owner[rows] += by * offer
        if by < 0:
            np.add.at(self.loss, self._owner[shared], problem.weights[shared])
        self._spread(self.add, alone, -by)
        own = float(problem.gain[offer] + problem.weights[alone].sum())
        self.chosen[offer] = by > 0
        self.loss[offer] = own
        self.value += by * own
        sides = slice(self._takes.indptr[offer], self._takes.indptr[offer + 1])
        self.used[self._takes.indices[sides]] += by * self._takes.data[sides]

    def _spread(self, into: Floats, rows: Index, sign: int) -> None:
        """Adds the weight of rows to each offer that covers them."""
        if len(rows) == 0:
            return
        offers, weights = self._entries(rows)
        if len(offers) < _FEW * len(into):
            np.add.at(into, offers, sign * weights)
        else:
            into += sign * np.bincount(offers, weights, minlength=len(into))

    def _entries(self, rows: Index) -> tuple[Index, Floats]:
        """Offers that cover rows, row by row, and the weight of the row beside each."""
        return self._coverers(rows), np.repeat(self.problem.weights[rows], self._lengths[rows])

    def _coverers(self, rows: Index) -> Index:
        """Offers that cover rows, row by row."""
        cover = self.problem.cover
        found: Index = cover.indices[ranges(cover.indptr[rows], self._lengths[rows])]
        return found

    def exchange_gains(self, out: int) -> Floats:
        """What each offer would bring in place of a chosen one, shape (offers,)."""
        gains: Floats = self.add - self.loss[out]
        rows = self.rows_of(out)
        self._spread(gains, rows[self.times[rows] == 1], 1)
        return gains

    def owners(self, rows: Index) -> Index:
        """Chosen offers that alone cover some of these demand rows."""
        found: Index = np.unique(self._owner[rows[self.times[rows] == 1]])
        return found

    def coverers(self, rows: Index) -> Index:
        """Offers that cover some of these demand rows."""
        found: Index = np.unique(self._coverers(rows))
        return found

    @property
    def is_within(self) -> bool:
        """Whether the plan keeps all side rows."""
        return bool(np.all((self.used <= self._upper) & (self.used >= self._lower)))

    def has_room(self, candidates: Index, out: int | None = None) -> Flags:
        """Which offers the longest side rows have room for; see `fitting`."""
        fits = np.ones(len(candidates), dtype=bool)
        for row, uses in zip(self._long.tolist(), self._uses, strict=True):
            room = self._upper[row] - self.used[row] + (0.0 if out is None else uses[out])
            fits &= uses[candidates] <= room
        return fits

    def fitting(self, candidates: Index, out: int | None = None) -> Flags:
        """Which offers the side rows have room for, in place of a chosen one if there is one.

        Args:
            candidates: Offers that are not chosen, shape (candidates,).
            out: A chosen offer to drop.
        """
        used = self.used
        if out is not None:
            used = used.copy()
            sides = slice(self._takes.indptr[out], self._takes.indptr[out + 1])
            used[self._takes.indices[sides]] -= self._takes.data[sides]
        begins = self._takes.indptr[candidates]
        counts = self._takes.indptr[candidates + 1] - begins
        entries, row = ranges(begins, counts), np.repeat(np.arange(len(candidates)), counts)
        side = self._takes.indices[entries]
        after = used[side] + self._takes.data[entries]
        broken = (after > self._upper[side]) | (after < self._lower[side])
        fits = np.bincount(row[broken], minlength=len(candidates)) == 0
        # What the plan breaks without the one that is dropped must be made good.
        open_rows = np.flatnonzero((used > self._upper) | (used < self._lower))
        if len(open_rows):
            touched = np.bincount(row[np.isin(side, open_rows)], minlength=len(candidates))
            fits &= touched == len(open_rows)
        return np.asarray(fits)


def ranges(begins: Index, counts: Index) -> Index:
    """The whole numbers from each beginning on, so many of each, one range after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begins - ends + counts, counts) + np.arange(total)
