"""A tree of a reduced covering problem as one of the whole program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.program import Program
from siting.solve.presolve.cover import CoverProblem
from siting.solve.tree.proof import Floats, Leaf, SearchTree


def expand(problem: CoverProblem, tree: SearchTree, program: Program) -> SearchTree:
    """Multipliers of the reduced rows become those of the program's, bounds no worse."""
    leaves = tuple(_leaf(problem, leaf, program) for leaf in tree.leaves)
    return SearchTree(
        tree.parent,
        problem.offers[tree.column].astype(np.int64),
        tree.value,
        problem.to_multipliers(tree.root, program),
        leaves,
    )


def _leaf(problem: CoverProblem, leaf: Leaf, program: Program) -> Leaf:
    fixed = {int(problem.offers[column]): value for column, value in leaf.fixed.items()}
    lower, upper = program.lower.copy(), program.upper.copy()
    columns = list(fixed)
    lower[columns] = upper[columns] = list(fixed.values())
    here = replace(program, lower=lower, upper=upper)
    if leaf.is_ray:
        return Leaf(fixed, _ray(problem, leaf.multipliers, program), leaf.bound, is_ray=True)
    multipliers = problem.to_multipliers(leaf.multipliers, here)
    return Leaf(fixed, multipliers, leaf.bound, is_ray=False)


def _ray(problem: CoverProblem, ray: Floats, program: Program) -> Floats:
    """A ray of the reduced rows; a merged row's share goes to the first row it stands for."""
    full = np.zeros(program.shape[0])
    demands = len(problem.weights)
    full[problem.side_rows] = ray[demands:]
    merged = np.flatnonzero(problem.demand_of >= 0)
    number, first = np.unique(problem.demand_of[merged], return_index=True)
    full[problem.cover_rows[merged[first]]] = ray[:demands][number]
    return full
