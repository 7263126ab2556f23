"""Derives the bound that a certificate proves, in whole numbers, without a solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.blocks.exact import LARGEST, exact_product, rounded_up
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import phrase, tr
from siting.plan.certificate import (
    CUTS,
    LEMMAS,
    MOST_EXPONENT,
    GoalCertificate,
    LemmaProof,
    Multipliers,
    ProofTree,
    entries_of_rows,
    goal_of,
    proof_rows,
)
from siting.plan.column_bounds import ColumnBounds, column_bounds
from siting.plan.derived_cuts import derive_cuts
from siting.plan.lemmas import lemma_as_goal, stated_rows
from siting.plan.tree_cases import claim_of, fixings

Numbers = dict[str, NDArray[np.object_]]

# The largest tree that a solve makes takes a tenth of it; more is a file that is to take hours.
_MOST_STEPS = 1 << 32
# Lemmas that a solve makes are some tens.
_MOST_LEMMAS = 1024
_TOO_LONG = phrase("certificate: a tree that takes too long to check")


def derive_bound(model: PlainModel, certificate: GoalCertificate) -> float:
    """The bound that a certificate proves, in the planner's sense, rounded to the safe side.

    It is infinite (minus infinite where less is better) where it proves that no plan exists.

    Raises:
        ValueError: The certificate does not fit the model, a sign proves nothing, a cut or a lemma
            does not follow, or the leaves of its tree do not cover every case.
    """
    merged = model.merged.model
    goal = goal_of(merged, certificate.goal)
    rows = rows_and_cuts(model, certificate.floors, certificate.cuts)
    # Not by lemmas: these are proven within the bounds.
    bounds = column_bounds(merged, rows)
    if bounds is None:
        return -math.inf if goal.sense == "maximise" else math.inf
    rows = prove_lemmas(merged, rows, certificate.lemmas, bounds)
    _refuse_all_unfit(rows, certificate.sections)
    root = Lagrangian(merged, goal, rows, certificate.sections)
    best = root.bound(bounds)
    if certificate.tree is not None:
        best = min(best, _bound_of_tree(Leaves(root, certificate.tree), bounds))
    best = to_lattice(goal, best, merged)
    return rounded_up(best) if goal.sense == "maximise" else -rounded_up(best)


def rows_and_cuts(
    model: PlainModel, floors: Mapping[str, float], cuts: Mapping[str, csr_array] | None
) -> dict[str, PlainRows]:
    """The rows that a proof may use, by section, the cuts derived anew.

    Raises:
        ValueError: A floor is none, or a cut does not follow.
    """
    rows = proof_rows(model, floors)
    if cuts is not None:
        rows[CUTS] = derive_cuts(model.merged.model.families, rows, cuts)
    return rows


def with_lemmas(
    model: PlainModel, rows: Mapping[str, PlainRows], lemmas: Sequence[LemmaProof]
) -> dict[str, PlainRows]:
    """Rows and lemmas as they are stated, which is not to say that they are proven.

    Args:
        model: The merged model.
        rows: Of a proof, by section.
        lemmas: Of the same proof.
    """
    return {**rows, LEMMAS: stated_rows(model, lemmas)} if lemmas else dict(rows)


def prove_lemmas(
    model: PlainModel,
    rows: Mapping[str, PlainRows],
    lemmas: Sequence[LemmaProof],
    bounds: ColumnBounds,
) -> dict[str, PlainRows]:
    """Rows with lemmas, once each follows from the rows.

    Raises:
        ValueError: One does not.
    """
    if len(lemmas) > _MOST_LEMMAS:
        raise ValueError(tr(_TOO_LONG))
    with_them, steps = with_lemmas(model, rows, lemmas), 0
    for lemma in lemmas:
        _refuse_all_unfit(rows, lemma.sections)
        leaves = Leaves(Lagrangian(model, lemma_as_goal(lemma), rows, lemma.sections), lemma.tree)
        steps += leaves.steps
        if steps > _MOST_STEPS:
            raise ValueError(tr(_TOO_LONG))
        _bound_of_tree(leaves, bounds)
    return with_them


def _refuse_all_unfit(rows: Mapping[str, PlainRows], sections: Mapping[str, Multipliers]) -> None:
    for name, multipliers in sections.items():
        _refuse_unfit(name, rows.get(name), multipliers)


def _refuse_unfit(name: str, rows: PlainRows | None, multipliers: Multipliers) -> None:
    """Refuses multipliers of rows that there are not, or with a sign that proves nothing."""
    if rows is None:
        raise ValueError(tr("certificate: the model has no rows {name}", name=name))
    numbers = multipliers.numerators
    if numbers.shape != (len(rows),) or numbers.dtype != np.int64:
        raise ValueError(
            tr(
                "certificate: {name} has {found} multipliers, the model {expected} rows",
                name=name,
                found=numbers.shape,
                expected=len(rows),
            )
        )
    if not 0 <= multipliers.exponent <= MOST_EXPONENT:
        raise ValueError(tr("certificate: {name} has an odd exponent", name=name))
    for number in np.flatnonzero(numbers).tolist():
        _pays(rows, number, int(numbers[number]))


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """The Lagrangian bound for multipliers, in whole multiples of one unit.

    Attributes:
        model: The merged model.
        goal: What is bounded.
        rows: Rows by section.
        sections: Multipliers by section.
    """

    model: PlainModel
    goal: PlainGoal
    rows: Mapping[str, PlainRows]
    sections: Mapping[str, Multipliers]

    @property
    def denominator(self) -> int:
        """Of the goal's weights, all together and with the constant."""
        vectors = self.goal.terms.values()
        return math.lcm(self.goal.constant.denominator, *(v.denominator for v in vectors))

    @property
    def exponent(self) -> int:
        """The largest of any section."""
        return max((one.exponent for one in self.sections.values()), default=0)

    def factor(self, name: str) -> int:
        """Units in one unit of a section's multipliers."""
        return self.denominator << (self.exponent - self.sections[name].exponent)

    def weights(self) -> Numbers:
        """Of the goal, in units, by family."""
        unit = 1 << self.exponent
        return {
            name: self.goal.terms[name].at(self.denominator).astype(object) * unit
            if name in self.goal.terms
            else np.array([0] * len(family), dtype=object)
            for name, family in self.model.families.items()
        }

    def net(self) -> Numbers:
        """What each column earns beyond what it uses, in units."""
        net = self.weights()
        for name, one in self.sections.items():
            for family, matrix in self.rows[name].terms.items():
                used = exact_product(csr_array(matrix.T), one.numerators)
                net[family] = net[family] - used.astype(object) * self.factor(name)
        return net

    def paid(self) -> int:
        """Sum of multiplier x limit, in units."""
        return sum(
            self.factor(name) * _paid(self.rows[name], one.numerators)
            for name, one in self.sections.items()
        )

    def bound(self, bounds: ColumnBounds) -> Fraction:
        """The bound for choices within bounds."""
        return self.value(self.paid() + _earned(self.net(), bounds))

    def value(self, units: int) -> Fraction:
        """A number of units beside the goal's constant, as a value of the goal."""
        return self.goal.constant + Fraction(units, self.denominator << self.exponent)


def _paid(rows: PlainRows, numerators: NDArray[np.int64]) -> int:
    return sum(
        _pays(rows, number, int(numerators[number]))
        for number in np.flatnonzero(numerators).tolist()
    )


def _pays(rows: PlainRows, number: int, multiplier: int) -> int:
    """Multiplier x limit of one row.

    Raises:
        ValueError: The row has no limit on the side of the multiplier.
    """
    if multiplier == 0:
        return 0
    limit = rows.upper[number] if multiplier > 0 else rows.lower[number]
    if limit is None:
        form = phrase("certificate: the multiplier of {row} has the wrong sign")
        raise ValueError(tr(form, row=rows.label(number)))
    return multiplier * limit


def _earned(net: Numbers, bounds: ColumnBounds) -> int:
    """The most that columns can earn within their bounds."""
    total = 0
    for name, gains in net.items():
        if name == "choose":
            best = np.maximum(gains * bounds.lower, gains * bounds.upper)
            total += sum(best.tolist())
        else:
            total += sum(gain for gain in gains.tolist() if gain > 0)
    return total


def _bound_of_tree(leaves: Leaves, bounds: ColumnBounds) -> Fraction:
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


def fixed_by_reduced_costs(root: Lagrangian, bounds: ColumnBounds, claim: Fraction) -> ColumnBounds:
    """Choices that no plan better than the claim can make otherwise, by the root's multipliers."""
    net = root.net()["choose"]
    unit = root.denominator << root.exponent
    room = (root.bound(bounds) - claim) * unit
    lower, upper = bounds.lower.copy(), bounds.upper.copy()
    for number, gain in enumerate(net.tolist()):
        if lower[number] < upper[number] and abs(gain) >= room:
            (lower if gain > 0 else upper)[number] = 1 if gain > 0 else 0
    return ColumnBounds(lower, upper)


def _within(start: ColumnBounds, fixed: Mapping[int, int]) -> ColumnBounds | None:
    """The bounds of a leaf, or None where no plan better than the claim is left in it."""
    lower, upper = start.lower.copy(), start.upper.copy()
    for choice, value in fixed.items():
        if not lower[choice] <= value <= upper[choice]:
            return None
        lower[choice] = upper[choice] = value
    return ColumnBounds(lower, upper)


class Leaves:
    """The leaves of a tree, each worked out from the root by what it changes.

    Raises:
        ValueError: The tree is of other rows than the model's.
    """

    def __init__(self, root: Lagrangian, tree: ProofTree) -> None:
        self.root, self.tree = root, tree
        self._net, self._paid, self._weights = root.net(), root.paid(), root.weights()
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
        if self.steps > _MOST_STEPS:
            raise ValueError(tr(_TOO_LONG))

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
        return self.root.value(paid + _earned(net, bounds))

    def is_empty(self, leaf: int, bounds: ColumnBounds) -> bool:
        """Whether they show that the leaf has no plan: without weights, they prove less than 0."""
        net, paid = self.earnings(leaf)
        used = {family: part - self._weights[family] for family, part in net.items()}
        return paid + _earned(used, bounds) < 0

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
                paid += factor * (_pays(rows, number, old + change) - _pays(rows, number, old))
            for family, matrix in rows.terms.items():
                used = exact_product(csr_array(matrix[numbers].T), more)
                net[family] = net[family] - used.astype(object) * factor
        return net, paid


def to_lattice(goal: PlainGoal, bound: Fraction, model: PlainModel) -> Fraction:
    """Down to the largest value that the goal can have at all: every column is 0 or 1."""
    if not all(model.families[name].is_whole for name in goal.terms):
        return bound
    step = lattice_of(goal, model)
    if step == 0:
        return min(bound, goal.constant)
    return goal.constant + math.floor((bound - goal.constant) / step) * step


def lattice_of(goal: PlainGoal, model: PlainModel) -> Fraction:
    """The largest step of which every difference of two values of a goal is a multiple, or 0."""
    step = Fraction(0)
    if not all(model.families[name].is_whole for name in goal.terms):
        return step
    for vector in goal.terms.values():
        step = _common_step(
            step, Fraction(math.gcd(*vector.numerators.tolist()), vector.denominator)
        )
    return step


def _common_step(a: Fraction, b: Fraction) -> Fraction:
    """The largest step of which both are multiples."""
    common = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * common), int(b * common)), common)
