"""The leaves of a certificate's tree: what each proves, and what they prove together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import LARGEST, exact_product
from siting.language import phrase, tr
from siting.plan.certificate import ProofTree, entries_of_rows
from siting.plan.column_bounds import ColumnBounds
from siting.plan.lagrangian import Lagrangian, Numbers, earned, fixed_by_reduced_costs, pays
from siting.plan.tree_cases import claim_of, fixings, refuse_uncovered

# The largest tree that a solve makes takes a tenth of it; more is a file that is to take hours.
MOST_STEPS = 1 << 32
TOO_LONG = phrase("certificate: a tree that takes too long to check")


class Leaves:
    """The leaves of a tree, each worked out from the root by what it changes.

    Raises:
        ValueError: The tree is of other rows than the model's, or leaves a case out.
    """

    def __init__(self, root: Lagrangian, tree: ProofTree) -> None:
        self.root, self.tree = root, tree
        self._net, self._paid, self._weights = root.net(), root.paid(), root.weights()
        refuse_uncovered(tree, len(self._net["choose"]))
        count = len(tree.leaves)
        for name, changes in tree.changes.items():
            rows = root.rows.get(name)
            if rows is None or name not in root.sections or changes.shape != (count, len(rows)):
                raise ValueError(tr("certificate: the model has no rows {name}", name=name))
            sizes = np.abs(changes.data.astype(float)).max(initial=0.0)
            if sizes >= LARGEST // 4 or changes.data.dtype != np.int64:
                raise ValueError(tr("certificate: a multiplier that is too large"))
        if len(tree.is_ray) != count:
            raise ValueError(tr("certificate: a tree with a branch from nowhere"))
        self.steps = self._steps()
        if self.steps > MOST_STEPS:
            raise ValueError(tr(TOO_LONG))

    def _steps(self) -> int:
        """How much work the leaves are: every column, the rows that they change, their paths."""
        steps = len(self.tree.leaves) * (100 + sum(map(len, self._net.values())))
        for name, changes in self.tree.changes.items():
            sizes = entries_of_rows(self.root.rows[name])
            steps += int(sizes[changes.indices].sum())
        depth = [0]
        for parent in self.tree.parent.tolist():
            depth.append(depth[parent] + 1)
        return steps + sum(int(depth[leaf]) for leaf in self.tree.leaves.tolist())

    def holds(self, leaf: int, bounds: ColumnBounds, claim: Fraction) -> bool:
        """Whether no plan of a leaf is better than the claim."""
        if self.tree.is_ray[leaf]:
            return self.is_empty(leaf, bounds)
        return self.bound(leaf, bounds) <= claim

    def bound(self, leaf: int, bounds: ColumnBounds) -> Fraction:
        """What the leaf's multipliers prove."""
        net, paid = self.earnings(leaf)
        return self.root.value(paid + earned(net, bounds))

    def is_empty(self, leaf: int, bounds: ColumnBounds) -> bool:
        """Whether they show that the leaf has no plan: without weights, they prove less than 0."""
        net, paid = self.earnings(leaf)
        used = {family: part - self._weights[family] for family, part in net.items()}
        return paid + earned(used, bounds) < 0

    def is_ray(self, leaf: int) -> bool:
        """Whether a leaf's multipliers show that it has no plan."""
        return bool(self.tree.is_ray[leaf])

    def multipliers(self, leaf: int) -> dict[str, NDArray[np.int64]]:
        """Numerators of one leaf's multipliers, by section."""
        found = {name: one.numerators.copy() for name, one in self.root.sections.items()}
        for name, changes in self.tree.changes.items():
            part = slice(changes.indptr[leaf], changes.indptr[leaf + 1])
            found[name][changes.indices[part]] += changes.data[part]
        return found

    def earnings(self, leaf: int) -> tuple[Numbers, int]:
        """Net earnings of each column and payments of one leaf, in units."""
        net, paid = dict(self._net), self._paid
        for name, changes in self.tree.changes.items():
            part = slice(changes.indptr[leaf], changes.indptr[leaf + 1])
            numbers, more = changes.indices[part].astype(np.int64), changes.data[part]
            if len(numbers) == 0:
                continue
            rows, factor = self.root.rows[name], self.root.factor(name)
            known = self.root.sections[name].numerators[numbers].tolist()
            for number, old, change in zip(numbers.tolist(), known, more.tolist(), strict=True):
                paid += factor * (pays(rows, number, old + change) - pays(rows, number, old))
            for family, matrix in rows.terms.items():
                used = exact_product(csr_array(matrix[numbers].T), more)
                net[family] = net[family] - used.astype(object) * factor
        return net, paid


def bound_of_tree(leaves: Leaves, bounds: ColumnBounds) -> Fraction:
    """The claim of a tree, once every leaf keeps it and the leaves cover every case."""
    claim = claim_of(leaves.tree)
    start = fixed_by_reduced_costs(leaves.root, bounds, claim)
    for number, fixed in enumerate(fixings(leaves.tree, len(bounds.lower))):
        here = _within(start, fixed)
        if here is not None and not leaves.holds(number, here, claim):
            form = phrase("certificate: leaf {number} does not keep the bound")
            raise ValueError(tr(form, number=number))
    return claim


def bound_of_leaves(
    root: Lagrangian, tree: ProofTree, bounds: ColumnBounds, hoped: Fraction
) -> Fraction:
    """A claim that the leaves of a tree keep, the hoped one where they do.

    What the reduced costs of the root rule out hangs on the claim: a higher one rules out no less,
    so that what the leaves keep with those of the hoped one they keep with their own.

    Raises:
        ValueError: The tree does not fit the model.
    """
    leaves = Leaves(root, tree)
    found = [hoped]
    start = fixed_by_reduced_costs(root, bounds, hoped)
    for number, fixed in enumerate(fixings(tree, len(bounds.lower))):
        here = _within(start, fixed)
        if here is None or (tree.is_ray[number] and leaves.is_empty(number, here)):
            continue
        found.append(leaves.bound(number, here))
    return max(found)


def _within(start: ColumnBounds, fixed: Mapping[int, int]) -> ColumnBounds | None:
    """The bounds of a leaf, or None where no plan better than the claim is left in it."""
    lower, upper = start.lower.copy(), start.upper.copy()
    for choice, value in fixed.items():
        if not lower[choice] <= value <= upper[choice]:
            return None
        lower[choice] = upper[choice] = value
    return ColumnBounds(lower, upper)
