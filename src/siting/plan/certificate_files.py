"""A certificate on disk: `certificate.json` says what it is, `certificate.npz` has its numbers."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from siting.blocks.plain_model import PlainModel, PlainRows
from siting.errors import InputError, Problem
from siting.inputs.files import read_file, unpack_arrays
from siting.inputs.limits import most_text
from siting.language import tr
from siting.plan.agreement import is_number
from siting.plan.certificate import (
    Certificate,
    GoalCertificate,
    LemmaProof,
    Multipliers,
    ProofTree,
    proof_rows,
)
from siting.plan.derivation import rows_and_cuts, with_lemmas

CERTIFICATE_FILE = "certificate.json"
ARRAYS_FILE = "certificate.npz"
FORMAT = 2
_WHOLE = re.compile(r"-?[0-9]{1,2000}")


def certificate_parts(certificate: Certificate, model: PlainModel) -> dict[str, bytes]:
    """The content of the files of a certificate, by name."""
    arrays: dict[str, Any] = {}
    goals = []
    for number, goal in enumerate(certificate.goals):
        rows = rows_and_cuts(model, goal.floors, goal.cuts)
        lemmas = [
            _pack_lemma(lemma, rows, (f"{number}.lemma.{place}", arrays))
            for place, lemma in enumerate(goal.lemmas)
        ]
        rows = with_lemmas(model.merged.model, rows, goal.lemmas)
        sections = _pack_sections(goal.sections, rows, (f"{number}", arrays))
        said: dict[str, object] = {
            "goal": goal.goal,
            "floors": dict(goal.floors),
            "sections": sections,
        }
        if goal.cuts is not None:
            said["cuts"] = _pack_cuts(goal.cuts, f"{number}.cuts", arrays)
        if goal.tree is not None:
            said["tree"] = _pack_tree(goal.tree, f"{number}.tree", arrays)
        if goal.lemmas:
            said["lemmas"] = lemmas
        goals.append(said)
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    content = {
        "siting_certificate": FORMAT,
        "arrays": ARRAYS_FILE,
        "sha256": hashlib.sha256(packed.getvalue()).hexdigest(),
        "goals": goals,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    return {ARRAYS_FILE: packed.getvalue(), CERTIFICATE_FILE: text.encode()}


def _pack_sections(
    multipliers: Mapping[str, Multipliers],
    rows: Mapping[str, PlainRows],
    into: tuple[str, dict[str, Any]],
) -> dict[str, object]:
    """Puts multipliers aside; `into` has the beginning of their keys, and where they go."""
    sections: dict[str, object] = {}
    for name, one in multipliers.items():
        key = f"{into[0]}.{len(sections)}"
        into[1][key] = one.numerators
        sections[name] = {
            "array": key,
            "exponent": one.exponent,
            "rows": len(rows[name]),
            "ids": digest_of_ids(rows[name]),
        }
    return sections


def _pack_lemma(
    lemma: LemmaProof, rows: Mapping[str, PlainRows], into: tuple[str, dict[str, Any]]
) -> dict[str, object]:
    """Puts the arrays of a lemma aside; `into` as above."""
    key, arrays = into
    for place, numbers in enumerate(lemma.weights.values()):
        arrays[f"{key}.weights.{place}"] = numbers
    return {
        "arrays": key,
        "families": list(lemma.weights),
        "exponent": lemma.exponent,
        "sections": _pack_sections(lemma.sections, rows, (f"{key}.row", arrays)),
        "tree": _pack_tree(lemma.tree, f"{key}.tree", arrays),
    }


def _read_lemma(
    said: object, arrays: Mapping[str, Any], rows: Mapping[str, PlainRows]
) -> LemmaProof:
    """A lemma, which is not proven by being read."""
    _expect(isinstance(said, dict), tr("a lemma that is no object"))
    assert isinstance(said, dict)  # noqa: S101 - for the type checker
    families, sections, exponent = (said.get(x) for x in ("families", "sections", "exponent"))
    parts = isinstance(families, list) and isinstance(sections, dict)
    whole = isinstance(exponent, int) and not isinstance(exponent, bool)
    _expect(parts and whole, tr("a lemma without parts"))
    weights = {
        str(name): arrays[f"{said.get('arrays')}.weights.{place}"]
        for place, name in enumerate(list(families or []))
    }
    read = {
        str(name): _section(rows.get(name), name, part, arrays)
        for name, part in dict(sections or {}).items()
    }
    return LemmaProof(weights, int(exponent or 0), read, _read_tree(said.get("tree"), arrays, rows))


def _pack_matrix(matrix: csr_array, key: str, arrays: dict[str, Any]) -> None:
    for part, numbers in (("at", matrix.indptr), ("row", matrix.indices), ("number", matrix.data)):
        arrays[f"{key}.{part}"] = numbers.astype(np.int64)


def _pack_cuts(
    cuts: Mapping[str, csr_array], key: str, arrays: dict[str, Any]
) -> dict[str, object]:
    """Puts the halves of rows that make up cuts aside."""
    for number, halves in enumerate(cuts.values()):
        _pack_matrix(halves, f"{key}.{number}", arrays)
    count = next(iter(cuts.values())).shape[0] if cuts else 0
    return {"arrays": key, "count": count, "sections": list(cuts)}


def _read_cuts(
    said: object, arrays: Mapping[str, Any], rows: Mapping[str, PlainRows]
) -> dict[str, csr_array]:
    _expect(isinstance(said, dict), tr("cuts that are no object"))
    assert isinstance(said, dict)  # noqa: S101 - for the type checker
    key, count, sections = str(said.get("arrays")), said.get("count"), said.get("sections")
    whole = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    _expect(whole and isinstance(sections, list), tr("cuts without parts"))
    cuts = {}
    for number, name in enumerate(list(sections or [])):
        _expect(name in rows, tr("rows {name} that the model lacks", name=name))
        shape = int(count or 0), len(rows[name])
        cuts[str(name)] = _read_matrix(arrays, f"{key}.{number}", shape)
    return cuts


def _pack_tree(tree: ProofTree, key: str, arrays: dict[str, Any]) -> dict[str, object]:
    """Puts the arrays of a tree aside; what is left is said in words and numbers."""
    arrays[f"{key}.nodes"] = np.stack([tree.parent, tree.choice, tree.value])
    arrays[f"{key}.rays"] = tree.is_ray
    for number, changes in enumerate(tree.changes.values()):
        _pack_matrix(changes, f"{key}.{number}", arrays)
    claim = [str(part) for part in tree.claim]
    return {"arrays": key, "claim": claim, "sections": list(tree.changes)}


def _read_tree(said: object, arrays: Mapping[str, Any], rows: Mapping[str, PlainRows]) -> ProofTree:
    _expect(isinstance(said, dict), tr("a tree that is no object"))
    assert isinstance(said, dict)  # noqa: S101 - for the type checker
    key, claim, sections = str(said.get("arrays")), said.get("claim"), said.get("sections")
    _expect(isinstance(sections, list) and isinstance(claim, list), tr("a tree without parts"))
    claim, sections = list(claim or []), list(sections or [])
    whole = len(claim) == 2 and all(_WHOLE.fullmatch(str(part)) for part in claim)
    _expect(whole, tr("the claim of a tree is no fraction"))
    nodes, rays = arrays[f"{key}.nodes"], arrays[f"{key}.rays"]
    _expect(
        nodes.dtype == np.int64 and nodes.ndim == 2 and len(nodes) == 3, tr("a tree without nodes")
    )
    _expect(rays.dtype == np.bool_ and rays.ndim == 1, tr("a tree without rays"))
    changes = {}
    for number, name in enumerate(sections):
        _expect(name in rows, tr("rows {name} that the model lacks", name=name))
        changes[name] = _read_matrix(arrays, f"{key}.{number}", (len(rays), len(rows[name])))
    parent, choice, value = nodes
    bound = int(claim[0]), int(claim[1])
    return ProofTree(parent, choice, value, bound, changes, rays)


def _read_matrix(arrays: Mapping[str, Any], key: str, shape: tuple[int, int]) -> csr_array:
    """A sparse matrix of whole numbers, refused unless its parts fit together."""
    at, row, change = (arrays[f"{key}.{part}"] for part in ("at", "row", "number"))
    flat = all(part.dtype == np.int64 and part.ndim == 1 for part in (at, row, change))
    _expect(flat, tr("multipliers that are not whole"))
    right = (
        len(at) == shape[0] + 1 and len(row) == len(change) and at[0] == 0 and at[-1] == len(row)
    )
    right = right and bool(np.all(np.diff(at) >= 0))
    right = right and bool(np.all((row >= 0) & (row < shape[1])))
    _expect(right, tr("multipliers of other rows than the inputs give"))
    return csr_array((change, row, at), shape=shape)


def digest_of_ids(rows: PlainRows) -> str:
    """SHA-256 of what the rows of a section stand for, in their order."""
    text = json.dumps([list(map(str, key)) for key in rows.ids], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_certificate(folder: Path, model: PlainModel) -> Certificate:
    """Reads the certificate of a run folder; nothing in it is trusted.

    Raises:
        InputError: It is missing, of another version, damaged, or of other rows than the model's.
    """
    try:
        content = json.loads(_content(folder, CERTIFICATE_FILE, most_text()))
        _expect(isinstance(content, dict), tr("another kind of file"))
        if content.get("siting_certificate") == 1:
            raise InputError([_older(folder)])
        _expect(content.get("siting_certificate") == FORMAT, tr("another kind of certificate"))
        packed = _content(folder, ARRAYS_FILE)
        digest = hashlib.sha256(packed).hexdigest()
        _expect(
            content.get("sha256") == digest, tr("numbers that are not those it was written with")
        )
        goals, arrays = content.get("goals"), unpack_arrays(packed, ARRAYS_FILE)
        _expect(isinstance(goals, list), tr("no list of goals"))
        _expect(_are_goals(goals, model), tr("goals that the model lacks, or one of them twice"))
        return Certificate(tuple(_goal(goal, arrays, model) for goal in goals))
    except (OSError, ValueError, KeyError, RecursionError) as error:
        raise InputError([_unreadable(folder, error)]) from None


def _content(folder: Path, name: str, most: int | None = None) -> bytes:
    if not (folder / name).exists():
        raise ValueError(tr("no such file"))
    return read_file(folder, name, most=most)


def _are_goals(goals: list[object], model: PlainModel) -> bool:
    """Whether each is of another goal of the model: the work is that of so many at most."""
    names = [str(goal.get("goal")) for goal in goals if isinstance(goal, dict)]
    known = {goal.name for goal in model.goals}
    return len(names) == len(set(names)) and known.issuperset(names)


def _goal(said: object, arrays: Mapping[str, Any], model: PlainModel) -> GoalCertificate:
    _expect(isinstance(said, dict), tr("a goal that is no object"))
    assert isinstance(said, dict)  # noqa: S101 - for the type checker
    floors, sections = said.get("floors"), said.get("sections")
    _expect(isinstance(floors, dict) and all(map(is_number, floors.values())), tr("odd floors"))
    _expect(isinstance(sections, dict), tr("no sections"))
    floors, sections = dict(floors or {}), dict(sections or {})
    rows, cuts = proof_rows(model, floors), None
    if said.get("cuts") is not None:
        cuts = _read_cuts(said["cuts"], arrays, rows)
        rows = rows_and_cuts(model, floors, cuts)
    _expect(isinstance(said.get("lemmas", []), list), tr("lemmas that are no list"))
    lemmas = tuple(_read_lemma(one, arrays, rows) for one in said.get("lemmas", []))
    rows = with_lemmas(model.merged.model, rows, lemmas)
    read = {name: _section(rows.get(name), name, one, arrays) for name, one in sections.items()}
    tree = None if said.get("tree") is None else _read_tree(said["tree"], arrays, rows)
    return GoalCertificate(str(said.get("goal")), read, floors, cuts, tree, lemmas)


def _section(
    rows: PlainRows | None, name: str, said: object, arrays: Mapping[str, Any]
) -> Multipliers:
    _expect(isinstance(said, dict), tr("a section that is no object"))
    assert isinstance(said, dict)  # noqa: S101 - for the type checker
    _expect(rows is not None, tr("rows {name} that the model lacks", name=name))
    assert rows is not None  # noqa: S101 - for the type checker
    exponent = said.get("exponent")
    whole = isinstance(exponent, int) and not isinstance(exponent, bool)
    _expect(whole, tr("an exponent that is not whole"))
    _expect(
        said.get("ids") == digest_of_ids(rows),
        tr("multipliers of other rows {name} than the inputs give", name=name),
    )
    numerators = arrays[str(said.get("array"))]
    _expect(
        numerators.dtype == np.int64 and numerators.ndim == 1, tr("multipliers that are not whole")
    )
    return Multipliers(numerators, int(exponent or 0))


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the first word says what it is
    if not holds:
        raise ValueError(otherwise)


def _older(folder: Path) -> Problem:
    return Problem(
        code="old-certificate",
        where=str(folder / CERTIFICATE_FILE),
        found=tr("a certificate of an older version"),
        expected=tr("a certificate of this version"),
        mend=tr("Solve again with this version."),
    )


def _unreadable(folder: Path, error: Exception) -> Problem:
    return Problem(
        code="no-certificate",
        where=str(folder / CERTIFICATE_FILE),
        found=tr("no certificate that can be read ({error})", error=error),
        expected=tr(
            "{file} and {arrays} as 'siting solve' wrote them",
            file=CERTIFICATE_FILE,
            arrays=ARRAYS_FILE,
        ),
        mend=tr("Solve again, or restore both files."),
    )
