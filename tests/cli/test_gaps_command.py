"""The command `gaps`: what it prints, writes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from command import ROOT, call, plan_in, town


def circled(folder: Path, count: int) -> Path:
    """The template town, its demand points in so many circles."""
    instance = town(folder)
    residents = pd.read_csv(instance / "residents.csv")
    residents["circle"] = [f"圈{i % count}" for i in range(len(residents))]
    residents.to_csv(instance / "residents.csv", index=False)
    return instance


def test_gaps_are_told_most_residents_first(tmp_path: Path) -> None:
    outcome = call("gaps", town(tmp_path))
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split() == [
        *("place", "category", "group", "have", "needed", "missing", "residents"),
        *("not", "covered", "share", "median", "min", "worst", "min"),
    ]
    assert lines[-4].endswith("residents not covered, counted once a category")
    assert lines[-3] == "gaps: by district: no resident names a circle"
    assert lines[-2].startswith("walking: 80 m/min, elderly 50 m/min, straight line x 1.25; ")
    assert lines[-1] == "note: Invented data; the costs are assumptions."


def test_circles_come_before_districts(tmp_path: Path) -> None:
    outcome = call("gaps", circled(tmp_path, 2))
    assert "gaps: by circle" in outcome.out
    assert "圈0" in outcome.out


def test_a_city_without_circles_and_districts_is_one_place(tmp_path: Path) -> None:
    instance = town(tmp_path)
    residents = pd.read_csv(instance / "residents.csv").drop(columns="district")
    residents.to_csv(instance / "residents.csv", index=False)
    outcome = call("gaps", instance)
    assert "gaps: the whole city: no resident names a circle or a district" in outcome.out
    assert "Example town" in outcome.out


def test_twenty_rows_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    instance = circled(tmp_path, 12)
    every = json.loads(call("gaps", instance, "--json").out)["gaps"]
    lines = call("gaps", instance).out.splitlines()
    assert len(every) > 20
    assert lines[21] == f"and {len(every) - 20} more; --all shows them, -o writes them"
    assert sum(
        line.startswith("圈") for line in call("gaps", instance, "--all").out.splitlines()
    ) == (12 * 3)


def test_columns_stand_below_each_other_in_chinese(tmp_path: Path) -> None:
    outcome = call("gaps", circled(tmp_path, 3), "--lang", "zh")
    assert outcome.code == 0
    head = outcome.out.splitlines()[0]
    assert head.split()[:4] == ["地点", "业态", "人群", "现有"]
    assert "步行口径：80 米/分钟、老年人 50 米/分钟" in outcome.out


def test_one_circle_and_one_category(tmp_path: Path) -> None:
    instance = circled(tmp_path, 3)
    for name in ("canteen", "社区食堂"):
        given = ("--circle", "圈1", "--category", name, "--all", "--json")
        content = json.loads(call("gaps", instance, *given).out)
        assert [(row["place"], row["category"]) for row in content["gaps"]] == [("圈1", "canteen")]


def test_json_holds_rows_totals_and_the_reading(tmp_path: Path) -> None:
    content = json.loads(call("gaps", town(tmp_path), "--json").out)
    assert (content["siting_gaps"], content["by"]) == (1, "district")
    assert content["walking"]["reading"].startswith("80 m/min")
    canteens = [row for row in content["gaps"] if row["category"] == "canteen"]
    assert [row["worst_minutes"] for row in canteens] == [None] * len(canteens)
    total = next(row for row in content["by_category"] if row["category"] == "canteen")
    assert total["uncovered"] == sum(row["uncovered"] for row in canteens)


def test_the_gaps_are_what_the_plan_starts_from(tmp_path: Path) -> None:
    """Not covered by category, over all places, is what plan.json has as covered before."""
    instance, out = town(tmp_path), tmp_path / "run"
    call("solve", instance, "-o", out, "--gap", "0%")
    before = {
        line["category"]: line["residents"] - line["before"] for line in plan_in(out)["coverage"]
    }
    content = json.loads(call("gaps", instance, "--all", "--json").out)
    found = {line["category"]: line["uncovered"] for line in content["by_category"]}
    assert found == pytest.approx(before)


def test_a_standard_of_residents_an_outlet_is_read(tmp_path: Path) -> None:
    instance = town(tmp_path)
    categories = pd.read_csv(instance / "categories.csv")
    categories["residents_per_outlet"] = ["", "1000", ""]
    categories.to_csv(instance / "categories.csv", index=False)
    rows = json.loads(call("gaps", instance, "--all", "--json").out)["gaps"]
    for row in rows:
        many = -(-row["residents"] // 1000) if row["category"] == "pharmacy" else 1
        assert row["needed"] == many


def test_settings_may_be_changed(tmp_path: Path) -> None:
    slow = call("gaps", town(tmp_path), "--set", "walking.winter=ice")
    assert "ice +2 min/km; 15 min = 1,034 m of path" in slow.out


@pytest.mark.parametrize("name", ["gaps.xlsx", "gaps.csv"])
def test_files_are_written_and_named(tmp_path: Path, name: str) -> None:
    outcome = call("gaps", town(tmp_path), "-o", tmp_path / name)
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == f"wrote {tmp_path / name}"
    assert (tmp_path / name).is_file()


def test_the_workbook_has_every_gap_and_no_more(tmp_path: Path) -> None:
    instance = circled(tmp_path, 12)
    gaps = json.loads(call("gaps", instance, "-o", tmp_path / "g.xlsx", "--json").out)["gaps"]
    sheet = openpyxl.load_workbook(tmp_path / "g.xlsx")["Gaps"]
    # Above them the title, the note and the headings, below them the total.
    assert sheet.max_row == len(gaps) + 4


# --- refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-o", "gaps.pdf"), "--out: found 'gaps.pdf'; expected a file that ends with .xlsx, .csv"),
        (("--category", "pharmcy"), "Did you mean 'pharmacy'? Correct the option."),
        (("--circle", "Wst"), "--circle: found 'Wst'; expected one of "),
        (("--set", "walking.preset=fast"), "found the unknown preset 'fast'"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    outcome = call("gaps", town(tmp_path), *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "gaps.xlsx").mkdir()
    outcome = call("gaps", town(tmp_path), "-o", tmp_path / "gaps.xlsx")
    assert outcome.code == 2
    assert "gaps.xlsx cannot be written" in outcome.err


def test_warnings_go_to_standard_error(tmp_path: Path) -> None:
    instance = town(tmp_path)
    with (instance / "residents.csv").open("a", encoding="utf-8") as file:
        file.write("R13,409000,4509000,50,10,East\n")
    outcome = call("gaps", instance, "--json")
    assert "warning: residents: found 1 point" in outcome.err
    json.loads(outcome.out)


def test_no_solver_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from siting.cli.app import app\n"
        f"app(['gaps', {str(town(tmp_path))!r}, '-o', {str(tmp_path / 'g.xlsx')!r}], "
        "standalone_mode=False)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('ortools', 'pulp')])"
    )
    environment = {"PYTHONPATH": str(ROOT / "src"), "SITING_LANG": "en"}
    done = subprocess.run(  # noqa: S603 - our own module in our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines()[-1] == "[]"
