"""The covering structure inside a program, smaller by what can be settled without a search.

Lossless and reversible: equal cover rows are merged, rows that one offer alone can cover are folded
into its gain, rows that a decided offer covers become a constant, ruled-out offers are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from siting.program.program import Domain, Program, Section
from siting.solve.settings import Step

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A side row with at most this many offers is local (a site, a category at a site).
LOCAL_ROW = 100


@dataclass(frozen=True)
class CoverProblem:
    """Maximise `offset + gain @ x + weights @ min(1, cover @ x)` over whole x within side rows.

    Attributes:
        weights: Residents of each merged demand row, above 0 once settled, shape (demands,).
        cover: 1 where the offer covers the demand row, shape (demands, offers).
        gain: Residents that only this offer can cover, shape (offers,).
        side: Coefficients of every other row, shape (sides, offers).
        side_lower: Least activity of each side row, shape (sides,).
        side_upper: Most activity of each side row, shape (sides,).
        lower: 1 where the offer is decided, shape (offers,).
        upper: 1, shape (offers,).
        offset: Residents covered whatever is chosen.
        offers: Column of the program that each offer is, shape (offers,).
        demand_of: Merged row of each demand row of the program, -1 folded or decided,
            -2 beyond reach, shape (cover rows,).
        cover_rows: Rows of the program that are cover rows, shape (cover rows,).
        side_rows: Rows of the program that are side rows, shape (sides,).
        without: Steps that are left out, here and in every part of the problem.
    """

    weights: Floats
    cover: csr_array
    gain: Floats
    side: csr_array
    side_lower: Floats
    side_upper: Floats
    lower: Floats
    upper: Floats
    offset: float
    offers: Index
    demand_of: Index
    cover_rows: Index
    side_rows: Index
    without: frozenset[Step] = frozenset()

    def to_program(self) -> Program:
        """The reduced problem as a program again: one column an offer, then one a demand row."""
        demands, offers = self.cover.shape
        cover = hstack([-self.cover, eye_array(demands, format="csr")], format="csr")
        side = hstack([self.side, csr_array((self.side.shape[0], demands))], format="csr")
        rows, columns = demands + self.side.shape[0], offers + demands
        return Program(
            columns=(Section("choose", 0, offers, ()), Section("covered", offers, columns, ())),
            rows=(Section("cover", 0, demands, ()), Section("side", demands, rows, ())),
            objective=np.concatenate([self.gain, self.weights]),
            offset=self.offset,
            matrix=csr_array(vstack([cover, side], format="csr")),
            row_lower=np.concatenate([np.full(demands, -np.inf), self.side_lower]),
            row_upper=np.concatenate([np.zeros(demands), self.side_upper]),
            lower=np.concatenate([self.lower, np.zeros(demands)]),
            upper=np.concatenate([self.upper, np.ones(demands)]),
            domain=np.repeat(
                np.array([Domain.INTEGER, Domain.IMPLIED], dtype=np.int8), [offers, demands]
            ),
        )

    def to_values(self, chosen: Floats, program: Program) -> Floats:
        """Decisions on the reduced offers as decisions on the program's columns; demand is 0."""
        values = program.lower.copy()
        values[self.offers] = chosen[: len(self.offers)]
        return values

    def reduce_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the program's rows as those of the demand rows and then the side rows."""
        alive = self.demand_of >= 0
        demand = np.zeros(len(self.weights))
        np.add.at(demand, self.demand_of[alive], multipliers[self.cover_rows[alive]])
        side = multipliers[self.side_rows]
        side = np.where(np.isinf(self.side_upper), np.minimum(side, 0.0), side)
        side = np.where(np.isinf(self.side_lower), np.maximum(side, 0.0), side)
        return np.concatenate([np.clip(demand, 0.0, self.weights), side])

    def to_multipliers(self, multipliers: Floats, program: Program) -> Floats:
        """Multipliers of the reduced rows as multipliers of the program's rows, bound no worse.

        As `spread_multipliers`; then the duals are repaired: multipliers that are not quite optimal
        prove more by it.
        """
        return repair_duals(program, self.cover_rows, self.spread_multipliers(multipliers, program))

    def spread_multipliers(self, multipliers: Floats, program: Program) -> Floats:
        """Multipliers of the reduced rows as multipliers of the program's rows, bound the same.

        A merged row shares its multiplier by weight; a folded row passes its whole weight on to its
        offer; a decided row needs none. Where the program has further rows in the end, cuts, so
        have the multipliers.
        """
        full = np.zeros(program.shape[0])
        own = len(self.weights) + len(self.side_rows)
        full[len(full) - len(multipliers) + own :] = multipliers[own:]
        full[self.side_rows] = multipliers[len(self.weights) : own]
        weights = _demand_weights(program, self.cover_rows)
        share = np.divide(
            multipliers[: len(self.weights)],
            self.weights,
            out=np.zeros(len(self.weights)),
            where=self.weights > 0,
        )
        merged = self.demand_of >= 0
        full[self.cover_rows[merged]] = weights[merged] * share[self.demand_of[merged]]
        rest = ~merged
        decided = program.matrix[self.cover_rows[rest]].minimum(0) @ (program.lower >= 1) < 0
        full[self.cover_rows[rest]] = np.where(decided, 0.0, weights[rest])
        return full

    def value(self, chosen: Flags) -> float:
        """Objective of a choice of offers, shape (offers,)."""
        covered = self.cover @ chosen.astype(float) > 0
        return self.offset + float(self.gain @ chosen) + float(self.weights @ covered)


def repair_duals(program: Program, cover_rows: Index, multipliers: Floats) -> Floats:
    """Lowers duals of cover rows until no undecided offer earns more than it uses; bound no worse.

    A lower dual leaves as much to its demand; the offer that earned too much loses the sum
    of that, so the two cancel, and every other offer there can only lose.
    """
    gains = program.objective - program.matrix.T @ multipliers
    offers = (program.domain != Domain.IMPLIED) & (program.upper >= 1) & (program.lower < 1)
    earning = np.flatnonzero(offers & (gains > 0))
    columns = csc_array(program.matrix[cover_rows][:, earning])
    duals = multipliers[cover_rows]
    rest_of = gains[earning] + columns.T @ duals
    for position, rest in enumerate(rest_of):
        rows = columns.indices[columns.indptr[position] : columns.indptr[position + 1]]
        paid = float(duals[rows].sum())
        if paid + rest > 0 and paid > 0:
            duals[rows] *= max(0.0, -rest / paid)
    full = multipliers.copy()
    full[cover_rows] = duals
    return full


def recognise(program: Program, without: frozenset[Step] = frozenset()) -> CoverProblem | None:
    """Finds the covering structure of a program, or returns None where there is another one.

    It is there when every column runs from 0 to 1 (or is fixed to one of them), each implied column
    earns and is limited by one row alone, `y <= sum of x`, and no other row holds an implied
    column. Then it is reduced, but for the steps to do without.
    """
    implied = program.domain == Domain.IMPLIED
    if not np.isin(program.lower, (0.0, 1.0)).all() or not np.isin(program.upper, (0.0, 1.0)).all():
        return None
    if np.any(program.domain == Domain.CONTINUOUS) or np.any(program.objective[implied] < 0):
        return None
    if np.any(program.lower[implied] != 0) or np.any(program.upper[implied] != 1):
        return None
    entries = csr_array(program.matrix[:, np.flatnonzero(implied)])
    count = np.diff(entries.indptr)
    cover_rows = np.flatnonzero(count == 1)
    once = np.bincount(entries.indices, minlength=int(implied.sum()))
    if np.any(count > 1) or np.any(once != 1):
        return None
    offers = np.flatnonzero(~implied)
    cover = csr_array(program.matrix[cover_rows][:, offers])
    exact = np.all(entries.data == 1) and np.all(cover.data == -1)
    limits = program.row_upper[cover_rows], program.row_lower[cover_rows]
    if not exact or np.any(limits[0] != 0) or np.any(np.isfinite(limits[1])):
        return None
    return reduce(replace(_whole(program, offers, cover_rows, csr_array(-cover)), without=without))


def _demand_weights(program: Program, cover_rows: Index) -> Floats:
    """Weight of the implied column of each cover row, shape (cover rows,)."""
    implied = np.flatnonzero(program.domain == Domain.IMPLIED)
    entries = csr_array(program.matrix[cover_rows][:, implied])
    weights: Floats = program.objective[implied][entries.indices]
    return weights


def _whole(program: Program, offers: Index, cover_rows: Index, cover: csr_array) -> CoverProblem:
    weights = _demand_weights(program, cover_rows)
    open_offers = np.flatnonzero(program.upper[offers] >= 1)
    cover = csr_array(cover[:, open_offers])
    offers = offers[open_offers]
    side_rows = np.setdiff1d(np.arange(program.shape[0]), cover_rows)
    return CoverProblem(
        weights=weights,
        cover=cover,
        gain=program.objective[offers].copy(),
        side=csr_array(program.matrix[side_rows][:, offers]),
        side_lower=program.row_lower[side_rows],
        side_upper=program.row_upper[side_rows],
        lower=program.lower[offers],
        upper=program.upper[offers],
        offset=program.offset,
        offers=offers,
        demand_of=np.arange(len(weights)),
        cover_rows=cover_rows,
        side_rows=side_rows,
    )


def reduce(problem: CoverProblem) -> CoverProblem:
    """Settles, folds and merges demand rows, as far as the problem's steps allow."""
    if Step.SETTLE not in problem.without:
        problem = settle_decided(problem, problem.lower >= 1)
    if Step.FOLD not in problem.without:
        problem = fold_single(problem)
    return problem if Step.MERGE_ROWS in problem.without else merge_equal(problem)


def settle_decided(problem: CoverProblem, decided: Flags) -> CoverProblem:
    """Takes out demand rows that a decided offer covers, that nothing covers, or that weigh 0."""
    covered = problem.cover @ decided.astype(float) > 0
    reachable = np.diff(problem.cover.indptr) > 0
    keep = ~covered & reachable & (problem.weights > 0)
    offset = problem.offset + float(problem.weights[covered].sum())
    return _keep_demands(replace(problem, offset=offset), keep, np.where(covered, -1, -2))


def fold_single(problem: CoverProblem) -> CoverProblem:
    """Moves demand rows that one offer alone can cover into the gain of that offer."""
    single = np.diff(problem.cover.indptr) == 1
    offer = problem.cover.indices[problem.cover.indptr[:-1][single]]
    gain = problem.gain + np.bincount(
        offer, weights=problem.weights[single], minlength=len(problem.gain)
    )
    return _keep_demands(replace(problem, gain=gain), ~single, np.full(len(single), -1))


def merge_equal(problem: CoverProblem) -> CoverProblem:
    """Merges demand rows that the same offers cover; their weights add up."""
    group = equal_rows(problem.cover)
    count = int(group.max()) + 1 if len(group) else 0
    first = np.full(count, len(group))
    np.minimum.at(first, group, np.arange(len(group)))
    return replace(
        problem,
        weights=np.bincount(group, weights=problem.weights, minlength=count).astype(float),
        cover=csr_array(problem.cover[first]),
        demand_of=_renumber(problem.demand_of, group),
    )


def equal_rows(matrix: csr_array) -> Index:
    """Numbers the rows of a 0/1 matrix so that equal rows, and only they, share a number.

    Rows are keyed by two sums of random 64-bit words; keys that meet are compared entry by entry.
    """
    words = np.random.default_rng(0).integers(0, 2**63, size=(2, matrix.shape[1]), dtype=np.uint64)
    length = np.diff(matrix.indptr)
    keys = [length.astype(np.uint64)]
    for word in words:
        total = np.concatenate([[np.uint64(0)], np.cumsum(word[matrix.indices])])
        keys.append(total[matrix.indptr[1:]] - total[matrix.indptr[:-1]])
    _, group = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    return _confirmed(matrix, group.ravel().astype(np.int64))


def _confirmed(matrix: csr_array, group: Index) -> Index:
    """Checks that rows of one key are equal; gives every row its own number if any are not."""
    first = np.full(int(group.max()) + 1 if len(group) else 0, len(group))
    np.minimum.at(first, group, np.arange(len(group)))
    twins = csr_array(matrix[first[group]])
    twins.sort_indices()
    ordered = matrix.copy()
    ordered.sort_indices()
    same = np.array_equal(twins.indptr, ordered.indptr) and np.array_equal(
        twins.indices, ordered.indices
    )
    return group if same else np.arange(len(group))


def _keep_demands(problem: CoverProblem, keep: Flags, otherwise: Index) -> CoverProblem:
    new_number = np.where(keep, np.cumsum(keep) - 1, otherwise)
    return replace(
        problem,
        weights=problem.weights[keep],
        cover=csr_array(problem.cover[np.flatnonzero(keep)]),
        demand_of=_renumber(problem.demand_of, new_number),
    )


def _renumber(demand_of: Index, new_number: Index) -> Index:
    renumbered = demand_of.copy()
    alive = demand_of >= 0
    renumbered[alive] = new_number[demand_of[alive]]
    return renumbered


def restrict(problem: CoverProblem, keep: Flags) -> CoverProblem:
    """The same problem with only some of the offers; its solutions are solutions of the whole.

    Offers that are decided must be kept.
    """
    columns = np.flatnonzero(keep)
    smaller = replace(
        problem,
        cover=csr_array(problem.cover[:, columns]),
        gain=problem.gain[columns],
        side=csr_array(problem.side[:, columns]),
        lower=problem.lower[columns],
        upper=problem.upper[columns],
        offers=problem.offers[columns],
    )
    return reduce(smaller)


def rows_in(problem: CoverProblem, part: CoverProblem) -> Index:
    """Demand row of a part that each of a problem's went into, or why none: as `demand_of`."""
    rows = np.full(len(problem.weights), -1)
    alive = problem.demand_of >= 0
    rows[problem.demand_of[alive]] = part.demand_of[alive]
    return rows
