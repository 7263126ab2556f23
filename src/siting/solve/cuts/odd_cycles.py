"""Cuts from odd cycles: a few rows that together allow a half more than whole decisions can use.

A demand row `y <= sum of x` with `y <= 1`, and a row of single slots `sum of x <= 1`, each join the
offers in them that are taken in part. Half the sum of an odd cycle of such rows, rounded down, is a
row that every whole solution keeps and that fractional ones may break: a {0, 1/2}-cut (Caprara and
Fischetti 1996, doi 10.1007/BF02592196). The most violated ones are shortest odd walks in a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import dijkstra

from siting.program.program import Domain, Program, Section

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

_WHOLE = 1e-6
# A cycle whose rows have this much room in all is not broken, or hardly.
_MOST_ROOM = 0.98
# Rows of more offers than this are seldom tight in such a cycle, and join many pairs.
_MOST_JOINED = 8
# Rows that join the same two offers and are tried in turn.
_VARIANTS = 20
_LEAST_BROKEN = 1e-3
# Starts of walks at a time.
_CHUNK = 256


def with_cuts(program: Program, cut_multipliers: csr_array | None) -> Program:
    """A program with one more row a cut, derived anew from the rows that each is made of.

    Half the rows are added up. A whole column's coefficient is rounded down, as no column is below
    0; an implied one's is rounded up, with the part of its upper limit that this takes. What is
    left on the left is whole for every whole solution, so the limit is rounded down as well.

    Args:
        program: Whole and implied columns, none below 0, and rows of whole numbers where used.
        cut_multipliers: How often each row goes in by half, shape (cuts, rows); None for no cut.
    """
    if cut_multipliers is None or cut_multipliers.shape[0] == 0:
        return program
    return append_rows(program, *cut_rows(program, cut_multipliers))


def append_rows(program: Program, matrix: csr_array, upper: Floats) -> Program:
    """A program with more rows that have upper limits."""
    count, cuts = program.shape[0], len(upper)
    return replace(
        program,
        rows=(*program.rows, Section("cut", count, count + cuts, ())),
        matrix=csr_array(vstack([program.matrix, matrix], format="csr")),
        row_lower=np.concatenate([program.row_lower, np.full(cuts, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, upper]),
    )


def cut_rows(program: Program, cut_multipliers: csr_array) -> tuple[csr_array, Floats]:
    """Coefficients, shape (cuts, columns), and upper limits, shape (cuts,), of cuts."""
    matrix = csr_array(cut_multipliers @ program.matrix)
    matrix.data /= 2.0
    implied = program.domain[matrix.indices] == Domain.IMPLIED
    rounded = np.where(implied, np.ceil(matrix.data), np.floor(matrix.data))
    added = csr_array(
        ((rounded - matrix.data) * implied, matrix.indices, matrix.indptr), shape=matrix.shape
    )
    used = np.where(np.isfinite(program.row_upper), program.row_upper, 0.0)
    upper = np.floor(cut_multipliers @ used / 2.0 + added @ program.upper)
    cuts = csr_array((rounded, matrix.indices, matrix.indptr), shape=matrix.shape)
    cuts.eliminate_zeros()
    return cuts, np.asarray(upper)


def separate(program: Program, values: Floats) -> csr_array:
    """Cuts that a solution of a relaxation breaks, as `cut_multipliers`, shape (cuts, rows).

    Args:
        program: Of a `CoverProblem`: offers, then what they cover; demand rows, then the others.
        values: A fractional solution, shape (columns,).
    """
    joins = _joins(program, values)
    found = {rows: None for cycle in joins.odd_cycles() for rows in joins.variants(cycle)}
    cut_multipliers = _to_cut_multipliers(list(found), program.shape[0])
    matrix, upper = cut_rows(program, cut_multipliers)
    return csr_array(cut_multipliers[np.flatnonzero(matrix @ values > upper + _LEAST_BROKEN)])


def _to_cut_multipliers(cycles: list[tuple[int, ...]], rows: int) -> csr_array:
    counts = np.array([len(cycle) for cycle in cycles], dtype=np.int64)
    indices = np.array([row for cycle in cycles for row in cycle], dtype=np.int64)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return csr_array((np.ones(len(indices)), indices, indptr), shape=(len(cycles), rows))


@dataclass(frozen=True)
class _Joins:
    """A graph of offers that are taken in part; rows join two of them each.

    Attributes:
        nodes: How many offers.
        pair: First and second offer of each edge, shape (edges, 2), one edge a pair.
        room: Room of the tightest row of each edge, shape (edges,).
        first: Where the rows of each edge begin, shape (edges + 1,).
        rows: Rows of the program, the tightest of each edge first.
    """

    nodes: int
    pair: Index
    room: Floats
    first: Index
    rows: Index

    def odd_cycles(self) -> Iterator[list[int]]:
        """The shortest odd closed walk from each offer, as edges; none with an edge twice."""
        if len(self.pair) == 0:
            return
        a, b, count = self.pair[:, 0], self.pair[:, 1], self.nodes
        edge = np.arange(len(a))
        # An offer stands twice; each edge leads to the other side, so odd walks end there.
        ends = np.concatenate([a, b, a + count, b + count])
        others = np.concatenate([b + count, a + count, b, a])
        shape = 2 * count, 2 * count
        graph = csr_array((np.tile(self.room, 4), (ends, others)), shape=shape)
        number = csr_array((np.tile(edge + 1, 4), (ends, others)), shape=shape)
        for start in range(0, count, _CHUNK):
            sources = np.arange(start, min(count, start + _CHUNK))
            length, before = dijkstra(
                graph, indices=sources, limit=_MOST_ROOM, return_predecessors=True
            )
            for row in np.flatnonzero(
                np.isfinite(length[np.arange(len(sources)), sources + count])
            ):
                yield from _walk(before[row], int(sources[row]), count, number)

    def variants(self, cycle: list[int]) -> Iterator[tuple[int, ...]]:
        """The cycle by the tightest row of each edge, by the next one, and so on."""
        most = max(int(self.first[edge + 1] - self.first[edge]) for edge in cycle)
        for rank in range(min(most, _VARIANTS)):
            rows = {
                int(self.rows[min(self.first[edge] + rank, self.first[edge + 1] - 1)])
                for edge in cycle
            }
            if len(rows) == len(cycle):
                yield tuple(sorted(rows))


def _walk(
    before: NDArray[np.int32], start: int, count: int, number: csr_array
) -> Iterator[list[int]]:
    """The edges of the walk from an offer to its other side, unless it takes one twice."""
    nodes = [start + count]
    while nodes[-1] != start:
        nodes.append(int(before[nodes[-1]]))
    edges = [int(number[later, earlier]) - 1 for later, earlier in pairwise(nodes)]
    if len(set(edges)) == len(edges):
        yield edges


def _joins(program: Program, values: Floats) -> _Joins:
    offers = program.columns[0].stop
    taken = values[:offers]
    part = np.flatnonzero((taken > _WHOLE) & (taken < 1 - _WHOLE))
    rows, room = _joining_rows(program, values)
    inside = csr_array(abs(program.matrix[rows][:, part]))
    room = room + abs(program.matrix[rows][:, :offers]) @ taken
    pairs, near, row = [], [], []
    for size in range(2, _MOST_JOINED + 1):
        which = np.flatnonzero(np.diff(inside.indptr) == size)
        members = inside.indices[inside.indptr[which][:, None] + np.arange(size)]
        for one, other in zip(*np.triu_indices(size, 1), strict=True):
            two = members[:, [one, other]]
            pairs.append(np.sort(two, axis=1))
            near.append(room[which] - taken[part][two].sum(axis=1))
            row.append(rows[which])
    return _by_pair(
        program, len(part), np.concatenate(pairs), np.concatenate(near), np.concatenate(row)
    )


def _by_pair(program: Program, nodes: int, pair: Index, room: Floats, row: Index) -> _Joins:
    """Gathers the edges of each pair, the tightest first and of those the weightiest."""
    demands = program.shape[1] - program.columns[0].stop
    weight = np.append(program.objective[program.columns[0].stop :], np.inf)
    order = np.lexsort(
        (-weight[np.minimum(row, demands)], np.round(room, 6), pair[:, 1], pair[:, 0])
    )
    order = order[room[order] < _MOST_ROOM]
    pair, room, row = pair[order], np.maximum(room[order], 0.0), row[order]
    new = np.ones(len(pair), dtype=bool)
    new[1:] = np.any(pair[1:] != pair[:-1], axis=1)
    first = np.flatnonzero(new)
    # An entry of 0 would not be an edge.
    return _Joins(nodes, pair[first], room[first] + 1e-7, np.append(first, len(pair)), row)


def _joining_rows(program: Program, values: Floats) -> tuple[Index, Floats]:
    """Rows that can join offers, and their room: slack, and what the demand lacks."""
    offers = program.columns[0].stop
    demands = program.shape[1] - offers
    matrix = program.matrix
    unit = np.ones(program.shape[0], dtype=bool)
    unit[np.repeat(np.arange(program.shape[0]), np.diff(matrix.indptr))[matrix.data != 1]] = False
    single = unit & (program.row_upper == 1)
    single[:demands] = True
    room = np.where(single, np.nan_to_num(program.row_upper, posinf=0.0), 0.0) - matrix @ values
    room[:demands] += 1.0 - values[offers:]
    rows = np.flatnonzero(single & (room < _MOST_ROOM))
    return rows, room[rows]
