"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.errors import InputError, Problem, UnitError, reason
from siting.language import joined, phrase, quoted, tr
from siting.units import Currency, parse_duration, parse_money, parse_share

if TYPE_CHECKING:
    from siting.inputs import Instance
    from siting.model.wishes import Wishes

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
YearsText = Annotated[
    str | None,
    typer.Option(
        metavar="YEAR=MONEY,...",
        help="Public money of each year, e.g. 2026=600万,2027=500万; else the instance's.",
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

Require = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES",
        help="What the plan must have, e.g. --require '昆都仑区 菜市场' or '菜市场 >= 3'; a site "
        "or an offer, too. By id, Chinese or English name. May be repeated.",
    ),
]
Forbid = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES",
        help="What it must not have: a site, an offer, or a category in a place. May be repeated.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(metavar="CATEGORY", help="A category that is left out. May be repeated."),
]
Floor = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES AMOUNT",
        help="The least money of a part, e.g. --floor '旗县区 80万' for each district or "
        "'东河区 80万', or the least share of its people, e.g. '养老服务站 60%'. May be repeated.",
    ),
]


def read_wishes(*options: Sequence[str] | None) -> Wishes:
    """The wishes of `--require`, `--forbid`, `--without` and `--floor`, in this order."""
    from siting.model.wishes import Wishes  # noqa: PLC0415 - help and other commands do without

    return Wishes(*(tuple(texts or ()) for texts in options))


def read_overrides(pairs: Iterable[str]) -> dict[str, str]:
    """Splits `key=value` texts.

    Raises:
        InputError: One has no `=` or no key.
    """
    overrides = {}
    problems: list[Problem] = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            expected = tr("KEY=VALUE, e.g. walking.speed='66.7 m/min'")
            problems += bad_option("--set", quoted(pair), expected).problems
        overrides[key.strip()] = value.strip()
    if problems:
        raise InputError(problems)
    return overrides


def with_years(overrides: dict[str, str], text: str | None) -> dict[str, str]:
    """The changes of the instance with the years of `--years` among them.

    Raises:
        InputError: The text is no list of years and money.
    """
    if text is None:
        return overrides
    pairs = [part.split("=") for part in re.split(r"[,、;]", unicodedata.normalize("NFKC", text))]
    if any(len(pair) != 2 or not pair[0].strip().isdecimal() for pair in pairs):
        expected = tr("years and their money, e.g. {example}", example="2026=600万,2027=500万")
        raise bad_option("--years", quoted(text), expected)
    years = ", ".join(f"{year.strip()}: {money.strip()}" for year, money in pairs)
    return {**overrides, "years": f"{{{years}}}"}


def with_budget(instance: Instance, text: str | None) -> Instance:
    """The instance with the budget of the command line, if one was given.

    Raises:
        InputError: The text is no amount of the instance's money.
    """
    if text is None:
        return instance
    return replace(instance, budget=read_budget(text, instance.currency))


def read_budget(text: str, currency: Currency) -> float:
    """Reads `--budget`.

    Raises:
        InputError: It is no amount, or its unit is not clear.
    """
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
        raise bad_option("--gap", quoted(text), tr("a share below 100%, e.g. '0.1%'"))
    return gap


def read_share(option: str, text: str) -> float:
    """Reads a share of an option, as a number from 0 to 1."""
    try:
        return parse_share(text)
    except UnitError as error:
        raise _of_option(option, error) from None


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
        raise bad_option(option, why, expected) from None


def allow_roots(asked: Iterable[str]) -> None:
    """Lets files be read from the folders of `--allow`.

    Raises:
        InputError: One is no folder.
    """
    for root in asked:
        from siting.inputs.files import allow  # noqa: PLC0415 - loads what help need not wait for

        if not root or not Path(root).is_dir():
            expected = tr("a folder that files may be read from, with all that is in it")
            raise bad_option("--allow", quoted(root) if root else tr("nothing"), expected)
        allow(Path(root))


def is_a_folder(path: Path) -> str:
    """What is said of a file that a folder of its name keeps from being written."""
    return f"{path}: {os.strerror(errno.EISDIR)}"


def bad_option(option: str, found: str, expected: str, mend: str = "") -> InputError:
    """What is raised where an option says what it cannot say.

    Args:
        option: Its name.
        found: What it says.
        expected: What it may say.
        mend: What to do; to correct it if not given.
    """
    what_to_do = mend or tr("Correct the option.")
    return InputError([Problem("bad-option", option, found, expected, what_to_do)])


def refuse_other_ending(out: Path | None, endings: Sequence[str]) -> None:
    """Refuses a file of `--out` that ends otherwise.

    Raises:
        InputError: It does.
    """
    if out is not None and out.suffix.lower() not in endings:
        expected = tr("a file that ends with {names}", names=joined(endings))
        raise bad_option("--out", quoted(out), expected)


def _of_option(option: str, error: UnitError) -> InputError:
    return bad_option(option, quoted(error.found), error.expected, error.mend)
