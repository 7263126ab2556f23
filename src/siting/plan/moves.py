"""What single moves do to a plan: every offer added, or taken out, examined at once.

It rests on the model as it is said plainly, so it knows every family and row that a block can have:
a move changes the choices, these the states that follow from them row by row, and these the rows
and the goal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import Walks
from siting.plan.column_bounds import column_bounds
from siting.plan.judgement import breaches

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Values = dict[str, Floats]
Deltas = dict[str, csr_array]

# Gains below this are sums that should be 0.
NOTHING = 1e-6


@dataclass(frozen=True, eq=False)
class MoveEvaluator:
    """The choices of a model, to make moves on.

    Attributes:
        model: The model, said plainly.
        walks: Walking distances of its instance.
        chosen: Whether the plan has each (offer, year), shape (choices,).
    """

    model: PlainModel
    walks: Walks
    chosen: Flags

    @cached_property
    def offers(self) -> NDArray[np.object_]:
        """Offer of each choice, shape (choices,)."""
        return self.model.families["choose"].ids[0]

    @cached_property
    def years(self) -> NDArray[np.object_]:
        """Year of each choice, shape (choices,)."""
        return self.model.families["choose"].ids[1]

    def index(self, offer: str) -> int:
        """Position of the plan's choice of an offer, or of building it in the first year."""
        here = np.flatnonzero(self.offers == offer)
        taken = here[self.chosen[here]]
        return int(taken[0] if len(taken) else here[0])

    def when(self, choice: Flags) -> dict[str, int]:
        """The year of each offer of a choice."""
        return dict(zip(self.offers[choice].tolist(), self.years[choice].tolist(), strict=True))

    @cached_property
    def decided(self) -> Flags:
        """Choices that every plan has."""
        bounds = column_bounds(self.model)
        return np.zeros(len(self.offers), dtype=bool) if bounds is None else bounds.lower >= 1

    @cached_property
    def barred(self) -> Flags:
        """Choices that no plan has: ruled out one by one, or too large for a limit alone."""
        bounds = column_bounds(self.model)
        return np.zeros(len(self.offers), dtype=bool) if bounds is None else bounds.upper <= 0

    def values(self, choice: Flags) -> Values:
        """What every column is with a choice."""
        values: Values = {"choose": choice.astype(float)}
        for name in self._states:
            slack = self._least_slack(name, values)
            values[name] = np.clip(slack, 0.0, 1.0)
        return values

    def gains(self, choice: Flags) -> Floats:
        """What each choice would add to the goal of a plan, shape (choices,)."""
        return np.where(choice, 0.0, self._worth(self._deltas(choice, 1)))

    def losses(self, choice: Flags) -> Floats:
        """What the goal of a plan loses without each of its choices; infinite for others."""
        return np.where(choice, 0.0 - self._worth(self._deltas(choice, -1)), np.inf)

    def fits(self, choice: Flags, step: int) -> Flags:
        """Whether every row is kept once each choice is added (1) or taken out (-1)."""
        values, deltas = self.values(choice), self._deltas(choice, step)
        broken = np.zeros(len(choice))
        for rows in self._limits:
            activity = _activity(rows, values)
            change = _change(rows, deltas, len(choice)).tocoo()
            bad = _broken(rows, activity, slice(None)).astype(float)
            then = _broken(rows, activity[change.row] + change.data, change.row)
            broken += bad.sum() + np.bincount(change.col, then - bad[change.row], len(choice))
        keeps = ~(self.barred | choice) if step > 0 else choice & ~self.decided
        return np.asarray(keeps & (np.round(broken) == 0))

    def room(self, choice: Flags) -> Floats:
        """How much each choice, taken out, eases the rows that a plan breaks, shape (choices,).

        Every row counts in shares of its own excess.
        """
        values, deltas = self.values(choice), self._deltas(choice, -1)
        room = np.zeros(len(choice))
        for rows in self._limits:
            excess = _excess(rows, _activity(rows, values))
            if np.any(excess):
                weight = np.divide(1.0, excess, out=np.zeros(len(excess)), where=excess != 0)
                room -= weight @ _change(rows, deltas, len(choice))
        return np.maximum(room, 0.0)

    def is_broken(self, choice: Flags) -> bool:
        """Whether a choice breaks a row."""
        values = self.values(choice)
        return any(np.any(_excess(rows, _activity(rows, values))) for rows in self._limits)

    def violations(self, choice: Flags) -> list[str]:
        """Every row that a choice breaks, in the judge's words."""
        whole = {name: part.astype(np.int64) for name, part in self.values(choice).items()}
        return list(breaches(self.model, whole))

    @cached_property
    def _states(self) -> list[str]:
        """The families that follow from choices, each behind those it follows from."""
        order: list[str] = ["choose"]
        waiting = [name for name in self.model.families if name != "choose"]
        while waiting:
            ready = [n for n in waiting if self._needs(n) <= set(order)]
            order += ready
            waiting = [name for name in waiting if name not in ready]
        return order[1:]

    def _needs(self, name: str) -> set[str]:
        return {other for rows in self._links[name] for other in rows.terms} - {name}

    @cached_property
    def _links(self) -> dict[str, list[PlainRows]]:
        """Rows that say what each family follows from."""
        names = {
            name: {link.name for link in family.links}
            for name, family in self.model.families.items()
        }
        return {
            name: [rows for rows in self.model.links if rows.name in own and name != "choose"]
            for name, own in names.items()
        }

    @cached_property
    def _limits(self) -> list[PlainRows]:
        """Rows that a plan has to keep."""
        own = {link.name for link in self.model.families["choose"].links}
        return [*self.model.rows, *(rows for rows in self.model.links if rows.name in own)]

    def _slacks(self, rows: PlainRows, name: str, values: Values) -> Floats:
        """What each link row leaves its own column, shape (rows,)."""
        upper = np.array(rows.upper, dtype=float)
        for other, matrix in rows.terms.items():
            if other != name:
                upper = upper - matrix @ values[other]
        return upper

    def _least_slack(self, name: str, values: Values) -> Floats:
        least = np.ones(len(self.model.families[name]))
        for rows in self._links[name]:
            np.minimum.at(least, _owner(rows, name), self._slacks(rows, name, values))
        return least

    def _deltas(self, choice: Flags, step: int) -> Deltas:
        """How each move changes each column, by family, shape (columns, choices)."""
        count, values = len(choice), self.values(choice)
        moved = np.flatnonzero(choice if step < 0 else ~choice)
        ones = np.full(len(moved), float(step))
        deltas = {"choose": csr_array((ones, (moved, moved)), shape=(count, count))}
        for name in self._states:
            find = self._gained if step > 0 else self._lost
            deltas[name] = find(name, values, deltas, count)
        return deltas

    def _gained(self, name: str, values: Values, deltas: Deltas, count: int) -> csr_array:
        """Columns that become 1: all rows that keep them at 0 give way at once."""
        size = len(self.model.families[name])
        blocked, freed = np.zeros(size), csr_array((size, count))
        for rows in self._links[name]:
            slack, owner = self._slacks(rows, name, values), _owner(rows, name)
            tight = slack < 0.5
            blocked += np.bincount(owner[tight], minlength=size)
            change = -_change(rows, {k: d for k, d in deltas.items() if k != name}, count)
            opens = change.tocoo()
            kept = tight[opens.row] & (slack[opens.row] + opens.data > 0.5)
            freed = freed + csr_array(
                (np.ones(int(kept.sum())), (owner[opens.row[kept]], opens.col[kept])),
                shape=(size, count),
            )
        found = csr_array(freed).tocoo()
        whole = (found.data >= blocked[found.row] - 0.5) & (values[name][found.row] < 0.5)
        return csr_array(
            (np.ones(int(whole.sum())), (found.row[whole], found.col[whole])), shape=(size, count)
        )

    def _lost(self, name: str, values: Values, deltas: Deltas, count: int) -> csr_array:
        """Columns that become 0: some row gives no room any more."""
        size = len(self.model.families[name])
        closed = csr_array((size, count))
        for rows in self._links[name]:
            slack, owner = self._slacks(rows, name, values), _owner(rows, name)
            change = -_change(rows, {k: d for k, d in deltas.items() if k != name}, count)
            shuts = change.tocoo()
            kept = (slack[shuts.row] + shuts.data < 0.5) & (values[name][owner[shuts.row]] > 0.5)
            closed = closed + csr_array(
                (np.ones(int(kept.sum())), (owner[shuts.row[kept]], shuts.col[kept])),
                shape=(size, count),
            )
        found = csr_array(closed).tocoo()
        return csr_array((-np.ones(found.nnz), (found.row, found.col)), shape=(size, count))

    def _worth(self, deltas: Deltas) -> Floats:
        """Change of the most important goal by each move, shape (choices,)."""
        worth = np.zeros(len(self.offers))
        for name, vector in self.model.goals[0].terms.items():
            weights = vector.numerators.astype(float) / vector.denominator
            worth += csc_array(deltas[name]).T @ weights
        return worth


def _owner(rows: PlainRows, name: str) -> NDArray[np.int64]:
    """The one column of its own family that each link row is about."""
    return rows.terms[name].indices.astype(np.int64)


def _activity(rows: PlainRows, values: Values) -> Floats:
    total = np.zeros(len(rows))
    for family, matrix in rows.terms.items():
        total += matrix @ values[family]
    return total


def _change(rows: PlainRows, deltas: Deltas, count: int) -> csr_array:
    """Change of each row's activity by each move, shape (rows, choices)."""
    total = csr_array((len(rows), count))
    for family, matrix in rows.terms.items():
        if family in deltas:
            total = total + matrix.astype(float) @ deltas[family]
    return csr_array(total)


def _limit(rows: PlainRows, which: str) -> Floats:
    otherwise = np.inf if which == "upper" else -np.inf
    return np.array([otherwise if x is None else x for x in getattr(rows, which)], dtype=float)


def _broken(rows: PlainRows, activity: Floats, at: NDArray[np.int32] | slice) -> Floats:
    over = activity > _limit(rows, "upper")[at] + 0.5
    return np.asarray(over | (activity < _limit(rows, "lower")[at] - 0.5), dtype=float)


def _excess(rows: PlainRows, activity: Floats) -> Floats:
    """Above 0 by what a row is too full, below 0 by what it lacks."""
    over = np.maximum(0.0, activity - _limit(rows, "upper"))
    under = np.maximum(0.0, _limit(rows, "lower") - activity)
    return np.where(over + under >= 0.5, over - under, 0.0)
