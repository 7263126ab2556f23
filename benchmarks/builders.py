"""How the program of a cell is made; what is heavy is imported when it is needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import ROOT, Cell

if TYPE_CHECKING:
    from siting.coverage import Coverage
    from siting.inputs import Instance
    from siting.program.program import Program

# Budgets of places are in 万元.
_WAN = 10_000.0
_TRAITS = ("most-slots", "cost-spread", "served", "reach")
Clock = Callable[[], float]


@dataclass
class Built:
    """A program ready to be solved, and how it came about.

    Attributes:
        program: What to solve.
        known: The optimum or the best known value, if one was published.
        facts: Sizes, by name.
        seconds: Wall time by step.
    """

    program: Program
    known: float | None = None
    facts: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class Stopwatch:
    """Seconds by step."""

    clock: Clock = time.monotonic
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        """Notes how long the block takes."""
        begun = self.clock()
        yield
        self.seconds[step] = self.clock() - begun


def build(cell: Cell, ails: Path | None = None, clock: Clock = time.monotonic) -> Built:
    """The program of a cell.

    Args:
        cell: Whose.
        ails: Folder with the files of the AILS-MCLP set.
        clock: Seconds that go by.

    Raises:
        ValueError: Nothing is built that way, or its files are not there.
    """
    watch = Stopwatch(clock)
    if cell.build == "ails":
        if ails is None:
            raise ValueError(f"{cell.name} needs the folder of the AILS-MCLP files")
        return _ails(cell.parameters, ails, watch)
    if cell.build == "bds":
        return _bds(cell.parameters, cell.seed, watch)
    if cell.build == "shape":
        return _shape(cell.parameters, cell.seed, watch)
    instance = _instance(cell, watch)
    with watch.timing("coverage"):
        from siting.coverage import compute_coverage  # noqa: PLC0415

        coverage = compute_coverage(instance)
    return _formulated(instance, coverage, watch, cell.parameters.get("model", "annual-plan"))


def _instance(cell: Cell, watch: Stopwatch) -> Instance:
    """Drawn or read."""
    drawers = {"city": _city, "blocks": _blocks, "place": _place}
    if cell.build not in drawers:
        raise ValueError(f"{cell.name}: nothing is built by '{cell.build}'")
    with watch.timing("generate"):
        return drawers[cell.build](cell.parameters, cell.seed)


def _city(parameters: Mapping[str, Any], seed: int) -> Instance:
    from siting.generate import CitySize, CityTraits, generate_city  # noqa: PLC0415

    size = CitySize(**{name: n for name, n in parameters.items() if name not in _TRAITS})
    named = {name.replace("-", "_"): parameters[name] for name in _TRAITS if name in parameters}
    return generate_city(size, seed, CityTraits(**named))


def _blocks(parameters: Mapping[str, Any], seed: int) -> Instance:
    from siting.generate import BlocksProblem, generate_blocks  # noqa: PLC0415

    wanted = dict(parameters)
    return generate_blocks(BlocksProblem(opened=wanted.pop("open"), seed=seed, **wanted))


def _place(parameters: Mapping[str, Any], _seed: int) -> Instance:
    from dataclasses import replace  # noqa: PLC0415

    from siting.inputs import read_instance  # noqa: PLC0415

    instance = read_instance(ROOT / "instances" / parameters["place"])
    return replace(instance, budget=_WAN * parameters["budget"])


def _shape(parameters: Mapping[str, Any], seed: int, watch: Stopwatch) -> Built:
    from shapes import Shape, shaped_city  # noqa: PLC0415

    with watch.timing("generate"):
        instance, coverage = shaped_city(Shape(**parameters), seed)
    return _formulated(instance, coverage, watch)


def _formulated(
    instance: Instance, coverage: Coverage, watch: Stopwatch, model: str = "annual-plan"
) -> Built:
    from siting.model import formulate, read_model  # noqa: PLC0415

    with watch.timing("formulate"):
        program = formulate(instance, coverage, read_model(model))
    facts = {"points": float(len(instance.residents)), "budget": instance.budget or 0.0}
    return Built(program, None, facts, watch.seconds)


def _bds(parameters: Mapping[str, Any], seed: int, watch: Stopwatch) -> Built:
    """Drawn and merged in one stream."""
    from published import BDS_OPTIMA, bds_program  # noqa: PLC0415

    facilities, demand, opened, radius = (
        parameters[name] for name in ("facilities", "demand", "open", "radius")
    )
    with watch.timing("generate"):
        program, made = bds_program(facilities, demand, radius, opened, seed)
    optima = BDS_OPTIMA.get((opened, radius), {}) if facilities == 100 else {}
    facts = {"points": float(demand), "budget": float(opened), "distinct": float(len(made.weights))}
    return Built(program, optima.get((demand, seed)), facts, watch.seconds)


def _ails(parameters: Mapping[str, Any], folder: Path, watch: Stopwatch) -> Built:
    """Census blocks, covered within the metres of their set."""
    from published import AILS, ails_program, read_ails  # noqa: PLC0415

    name, opened = parameters["set"], parameters["open"]
    metres, known = AILS[name]
    with watch.timing("generate"):
        blocks = read_ails(folder / f"{name}.txt")
    with watch.timing("formulate"):
        program = ails_program(blocks, opened, metres)
    facts = {"points": float(len(blocks.people)), "budget": float(opened)}
    return Built(program, float(known[opened]), facts, watch.seconds)
