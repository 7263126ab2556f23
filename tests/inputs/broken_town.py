"""The template instance in a folder of its own, and ways to break it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import InputError, Problem
from siting.inputs import Instance, read_instance, write_template
from siting.language import language
from siting.model import check_fit, read_model

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
GOLDEN_ZH = GOLDEN.with_name("messages_zh")
TRAVEL = "straight_line: {detour: 1.25}"


class Town:
    """A template instance whose files can be edited one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = write_template(folder / "town")
        self.overrides: dict[str, str] = {}

    def path(self, name: str) -> Path:
        return self.folder / name

    def text(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        self.path(name).write_bytes(text.encode(encoding))

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def yaml(self, old: str, new: str) -> None:
        self.replace("instance.yaml", old, new)

    def frame(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.path(name), dtype=str, na_filter=False)

    def save(self, name: str, frame: pd.DataFrame) -> None:
        self.write(name, frame.to_csv(index=False, lineterminator="\n"))

    def cells(self, name: str, column: str, values: dict[int, str]) -> None:
        """Sets cells by the row a person sees."""
        frame = self.frame(name)
        for row, value in values.items():
            frame.loc[row - 2, column] = value
        self.save(name, frame)

    def column(self, name: str, column: str, values: Iterable[Any]) -> None:
        self.save(name, self.frame(name).assign(**{column: [str(v) for v in values]}))

    def drop(self, name: str, column: str) -> None:
        self.save(name, self.frame(name).drop(columns=column))

    def move(self, name: str, dx: float, dy: float) -> None:
        frame = self.frame(name)
        frame["x"] = (frame["x"].astype(float) + dx).astype(str)
        frame["y"] = (frame["y"].astype(float) + dy).astype(str)
        self.save(name, frame)

    def add_offers(self) -> None:
        self.write(
            "offers.csv",
            "offer_id,site_id,categories,cost,investment,mode\n"
            "O1,S1,canteen,400000,400000,new\n"
            "O2,S2,convenience_store;canteen,450000,700000,add-on\n"
            "O3,S3,pharmacy,75000,,\n",
        )
        self.yaml("# offers: {file", "offers: {file")

    def add_network(self) -> None:
        self.write(
            "nodes.csv", "node_id,x,y\n1,401200,4501200\n2,401900,4501200\n3,401500,4500500\n"
        )
        self.write("edges.csv", "from_node,to_node,metres\n1,2,700\n2,3,820.5\n")
        self.yaml(TRAVEL, "network: {nodes: nodes.csv, edges: edges.csv, snap_limit: 2 km}")

    def add_walks(self) -> None:
        self.write(
            "travel.csv",
            "resident_id,site_id,outlet_id,minutes\nR01,S1,,3\nR02,S1,,4.5\nR01,,E1,2\n",
        )
        self.yaml(TRAVEL, "table: {file: travel.csv}")

    def read(self) -> Instance:
        return read_instance(self.folder, overrides=self.overrides)

    def problems(self) -> tuple[Problem, ...]:
        """Everything the reader says, warnings of a good instance included."""
        try:
            return self.read().warnings
        except InputError as error:
            return error.problems

    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems()]

    def misfits(self, spec: str, goals: str = "[covered_residents]") -> tuple[Problem, ...]:
        """Everything that is said of a model spec with these constraints and goals."""
        lines = f"siting_model: 1\nname: test\nmaximise: {goals}\nsubject_to:\n{spec}"
        self.write("model.yaml", lines)
        try:
            return check_fit(self.read(), read_model(self.path("model.yaml")))
        except InputError as error:
            return error.problems


def as_text(problems: Iterable[Problem]) -> str:
    """Problems as people read them, one paragraph each."""
    return "".join(f"[{p.severity} {p.code}]\n{p}\n\n" for p in problems)


def check_golden(name: str, problems: Iterable[Problem]) -> None:
    """Compares with the golden text of the language; SITING_UPDATE_GOLDEN=1 writes what is."""
    file = (GOLDEN if language() == "en" else GOLDEN_ZH) / f"{name}.txt"
    text = as_text(problems)
    if os.environ.get("SITING_UPDATE_GOLDEN") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
