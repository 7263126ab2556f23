"""The commands, and what becomes of an error on the way out."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from siting import __version__
from siting.cli import exits
from siting.cli.generating import generate
from siting.cli.inspecting import check, explain, export, verify
from siting.cli.making import new, prepare
from siting.cli.solving import solve
from siting.errors import InputError, SolverFault, UnitError, VerificationError

app = typer.Typer(
    name="siting",
    help="Annual improvement plans for 15-minute living circles: what to add where, "
    "with a proven gap.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(solve)
app.command()(check)
app.command()(verify)
app.command()(explain)
app.command()(export)
app.command()(new)
app.add_typer(prepare, name="prepare")
app.add_typer(generate, name="generate")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"siting {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Annual improvement plans for 15-minute living circles."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's encoding does not hold is no reason to lose the rest.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except InputError as error:
        for problem in error.problems:
            typer.echo(f"{problem.severity}: {problem}", err=True)
        count = len(error.problems)
        typer.echo(f"{count} {'problem' if count == 1 else 'problems'} found", err=True)
        sys.exit(exits.WRONG_INPUT)
    except UnitError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(exits.WRONG_INPUT)
    except (VerificationError, SolverFault) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(exits.FAULT)
    except OSError as error:
        typer.echo(f"error: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        _give_up_output()
        sys.exit(exits.WRONG_INPUT)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(exits.INTERRUPTED)


def _give_up_output() -> None:
    """What a full disk did not take would fail once more when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
