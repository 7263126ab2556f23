"""Closes the gap by a tree of branchings, where a bound rests on a solver's word or is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Program
from siting.solve.backends.contract import Relaxation
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.cuts.odd_cycles import with_cuts
from siting.solve.presolve.cover import CoverProblem
from siting.solve.presolve.merge_states import MergedStates
from siting.solve.result import Phase, Why
from siting.solve.search import Search
from siting.solve.settings import Step
from siting.solve.tree.branch_and_bound import BranchAndBound
from siting.solve.tree.expand import expand
from siting.solve.tree.proof import SearchTree, only_root

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CertifyParameters:
    """When a tree is worth its time.

    Attributes:
        most_nonzeros: Of the reduced program; a relaxation of a larger one takes too long.
        share: Of the time that is left, at most.
        work: Relaxations times nonzeros, at most: some tens of seconds. Counted, so that the same
            program gets the same proof on every machine.
    """

    most_nonzeros: int = 150_000
    share: float = 0.5
    work: float = 4e7


@dataclass(frozen=True, eq=False)
class Reduced:
    """A program that a tree searches, and the way back to the whole.

    Attributes:
        program: The reduced program, with its cuts.
        to_values: A solution of it as one of the whole.
        to_tree: A tree of it as one of the whole.
        cuts: How many halves of each row go into each cut, shape (cuts, rows); None without any.
    """

    program: Program
    to_values: Callable[[Floats], Floats]
    to_tree: Callable[[SearchTree], SearchTree]
    cuts: csr_array | None = None


def reduced_cover(
    search: Search, problem: CoverProblem, relaxation: Relaxation | None = None
) -> Reduced:
    """A covering problem without what is merged, folded and settled, with a relaxation's cuts."""
    cuts = None if relaxation is None else relaxation.cut_multipliers
    return Reduced(
        with_cuts(problem.to_program(), cuts),
        lambda values: problem.to_values(np.round(values), search.program),
        lambda tree: expand(problem, tree, search.program),
        cuts,
    )


def submit_cuts(search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
    """Certifies the bound of a relaxation with cuts: a tree of nothing but its root."""
    program = with_cuts(problem.to_program(), relaxation.cut_multipliers)
    usable = usable_multipliers(program, relaxation.multipliers)
    root = only_root(usable, safe_bound(program, usable), relaxation.cut_multipliers)
    search.submit_tree(expand(problem, root, search.program))


def reduced_states(merged: MergedStates) -> Reduced:
    """A program with equal states merged."""

    def to_tree(tree: SearchTree) -> SearchTree:
        leaves = tuple(
            replace(leaf, multipliers=merged.invert_multipliers(leaf.multipliers))
            for leaf in tree.leaves
        )
        return replace(tree, root=merged.invert_multipliers(tree.root), leaves=leaves)

    return Reduced(merged.program, merged.invert_values, to_tree)


def certify(search: Search, reduced: Reduced, parameters: CertifyParameters | None = None) -> bool:
    """Searches a tree until the certified gap is what was asked for; True if it is infeasible.

    Args:
        search: The search whose bound is to be certified.
        reduced: What to search.
        parameters: Constants.
    """
    from siting.solve.backends.node_lp import NodeLP  # noqa: PLC0415 - OR-Tools takes a second

    limits = parameters or CertifyParameters()
    if reduced.program.matrix.nnz > limits.most_nonzeros:
        search.leave_out(Step.TREE, Why.TOO_LARGE)
        return False
    if not search.settings.takes(Step.TREE):
        return False
    reserve = (1 - limits.share) * search.time_left if search.gap_met else 0.0
    tree = BranchAndBound(
        reduced.program,
        NodeLP(reduced.program),
        incumbent=lambda: -np.inf if search.objective is None else search.objective,
        submit=lambda values: _submit(search, reduced, values),
        seconds_left=lambda: search.time_left - reserve,
    )
    most = limits.work / max(1, reduced.program.matrix.nnz)
    with search.step(Phase.PROVE):
        while not (tree.is_over or search.stopped or search.time_left <= reserve):
            if tree.solved > most:
                break
            tree.step()
            if _is_close(search, tree.bound):
                break
        found = tree.tree()
        if found is not None and search.objective is not None:
            search.submit_tree(reduced.to_tree(replace(found, cuts=reduced.cuts)))
    return tree.is_closed and search.objective is None and tree.has_proof


def _submit(search: Search, reduced: Reduced, values: Floats) -> None:
    search.submit_solution(reduced.to_values(values))


def _is_close(search: Search, bound: float) -> bool:
    """Whether a bound is as close to the incumbent as was asked."""
    if search.objective is None or search.settings.relative_gap == 0:
        return False
    gap = (bound - search.objective) / max(1.0, abs(search.objective))
    return gap <= search.settings.relative_gap
