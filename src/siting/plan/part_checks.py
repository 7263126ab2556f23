"""Whether the files of a run folder are those of its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from siting.errors import InputError
from siting.inputs.files import read_file
from siting.language import phrase, tr
from siting.plan.part_stamps import EDITED, carries
from siting.plan.plan_file import LOG_FILE, OURS, PlanFile, plan_digest

_CERTIFICATE = ("certificate.json", "certificate.npz")
_MISSING = phrase("{name}: it is missing; 'siting report' writes it again")
_EDITED = phrase("{name}: it was changed since it was written, and says that it is of this plan")
_FOREIGN = phrase("{name}: the file is not the one that was written for this plan")
_UNNAMED = phrase("{name}: plan.json does not name this file")
_NOT_MADE = phrase("{name}: it could not be written")


@dataclass(frozen=True)
class PartsFound:
    """What the files of a report are.

    Attributes:
        disagreements: Files that are not of this plan.
        remarks: Files that are missing, or that somebody has worked in.
    """

    disagreements: tuple[str, ...]
    remarks: tuple[str, ...]


def check_digest(content: Mapping[str, Any]) -> Iterator[str]:
    """Says that the plan's file was changed after it was written, where it was."""
    if content.get("digest") != plan_digest(content):
        yield tr("plan.json: the file was changed since it was written (its digest is another)")


def check_certificate(file: PlanFile) -> Iterator[str]:
    """Names the files of the certificate that are not those the plan was written with."""
    said = file.content.get("certificate")
    for name in _CERTIFICATE if said else ():
        try:
            digest = sha256(read_file(file.folder, name)).hexdigest()
        except InputError:
            digest = None
        if not isinstance(said, dict) or said.get(name) != digest:
            yield tr("{name}: the file is not the one that the plan was written with", name=name)


def check_parts(file: PlanFile) -> PartsFound:
    """Holds every file of the report against what the plan says of it."""
    said = file.content.get("parts")
    if not isinstance(said, dict):
        return PartsFound((tr("plan.json: it does not say which files the report has"),), ())
    found = [_judged(file, str(name), digest) for name, digest in said.items()]
    found += [(_UNNAMED, name) for name in _there(file.folder) if name not in said]
    wrong, odd = (
        tuple(tr(form, name=name) for form, name in found if form and form in forms)
        for forms in ((_FOREIGN, _UNNAMED), (_MISSING, _EDITED, _NOT_MADE))
    )
    return PartsFound(wrong, odd)


def _judged(file: PlanFile, name: str, digest: object) -> tuple[str | None, str]:
    if PurePosixPath(name).parts[:1] not in {(one,) for one in OURS}:
        return _FOREIGN, name
    if digest is None and not (file.folder / name).is_file():
        return _NOT_MADE, name
    if not (file.folder / name).exists():
        return _MISSING, name
    try:
        content = read_file(file.folder, name)
    except InputError:
        return _FOREIGN, name
    if digest == sha256(content).hexdigest():
        return None, name
    mine = Path(name).suffix in EDITED and carries(name, content, str(file.content.get("digest")))
    return (_EDITED if mine else _FOREIGN), name


def _there(folder: Path) -> Iterator[str]:
    """The files of a report that a folder has; others are the user's own."""
    for name in OURS:
        if name in (LOG_FILE, *_CERTIFICATE):
            continue
        path = folder / name
        files = path.iterdir() if path.is_dir() and not path.is_symlink() else [path]
        yield from (one.relative_to(folder).as_posix() for one in files if one.is_file())
