"""Lemmas of parts: proven in whole numbers, kept on disk, and refused where they do not follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.coverage import compute_coverage
from siting.generate import TownSize, generate_town
from siting.model import formulate, read_model, say_plainly
from siting.plan import derivation
from siting.plan.brute_force import brute_force
from siting.plan.certificate import LEMMAS, Certificate, GoalCertificate, LemmaProof, Multipliers
from siting.plan.certificate_files import certificate_parts, read_certificate
from siting.plan.certify import make_certificate
from siting.plan.derivation import derive_bound
from siting.plan.lagrangian import Lagrangian
from siting.plan.leaves import Leaves
from siting.plan.lemmas import lemma_as_goal
from siting.plan.vipr import vipr_proof
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.backends.mathopt import relax
from siting.solve.bounds.duality import usable_multipliers
from siting.solve.general.part_bounds import PartBound
from siting.solve.general.parts import PartParameters, find_parts
from siting.solve.general.parts_beside import tree_of_whole
from siting.solve.general.states import open_states
from siting.solve.presolve.bounds_from_rows import BoundsFromRows
from siting.solve.presolve.chain import Presolved
from siting.solve.presolve.compose_states import compose_states
from siting.solve.presolve.merge_states import MergeStates
from siting.solve.result import GoalResult, Reason, Termination
from siting.solve.tree.proof import SearchTree

SPECS = read_model("complete-basket"), read_model("annual-plan")
# The budget joins the parts even where there are few offers, or stands in the only one.
KINDS = PartParameters(narrow=4, wide=0.3, least=1), PartParameters(narrow=1000, least=1)
SEEDS = range(24)


@dataclass(frozen=True)
class Proven:
    """A town, and a certificate with lemmas of its first goal."""

    model: PlainModel
    certificate: GoalCertificate
    said: float

    @property
    def best(self) -> Fraction:
        found = brute_force(replace(self.model, goals=self.model.goals[:1]))
        assert found is not None
        return found.values[0]

    def with_lemma(self, change: Callable[[LemmaProof], LemmaProof]) -> GoalCertificate:
        first, *others = self.certificate.lemmas
        return replace(self.certificate, lemmas=(change(first), *others))


@cache
def proven(seed: int) -> Proven | None:
    """By lemmas of parts as they come; None where there are none."""
    rng, spec = np.random.default_rng(seed), SPECS[seed % 2]
    town = generate_town(TownSize(60, 7, 2, outlets=3), seed)
    town = replace(town, budget=(town.budget or 0.0) * 1.7)
    coverage = compute_coverage(town)
    program, model = formulate(town, coverage, spec), say_plainly(town, coverage, spec)
    given = replace(program, further=())
    narrowed = BoundsFromRows().apply(given)
    composed = compose_states(MergeStates().apply(narrowed.program))
    found = relax(composed.program, Relaxer.SIMPLEX, time_limit=20)
    assert isinstance(found, Relaxation)
    # Small relaxations are whole: parts are drawn, and multipliers are not the best.
    drawn = np.where(rng.random(composed.program.shape[1]) < 0.7, 0.5, 0.0)
    parts = find_parts(open_states(composed.program), drawn, KINDS[seed // 2 % 2])
    if parts is None:
        return None
    noise = rng.uniform(0.5, 1.2, composed.program.shape[0])
    usable = usable_multipliers(composed.program, found.multipliers * noise)
    bound = PartBound(parts, usable, lambda: 60.0, lambda _part, _values: None)
    bound.run(lambda _bound: None, lambda: False)
    proof = bound.proof()
    assert proof is not None
    tree = Presolved(narrowed.whole, (narrowed,)).invert_tree(tree_of_whole(composed, proof))
    certificate = make_certificate(model, given, _result(tree), model.goals[0].name, {})
    assert certificate is not None
    return Proven(model, certificate, proof.bound)


def _result(tree: SearchTree) -> GoalResult:
    end = Termination(Reason.FEASIBLE)
    return GoalResult("goal", 0.0, tree.bound, tree.bound, None, None, end, tree=tree)


def some() -> list[Proven]:
    return [one for one in map(proven, SEEDS) if one is not None]


def test_lemmas_prove_in_whole_numbers_what_the_engine_said() -> None:
    known = some()
    assert len(known) >= 5
    every = [lemma for one in known for lemma in one.certificate.lemmas]
    assert any(len(lemma.tree.parent) for lemma in every)
    for one in known:
        derived = derive_bound(one.model, one.certificate)
        assert derived >= one.best
        assert derived <= one.said + 1e-2


def test_lemmas_are_read_as_they_were_written(tmp_path: Path) -> None:
    for one in some()[:5]:
        parts = certificate_parts(Certificate((one.certificate,)), one.model)
        for name, content in parts.items():
            (tmp_path / name).write_bytes(content)
        read = read_certificate(tmp_path, one.model).goals[0]
        assert len(read.lemmas) == len(one.certificate.lemmas)
        assert derive_bound(one.model, read) == derive_bound(one.model, one.certificate)


def test_a_lemma_that_claims_less_than_its_leaves_keep_is_refused() -> None:
    def lower(lemma: LemmaProof) -> LemmaProof:
        claim = Fraction(*lemma.tree.claim) - Fraction(1, 2)
        return replace(lemma, tree=replace(lemma.tree, claim=(claim.numerator, claim.denominator)))

    for one in some():
        with pytest.raises(ValueError, match="does not keep the bound"):
            derive_bound(one.model, one.with_lemma(lower))


def test_a_lemma_never_proves_itself() -> None:
    for one in some()[:5]:
        itself = Multipliers(np.ones(len(one.certificate.lemmas), dtype=np.int64), 0)

        def by_itself(lemma: LemmaProof, itself: Multipliers = itself) -> LemmaProof:
            return replace(lemma, sections={**lemma.sections, LEMMAS: itself})

        with pytest.raises(ValueError, match="no rows lemmas"):
            derive_bound(one.model, one.with_lemma(by_itself))


def test_forged_lemmas_prove_nothing_false() -> None:
    rng = np.random.default_rng(0)
    for one in some():
        best = one.best
        for _ in range(10):
            forged = one.with_lemma(lambda lemma: _shaken(lemma, rng))
            try:
                derived = derive_bound(one.model, forged)
            except ValueError:
                continue
            assert derived >= best


def _shaken(lemma: LemmaProof, rng: np.random.Generator) -> LemmaProof:
    """A lemma with a few of its numbers changed."""
    weights = {name: numbers.copy() for name, numbers in lemma.weights.items()}
    for numbers in weights.values():
        numbers[rng.integers(len(numbers))] += int(rng.integers(-(2**18), 2**18))
    sections = dict(lemma.sections)
    for name, one in sections.items():
        numerators = one.numerators.copy()
        numerators[rng.integers(len(numerators))] += int(rng.integers(-(2**33), 2**33))
        sections[name] = Multipliers(numerators, one.exponent)
    number, unit = lemma.tree.claim
    claim = (number + int(rng.integers(-2, 9)) * unit, unit)
    return replace(lemma, weights=weights, sections=sections, tree=replace(lemma.tree, claim=claim))


def test_a_text_of_the_proof_is_refused_rather_than_written_without_its_lemmas() -> None:
    one = some()[0]
    nothing = {
        name: np.zeros(len(family), dtype=np.int64) for name, family in one.model.families.items()
    }
    with pytest.raises(ValueError, match="lemmas"):
        vipr_proof(one.model, one.certificate, nothing)


def test_lemmas_that_take_hours_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = some()[0]
    first = one.certificate.lemmas[0]
    many = replace(one.certificate, lemmas=(first,) * 1025)
    with pytest.raises(ValueError, match="takes too long"):
        derive_bound(one.model, many)
    root = Lagrangian(one.model.merged.model, lemma_as_goal(first), _rows(one), first.sections)
    monkeypatch.setattr(derivation, "MOST_STEPS", 2 * Leaves(root, first.tree).steps)
    with pytest.raises(ValueError, match="takes too long"):
        derive_bound(one.model, replace(one.certificate, lemmas=(first,) * 3))


def _rows(one: Proven) -> dict[str, PlainRows]:
    return derivation.rows_and_cuts(one.model, one.certificate.floors, one.certificate.cuts)
