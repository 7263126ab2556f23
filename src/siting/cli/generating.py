"""Makes synthetic instance folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from siting.cli.arguments import bad_option
from siting.cli.progress import StageProgress
from siting.errors import InputError
from siting.generate import BdsProblem, BdsSize, CitySize, write_bds, write_city
from siting.language import phrase, tr

__all__ = ["BdsOptions", "CitySize", "write_bds_folder", "write_city_folder"]

_TABLES = (phrase("residents"), phrase("outlets"), phrase("sites"), phrase("offers"))


@dataclass(frozen=True)
class BdsOptions:
    """What `generate bds` was given."""

    facilities: int
    demand: int
    radius: float
    opened: int
    seed: int

    def problem(self) -> BdsProblem:
        """The instance that is meant.

        Raises:
            ValueError: The radius is none.
        """
        size = BdsSize(self.facilities, self.demand)
        return BdsProblem(size, self.radius, self.opened, self.seed)


def write_city_folder(size: CitySize, seed: int, out: Path) -> None:
    """Makes a city and says what is in it."""
    progress = StageProgress()
    with progress.live():
        made = write_city(size, seed, out, on_stage=progress.say)
    counts = {name: len(getattr(made, name)) for name in _TABLES}
    for name, count in counts.items():
        typer.echo(tr("{name}: {count:,}", name=tr(name), count=count))
    typer.echo(tr("budget: {amount}", amount=made.currency.show(made.budget or 0.0)))
    _say_next(out)


def write_bds_folder(options: BdsOptions, out: Path) -> None:
    """Makes an instance of Cordeau, Furini and Ljubic, and says what is in it.

    Raises:
        InputError: The radius is none.
    """
    progress = StageProgress()
    with progress.live():
        try:
            problem = options.problem()
            write_bds(problem, out, on_stage=progress.say)
        except ValueError as error:
            raise _bad_radius(options.radius, error) from None
    typer.echo(tr("facilities: {count:,}", count=options.facilities))
    typer.echo(tr("demand points: {count:,}", count=options.demand))
    _say_next(out)


def _say_next(out: Path) -> None:
    form = phrase("wrote {out}; next: siting solve {out} -o runs/{name}")
    typer.echo(tr(form, out=out, name=out.name))


def _bad_radius(radius: float, error: ValueError) -> InputError:
    found = tr("'{radius}': {error}", radius=radius, error=error)
    expected = tr("a length above 0 that no pair of points is exactly apart")
    return bad_option("--radius", found, expected, tr("Change it by a hair."))
