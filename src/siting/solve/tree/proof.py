"""What a search of a tree leaves behind: branchings, and what closes each leaf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.program import Program
from siting.solve.bounds.duality import usable_multipliers

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Leaf:
    """A node without children.

    Attributes:
        fixed: Columns that are fixed in it, with their values.
        multipliers: Of the program's rows and then of the cuts, shape (rows + cuts,).
        bound: What they prove within the leaf; -inf where it has no solution.
        is_ray: Whether they prove that it has no solution.
    """

    fixed: Mapping[int, float]
    multipliers: Floats
    bound: float
    is_ray: bool


@dataclass(frozen=True, eq=False)
class Lemma:
    """A row that a small tree of branchings proves: `weights @ columns <= limit` in every plan.

    Attributes:
        columns: That it is about.
        weights: Of each of them, shape (columns,).
        limit: What they come to at most.
        parent: Of the nodes 1, 2, ... of its tree, shape (nodes - 1,).
        column: Column that each of them fixes, shape (nodes - 1,).
        value: What it is fixed to, shape (nodes - 1,).
        multipliers: Of the program's rows: of the root, then of each leaf in order, shape
            (1 + leaves, rows).
        is_ray: Whether a leaf's multipliers prove that it has no plan, shape (leaves,).
    """

    columns: NDArray[np.int64]
    weights: Floats
    limit: float
    parent: NDArray[np.int64]
    column: NDArray[np.int64]
    value: NDArray[np.int64]
    multipliers: csr_array
    is_ray: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SearchTree:
    """A tree of branchings; the root is node 0, and a leaf where nothing was branched on.

    Attributes:
        parent: Of the nodes 1, 2, ..., shape (nodes - 1,).
        column: Column that each of them fixes, shape (nodes - 1,).
        value: What it is fixed to, shape (nodes - 1,).
        root: Multipliers of the root, shape (rows + cuts + lemmas,).
        leaves: Nodes without children, by number.
        cuts: How many halves of each row go into each cut, shape (cuts, rows); None without any.
        lemmas: Further rows, each proven by the program's; a tree has them or cuts.
    """

    parent: NDArray[np.int64]
    column: NDArray[np.int64]
    value: NDArray[np.int64]
    root: Floats
    leaves: tuple[Leaf, ...]
    cuts: csr_array | None = None
    lemmas: tuple[Lemma, ...] = ()

    @property
    def bound(self) -> float:
        """No solution is better than this."""
        return max((leaf.bound for leaf in self.leaves), default=-np.inf)


def only_root(multipliers: Floats, bound: float, cuts: csr_array | None = None) -> SearchTree:
    """A tree of its root alone.

    Args:
        multipliers: Of the rows and the cuts, shape (rows + cuts,).
        bound: What they prove.
        cuts: As in a tree.
    """
    nothing = np.zeros(0, dtype=np.int64)
    leaf = Leaf({}, multipliers, bound, is_ray=False)
    return SearchTree(nothing, nothing, nothing, multipliers, (leaf,), cuts)


def best_ray(program: Program, ray: Floats) -> Floats | None:
    """Multipliers that show that no values within the column bounds keep all rows, or None.

    Args:
        program: The program with the bounds of a node.
        ray: What a simplex method says, of either sign; else a single row may do.
    """
    for candidate in (ray, -ray, *_single_rows(program)):
        usable = usable_multipliers(program, candidate)
        largest = np.abs(usable).max(initial=0.0)
        scaled: Floats = usable / max(largest, 1e-300)
        if largest > 0 and _contradiction(program, scaled) < -1e-6:
            return scaled
    return None


def _contradiction(program: Program, multipliers: Floats) -> float:
    """Below 0 where the rows, so weighed, cannot hold."""
    paid = np.where(multipliers > 0, program.row_upper, program.row_lower)
    used = program.matrix.T @ multipliers
    least = np.minimum(used * program.lower, used * program.upper).sum()
    return float((multipliers * np.where(multipliers == 0, 0.0, paid)).sum() - least)


def _single_rows(program: Program) -> list[Floats]:
    """The row that the column bounds break most, from above or from below."""
    positive, negative = program.matrix.maximum(0), program.matrix.minimum(0)
    least = positive @ program.lower + negative @ program.upper
    most = positive @ program.upper + negative @ program.lower
    rows = []
    for excess, sign in ((least - program.row_upper, 1.0), (program.row_lower - most, -1.0)):
        row = int(np.argmax(excess)) if len(excess) else -1
        if row >= 0 and excess[row] > 0:
            unit = np.zeros(len(excess))
            unit[row] = sign
            rows.append(unit)
    return rows
