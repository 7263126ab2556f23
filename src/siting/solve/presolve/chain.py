"""Presolve as a chain of small steps, each with its inverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from siting.program.program import Program, Section
from siting.solve.tree.proof import Leaf, Lemma, SearchTree

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


class Reduction(Protocol):
    """A smaller program, and the way back from it."""

    @property
    def program(self) -> Program:
        """The smaller program."""

    def reduce_values(self, values: Floats) -> Floats:
        """Whole decisions of the program before as those of the smaller one."""

    def invert_values(self, values: Floats) -> Floats:
        """A solution of the smaller program as one of the program before."""

    def reduce_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the rows before as those of the smaller program's rows."""

    def invert_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the smaller program's rows as those of the rows before, bound no worse."""

    def invert_ray(self, ray: Floats) -> Floats:
        """The same of multipliers that show that no values keep the rows."""

    def invert_rows(self, sums: csr_array) -> csr_array:
        """Sums of the smaller program's rows as sums of the rows before, shape (sums, rows)."""


class PresolveStep(Protocol):
    """One way to make programs smaller without losing any best solution."""

    def accepts(self, program: Program) -> bool:
        """Whether it can do anything about a program."""

    def apply(self, program: Program) -> Reduction:
        """Does it."""


@dataclass(frozen=True)
class Presolved:
    """A program after some steps.

    Attributes:
        whole: As it was.
        reductions: What the steps made of it, in order.
    """

    whole: Program
    reductions: tuple[Reduction, ...] = ()

    @property
    def program(self) -> Program:
        """What is left."""
        return self.reductions[-1].program if self.reductions else self.whole

    def reduce_values(self, values: Floats) -> Floats:
        """Whole decisions of the whole program as those of what is left."""
        for reduction in self.reductions:
            values = reduction.reduce_values(values)
        return values

    def reduce_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of the whole's rows as those of what is left."""
        for reduction in self.reductions:
            multipliers = reduction.reduce_multipliers(multipliers)
        return multipliers

    def invert_values(self, values: Floats) -> Floats:
        """A solution of what is left as one of the whole, shape (columns,)."""
        for reduction in reversed(self.reductions):
            values = reduction.invert_values(values)
        return values

    def invert_multipliers(self, multipliers: Floats) -> Floats:
        """Multipliers of what is left as those of the whole's rows, bound no worse."""
        for reduction in reversed(self.reductions):
            multipliers = reduction.invert_multipliers(multipliers)
        return multipliers

    def invert_tree(self, tree: SearchTree) -> SearchTree:
        """A tree of what is left as one of the whole, whose columns must be the same."""
        leaves = tuple(replace(leaf, multipliers=self._of_leaf(leaf)) for leaf in tree.leaves)
        cuts, (own, added) = tree.cuts, np.split(tree.root, [self.program.shape[0]])
        for reduction in reversed(self.reductions):
            cuts = None if cuts is None else reduction.invert_rows(cuts)
        root = np.concatenate([self.invert_multipliers(own), added])
        lemmas = tuple(self._of_lemma(lemma) for lemma in tree.lemmas)
        return replace(tree, root=root, leaves=leaves, cuts=cuts, lemmas=lemmas)

    def _of_lemma(self, lemma: Lemma) -> Lemma:
        return replace(lemma, multipliers=row_by_row(lemma.multipliers, self.invert_multipliers))

    def _of_leaf(self, leaf: Leaf) -> Floats:
        own, added = np.split(leaf.multipliers, [self.program.shape[0]])
        if not leaf.is_ray:
            return np.concatenate([self.invert_multipliers(own), added])
        for reduction in reversed(self.reductions):
            own = reduction.invert_ray(own)
        return np.concatenate([own, added])


def row_by_row(matrix: csr_array, change: Callable[[Floats], Floats]) -> csr_array:
    """A matrix with each of its rows changed, one at a time made dense for that."""
    rows = (matrix[[number]].toarray().ravel() for number in range(matrix.shape[0]))
    changed = [csr_array(change(row)[None, :]) for row in rows]
    return csr_array(vstack(changed, format="csr"))


def presolve(presolved: Presolved, steps: Iterable[PresolveStep]) -> Presolved:
    """Takes further steps, each on what the one before left."""
    for step in steps:
        if step.accepts(presolved.program):
            reduction = step.apply(presolved.program)
            presolved = Presolved(presolved.whole, (*presolved.reductions, reduction))
    return presolved


def resized(sections: tuple[Section, ...], kept: Index) -> tuple[Section, ...]:
    """Sections of what is left, with their ids.

    Args:
        sections: Of rows or of columns.
        kept: Which of them are left, in order.
    """
    sizes, start = [], 0
    for section in sections:
        inside = kept[(kept >= section.start) & (kept < section.stop)] - section.start
        ids = tuple(part[inside] for part in section.ids)
        sizes.append(replace(section, start=start, stop=start + len(inside), ids=ids))
        start += len(inside)
    return tuple(sizes)
