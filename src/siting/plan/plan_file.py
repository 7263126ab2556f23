"""A `plan.json` read back, as it stands: nothing in it is believed here."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.errors import InputError, Problem
from siting.inputs.files import read_file
from siting.language import has_unseen, joined, tr
from siting.plan.staging import settle

PLAN_FILE = "plan.json"
FORMAT = 2
LOG_FILE = "log.txt"
# All that is written into a run folder besides `plan.json`.
OURS = (
    "certificate.json",
    "certificate.npz",
    "report.html",
    "plan.xlsx",
    "plan.gpkg",
    "plan.docx",
    "figures",
    "geojson",
    LOG_FILE,
)
# What says of the files beside it what they should be; all else is under the digest.
_OUTSIDE = ("digest", "parts")
# Bytes of a plan.json; in memory it takes up to some thirty times as many.
LARGEST = 1 << 25


@dataclass(frozen=True)
class PlanFile:
    """A `plan.json` as it stands, unverified.

    Attributes:
        folder: The run folder.
        content: Its content.
    """

    folder: Path
    content: dict[str, Any]

    @property
    def chosen(self) -> list[str]:
        """Ids of the chosen offers."""
        return [str(offer["offer_id"]) for offer in self.content["chosen"]]

    @property
    def when(self) -> list[tuple[str, int | None]]:
        """Each chosen offer with the year in which it is built, None where the file names none."""
        return [(str(o["offer_id"]), o.get("year")) for o in self.content["chosen"]]

    @property
    def instance_folder(self) -> Path:
        """Where the inputs were, seen from the run folder."""
        return (self.folder / str(self.content["instance"]["folder"])).resolve()


def plan_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of all that a plan says, in whatever order and layout its file says it."""
    covered = {key: value for key, value in content.items() if key not in _OUTSIDE}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_plan_file(folder: Path) -> PlanFile:
    """Reads `plan.json` of a run folder, without believing it.

    Raises:
        InputError: There is no such file, or it is no plan.
    """
    path = folder / PLAN_FILE if folder.is_dir() else folder
    settle(path.parent)
    try:
        if not os.path.lexists(path):
            raise InputError([_no_plan(path, tr("no such file"))])
        content = json.loads(read_file(path.parent, path.name, str(path), LARGEST))
    except (ValueError, RecursionError) as error:
        found = tr("a file that cannot be read ({error})", error=error)
        raise InputError([_no_plan(path, found)]) from None
    if not isinstance(content, dict):
        raise InputError([_no_plan(path, tr("another kind of file"))])
    if any(map(has_unseen, _texts(content))):
        raise InputError([_no_plan(path, tr("characters that cannot be seen"))])
    if content.get("siting_plan") == 1:
        raise InputError([_older(path)])
    if content.get("siting_plan") != FORMAT:
        raise InputError([_no_plan(path, tr("another kind of file"))])
    missing = [key for key in _PARTS if key not in content]
    if missing:
        raise InputError([_no_plan(path, tr("a file without {keys}", keys=joined(missing)))])
    odd = [key for key, kind in _PARTS.items() if not isinstance(content[key], kind)]
    odd += [] if "chosen" in odd or _are_offers(content["chosen"]) else ["chosen"]
    odd += [] if "instance" in odd or _can_be_read(content["instance"]) else ["instance"]
    if odd:
        found = tr("parts of the wrong kind: {keys}", keys=joined(odd))
        raise InputError([_no_plan(path, found)])
    return PlanFile(path.parent, content)


_PARTS: Mapping[str, type | tuple[type, ...]] = {
    "instance": dict,
    "model": dict,
    "goals": list,
    "spend": (int, float),
    "chosen": list,
    "coverage": list,
    "complete": dict,
}


def _texts(content: object) -> Iterator[str]:
    """Every key and text of a file."""
    left = [content]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield from one
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str):
            yield one


def _are_offers(chosen: list[object]) -> bool:
    return all(
        isinstance(one, dict)
        and isinstance(one.get("offer_id"), str)
        and (one.get("year") is None or type(one["year"]) is int)
        for one in chosen
    )


def _can_be_read(instance: Mapping[str, object]) -> bool:
    """Whether it names a folder, and what was changed of it as objects."""
    changed = [instance.get(key) for key in ("overrides", "changes")]
    folder = instance.get("folder")
    return isinstance(folder, str) and all(isinstance(one or {}, dict) for one in changed)


def _older(path: Path) -> Problem:
    return Problem(
        code="old-plan",
        where=str(path),
        found=tr("a plan of an older version"),
        expected=tr("a plan of this version, whose certificate names every row"),
        mend=tr("Solve again with this version."),
    )


def _no_plan(path: Path, found: str) -> Problem:
    return Problem(
        code="no-plan",
        where=str(path),
        found=found,
        expected=tr("the plan.json of a run folder"),
        mend=tr("Name the folder that 'siting solve -o' wrote."),
    )
