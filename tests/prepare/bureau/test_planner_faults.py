"""What a planner met with, from the bureau's files to the command, as it is answered in Chinese."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, make_bureau, write_csv, write_xlsx
from command import Outcome, call, plan_in

from siting.language import in_language

TASK = ("街道", "牵头单位", "责任单位", "完成时限")
PLACES = ("点位名称", "经度", "纬度")
LEDGER: list[tuple[object, ...]] = [
    ("小区名称", "常住人口", "经度", "纬度"),
    *((name, people, lon, lat) for name, lon, lat, people, _ in ESTATES),
]


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def projects(bureau: Bureau, *rows: tuple[object, ...], **more: Any) -> None:
    """A list of projects; their columns beside the usual are carried along."""
    head = (
        "点位名称",
        "业态",
        "财政资金(万元)",
        "面积(平方米)",
        "街道",
        "牵头单位",
        "责任单位",
        "完成时限",
    )
    write_csv(bureau.folder / "offers.csv", [head, *(row + ("",) * (8 - len(row)) for row in rows)])
    columns = {"site": "点位名称", "categories": "业态", "cost": "财政资金", "floor_area": "面积"}
    bureau.mapping["offers"] = {"file": "offers.csv", "columns": columns, **more}


def prepared(bureau: Bureau) -> Outcome:
    """Imports by the command, in Chinese; the mapping is written as it stands."""
    with in_language("zh"):
        bureau.run()
    done = call("--lang", "zh", "prepare", bureau.folder / "prepare.yaml", "-o", bureau.out)
    assert done.code == 0, done.err
    return done


def checked(bureau: Bureau) -> str:
    """What `siting check` says in Chinese of the imported instance."""
    prepared(bureau)
    done = call("--lang", "zh", "check", bureau.out)
    return done.out + done.err


def findings(bureau: Bureau) -> str:
    """The findings as they are written in Chinese."""
    prepared(bureau)
    return "\n".join(" ".join(row) for row in rows_of(bureau.out / "findings.xlsx"))


def rows_of(path: Path) -> list[list[str]]:
    """The rows of all sheets of a workbook."""
    sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=str, engine="calamine")
    return [list(row) for one in sheets.values() for row in one.fillna("").to_numpy(object)]


def refused(bureau: Bureau) -> str:
    """What the command says in Chinese where it refuses."""
    bureau.problems()
    done = call("--lang", "zh", "prepare", bureau.folder / "prepare.yaml", "-o", bureau.out)
    assert done.code == 2
    return done.err


def test_1_the_first_sheet_is_a_guide(bureau: Bureau) -> None:
    """One problem for one cause, with the sheet that has the columns; unnamed, it is found."""
    write_xlsx(bureau.folder / "b.xlsx", [("填表说明",), ("写全称",)], sheet="说明")
    with pd.ExcelWriter(bureau.folder / "b.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame([["填表说明"]]).to_excel(book, sheet_name="说明", index=False, header=False)
        pd.DataFrame(LEDGER).to_excel(book, sheet_name="台账", index=False, header=False)
    bureau.mapping["residents"] |= {"file": "b.xlsx", "sheet": "说明"}
    said = refused(bureau)
    assert said.count("错误") == 1
    assert "表“台账”有这些列" in said or "台账" in said
    del bureau.mapping["residents"]["sheet"]
    assert len(bureau.run().residents) == len(ESTATES)


def test_2_the_columns_of_a_task_reach_the_plan(bureau: Bureau, tmp_path: Path) -> None:
    row = ("阳光家园", "药店", 10, 80, "友谊街道", "区商务局", "市场科", "2026-10-31")
    projects(bureau, row, keep=list(TASK))
    prepared(bureau)
    offers = pd.read_csv(bureau.out / "offers.csv", dtype=str)
    assert offers[list(TASK)].to_numpy(object).tolist() == [list(row[4:])]
    done = call("--lang", "zh", "solve", bureau.out, "-o", tmp_path / "plan")
    assert done.code == 0, done.err
    assert plan_in(tmp_path / "plan")["chosen"]
    cells = {cell for line in rows_of(tmp_path / "plan" / "plan.xlsx") for cell in line}
    assert {"街道", "责任单位", "时限", "友谊街道", "市场科", "2026-10-31"} <= cells


def test_3_closed_shops_are_filtered(bureau: Bureau) -> None:
    states = ("正常", "已停业", "正常")
    rows = [(*row, state) for row, state in zip(OUTLETS, states, strict=True)]
    write_csv(bureau.folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度", "状态"), *rows])
    bureau.mapping["outlets"]["where_not"] = {"状态": "已停业"}
    (line,) = [one for one in findings(bureau).splitlines() if "康源大药房" in one]
    assert "映射" in line
    assert "outlets.csv 3" in " ".join(line.split())


@pytest.mark.parametrize("sign", ["，", "、", ", "])
def test_4_a_full_width_comma_between_coordinates(bureau: Bureau, sign: str) -> None:
    rows = list(LEDGER)
    name, people, lon, lat = rows[1]
    rows[1] = (name, people, f"{lon}{sign}{lat}", "")
    bureau.residents(rows)
    assert bureau.people()[str(name)] == people


@pytest.mark.parametrize("far", [(110.60, 40.90), (109.40, 40.40), (110.2, 41.2)])
def test_5_points_far_outside_are_named_with_the_bureaus_row(
    bureau: Bureau, far: tuple[float, float]
) -> None:
    write_csv(bureau.folder / "sites.csv", [PLACES, *SITES, ("远处", *far)])
    said = checked(bureau)
    assert "来自 sites.csv:6" in said
    assert "与其他所有居民相距达" in said


@pytest.mark.parametrize(
    ("file", "column", "source"),
    [("sites.csv", "x", "sites.csv:3"), ("residents.csv", "residents", "residents.csv:3"),
     ("outlets.csv", "categories", "outlets.csv:3")],
)  # fmt: skip
def test_6_check_names_the_bureaus_file_and_row(
    bureau: Bureau, file: str, column: str, source: str
) -> None:
    """Not the row of the table that the import made alone."""
    prepared(bureau)
    frame = pd.read_csv(bureau.out / file, dtype=str)
    frame.loc[frame["source"] == source, column] = "?"
    frame.to_csv(bureau.out / file, index=False)
    done = call("--lang", "zh", "check", bureau.out)
    assert done.code == 2
    assert f"来自 {source}" in done.err


def test_7_projects_are_compared_with_what_their_site_allows(bureau: Bureau) -> None:
    rows = [(*row, "便利店") for row in SITES]
    write_csv(bureau.folder / "sites.csv", [(*PLACES, "可布置业态"), *rows])
    bureau.mapping["sites"]["columns"]["allowed"] = "可布置业态"
    projects(bureau, ("阳光家园", "药店", 10, 80), ("和平里", "便利店", 10, 50))
    said = checked(bureau)
    assert "来自 offers.csv:2" in said
    assert "该点位允许的业态" in said


def test_8_a_supermarket_of_twenty_square_metres(bureau: Bureau) -> None:
    bureau.mapping["categories"] = ["综合超市"]
    rows = [(name, "综合超市", lon, lat) for name, _, lon, lat in OUTLETS]
    write_csv(bureau.folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度"), *rows])
    projects(bureau, ("阳光家园", "综合超市", 10, 20))
    said = checked(bureau)
    assert "来自 offers.csv:2" in said
    assert "300 m2" in said


@pytest.mark.parametrize("budget", ["600", "20", "1000"])
def test_9_a_bare_budget_is_refused_with_both_readings(
    bureau: Bureau, budget: str, tmp_path: Path
) -> None:
    prepared(bureau)
    done = call("--lang", "zh", "solve", bureau.out, "-b", budget, "-o", tmp_path / "plan")
    assert done.code == 2
    assert f"{budget}万元" in done.err
    assert f"{budget} CNY" in done.err


@pytest.mark.parametrize("name", ["药店", "pharmacy", "便利店"])
def test_10_gaps_take_the_names_that_the_help_promises(bureau: Bureau, name: str) -> None:
    prepared(bureau)
    done = call("--lang", "zh", "gaps", bureau.out, "--category", name)
    assert done.code == 0
    assert {"药店": "药店", "pharmacy": "药店"}.get(name, name) in done.out


def test_10_a_name_of_none_is_answered_with_near_ones(bureau: Bureau) -> None:
    prepared(bureau)
    done = call("--lang", "zh", "gaps", bureau.out, "--category", "药房店")
    assert done.code == 2
    assert "药店" in done.err
