"""The command report: the files of a run folder written again, in either language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli import exits
from siting.cli.progress import StageProgress
from siting.cli.runs import MovedInstance, RunPath, read_run
from siting.language import joined, phrase, quoted, tr

if TYPE_CHECKING:
    from siting.report.report_files import ReportPart

# What the live line says while each part is written.
PARTS = (
    phrase("page"),
    phrase("workbook"),
    phrase("layers"),
    phrase("document"),
    phrase("pictures"),
    phrase("geojson"),
)


def report(
    run: RunPath,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write here instead of the run folder.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="Some parts: page, workbook, layers, document, pictures, geojson; e.g. "
            "--only page,workbook. All but geojson if not given."
        ),
    ] = None,
    instance: MovedInstance = None,
) -> None:
    """Write the report of a plan: page, workbook, map layers, document and pictures.

    Nothing is solved; the plan is confirmed from its inputs first.

    Example: siting report runs/monaco --lang zh
    """
    from siting.report.facts import collect_facts  # noqa: PLC0415
    from siting.report.report_files import write_report  # noqa: PLC0415

    kinds = _kinds(only)
    folder = _folder(run, out)
    progress = StageProgress()
    with progress.live():
        with progress.stage("read"):
            again = read_run(run, instance)
        facts = collect_facts(again.plan, again.coverage, again.walks)
        written = write_report(facts, folder, kinds, lambda kind: progress.say(tr(str(kind))))
    for file in written.files:
        typer.echo(tr("wrote {path}", path=file))
    for failure in written.failures:
        typer.echo(tr("error: {error}", error=failure), err=True)
    if written.failures:
        raise typer.Exit(exits.WRONG_INPUT)


def _folder(run: Path, out: Path | None) -> Path:
    from siting.cli.arguments import ready_folder  # noqa: PLC0415

    folder = out or (run if run.is_dir() else run.parent)
    if out is not None:
        ready_folder("--out", out)
    return folder


def _kinds(only: str | None) -> tuple[ReportPart, ...]:
    """The parts that are wanted.

    Raises:
        InputError: There is no such part.
    """
    from siting.errors import InputError, Problem  # noqa: PLC0415
    from siting.report.report_files import COMPLETE, ReportPart  # noqa: PLC0415

    if only is None:
        return COMPLETE
    names = [name.strip() for name in only.split(",")]
    unknown = [name for name in names if name not in list(ReportPart)]
    if not unknown:
        return tuple(dict.fromkeys(map(ReportPart, names)))
    wrong = Problem(
        code="bad-option",
        where="--only",
        found=joined(map(quoted, unknown)),
        expected=tr("some of {names}", names=joined(ReportPart)),
        mend=tr("Correct the name or leave it out."),
    )
    raise InputError([wrong])
