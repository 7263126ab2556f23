"""The covering core of a program whose other rows are priced.

Under prices of all rows but `state <= choices` and those of choices alone, what is left is a
covering problem, for which there are quicker bounds and moves (Lagrangian relaxation, Fisher 1981,
doi 10.1287/mnsc.27.1.1). Any prices prove a bound; those of a relaxation, even of one that is far
from solved, mostly a good one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.program import Domain, Program, Section
from siting.solve.general.states import States
from siting.solve.presolve.cover import CoverProblem, recognise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]

_ROUNDING = 1e-9
# In place of an offer: a row that a decided one covers, and one that is merged or out of reach.
_DECIDED, _NONE = -2, -1


@dataclass(frozen=True, eq=False)
class Priced:
    """A covering problem that is left of a program under prices.

    Attributes:
        problem: The covering problem; its offers are numbered as the program's choices.
        program: It as a program, before anything is merged or folded.
        prices: Of the rows that are priced, 0 of others, shape (rows,).
        beside: What the bound of the whole has beside that of the covering problem.
    """

    problem: CoverProblem
    program: Program
    prices: Floats
    beside: float


@dataclass(frozen=True, eq=False)
class _Own:
    """States of one section outside the core, and the rows that limit each by columns before it.

    Attributes:
        columns: The states.
        row: Each row, shape (rows,).
        column: Position among `columns` of the one that it limits, shape (rows,).
        amount: How much of it the column takes, shape (rows,).
        is_fair: Whether the rest of no row of a state makes more of it than the state can take, so
            that to let it pay all it earns proves no less, shape (columns,).
    """

    columns: Index
    row: Index
    column: NDArray[np.signedinteger]
    amount: Floats
    is_fair: Flags

    @property
    def count(self) -> int:
        return len(self.columns)


class Core:
    """The covering core of a program.

    Args:
        states: The program, with what its states follow from.

    Attributes:
        covered: Columns of the states that follow from choices alone, by one row each.
        rows: Their rows, and behind them the rows of choices alone.
        priced: Which rows are none of these, shape (rows,).
    """

    def __init__(self, states: States) -> None:
        program = states.program
        self._states, self._whole = states, states.whole
        choice = program.domain == Domain.INTEGER
        touched = abs(program.matrix).sign() @ (~choice).astype(float)
        cover = self._cover_rows(program, states, touched)
        alone = np.flatnonzero(touched == 0)
        self.covered = states.owner[cover]
        self.rows = np.concatenate([cover, alone])
        self.priced = np.ones(program.shape[0], dtype=bool)
        self.priced[self.rows] = False

    @staticmethod
    def _cover_rows(program: Program, states: States, touched: Floats) -> Index:
        """Rows `state <= sum of choices`, the only ones of their states."""
        matrix, owner = program.matrix, states.owner
        units = np.diff(matrix.indptr) - 1 == -np.asarray(matrix.minimum(0).sum(axis=1)).ravel()
        count = np.bincount(owner[owner >= 0], minlength=program.shape[1])
        known = np.maximum(owner, 0)
        fits = (owner >= 0) & (touched == 1) & units & (program.row_upper == 0)
        fits &= (count[known] == 1) & states.eager[known]
        return np.flatnonzero(fits)

    def at(self, multipliers: Floats) -> Priced | None:
        """What is left under the multipliers of a relaxation, shape (rows,).

        Prices are mended first, which never proves less: what a state pays to its rows is no more
        than it earns. None where what is left is no covering problem.
        """
        if self._unpriced is None:
            return None
        prices = self._mended(np.where(self.priced, multipliers, 0.0))
        gains, weights = self._earned(prices)
        program, problem = self._part, self._unpriced
        merged, decided = problem.demand_of >= 0, self._folded_into == _DECIDED
        alone = self._folded_into >= 0
        count, offers = len(problem.weights), len(problem.offers)
        folded = np.bincount(self._folded_into[alone], weights[alone], minlength=offers)
        problem = replace(
            problem,
            weights=np.bincount(problem.demand_of[merged], weights[merged], count).astype(float),
            gain=gains[problem.offers] + folded,
            offset=program.offset + float(weights[decided].sum()),
        )
        program = replace(program, objective=np.concatenate([gains, weights]))
        return Priced(problem, program, prices, self._beside(prices))

    def choices(self, priced: Priced, chosen: Flags) -> Floats:
        """Choices of the program for chosen offers of its covering problem, shape (choices,)."""
        values: Floats = self._states.program.lower[self._whole]
        values[priced.problem.offers] = chosen
        return values

    def multipliers(self, priced: Priced, found: Floats) -> Floats:
        """Multipliers of the whole program for those of a covering problem under prices.

        Args:
            priced: The covering problem.
            found: Of its demand rows and then of its side rows, shape (demands + sides,).
        """
        full = priced.prices.copy()
        full[self.rows] = priced.problem.to_multipliers(found, priced.program)
        return full

    def reduced(self, priced: Priced, multipliers: Floats) -> tuple[Floats, Floats]:
        """Prices of the covering problem's demand and side rows, for those of the whole."""
        own, problem = multipliers[self.rows], priced.problem
        demands = own[problem.cover_rows]
        merged = problem.demand_of >= 0
        count = len(problem.weights)
        summed = np.bincount(problem.demand_of[merged], demands[merged], minlength=count)
        return np.clip(summed, 0.0, problem.weights), own[problem.side_rows]

    def worth(self, priced: Priced) -> Floats:
        """What each column of the program earns beyond the prices, shape (columns,)."""
        return np.asarray(self._states.program.objective - self._columns @ priced.prices)

    def _earned(self, prices: Floats) -> tuple[Floats, Floats]:
        """What choices and covered states earn beyond the prices."""
        earned = self._states.program.objective - self._columns @ prices
        return earned[self._whole], np.maximum(earned[self.covered], 0.0)

    @cached_property
    def _part(self) -> Program:
        """Choices and covered states, each of which earns 1."""
        program, columns = self._states.program, np.concatenate([self._whole, self.covered])
        rows, count, choices, cover = self.rows, len(columns), len(self._whole), len(self.covered)
        return replace(
            program,
            columns=(Section("choose", 0, choices, ()), Section("covered", choices, count, ())),
            rows=(Section("cover", 0, cover, ()), Section("side", cover, len(rows), ())),
            objective=np.ones(count),
            matrix=csr_array(program.matrix[rows][:, columns]),
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            lower=program.lower[columns],
            upper=program.upper[columns],
            domain=program.domain[columns],
            further=(),
        )

    @cached_property
    def _unpriced(self) -> CoverProblem | None:
        """The covering problem whatever rows cost: what is merged and folded stays so."""
        return recognise(self._part)

    @cached_property
    def _folded_into(self) -> Index:
        """The offer that alone covers a row that is not merged; or that one is decided, or none."""
        problem, program = self._unpriced, self._part
        assert problem is not None  # noqa: S101 - asked before
        cover = csr_array(program.matrix[problem.cover_rows][:, problem.offers].minimum(0))
        into = np.full(len(problem.demand_of), _NONE)
        single = np.flatnonzero((problem.demand_of < 0) & (np.diff(cover.indptr) == 1))
        into[single] = cover.indices[cover.indptr[single]]
        decided = cover @ (problem.lower >= 1) < 0
        into[decided] = _DECIDED
        return into

    def _beside(self, prices: Floats) -> float:
        """What priced rows and the columns outside the core add to a bound."""
        program = self._states.program
        paid = np.where(prices > 0, program.row_upper, program.row_lower)
        rows = prices * np.where((prices == 0) | ~np.isfinite(paid), 0.0, paid)
        outside = np.ones(program.shape[1], dtype=bool)
        outside[self._whole] = outside[self.covered] = False
        gains = (program.objective - self._columns @ prices)[outside]
        best = np.maximum(gains * program.lower[outside], gains * program.upper[outside])
        return float(rows.sum() + best.sum())

    def _mended(self, prices: Floats) -> Floats:
        """Prices of which no state outside the core pays more than it earns, and some not less."""
        program, prices = self._states.program, prices.copy()
        for own in self._paying:
            earned = program.objective - self._columns @ prices
            paid = np.bincount(own.column, own.amount * prices[own.row], minlength=own.count)
            due = np.maximum(0.0, earned[own.columns] + paid)
            due = np.where(own.is_fair, due, np.minimum(due, paid))
            total = np.bincount(own.column, own.amount, minlength=own.count)
            scale = np.divide(due, paid, out=np.zeros_like(due), where=paid > 0)
            equal = np.divide(due, total, out=np.zeros_like(due), where=(paid <= 0) & (total > 0))
            prices[own.row] = prices[own.row] * scale[own.column] + equal[own.column]
        return prices

    @cached_property
    def _columns(self) -> csr_array:
        return csr_array(self._states.program.matrix.T)

    @cached_property
    def _paying(self) -> list[_Own]:
        """The states outside the core with their rows, by section, the last first."""
        program = self._states.program
        matrix, found = csc_array(program.matrix), []
        upper = np.isfinite(program.row_upper) & ~np.isfinite(program.row_lower) & self.priced
        # What the other columns of a row can make of it.
        most = program.row_upper - csr_array(program.matrix.minimum(0)) @ program.upper
        for section in reversed(program.columns):
            columns = np.arange(section.start, section.stop)
            columns = columns[program.domain[columns] != Domain.INTEGER]
            columns = np.setdiff1d(columns, self.covered)
            columns = columns[program.lower[columns] == 0]
            if len(columns) == 0:
                continue
            entries = csc_array(matrix[:, columns]).tocoo()
            mine = upper[entries.row] & (entries.data > 0) & self._last_in(section)[entries.row]
            row, column, amount = entries.row[mine], entries.col[mine], entries.data[mine]
            unfair = most[row] > amount * program.upper[columns][column] * (1 + _ROUNDING)
            is_fair = np.bincount(column, unfair, minlength=len(columns)) == 0
            found.append(_Own(columns, row.astype(np.int64), column, amount, is_fair))
        return found

    def _last_in(self, section: Section) -> Flags:
        """Rows with one column of a section and none behind it, shape (rows,)."""
        program = self._states.program
        inside = np.zeros(program.shape[1])
        inside[section.slice] = 1.0
        behind = np.zeros(program.shape[1])
        behind[section.stop :] = 1.0
        pattern = abs(program.matrix).sign()
        return np.asarray((pattern @ inside == 1) & (pattern @ behind == 0))
