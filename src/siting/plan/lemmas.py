"""Lemmas of a certificate as rows and as goals: what is proven of the one holds of the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array, vstack

from siting.blocks.exact import LARGEST, ExactVector
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import tr
from siting.plan.certificate import LEMMAS, MOST_EXPONENT, LemmaProof


def lemma_as_goal(lemma: LemmaProof) -> PlainGoal:
    """What a lemma bounds, as a goal without a constant."""
    unit = 1 << lemma.exponent
    terms = {name: ExactVector(numbers, unit) for name, numbers in lemma.weights.items()}
    return PlainGoal(LEMMAS, "maximise", Fraction(0), terms, 0.0)


def stated_rows(model: PlainModel, lemmas: Sequence[LemmaProof]) -> PlainRows:
    """Lemmas as rows, as they are stated; whoever uses them has to prove them.

    Args:
        model: The merged model.
        lemmas: At least one.

    Raises:
        ValueError: One speaks of columns that there are not, or of numbers that are too large.
    """
    for lemma in lemmas:
        _refuse_unfit(model, lemma)
    terms = {}
    for name in {name: None for lemma in lemmas for name in lemma.weights}:
        nothing = np.zeros(len(model.families[name]), dtype=np.int64)
        rows = [csr_array(lemma.weights.get(name, nothing)[None, :]) for lemma in lemmas]
        terms[name] = csr_array(vstack(rows, format="csr"))
    return PlainRows(
        LEMMAS,
        tuple((number,) for number in range(len(lemmas))),
        terms,
        tuple(1 << lemma.exponent for lemma in lemmas),
        (None,) * len(lemmas),
        tuple(_limit(lemma) for lemma in lemmas),
    )


def _limit(lemma: LemmaProof) -> int:
    """The claim in units of the weights, up to a whole number of them."""
    numerator, denominator = lemma.tree.claim
    if denominator <= 0:
        raise ValueError(tr("certificate: the claim of a tree is no number"))
    return math.ceil(Fraction(numerator << lemma.exponent, denominator))


def _refuse_unfit(model: PlainModel, lemma: LemmaProof) -> None:
    if not 0 <= lemma.exponent <= MOST_EXPONENT:
        raise ValueError(tr("certificate: {name} has an odd exponent", name=LEMMAS))
    for name, numbers in lemma.weights.items():
        family = model.families.get(name)
        if family is None or numbers.shape != (len(family),) or numbers.dtype != np.int64:
            raise ValueError(tr("certificate: a lemma of columns that the model lacks"))
        if np.abs(numbers.astype(float)).max(initial=0.0) >= LARGEST >> 16:
            raise ValueError(tr("certificate: a multiplier that is too large"))
