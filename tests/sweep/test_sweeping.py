"""The loop: going on, sharing with others, failures, and processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import asked, results, swept, town

from siting.inputs import write_template
from siting.plan import verify
from siting.sweep import (
    LocalEngine,
    Outcome,
    PointFailure,
    PointTask,
    SweepIndex,
    SweepRequest,
    ask,
    read_index,
    run_sweep,
)
from siting.sweep.engines import Answers, crashed
from siting.sweep.point_run import Stop
from waiting import PATIENCE, wait_until

SOURCE = Path(__file__).parents[2] / "src"
BUDGETS, COSTS = "10万:100万:4", "cost=x1,x1.2"
WIDE: dict[str, Any] = {"budget": BUDGETS, "vary": (COSTS,), "staged": True}


def test_every_point_is_solved_and_can_be_verified(tmp_path: Path) -> None:
    sweep, frames = swept(tmp_path, **WIDE)
    rows = frames.of_sweep(sweep.identity)
    assert (len(rows), set(rows["status"]), set(rows["attempts"])) == (14, {"done"}, {1})
    assert rows["objective"].equals(rows["bound"])
    for folder, objective in zip(rows["folder"], rows["objective"], strict=True):
        verification = verify(tmp_path / "sweep" / "points" / folder)
        assert verification.disagreements == ()
        assert verification.judgement.objective == objective


def test_asking_again_solves_nothing_and_asking_more_solves_the_rest(tmp_path: Path) -> None:
    heard: list[str] = []
    for budgets in ("20万,40万", "20万,40万", "20万,40万,60万"):
        sweep = ask(asked(tmp_path, budget=budgets))
        run_sweep(sweep, tmp_path / "s", LocalEngine(), lambda point, _: heard.append(point))
    assert len(heard) == len(set(heard)) == 3
    assert read_index(tmp_path / "s").points["attempts"].tolist() == [1, 1, 1]


def test_two_workers_find_what_one_does(tmp_path: Path) -> None:
    sweep, alone = swept(tmp_path, **WIDE)
    run_sweep(sweep, tmp_path / "two", LocalEngine(2))
    together = read_index(tmp_path / "two")
    assert results(sweep, together).equals(results(sweep, alone))
    assert together.points["attempts"].eq(1).all()
    assert all(str(os.getpid()) not in worker for worker in together.points["worker"])


def test_one_failed_point_does_not_stop_the_others(tmp_path: Path) -> None:
    model = tmp_path / "locked.yaml"
    text = "siting_model: 1\nname: locked\nmaximise: [covered_residents]\nsubject_to:\n"
    model.write_text(text + "  - budget: {}\n  - locked_in: {offers: ['S1:canteen']}\n")
    sweep, frames = swept(tmp_path, model=str(model), budget="1万,50万,2万", staged=True)
    rows = frames.of_sweep(sweep.identity).set_index("name")
    assert rows["status"].to_dict() == {
        "budget=1 万元": "failed",
        "budget=50 万元": "done",
        "budget=2 万元": "failed",
        "budget=2 万元 staged": "failed",
        "budget=50 万元 staged": "failed",
    }
    assert rows["failure"].tolist().count("infeasible") == 2
    assert rows["failure"].tolist().count("not_started") == 2
    assert "smaller budget" in rows["error"]["budget=50 万元 staged"]


def test_an_instance_that_cannot_be_read_is_a_failed_row(tmp_path: Path) -> None:
    write_template(tmp_path / "all" / "good")
    (write_template(tmp_path / "all" / "bad") / "sites.csv").unlink()
    sweep = ask(SweepRequest((tmp_path / "all",), settings=asked(tmp_path).settings))
    run_sweep(sweep, tmp_path / "s", LocalEngine())
    rows = read_index(tmp_path / "s").of_sweep(sweep.identity).set_index("name")
    assert rows["status"].to_dict() == {"bad": "failed", "base": "done"}
    assert "sites.csv" in rows["error"]["bad"]
    write_template(tmp_path / "other")
    (tmp_path / "all" / "bad" / "sites.csv").write_bytes(
        (tmp_path / "other" / "sites.csv").read_bytes()
    )
    mended = ask(SweepRequest((tmp_path / "all",), settings=asked(tmp_path).settings))
    assert mended.identity == sweep.identity
    run_sweep(mended, tmp_path / "s", LocalEngine())
    after = read_index(tmp_path / "s").of_sweep(sweep.identity)
    assert after["status"].tolist() == ["done", "done"][: len(after)]


def test_a_stopped_sweep_keeps_what_is_done_and_gives_the_rest_back(tmp_path: Path) -> None:
    sweep, heard = ask(asked(tmp_path, **WIDE)), list[str]()
    index = run_sweep(
        sweep,
        tmp_path / "s",
        LocalEngine(),
        lambda point, _: heard.append(point),
        lambda: len(heard) >= 3,
    )
    states = list(index.statuses(p.entry.identity for p in sweep.points).values())
    assert (states.count("done"), states.count("waiting"), states.count("running")) == (3, 11, 0)
    run_sweep(sweep, tmp_path / "s", LocalEngine(), lambda point, _: heard.append(point))
    assert len(heard) == len(set(heard)) == 14


def test_an_engine_that_breaks_leaves_nothing_claimed(tmp_path: Path) -> None:
    class Broken:
        workers = 1

        def run(self, tasks: Iterator[PointTask], stop: Stop, stop_file: Path) -> Answers:
            del stop, stop_file
            yield next(tasks).identity, crashed()
            next(tasks)
            raise RuntimeError("the engine broke")

    sweep = ask(asked(tmp_path, budget="20万,40万,60万"))
    with pytest.raises(RuntimeError, match="the engine broke"):
        run_sweep(sweep, tmp_path / "s", Broken())
    states = SweepIndex(tmp_path / "s").statuses(p.entry.identity for p in sweep.points)
    assert sorted(states.values()) == ["failed", "waiting", "waiting"]
    run_sweep(sweep, tmp_path / "s", LocalEngine())
    points = read_index(tmp_path / "s").points
    # What crashed is tried again by whoever asks again.
    assert points["status"].eq("done").all()
    assert sorted(points["attempts"]) == [1, 2, 2]


# --- workers that die ---------------------------------------------------------------------------


def die_at_40(_plan: object, _coverage: object, _walks: object, folder: Path) -> None:
    """A report that takes its worker down, as a lack of memory would."""
    if "400000" in folder.name:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_costs_its_own_point_alone(tmp_path: Path) -> None:
    sweep = ask(asked(tmp_path, budget="20万,30万,40万,50万,60万"), die_at_40)
    heard: dict[str, Outcome] = {}
    run_sweep(sweep, tmp_path / "s", LocalEngine(2), heard.__setitem__)
    rows = read_index(tmp_path / "s").of_sweep(sweep.identity).set_index("asked_budget")
    assert rows["status"].to_dict() == {
        2e5: "done",
        3e5: "done",
        4e5: "failed",
        5e5: "done",
        6e5: "done",
    }
    assert rows["failure"][4e5] == PointFailure.CRASH
    assert len(heard) == 5


# --- a sweep that is killed ---------------------------------------------------------------------


def start(folder: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "siting", "sweep", str(town(folder)), "-o", str(out)]
    words += ["--budget", "10万:100万:3", "--vary", COSTS, "--staged", "--gap", "0%"]
    words += ["--workers", str(workers), "--set", "name=killed"]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """What the same sweep answers that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder, folder / "whole", 1).wait(timeout=PATIENCE) == 0
    return answers(folder / "whole")


def answers(folder: Path) -> list[tuple[object, ...]]:
    points = read_index(folder).points.sort_values("point")
    columns = ["point", "name", "status", "objective", "spend", "budget"]
    return list(points[columns].itertuples(index=False, name=None))


def kill_and_go_on(folder: Path, out: Path, moments: list[float], workers: int) -> int:
    """Kills a sweep at each moment, then lets it end; how many points were in flight in all."""
    flying = 0
    for moment in moments:
        process = start(folder, out, workers)
        wait_until((out / "index.sqlite").exists)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (out / "index.sqlite").exists():
            flying += len(SweepIndex(out).running())
    assert start(folder, out, workers).wait(timeout=PATIENCE) == 0
    return flying


def check_killed(
    folder: Path, whole: list[tuple[object, ...]], seed: int, kills: int, workers: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    out = folder / f"killed{seed}"
    flying = kill_and_go_on(folder, out, [chance.uniform(0, 0.6) for _ in range(kills)], workers)
    assert answers(out) == whole
    attempts = read_index(out).points["attempts"]
    assert attempts.sum() - len(attempts) <= flying
    left = [path.name for path in (out / "points").iterdir() if path.name.startswith(".")]
    assert left == []


def test_a_sweep_that_is_killed_loses_the_points_in_flight_at_most(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    check_killed(tmp_path, undisturbed, seed=1, kills=1, workers=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_sweep_that_is_killed_again_and_again(
    tmp_path: Path, undisturbed: list[tuple[object, ...]], seed: int
) -> None:
    check_killed(tmp_path, undisturbed, seed, kills=3, workers=1 + seed % 2)


def test_two_sweeps_into_one_folder_solve_no_point_twice(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    out = tmp_path / "both"
    running = [start(tmp_path, out, 1) for _ in range(2)]
    assert [process.wait(timeout=PATIENCE) for process in running] == [0, 0]
    assert answers(out) == undisturbed
    assert read_index(out).points["attempts"].eq(1).all()
