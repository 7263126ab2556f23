"""Side rows that never bind, and offers that another offer makes superfluous.

Both lose nothing: some best plan of the whole problem is a plan of the smaller one. A row that
stays counts in full, so slots, quotas and budgets forbid every exchange that they could notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.solve.feasibility import whole_rows
from siting.solve.presolve.cover import CoverProblem, restrict
from siting.solve.settings import Step

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Entries looked at in all and at a time; the first is about two seconds.
_MOST_WORK = 50_000_000
_CHUNK = 4_000_000
# Dropping offers can make rows idle, and idle rows offers dominated.
_PASSES = 5


def drop_superfluous(problem: CoverProblem) -> CoverProblem:
    """Drops idle rows and dominated offers in turn, until neither finds more."""
    for _ in range(_PASSES):
        before = len(problem.offers), len(problem.side_rows)
        if Step.IDLE_ROWS not in problem.without:
            problem = without_idle_rows(problem)
        if Step.DOMINATED not in problem.without:
            problem = without_dominated(problem)
        if before == (len(problem.offers), len(problem.side_rows)):
            break
    return problem


def without_idle_rows(problem: CoverProblem) -> CoverProblem:
    """Takes out limits of side rows that no choice of the offers can break.

    Slots at a site with fewer offers than slots are one, a budget that pays for everything is
    another. The multiplier of such a row is 0.
    """
    most = problem.side.maximum(0) @ problem.upper + problem.side.minimum(0) @ problem.lower
    least = problem.side.maximum(0) @ problem.lower + problem.side.minimum(0) @ problem.upper
    # Sums that rounding may have brought to a limit do not count as within it.
    size = 1e-9 * (abs(problem.side) @ np.maximum(np.abs(problem.upper), np.abs(problem.lower)))
    size[whole_rows(problem.side)] = 0.0
    upper = np.where(most + size <= problem.side_upper, np.inf, problem.side_upper)
    lower = np.where(least - size >= problem.side_lower, -np.inf, problem.side_lower)
    keep = np.flatnonzero(np.isfinite(upper) | np.isfinite(lower))
    return replace(
        problem,
        side=csr_array(problem.side[keep]),
        side_lower=lower[keep],
        side_upper=upper[keep],
        side_rows=problem.side_rows[keep],
    )


def may_drop_dominated(problem: CoverProblem) -> bool:
    """Whether the problem is one in which an offer can be exchanged for another at all.

    Weights must not be negative, or covering more would not be better, and every open offer must be
    one that may be left out or taken once.
    """
    whole = np.isin(problem.lower, (0.0, 1.0)).all() and np.all(problem.upper == 1)
    return bool(whole and np.all(problem.weights >= 0) and np.all(problem.cover.data == 1))


def without_dominated(problem: CoverProblem) -> CoverProblem:
    """Drops offers beside which there is one at least as good, whatever else is chosen.

    Offer o, which is not decided, is dropped for offer d when

    - d covers all that o covers, and its gain is no less;
    - d takes no more of every row with an upper limit, and gives no less to every row with a lower
      one, so that d may stand in for o;
    - o may be left out of any plan that has both: it has no gain of its own and relieves no row.

    An offer that covers nothing, gains nothing and relieves no row is dropped for none at all. Of
    equal offers the first is kept. Standing in is transitive and equal offers are ordered, so no
    chain of exchanges comes back to where it began, and each ends at an offer that is kept. Where a
    row forbids to have both, an o with a gain could go, too; no instance has such a pair, and the
    bound of what is left would not be one of the whole.

    A relaxation of what is left proves as much of the whole: `CoverProblem.to_multipliers` lowers
    the duals of the demand rows until d earns no more than it uses, and then o, which earns less
    and uses more, adds nothing to the bound. (Only an o with a penalty of its own may add to it.)

    Candidates for d are the offers in that demand row of o that the fewest offers cover. Offers
    whose candidates have too many entries to look at are kept, those with the most first.
    """
    if not may_drop_dominated(problem) or len(problem.offers) == 0:
        return problem
    offers = _offers(problem)
    drop = offers.spare & (np.diff(offers.covers.indptr) == 0)
    offer, by, work = _candidates(problem, offers)
    for start, stop in _chunks(work):
        part = slice(start, stop)
        found = _dominated(problem, offers, offer[part], by[part])
        drop[offer[part][found]] = True
    return restrict(problem, ~drop) if drop.any() else problem


@dataclass(frozen=True)
class _Offers:
    """The offers one by one; side rows have an upper limit, negated where they had a lower one.

    Attributes:
        covers: The demand rows of each offer, shape (offers, demands).
        use: What each offer takes of each row, shape (offers, rows).
        spare: Undecided offers that no plan needs for a gain or to keep a row, shape (offers,).
    """

    covers: csr_array
    use: csr_array
    spare: Flags


def _offers(problem: CoverProblem) -> _Offers:
    high = np.flatnonzero(np.isfinite(problem.side_upper))
    low = np.flatnonzero(np.isfinite(problem.side_lower))
    rows = csr_array(vstack([problem.side[high], -problem.side[low]], format="csr"))
    use = csr_array(rows.T)
    spare = ~_any(use, use.data < 0) & (problem.gain <= 0) & (problem.lower < 1)
    return _Offers(csr_array(problem.cover.T), use, spare)


def _candidates(problem: CoverProblem, offers: _Offers) -> tuple[Index, Index, Index]:
    """Pairs (offer, by) to compare, and the entries that each has, shape (pairs,) each."""
    size = np.diff(offers.covers.indptr).astype(np.int64)
    wanted = np.flatnonzero(offers.spare & (size > 0))
    near = csr_array(problem.cover[_rarest_row(offers.covers, problem.cover)[wanted]])
    offer, by = np.repeat(wanted, np.diff(near.indptr)), near.indices.astype(np.int64)
    able = (by != offer) & (size[by] >= size[offer])
    able &= problem.gain[by] >= problem.gain[offer]
    offer, by = offer[able], by[able]
    work = size[offer] + size[by]
    affordable = _cheapest(np.bincount(offer, weights=work, minlength=len(size)))[offer]
    return offer[affordable], by[affordable], work[affordable]


def _cheapest(work: Floats | Index) -> Flags:
    """The offers with the least work, as many as there is time for, shape (offers,)."""
    order = np.argsort(work, kind="stable")
    cheapest = np.zeros(len(work), dtype=bool)
    cheapest[order[np.cumsum(work[order]) <= _MOST_WORK]] = True
    return cheapest


def _rarest_row(covers: csr_array, cover: csr_array) -> Index:
    """The demand row of each offer that the fewest offers cover, shape (offers,); 0 without one."""
    count = np.diff(cover.indptr).astype(np.int64)
    rarest = np.zeros(covers.shape[0], dtype=np.int64)
    some = np.diff(covers.indptr) > 0
    if some.any():
        key = count[covers.indices] * len(count) + covers.indices
        rarest[some] = np.minimum.reduceat(key, covers.indptr[:-1][some]) % len(count)
    return rarest


def _chunks(work: Index) -> list[tuple[int, int]]:
    """Consecutive pairs that fit into memory together."""
    number = np.cumsum(work) // _CHUNK
    ends = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(work)]
    return [(start, stop) for start, stop in pairwise(ends) if stop > start]


def _dominated(problem: CoverProblem, offers: _Offers, offer: Index, by: Index) -> Flags:
    """Whether `by` stands in for `offer`, of candidates that may be left out, shape (pairs,)."""
    more = csr_array(offers.use[by] - offers.use[offer])
    size = np.diff(offers.covers.indptr)
    equal = (size[offer] == size[by]) & (problem.gain[offer] == problem.gain[by])
    equal &= ~_any(more, more.data != 0)
    dominated = ~_any(more, more.data > 0) & (~equal | (by < offer))
    left = np.flatnonzero(dominated)
    shared = offers.covers[offer[left]].multiply(offers.covers[by[left]])
    dominated[left] = np.asarray(shared.sum(axis=1)).ravel() == size[offer[left]]
    return np.asarray(dominated)


def _any(matrix: csr_array, flags: Flags) -> Flags:
    """Whether any entry of each row is flagged, shape (rows,)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.bincount(row[flags], minlength=matrix.shape[0]) > 0
