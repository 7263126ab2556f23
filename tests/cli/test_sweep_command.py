"""The command sweep, as people use it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from command import Outcome, call, interrupt, town

from siting.sweep import read_index

FAST = ("--workers", 1, "--gap", "0%")


def sweep(folder: Path, *options: object) -> Outcome:
    return call("sweep", town_once(folder), "-o", folder / "out", *FAST, *options)


def town_once(folder: Path) -> Path:
    return folder / "town" if (folder / "town").exists() else town(folder)


def as_json(folder: Path, *options: object) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(sweep(folder, *options, "--json").out)
    return content


def test_budgets_become_a_table_with_the_knee(tmp_path: Path) -> None:
    done = sweep(tmp_path, "--budget", "10万:100万:4", "--staged")
    assert done.code == 0
    head, rule, *rows = done.out.splitlines()[:6]
    assert "shadow price" in done.out.splitlines()[7]
    assert re.split(r"\s{2,}", head.strip()) == [
        "budget",
        "newly covered people",
        "at most",
        "in stages",
        "all within reach",
        "each further 10 万元",
        "in and out",
    ]
    assert set(rule) == {"-"}
    assert [row.split()[0] for row in rows] == ["10", "40", "70", "100"]
    assert sum("<- knee" in row for row in rows) <= 1
    assert done.last == (
        f"7 points: 7 within the gap, 0 above it, 0 failed, 0 left; in {tmp_path / 'out'}"
    )
    assert done.err.splitlines()[0].startswith("[1/7]  budget 10 万元: newly covers ")


def test_the_same_command_again_solves_nothing(tmp_path: Path) -> None:
    first = sweep(tmp_path, "--budget", "10万,40万")
    second = sweep(tmp_path, "--budget", "10万,40万")
    assert (second.code, second.out, second.err) == (0, first.out, "")


def test_points_can_be_verified_compared_and_reported(tmp_path: Path) -> None:
    content = as_json(tmp_path, "--budget", "10万,40万", "--vary", "cost=x1.2", "--reports")
    runs = [tmp_path / "out" / "points" / point["folder"] for point in content["points"]]
    assert [call("verify", run_folder).code for run_folder in runs] == [0, 0]
    assert call("compare", *runs).code == 0
    assert all((folder / "plan.xlsx").exists() for folder in runs)


def test_json_holds_the_points_and_the_tables(tmp_path: Path) -> None:
    content = as_json(tmp_path, "--budget", "10万,40万", "--vary", "walking.speed=60,80")
    assert list(content) == ["sweep", "folder", "points", "frontier", "tornado"]
    assert [point["parameters"] for point in content["points"]] == [
        {"budget": budget, "walking.speed": speed}
        for speed in ("60 m/min", "80 m/min")
        for budget in (1e5, 4e5)
    ]
    assert len(content["frontier"]) == 4
    drawn = as_json(tmp_path, "--draws", 3, "--vary", "cost=normal(1,0.1)")
    assert {"spread", "core"} <= set(drawn)
    assert all(0 < line["share"] <= 1 for line in drawn["core"])


def test_draws_and_tornados_have_tables_of_their_own(tmp_path: Path) -> None:
    drawn = sweep(tmp_path, "--draws", 4, "--vary", "cost=each normal(1,0.2)", "--seed", 3)
    assert drawn.code == 0
    assert drawn.out.splitlines()[0].endswith(": 4 draws")
    assert re.search(r"^newly covered people( +[\d,]+){5}$", drawn.out, re.MULTILINE)
    assert re.search(r"^[^:]+ +100\.0 %$", drawn.out, re.MULTILINE)
    swings = sweep(tmp_path, "--tornado", "--vary", "cost=x0.5,x2", "--vary", "walking.speed=40")
    assert swings.code == 0
    assert "what each parameter alone does to covered" in swings.out
    line = r"^Costs of all offers +[\d,]+ +x2 +[\d,]+ +x0\.5 +[\d,]+$"
    assert re.search(line, swings.out, re.MULTILINE)


def test_several_instances_are_one_row_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        town(tmp_path / name)
    words = ("sweep", tmp_path / "one" / "town", tmp_path / "two" / "town", "-o", tmp_path / "out")
    file = tmp_path / "two" / "town" / "residents.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("820", "920"), encoding="utf-8")
    done = call(*words, *FAST, "--json")
    assert done.code == 0
    assert len({point["objective"] for point in json.loads(done.out)["points"]}) == 2


def test_failed_points_are_named_and_counted(tmp_path: Path) -> None:
    model = tmp_path / "locked.yaml"
    text = "siting_model: 1\nname: locked\nmaximise: [covered_residents]\nsubject_to:\n"
    model.write_text(text + "  - budget: {}\n  - locked_in: {offers: ['S1:canteen']}\n")
    done = sweep(tmp_path, "--budget", "1万,60万", "--model", model)
    assert done.code == 6
    assert "failed: budget=1 万元: cannot hold together: " in done.err
    assert "1 within the gap, 0 above it, 1 failed" in done.last


def test_points_above_the_gap_are_counted(tmp_path: Path) -> None:
    done = sweep(tmp_path, "--budget", "40万,60万", "--time-limit", "1ms")
    assert done.code in (0, 3, 6)
    counts = [int(number) for number in re.findall(r"(\d+) (?:within|above|failed)", done.last)]
    assert done.code == (6 if counts[2] else 3 if counts[1] else 0)


def test_wrong_questions_list_every_problem(tmp_path: Path) -> None:
    done = sweep(tmp_path, "--vary", "cots=x1", "--vary", "cost=5", "--draws", 3)
    assert done.code == 2
    assert done.err.count("error: ") == 2
    assert not (tmp_path / "out").exists()


def test_in_chinese(tmp_path: Path) -> None:
    done = sweep(tmp_path, "--budget", "10万,40万", "--staged", "--lang", "zh")
    assert done.out.splitlines()[0].split() == [
        "预算",
        "新增覆盖人次",
        "至多",
        "分期实施",
        "基本业态全部可达（人）",
        "再增加",
        "10",
        "万元",
        "任务增减",
    ]
    assert done.last == (
        "共 3 个点：达到预定精度 3 个，未达到 0 个，失败 0 个，未求解 0 个；"
        f"结果在 {tmp_path / 'out'}"
    )
    assert done.err.splitlines()[2].startswith("[3/3]  预算 40 万元、分期实施：以 ")
    draws = sweep(tmp_path, "--draws", 2, "--vary", "cost=normal(1,0.1)", "--lang", "zh")
    assert draws.out.splitlines()[0].endswith("：抽取 2 次")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_cleanly_and_the_same_command_goes_on(
    tmp_path: Path, workers: int
) -> None:
    where = ("sweep", town(tmp_path), "-o", tmp_path / "out", "--workers", workers)
    words = (*where, "--draws", 24, "--vary", "cost=normal(1,0.1)", "--gap", "0%")
    stopped = interrupt(r"\[3/24\]", signal.SIGINT, *words)
    assert stopped.code == 130
    points = read_index(tmp_path / "out").points
    assert set(points["status"]) == {"done", "waiting"}
    waiting = int(points["status"].eq("waiting").sum())
    assert f"{waiting} left" in stopped.out
    assert call(*words).code == 0
    after = read_index(tmp_path / "out").points
    assert after["status"].eq("done").all()
    solved = points.loc[points["status"].eq("done"), "point"]
    again = after.set_index("point").loc[solved]
    assert again["finished"].tolist() == points.set_index("point").loc[solved, "finished"].tolist()
