"""LP and MPS files, read by others than those who wrote them, have the optimum of the plan."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from command import MONACO, call, plan_in, solved_once, town
from ortools.linear_solver.python import model_builder
from scipy.optimize import Bounds, LinearConstraint, milp

_TERM = re.compile(r"([+-]?)\s*(\d[\d.e+-]*)?\s*([A-Za-z_]\w*)")
_ROW = re.compile(r"(\w+):(.*?)(<=|>=|=)\s*([-+\d.e]+)\s*$")


@dataclass
class LpFile:
    """As much of an LP file as is in ours: objective, rows, bounds, binaries."""

    maximises: bool
    objective: dict[str, float]
    rows: list[tuple[dict[str, float], str, float]]
    upper: dict[str, float] = field(default_factory=lambda: defaultdict(lambda: np.inf))
    whole: set[str] = field(default_factory=set)

    def optimum(self) -> float:
        """The best objective, by scipy."""
        names = sorted({name for terms, _, _ in self.rows for name in terms} | set(self.objective))
        column = {name: number for number, name in enumerate(names)}
        matrix = np.zeros((len(self.rows), len(names)))
        low, high = np.full(len(self.rows), -np.inf), np.full(len(self.rows), np.inf)
        for row, (terms, sense, limit) in enumerate(self.rows):
            for name, weight in terms.items():
                matrix[row, column[name]] = weight
            if sense in ("<=", "="):
                high[row] = limit
            if sense in (">=", "="):
                low[row] = limit
        weights = np.array([self.objective.get(name, 0.0) for name in names])
        upper = np.array([1.0 if n in self.whole else self.upper[n] for n in names])
        found = milp(
            -weights if self.maximises else weights,
            constraints=LinearConstraint(matrix, low, high),
            bounds=Bounds(0.0, np.minimum(upper, [self.upper[n] for n in names])),
            integrality=np.array([name in self.whole for name in names]),
        )
        assert found.success
        return float(weights @ found.x)


def terms_of(text: str) -> dict[str, float]:
    return {
        name: float(weight or 1) * (-1 if sign == "-" else 1)
        for sign, weight, name in _TERM.findall(text)
    }


def read_lp(path: Path) -> LpFile:
    """Joins broken lines and takes the sections apart."""
    text = "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("\\")
    )
    text = re.sub(r"\n (?=[+\-<>=] ?)", " ", text)
    sense, rest = re.split(r"\n", text, maxsplit=1)
    goal, rest = rest.split("Subject To\n")
    rows, rest = rest.split("Bounds\n")
    bounds, *sections = re.split(r"(?:Generals|Binaries)\n", rest.replace("End", ""))
    file = LpFile(sense == "Maximize", terms_of(goal.split(":")[1]), [])
    for line in rows.splitlines():
        match = _ROW.match(line)
        assert match is not None, line
        file.rows.append((terms_of(match[2]), match[3], float(match[4])))
    for line in bounds.splitlines():
        name, _, limit = line.split()
        file.upper[name] = float(limit)
    file.whole = {name for section in sections for name in section.split()}
    return file


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The template town and the run folder of its best plan."""
    return solved_once(tmp_path_factory.getbasetemp() / "solved")[:2]


@pytest.fixture(scope="module")
def monaco(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    run = tmp_path_factory.mktemp("monaco") / "run"
    assert call("solve", MONACO, "-o", run, "--gap", "0%").code == 0
    return MONACO, run


def constant_of(instance: Path, *options: object) -> float:
    """What an export tells to be missing in its files."""
    outcome = call("export", instance, *options)
    assert outcome.code == 0
    constant = re.search(r"add ([\d,]+), covered already", outcome.out)
    assert constant is not None
    return float(constant[1].replace(",", ""))


def optimum_of_mps(path: Path) -> float:
    model = model_builder.Model()
    assert model.import_from_mps_file(str(path))
    solver = model_builder.Solver("SCIP")
    assert solver.solve(model) == model_builder.SolveStatus.OPTIMAL
    return float(solver.objective_value)


def test_the_lp_file_has_the_optimum_of_the_plan(
    template: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "town.lp"
    constant = constant_of(template[0], "--lp", file)
    assert read_lp(file).optimum() + constant == plan_in(template[1])["objective"]


@pytest.mark.parametrize("name", ["template", "monaco"])
def test_the_mps_file_has_the_optimum_of_the_plan(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    instance, run = request.getfixturevalue(name)
    file = tmp_path / "town.mps"
    constant = constant_of(instance, "--mps", file)
    assert optimum_of_mps(file) + constant == pytest.approx(plan_in(run)["objective"])


def test_the_mps_file_says_that_it_is_a_maximum(tmp_path: Path) -> None:
    file = tmp_path / "town.mps"
    call("export", town(tmp_path), "--mps", file)
    head = file.read_text(encoding="utf-8").split("ROWS")[0]
    assert re.search(r"OBJSENSE\s+MAX\b", head)


def test_both_files_can_be_written_at_once(tmp_path: Path) -> None:
    lp, mps = tmp_path / "a.lp", tmp_path / "a.mps"
    outcome = call("export", town(tmp_path), "--lp", lp, "--mps", mps)
    assert outcome.code == 0
    assert outcome.out.startswith(f"wrote {lp}\nwrote {mps}\n")
    assert lp.exists()
    assert mps.exists()


def test_a_budget_changes_the_row(tmp_path: Path) -> None:
    file = tmp_path / "a.lp"
    call("export", town(tmp_path), "--budget", "12345 CNY", "--lp", file)
    assert "<= 12345\n" in file.read_text(encoding="utf-8")


def test_no_file_to_write_is_refused(tmp_path: Path) -> None:
    outcome = call("export", town(tmp_path))
    assert outcome.code == 2
    assert "found no file to write; expected --lp FILE, --mps FILE or both" in outcome.err
