"""Runs a tree, wherever that is: in this process or in one of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.program import Program
from siting.solve.tree.branch_and_bound import BranchAndBound
from siting.solve.tree.proof import SearchTree

Floats = NDArray[np.float64]

# Nodes of a tree keep multipliers of their own: so many bytes of them, at most.
_MOST_BYTES = 1_000_000_000


@dataclass(frozen=True, eq=False)
class TreeCall:
    """Search a program by branching.

    Attributes:
        program: The program, with its cuts.
        time_limit: Seconds.
        incumbent: The best objective known.
        relative_gap: The gap that is enough.
        threads: Relaxations solved at a time.
        multipliers: Of the first relaxation, shape (rows,), if they are known.
    """

    program: Program
    time_limit: float
    incumbent: float = -np.inf
    relative_gap: float = 0.0
    threads: int = 1
    multipliers: Floats | None = None


@dataclass(frozen=True, eq=False)
class TreeAnswer:
    """How far a tree got.

    Attributes:
        tree: Branchings and what closes the leaves, None where not even the root was solved.
        is_infeasible: Whether it proves that there is no solution.
        is_closed: Whether no node is left.
    """

    tree: SearchTree | None
    is_infeasible: bool
    is_closed: bool


@dataclass(frozen=True)
class Listener:
    """Who a running tree talks to.

    Attributes:
        incumbent: Asked for the best objective that others know.
        submit: Given each whole solution, shape (columns,).
        report: Given each better bound.
        stop: Asked whether to stop.
    """

    incumbent: Callable[[], float]
    submit: Callable[[Floats], None]
    report: Callable[[float], None]
    stop: Callable[[], bool]


def run_tree(call: TreeCall, listener: Listener) -> TreeAnswer:
    """Branches until the gap is what was asked for, or somebody or the clock says stop.

    Args:
        call: What to search.
        listener: Who is asked and told.
    """
    from siting.solve.backends.covering_lp import CoveringLP  # noqa: PLC0415 - OR-Tools takes a second

    end = time.monotonic() + call.time_limit
    best = [call.incumbent]

    def submit(values: Floats) -> None:
        best[0] = max(best[0], call.program.value(values))
        listener.submit(values)

    tree = BranchAndBound(
        call.program,
        [CoveringLP(call.program, call.multipliers) for _ in range(call.threads)],
        incumbent=lambda: max(best[0], listener.incumbent()),
        submit=submit,
        seconds_left=lambda: end - time.monotonic(),
        relative_gap=call.relative_gap,
    )
    most = _MOST_BYTES // (8 * max(1, call.program.shape[0]))
    said = np.inf
    while not (tree.is_over or listener.stop() or time.monotonic() >= end):
        tree.step()
        if tree.bound < said:
            said = tree.bound
            listener.report(said)
        if len(tree) > most:
            break
    tree.close()
    return TreeAnswer(tree.tree(), tree.is_closed and tree.has_proof, tree.is_closed)
