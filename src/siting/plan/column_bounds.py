"""What single rows of a model say of its choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.blocks.exact import Wholes
from siting.blocks.plain_model import PlainModel, PlainRows

# Further rounds find next to nothing.
_ROUNDS = 5


@dataclass(frozen=True, eq=False)
class ColumnBounds:
    """Least and largest value of each choice that no row forbids alone, shape (choices,)."""

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Whether nothing is left to choose, shape (choices,)."""
        return np.asarray(self.lower == self.upper)


def column_bounds(
    model: PlainModel, sections: Mapping[str, PlainRows] | None = None
) -> ColumnBounds | None:
    """What single rows say of the choices; None if they contradict.

    A row rules out an offer that alone overfills it beside what is decided, and decides one without
    which it cannot be filled.

    Args:
        model: The model.
        sections: Its rows, and the floors of earlier goals; else those of the model.
    """
    count = len(model.families["choose"])
    lower, upper = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    known = [
        rows
        for rows in (sections or model.sections).values()
        if set(rows.terms) == {"choose"} and len(rows)
    ]
    for _ in range(_ROUNDS):
        before = int(lower.sum() - upper.sum())
        for rows in known:
            for number in range(len(rows)):
                if not _tighten(rows, number, lower, upper):
                    return None
        if np.any(lower > upper):
            return None
        if int(lower.sum() - upper.sum()) == before:
            break
    return ColumnBounds(lower, upper)


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
