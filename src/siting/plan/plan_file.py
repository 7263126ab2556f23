"""A `plan.json` read back, as it stands: nothing in it is believed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.errors import InputError, Problem
from siting.language import joined, tr

PLAN_FILE = "plan.json"
FORMAT = 1


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
    def instance_folder(self) -> Path:
        """Where the inputs were, seen from the run folder."""
        return (self.folder / str(self.content["instance"]["folder"])).resolve()


def read_plan_file(folder: Path) -> PlanFile:
    """Reads `plan.json` of a run folder, without believing it.

    Raises:
        InputError: There is no such file, or it is no plan.
    """
    path = folder / PLAN_FILE if folder.is_dir() else folder
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError([_no_plan(path, tr("no such file"))]) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        found = tr("a file that cannot be read ({error})", error=error)
        raise InputError([_no_plan(path, found)]) from None
    needed = ("instance", "model", "objective", "spend", "chosen", "coverage", "complete")
    if not isinstance(content, dict):
        raise InputError([_no_plan(path, tr("another kind of file"))])
    missing = [key for key in needed if key not in content]
    if content.get("siting_plan") != FORMAT or missing:
        found = tr("another kind of file")
        if missing:
            found = tr("a file without {keys}", keys=joined(missing))
        raise InputError([_no_plan(path, found)])
    return PlanFile(path.parent, content)


def _no_plan(path: Path, found: str) -> Problem:
    return Problem(
        code="no-plan",
        where=str(path),
        found=found,
        expected=tr("the plan.json of a run folder"),
        mend=tr("Name the folder that 'siting solve -o' wrote."),
    )
