"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.errors import InputError, Problem, UnitError, reason
from siting.language import phrase, quoted, tr
from siting.units import Currency, parse_duration, parse_money, parse_share

if TYPE_CHECKING:
    from siting.inputs import Instance

InstancePath = Annotated[
    Path, typer.Argument(metavar="INSTANCE", help="Instance folder, or its instance.yaml.")
]
ModelName = Annotated[
    str, typer.Option("--model", "-m", help="Model by name (annual-plan) or path of a YAML file.")
]
BudgetText = Annotated[
    str | None,
    typer.Option(
        "--budget", "-b", help="Public money, e.g. 800万 or '8e6 CNY'; else the instance's."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of instance.yaml for this run, e.g. --set walking.speed='66.7 m/min'. "
        "May be repeated.",
    ),
]


def read_overrides(pairs: Iterable[str]) -> dict[str, str]:
    """Splits `key=value` texts.

    Raises:
        InputError: One has no `=` or no key.
    """
    overrides = {}
    problems = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            problems.append(
                _wrong("--set", quoted(pair), tr("KEY=VALUE, e.g. walking.speed='66.7 m/min'"))
            )
        overrides[key.strip()] = value.strip()
    if problems:
        raise InputError(problems)
    return overrides


def with_budget(instance: Instance, text: str | None) -> Instance:
    """The instance with the budget of the command line, if one was given.

    Raises:
        InputError: The text is no amount of the instance's money.
    """
    if text is None:
        return instance
    return replace(instance, budget=read_budget(text, instance.currency))


def read_budget(text: str, currency: Currency) -> float:
    """Reads `--budget`; a bare number is in the instance's money."""
    try:
        return parse_money(text, currency, bare=True)
    except UnitError as error:
        raise _of_option("--budget", error) from None


def read_time_limit(text: str) -> float:
    """Reads `--time-limit`, in seconds."""
    try:
        return parse_duration(text)
    except UnitError as error:
        raise _of_option("--time-limit", error) from None


def read_gap(text: str) -> float:
    """Reads `--gap`, as a number from 0 to below 1."""
    try:
        gap = parse_share(text)
    except UnitError as error:
        raise _of_option("--gap", error) from None
    if gap >= 1:
        raise InputError([_wrong("--gap", quoted(text), tr("a share below 100%, e.g. '0.1%'"))])
    return gap


def ready_folder(option: str, folder: Path) -> None:
    """Makes a folder to write into, before any work is done for it.

    Raises:
        InputError: It cannot be made, or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        form = phrase("{folder}, which cannot be written to ({why})")
        why = tr(form, folder=folder, why=reason(error))
        expected = tr("a folder, new or not, that may be written to")
        raise InputError([_wrong(option, why, expected)]) from None


def _of_option(option: str, error: UnitError) -> InputError:
    problem = Problem(
        code="bad-option",
        where=option,
        found=quoted(error.found),
        expected=error.expected,
        mend=error.mend,
    )
    return InputError([problem])


def _wrong(option: str, found: str, expected: str) -> Problem:
    mend = tr("Correct the option.")
    return Problem(code="bad-option", where=option, found=found, expected=expected, mend=mend)
