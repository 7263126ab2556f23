"""Collects the columns and rows that the blocks write, then freezes them into a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import block_array, csr_array

from siting.program.program import Domain, Floats, Goal, Kind, Program, Section

Ids = tuple[NDArray[np.object_], ...]


@dataclass
class GoalTerms:
    """One goal under construction.

    Attributes:
        name: What messages call it.
        within: Share that it may give up for the goals after it.
        terms: Coefficients by the name of the columns, each of shape (columns of that name,).
        offset: Its value where every column is 0.
    """

    name: str
    within: float = 0.0
    terms: dict[str, Floats] = field(default_factory=dict)
    offset: float = 0.0

    def add(self, terms: Mapping[str, Floats], offset: float, factor: float = 1.0) -> None:
        """Adds terms and a constant, times a factor."""
        for name, weights in terms.items():
            self.terms[name] = self.terms.get(name, 0.0) + factor * weights
        self.offset += factor * offset


@dataclass
class ProgramBuilder:
    """A program under construction; blocks add to it in the order of the model spec."""

    offset: float = 0.0
    _columns: list[Section] = field(default_factory=list)
    _rows: list[Section] = field(default_factory=list)
    _column_data: list[tuple[Floats, Floats, Floats, NDArray[np.int8]]] = field(
        default_factory=list
    )
    _row_data: list[tuple[dict[str, csr_array], Floats, Floats]] = field(default_factory=list)

    def add_columns(
        self,
        name: str,
        ids: Ids,
        *,
        objective: ArrayLike = 0.0,
        domain: Domain = Domain.INTEGER,
        kind: Kind = Kind.OTHER,
    ) -> None:
        """Adds columns with bounds 0 and 1, one for each entry of `ids`."""
        count = len(ids[0])
        start = self._columns[-1].stop if self._columns else 0
        self._columns.append(Section(name, start, start + count, ids, kind))
        weights = np.broadcast_to(np.asarray(objective, dtype=float), count).copy()
        kinds = np.full(count, domain, dtype=np.int8)
        self._column_data.append((weights, np.zeros(count), np.ones(count), kinds))

    def add_rows(
        self,
        name: str,
        ids: Ids,
        terms: dict[str, csr_array],
        *,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        kind: Kind = Kind.OTHER,
    ) -> None:
        """Adds rows `lower <= sum of terms <= upper`.

        Args:
            name: Name of the rows.
            ids: What each row stands for.
            terms: Coefficients by the name of the columns they belong to, each of shape
                (rows, columns of that name).
            lower: Least activity, a number or shape (rows,).
            upper: Most activity, a number or shape (rows,).
            kind: What the rows are.
        """
        count = next(iter(terms.values())).shape[0]
        start = self._rows[-1].stop if self._rows else 0
        self._rows.append(Section(name, start, start + count, ids, kind))
        limits = [np.broadcast_to(np.asarray(x, dtype=float), count).copy() for x in (lower, upper)]
        self._row_data.append((terms, limits[0], limits[1]))

    def fix(self, name: str, positions: Sequence[int] | NDArray[np.int64], value: float) -> None:
        """Narrows columns of a section to at most (0) or at least (1) one value."""
        index = [section.name for section in self._columns].index(name)
        _, lower, upper, _ = self._column_data[index]
        (upper if value == 0 else lower)[np.asarray(positions, dtype=np.int64)] = value

    def build(self, goals: Sequence[GoalTerms] = ()) -> Program:
        """Freezes what was collected.

        Args:
            goals: Goals in their order; without any, the columns' own objectives are the goal.
        """
        program = self._without_goals()
        if not goals:
            return program
        first, *further = (self._goal(goal, program) for goal in goals)
        return replace(
            program,
            objective=program.objective + first.objective,
            offset=program.offset + first.offset,
            goal=first.name,
            within=first.within,
            further=tuple(further),
        )

    def _goal(self, goal: GoalTerms, program: Program) -> Goal:
        objective = np.zeros(program.shape[1])
        for name, weights in goal.terms.items():
            objective[program.section(name).slice] = weights
        return Goal(goal.name, objective, goal.offset, goal.within)

    def _without_goals(self) -> Program:
        objective, lower, upper, domain = (
            np.concatenate(parts) for parts in zip(*self._column_data, strict=True)
        )
        limits = [
            np.concatenate([data[k] for data in self._row_data] or [np.empty(0)]) for k in (1, 2)
        ]
        return Program(
            columns=tuple(self._columns),
            rows=tuple(self._rows),
            objective=objective,
            offset=self.offset,
            matrix=self._matrix(len(objective)),
            row_lower=limits[0],
            row_upper=limits[1],
            lower=lower,
            upper=upper,
            domain=domain.astype(np.int8),
        )

    def _matrix(self, width: int) -> csr_array:
        if not self._rows:
            return csr_array((0, width))
        grid = [
            [
                terms.get(
                    column.name, csr_array((row.stop - row.start, column.stop - column.start))
                )
                for column in self._columns
            ]
            for row, (terms, _, _) in zip(self._rows, self._row_data, strict=True)
        ]
        return csr_array(block_array(grid, format="csr", dtype=float))
