"""Writes the files of a run folder again, in either language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import typer

from siting.cli import exits
from siting.cli.arguments import bad_option, ready_folder
from siting.cli.progress import StageProgress
from siting.cli.runs import read_run
from siting.language import joined, phrase, quoted, tr
from siting.plan.staging import replacing
from siting.report.facts import Facts, collect_facts
from siting.report.report_files import COMPLETE, ReportPart, Written, add_report, write_report

_Wanted = tuple[Sequence[ReportPart], Callable[[ReportPart], object]]
# What the live line says while each part is written.
PARTS = (
    phrase("page"),
    phrase("workbook"),
    phrase("layers"),
    phrase("document"),
    phrase("pictures"),
    phrase("geojson"),
)


def report_again(run: Path, instance: Path | None, out: Path | None, only: str | None) -> None:
    """Confirms a plan from its inputs and writes the parts of its report that are wanted.

    Raises:
        InputError: There is no such part, or the plan or its instance cannot be read.
        VerificationError: The plan says something else than its inputs give.
    """
    kinds = _kinds(only)
    folder = _folder(run, out)
    progress = StageProgress()
    with progress.live():
        with progress.stage("read"):
            again = read_run(run, instance)
        facts = collect_facts(again.plan, again.coverage, again.walks)
        written = _write(facts, folder, run, (kinds, lambda kind: progress.say(tr(str(kind)))))
    for file in written.files:
        typer.echo(tr("wrote {path}", path=file))
    for failure in written.failures:
        typer.echo(tr("error: {error}", error=failure), err=True)
    if written.failures:
        raise typer.Exit(exits.WRONG_INPUT)


def _write(facts: Facts, folder: Path, run: Path, wanted: _Wanted) -> Written:
    """Writes the parts into the run folder, as parts of its plan, or into another one."""
    home = run if run.is_dir() else run.parent
    if folder.resolve() == home.resolve():
        return add_report(facts, folder, *wanted)
    with replacing(folder) as new:
        written = write_report(facts, new, *wanted, folder, run=home)
    return replace(written, files=tuple(folder / path.relative_to(new) for path in written.files))


def _folder(run: Path, out: Path | None) -> Path:
    folder = out or (run if run.is_dir() else run.parent)
    if out is not None:
        ready_folder("--out", out)
    return folder


def _kinds(only: str | None) -> tuple[ReportPart, ...]:
    """The parts that are wanted.

    Raises:
        InputError: There is no such part.
    """
    if only is None:
        return COMPLETE
    names = [name.strip() for name in only.split(",")]
    unknown = [name for name in names if name not in list(ReportPart)]
    if not unknown:
        return tuple(dict.fromkeys(map(ReportPart, names)))
    expected = tr("some of {names}", names=joined(ReportPart))
    mend = tr("Correct the name or leave it out.")
    raise bad_option("--only", joined(map(quoted, unknown)), expected, mend)
