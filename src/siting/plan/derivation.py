"""Derives the bound that a certificate proves, in whole numbers, without a solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from scipy.sparse import csr_array

from siting.blocks.exact import rounded_up
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import tr
from siting.plan.certificate import (
    CUTS,
    LEMMAS,
    GoalCertificate,
    LemmaProof,
    goal_of,
    proof_rows,
)
from siting.plan.column_bounds import ColumnBounds, column_bounds
from siting.plan.derived_cuts import derive_cuts
from siting.plan.lagrangian import Lagrangian, refuse_unfit_sections
from siting.plan.leaves import MOST_STEPS, TOO_LONG, Leaves, bound_of_tree
from siting.plan.lemmas import lemma_as_goal, stated_rows

# Lemmas that a solve makes are some tens.
_MOST_LEMMAS = 1024


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
    refuse_unfit_sections(rows, certificate.sections)
    root = Lagrangian(merged, goal, rows, certificate.sections)
    best = root.bound(bounds)
    if certificate.tree is not None:
        best = min(best, bound_of_tree(Leaves(root, certificate.tree), bounds))
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
        raise ValueError(tr(TOO_LONG))
    with_them, steps = with_lemmas(model, rows, lemmas), 0
    for lemma in lemmas:
        refuse_unfit_sections(rows, lemma.sections)
        leaves = Leaves(Lagrangian(model, lemma_as_goal(lemma), rows, lemma.sections), lemma.tree)
        steps += leaves.steps
        if steps > MOST_STEPS:
            raise ValueError(tr(TOO_LONG))
        bound_of_tree(leaves, bounds)
    return with_them


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
