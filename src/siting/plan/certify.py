"""From a solver's multipliers to a certificate: whole numbers, in the order of the plain rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, vstack

from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.plan.certificate import (
    CUTS,
    FLOORS,
    LEMMAS,
    MOST_EXPONENT,
    GoalCertificate,
    LemmaProof,
    Multipliers,
    ProofTree,
    goal_of,
    proof_rows,
)
from siting.plan.column_bounds import ColumnBounds, column_bounds
from siting.plan.derivation import rows_and_cuts, with_lemmas
from siting.plan.lagrangian import Lagrangian
from siting.plan.leaves import bound_of_leaves
from siting.plan.lemmas import lemma_as_goal
from siting.program import Program, Section
from siting.solve.result import GoalResult
from siting.solve.tree.proof import Lemma, SearchTree

Floats = NDArray[np.float64]

# The largest multiplier of a section keeps so many bits.
_BITS = 32
# Weights of lemmas are rounded to multiples of 2 to the power of minus this.
_LEMMA_EXPONENT = 16


def make_certificate(
    model: PlainModel,
    program: Program,
    found: GoalResult,
    goal: str,
    floors: Mapping[str, float],
) -> GoalCertificate | None:
    """Rounds what a solve found and puts it in the order of the rows of a proof.

    Any rounding is allowed, since any multipliers prove a bound; to the nearest loses least.

    Args:
        model: The model said plainly.
        program: What `formulate` made of it.
        found: Multipliers of the program's rows and then of the floors, and the tree, if any.
        goal: The goal whose bound they prove.
        floors: What each earlier goal must reach, in the planner's sense.

    Returns:
        The certificate, or None where there are no multipliers.
    """
    root = found.multipliers if found.tree is None else found.tree.root
    if root is None:
        return None
    tree = found.tree
    placing = _Placing(model, program, proof_rows(model, floors))
    cuts = None if tree is None or tree.cuts is None else placing.placed_cuts(tree.cuts)
    placing = replace(placing, rows=rows_and_cuts(model, floors, cuts))
    lemmas = () if tree is None else tuple(_lemma(placing, one) for one in tree.lemmas)
    placing = placing.with_lemmas(lemmas)
    every = [root] if tree is None else [root, *(leaf.multipliers for leaf in tree.leaves)]
    exponents = placing.exponents(every)
    sections = placing.rounded(root, exponents)
    plain = GoalCertificate(goal, sections, dict(floors), cuts, lemmas=lemmas)
    if tree is None or len(tree.parent) == 0 or not _branches_on_choices(program, tree):
        return plain
    return _with_tree(plain, tree, placing)


def _branches_on_choices(program: Program, tree: SearchTree) -> bool:
    """Whether a proof can say the tree: it knows branchings on choices alone."""
    choose = program.section("choose")
    return bool(np.all((tree.column >= choose.start) & (tree.column < choose.stop)))


def _with_tree(plain: GoalCertificate, tree: SearchTree, placing: _Placing) -> GoalCertificate:
    """Adds a tree, with the best claim that its leaves keep."""
    hoped = Fraction(tree.bound) if math.isfinite(tree.bound) else Fraction(0)
    goal = goal_of(placing.model.merged.model, plain.goal)
    leaves = [leaf.multipliers for leaf in tree.leaves]
    is_ray = np.array([leaf.is_ray for leaf in tree.leaves], dtype=bool)
    proof = placing.proof_tree(tree, plain.sections, leaves, is_ray)
    return replace(plain, tree=placing.claimed(goal, plain.sections, proof, hoped))


def _lemma(placing: _Placing, lemma: Lemma) -> LemmaProof:
    """Rounds a lemma, and states what its leaves keep then."""
    root, *leaves = (
        lemma.multipliers[[number]].toarray().ravel()
        for number in range(lemma.multipliers.shape[0])
    )
    sections = placing.rounded(root, placing.exponents([root, *leaves]))
    tree = placing.proof_tree(lemma, sections, leaves, lemma.is_ray)
    stated = LemmaProof(placing.placed_weights(lemma), _LEMMA_EXPONENT, sections, tree)
    hoped = Fraction(lemma.limit)
    return replace(stated, tree=placing.claimed(lemma_as_goal(stated), sections, tree, hoped))


@dataclass(frozen=True, eq=False)
class _Placing:
    """Puts multipliers of a program's rows in the order of the rows of a proof.

    Attributes:
        model: The model said plainly.
        program: What `formulate` made of it.
        rows: The rows of a proof by section.
    """

    model: PlainModel
    program: Program
    rows: Mapping[str, PlainRows]

    def placed(self, multipliers: Floats) -> dict[str, Floats]:
        """Multipliers of whole rows by section, those with a sign that proves nothing left out."""
        parts = {
            section.name: self._merged(section, multipliers[section.slice])
            for section in self.program.rows
        }
        start = self.program.shape[0]
        for name in (FLOORS, CUTS, LEMMAS):
            if name in self.rows:
                parts[name] = multipliers[start : start + len(self.rows[name])]
                start += len(self.rows[name])
        return {
            name: self._open(name, self._sides[name].usable(part)) for name, part in parts.items()
        }

    @cached_property
    def _sides(self) -> dict[str, _Sides]:
        return {name: _sides_of(rows) for name, rows in self.rows.items()}

    def with_lemmas(self, lemmas: Sequence[LemmaProof]) -> _Placing:
        """The same with lemmas among the rows."""
        return replace(self, rows=with_lemmas(self.model.merged.model, self.rows, lemmas))

    def placed_weights(self, lemma: Lemma) -> dict[str, NDArray[np.int64]]:
        """Weights of a lemma by family, those of merged columns added up."""
        full = np.zeros(self.program.shape[1])
        full[lemma.columns] = lemma.weights
        found = {}
        for section in self.program.columns:
            if np.any(full[section.slice]):
                group = self.model.merged.groups[section.name]
                order = group[_positions(self.model.families[section.name].ids, section)]
                size = int(group.max(initial=-1)) + 1
                weights = np.bincount(order, full[section.slice], minlength=size)
                found[section.name] = np.round(np.ldexp(weights, _LEMMA_EXPONENT)).astype(np.int64)
        return found

    def proof_tree(
        self,
        tree: SearchTree | Lemma,
        sections: Mapping[str, Multipliers],
        leaves: Sequence[Floats],
        is_ray: NDArray[np.bool_],
    ) -> ProofTree:
        """A tree whose leaves say what they change of the multipliers of its root."""
        exponents = {name: one.exponent for name, one in sections.items()}
        changes: dict[str, list[csr_array]] = {name: [] for name in sections}
        for leaf in leaves:
            for name, one in self.rounded(leaf, exponents).items():
                changes[name].append(
                    csr_array((one.numerators - sections[name].numerators)[None, :])
                )
        return ProofTree(
            parent=tree.parent,
            choice=tree.column - self.program.section("choose").start,
            value=tree.value,
            claim=(0, 1),
            changes={name: csr_array(vstack(rows, format="csr")) for name, rows in changes.items()},
            is_ray=is_ray,
        )

    def claimed(
        self,
        goal: PlainGoal,
        sections: Mapping[str, Multipliers],
        tree: ProofTree,
        hoped: Fraction,
    ) -> ProofTree:
        """A tree with the best claim that its leaves keep."""
        root = Lagrangian(self.model.merged.model, goal, self.rows, sections)
        assert self._bounds is not None  # noqa: S101 - there is a plan
        claim = bound_of_leaves(root, tree, self._bounds, hoped)
        return replace(tree, claim=(claim.numerator, claim.denominator))

    def _open(self, name: str, multipliers: Floats) -> Floats:
        """Multipliers of rows that still leave a choice; the others can only cost."""
        terms = self.rows[name].terms
        if set(terms) != {"choose"} or self._bounds is None:
            return multipliers
        left = abs(terms["choose"]) @ (~self._bounds.fixed).astype(np.int64)
        return np.where(left > 0, multipliers, 0.0)

    @cached_property
    def _bounds(self) -> ColumnBounds | None:
        rows = {name: rows for name, rows in self.rows.items() if name != LEMMAS}
        return column_bounds(self.model.merged.model, rows)

    def exponents(self, every: Sequence[Floats]) -> dict[str, int]:
        """Exponent of each section, such that its largest multiplier keeps some bits."""
        largest: dict[str, float] = {}
        for multipliers in every:
            for name, part in self.placed(multipliers).items():
                size = float(np.max(np.abs(part), initial=0.0))
                largest[name] = max(size, largest.get(name, 0.0))
        return {
            name: min(MOST_EXPONENT, max(0, _BITS - math.frexp(size)[1]))
            for name, size in largest.items()
            if size > 0
        }

    def rounded(self, multipliers: Floats, exponents: Mapping[str, int]) -> dict[str, Multipliers]:
        """Multipliers by section, in whole multiples of a power of two."""
        return {
            name: Multipliers(
                np.round(np.ldexp(part, exponents[name])).astype(np.int64), exponents[name]
            )
            for name, part in self.placed(multipliers).items()
            if name in exponents
        }

    def placed_cuts(self, cuts: csr_array) -> dict[str, csr_array]:
        """Halves of whole rows by section; a cut of rows that are not whole becomes empty."""
        entries = cuts.tocoo()
        unfit = np.zeros(cuts.shape[0], dtype=bool)
        placed = {}
        for section in self.program.rows:
            inside = (entries.col >= section.start) & (entries.col < section.stop)
            position = self._position(section)[entries.col[inside] - section.start]
            rows = self.rows[section.name]
            whole = np.array([scale == 1 for scale in rows.scale], dtype=bool)
            unfit[entries.row[inside][~whole[position]]] = True
            halves = np.round(entries.data[inside]).astype(np.int64)
            shape = cuts.shape[0], len(rows)
            placed[section.name] = csr_array(
                (halves, (entries.row[inside].astype(np.int64), position)), shape=shape
            )
        keep = csr_array(diags_array((~unfit).astype(np.int64), dtype=np.int64))
        every = {name: csr_array(keep @ part) for name, part in placed.items()}
        return {name: part for name, part in every.items() if part.nnz}

    def _position(self, section: Section) -> NDArray[np.int64]:
        """Row of the proof that each row of a section is or was merged into."""
        order, group = self._orders[section.name], self.model.merged.rows.get(section.name)
        return order if group is None else group[order]

    def _merged(self, section: Section, multipliers: Floats) -> Floats:
        """Multipliers of a program's rows as those of the rows of a proof: merged ones add up."""
        plain = self.model.sections[section.name]
        order = self._orders[section.name]
        placed = np.zeros(len(plain))
        placed[order] = multipliers
        group = self.model.merged.rows.get(section.name)
        return placed if group is None else np.bincount(group, placed).astype(float)

    @cached_property
    def _orders(self) -> dict[str, NDArray[np.int64]]:
        return {s.name: _order(self.model.sections[s.name], s) for s in self.program.rows}


def _positions(ids: Sequence[NDArray[np.object_]], section: Section) -> NDArray[np.int64]:
    """Position among the ids of a family of each column of a section."""
    if not section.ids:
        return np.arange(section.stop - section.start)
    place = {key: number for number, key in enumerate(zip(*ids, strict=True))}
    keys = zip(*section.ids, strict=True)
    return np.array([place[key] for key in keys], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Sides:
    """What rows are times when they are whole, and which sides have no limit, shape (rows,)."""

    scale: Floats
    no_upper: NDArray[np.bool_]
    no_lower: NDArray[np.bool_]

    def usable(self, multipliers: Floats) -> Floats:
        """Those of whole rows whose sign proves something; rounding may have left others."""
        wrong = ((multipliers > 0) & self.no_upper) | ((multipliers < 0) & self.no_lower)
        return np.where(wrong, 0.0, multipliers / self.scale)


def _sides_of(rows: PlainRows) -> _Sides:
    no_upper, no_lower = (
        np.array([x is None for x in part], dtype=bool) for part in (rows.upper, rows.lower)
    )
    return _Sides(np.array(rows.scale, dtype=float), no_upper, no_lower)


def _order(rows: PlainRows, section: Section) -> NDArray[np.int64]:
    """Position among the plain rows of each row of a section.

    Raises:
        ValueError: The two are not the same rows.
    """
    if not section.ids:
        return np.arange(len(rows))
    ids = list(zip(*section.ids, strict=True))
    if ids == list(rows.ids):
        return np.arange(len(rows))
    position = {key: number for number, key in enumerate(rows.ids)}
    if len(ids) != len(rows) or not position.keys() >= set(ids):
        raise ValueError(f"the program's rows {section.name} are not those of the model")
    return np.array([position[key] for key in ids], dtype=np.int64)
