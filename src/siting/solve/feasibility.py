"""Whether a solution holds, decided as exactly as the numbers were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program.program import Domain, Program

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]

# Values that are not whole come from a solver, and keep a row to this share of its terms.
TOLERANCE = 1e-6
# Sums of floats this close to a limit, as a share of their terms, are added up again exactly.
_CLOSE = 1e-9
# Whole numbers up to here are added up without rounding.
_LARGEST_WHOLE = 2.0**52
_HOLDS, _UNSURE, _BROKEN = 0, 1, 2


class RowCheck:
    """Compares the activities of a program's rows with their limits.

    Numbers are decimals as they were written: 0.1 is a tenth, not the binary fraction next to it.
    Where a sum of floats is too close to a limit to tell, and all its values are whole, fractions
    decide; so an exact judge never disagrees.

    Args:
        program: Whose rows.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._sizes = abs(program.matrix)
        self._whole_numbers = whole_rows(program.matrix)
        for limit in (program.row_lower, program.row_upper):
            finite = np.where(np.isfinite(limit), limit, 0.0)
            self._whole_numbers &= finite == np.round(finite)

    def broken(self, values: Floats) -> Index:
        """Rows that do not hold at some values, shape (columns,)."""
        program = self._program
        activity = program.matrix @ values
        size = self._sizes @ np.abs(values)
        fractional = self._sizes @ (values != np.round(values)).astype(float) > 0
        over, under = (
            self._beyond(excess, size, fractional)
            for excess in (activity - program.row_upper, program.row_lower - activity)
        )
        exact = self._whole_numbers & (size < _LARGEST_WHOLE) & ~fractional
        unsure = np.flatnonzero((over == _UNSURE) | (under == _UNSURE))
        decided = exact[unsure]
        breaks = (over == _BROKEN) | (under == _BROKEN)
        sure = unsure[decided]
        breaks[sure] = (activity[sure] > program.row_upper[sure]) | (
            activity[sure] < program.row_lower[sure]
        )
        rest = unsure[~decided & ~breaks[unsure]]
        breaks[rest] = [self._breaks_exactly(int(row), values) for row in rest]
        return np.flatnonzero(breaks)

    def _beyond(self, excess: Floats, size: Floats, fractional: Flags) -> NDArray[np.int8]:
        """Whether each row is beyond a limit by so much, or too close to tell."""
        forgiven = TOLERANCE * (1.0 + size)
        close = _CLOSE * np.maximum(1.0, size)
        state = np.where(excess > close, _BROKEN, np.where(excess > -close, _UNSURE, _HOLDS))
        loose = np.where(excess > forgiven, _BROKEN, _HOLDS)
        return np.where(fractional, loose, state).astype(np.int8)

    def _breaks_exactly(self, row: int, values: Floats) -> bool:
        program = self._program
        part = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
        terms = zip(program.matrix.data[part], values[program.matrix.indices[part]], strict=True)
        return not within_limits(
            sum((as_written(a) * int(x) for a, x in terms if x != 0), Fraction(0)),
            float(program.row_lower[row]),
            float(program.row_upper[row]),
        )


def whole_rows(matrix: csr_array) -> Flags:
    """Rows whose coefficients are whole numbers, shape (rows,)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    whole = np.ones(matrix.shape[0], dtype=bool)
    whole[row[matrix.data != np.round(matrix.data)]] = False
    return whole


def as_written(number: float) -> Fraction:
    """The shortest decimal that a float stands for, exactly."""
    return Fraction(repr(float(number)))


def within_limits(activity: Fraction, lower: float, upper: float) -> bool:
    """Whether an exact activity is within limits as they were written; infinite ones hold."""
    low = lower == -np.inf or activity >= as_written(lower)
    return low and (upper == np.inf or activity <= as_written(upper))


def is_feasible(program: Program, values: Floats, check: RowCheck | None = None) -> bool:
    """Whether bounds, rows and wholeness hold.

    A row whose values are all whole holds exactly, its numbers read as decimals; any other to
    within 1e-6 of the size of its terms.

    Args:
        program: The program.
        values: Shape (columns,).
        check: Of the program, where there is one already.
    """
    whole = values[program.domain == Domain.INTEGER]
    return bool(
        np.all(whole == np.round(whole))
        and np.all(values >= program.lower - TOLERANCE)
        and np.all(values <= program.upper + TOLERANCE)
        and len((check or RowCheck(program)).broken(values)) == 0
    )


def conflicts(program: Program) -> tuple[str, ...]:
    """Rows that no values within the column bounds can satisfy, and columns whose bounds cross.

    An empty answer does not prove that the program is feasible.
    """
    return names_of(program, *conflicting(program))


def conflicting(program: Program) -> tuple[Flags, Flags]:
    """The same as flags, shape (columns,) and (rows,)."""
    rows = program.row_lower > program.row_upper
    rows[_out_of_reach(program)] = True
    return program.lower > program.upper, rows


def names_of(program: Program, columns: Flags, rows: Flags) -> tuple[str, ...]:
    """Labels of some columns, shape (columns,), and rows, shape (rows,)."""
    names = []
    for sections, bad in ((program.columns, columns), (program.rows, rows)):
        for section in sections:
            positions = np.flatnonzero(bad[section.slice])
            if len(positions):
                labels = section.labels()
                names += [labels[position] for position in positions]
    return tuple(names)


def _out_of_reach(program: Program) -> Index:
    """Rows whose least activity is above, or most below, their limits."""
    found = []
    for side in _halves(program):
        least, size = _least_activity(side)
        close = _CLOSE * np.maximum(1.0, size)
        sure = np.flatnonzero(least > side.row_upper + close)
        unsure = np.flatnonzero(
            (least > side.row_upper - close) & (least <= side.row_upper + close)
        )
        found += [sure, np.array([r for r in unsure if _overfull(side, int(r))], dtype=np.int64)]
    return np.unique(np.concatenate(found))


def _halves(program: Program) -> Iterator[Program]:
    """The program with its upper limits alone, and with its lower ones as upper ones."""
    yield program
    yield replace(program, matrix=csr_array(-program.matrix), row_upper=-program.row_lower)


def _least_activity(program: Program) -> tuple[Floats, Floats]:
    positive, negative = program.matrix.maximum(0), program.matrix.minimum(0)
    widest = np.maximum(np.abs(program.lower), np.abs(program.upper))
    return positive @ program.lower + negative @ program.upper, abs(program.matrix) @ widest


def _overfull(program: Program, row: int) -> bool:
    """Whether the least activity of a row is above its upper limit, exactly."""
    part = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
    least = Fraction(0)
    for column, entry in zip(program.matrix.indices[part], program.matrix.data[part], strict=True):
        bound = program.lower[column] if entry > 0 else program.upper[column]
        least += as_written(entry) * as_written(bound)
    return not within_limits(least, -np.inf, float(program.row_upper[row]))
