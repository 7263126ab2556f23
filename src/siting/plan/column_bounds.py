"""What single rows of a model say of its choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.blocks.exact import Wholes
from siting.blocks.plain_model import PlainModel, PlainRows


@dataclass(frozen=True, eq=False)
class ColumnBounds:
    """Least and largest value of each choice that no row forbids alone, shape (choices,)."""

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]


def column_bounds(model: PlainModel) -> ColumnBounds | None:
    """What single rows of the blocks say of the choices; None if they contradict.

    A row rules out an offer that alone overfills it beside what is decided, and decides one without
    which it cannot be filled.
    """
    count = len(model.families["choose"])
    lower, upper = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    for _ in range(2):
        for rows in model.rows:
            if set(rows.terms) == {"choose"}:
                for number in range(len(rows)):
                    if not _tighten(rows, number, lower, upper):
                        return None
    return None if np.any(lower > upper) else ColumnBounds(lower, upper)


def _tighten(rows: PlainRows, number: int, lower: Wholes, upper: Wholes) -> bool:
    """Narrows bounds by one row; False if no choice keeps it."""
    matrix = rows.terms["choose"]
    part = slice(matrix.indptr[number], matrix.indptr[number + 1])
    columns, amounts = matrix.indices[part], matrix.data[part].astype(object)
    ends = amounts * lower[columns], amounts * upper[columns]
    least = sum(map(min, ends[0].tolist(), ends[1].tolist()))
    most = sum(map(max, ends[0].tolist(), ends[1].tolist()))
    limit, floor = rows.upper[number], rows.lower[number]
    if (limit is not None and least > limit) or (floor is not None and most < floor):
        return False
    wide = lower[columns] < upper[columns]
    size = abs(amounts)
    if limit is not None:
        over = wide & np.array(least + size > limit, dtype=bool)
        upper[columns[over & (amounts > 0)]] = 0
        lower[columns[over & (amounts < 0)]] = 1
    if floor is not None:
        short = wide & np.array(most - size < floor, dtype=bool)
        lower[columns[short & (amounts > 0)]] = 1
        upper[columns[short & (amounts < 0)]] = 0
    return True
