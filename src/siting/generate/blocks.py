"""Clustered census blocks, each a demand point and a site: hard to bound, and of any density.

The shape of the instances of Maximo, Cordeau and Nascimento (2023, doi:10.1111/itor.13387), who
open a number of census blocks so that the people within a fixed distance are most; here the blocks
are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.generate.folder import write_instance
from siting.generate.pieces import CORNER, CRS, Points, first_categories, numbered
from siting.inputs import Instance, StraightLineTravel, Walking
from siting.units import Currency

# Blocks in a square kilometre on average, about those of Manhattan in the published instances.
_DENSITY = 60.0
_BLOCKS_A_CENTRE = 250
# Metres from a centre on each axis within which two in three of its blocks lie: the middle one of
# all centres, and the standard deviation of its logarithm, so that some are dense and some wide.
_SPREAD, _SPREAD_SIGMA = 800.0, 0.5
# Share of the blocks that belong to no centre.
_EVEN = 0.3
# People of a block: the middle one, and the standard deviation of the logarithm.
_PEOPLE, _PEOPLE_SIGMA = 100.0, 0.8
# Blocks within reach of one, times these by category; they are 1 on average.
_SHARES = {1: (1.0,), 2: (2 / 3, 4 / 3), 3: (1 / 2, 1.0, 3 / 2)}
MOST_CATEGORIES = max(_SHARES)
_SPEED = 80.0
# Coordinates are decimetres, whose distances squared are never the square of whole metres and this.
_OFF_GRID = 0.05
_TEXTS = ["category", "name_zh", "name_en", "tier"]
_PRICE = {"cost": 1.0, "investment": 1.0}
_README = """\
# {name}

Synthetic: no place of this name exists. Made by

```sh
siting generate blocks --blocks {blocks} --coverers {coverers:g} --categories {categories} \\
    --open {opened} --seed {seed} -o DIR
```

which writes the same files, byte for byte, with the same versions of siting, numpy and pandas. The
shape is that of the census blocks of Maximo, Cordeau and Nascimento (2023),
https://doi.org/10.1111/itor.13387.

* **Blocks.** {blocks} points, three in ten thrown evenly and the others about centres of unlike
  width. Each is a demand point, with people from a lognormal distribution, and a site.
* **Sites and offers.** Every category at every site at a cost of 1; a site takes one of them. The
  budget opens {opened}.
* **Walks.** Straight lines. The standard of each category is such that a block has so many blocks
  within reach on average, itself included: {means}. No pair lies on the limit.
"""


@dataclass(frozen=True)
class BlocksProblem:
    """Blocks with their question.

    Attributes:
        blocks: How many there are; each is a demand point and a site.
        coverers: Sites within reach of a block on average, itself included.
        categories: 1 to 3; each is offered at every site, which takes one of them.
        opened: Offers that the budget pays for.
        seed: Of every random choice.

    Raises:
        ValueError: A number is out of its range.
    """

    blocks: int
    coverers: float = 100.0
    categories: int = 1
    opened: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn."""
        if min(self.blocks, self.opened) < 1 or self.categories not in _SHARES:
            raise ValueError(f"{self}: expected blocks, 1 to 3 categories and something to open")
        if not 1.0 <= min(self.means) <= max(self.means) <= self.blocks:
            raise ValueError(
                f"{self}: a block has {min(self.means):g} to {max(self.means):g} coverers by "
                f"category; expected 1 to {self.blocks}, as many as there are blocks"
            )

    @property
    def means(self) -> tuple[float, ...]:
        """Blocks within reach of a block on average, for each category."""
        return tuple(self.coverers * share for share in _SHARES[self.categories])

    @property
    def name(self) -> str:
        """What people call it."""
        size = f"{self.blocks} x {self.coverers:g} x {self.categories}"
        return f"Synthetic blocks {size}, seed {self.seed}"


def generate_blocks(problem: BlocksProblem) -> Instance:
    """Generates blocks in memory; the same problem gives the same blocks."""
    rng = np.random.default_rng(problem.seed)
    xy = _draw(rng, problem.blocks)
    points = pd.DataFrame(xy, columns=["x", "y"])
    people = np.ceil(rng.lognormal(np.log(_PEOPLE), _PEOPLE_SIGMA, len(xy)))
    sites = points.assign(site_id=numbered("S", len(xy)), slots=1.0)
    categories = _categories(xy, problem)
    return Instance(
        name=problem.name,
        crs=CRS,
        currency=Currency("CNY", "元"),
        budget=float(problem.opened),
        residents=points.assign(resident_id=numbered("R", len(xy)), residents=people),
        outlets=pd.DataFrame(columns=["outlet_id", "x", "y", "categories"]).astype(
            {"outlet_id": str, "x": float, "y": float, "categories": str}
        ),
        sites=sites,
        categories=categories,
        offers=_offers(sites, categories),
        travel=StraightLineTravel(1.0),
        walking=Walking(_SPEED, {}),
        note="Synthetic: no place of this name exists; every offer costs 1.",
    )


def write_blocks(
    problem: BlocksProblem, out: Path, *, on_stage: Callable[[str], None] | None = None
) -> Instance:
    """Generates blocks and writes them as an instance folder; reading that gives the same ones.

    Args:
        problem: What to write.
        out: Folder to make.
        on_stage: Told of each stage.

    Returns:
        The blocks.

    Raises:
        InputError: The folder has files already.
    """
    if on_stage:
        on_stage("drawing the blocks")
    made = generate_blocks(problem)
    readme = _README.format(
        name=problem.name,
        blocks=problem.blocks,
        coverers=problem.coverers,
        categories=problem.categories,
        opened=problem.opened,
        seed=problem.seed,
        means=", ".join(f"{mean:g}" for mean in problem.means),
    )
    write_instance(made, out, readme, on_stage=on_stage)
    return made


def _draw(rng: np.random.Generator, count: int) -> Points:
    """Blocks to the decimetre, shape (count, 2), all within one square."""
    side = 1000.0 * np.sqrt(count / _DENSITY)
    number = max(1, count // _BLOCKS_A_CENTRE)
    centres = rng.uniform(0.0, side, (number, 2))
    spreads = _SPREAD * np.exp(rng.normal(0.0, _SPREAD_SIGMA, number))
    home = rng.integers(0, number, count)
    xy = centres[home] + rng.normal(size=(count, 2)) * spreads[home, None]
    even = rng.random(count) < _EVEN
    xy[even] = rng.uniform(0.0, side, (even.sum(), 2))
    # What lies beyond an edge is mirrored, however far it is.
    folded = side - np.abs(side - np.mod(xy, 2.0 * side))
    placed: Points = np.round(CORNER + folded, 1)
    return placed


def _categories(xy: Points, problem: BlocksProblem) -> pd.DataFrame:
    tree = KDTree(xy)
    metres = np.array([_radius(tree, mean) for mean in problem.means])
    catalogue = first_categories(problem.categories)
    table = catalogue[_TEXTS].astype(str).assign(standard_minutes=metres / _SPEED, group="all")
    areas = catalogue["floor_area_m2"].astype(float)
    return table.assign(priority=1.0, **_PRICE, floor_area_m2=areas)


def _radius(tree: KDTree, mean: float) -> float:
    """Metres within which a point has about so many points on average, itself included."""
    low, high = 0.0, float(np.hypot(*(tree.maxes - tree.mins))) + 1.0
    while high - low > 1.0:
        middle = (low + high) / 2
        if tree.count_neighbors(tree, middle) < mean * tree.n:
            low = middle
        else:
            high = middle
    return float(np.floor(high)) + _OFF_GRID


def _offers(sites: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    pairs = sites[["site_id"]].merge(categories[["category", "floor_area_m2"]], how="cross")
    return pd.DataFrame(
        {
            "offer_id": pairs["site_id"] + ":" + pairs["category"],
            "site_id": pairs["site_id"],
            "categories": pairs["category"],
            **_PRICE,
            "mode": "new",
            "floor_area_m2": pairs["floor_area_m2"],
        }
    )
