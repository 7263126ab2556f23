"""A certificate of bounds: from what it holds anyone derives them by whole-number arithmetic.

For any multipliers of the rows, at most 0 where a row has no upper limit and at least 0 where it
has no lower one, no plan is better than

    constant + sum of multiplier x limit + sum over columns of max(0, weight - what the column uses)

by Lagrangian duality over the columns, each from 0 to 1 (Geoffrion 1974, doi 10.1007/BFb0120690).
Two things make the bound better: cuts, each a sum of rows in whole multiples of a half whose
coefficients and limit are rounded down (Gomory 1958, doi 10.1090/S0002-9904-1958-10224-4), and a
tree of branchings whose leaves have multipliers of their own. Where a program falls into parts,
lemmas say what each part comes to at most; each is proven like a bound, by a tree of its own, and
then is a row like others. Rows and weights are those that every
block says plainly, merged where columns are equal in every plan. `derivation.py` does the
arithmetic; nothing in it uses a solver or the program that a solver was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows, floors_as_rows
from siting.language import tr

MOST_EXPONENT = 200
# Names of the sections of the rows that keep earlier goals at their floors, of cuts and of lemmas.
FLOORS, CUTS, LEMMAS = "goal", "cuts", "lemmas"


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers of the rows of one section, of each row as it stands when it is made whole.

    Attributes:
        numerators: Shape (rows,).
        exponent: They are `numerators / 2**exponent`.
    """

    numerators: NDArray[np.int64]
    exponent: int


@dataclass(frozen=True, eq=False)
class ProofTree:
    """A tree of branchings: the root is node 0, every other node fixes one choice more.

    Attributes:
        parent: Of the nodes 1, 2, ...; smaller than the node's own number, shape (nodes - 1,).
        choice: Position of the choice that each of them fixes, shape (nodes - 1,).
        value: What it is fixed to, 0 or 1, shape (nodes - 1,).
        claim: Numerator and denominator of the bound that every leaf must keep, more being better.
        changes: What each leaf's multipliers are more than those of the root, by section, shape
            (leaves, rows of the section), in units of the section's exponent; leaves are the nodes
            that no other has as its parent, in order.
        is_ray: Whether a leaf's multipliers show that it has no plan at all, shape (leaves,).
    """

    parent: NDArray[np.int64]
    choice: NDArray[np.int64]
    value: NDArray[np.int64]
    claim: tuple[int, int]
    changes: Mapping[str, csr_array]
    is_ray: NDArray[np.bool_]

    @cached_property
    def leaves(self) -> NDArray[np.int64]:
        """Nodes without a child, in order."""
        inner = np.zeros(len(self.parent) + 1, dtype=bool)
        inner[self.parent] = True
        return np.flatnonzero(~inner)


def children_of(tree: ProofTree) -> dict[int, list[int]]:
    """Both children of each node that was branched on."""
    below: dict[int, list[int]] = {}
    for number, parent in enumerate(tree.parent.tolist(), start=1):
        below.setdefault(parent, []).append(number)
    return below


@dataclass(frozen=True, eq=False)
class LemmaProof:
    """A row `weights @ columns <= claim of the tree`, and what proves it.

    Attributes:
        weights: Numerators by family, shape (columns of the family,).
        exponent: The weights are `numerators / 2**exponent`.
        sections: Multipliers by section, of rows that are no lemmas.
        tree: The branchings; without any, it is its root alone.
    """

    weights: Mapping[str, NDArray[np.int64]]
    exponent: int
    sections: Mapping[str, Multipliers]
    tree: ProofTree


@dataclass(frozen=True, eq=False)
class GoalCertificate:
    """What proves the bound of one goal.

    Attributes:
        goal: Its name.
        sections: Multipliers by section; rows without any have the multiplier 0.
        floors: What each earlier goal must reach, in the planner's sense, by the goal's name.
        cuts: How many halves of each row go into each cut, by section, shape (cuts, rows).
        tree: The branchings, or None where the root says all.
        lemmas: Further rows, each proven from all the others.
    """

    goal: str
    sections: Mapping[str, Multipliers]
    floors: Mapping[str, float]
    cuts: Mapping[str, csr_array] | None = None
    tree: ProofTree | None = None
    lemmas: tuple[LemmaProof, ...] = ()


@dataclass(frozen=True, eq=False)
class Certificate:
    """The certificates of a plan's goals, in their order."""

    goals: tuple[GoalCertificate, ...]


def goal_of(model: PlainModel, name: str) -> PlainGoal:
    """The goal of this name.

    Raises:
        ValueError: The model has no such goal.
    """
    for goal in model.goals:
        if goal.name == name:
            return goal
    raise ValueError(tr("certificate: the model has no goal {name}", name=name))


def proof_rows(model: PlainModel, floors: Mapping[str, float]) -> dict[str, PlainRows]:
    """The rows that a proof may use, by section: merged, and with the floors of earlier goals.

    Raises:
        ValueError: There is no such goal, or a floor is no number.
    """
    for name, floor in floors.items():
        goal_of(model, name)
        if not math.isfinite(floor):
            raise ValueError(tr("certificate: the floor of {name} is no number", name=name))
    merged = model.merged.model
    rows = dict(merged.sections)
    if floors:
        rows[FLOORS] = floors_as_rows(merged, floors)
    return rows


def entries_of_rows(rows: PlainRows) -> NDArray[np.int64]:
    """How many columns each row of a section has, shape (rows,)."""
    sizes = np.zeros(len(rows), dtype=np.int64)
    for matrix in rows.terms.values():
        sizes += np.diff(matrix.indptr)
    return sizes
