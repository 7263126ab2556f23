"""What `siting serve` may be given: a run and a sweep are opened with all that is known of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command import call, copied, plan_in, solved_once
from served import serving
from small_sweeps import swept

from siting.errors import InputError
from siting.serve.opened import open_source

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@POSIX
def test_a_run_is_opened_as_the_plan_that_it_is(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, made = copied(solved_once(tmp_path_factory.getbasetemp() / "solved"), tmp_path)
    workspace = tmp_path / "elsewhere" / "space"
    with serving(made, workspace) as server:
        state = server.idle()
        (scenario,) = state["scenarios"]
        assert state["first"]["model"] == "given"
        assert scenario["name"] == made.name
        assert scenario["figures"]["goals"][0]["objective"] == plan_in(made)["objective"]
        copy = workspace / "scenarios" / scenario["folder"]
        assert [one["offer_id"] for one in plan_in(copy)["chosen"]] == [
            one["offer_id"] for one in plan_in(made)["chosen"]
        ]
        assert call("verify", copy).code == 0
        assert server.ask("/api/scenarios/1/model").body.startswith(b"# siting solve")
        less = server.solve({"model": "given", "budget": 0.8 * state["first"]["budget"]})
        assert less["parent"] == 1
    with serving(made, workspace) as server:
        assert [one["id"] for one in server.idle()["scenarios"]] == [1, 2]


@POSIX
def test_a_sweep_is_opened_with_its_frontier(tmp_path: Path) -> None:
    swept(tmp_path, budget="50万:150万:3")
    sweep = tmp_path / "sweep"
    opened = open_source(sweep)
    assert [point.budget for point, _ in opened.frontier] == [500_000, 1_000_000, 1_500_000]
    assert all((folder / "plan.json").is_file() for _, folder in opened.frontier)
    with serving(sweep, tmp_path / "space") as server:
        known = {one["budget"]: one for one in server.idle()["frontier"]}
        for point, _ in opened.frontier:
            assert known[point.budget]["objective"] == point.objective


def test_other_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_text("no database")
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "index.sqlite"):
        with pytest.raises(InputError, match="neither an instance nor a run nor a sweep"):
            open_source(folder)
