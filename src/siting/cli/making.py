"""Commands that make instance folders: new, prepare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.progress import Progress

prepare = typer.Typer(
    name="prepare",
    help="Make an instance folder from raw sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
) -> None:
    """Make a small complete instance folder to start from.

    Example: siting new my-city
    """
    from siting.inputs import write_template  # noqa: PLC0415

    made = write_template(folder)
    typer.echo(f"wrote {made}; next: siting check {made}, then siting solve {made} -o runs/first")


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

    progress = Progress()
    with progress.live():
        made = prepare_osm(extract, mapping, out, on_stage=progress.say)
    for name, count in made.counts.items():
        typer.echo(f"{name}: {count:,}")
    for what, why in made.skipped.items():
        typer.echo(f"left out: {what}: {why}")
    for district, people in made.residents_by_district.items():
        typer.echo(f"residents of {district}: {people:,}")
    typer.echo(f"wrote {out}; next: siting check {out}")


@prepare.callback()
def prepare_options() -> None:
    """Make an instance folder from raw sources."""
