"""Makes synthetic instance folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from siting.cli.arguments import bad_option
from siting.cli.progress import StageProgress
from siting.errors import InputError
from siting.generate import (
    BdsProblem,
    BdsSize,
    BlocksProblem,
    CitySize,
    CityTraits,
    write_bds,
    write_blocks,
    write_city,
)
from siting.inputs import Instance
from siting.language import phrase, tr

__all__ = [
    "BdsOptions",
    "BlocksOptions",
    "CitySize",
    "CityTraits",
    "write_bds_folder",
    "write_blocks_folder",
    "write_city_folder",
]

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


@dataclass(frozen=True)
class BlocksOptions:
    """What `generate blocks` was given."""

    blocks: int
    coverers: float
    categories: int
    opened: int
    seed: int

    def problem(self) -> BlocksProblem:
        """The instance that is meant.

        Raises:
            InputError: A block cannot have so many coverers.
        """
        try:
            return BlocksProblem(
                self.blocks, self.coverers, self.categories, self.opened, self.seed
            )
        except ValueError as error:
            found = tr("'{coverers}': {error}", coverers=self.coverers, error=error)
            expected = tr("a mean that so many blocks can have, for each category")
            mend = tr("Take fewer coverers, or more blocks.")
            raise bad_option("--coverers", found, expected, mend) from None


def write_city_folder(size: CitySize, traits: CityTraits, seed: int, out: Path) -> None:
    """Makes a city and says what is in it."""
    progress = StageProgress()
    with progress.live():
        made = write_city(size, seed, out, traits, on_stage=progress.say)
    _say_counts(made)
    _say_next(out)


def write_blocks_folder(options: BlocksOptions, out: Path) -> None:
    """Makes census blocks and says what is in them.

    Raises:
        InputError: A block cannot have so many coverers.
    """
    problem = options.problem()
    progress = StageProgress()
    with progress.live():
        made = write_blocks(problem, out, on_stage=progress.say)
    _say_counts(made)
    _say_next(out)


def _say_counts(made: Instance) -> None:
    counts = {name: len(getattr(made, name)) for name in _TABLES}
    for name, count in counts.items():
        typer.echo(tr("{name}: {count:,}", name=tr(name), count=count))
    typer.echo(tr("budget: {amount}", amount=made.currency.show(made.budget or 0.0)))


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
