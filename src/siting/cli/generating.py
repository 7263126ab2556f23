"""Commands that make synthetic instance folders: generate city, generate bds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.cli.progress import StageProgress
from siting.errors import InputError, Problem
from siting.language import phrase, tr

# As many as the default catalogue has.
_MOST_CATEGORIES = 56
_LARGEST_SEED = 2**32 - 1

_TABLES = (phrase("residents"), phrase("outlets"), phrase("sites"), phrase("offers"))

generate = typer.Typer(
    name="generate",
    help="Make a synthetic instance folder from a seed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path, typer.Option("--out", "-o", help="Instance folder to write.")]
Seed = Annotated[int, typer.Option(min=0, max=_LARGEST_SEED, help="Seed of every random choice.")]


@generate.command()
def city(
    out: Out,
    *,
    residents: Annotated[int, typer.Option(min=1, help="Demand points.")] = 20_000,
    sites: Annotated[int, typer.Option(min=1, help="Candidate sites.")] = 2_000,
    categories: Annotated[int, typer.Option(min=1, max=_MOST_CATEGORIES, help="Categories.")] = 26,
    purchases: Annotated[
        int | None,
        typer.Option(min=1, help="Offers that the budget pays for, about; 1.15% if not given."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Make a city of any size, of which a fair share is covered already.

    Example: siting generate city --residents 2000 --sites 200 --categories 26 --seed 1 -o my-city
    """
    from siting.generate import CitySize, write_city  # noqa: PLC0415 - --help loads no pandas

    size = CitySize(residents, sites, categories, purchases)
    progress = StageProgress()
    with progress.live():
        made = write_city(size, seed, out, on_stage=progress.say)
    counts = {name: len(getattr(made, name)) for name in _TABLES}
    for name, count in counts.items():
        typer.echo(tr("{name}: {count:,}", name=tr(name), count=count))
    typer.echo(tr("budget: {amount}", amount=made.currency.show(made.budget or 0.0)))
    _say_next(out)


@generate.command()
def bds(
    out: Out,
    *,
    facilities: Annotated[int, typer.Option(min=1, help="Possible facilities.")] = 100,
    demand: Annotated[int, typer.Option(min=1, help="Demand points.")] = 10_000,
    radius: Annotated[
        float,
        typer.Option(help="A facility covers what is strictly nearer; the square is 30 wide."),
    ] = 5.5,
    opened: Annotated[
        int, typer.Option("--open", min=1, help="Facilities that may be opened.")
    ] = 10,
    seed: Seed = 1,
) -> None:
    """Make an instance of Cordeau, Furini and Ljubic (2019), drawn as they drew it.

    Example: siting generate bds --facilities 100 --demand 10000 --seed 1 -o bds-10000
    """
    from siting.generate import BdsProblem, BdsSize, write_bds  # noqa: PLC0415

    progress = StageProgress()
    with progress.live():
        try:
            problem = BdsProblem(BdsSize(facilities, demand), radius, opened, seed)
            write_bds(problem, out, on_stage=progress.say)
        except ValueError as error:
            raise InputError([_bad_radius(radius, error)]) from None
    typer.echo(tr("facilities: {count:,}", count=facilities))
    typer.echo(tr("demand points: {count:,}", count=demand))
    _say_next(out)


def _say_next(out: Path) -> None:
    form = phrase("wrote {out}; next: siting solve {out} -o runs/{name}")
    typer.echo(tr(form, out=out, name=out.name))


def _bad_radius(radius: float, error: ValueError) -> Problem:
    return Problem(
        code="bad-option",
        where="--radius",
        found=tr("'{radius}': {error}", radius=radius, error=error),
        expected=tr("a length above 0 that no pair of points is exactly apart"),
        mend=tr("Change it by a hair."),
    )


@generate.callback()
def generate_options() -> None:
    """Make a synthetic instance folder from a seed."""
