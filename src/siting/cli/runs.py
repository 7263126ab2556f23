"""Run folders named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from siting.plan import LoadedRun

RunPath = Annotated[Path, typer.Argument(metavar="DIR", help="Run folder with plan.json.")]
MovedInstance = Annotated[
    Path | None,
    typer.Option("--instance", help="Instance folder, if it has moved since the plan was made."),
]


def read_run(run: Path, instance: Path | None) -> LoadedRun:
    """The plan of a run folder, confirmed by its inputs.

    Raises:
        InputError: The plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    from siting.cli.plan_shape import check_shape  # noqa: PLC0415
    from siting.plan import load_run  # noqa: PLC0415

    check_shape(run)
    return load_run(run, instance)
