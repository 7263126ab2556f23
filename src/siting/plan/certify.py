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

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.plan.certificate import (
    CUTS,
    FLOORS,
    MOST_EXPONENT,
    GoalCertificate,
    Multipliers,
    ProofTree,
    proof_rows,
)
from siting.plan.column_bounds import ColumnBounds, column_bounds
from siting.plan.derivation import bound_of_leaves, rows_and_cuts
from siting.program import Program, Section
from siting.solve.result import GoalResult
from siting.solve.tree.proof import SearchTree

Floats = NDArray[np.float64]

# The largest multiplier of a section keeps so many bits.
_BITS = 32


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
    every = [root] if tree is None else [root, *(leaf.multipliers for leaf in tree.leaves)]
    exponents = placing.exponents(every)
    sections = placing.rounded(root, exponents)
    plain = GoalCertificate(goal, sections, dict(floors), cuts)
    if tree is None or len(tree.parent) == 0 or not _branches_on_choices(program, tree):
        return plain
    return _with_tree(model, program, plain, tree, placing)


def _branches_on_choices(program: Program, tree: SearchTree) -> bool:
    """Whether a proof can say the tree: it knows branchings on choices alone."""
    choose = program.section("choose")
    return bool(np.all((tree.column >= choose.start) & (tree.column < choose.stop)))


def _with_tree(
    model: PlainModel,
    program: Program,
    plain: GoalCertificate,
    tree: SearchTree,
    placing: _Placing,
) -> GoalCertificate:
    """Adds a tree, with the best claim that its leaves keep."""
    exponents = {name: one.exponent for name, one in plain.sections.items()}
    changes: dict[str, list[csr_array]] = {name: [] for name in plain.sections}
    for leaf in tree.leaves:
        for name, one in placing.rounded(leaf.multipliers, exponents).items():
            change = one.numerators - plain.sections[name].numerators
            changes[name].append(csr_array(change[None, :]))
    choose = program.section("choose").start
    proof = ProofTree(
        parent=tree.parent,
        choice=tree.column - choose,
        value=tree.value,
        claim=(0, 1),
        changes={name: csr_array(vstack(rows, format="csr")) for name, rows in changes.items()},
        is_ray=np.array([leaf.is_ray for leaf in tree.leaves], dtype=bool),
    )
    hoped = Fraction(tree.bound) if math.isfinite(tree.bound) else Fraction(0)
    claim = bound_of_leaves(model, replace(plain, tree=proof), hoped)
    proof = replace(proof, claim=(claim.numerator, claim.denominator))
    return replace(plain, tree=proof)


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
        for name in (FLOORS, CUTS):
            if name in self.rows:
                parts[name] = multipliers[start : start + len(self.rows[name])]
                start += len(self.rows[name])
        return {
            name: self._open(name, _usable(rows, part / np.array(rows.scale, dtype=float)))
            for name, part in parts.items()
            for rows in [self.rows[name]]
        }

    def _open(self, name: str, multipliers: Floats) -> Floats:
        """Multipliers of rows that still leave a choice; the others can only cost."""
        terms = self.rows[name].terms
        if set(terms) != {"choose"} or self._bounds is None:
            return multipliers
        left = abs(terms["choose"]) @ (~self._bounds.fixed).astype(np.int64)
        return np.where(left > 0, multipliers, 0.0)

    @cached_property
    def _bounds(self) -> ColumnBounds | None:
        return column_bounds(self.model.merged.model, self.rows)

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


def _usable(rows: PlainRows, multipliers: Floats) -> Floats:
    """Multipliers whose sign proves something; rounding may have left others near 0."""
    no_upper, no_lower = (
        np.array([x is None for x in part], dtype=bool) for part in (rows.upper, rows.lower)
    )
    wrong = ((multipliers > 0) & no_upper) | ((multipliers < 0) & no_lower)
    return np.where(wrong, 0.0, multipliers)


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
