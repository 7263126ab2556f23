"""Makes folders to start from: a small instance, or a bureau's files."""

from __future__ import annotations

from pathlib import Path

import typer

from siting.inputs import write_template
from siting.language import tr
from siting.prepare.bureau.example_files import write_bureau_template


def write_small_instance(folder: Path) -> None:
    """Writes a small complete instance, and says what comes next."""
    made = write_template(folder)
    typer.echo(
        tr(
            "wrote {made}; next: siting check {made}, then siting solve {made} -o runs/first",
            made=made,
        )
    )


def write_bureau_example(folder: Path) -> None:
    """Writes a bureau's Excel files with their mapping, and says what comes next."""
    made = write_bureau_template(folder)
    typer.echo(
        tr(
            "wrote {made}; next: siting prepare bureau {made} -o {made}/instance, then "
            "siting check {made}/instance",
            made=made,
        )
    )
