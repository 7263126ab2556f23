"""Published covering instances as programs, and what is known of their optima.

Cordeau, Furini and Ljubic (2019, doi:10.1016/j.ejor.2018.12.021): drawn again, number by number.
Maximo, Cordeau and Nascimento (2023, doi:10.1111/itor.13387): census blocks, read from their files
(github.com/vinymax10/AILS-MCLP, folder Instancias), which are not in this repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.generate import BdsCover, BdsSize, bds_cover
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program

# (facilities to open, radius): optimum by (demand points, seed), of 100 facilities.
BDS_OPTIMA = {
    (10, 5.5): {(10**4, 1): 441545, (10**4, 2): 436551, (10**5, 1): 4431761, (10**5, 2): 4374489},
    (10, 5.75): {(10**4, 1): 459519, (10**4, 2): 457441, (10**5, 1): 4617394, (10**5, 2): 4569214},
    (10, 6.0): {(10**4, 1): 475694, (10**4, 2): 474834, (10**5, 1): 4756155, (10**5, 2): 4722570},
    (10, 6.25): {(10**4, 1): 485802, (10**4, 2): 484255, (10**5, 1): 4866754, (10**5, 2): 4824379},
    (15, 4.0): {(10**4, 1): 395780, (10**4, 2): 387015, (10**5, 1): 3939218, (10**5, 2): 3858643},
    (15, 5.0): {(10**4, 1): 480864, (10**4, 2): 481180, (10**5, 1): 4813830, (10**5, 2): 4810272},
    (20, 3.25): {(10**4, 1): 356433, (10**4, 2): 354243, (10**5, 1): 3563611, (10**5, 2): 3501079},
    (20, 4.25): {(10**4, 1): 476038, (10**4, 2): 475639, (10**5, 1): 4771999, (10**5, 2): 4741070},
}
# Of each set of the AILS-MCLP files: metres within which a block is covered, and the best known
# values by the number of facilities. The authors prove those of NewYork but the last.
AILS = {
    "NewYork": (
        400.0,
        {50: 1153640, 60: 1288174, 70: 1396333, 80: 1481434, 90: 1539992, 100: 1574256},
    ),
    "SanFrancisco": (
        600.0,
        {50: 617592, 60: 683139, 70: 733772, 80: 769781, 90: 791562, 100: 802307},
    ),
}
_EARTH_RADIUS = 6_378_100.0


@dataclass(frozen=True)
class Blocks:
    """Census blocks, each of which is a possible place.

    Attributes:
        degrees: Latitude and longitude, shape (blocks, 2).
        people: Shape (blocks,).
    """

    degrees: NDArray[np.float64]
    people: NDArray[np.float64]


def read_ails(path: Path) -> Blocks:
    """Reads a file of the AILS-MCLP set.

    Raises:
        ValueError: It has other coordinates than degrees, or not as many lines as it says.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    heads = dict(line.replace(" ", "").split(":", 1) for line in lines if ":" in line)
    if heads.get("EDGE_WEIGHT_TYPE") != "COORD":
        raise ValueError(f"{path.name}: coordinates are {heads.get('EDGE_WEIGHT_TYPE')}, not COORD")
    count = int(heads["DIMENSION"])
    parts = [
        lines[at : at + count]
        for at in (lines.index("NODE_COORD_SECTION") + 1, lines.index("DEMAND_SECTION") + 1)
    ]
    cells = [[line.split() for line in part] for part in parts]
    for part, width in zip(cells, (2, 1), strict=True):
        if len(part) != count or any(len(row) != width for row in part):
            raise ValueError(f"{path.name}: expected {count} points with their demand")
    return Blocks(np.array(cells[0], dtype=float), np.array(cells[1], dtype=float).ravel())


def great_circle(blocks: Blocks) -> NDArray[np.float64]:
    """Metres between all blocks along the sphere, shape (blocks, blocks); 0 to itself."""
    latitude, longitude = np.radians(blocks.degrees).T
    apart = longitude[:, None] - longitude[None, :]
    cosine = np.outer(np.cos(latitude), np.cos(latitude)) * np.cos(apart)
    cosine += np.outer(np.sin(latitude), np.sin(latitude))
    metres: NDArray[np.float64] = _EARTH_RADIUS * np.arccos(np.clip(cosine, -1.0, 1.0))
    # The sum may fall short of 1, which would be decimetres.
    np.fill_diagonal(metres, 0.0)
    return metres


def ails_program(blocks: Blocks, opened: int, metres: float) -> Program:
    """At most so many blocks opened; a block is covered within so many metres, inclusive."""
    near = csr_array((great_circle(blocks) <= metres).astype(np.float64))
    return covering_program(near, blocks.people, opened)


def bds_program(
    facilities: int, demand: int, radius: float, opened: int, seed: int
) -> tuple[Program, BdsCover]:
    """A BDS instance with one row a distinct cover set, and what was merged to that."""
    made = bds_cover(BdsSize(facilities, demand), radius, seed)
    return covering_program(made.cover, made.weights, opened), made


def covering_program(cover: csr_array, weights: NDArray[np.float64], opened: int) -> Program:
    """Maximal covering: at most `opened` offers of cost 1.

    Args:
        cover: 1 where the offer covers the demand row, shape (demands, offers).
        weights: Shape (demands,).
        opened: Budget.
    """
    demands, offers = cover.shape
    builder = ProgramBuilder()
    builder.add_columns("choose", (_ids("S", offers),))
    ids = (_ids("R", demands),)
    builder.add_columns("covered", ids, objective=weights, domain=Domain.IMPLIED)
    terms = {"choose": csr_array(-cover), "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", ids, terms, upper=0.0)
    builder.add_rows("budget", (), {"choose": csr_array(np.ones((1, offers)))}, upper=float(opened))
    return builder.build()


def _ids(letter: str, count: int) -> NDArray[np.object_]:
    return np.array([f"{letter}{number}" for number in range(1, count + 1)], dtype=object)
