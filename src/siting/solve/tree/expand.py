"""A tree of a reduced covering problem as one of the whole program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from siting.program import Program
from siting.solve.cuts.odd_cycles import with_cuts
from siting.solve.presolve.cover import CoverProblem
from siting.solve.tree.proof import Floats, Leaf, SearchTree


def expand(problem: CoverProblem, tree: SearchTree, program: Program) -> SearchTree:
    """Multipliers of the reduced rows become those of the program's.

    A cut goes on with the first row that each of its merged rows stands for: where columns are
    merged again, as they are in certificates, it is the cut that it was.
    """
    cuts = None if tree.cuts is None else csr_array(tree.cuts @ _first_rows(problem, program))
    program = with_cuts(program, cuts)
    leaves = tuple(_leaf(problem, leaf, program) for leaf in tree.leaves)
    return SearchTree(
        tree.parent,
        problem.offers[tree.column].astype(np.int64),
        tree.value,
        problem.spread_multipliers(tree.root, program),
        leaves,
        cuts,
    )


def _first_rows(problem: CoverProblem, program: Program) -> csr_array:
    """1 where a row of the program is the first that the reduced row stands for."""
    merged = np.flatnonzero(problem.demand_of >= 0)
    number, first = np.unique(problem.demand_of[merged], return_index=True)
    reduced = np.concatenate([number, len(problem.weights) + np.arange(len(problem.side_rows))])
    whole = np.concatenate([problem.cover_rows[merged[first]], problem.side_rows])
    shape = len(problem.weights) + len(problem.side_rows), program.shape[0]
    return csr_array((np.ones(len(whole)), (reduced, whole)), shape=shape)


def _leaf(problem: CoverProblem, leaf: Leaf, program: Program) -> Leaf:
    fixed = {int(problem.offers[column]): value for column, value in leaf.fixed.items()}
    lower, upper = program.lower.copy(), program.upper.copy()
    columns = list(fixed)
    lower[columns] = upper[columns] = list(fixed.values())
    here = replace(program, lower=lower, upper=upper)
    if leaf.is_ray:
        return Leaf(fixed, _ray(problem, leaf.multipliers, program), leaf.bound, is_ray=True)
    multipliers = problem.spread_multipliers(leaf.multipliers, here)
    return Leaf(fixed, multipliers, leaf.bound, is_ray=False)


def _ray(problem: CoverProblem, ray: Floats, program: Program) -> Floats:
    """A ray of the reduced rows; a merged row's share goes to the first row it stands for."""
    rows = len(problem.weights) + len(problem.side_rows)
    full: Floats = ray[:rows] @ _first_rows(problem, program)
    full[program.shape[0] - len(ray) + rows :] = ray[rows:]
    return full
