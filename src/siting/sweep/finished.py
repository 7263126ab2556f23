"""What a run folder has of a finished point, if its plan is whole and unaltered."""

from __future__ import annotations

from pathlib import Path

from siting.errors import InputError
from siting.plan.part_checks import check_certificate, check_digest
from siting.plan.plan_file import read_plan_file
from siting.sweep.outcome import Outcome, read_outcome


def finished(identity: str, folder: Path) -> Outcome | None:
    """The final outcome of this point that a run folder has; None where it has none.

    The plan is held against its own digests; whether it holds at all is for `verify` to say.
    """
    outcome = read_outcome(identity, folder)
    if outcome is None:
        return None
    try:
        file = read_plan_file(folder)
    except InputError:
        return None
    altered = [*check_digest(file.content), *check_certificate(file)]
    same = file.content.get("objective") == outcome.objective
    return outcome if same and not altered else None
