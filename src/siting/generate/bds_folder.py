"""Writes a BDS instance as an ordinary instance folder, its demand points as they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.generate.bds import (
    BdsSize,
    DemandChunk,
    Points,
    bds_demand,
    bds_facilities,
    strictly_within,
)
from siting.generate.folder import Header, slices, write_folder
from siting.generate.pieces import CORNER, CRS

# Metres on the map for a unit of the square.
METRES = 1000.0
_SPEED = 80.0
# What coordinates, distances and the reader's own rounding may come to, in metres, many times over.
_LEAST_GAP = 1e-5
_CATEGORY = "facility"
_README = """\
# {name}

Synthetic: an instance of the kind of Cordeau, Furini and Ljubić (2019),
https://doi.org/10.1016/j.ejor.2018.12.021, drawn as they drew it (`srand({seed})`, `rand()` of the
GNU C library). Made by

```sh
siting generate bds --facilities {facilities} --demand {demand} --radius {radius} \\
    --open {opened} --seed {seed} -o DIR
```

{facilities} facilities and {demand} demand points lie uniformly in a square of side 30, here 30 km;
demand is a whole number from 1 to 100; every facility costs 1 and the budget opens {opened}.

The original counts what is *strictly* nearer than the radius of {radius}; `siting` counts what is
within the standard, *inclusive*. So that both mean the same pairs, the standard is set half-way
between the farthest pair that counts ({below:.6f} m) and the nearest that does not ({above:.6f} m):
no pair lies on the limit.
"""


@dataclass(frozen=True)
class BdsProblem:
    """An instance with its question.

    Attributes:
        size: Facilities and demand points.
        radius: A facility covers what is strictly nearer, in units of the square.
        opened: Facilities that may be opened.
        seed: As given to `srand`.

    Raises:
        ValueError: Nothing may be opened or the radius is not above 0.
    """

    size: BdsSize
    radius: float
    opened: int
    seed: int

    def __post_init__(self) -> None:
        """Refuses a question without an answer."""
        if self.opened < 1 or not self.radius > 0:
            raise ValueError(f"{self}: expected a radius above 0 and at least 1 facility to open")


def write_bds(
    problem: BdsProblem, out: Path, *, on_stage: Callable[[str], None] | None = None
) -> None:
    """Writes a BDS instance as a folder that `siting solve` takes.

    Args:
        problem: What to write.
        out: Folder to make.
        on_stage: Told of each stage.

    Raises:
        InputError: The folder has files already.
        ValueError: Pairs on both sides of the radius are too close for a standard between them.
    """
    if on_stage:
        on_stage("matching demand points and facilities")
    below, above = limits(problem)
    size = problem.size
    name = f"BDS {size.facilities} x {size.demand}, radius {problem.radius!r}, seed {problem.seed}"
    note = "Synthetic: no place of this name exists."
    header = Header(name, note, CRS, problem.opened, detour=1.0, speeds={"all": _SPEED})
    readme = _README.format(
        name=name,
        facilities=size.facilities,
        demand=size.demand,
        radius=repr(problem.radius),
        opened=problem.opened,
        seed=problem.seed,
        below=below,
        above=above,
    )
    sites = _sites(problem)
    tables = {
        "residents": _residents(problem),
        "outlets": [pd.DataFrame(columns=["outlet_id", "x", "y", "categories"])],
        "sites": slices(sites),
        "categories": [_category((below + above) / 2 / _SPEED)],
        "offers": slices(_offers(sites)),
    }
    write_folder(out, header, readme, tables, on_stage=on_stage)


def limits(problem: BdsProblem) -> tuple[float, float]:
    """The longest distance that counts and the shortest that does not, in metres on the map.

    Raises:
        ValueError: They are too close for rounding to keep them apart.
    """
    facilities = bds_facilities(problem.size, problem.seed)
    placed = _on_map(facilities)
    below, above = 0.0, np.inf
    for part in bds_demand(problem.size, problem.seed):
        near = strictly_within(facilities, part.xy, problem.radius)
        points = _on_map(part.xy)
        for place, counts in zip(placed, near, strict=True):
            metres = np.hypot(*(points - place).T)
            below = max(below, float(metres.max(initial=0.0, where=counts)))
            above = min(above, float(metres.min(initial=np.inf, where=~counts)))
    if np.isinf(above):
        # Every pair counts, so the radius itself divides them from nothing.
        above = METRES * problem.radius
    if above - below < _LEAST_GAP:
        raise ValueError(
            f"radius {problem.radius}: the farthest pair that counts and the nearest that does not "
            f"differ by less than {_LEAST_GAP} m, so no standard tells them apart safely; change "
            "the radius by a hair or take another seed"
        )
    return below, above


def _on_map(points: Points) -> Points:
    placed: Points = CORNER + METRES * points
    return placed


def _residents(problem: BdsProblem) -> Iterator[pd.DataFrame]:
    for part in bds_demand(problem.size, problem.seed):
        yield _demand_table(part)


def _demand_table(part: DemandChunk) -> pd.DataFrame:
    numbers = range(part.start + 1, part.start + 1 + len(part.demand))
    return pd.DataFrame(_on_map(part.xy), columns=["x", "y"]).assign(
        resident_id=[f"R{number:08d}" for number in numbers], residents=part.demand
    )


def _sites(problem: BdsProblem) -> pd.DataFrame:
    placed = _on_map(bds_facilities(problem.size, problem.seed))
    ids = [f"S{number:06d}" for number in range(1, len(placed) + 1)]
    return pd.DataFrame(placed, columns=["x", "y"]).assign(site_id=ids, slots=1)


def _offers(sites: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "offer_id": sites["site_id"],
            "site_id": sites["site_id"],
            "categories": _CATEGORY,
            "cost": 1,
        }
    )


def _category(minutes: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "category": [_CATEGORY],
            "name_zh": ["设施"],
            "name_en": ["facility"],
            "tier": ["basic"],
            "standard_minutes": [minutes],
            "group": ["all"],
            "priority": [1],
        }
    )
