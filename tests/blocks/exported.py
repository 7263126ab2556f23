"""LP and MPS files read by readers that know no more than the two formats, and solved by scipy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Terms = dict[str, float]
_NUMBER = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?"
_SUMMAND = re.compile(rf"([+-])?\s*({_NUMBER})?\s*([A-Za-z_]\w*)?")


@dataclass
class ExportedFile:
    """Rows, columns and goal of a file, by name; the goal is to be as large as it can."""

    goal: Terms = field(default_factory=dict)
    rows: dict[str, Terms] = field(default_factory=dict)
    low: Terms = field(default_factory=dict)
    high: Terms = field(default_factory=dict)
    upper: Terms = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        names = [*self.goal, *(name for terms in self.rows.values() for name in terms), *self.upper]
        return list(dict.fromkeys([*names, *sorted(self.whole)]))

    def optimum(self) -> float | None:
        """The largest goal, or None where no point keeps the rows."""
        column = {name: number for number, name in enumerate(self.columns)}
        entries = [
            (row, column[name], weight)
            for row, terms in enumerate(self.rows.values())
            for name, weight in terms.items()
        ]
        row, col, data = (
            (list(part) for part in zip(*entries, strict=True)) if entries else ([],) * 3
        )
        matrix = coo_array((data, (row, col)), shape=(len(self.rows), len(column)))
        low = np.array([self.low.get(name, -np.inf) for name in self.rows])
        high = np.array([self.high.get(name, np.inf) for name in self.rows])
        weights = np.array([self.goal.get(name, 0.0) for name in column])
        if not column:
            return 0.0
        found = milp(
            -weights,
            constraints=LinearConstraint(matrix.tocsr(), low, high) if self.rows else (),
            bounds=Bounds(0.0, [self.upper.get(name, np.inf) for name in column]),
            integrality=np.array([name in self.whole for name in column], dtype=int),
            options={"mip_rel_gap": 0.0},
        )
        if found.status == 2:
            return None
        assert found.success, found.message
        return float(weights @ np.where(self._whole(column), np.round(found.x), found.x))

    def _whole(self, column: dict[str, int]) -> np.ndarray:
        return np.array([name in self.whole for name in column], dtype=bool)


def read_mps(path: Path) -> ExportedFile:
    """Reads an MPS file whose fields have blanks between them."""
    sections: dict[str, list[list[str]]] = defaultdict(list)
    part = ""
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(" "):
            sections[part].append(line.split())
        elif not line.startswith("*"):
            part = line.split()[0]
    assert set(sections) <= {"OBJSENSE", "ROWS", "COLUMNS", "RHS", "BOUNDS"}
    file = ExportedFile()
    ((sense,),) = sections["OBJSENSE"]
    (goal,) = (name for kind, name in sections["ROWS"] if kind == "N")
    for kind, name in sections["ROWS"]:
        if kind != "N":
            file.rows[name] = {}
            file.low |= {name: 0.0} if kind in "GE" else {}
            file.high |= {name: 0.0} if kind in "LE" else {}
    _read_columns(file, sections["COLUMNS"], goal, 1.0 if sense == "MAX" else -1.0)
    for row, value in _pairs(sections["RHS"]):
        file.low |= {row: value} if row in file.low else {}
        file.high |= {row: value} if row in file.high else {}
    for kind, _name, column, *limit in sections["BOUNDS"]:
        assert kind in ("UP", "BV")
        file.upper[column] = float(limit[0]) if limit else 1.0
        file.whole |= {column} if kind == "BV" else set()
    return file


def _read_columns(file: ExportedFile, lines: list[list[str]], goal: str, sign: float) -> None:
    inside = False
    for words in lines:
        if "'MARKER'" in words:
            inside = "'INTORG'" in words
            continue
        file.whole |= {words[0]} if inside else set()
        for row, value in _pairs([words]):
            target, factor = (file.goal, sign) if row == goal else (file.rows[row], 1.0)
            target[words[0]] = factor * value


def _pairs(lines: list[list[str]]) -> Iterator[tuple[str, float]]:
    for _first, *rest in lines:
        for name, value in zip(rest[::2], rest[1::2], strict=True):
            yield name, float(value)


def optimum_of_mps(path: Path) -> float:
    """The optimum of an MPS file without its constant."""
    found = read_mps(path).optimum()
    assert found is not None
    return found


def read_lp(path: Path) -> ExportedFile:
    """Reads an LP file as CPLEX describes them, as far as ours go."""
    text = "\n".join(
        line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("\\")
    )
    heads = r"(?im)^\s*(maximize|minimize|subject to|bounds|binaries|generals|end)\s*$"
    parts = re.split(heads, text)
    sections = dict(zip((head.lower() for head in parts[1::2]), parts[2::2], strict=True))
    file = ExportedFile()
    sign = 1.0 if "maximize" in sections else -1.0
    goal = sections.get("maximize") or sections["minimize"]
    file.goal = {k: sign * v for k, v in _terms(goal.split(":", 1)[1]).items()}
    for statement in re.split(r"(?m)^(?=\s*\w+:)", sections.get("subject to", "")):
        if not statement.strip():
            continue
        name, rest = statement.split(":", 1)
        left, sense, right = re.split(r"(<=|>=|=)", rest)
        terms = {k: v for k, v in _terms(left).items() if k}
        # PuLP writes a row without terms with a column of its own, which a row keeps at 0.
        terms.pop("__dummy", None)
        if name.strip() == "_dummy":
            continue
        file.rows[name.strip()] = terms
        if sense in ("<=", "="):
            file.high[name.strip()] = float(right)
        if sense in (">=", "="):
            file.low[name.strip()] = float(right)
    for line in sections.get("bounds", "").splitlines():
        words = line.split()
        if words:
            assert words[-2] == "<=", line
            file.upper[words[-3]] = float(words[-1])
    file.whole = {*sections.get("binaries", "").split(), *sections.get("generals", "").split()}
    file.upper |= dict.fromkeys(sections.get("binaries", "").split(), 1.0)
    return file


def _terms(text: str) -> Terms:
    terms: Terms = {}
    for sign, number, name in _SUMMAND.findall(text):
        if name or number:
            terms[name] = terms.get(name, 0.0) + float(number or 1) * (-1 if sign == "-" else 1)
    return terms
