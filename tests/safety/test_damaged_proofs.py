"""Certificates with cuts and trees, damaged in every way: none proves anything false."""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import call, copied, edit_plan, solved_once
from edits import edited, places

from proven_towns import Proven, with_part
from siting.errors import InputError
from siting.language import has_unseen
from siting.plan.certificate import Certificate
from siting.plan.certificate_files import (
    ARRAYS_FILE,
    CERTIFICATE_FILE,
    certificate_parts,
    read_certificate,
)
from siting.plan.derivation import derive_bound

Arrays = dict[str, Any]
Rng = np.random.Generator
ODD = (0, 1, -1, 2, 3, 5, 2**31, 2**62, -(2**62), 2**63 - 1, -(2**63))


# --- kinds of damage: each changes the arrays, or what is said of them ----------------------------


def picked(arrays: Arrays, ending: str, rng: Rng) -> Any:
    """One of the arrays with such a name that is not empty, or None."""
    found = [name for name in arrays if name.endswith(ending) and arrays[name].size]
    return arrays[found[int(rng.integers(len(found)))]] if found else None


def odd(array: Any, rng: Rng) -> None:
    """Another number at one place, an odd one or the next."""
    if array is not None:
        at = int(rng.integers(array.size))
        old = int(array.flat[at])
        near = max(-(2**63), min(2**63 - 1, old + int(rng.integers(-3, 4))))
        array.flat[at] = rng.choice([*ODD, near])


def multiplier(_: Any, arrays: Arrays, rng: Rng) -> None:
    sections = [name for name in arrays if name.partition(".")[2].isdigit()]
    odd(arrays[sections[int(rng.integers(len(sections)))]], rng)


def leaf_multiplier(_: Any, arrays: Arrays, rng: Rng) -> None:
    odd(picked(arrays, ".number", rng), rng)


def leaf_row(_: Any, arrays: Arrays, rng: Rng) -> None:
    odd(picked(arrays, ".row", rng), rng)


def branching(_: Any, arrays: Arrays, rng: Rng) -> None:
    """Another parent, choice or side."""
    odd(picked(arrays, ".nodes", rng), rng)


def leaf_left_out(_: Any, arrays: Arrays, rng: Rng) -> None:
    """A node less, in the list of nodes or in what leaves change, or both."""
    names = [name for name in arrays if name.endswith((".nodes", ".rays", ".at"))]
    for name in rng.permutation(names)[: int(rng.integers(1, len(names) + 1))]:
        array = arrays[str(name)]
        if array.shape[-1]:
            arrays[str(name)] = np.delete(array, int(rng.integers(array.shape[-1])), axis=-1)


def ray(_: Any, arrays: Arrays, rng: Rng) -> None:
    rays = picked(arrays, ".rays", rng)
    if rays is not None:
        rays[int(rng.integers(rays.size))] ^= True


def all_rays(_: Any, arrays: Arrays, __: Rng) -> None:
    for name in arrays:
        if name.endswith(".rays"):
            arrays[name][:] = True


def claim(said: Any, _: Arrays, rng: Rng) -> None:
    """Less than the leaves keep."""
    tree = said["goals"][0].get("tree")
    if tree is not None:
        tree["claim"][int(rng.integers(2))] = str(rng.choice([*ODD, 10**30, -(10**30)]))


def rounding(said: Any, _: Arrays, rng: Rng) -> None:
    """Exponents of multipliers, the halves that cuts are counted in, their number."""
    goal = said["goals"][0]
    cuts = goal.get("cuts")
    if cuts is not None and rng.random() < 0.5:
        cuts["count"] = int(rng.choice(ODD))
    else:
        sections = list(goal["sections"].values())
        sections[int(rng.integers(len(sections)))]["exponent"] = int(rng.integers(-5, 300))


def floors(said: Any, _: Arrays, rng: Rng) -> None:
    said["goals"][0]["floors"] = {"covered_residents": float(rng.choice([0, 1e12, -1e12]))}


def swapped(_: Any, arrays: Arrays, rng: Rng) -> None:
    """Two arrays in each other's place."""
    one, two = (str(name) for name in rng.choice(list(arrays), 2))
    arrays[one], arrays[two] = arrays[two], arrays[one]


def other_kind(_: Any, arrays: Arrays, rng: Rng) -> None:
    """An array of other numbers, of another shape, or none."""
    name = str(rng.choice(list(arrays)))
    forms: list[Callable[[Any], Any]] = [
        lambda a: a.astype(float),
        lambda a: a.astype(np.int32),
        lambda a: a.astype("U9"),
        lambda a: a[..., None],
        lambda a: a[..., :-1],
        lambda a: np.concatenate([a, a], axis=-1),
        lambda a: a[..., ::-1],
    ]
    arrays[name] = forms[int(rng.integers(len(forms)))](arrays[name])
    if rng.random() < 0.1:
        del arrays[name]


def any_word(said: Any, _: Arrays, rng: Rng) -> None:
    """Any place of the file of words edited or deleted."""
    tried = list(places(said["goals"]))
    said["goals"] = edited(said["goals"], *tried[int(rng.integers(len(tried)))])


# One number of one leaf may be another where the leaf keeps its bound all the same.
HARMLESS = (leaf_multiplier, leaf_row, ray, swapped)
KINDS = (
    *(multiplier, leaf_multiplier, leaf_row, branching, leaf_left_out, ray, all_rays),
    *(claim, rounding, floors, swapped, other_kind, any_word),
)


def damaged(parts: dict[str, bytes], kind: Any, rng: Rng) -> dict[str, bytes]:
    """The files of a certificate with one damage, their digests made to fit."""
    said = json.loads(parts[CERTIFICATE_FILE])
    with np.load(io.BytesIO(parts[ARRAYS_FILE])) as packed:
        arrays = {name: packed[name] for name in packed}
    kind(said, arrays, rng)
    made = io.BytesIO()
    np.savez(made, **arrays)
    said["sha256"] = hashlib.sha256(made.getvalue()).hexdigest()
    return {ARRAYS_FILE: made.getvalue(), CERTIFICATE_FILE: json.dumps(said).encode()}


def written(folder: Path, parts: dict[str, bytes]) -> None:
    for name, content in parts.items():
        (folder / name).write_bytes(content)


def proves(one: Proven, folder: Path) -> float | None:
    """What the files of a certificate prove, or None where they are refused in a sentence."""
    try:
        (read, *_) = read_certificate(folder, one.model).goals or (None,)
        return None if read is None else derive_bound(one.model, read)
    except (InputError, ValueError) as error:
        said = str(error)
    assert said
    assert not has_unseen(said.replace("\n", " "))
    return None


COUNTS = [pytest.param(12, id="few"), pytest.param(160, id="many", marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_damage_proves_anything_false(tmp_path: Path, kind: Any, count: int) -> None:
    """Kinds of damage to proofs with trees and with cuts: some 2,000 where many are asked for."""
    rng = np.random.default_rng(count)
    every = [*with_part("tree"), *with_part("cuts")]
    refused = 0
    for number in range(count):
        one = every[number % len(every)]
        parts = certificate_parts(Certificate((one.certificate,)), one.model)
        written(tmp_path, damaged(parts, kind, rng))
        bound = proves(one, tmp_path)
        refused += bound is None
        assert bound is None or bound >= one.optimum, number
    # Floors that are not the plan's are found by the plan, below.
    assert refused or kind is floors


@pytest.mark.parametrize("name", [ARRAYS_FILE, CERTIFICATE_FILE])
def test_truncated_files_are_refused(tmp_path: Path, name: str) -> None:
    one = with_part("tree")[0]
    parts = certificate_parts(Certificate((one.certificate,)), one.model)
    draw = random.Random(3)  # noqa: S311 - no secret
    for _ in range(40):
        content = parts[name][: draw.randrange(len(parts[name]))]
        said = json.loads(parts[CERTIFICATE_FILE])
        said["sha256"] = hashlib.sha256(content).hexdigest()
        words = json.dumps(said).encode()
        both = {ARRAYS_FILE: content, CERTIFICATE_FILE: words}
        written(tmp_path, both if name == ARRAYS_FILE else parts | {name: content})
        assert proves(one, tmp_path) is None


# --- by the command -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_verify_says_it_in_a_sentence(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, kind: Any
) -> None:
    """Even where the plan's own digests are made to fit."""
    solved = copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]
    parts = {name: (solved / name).read_bytes() for name in (ARRAYS_FILE, CERTIFICATE_FILE)}
    assert b'"tree"' in parts[CERTIFICATE_FILE]
    spoiled = damaged(parts, kind, np.random.default_rng(2))
    written(solved, spoiled)
    digests = {name: hashlib.sha256(part).hexdigest() for name, part in spoiled.items()}
    edit_plan(solved, certificate=digests)
    done = call("verify", solved)
    assert done.code == 6 or kind in HARMLESS
    assert done.code == 0 or "certificate" in done.err or "proof" in done.err
    assert "Traceback" not in done.err
