"""Cuts at work: they strengthen the relaxation, and serve the exact search as further rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program.program import Program
from siting.solve.backends.calls import CutCall
from siting.solve.backends.contract import BackendResult, Relaxation
from siting.solve.backends.run import run
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.cuts.odd_cycles import append_rows, cut_rows, with_cuts
from siting.solve.presolve.cover import CoverProblem, rows_in
from siting.solve.search import Search

Floats = NDArray[np.float64]
RunCall = Callable[[CutCall], BackendResult | Relaxation | None]

_SHARE = 0.4
# Cuts that close less of the gap than this are not worth their rows.
_WORTH_ROWS = 0.1


def strengthen_relaxation(
    search: Search, problem: CoverProblem, relaxation: Relaxation, run_call: RunCall | None = None
) -> Relaxation:
    """A relaxation with cuts; the one that there is where that is worth little.

    Args:
        search: For its settings, its clock and its incumbent.
        problem: The covering problem.
        relaxation: Of its program.
        run_call: Runs the call for cuts; `run` if None.
    """
    program = problem.to_program()
    found = find_cuts(search, program, relaxation.multipliers, run_call)
    if found is None:
        return relaxation
    before, bound = (_bound_of(program, one) for one in (relaxation, found))
    return found if before - bound >= _WORTH_ROWS * (before - _floor(search)) else relaxation


def find_cuts(
    search: Search,
    program: Program,
    multipliers: Floats | None = None,
    run_call: RunCall | None = None,
) -> Relaxation | None:
    """The relaxation of a covering problem's program with the cuts it breaks; None without any."""
    seconds = max(0.1, _SHARE * search.time_left)
    call = CutCall(program, seconds, floor=_floor(search), multipliers=multipliers)
    found = run_call(call) if run_call else run(search, call, lambda _best, _bound: None)
    if (
        not isinstance(found, Relaxation)
        or found.cut_multipliers is None
        or found.cut_multipliers.shape[0] == 0
    ):
        return None
    return found


def _floor(search: Search) -> float:
    return -np.inf if search.objective is None else search.objective


def _bound_of(program: Program, relaxation: Relaxation) -> float:
    """What the multipliers of a relaxation of a program, with its cuts, prove."""
    program = with_cuts(program, relaxation.cut_multipliers)
    return safe_bound(program, usable_multipliers(program, relaxation.multipliers))


def cut_part(
    problem: CoverProblem, part: CoverProblem, cut_multipliers: csr_array, program: Program
) -> Program:
    """Adds a problem's cuts to a program of a part of it.

    Args:
        problem: The covering problem that the cuts are of.
        part: The same with only some of the offers.
        cut_multipliers: The cuts, shape (cuts, rows of the problem's program).
        program: The part's program, or one with the same columns.
    """
    matrix, upper = cut_rows(problem.to_program(), cut_multipliers)
    columns, fixed = _columns_in(problem, part)
    rows = csr_array(matrix @ columns)
    return append_rows(program, rows, upper - matrix @ fixed)


def _columns_in(problem: CoverProblem, part: CoverProblem) -> tuple[csr_array, Floats]:
    """Each column of a problem's program as one of its part's, or as a fixed value.

    Dropped offers and demand beyond reach are 0, demand that a decided offer covers is 1, and
    demand of one offer is that offer.
    """
    offers, demands = len(problem.offers), len(problem.weights)
    kept = np.searchsorted(problem.offers, part.offers)
    to_part = np.full(offers + demands, -1)
    to_part[kept] = np.arange(len(kept))
    merged = rows_in(problem, part)
    to_part[offers:] = np.where(merged >= 0, len(kept) + merged, -1)

    near = csr_array(problem.cover[:, kept])
    decided = near @ (part.lower >= 1).astype(float) > 0
    single = np.flatnonzero((merged == -1) & ~decided)
    to_part[offers + single] = near.indices[near.indptr[single]]
    fixed = np.zeros(offers + demands)
    fixed[offers:] = (merged == -1) & decided

    columns = np.flatnonzero(to_part >= 0)
    shape = offers + demands, len(kept) + len(part.weights)
    return csr_array((np.ones(len(columns)), (columns, to_part[columns])), shape=shape), fixed
