"""From whole decisions to a full solution, and whether it holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.program.program import Domain, Program

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
# Rows of whole decisions alone are sums of money or counts: what a judge forgives them.
_ROUNDING = 1e-9


def extend(program: Program, values: Floats) -> Floats:
    """Rounds the whole columns and gives each implied column the most that its rows allow.

    Implied columns earn and are limited from above by columns before them, so filling them section
    by section gives the best solution for these decisions.

    Args:
        program: The program.
        values: Shape (columns,); only whole and continuous columns are read.
    """
    full = values.copy()
    whole = program.domain == Domain.INTEGER
    full[whole] = np.clip(np.round(full[whole]), program.lower[whole], program.upper[whole])
    for section in program.columns:
        part = section.slice
        if np.any(program.domain[part] == Domain.IMPLIED):
            full[part] = _most(program, full, part)
    return full


def _most(program: Program, values: Floats, part: slice) -> Floats:
    """The most each column of a section may be, given all columns before the section."""
    own = program.matrix[:, part].tocoo()
    limiting = (own.data > 0) & np.isfinite(program.row_upper[own.row])
    rows, columns, weights = own.row[limiting], own.col[limiting], own.data[limiting]
    before = program.matrix[rows][:, : part.start] @ values[: part.start]
    most = program.upper[part].copy()
    np.minimum.at(most, columns, (program.row_upper[rows] - before) / weights)
    return np.maximum(most, program.lower[part])


def is_feasible(program: Program, values: Floats) -> bool:
    """Whether bounds, rows and wholeness hold.

    A row of whole decisions alone, a budget say, holds to within 1e-9 of its limit; any other to
    within 1e-6 of the size of its terms.
    """
    over, under = _slacks(program, np.abs(values))
    activity = program.matrix @ values
    whole = values[program.domain == Domain.INTEGER]
    return bool(
        np.all(activity <= program.row_upper + over)
        and np.all(activity >= program.row_lower - under)
        and np.all(values >= program.lower - TOLERANCE)
        and np.all(values <= program.upper + TOLERANCE)
        and np.all(whole == np.round(whole))
    )


def _slacks(program: Program, sizes: Floats) -> tuple[Floats, Floats]:
    """What each row may be over its upper and under its lower limit, shape (rows,) each."""
    matrix = abs(program.matrix)
    mixed = matrix @ (program.domain != Domain.INTEGER).astype(float) > 0
    loose = TOLERANCE * (1.0 + matrix @ sizes)
    over, under = (
        np.where(
            mixed,
            loose,
            _ROUNDING * np.maximum(1.0, np.abs(np.nan_to_num(limit, posinf=0, neginf=0))),
        )
        for limit in (program.row_upper, program.row_lower)
    )
    return over, under


def conflicts(program: Program) -> tuple[str, ...]:
    """Rows that no values within the column bounds can satisfy, and columns whose bounds cross.

    An empty answer does not prove that the program is feasible.
    """
    positive = program.matrix.maximum(0)
    negative = program.matrix.minimum(0)
    least = positive @ program.lower + negative @ program.upper
    most = positive @ program.upper + negative @ program.lower
    over, under = _slacks(program, np.maximum(np.abs(program.upper), np.abs(program.lower)))
    rows = (least > program.row_upper + over) | (most < program.row_lower - under)
    rows |= program.row_lower > program.row_upper
    names = []
    for sections, bad in ((program.columns, program.lower > program.upper), (program.rows, rows)):
        for section in sections:
            positions = np.flatnonzero(bad[section.slice])
            if len(positions):
                labels = section.labels()
                names += [labels[position] for position in positions]
    return tuple(names)


def rule_out(program: Program) -> Program:
    """Fixes to 0 every whole column that alone overfills a row; no solution takes one.

    Only rows whose terms cannot be negative say so, and only columns that may be 0 are fixed.
    """
    matrix = program.matrix.tocoo()
    packing = np.ones(program.shape[0], dtype=bool)
    packing[matrix.row[(matrix.data < 0) | (program.lower[matrix.col] < 0)]] = False
    limit = program.row_upper[matrix.row]
    too_big = matrix.data > limit + TOLERANCE * np.maximum(1.0, np.abs(limit))
    columns = np.unique(matrix.col[too_big & packing[matrix.row]])
    columns = columns[(program.domain[columns] == Domain.INTEGER) & (program.lower[columns] == 0)]
    upper = program.upper.copy()
    upper[columns] = 0.0
    return replace(program, upper=upper)
