"""Commands that make instance folders: new, prepare, generate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

# As many as the default catalogue has.
_MOST_CATEGORIES = 56
_LARGEST_SEED = 2**32 - 1
# Costs wider apart would be taken for mistakes.
_LARGEST_SPREAD = 8.0
_MOST_BLOCK_CATEGORIES = 3


class Template(StrEnum):
    """What `new` may write."""

    basic = "basic"
    bureau = "bureau"
    osm = "osm"
    grid = "grid"
    mixed = "mixed"


class PrepareGroup(TyperGroup):
    """`siting prepare MAPPING`, and the two names for mappings of one kind."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Takes whatever is no name of a command for a mapping."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["mapping", *args]
        return super().parse_args(ctx, args)


prepare = typer.Typer(
    name="prepare",
    cls=PrepareGroup,
    help="Make an instance folder from raw sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
generate = typer.Typer(
    name="generate",
    help="Make a synthetic instance folder from a seed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path, typer.Option("--out", "-o", help="Instance folder to write.")]
Seed = Annotated[int, typer.Option(min=0, max=_LARGEST_SEED, help="Seed of every random choice.")]


def new_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to make; a .yaml file with --model.")
    ],
    template: Annotated[
        Template,
        typer.Option("--template", help="A small instance, or sources with their mapping."),
    ] = Template.basic,
    model: Annotated[
        str | None,
        typer.Option(help="Copy a model of the library to edit, instead of making an instance."),
    ] = None,
) -> None:
    """Make a small complete instance folder to start from, or a copy of a model.

    Example: siting new my-city
    """
    from siting.cli.making import copy_model, write_small_instance, write_sources

    if model is not None:
        copy_model(model, folder)
    elif template is Template.basic:
        write_small_instance(folder)
    else:
        write_sources(template.value, folder)


@prepare.command()
def mapping(
    file: Annotated[Path, typer.Argument(metavar="MAPPING", help="Mapping file, or its folder.")],
    out: Out,
) -> None:
    """Make an instance folder from a mapping; all files it names are in its folder.

    The word 'mapping' may be left out.

    Example: siting prepare mapping 台账/prepare.yaml -o instances/my-city
    """
    from siting.cli.preparing import prepare_from_mapping

    prepare_from_mapping(file, out)


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
    from siting.cli.preparing import prepare_from_osm

    prepare_from_osm(extract, mapping, out)


@prepare.command()
def bureau(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the files.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Instance folder to write.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="YAML file: files, columns, systems; else prepare.yaml."),
    ] = None,
) -> None:
    """Make an instance folder from a bureau's Excel files, CSV and map layers.

    Example: siting prepare bureau 台账 --mapping prepare.yaml -o instances/my-city
    """
    from siting.cli.preparing import prepare_from_ledgers

    prepare_from_ledgers(folder, mapping, out)


@prepare.callback()
def prepare_options() -> None:
    """Make an instance folder from raw sources."""


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
    most_slots: Annotated[
        int, typer.Option(min=1, help="A site has one slot to so many; 1 makes slots tight.")
    ] = 4,
    cost_spread: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=_LARGEST_SPREAD,
            help="Costs are the catalogue's over or times up to this; if not given, within 1/3.",
        ),
    ] = None,
    served: Annotated[
        float,
        typer.Option(min=0, max=0.95, help="Share of people served already, on average."),
    ] = 0.625,
    reach: Annotated[
        float,
        typer.Option(
            min=0.05, help="Factor on the standard minutes; below 1 few sites reach a point."
        ),
    ] = 1.0,
    seed: Seed = 0,
) -> None:
    """Make a city of any size, of which a fair share is covered already.

    Example: siting generate city --residents 2000 --sites 200 --categories 26 --seed 1 -o my-city

    A hard one, with tight slots, uneven costs, scarce coverage and much money:

    Example: siting generate city --most-slots 1 --cost-spread 5 --reach 0.5 --purchases 900 -o hard
    """
    from siting.cli.generating import CitySize, CityTraits, write_city_folder

    size = CitySize(residents, sites, categories, purchases)
    write_city_folder(size, CityTraits(most_slots, cost_spread, served, reach), seed, out)


@generate.command()
def blocks(
    out: Out,
    *,
    blocks: Annotated[
        int, typer.Option(min=1, help="Census blocks, each a demand point and a site.")
    ] = 8_000,
    coverers: Annotated[
        float,
        typer.Option(min=1, help="Sites within reach of a block on average; 25 to 300 is usual."),
    ] = 100.0,
    categories: Annotated[
        int, typer.Option(min=1, max=_MOST_BLOCK_CATEGORIES, help="Categories; a site takes one.")
    ] = 1,
    opened: Annotated[int, typer.Option("--open", min=1, help="Offers that may be opened.")] = 50,
    seed: Seed = 0,
) -> None:
    """Make clustered census blocks, every block a site: dense and hard to bound.

    Example: siting generate blocks --blocks 8000 --coverers 100 --open 50 --seed 1 -o blocks-8000
    """
    from siting.cli.generating import BlocksOptions, write_blocks_folder

    write_blocks_folder(BlocksOptions(blocks, coverers, categories, opened, seed), out)


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
    from siting.cli.generating import BdsOptions, write_bds_folder

    write_bds_folder(BdsOptions(facilities, demand, radius, opened, seed), out)


@generate.callback()
def generate_options() -> None:
    """Make a synthetic instance folder from a seed."""
