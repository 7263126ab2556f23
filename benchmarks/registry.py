"""The registry of benchmarks: `registry.yaml` as cells, one problem with one seed each.

Nothing heavy is imported here, so that the process that watches the others stays small.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
REGISTRY = Path(__file__).with_name("registry.yaml")
ENGINE = "engine"
COMMANDS = "commands"
COLD = ("highs", "gscip", "cp_sat")
CBC = "cbc"
SPOPT = "spopt"
EVERYONE = (ENGINE, *COLD, CBC, SPOPT, COMMANDS)
_FAMILY_KEYS = {"title", "build", "seeds", "who", "grids"}
_GRID_KEYS = {"with", "seconds", "stop", "goal", "overall", "seeds", "who"}

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One problem with one seed, and what is wanted of it.

    Attributes:
        family: What it belongs to.
        line: Number of its line in the family; cells of a line have the same goal.
        build: Who makes its program.
        parameters: Of the build.
        seed: Of the instance and of the engine.
        seconds: Time limit.
        stop: The solve stops at this relative gap.
        goal: Limits by the name of the check.
        overall: Limits for all cells of the line together.
        who: Who may be asked besides the engine.
    """

    family: str
    line: int
    build: str
    parameters: Parameters
    seed: int
    seconds: float
    stop: float = 0.0
    goal: Mapping[str, float] = field(default_factory=dict)
    overall: Mapping[str, float] = field(default_factory=dict)
    who: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """Family and parameters, such as `city/20000-2000-26`."""
        return f"{self.family}/" + "-".join(str(value) for value in self.parameters.values())

    @property
    def name(self) -> str:
        """Problem and seed."""
        return f"{self.problem}/{self.seed}"

    def key(self, who: str, where: Mapping[str, str]) -> str:
        """Digest of what is solved, by whom, for how long, and of the code and the machine."""
        asked = {
            "build": self.build,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "seconds": self.seconds,
            "stop": self.stop,
            "who": who,
            **where,
        }
        text = json.dumps(asked, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """For another process."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Cell:
        """From another process."""
        values = json.loads(text)
        return cls(**{**values, "who": tuple(values["who"])})


def read_registry(path: Path = REGISTRY) -> tuple[list[Cell], dict[str, str]]:
    """Every cell, in the order of the file, and the title of each family.

    Raises:
        ValueError: The file has a key that means nothing, a stranger, or the same cell twice.
    """
    families: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    cells: list[Cell] = []
    for name, family in families.items():
        _refuse(f"family {name}", set(family) - _FAMILY_KEYS)
        for line, grid in enumerate(family["grids"]):
            _refuse(f"line {line} of {name}", set(grid) - _GRID_KEYS)
            cells += _crossed(name, line, {**family, **grid})
    names = [cell.name for cell in cells]
    _refuse("cells that are there twice", {name for name in names if names.count(name) > 1})
    return cells, {name: str(family["title"]) for name, family in families.items()}


def _crossed(family: str, line: int, asked: Mapping[str, Any]) -> Iterator[Cell]:
    who = tuple(asked.get("who", ()))
    _refuse(f"who may be asked for {family}", set(who) - set(EVERYONE))
    lists = [value if isinstance(value, list) else [value] for value in asked["with"].values()]
    for values in product(*lists):
        parameters = dict(zip(asked["with"], values, strict=True))
        for seed in asked["seeds"]:
            yield Cell(
                family,
                line,
                asked["build"],
                parameters,
                seed,
                float(asked["seconds"]),
                float(asked.get("stop", 0.0)),
                asked.get("goal", {}),
                asked.get("overall", {}),
                who,
            )


def _refuse(where: str, found: set[str]) -> None:
    if found:
        raise ValueError(f"{where}: {', '.join(sorted(found))}")
