"""A choice made to keep rows that it breaks: what is missing comes, what is too much goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from siting.solve.heuristics.greedy import fill, prices, repair_capacity, wanting_rows
from siting.solve.presolve.cover import CoverProblem

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

# A row with room for this many more than its limit is kept, for rounding.
_SPARE = 1e-9


def repair_choice(problem: CoverProblem, chosen: Flags) -> Flags | None:
    """Adds what rows want at least, drops what they have too much of, and fills up what is left.

    Rows with a lower limit come first, and what they hold is kept while others are emptied.

    Args:
        problem: The covering problem.
        chosen: A choice that may break rows, shape (offers,).

    Returns:
        A choice that keeps every row, shape (offers,), or None where this simple way finds none.
    """
    if np.any(problem.side.data < 0):
        return None
    kept = chosen | (problem.lower >= 1)
    held = problem.lower >= 1
    for row in wanting_rows(problem):
        kept, held = _filled(problem, kept, held, int(row))
    fitting = _checked(problem, _emptied(problem, kept, held))
    return None if fitting is None else _with_more(problem, fitting)


def _filled(problem: CoverProblem, kept: Flags, held: Flags, row: int) -> tuple[Flags, Flags]:
    """Fills one row up to its lower limit, and names the offers that it needs."""
    kept, held = kept.copy(), held.copy()
    amounts = np.asarray(problem.side[[row]].toarray()).ravel()
    ratio = _gains(problem, kept) / prices(problem)
    # What is chosen already comes before what is not: it costs nothing more.
    ratio[kept] = np.inf
    ratio[held] = np.inf
    order = [o for o in np.argsort(-ratio, kind="stable") if amounts[o] > 0]
    missing = float(problem.side_lower[row]) - float(amounts @ held)
    for offer in order:
        if missing <= _SPARE:
            break
        if held[offer] or not _has_room(problem, held, int(offer)):
            continue
        kept[offer] = held[offer] = True
        missing -= amounts[offer]
    return kept, held


def _gains(problem: CoverProblem, kept: Flags) -> Floats:
    """What each offer would newly cover."""
    covered = problem.cover @ kept.astype(float) > 0
    gains: Floats = problem.gain + problem.cover.T @ np.where(covered, 0.0, problem.weights)
    return gains


def _has_room(problem: CoverProblem, held: Flags, offer: int) -> bool:
    """Whether no row is overfilled by what is held and one offer more."""
    with_it = held.astype(float)
    with_it[offer] = 1.0
    side = csc_array(problem.side)
    rows = side.indices[side.indptr[offer] : side.indptr[offer + 1]]
    return bool(np.all(problem.side[rows] @ with_it <= problem.side_upper[rows] + _SPARE))


def _emptied(problem: CoverProblem, kept: Flags, held: Flags) -> Flags:
    """Drops offers from overfull rows, but for those that are held."""
    return repair_capacity(replace(problem, lower=held.astype(float)), kept)


def _checked(problem: CoverProblem, chosen: Flags) -> Flags | None:
    used = problem.side @ chosen.astype(float)
    slack = _SPARE * np.maximum(1.0, np.abs(used))
    fits = np.all(used <= problem.side_upper + slack) and np.all(used >= problem.side_lower - slack)
    return chosen if fits else None


def _with_more(problem: CoverProblem, fitting: Flags) -> Flags:
    """Fills up what room there is; lower limits can only be kept better by it."""
    chosen = fitting.copy()
    covered = problem.cover @ chosen.astype(float) > 0
    fill(problem, chosen, covered, problem.side @ chosen.astype(float))
    return chosen
