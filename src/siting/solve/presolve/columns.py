"""Columns that no solution takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.program.program import Domain, Program


def rule_out(program: Program) -> Program:
    """Fixes to 0 every whole column that alone overfills a row; no solution takes one.

    Only rows whose terms cannot be negative say so, and only columns that may be 0 are fixed.
    """
    matrix = program.matrix.tocoo()
    packing = np.ones(program.shape[0], dtype=bool)
    packing[matrix.row[(matrix.data < 0) | (program.lower[matrix.col] < 0)]] = False
    # A float is above another exactly where its shortest decimal is.
    too_big = matrix.data > program.row_upper[matrix.row]
    columns = np.unique(matrix.col[too_big & packing[matrix.row]])
    columns = columns[(program.domain[columns] == Domain.INTEGER) & (program.lower[columns] == 0)]
    upper = program.upper.copy()
    upper[columns] = 0.0
    return replace(program, upper=upper)
