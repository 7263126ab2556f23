"""What the states of a program follow from, opened up for moves on the choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Domain, Program, Section
from siting.solve.presolve.chain import resized
from siting.solve.presolve.merge_states import eager_states, owners

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Layer:
    """A section of states and the rows that limit it by columns before it."""

    section: Section
    owner: Index
    before: csr_array
    limit: Floats
    known: Flags

    def fill(self, values: Floats, lower: Floats, upper: Floats) -> None:
        """Gives each state the most that its rows allow, given the columns before it."""
        part = self.section.slice
        allowed = np.ones(self.section.stop - self.section.start)
        rest = self.limit - self.before @ values[: self.section.start]
        np.minimum.at(allowed, self.owner, np.maximum(rest, 0.0))
        filled = np.clip(allowed, lower[part], upper[part])
        values[part] = np.where(self.known, filled, values[part])


@dataclass(frozen=True, eq=False)
class States:
    """A program whose states are filled from its choices.

    Attributes:
        program: The program.
        owner: The state that each row limits, or -1, shape (rows,).
        eager: States of which more never hurts, shape (columns,).
        whole: Positions of the choices.
    """

    program: Program
    owner: Index
    eager: Flags
    whole: Index

    def ranges(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Least and largest value of every column once choices are narrowed.

        A state's least value is the one it takes in a best solution: as much as its rows allow.
        """
        least, most = lower.copy(), upper.copy()
        for layer in self._layers:
            for bounds in (least, most):
                layer.fill(bounds, lower, upper)
        return least, most

    def filled(self, choices: Floats) -> Floats:
        """A whole choice with the states that follow, shape (columns,)."""
        lower, upper = self.program.lower.copy(), self.program.upper.copy()
        values = lower.copy()
        values[self.whole] = choices
        for layer in self._layers:
            layer.fill(values, lower, upper)
        return values

    @cached_property
    def _layers(self) -> list[_Layer]:
        """Each section of states with the rows that limit it, in order."""
        implied = self.program.domain == Domain.IMPLIED
        layers = []
        for section in self.program.columns:
            if not np.any(implied[section.slice]):
                continue
            rows = np.flatnonzero((self.owner >= section.start) & (self.owner < section.stop))
            owner = self.owner[rows] - section.start
            known = self.eager[section.slice].copy()
            known &= np.bincount(owner, minlength=len(known)) > 0
            before = csr_array(self.program.matrix[rows][:, : section.start])
            limit = self.program.row_upper[rows]
            layers.append(_Layer(section, owner, before, limit, known))
        return layers


def open_states(program: Program) -> States:
    """Finds what the states of a program follow from."""
    owner = owners(program)
    whole = np.flatnonzero(program.domain == Domain.INTEGER)
    return States(program, owner, eager_states(program, owner), whole)


@dataclass(frozen=True, eq=False)
class Part:
    """A program with some columns decided, without them.

    Attributes:
        program: What is left.
        columns: Column of the whole for each one left, shape (left columns,).
        base: Values of the whole where nothing is added, shape (columns,).
    """

    program: Program
    columns: Index
    base: Floats

    def to_whole(self, values: Floats) -> Floats:
        """A solution of the part as one of the whole."""
        whole = self.base.copy()
        whole[self.columns] = values
        return whole


def restrict(states: States, lower: Floats, upper: Floats) -> Part:
    """Narrows the choices and leaves out whatever is decided by that.

    Args:
        states: The program.
        lower: Least value of each column, shape (columns,).
        upper: Largest value of each column, shape (columns,).
    """
    program = states.program
    least, most = states.ranges(lower, upper)
    fixed = least >= most
    base = np.where(fixed, least, 0.0)
    columns = np.flatnonzero(~fixed)
    matrix = csr_array(program.matrix[:, columns])
    used = program.matrix @ base
    low, high = program.row_lower - used, program.row_upper - used
    positive, negative = matrix.maximum(0), matrix.minimum(0)
    top = positive @ most[columns] + negative @ least[columns]
    bottom = positive @ least[columns] + negative @ most[columns]
    rows = np.flatnonzero((top > high + 1e-9) | (bottom < low - 1e-9))
    part = replace(
        program,
        columns=resized(program.columns, columns),
        rows=(Section("row", 0, len(rows), ()),),
        objective=program.objective[columns],
        offset=program.offset + float(program.objective @ base),
        matrix=csr_array(matrix[rows]),
        row_lower=low[rows],
        row_upper=high[rows],
        lower=least[columns] * 0.0 + lower[columns],
        upper=most[columns],
        domain=program.domain[columns],
        further=(),
    )
    return Part(part, columns, base)
