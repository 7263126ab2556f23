"""The cases of a certificate's tree: what each leaf fixes, and that no case is left out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from siting.language import tr
from siting.plan.certificate import ProofTree


def claim_of(tree: ProofTree) -> Fraction:
    """The bound that a tree claims, more being better.

    Raises:
        ValueError: It is no number.
    """
    numerator, denominator = tree.claim
    if denominator <= 0:
        raise ValueError(tr("certificate: the claim of a tree is no number"))
    return Fraction(numerator, denominator)


def fixings(tree: ProofTree, choices: int) -> Iterator[dict[int, int]]:
    """What each leaf fixes, one leaf after the other: paths together would be quadratic.

    Raises:
        ValueError: The leaves do not cover every case.
    """
    refuse_uncovered(tree, choices)
    nodes = tree.parent.tolist(), tree.choice.tolist(), tree.value.tolist()
    return (dict(_path_to(leaf, *nodes)) for leaf in tree.leaves.tolist())


def refuse_uncovered(tree: ProofTree, choices: int) -> None:
    """Refuses a tree unless each node has no children, or two that differ in one choice.

    Raises:
        ValueError: The leaves do not cover every case.
    """
    parent, choice = tree.parent, tree.choice
    known = (parent >= 0) & (parent <= np.arange(len(parent))) & (choice >= 0) & (choice < choices)
    if not known.all():
        raise ValueError(tr("certificate: a tree with a branch from nowhere"))
    order = np.lexsort((tree.value, parent))
    zeros, ones = order[::2], order[1::2]
    whole = (
        len(zeros) == len(ones)
        and np.array_equal(parent[zeros], parent[ones])
        and np.array_equal(choice[zeros], choice[ones])
        and bool(np.all(np.diff(parent[zeros]) > 0))
        and bool(np.all(tree.value[zeros] == 0) and np.all(tree.value[ones] == 1))
    )
    if not whole:
        raise ValueError(tr("certificate: a tree that leaves a case out"))


def _path_to(
    node: int, parents: list[int], picked: list[int], values: list[int]
) -> Iterator[tuple[int, int]]:
    """What is fixed on the way from a node to the root."""
    while node:
        yield picked[node - 1], values[node - 1]
        node = parents[node - 1]
