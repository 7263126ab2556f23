"""Makes folders to start from: a small instance, or a bureau's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import typer

from siting.cli.arguments import bad_option
from siting.cli.shell_words import shell_word
from siting.inputs import write_template
from siting.language import quoted, tr
from siting.model.model_spec import model_text
from siting.prepare.bureau.example_city import (
    write_grid_template,
    write_mixed_template,
    write_osm_template,
)
from siting.prepare.bureau.example_files import write_bureau_template

_SOURCES: Mapping[str, Callable[[Path], Path]] = {
    "bureau": write_bureau_template,
    "osm": write_osm_template,
    "grid": write_grid_template,
    "mixed": write_mixed_template,
}


def write_small_instance(folder: Path) -> None:
    """Writes a small complete instance, and says what comes next."""
    made = shell_word(write_template(folder))
    typer.echo(
        tr(
            "wrote {made}; next: siting check {made}, then siting solve {made} -o runs/first",
            made=made,
        )
    )


def write_sources(template: str, folder: Path) -> None:
    """Writes sources of an instance with their mapping, and says what comes next."""
    made = shell_word(_SOURCES[template](folder))
    typer.echo(
        tr(
            "wrote {made}; next: siting prepare {made}/prepare.yaml -o {made}/instance, then "
            "siting check {made}/instance, then siting solve {made}/instance -o {made}/plan",
            made=made,
        )
    )


def copy_model(name: str, target: Path) -> None:
    """Writes a model of the library as a file to edit, and says what comes next.

    Raises:
        InputError: There is no such model, or a file stands there already.
    """
    text = model_text(name)
    file = target if target.suffix in (".yaml", ".yml") else target / f"{name}.yaml"
    if file.exists():
        found = tr("{file}, which is there already", file=quoted(file))
        raise bad_option("DIR", found, tr("a new file"), tr("Name another one."))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(
        tr(
            "wrote {file}; next: edit it, then siting solve INSTANCE --model {file} -o runs/first",
            file=shell_word(file),
        )
    )
