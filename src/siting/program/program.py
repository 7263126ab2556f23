"""The program: a mixed-integer maximisation as sparse arrays, all that a solver ever sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program.names import file_names

Floats = NDArray[np.float64]


class Domain(IntEnum):
    """What values a column takes.

    An implied column is continuous, and some optimal solution has it whole once the integer columns
    are: a solver may treat it either way.
    """

    CONTINUOUS = 0
    INTEGER = 1
    IMPLIED = 2


class Kind(StrEnum):
    """What the rows or columns of a section are; a solver verifies it before it relies on it.

    Attributes:
        CHOICE: 0/1 columns that are decided.
        STATE: Columns that follow from the choices.
        COVER: Rows `state - sum of choices <= constant`.
        LINK: Other rows that say what a state follows from.
        KNAPSACK: Rows of amounts of the choices with an upper limit, such as money.
        PACKING: Rows of small whole amounts of a few choices with an upper limit.
        QUOTA: Rows with a lower limit.
        GOAL: Rows that keep what an earlier goal reached.
        OTHER: Anything else.
    """

    CHOICE = "choice"
    STATE = "state"
    COVER = "cover"
    LINK = "link"
    KNAPSACK = "knapsack"
    PACKING = "packing"
    QUOTA = "quota"
    GOAL = "goal"
    OTHER = "other"


@dataclass(frozen=True)
class Section:
    """Consecutive rows or columns that one block wrote, and the ids they stand for.

    Attributes:
        name: What the rows or columns are, e.g. `covered`.
        start: Position of the first.
        stop: Position behind the last.
        ids: One array a dimension, e.g. resident ids and categories, each of shape (stop - start,).
        kind: What they are.
    """

    name: str
    start: int
    stop: int
    ids: tuple[NDArray[np.object_], ...]
    kind: Kind = Kind.OTHER

    @property
    def slice(self) -> slice:
        """The positions as a slice."""
        return slice(self.start, self.stop)

    def labels(self) -> list[str]:
        """Names such as `covered[r1,pharmacy]`, as messages write them."""
        if not self.ids:
            return [self.name] * (self.stop - self.start)
        return [f"{self.name}[{','.join(map(str, key))}]" for key in zip(*self.ids, strict=True)]


@dataclass(frozen=True, eq=False)
class Goal:
    """What is made as large as possible once more important goals are kept.

    Attributes:
        name: What messages call it.
        objective: Shape (columns,).
        offset: Its value where every column is 0.
        within: Share of max(1, |value|) that it may give up for the goals after it.
    """

    name: str
    objective: Floats
    offset: float = 0.0
    within: float = 0.0

    def value(self, values: Floats) -> float:
        """Its value at a solution, shape (columns,)."""
        return self.offset + float(self.objective @ values)


@dataclass(frozen=True, repr=False)
class Program:
    """Maximise `offset + objective @ x` over bounds, rows and whole columns.

    Every column is bounded on both sides, so any multipliers of the rows prove a bound.

    Attributes:
        columns: Sections of the columns; the first is `choose`, one column an offer and year.
        rows: Sections of the rows.
        objective: Shape (columns,), residents a unit.
        offset: Residents that are covered whatever is chosen.
        matrix: Row coefficients, shape (rows, columns).
        row_lower: Least row activity, shape (rows,); -inf where there is none.
        row_upper: Most row activity, shape (rows,); inf where there is none.
        lower: Least value of each column, shape (columns,), finite.
        upper: Most value of each column, shape (columns,), finite.
        domain: `Domain` of each column, shape (columns,).
        goal: Name of the objective.
        within: Share of max(1, |objective|) that it may give up for `further` goals.
        further: Goals to be optimised afterwards, the most important first.
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
    goal: str = ""
    within: float = 0.0
    further: tuple[Goal, ...] = ()

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
