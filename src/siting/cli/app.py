"""The commands, and what becomes of an error on the way out."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from siting import __version__
from siting.cli import exits
from siting.cli.anywhere import take_option
from siting.cli.arguments import allow_roots
from siting.cli.commands.folder_commands import generate, new_command, prepare
from siting.cli.commands.instance_commands import (
    check_command,
    explain_command,
    export_command,
    gaps_command,
    indicators_command,
)
from siting.cli.commands.plan_commands import (
    alternatives_command,
    compare_command,
    regret_command,
    report_command,
    verify_command,
    why_command,
)
from siting.cli.commands.serve_command import serve_command
from siting.cli.commands.solve_command import solve_command
from siting.cli.commands.sweep_command import sweep_command
from siting.cli.help_text import USAGE_ERROR, show_usage_error, translate_help
from siting.cli.lang_option import read_language, split_language
from siting.cli.output import help_width, own_output
from siting.errors import InputError, SolverFault, UnitError, VerificationError, reason
from siting.language import LANGUAGES, in_language, language, phrase, tr, use_language
from siting.units import counted

app = typer.Typer(
    name="siting",
    help="Annual improvement plans for 15-minute living circles: what to add where, "
    "with a proven gap.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("solve")(solve_command)
app.command("sweep")(sweep_command)
app.command("serve")(serve_command)
app.command("check")(check_command)
app.command("gaps")(gaps_command)
app.command("indicators")(indicators_command)
app.command("report")(report_command)
app.command("why")(why_command)
app.command("compare")(compare_command)
app.command("alternatives")(alternatives_command)
app.command("regret")(regret_command)
app.command("verify")(verify_command)
app.command("explain")(explain_command)
app.command("export")(export_command)
app.command("new")(new_command)
app.add_typer(prepare, name="prepare")
app.add_typer(generate, name="generate")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"siting {__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="en|zh",
            help="Language of what is shown; behind the command, too. Else that of SITING_LANG, "
            "else that of the system.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FOLDER",
            help="Let an instance name files of this folder, too; behind the command, too. May be "
            "repeated.",
        ),
    ] = None,
) -> None:
    """Annual improvement plans for 15-minute living circles."""
    if lang is not None:
        use_language(read_language(lang))
    allow_roots(allow or ())


_LINES = {"error": phrase("error: {error}"), "warning": phrase("warning: {warning}")}


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    width = help_width()
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    words, asked = split_language(sys.argv[1:])
    known = next((one for one in LANGUAGES if one == asked), language())
    with own_output(), in_language(known):
        sys.exit(_run(words, asked, width))


def _run(words: list[str], asked: str | None, width: int) -> int:
    """Runs one command, says what went wrong, and gives the exit code."""
    try:
        if asked is not None:
            read_language(asked)
        words, allowed = take_option(words, "--allow")
        allow_roots(allowed)
        return _call(words, width)
    except InputError as error:
        for problem in error.problems:
            typer.echo(tr(_LINES[problem.severity], error=problem, warning=problem), err=True)
        typer.echo(
            tr("{problems} found", problems=counted(len(error.problems), phrase("problem"))),
            err=True,
        )
        return exits.WRONG_INPUT
    except UnitError as error:
        typer.echo(tr("error: {error}", error=error), err=True)
        return exits.WRONG_INPUT
    except (VerificationError, SolverFault) as error:
        typer.echo(tr("error: {error}", error=error), err=True)
        return exits.FAULT
    except OSError as error:
        file = error.filename or tr("a file")
        typer.echo(tr("error: {file}: {why}", file=file, why=reason(error)), err=True)
        return exits.WRONG_INPUT
    except (KeyboardInterrupt, RuntimeError) as error:
        # Python wraps what interrupts the making of a class, as while a package is imported.
        if not isinstance(error.__cause__ or error, (KeyboardInterrupt, typer.Abort)):
            raise
        typer.echo(tr("interrupted"), err=True)
        return exits.INTERRUPTED


def _call(words: list[str], width: int) -> int:
    """Hands the words to Typer; what it finds wrong with them is shown here."""
    command = typer.main.get_command(app)
    if language() != "en":
        translate_help(command)
    try:
        code = command.main(words, standalone_mode=False, terminal_width=width)
    except USAGE_ERROR as error:
        show_usage_error(error)
        return exits.WRONG_INPUT
    return code if isinstance(code, int) else exits.DONE
