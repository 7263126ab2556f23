"""Demand rows that refer to each other, so that the same program has fewer entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Program
from siting.solve.presolve.cover import CoverProblem

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

# Pairs of entries compared in all and at a time; the first is about two seconds.
_MOST_WORK = 500_000_000
_CHUNK = 4_000_000
# A row of one offer saves nothing.
_LEAST = 2


@dataclass(frozen=True)
class Nesting:
    """A covering problem whose demand rows may stand on smaller ones.

    Where the offers of row p are some of the offers of row j, `y_j <= sum of x over I(j)` becomes
    `y_j <= y_p + sum of x over I(j) without I(p)` (Chen et al. 2023, European Journal of
    Operational Research 311, 73-87).

    Attributes:
        problem: The covering problem.
        parent: The row that each demand row stands on, -1 for none, shape (demands,).
    """

    problem: CoverProblem
    parent: Index

    def to_program(self) -> Program:
        """The problem's program, same columns, same optimum, same relaxation, fewer entries."""
        program, count = self.problem.to_program(), len(self.parent)
        rows = csr_array(program.matrix[:count])
        nested = csr_array(rows - self._links() @ rows)
        nested.eliminate_zeros()
        matrix = csr_array(vstack([nested, program.matrix[count:]], format="csr"))
        return replace(program, matrix=matrix)

    def to_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the nested rows as multipliers of the problem's program, same bound.

        A nested row is its own row less its parent's, so its dual is its own less those of the rows
        that stand on it. Where these are more, they are scaled down first, from the smallest rows
        up: what their demand then keeps, the parent's demand loses, and the offers lose less.
        """
        count = len(self.parent)
        duals = np.maximum(multipliers[:count], 0.0)
        for rows in self._levels():
            parent = self.parent[rows]
            asked = np.bincount(parent, weights=duals[rows], minlength=count)
            over = asked[parent] > duals[parent]
            duals[rows[over]] *= duals[parent[over]] / asked[parent[over]]
        full = multipliers.copy()
        full[:count] = np.maximum(0.0, duals - self._links().T @ duals)
        return full

    def _links(self) -> csr_array:
        """1 where the column's row is the parent of the row, shape (demands, demands)."""
        rows = np.flatnonzero(self.parent >= 0)
        count = len(self.parent)
        return csr_array((np.ones(len(rows)), (rows, self.parent[rows])), shape=(count, count))

    def _levels(self) -> list[Index]:
        """The rows that stand on a row without parent, those that stand on them, and so on."""
        levels: list[Index] = []
        below = self.parent < 0
        waiting = np.flatnonzero(~below)
        while len(waiting):
            ready = below[self.parent[waiting]]
            levels.append(waiting[ready])
            below[waiting[ready]] = True
            waiting = waiting[~ready]
        return levels


def may_nest(problem: CoverProblem) -> bool:
    """Whether nested rows say the same as plain ones, and are quick to find.

    Covering must never cost anything, so that the parent's demand is covered as soon as it can be;
    then the row that refers to it loses nothing.
    """
    takes = np.bincount(problem.cover.indices, minlength=1).astype(float)
    harmless = np.all(problem.weights >= 0) and np.all(problem.cover.data == 1)
    return bool(harmless and float(takes @ takes) <= _MOST_WORK)


def nest(problem: CoverProblem) -> Nesting:
    """Lets each demand row stand on the largest other row whose offers are all among its own.

    Of equally large ones the first; of equal rows neither stands on the other. Where nesting is
    refused, no row stands on another.

    An exact search gains by it. Relaxations keep their plain rows: the simplex of HiGHS gains
    little or nothing from nested ones, and a first-order method takes longer.
    """
    if not may_nest(problem):
        return Nesting(problem, np.full(len(problem.weights), -1))
    return Nesting(problem, _largest_subsets(problem.cover))


def _largest_subsets(cover: csr_array) -> Index:
    size = np.diff(cover.indptr).astype(np.int64)
    columns = csr_array(cover.T)
    parent = np.full(len(size), -1)
    # Two rows share as many offers as their product has; a subset shares all that it has.
    for start, stop in _blocks(cover, np.diff(columns.indptr)):
        shared = csr_array(cover[start:stop] @ columns)
        row = np.repeat(np.arange(start, stop), np.diff(shared.indptr))
        other = shared.indices.astype(np.int64)
        inside = (shared.data == size[other]) & (size[other] < size[row]) & (size[other] >= _LEAST)
        row, other = row[inside], other[inside]
        order = np.lexsort((-other, size[other], row))
        parent[row[order]] = other[order]
    return parent


def _blocks(cover: csr_array, takes: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Consecutive rows whose products fit into memory together."""
    total = np.concatenate([[0], np.cumsum(takes[cover.indices], dtype=np.int64)])
    number = total[cover.indptr[:-1]] // _CHUNK
    ends = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), cover.shape[0]]
    return [(start, stop) for start, stop in pairwise(ends) if stop > start]
