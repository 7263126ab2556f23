"""The rungs of the ladder: what is solved, how it is built, and against whom.

Nothing heavy is imported before a case is built, so that the process that watches the others stays
small.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.inputs import Instance
    from siting.program.program import Program

ROOT = Path(__file__).parents[1]
ENGINE = "engine"
COLD = ("highs", "gscip", "cp_sat")
CBC = "cbc"
PEERS = (*COLD, CBC)
# Gaps whose time is noted, by the name it is noted under.
GAPS = {
    "gap_50pct": 0.5,
    "gap_20pct": 0.2,
    "gap_10pct": 0.1,
    "gap_5pct": 5e-2,
    "gap_2pct": 2e-2,
    "gap_1pct": 1e-2,
    "gap_05pct": 5e-3,
    "gap_02pct": 2e-3,
    "gap_01pct": 1e-3,
    "gap_005pct": 5e-4,
    "gap_002pct": 2e-4,
}
CITIES = (
    (1_000, 100, 10),
    (2_000, 200, 26),
    (5_000, 500, 26),
    (10_000, 1_000, 26),
    (20_000, 2_000, 26),
    (50_000, 3_000, 40),
    (100_000, 5_000, 56),
)
# Above these no peer finds a plan worth the time, or PuLP's objects fill the memory.
_MOST_POINTS_COLD = 20_000
_MOST_POINTS_CBC = 20_000
CITY_SEED = 1
# 万元.
BUDGETS = {"monaco": (50, 100, 200), "reykjavik": (500, 1_000, 2_000)}
BDS_FACILITIES = 100
BDS_SEEDS = {1: "A", 2: "B"}
# Facilities to open and radii of the published settings.
BDS_SETTINGS = {
    10: (5.5, 5.75, 6.0, 6.25),
    15: (4.0, 4.25, 4.5, 4.75, 5.0),
    20: (3.25, 3.5, 3.75, 4.0, 4.25),
}
BDS_SETTINGS_POINTS = 100_000
# As many facilities as demand points.
BDS_SQUARE = (1_000, 1_500, 2_000)
BDS_SQUARE_SETTINGS = ((15, 4.0), (20, 3.75), (25, 3.5))
BDS_MILLIONS = (1, 5, 20, 40)
# (facilities to open, radius) of the cases with millions of demand points.
BDS_LARGE = ((10, 5.5), (20, 4.25))


@dataclass
class Built:
    """A program ready to be solved, and how it came about.

    Attributes:
        program: What to solve.
        facts: Sizes, by name.
        seconds: Wall time by step.
    """

    program: Program
    facts: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One rung.

    Attributes:
        name: Such as `city/1000x100x10`; the part before the first slash is its family.
        points: Demand points.
        build: Makes the program.
        peers: Whom else to ask.
        known: The optimum or the best known value, if it was published or proven before.
    """

    name: str
    points: int
    build: Callable[[], Built]
    peers: tuple[str, ...] = ()
    known: float | None = None

    @property
    def family(self) -> str:
        """What kind of case it is."""
        return self.name.partition("/")[0]


def all_cases(ails: Path | None = None) -> dict[str, Case]:
    """Every case by its name, the small ones of each family first.

    Args:
        ails: NewYork.txt of the AILS-MCLP set, if there is one.
    """
    cases = [*_cities(), *_places(), *_bds(), *(_new_york(ails) if ails else [])]
    return {case.name: case for case in cases}


def _cities() -> Iterator[Case]:
    for size in CITIES:
        peers: tuple[str, ...] = COLD if size[0] <= _MOST_POINTS_COLD else ()
        peers += (CBC,) if size[0] <= _MOST_POINTS_CBC else ()
        name = "city/" + "x".join(map(str, size))
        yield Case(name, size[0], partial(build_city, size), peers)


def _places() -> Iterator[Case]:
    for place, budgets in BUDGETS.items():
        for budget in budgets:
            build = partial(build_place, place, 10_000.0 * budget)
            peers = PEERS if place == "monaco" else COLD
            yield Case(f"{place}/{budget}万", 0, build, peers)


def _bds() -> Iterator[Case]:
    from published import BDS_OPTIMA  # noqa: PLC0415

    known = {
        (points, opened, radius, seed): optimum
        for (opened, radius), optima in BDS_OPTIMA.items()
        for (points, seed), optimum in optima.items()
    }
    settings = [(opened, radius) for opened, radii in BDS_SETTINGS.items() for radius in radii]
    wanted = {
        (BDS_SETTINGS_POINTS, *setting, seed): None for setting in settings for seed in (1, 2)
    }
    for key, optimum in {**wanted, **known}.items():
        peers = PEERS if optimum and key[0] > 10_000 and key[3] == 1 else ()
        yield _bds_case(key, peers=peers, known=optimum)
    for million in BDS_MILLIONS:
        for opened, radius in BDS_LARGE:
            yield _bds_case((million * 1_000_000, opened, radius, 1))
    for size in BDS_SQUARE:
        for opened, radius in BDS_SQUARE_SETTINGS:
            name = f"bds-square/n{size}/p{opened}-R{radius:g}"
            yield Case(name, size, partial(build_bds, (size, opened, radius, 1), size))


def _bds_case(
    key: tuple[int, int, float, int], *, peers: tuple[str, ...] = (), known: float | None = None
) -> Case:
    points, opened, radius, seed = key
    name = f"bds/m{points}/p{opened}-R{radius:g}/{BDS_SEEDS[seed]}"
    return Case(name, points, partial(build_bds, key), peers, known)


def _new_york(path: Path) -> Iterator[Case]:
    from published import NEW_YORK  # noqa: PLC0415

    for opened, best in NEW_YORK.items():
        build = partial(build_ails, path, opened)
        yield Case(f"newyork/p{opened}", 2_713, build, COLD, best)


# --- builders -----------------------------------------------------------------------------------


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[name] = time.monotonic() - begun


def build_city(size: tuple[int, int, int]) -> Built:
    """A synthetic city: drawn, matched, written as a program."""
    from siting.generate import CitySize, generate_city  # noqa: PLC0415

    seconds: dict[str, float] = {}
    with _timed(seconds, "generate"):
        city = generate_city(CitySize(*size), CITY_SEED)
    return _formulated(city, seconds)


def build_place(place: str, budget: float) -> Built:
    """One of the instances of the repository with a budget in CNY."""
    from dataclasses import replace  # noqa: PLC0415

    from siting.inputs import read_instance  # noqa: PLC0415

    seconds: dict[str, float] = {}
    with _timed(seconds, "generate"):
        instance = read_instance(ROOT / "instances" / place)
    return _formulated(replace(instance, budget=budget), seconds)


def _formulated(instance: Instance, seconds: dict[str, float]) -> Built:
    from siting.coverage import compute_coverage  # noqa: PLC0415
    from siting.model import formulate, read_model  # noqa: PLC0415

    with _timed(seconds, "coverage"):
        coverage = compute_coverage(instance)
    with _timed(seconds, "formulate"):
        program = formulate(instance, coverage, read_model("annual-plan"))
    facts: dict[str, float] = {
        "points": len(instance.residents),
        "sites": len(instance.sites),
        "categories": len(instance.categories),
        "budget": instance.budget or 0.0,
    }
    return Built(program, facts, seconds)


def build_bds(key: tuple[int, int, float, int], facilities: int = BDS_FACILITIES) -> Built:
    """A BDS instance, drawn and merged in one stream.

    Args:
        key: Demand points, facilities to open, radius, seed.
        facilities: How many there are to choose from.
    """
    from published import bds_program  # noqa: PLC0415

    points, opened, radius, seed = key
    seconds: dict[str, float] = {}
    with _timed(seconds, "generate"):
        program, made = bds_program(facilities, points, radius, opened, seed)
    facts: dict[str, float] = {"points": points, "sites": facilities, "budget": opened}
    facts["distinct"] = len(made.weights)
    return Built(program, facts, seconds)


def build_ails(path: Path, opened: int) -> Built:
    """Census blocks of New York."""
    from published import ails_program, read_ails  # noqa: PLC0415

    seconds: dict[str, float] = {}
    with _timed(seconds, "generate"):
        blocks = read_ails(path)
    with _timed(seconds, "formulate"):
        program = ails_program(blocks, opened)
    count = len(blocks.people)
    return Built(program, {"points": count, "sites": count, "budget": opened}, seconds)
