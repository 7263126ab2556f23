"""Commands that make instance folders: new, prepare."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.progress import StageProgress
from siting.errors import InputError
from siting.language import tr


class Template(StrEnum):
    """What `new` may write."""

    basic = "basic"
    bureau = "bureau"


prepare = typer.Typer(
    name="prepare",
    help="Make an instance folder from raw sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    template: Annotated[
        Template, typer.Option("--template", help="A small instance, or a bureau's Excel files.")
    ] = Template.basic,
) -> None:
    """Make a small complete instance folder to start from.

    Example: siting new my-city
    """
    if template is Template.bureau:
        _new_bureau(folder)
        return
    from siting.inputs import write_template  # noqa: PLC0415

    made = write_template(folder)
    typer.echo(
        tr(
            "wrote {made}; next: siting check {made}, then siting solve {made} -o runs/first",
            made=made,
        )
    )


def _new_bureau(folder: Path) -> None:
    from siting.prepare.bureau.example_files import write_bureau_template  # noqa: PLC0415

    made = write_bureau_template(folder)
    typer.echo(
        tr(
            "wrote {made}; next: siting prepare bureau {made} -o {made}/instance, then "
            "siting check {made}/instance",
            made=made,
        )
    )


@prepare.command()
def osm(
    extract: Annotated[Path, typer.Argument(metavar="FILE.osm.pbf", help="OSM extract.")],
    mapping: Annotated[
        Path, typer.Option("--mapping", help="YAML file: places, tags, categories, site rules.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Instance folder to write.")],
) -> None:
    """Make an instance folder from an OpenStreetMap extract and a mapping file.

    Example: siting prepare osm monaco.osm.pbf --mapping prepare.yaml -o instances/monaco
    """
    from siting.prepare import prepare_osm  # noqa: PLC0415

    progress = StageProgress()
    with progress.live():
        made = prepare_osm(extract, mapping, out, on_stage=progress.say)
    for name, count in made.counts.items():
        typer.echo(f"{name}: {count:,}")
    for what, why in made.skipped.items():
        typer.echo(tr("left out: {what}: {why}", what=what, why=why))
    for district, people in made.residents_by_district.items():
        typer.echo(tr("residents of {district}: {people:,}", district=district, people=people))
    typer.echo(tr("wrote {out}; next: siting check {out}", out=out))


@prepare.command()
def bureau(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the files.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Instance folder to write.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="YAML file: files, columns, systems; else prepare.yaml."),
    ] = None,
) -> None:
    """Make an instance folder from a bureau's Excel files, CSV and map layers.

    Example: siting prepare bureau 台账 --mapping prepare.yaml -o instances/my-city
    """
    from siting.prepare.bureau import prepare_bureau  # noqa: PLC0415

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
    typer.echo(tr("wrote {out}; next: siting check {out}", out=out))


@prepare.callback()
def prepare_options() -> None:
    """Make an instance folder from raw sources."""
