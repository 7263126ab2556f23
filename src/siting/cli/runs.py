"""Run folders named on the command line."""

from __future__ import annotations

from pathlib import Path

from siting.cli.plan_shape import check_shape
from siting.plan import LoadedRun, load_run


def read_run(run: Path, instance: Path | None) -> LoadedRun:
    """The plan of a run folder, confirmed by its inputs.

    Raises:
        InputError: The plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    check_shape(run)
    return load_run(run, instance)
