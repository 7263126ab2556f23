"""The program: a mixed-integer maximisation as sparse arrays, all that a solver ever sees."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


class Domain(IntEnum):
    """What values a column takes.

    An implied column is continuous, and some optimal solution has it whole once the integer columns
    are: a solver may treat it either way.
    """

    CONTINUOUS = 0
    INTEGER = 1
    IMPLIED = 2


@dataclass(frozen=True)
class Section:
    """Consecutive rows or columns that one block wrote, and the ids they stand for.

    Attributes:
        name: What the rows or columns are, e.g. `covered`.
        start: Position of the first.
        stop: Position behind the last.
        ids: One array a dimension, e.g. resident ids and categories, each of shape (stop - start,).
    """

    name: str
    start: int
    stop: int
    ids: tuple[NDArray[np.object_], ...]

    @property
    def slice(self) -> slice:
        """The positions as a slice."""
        return slice(self.start, self.stop)

    def labels(self) -> list[str]:
        """Names such as `covered[r1,pharmacy]`, as messages write them."""
        if not self.ids:
            return [self.name] * (self.stop - self.start)
        return [f"{self.name}[{','.join(map(str, key))}]" for key in zip(*self.ids, strict=True)]


@dataclass(frozen=True, repr=False)
class Program:
    """Maximise `offset + objective @ x` over bounds, rows and whole columns.

    Every column is bounded on both sides, so any multipliers of the rows prove a bound.

    Attributes:
        columns: Sections of the columns; the first is `add`, one column an offer.
        rows: Sections of the rows.
        objective: Shape (columns,), residents a unit.
        offset: Residents that are covered whatever is chosen.
        matrix: Row coefficients, shape (rows, columns).
        row_lower: Least row activity, shape (rows,); -inf where there is none.
        row_upper: Most row activity, shape (rows,); inf where there is none.
        lower: Least value of each column, shape (columns,), finite.
        upper: Most value of each column, shape (columns,), finite.
        domain: `Domain` of each column, shape (columns,).
    """

    columns: tuple[Section, ...]
    rows: tuple[Section, ...]
    objective: Floats
    offset: float
    matrix: csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    domain: NDArray[np.int8]

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"Program({rows} rows, {columns} columns, {self.matrix.nnz} nonzeros)"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def section(self, name: str) -> Section:
        """The columns of this name.

        Raises:
            KeyError: No block wrote such columns.
        """
        for section in self.columns:
            if section.name == name:
                return section
        raise KeyError(name)

    def column_names(self) -> list[str]:
        """Names of the columns as files can hold them: letters, digits, `_`; all different."""
        return file_names(label for section in self.columns for label in section.labels())

    def row_names(self) -> list[str]:
        """Names of the rows as files can hold them."""
        return file_names(label for section in self.rows for label in section.labels())

    def value(self, values: Floats) -> float:
        """The objective of a solution, shape (columns,)."""
        return self.offset + float(self.objective @ values)


def file_names(labels: Iterable[str]) -> list[str]:
    """Turns `covered[r1,pharmacy]` into `covered_r1_pharmacy`; clashes get a running number."""
    namer = FileNamer()
    return [namer.name(label) for label in labels]


@dataclass
class FileNamer:
    """Names that files can hold, one after another, all different."""

    _used: set[str] = field(default_factory=set)
    _count: dict[str, int] = field(default_factory=dict)

    def name(self, label: str) -> str:
        """A name for one more label: ASCII letters, digits and `_`."""
        clean = _NOT_IN_A_NAME.sub("_", label).rstrip("_")[:200]
        name = clean
        while name in self._used:
            self._count[clean] = self._count.get(clean, 0) + 1
            name = f"{clean}__{self._count[clean]}"
        self._used.add(name)
        return name
