"""Files of a hundred thousand levels, and towns where everything reaches everything."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from broken_town import TRAVEL, Town
from command import call, copied, edit_plan, plan_in, solved_once

from siting.coverage import compute_coverage
from siting.generate import TownSize, generate_town
from siting.inputs import Instance
from siting.model import formulate, read_model, say_plainly
from siting.plan.certificate_files import CERTIFICATE_FILE
from siting.solve import SolveSettings, solve

DEEP = 100_000
LEVELS = ("[", '{"a":', '[{"a":[')


@pytest.fixture
def plan(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)[1]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["plan.json", CERTIFICATE_FILE])
def test_a_run_folder_of_many_levels_is_refused(plan: Path, name: str, level: str) -> None:
    (plan / name).write_text(level * DEEP)
    for command in ("verify", "report"):
        done = call(command, plan)
        assert done.code == (2 if name == "plan.json" else 6)
        assert "Traceback" not in done.err


@pytest.mark.parametrize("level", ["[", "{a: ", "- "])
def test_yaml_of_many_levels_is_refused(tmp_path: Path, level: str) -> None:
    town = Town(tmp_path)
    town.write("instance.yaml", f"name: {level * DEEP}")
    done = call("check", town.folder)
    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize("level", LEVELS)
def test_a_layer_of_many_levels_is_refused(tmp_path: Path, level: str) -> None:
    town = Town(tmp_path)
    town.write("b.geojson", level * DEEP)
    town.yaml(TRAVEL, "straight_line: {barriers: b.geojson}")
    assert town.codes() == ["unreadable-file"]


@pytest.mark.parametrize("file", ["/dev/zero", "../../../../../dev/zero", "pipe.csv"])
def test_what_a_strangers_plan_overrides_goes_through_the_gate(plan: Path, file: str) -> None:
    town = plan.parent / "town"
    (town / "pipe.csv").symlink_to("/dev/zero")
    edit_plan(plan, instance=plan_in(plan)["instance"] | {"overrides": {"sites": file}})
    done = call("verify", plan)
    assert done.code == 2
    assert json.dumps(file)[1:-1] in done.err or "pipe.csv" in done.err


def crowded(role: str, size: int) -> Instance:
    """A town with so many demand points, sites or outlets, all of them at one point."""
    many = {"residents": (size, 9, 9), "sites": (9, size, 9), "outlets": (9, 9, size)}[role]
    town = generate_town(TownSize(many[0], many[1], 1, outlets=many[2]), 1)
    x, y = town.residents[["x", "y"]].iloc[0]
    return replace(town, **{role: getattr(town, role).assign(x=x, y=y)})


def memory(town: Instance) -> int:
    """The most bytes of Python and numpy that a solve of a town takes."""
    tracemalloc.start()
    coverage, spec = compute_coverage(town), read_model("annual-plan")
    say_plainly(town, coverage, spec)
    result = solve(formulate(town, coverage, spec), SolveSettings(isolate=False))
    assert result.objective is not None
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("role", ["residents", "sites", "outlets"])
def test_memory_grows_no_faster_than_what_is_there(role: str) -> None:
    """Every pair of so many, each in a byte, would be more than twice what is allowed."""
    few, many = (memory(crowded(role, size)) for size in (3000, 9000))
    assert many < 3.5 * few + 5e6
