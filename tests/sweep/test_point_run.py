"""One point: its run folder, and that what was varied is found again by the judge."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import EXACT, asked, swept, town

from siting.coverage.input_cache import InputCache
from siting.inputs import Instance, read_instance
from siting.model import read_model
from siting.plan import load_run, verify
from siting.solve import SolveSettings
from siting.sweep import (
    LocalEngine,
    PointFailure,
    PointTask,
    ask,
    read_index,
    run_sweep,
    solve_point,
)
from siting.sweep.outcome import read_outcome, write_outcome
from siting.sweep.point_run import PointReporter

VARIED = (
    "cost=x1.3",
    "cost.canteen=x0.5",
    "cost=each normal(1, 0.2)",
    "residents=x1.1",
    "residents.elderly=x2",
    "residents=each uniform(0.5, 1.5)",
    "category.canteen.standard_minutes=15",
    "category.canteen.priority=3",
    "category.canteen.group=all",
    "category.pharmacy.tier=quality",
    "category.canteen.cost=10万",
    "walking.speed=50",
    "travel.straight_line.detour=1.4",
    "seed=5",
    "budget=50万",
)


def task(folder: Path, **options: Any) -> PointTask:
    """The first point of a sweep of the town, as a worker gets it."""
    sweep = ask(asked(folder, **options))
    (planned, *_) = sweep.points
    return PointTask(
        identity=planned.entry.identity,
        point=planned.entry.point,
        state=planned.state,
        model=planned.spec.to_dict(),
        settings=planned.settings,
        folder=folder / "sweep" / "points" / planned.entry.folder,
    )


@pytest.mark.parametrize("vary", VARIED)
def test_a_varied_point_verifies(tmp_path: Path, vary: str) -> None:
    draws = 1 if "each" in vary else 0
    one = task(tmp_path, vary=(vary,), draws=draws)
    found = solve_point(one)
    assert found.failure is None, found.error
    verification = verify(one.folder)
    assert verification.disagreements == ()
    assert verification.judgement.objective == found.objective
    assert load_run(one.folder).plan.spend == found.spend


def test_a_change_that_is_taken_out_of_the_plan_is_noticed(tmp_path: Path) -> None:
    one = task(tmp_path, vary=("cost=x1.3",))
    solve_point(one)
    file = one.folder / "plan.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["instance"]["changes"] == {"cost": 1.3}
    content["instance"]["changes"] = {}
    file.write_text(json.dumps(content), encoding="utf-8")
    assert any("spend" in line for line in verify(one.folder).disagreements)


def test_factors_of_1_change_nothing(tmp_path: Path) -> None:
    base = solve_point(task(tmp_path))
    for vary in ("cost=x1", "cost.canteen=x1", "residents=x1"):
        same = solve_point(task(tmp_path, vary=(vary,)))
        assert replace(same, seconds=0.0) == replace(base, seconds=0.0)


def test_dearer_offers_never_bring_more(tmp_path: Path) -> None:
    _, frames = swept(tmp_path, vary=("cost=x0.8,x1,x1.3,x2",))
    by_cost = sorted((p["cost"], o) for p, o in frames.points[["parameters", "objective"]].values)
    objectives = [objective for _, objective in by_cost]
    assert objectives == sorted(objectives, reverse=True)
    assert objectives[0] > objectives[-1]


def test_a_longer_standard_never_brings_less(tmp_path: Path) -> None:
    _, frames = swept(tmp_path, vary=("category.canteen.standard_minutes=5,10,20",))
    objectives = frames.points["objective"].tolist()
    assert objectives == sorted(objectives)
    assert objectives[0] < objectives[-1]


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_point_without_a_plan_says_why(tmp_path: Path) -> None:
    model = tmp_path / "locked.yaml"
    text = "siting_model: 1\nname: locked\nmaximise: [covered_residents]\nsubject_to:\n"
    model.write_text(text + "  - budget: {}\n  - locked_in: {offers: ['S1:canteen']}\n")
    found = solve_point(task(tmp_path, model=str(model), budget="1万"))
    assert (found.failure, found.objective) == (PointFailure.INFEASIBLE, None)
    assert "budget" in found.error


def test_wrong_input_is_an_outcome(tmp_path: Path) -> None:
    one = task(tmp_path)
    (town(tmp_path) / "sites.csv").write_text("site_id,x\nS1,3\n", encoding="utf-8")
    found = solve_point(replace(one, state="changed"))
    assert found.failure is PointFailure.WRONG_INPUT
    assert "sites.csv" in found.error
    assert not one.folder.exists()


def test_a_fault_of_one_point_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("siting.sweep.point_run.solve", fail)
    found = solve_point(task(tmp_path))
    assert (found.failure, found.error) == (PointFailure.FAULT, "RuntimeError: out of luck")


def test_errors_are_in_the_language_of_the_sweep(tmp_path: Path) -> None:
    model = {**read_model("annual-plan").to_dict(), "name": ""}
    found = solve_point(replace(task(tmp_path), model=model, language="zh"))
    assert "发现" in found.error


def test_a_stopped_point_is_no_final_answer(tmp_path: Path) -> None:
    one = task(tmp_path)
    assert solve_point(one, stop=lambda: True).interrupted
    asked_often = iter([False, *[True] * 1000])
    found = solve_point(
        replace(one, settings=SolveSettings(relative_gap=0.0, threads=1)),
        stop=lambda: next(asked_often),
    )
    assert found.interrupted or found.reason == "optimal"
    if found.interrupted:
        assert read_outcome(one.identity, one.folder) is None


# --- inputs that points share -------------------------------------------------------------------


def test_inputs_are_read_once_for_the_points_that_share_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def noted(folder: Path, **options: Any) -> Instance:
        read.append(folder)
        return read_instance(folder, **options)

    monkeypatch.setattr("siting.coverage.input_cache.read_instance", noted)
    cache = InputCache()
    for out, shared in (("a", cache), ("b", cache), ("c", None)):
        one = replace(task(tmp_path), folder=tmp_path / "points" / out)
        assert solve_point(one, cache=shared).failure is None
    assert len(read) == 2
    solve_point(replace(task(tmp_path), state="other files"), cache=cache)
    assert len(read) == 2 + 1


# --- run folders --------------------------------------------------------------------------------


def test_a_finished_folder_is_taken_over_and_not_solved_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = task(tmp_path)
    first = solve_point(one)
    monkeypatch.setattr("siting.sweep.point_run.solve", None)
    again = solve_point(one)
    assert again == first
    assert solve_point(replace(one, identity="another")).failure is PointFailure.FAULT


def test_half_an_answer_is_none(tmp_path: Path) -> None:
    one = task(tmp_path)
    solve_point(one)
    file = one.folder / "outcome.json"
    file.write_text(file.read_text(encoding="utf-8")[:100], encoding="utf-8")
    assert read_outcome(one.identity, one.folder) is None
    assert solve_point(one).failure is None
    assert read_outcome(one.identity, one.folder) is not None


def test_failures_are_not_taken_over(tmp_path: Path) -> None:
    failed = solve_point(replace(task(tmp_path), model={}))
    assert failed.failure is PointFailure.WRONG_INPUT
    write_outcome(failed, "id", tmp_path)
    assert read_outcome("id", tmp_path) is None


def test_what_a_dead_worker_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    one = task(tmp_path)
    half = one.folder.with_name(f".{one.folder.name}.4711")
    half.mkdir(parents=True)
    (half / "plan.json").write_text("{", encoding="utf-8")
    solve_point(one)
    assert [path.name for path in one.folder.parent.iterdir()] == [one.folder.name]


def write_note(_plan: object, _coverage: object, _walks: object, folder: Path) -> None:
    (folder / "note.txt").write_text("seen", encoding="utf-8")


@pytest.mark.parametrize("report", [None, write_note])
def test_reports_are_written_where_they_are_wanted(
    tmp_path: Path, report: PointReporter | None
) -> None:
    one = replace(task(tmp_path), report=report)
    solve_point(one)
    assert (one.folder / "note.txt").exists() == (report is not None)


# --- starts -------------------------------------------------------------------------------------


def test_a_start_of_another_budget_is_taken_and_proves_itself(tmp_path: Path) -> None:
    """With a wrong start the answer is the same: the engine trusts none."""
    sweep = ask(asked(tmp_path, budget="20万,40万,60万"))
    run_sweep(sweep, tmp_path / "shared", LocalEngine())
    shared = read_index(tmp_path / "shared").points.set_index("budget")["objective"]
    for planned in sweep.points:
        alone = solve_point(
            PointTask(
                planned.entry.identity,
                planned.entry.point,
                planned.state,
                planned.spec.to_dict(),
                EXACT,
                tmp_path / "alone" / "points" / planned.entry.folder,
            )
        )
        assert alone.budget is not None
        assert alone.objective == shared[alone.budget]
