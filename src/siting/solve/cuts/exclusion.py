"""Rows that exclude whole solutions which only floating point takes for feasible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program.program import Domain, Program
from siting.solve.feasibility import TOLERANCE, RowCheck

Floats = NDArray[np.float64]


def exclusions(program: Program, values: Floats) -> tuple[csr_array, Floats]:
    """One row for each row of 0/1 columns that a whole solution breaks by a hair.

    The decisions that overfill a row cannot be made together: of those that fill it at least one
    must go, or one that relieves it must come. Every solution that holds keeps that (a cover
    inequality: Balas 1975, doi 10.1007/BF01580440). What breaks a row by more is no matter of
    rounding and left alone.

    Args:
        program: The program.
        values: Shape (columns,); whole columns are rounded.

    Returns:
        Coefficients, shape (exclusions, columns), and upper limits, shape (exclusions,).
    """
    binary = program.domain == Domain.INTEGER
    binary &= (program.lower >= 0) & (program.upper <= 1)
    taken = np.where(binary, np.round(values), 0.0)
    mixed = abs(program.matrix) @ (~binary).astype(float) > 0
    activity, size = program.matrix @ taken, abs(program.matrix) @ taken
    over, under = activity - program.row_upper, program.row_lower - activity
    broken = RowCheck(program).broken(taken)
    broken = broken[~mixed[broken]]
    by_a_hair = np.maximum(over, under)[broken] <= TOLERANCE * (1.0 + size[broken])
    rows, limits = [], []
    for row in broken[by_a_hair]:
        part = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
        columns, entries = program.matrix.indices[part], program.matrix.data[part]
        filling = entries > 0 if over[row] >= under[row] else entries < 0
        dense = np.zeros(program.shape[1])
        dense[columns[filling & (taken[columns] == 1)]] = 1.0
        limits.append(dense.sum() - 1.0)
        dense[columns[~filling & (entries != 0) & (taken[columns] == 0)]] = -1.0
        rows.append(dense)
    shape = len(rows), program.shape[1]
    return csr_array(np.array(rows).reshape(shape)), np.array(limits)
