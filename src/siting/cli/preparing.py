"""Makes instance folders from raw sources."""

from __future__ import annotations

from pathlib import Path

import typer

from siting.cli.progress import StageProgress
from siting.cli.shell_words import shell_word
from siting.errors import InputError
from siting.language import tr
from siting.prepare import prepare_osm
from siting.prepare.any_source import knows_any_source, named_extract
from siting.prepare.bureau import prepare_bureau
from siting.prepare.bureau.bureau_mapping_file import MAPPING_FILE


def prepare_from_mapping(mapping: Path, out: Path) -> None:
    """Makes an instance folder from a mapping of any kind; its files are beside it."""
    if mapping.is_dir():
        mapping = mapping / MAPPING_FILE
    if knows_any_source(mapping):
        prepare_from_ledgers(mapping.parent, mapping, out)
    else:
        prepare_from_osm(named_extract(mapping), mapping, out)


def prepare_from_osm(extract: Path, mapping: Path, out: Path) -> None:
    """Makes an instance folder from an OSM extract, and says what is in it."""
    progress = StageProgress()
    with progress.live():
        made = prepare_osm(extract, mapping, out, on_stage=progress.say)
    for name, count in made.counts.items():
        typer.echo(f"{name}: {count:,}")
    for what, why in made.skipped.items():
        typer.echo(tr("left out: {what}: {why}", what=what, why=why))
    for district, people in made.residents_by_district.items():
        typer.echo(tr("residents of {district}: {people:,}", district=district, people=people))
    typer.echo(tr("wrote {out}; next: siting check {out}", out=shell_word(out)))


def prepare_from_ledgers(folder: Path, mapping: Path | None, out: Path) -> None:
    """Makes an instance folder from a bureau's files, and says what is in it."""
    progress = StageProgress()
    try:
        with progress.live():
            made = prepare_bureau(folder, out, mapping=mapping, on_stage=progress.say)
    except InputError:
        if (out / "findings.xlsx").is_file():
            typer.echo(tr("what was noticed so far is in {file}", file=out / "findings.xlsx"))
        raise
    for name, count in made.counts.items():
        typer.echo(tr("{name}: {count:,}", name=name, count=count))
    for what, count in made.findings.items():
        typer.echo(tr("finding: {what}: {count:,}", what=what, count=count))
    typer.echo(
        tr(
            "{count:,} rows of the files are not in the instance, titles and totals counted; every "
            "one is in {file}",
            count=made.left_out,
            file=made.findings_file,
        )
    )
    typer.echo(tr("wrote {out}; next: siting check {out}", out=shell_word(out)))
