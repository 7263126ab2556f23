"""What a family of variables is when it is said plainly, and what its makers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.plain_inputs import PlainInputs

Flags = NDArray[np.bool_]
Ids = tuple[NDArray[np.object_], ...]


@dataclass(frozen=True, eq=False)
class LinkRows:
    """Rows that say what a family follows from: `terms <= upper`, in whole numbers.

    Attributes:
        name: Name of the rows.
        ids: What each row stands for, one array a dimension, each of shape (rows,).
        terms: Coefficients by family, each of shape (rows, columns of the family).
        upper: Most activity of each row, shape (rows,).
        scale: What each row was multiplied by, above 0, shape (rows,); 1 where it is None.
    """

    name: str
    ids: Ids
    terms: dict[str, csr_array]
    upper: NDArray[np.int64]
    scale: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Effects:
    """What a choice brings about, found without any model.

    Attributes:
        chosen: The (offer, year) pairs that are chosen.
        before: Whether each demand point has each category now, shape (residents, categories).
        after: The same at the end of each year.
        under: The same at the end of each year under another reading of the standard.
        twice: Whether at least two outlets are within the standard, at the end of each year.
    """

    chosen: frozenset[tuple[str, int]]
    before: Flags
    after: Mapping[int, Flags]
    under: Callable[[str], Mapping[int, Flags]]
    twice: Callable[[], Mapping[int, Flags]]


@dataclass(frozen=True, eq=False)
class PlainFamily:
    """One family of variables, each from 0 to 1.

    Attributes:
        name: What columns of it are called.
        ids: One array a dimension, each of shape (columns,).
        links: Rows between it and the families it follows from.
        values: What each column is, given what a choice brings about, shape (columns,); fractions
            where it is not whole.
        decided: Whether a planner decides it; else it follows.
        is_whole: Whether it is 0 or 1 in every plan.
        merges: Whether equal columns can be told by the rows that link them, one column a row.
        follows: Whether it is whole by itself once the choices are; else it has to be branched on.
    """

    name: str
    ids: Ids
    links: tuple[LinkRows, ...]
    values: Callable[[Effects], Flags | NDArray[np.object_]]
    decided: bool = False
    is_whole: bool = True
    follows: bool = True
    merges: bool = True

    def __len__(self) -> int:
        return len(self.ids[0])

    @cached_property
    def position(self) -> dict[tuple[object, ...], int]:
        """Position of each id."""
        return {key: number for number, key in enumerate(zip(*self.ids, strict=True))}


def ones_at(places: list[tuple[int, int]], shape: tuple[int, int]) -> csr_array:
    """1 at each (row, column)."""
    at = np.array(places, dtype=np.int64).reshape(-1, 2)
    return csr_array((np.ones(len(at), dtype=np.int64), (at[:, 0], at[:, 1])), shape=shape)


def entries_at(places: list[tuple[int, int, int]], shape: tuple[int, int]) -> csr_array:
    """Whole coefficients at (row, column)."""
    at = np.array(places, dtype=object).reshape(-1, 3)
    where = (at[:, 0].astype(np.int64), at[:, 1].astype(np.int64))
    return csr_array((at[:, 2].astype(np.int64), where), shape=shape)


def stacked(blocks: list[list[csr_array | None]], shape: tuple[int, int]) -> csr_array:
    """Blocks of one shape, None for zeros, as one matrix; whole numbers stay whole."""
    filled = [
        (number, other, block)
        for number, line in enumerate(blocks)
        for other, block in enumerate(line)
        if block is not None
    ]
    entries = [(n * shape[0], m * shape[1], block.tocoo()) for n, m, block in filled]
    rows = np.concatenate([part.row + down for down, _, part in entries])
    columns = np.concatenate([part.col + right for _, right, part in entries])
    data = np.concatenate([part.data for _, _, part in entries]).astype(np.int64)
    size = (shape[0] * len(blocks), shape[1] * len(blocks[0]))
    return csr_array((data, (rows, columns)), shape=size)


def by_year(inputs: PlainInputs, dimensions: tuple[list[str], ...]) -> Ids:
    """Ids of all years, year by year, with the year as the last dimension."""
    count = len(dimensions[0])
    years = np.repeat(np.array(inputs.years, dtype=object), count)
    tiled = (np.tile(np.array(names, dtype=object), len(inputs.years)) for names in dimensions)
    return (*tiled, years)
