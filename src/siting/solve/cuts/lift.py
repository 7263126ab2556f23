"""Cuts of a core as cuts of the whole problem, whose demand rows the core has merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from siting.program.program import Program
from siting.solve.cuts.odd_cycles import append_rows, cut_rows
from siting.solve.presolve.cover import CoverProblem, rows_in

Floats = NDArray[np.float64]

# Sums of shares are off by rounding; an upper limit this much higher makes up for all of it.
_SLACK = 1e-9


def with_lifted_cuts(
    problem: CoverProblem, core: CoverProblem, cut_multipliers: csr_array, program: Program
) -> Program:
    """A problem's program with the cuts of its core, which all whole solutions keep.

    A demand row of the core is several of the problem, which the core's offers cover alike and
    others do not. Putting one of them in its place gives a cut of the problem; so does the mean of
    all these cuts, each row taken by its share of the weight. In the mean a core's offer has the
    coefficient that it has in the core, and the multipliers can be shared out as their weights
    are, so the core proves through it what it proves by itself.

    Args:
        problem: The covering problem.
        core: The same with only some of the offers.
        cut_multipliers: Cuts of the core's program, as how often each of its rows goes in by half.
        program: The problem's program.
    """
    cuts, upper = cut_rows(core.to_program(), cut_multipliers)
    offers = len(core.offers)
    shares = _shares(problem, core)
    covered = csr_array(cuts[:, offers:]) @ shares
    inside = csr_array(cuts[:, :offers]) @ _selection(problem, core).T
    rows = hstack(
        [inside + _outside(problem, core, cut_multipliers, shares), covered], format="csr"
    )
    return append_rows(program, csr_array(rows), upper + _SLACK)


def to_whole(problem: CoverProblem, core: CoverProblem, values: Floats) -> Floats:
    """A solution of the core's program as one of the problem's, shape (columns,)."""
    chosen = _selection(problem, core) @ values[: len(core.offers)]
    return np.concatenate([chosen, np.minimum(1.0, problem.cover @ chosen)])


def _selection(problem: CoverProblem, core: CoverProblem) -> csr_array:
    """1 where the column's offer of the core is the row's of the problem."""
    columns = np.arange(len(core.offers))
    rows = np.searchsorted(problem.offers, core.offers)
    shape = len(problem.offers), len(columns)
    return csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)


def _shares(problem: CoverProblem, core: CoverProblem) -> csr_array:
    """Share of each of the problem's demand rows in the core's, shape (core's, problem's).

    By weight; rows that weigh nothing together share alike.
    """
    merged = rows_in(problem, core)
    rows = np.flatnonzero(merged >= 0)
    into = merged[rows]
    weights = np.where(core.weights[into] > 0, problem.weights[rows], 1.0)
    share = weights / np.bincount(into, weights)[into]
    shape = len(core.weights), len(problem.weights)
    return csr_array((share, (into, rows)), shape=shape)


@dataclass(frozen=True)
class _Uses:
    """How often offers stand in the rows of cuts; one entry a cut and offer that meet.

    Attributes:
        cut: Number of the cut.
        offer: Number of the offer.
        covers: Mean number of the cut's demand rows that the offer covers.
        takes: Sum of the offer's coefficients in the cut's side rows.
    """

    cut: NDArray[np.int64]
    offer: NDArray[np.int64]
    covers: Floats
    takes: Floats


def _outside(
    problem: CoverProblem, core: CoverProblem, cut_multipliers: csr_array, shares: csr_array
) -> csr_array:
    """Coefficients of the offers that the core lacks, shape (cuts, offers)."""
    uses = _uses_of(problem, core, cut_multipliers, shares)
    coefficients = mean_of_rounded(uses.covers, uses.takes) - _SLACK
    shape = cut_multipliers.shape[0], len(problem.offers)
    return csr_array((coefficients, (uses.cut, uses.offer)), shape=shape)


def _uses_of(
    problem: CoverProblem, core: CoverProblem, cut_multipliers: csr_array, shares: csr_array
) -> _Uses:
    demands = len(core.weights)
    away = np.ones(len(problem.offers))
    away[np.searchsorted(problem.offers, core.offers)] = 0.0
    covers = csr_array(csr_array(cut_multipliers[:, :demands]) @ shares @ problem.cover)
    takes = csr_array(csr_array(cut_multipliers[:, demands:]) @ problem.side)
    met = csr_array(csr_array(covers + abs(takes)) * away)
    cut, offer = (part.astype(np.int64) for part in met.nonzero())
    return _Uses(cut, offer, _entries(covers, cut, offer), _entries(takes, cut, offer))


def _entries(matrix: csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    if len(rows) == 0:
        return np.zeros(0)
    return np.asarray(matrix[rows, columns], dtype=float).ravel()


def mean_of_rounded(covers: Floats, takes: Floats) -> Floats:
    """At most the mean of `floor((takes - n) / 2)` over whole n of at least 0, their mean `covers`.

    A smaller coefficient makes a weaker cut, never a wrong one.
    """
    takes = np.floor(takes)
    odd = takes % 2 == 1
    highest = np.where(odd, covers, np.minimum(2 * covers, covers + 1))
    return np.asarray((takes - odd - highest) / 2)
