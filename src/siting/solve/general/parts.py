"""Parts of a program that hardly anything but a common limit joins, such as money.

Where a relaxation has fractions, they lie in few places that share no narrow row: a quarter and the
next one have money in common and nothing else. Under prices of what joins them each part is a small
program that a tree solves, and sums of their optima bound the whole (Lagrangian decomposition:
Guignard and Kim 1987, doi 10.1007/BF02592954).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from siting.program import Domain, Program, Section
from siting.solve.general.states import States
from siting.solve.presolve.chain import resized

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WHOLE = 1e-6


@dataclass(frozen=True)
class PartParameters:
    """Constants, tuned on complete baskets of Reykjavik at 1,200, 2,000 and 3,000.

    Attributes:
        narrow: Rows with at most so many entries do not join parts.
        wide: Nor do those with at most this share of the choices; others are priced.
        least: Choices that a relaxation leaves open in a part that is worth a tree.
        most: Parts at most, those with most open choices: each takes a vector of all columns.
    """

    narrow: int = 10
    wide: float = 0.05
    least: int = 2
    most: int = 64


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of a program told apart, each with the columns that they touch.

    Attributes:
        program: The program.
        rows: The rows of each part; none is in two.
        columns: The columns of each part, in order; a choice may be in several.
        among: In how many parts each column is, shape (columns,).
        joining: Rows that join parts, such as money.
    """

    program: Program
    rows: tuple[Index, ...]
    columns: tuple[Index, ...]
    among: Index
    joining: Index

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)

    def objective(self, part: int, multipliers: Floats, gains: Floats) -> Floats:
        """What a part earns with each of its columns while all other rows are priced.

        Args:
            part: Which.
            multipliers: Of the program's rows, shape (rows,).
            gains: What each column earns beyond all rows' prices, shape (columns,); the parts of a
                column share it alike.
        """
        rows, columns = self.rows[part], self.columns[part]
        used = multipliers[rows] @ self.program.matrix[rows]
        return np.asarray(used[columns] + gains[columns] / self.among[columns])

    def part_program(self, part: int) -> Program:
        """A part as a program, without an objective."""
        rows, columns, program = self.rows[part], self.columns[part], self.program
        return replace(
            program,
            columns=resized(program.columns, columns),
            rows=(Section("row", 0, len(rows), ()),),
            objective=np.zeros(len(columns)),
            offset=0.0,
            matrix=csr_array(program.matrix[rows][:, columns]),
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            lower=program.lower[columns],
            upper=program.upper[columns],
            domain=program.domain[columns],
            further=(),
        )


def find_parts(
    states: States, values: Floats, parameters: PartParameters | None = None
) -> Parts | None:
    """The parts that a relaxation's values fall into; None where there are none.

    Args:
        states: The program.
        values: Of its relaxation, shape (columns,).
        parameters: Constants.
    """
    parameters = parameters or PartParameters()
    program = states.program
    narrow = _narrow_rows(states, parameters)
    part_of = _components(program, narrow, values, parameters)
    if part_of.max(initial=-1) < 0:
        return None
    row_part = _rows_of_parts(states, narrow, part_of)
    count = int(part_of.max()) + 1
    rows = tuple(np.flatnonzero(row_part == part) for part in range(count))
    columns = tuple(np.unique(program.matrix[one].indices).astype(np.int64) for one in rows)
    among = np.zeros(program.shape[1], dtype=np.int64)
    for one in columns:
        among[one] += 1
    wide = ~narrow & np.isfinite(program.row_upper) & (np.diff(program.matrix.indptr) > 0)
    return Parts(program, rows, columns, among, np.flatnonzero(wide))


def needs_several(states: States) -> bool:
    """Whether most of the objective is earned by states that need several others at once.

    Their relaxations are weak, and trees of parts are what helps; others have better means.
    """
    owner, earned = states.owner, states.program.objective
    rows = np.bincount(owner[owner >= 0], minlength=len(earned))
    return bool(earned[rows > 1].sum() > 0.5 * np.abs(earned).sum())


def _narrow_rows(states: States, parameters: PartParameters) -> Flags:
    """Rows that touch few choices, shape (rows,)."""
    program = states.program
    size = np.diff(program.matrix.indptr)
    few = size <= max(parameters.narrow, parameters.wide * len(states.whole))
    return np.asarray(few & (size > 0))


def _components(
    program: Program, narrow: Flags, values: Floats, parameters: PartParameters
) -> Index:
    """Part of each column that a relaxation takes, -1 for the others, shape (columns,)."""
    taken = np.flatnonzero(values > _WHOLE)
    rows = np.flatnonzero(narrow)
    links = csr_array(program.matrix[rows][:, taken])
    entries = links.tocoo()
    size = len(rows) + len(taken)
    graph = csr_array((np.ones(links.nnz), (entries.row, len(rows) + entries.col)), (size, size))
    _, label = connected_components(graph, directed=False)
    label = label[len(rows) :]
    open_choice = (program.domain[taken] == Domain.INTEGER) & (values[taken] < 1 - _WHOLE)
    count = np.bincount(label, open_choice)
    largest = np.argsort(-count, kind="stable")[: parameters.most]
    worth = np.sort(largest[count[largest] >= parameters.least])
    number = np.full(len(count), -1)
    number[worth] = np.arange(len(worth))
    part_of = np.full(program.shape[1], -1)
    part_of[taken] = number[label]
    return part_of


def _rows_of_parts(states: States, narrow: Flags, part_of: Index) -> Index:
    """Part of each row, -1 where it is priced, shape (rows,).

    A state's rows go together, to the part that most of the choices in them touch.
    """
    program, count = states.program, int(part_of.max()) + 1
    owner = states.owner
    known = np.flatnonzero((owner >= 0) & narrow)
    known = known[part_of[owner[known]] >= 0]
    touched = np.zeros((program.shape[1], count))
    entries = program.matrix[known].tocoo()
    touched[entries.col, part_of[owner[known]][entries.row]] = 1.0
    touched[owner[known]] = 0.0
    unit = csr_array(abs(program.matrix))
    votes = (unit @ touched) * narrow[:, None]
    of_state = np.zeros((program.shape[1], count))
    follows = np.flatnonzero(owner >= 0)
    np.add.at(of_state, owner[follows], votes[follows])
    follows = np.flatnonzero(part_of >= 0)
    of_state[follows, part_of[follows]] = np.inf
    best = _most(of_state)[np.maximum(owner, 0)]
    part_of_row = np.where((owner >= 0) & narrow, best, -1)
    # Other rows go with the states that follow from the choices in them.
    entries = program.matrix[np.flatnonzero(part_of_row >= 0)].tocoo()
    touched[:] = 0.0
    touched[entries.col, part_of_row[part_of_row >= 0][entries.row]] = 1.0
    others = narrow & (owner < 0)
    return np.asarray(np.where(others, _most(unit @ touched), part_of_row))


def _most(votes: Floats) -> Index:
    """The part with most votes, -1 where there are none, shape (rows of votes,)."""
    return np.asarray(np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), -1))
