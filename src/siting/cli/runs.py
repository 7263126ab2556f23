"""Run folders named on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.language import tr

if TYPE_CHECKING:
    from siting.plan import LoadedRun

RunPath = Annotated[Path, typer.Argument(metavar="DIR", help="Run folder with plan.json.")]
MovedInstance = Annotated[
    Path | None,
    typer.Option("--instance", help="Instance folder, if it has moved since the plan was made."),
]


@contextmanager
def broken_plan_named(run: Path) -> Iterator[None]:
    """Names the plan where a part of it is of the wrong kind.

    Raises:
        InputError: Whoever changed the file by hand may have left anything in it.
    """
    from siting.errors import InputError, Problem, UnitError  # noqa: PLC0415

    try:
        yield
    except UnitError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        broken = Problem(
            code="broken-plan",
            where=str(run),
            found=tr(
                "a plan.json with a part of the wrong kind ({kind}: {error})",
                kind=type(error).__name__,
                error=error,
            ),
            expected=tr("a plan.json as 'siting solve' writes it"),
            mend=tr("Restore the file, or solve again."),
        )
        raise InputError([broken]) from error


def reread(run: Path, instance: Path | None) -> LoadedRun:
    """The plan of a run folder, confirmed by its inputs.

    Raises:
        InputError: The plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    from siting.plan import load_run  # noqa: PLC0415

    with broken_plan_named(run):
        return load_run(run, instance)
