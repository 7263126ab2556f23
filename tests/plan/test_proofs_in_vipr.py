"""Proofs with cuts and trees: derived from the rows, written as VIPR, refused when damaged."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from proven_towns import CASES, Proven, proven, with_part
from siting.plan.certificate import Certificate, GoalCertificate
from siting.plan.certificate_files import certificate_parts, read_certificate
from siting.plan.derivation import derive_bound
from siting.plan.vipr_check import check_vipr


def test_the_proofs_are_of_every_kind() -> None:
    assert len(with_part("cuts")) >= 2
    assert len(with_part("tree")) >= 3
    assert len(CASES) - len(with_part("tree")) - len(with_part("cuts")) >= 2


@pytest.mark.parametrize("case", CASES)
def test_the_optimum_is_proven_exactly(case: tuple[str, int]) -> None:
    one = proven(*case)
    assert derive_bound(one.model, one.certificate) == one.optimum


@pytest.mark.parametrize("case", CASES)
def test_a_checker_that_knows_the_format_alone_agrees(case: tuple[str, int]) -> None:
    one = proven(*case)
    found = check_vipr(one.text)
    assert (found.lower, found.upper, found.infeasible) == (one.due, one.due, False)


def test_proofs_are_read_as_they_were_written(tmp_path: Path) -> None:
    for one in (*with_part("cuts"), *with_part("tree")):
        parts = certificate_parts(Certificate((one.certificate,)), one.model)
        for name, content in parts.items():
            (tmp_path / name).write_bytes(content)
        (read,) = read_certificate(tmp_path, one.model).goals
        assert derive_bound(one.model, read) == one.optimum


# --- damaged cuts ---------------------------------------------------------------------------------


def damaged_cuts(one: Proven, rng: np.random.Generator) -> GoalCertificate:
    """One number of one cut, or one whole cut, replaced."""
    assert one.certificate.cuts is not None
    name = str(rng.choice(list(one.certificate.cuts)))
    halves = one.certificate.cuts[name].copy()
    at = int(rng.integers(halves.nnz))
    halves.data[at] = rng.choice([0, -1, 2, 3, 5, 2**31, 2**62, -(2**62)])
    if rng.random() < 0.3:
        halves = csr_array(np.roll(halves.toarray(), 1, axis=int(rng.integers(2))))
    return replace(one.certificate, cuts={**one.certificate.cuts, name: halves})


def test_a_damaged_cut_proves_nothing_false() -> None:
    rng = np.random.default_rng(5)
    refused = weaker = 0
    for _ in range(150):
        one = with_part("cuts")[int(rng.integers(len(with_part("cuts"))))]
        try:
            bound = derive_bound(one.model, damaged_cuts(one, rng))
        except ValueError as error:
            refused += str(error).startswith("certificate: ")
        else:
            assert bound >= one.optimum
            weaker += bound > one.optimum
    assert min(refused, weaker) >= 20


# --- damaged files --------------------------------------------------------------------------------

WORDS = re.compile(r"\S+")


def damaged(text: str, rng: np.random.Generator) -> str:
    """A proof with one word after the given constraints replaced, left out or cut off at."""
    start = text.index("\nRTP ")
    words = list(WORDS.finditer(text, start))
    word = words[int(rng.integers(len(words)))]
    number = re.fullmatch(r"-?\d+(/\d+)?", word.group())
    kind = rng.integers(5)
    if kind == 0:
        return text[: word.start()] + text[word.end() :]
    if kind == 1:
        return text[: word.end()]
    if number is None:
        return (
            text[: word.start()]
            + str(rng.choice(["L", "G", "E", "lin", "rnd", "asm", "uns"]))
            + (text[word.end() :])
        )
    changed = Fraction(word.group()) + Fraction(int(rng.integers(-3, 4)), int(rng.integers(1, 3)))
    return text[: word.start()] + str(changed) + text[word.end() :]


def test_a_damaged_file_proves_nothing_false() -> None:
    rng = np.random.default_rng(8)
    refused = kept = 0
    texts = [(proven(*case).due, proven(*case).text) for case in CASES]
    for _ in range(400):
        due, text = texts[int(rng.integers(len(texts)))]
        try:
            found = check_vipr(damaged(text, rng))
        except ValueError as error:
            refused += str(error).startswith("proof: ")
        else:
            assert found.upper >= due
            assert found.lower <= due
            kept += 1
    assert refused >= 200
    assert kept >= 10


def small(reason: str, claim: str = "RTP range -inf 1") -> str:
    """`max x + y` with `2 x + 2 y <= 3`, both whole and from 0 to 1, and one step."""
    given = ["B0 G 0 1 0 1", "B1 G 0 1 1 1", "U0 L 1 1 0 1", "U1 L 1 1 1 1", "R L 3 2 0 2 1 2"]
    head = ["VER 1.0", "VAR 2", "x y", "INT 2", "0 1", "OBJ max", "2 0 1 1 1", "CON 5 4", *given]
    return "\n".join([*head, claim, "SOL 0", "DER 1", f"S {reason} -1"])


def test_a_rounded_sum_is_a_proof() -> None:
    assert check_vipr(small("L 1 OBJ { rnd 1 4 1/2 }")).upper == 1


@pytest.mark.parametrize(
    ("reason", "claim"),
    [
        ("L 1 OBJ { lin 1 4 1/2 }", "RTP range -inf 1"),  # 3/2, not rounded
        ("L 1 OBJ { rnd 1 4 -1/2 }", "RTP range -inf 1"),  # the wrong side
        ("L 0 OBJ { rnd 1 4 1/2 }", "RTP range -inf 1"),  # more than follows
        ("L 1 OBJ { asm }", "RTP range -inf 1"),  # an assumption is no proof
        ("L 1 OBJ { lin 1 5 1 }", "RTP range -inf 1"),  # from itself
        ("L 1 OBJ { rnd 2 2 1 3 -1 }", "RTP range -inf 1"),
        ("L 1 OBJ { rnd 1 4 1/2 }", "RTP range -inf 0"),  # less than what is claimed
        ("L 1 OBJ { rnd 1 4 1/2 }", "RTP range 1 1"),  # no solution reaches it
        ("L 1 OBJ { rnd 1 4 1/2 }", "RTP infeas"),
        ("L 1 OBJ { sol }", "RTP range -inf 1"),
        ("L 1 OBJ { uns 4 4 4 4 }", "RTP range -inf 1"),
        ("L 1 1 0 1 { rnd 1 4 1/2 }", "RTP range -inf 1"),  # other coefficients
    ],
)
def test_what_does_not_follow_is_refused(reason: str, claim: str) -> None:
    with pytest.raises(ValueError, match="proof: "):
        check_vipr(small(reason, claim))
