"""Bounds of choices that single rows imply: locks, and offers that alone overfill a row.

A lock `x <= 0` or `x >= 1` is a row like any other, so that it has a name and a multiplier; here it
becomes a bound. So does a budget that one offer alone would overspend, and a least number that
cannot be reached without some offer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Domain, Program
from siting.solve.bounds.duality import reduced_costs
from siting.solve.feasibility import conflicting, names_of, whole_rows
from siting.solve.presolve.chain import resized

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

# As often as a judge of certificates, who knows bounds that follow in two rounds.
_ROUNDS = 2
# Sums of floats within this share of their terms could be either side of a limit.
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class NarrowedBounds:
    """A program with narrower bounds, without the rows of one choice that made them.

    Attributes:
        whole: The program as it was, with the narrower bounds.
        program: The same without those rows.
        rows: The rows that are left, shape (left rows,).
        by: Row that narrowed the lower and the upper bound of each column, or -1,
            shape (2, columns).
    """

    whole: Program
    program: Program
    rows: Index
    by: Index

    def reduce_values(self, values: Floats) -> Floats:
        """Decisions stay as they are."""
        return values

    def invert_values(self, values: Floats) -> Floats:
        """Decisions stay as they are."""
        return values

    def reduce_multipliers(self, multipliers: Floats) -> Floats:
        """Those of the rows that are left."""
        left: Floats = multipliers[self.rows]
        return left

    def invert_multipliers(self, multipliers: Floats) -> Floats:
        """Gives each row that became a bound what its column would gain by breaking it."""
        if len(self.rows) == self.whole.shape[0]:
            return multipliers
        full = self.invert_ray(multipliers)
        gains = reduced_costs(self.whole, full)
        single = np.ones(self.whole.shape[0], dtype=bool)
        single[self.rows] = False
        for side, wanting in ((0, gains < 0), (1, gains > 0)):
            rows = self.by[side]
            columns = np.flatnonzero((rows >= 0) & wanting & single[np.maximum(rows, 0)])
            for column, row in zip(columns.tolist(), rows[columns].tolist(), strict=True):
                full[row] = gains[column] / self.whole.matrix[row, column]
        return full

    def invert_ray(self, ray: Floats) -> Floats:
        """Rows that became bounds need no multiplier where bounds are known."""
        full = np.zeros(self.whole.shape[0])
        full[self.rows] = ray
        return full

    def invert_rows(self, sums: csr_array) -> csr_array:
        """The rows that are left stand where they stood."""
        entries = sums.tocoo()
        shape = sums.shape[0], self.whole.shape[0]
        return csr_array((entries.data, (entries.row, self.rows[entries.col])), shape=shape)

    def conflicts(self) -> tuple[str, ...]:
        """Names of what cannot hold together: rows, columns, and the rows that bound these."""
        columns, rows = conflicting(self.whole)
        if not columns.any() and not rows.any():
            return ()
        touched = columns.copy()
        touched[self.whole.matrix[np.flatnonzero(rows)].indices] = True
        reasons = self.by[:, touched].ravel()
        rows[reasons[reasons >= 0]] = True
        return names_of(self.whole, columns, rows)


class BoundsFromRows:
    """Narrows 0/1 choices by single rows, and drops rows of one choice that say no more then."""

    def accepts(self, program: Program) -> bool:
        """Whether there are rows of whole columns."""
        return bool(np.any(program.domain == Domain.INTEGER)) and program.shape[0] > 0

    def apply(self, program: Program) -> NarrowedBounds:
        """Narrows what can be narrowed; bounds that cross mean that nothing holds."""
        lower, upper = program.lower.copy(), program.upper.copy()
        by = np.full((2, program.shape[1]), -1)
        rows, limits, number = _rows_of_choices(program)
        exact = whole_rows(rows) & (limits == np.round(limits)) | (np.diff(rows.indptr) == 1)
        for _ in range(_ROUNDS):
            _narrow(rows, limits, exact, number, (lower, upper, by))
            if np.any(lower > upper):
                break
        whole = replace(program, lower=lower, upper=upper)
        kept = np.flatnonzero(~_settled(whole))
        smaller = whole
        if len(kept) < program.shape[0]:
            smaller = replace(
                whole,
                rows=resized(program.rows, kept),
                matrix=csr_array(program.matrix[kept]),
                row_lower=program.row_lower[kept],
                row_upper=program.row_upper[kept],
            )
        return NarrowedBounds(whole, smaller, kept, by)


def _rows_of_choices(program: Program) -> tuple[csr_array, Floats, Index]:
    """Rows of whole 0/1 columns, all as `<=`, their limits, and the program's rows they are."""
    choice = (program.domain == Domain.INTEGER) & (program.lower >= 0) & (program.upper <= 1)
    whole = abs(program.matrix) @ (~choice).astype(float) == 0
    high = np.flatnonzero(whole & np.isfinite(program.row_upper))
    low = np.flatnonzero(whole & np.isfinite(program.row_lower))
    rows = csr_array(vstack([program.matrix[high], -program.matrix[low]], format="csr"))
    limits = np.concatenate([program.row_upper[high], -program.row_lower[low]])
    return rows, limits, np.concatenate([high, low])


def _narrow(
    rows: csr_array,
    limits: Floats,
    exact: Flags,
    number: Index,
    bounds: tuple[Floats, Floats, Index],
) -> None:
    """Fixes every open choice that alone breaks a row beside the least of the others."""
    lower, upper, by = bounds
    least = rows.maximum(0) @ lower + rows.minimum(0) @ upper
    size = abs(rows) @ np.maximum(np.abs(lower), np.abs(upper))
    hair = np.where(exact, 0.0, _CLOSE * np.maximum(1.0, size))
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    column = rows.indices
    wide = (lower[column] == 0) & (upper[column] == 1)
    breaks = wide & (least[row] + np.abs(rows.data) > limits[row] + hair[row])
    for side, entries in ((1, breaks & (rows.data > 0)), (0, breaks & (rows.data < 0))):
        # Of several rows the one of the fewest columns is the reason, a lock before a budget.
        found = np.flatnonzero(entries)
        found = found[np.argsort(-np.diff(rows.indptr)[row[found]], kind="stable")]
        (upper if side else lower)[column[found]] = 1 - side
        by[side, column[found]] = number[row[found]]


def _settled(program: Program) -> Flags:
    """Rows of one choice that hold whatever it is within its bounds, shape (rows,)."""
    matrix = program.matrix
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    entry = matrix.data != 0
    single = np.bincount(row[entry], minlength=matrix.shape[0]) == 1
    single &= ~np.isin(
        np.arange(len(single)), row[program.domain[matrix.indices] != Domain.INTEGER]
    )
    positive, negative = matrix.maximum(0), matrix.minimum(0)
    most = positive @ program.upper + negative @ program.lower
    least = positive @ program.lower + negative @ program.upper
    return np.asarray(single & (most <= program.row_upper) & (least >= program.row_lower))
