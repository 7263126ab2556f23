"""What a planner tried: sheets, filters, further columns, and tables that contradict each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, degrees, make_bureau, write_csv

from siting.errors import UnitError
from siting.inputs import read_instance
from siting.language import in_language
from siting.units import Currency, parse_money


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def outlets(bureau: Bureau, *states: str) -> None:
    rows = [(*row, state) for row, state in zip(OUTLETS, states, strict=True)]
    write_csv(bureau.folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度", "状态"), *rows])


def offers(bureau: Bureau, *rows: tuple[object, ...], **entry: Any) -> None:
    head = ("点位名称", "业态", "财政资金(万元)", "面积(平方米)", "责任单位", "完成时限")
    write_csv(bureau.folder / "offers.csv", [head, *rows])
    columns = {"site": "点位名称", "categories": "业态", "cost": "财政资金", "floor_area": "面积"}
    bureau.mapping["offers"] = {"file": "offers.csv", "columns": columns, **entry}


def chinese_doubts(bureau: Bureau) -> list[str]:
    """The warnings of the imported instance as a planner reads them."""
    bureau.run()
    with in_language("zh"):
        return [str(one) for one in read_instance(bureau.out).warnings]


def workbook(path: Path, sheets: dict[str, Any]) -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


LEDGER: list[tuple[object, ...]] = [
    ("小区名称", "常住人口", "经度", "纬度"),
    *((name, people, lon, lat) for name, lon, lat, people, _ in ESTATES),
]


def test_the_sheet_with_the_columns_is_found(bureau: Bureau) -> None:
    sheets: dict[str, Any] = {
        "说明": [("填表说明",), ("小区名称要写全称",)],
        "台账": LEDGER,
        "参数": [("a", 1)],
    }
    workbook(bureau.folder / "b.xlsx", sheets)
    bureau.mapping["residents"]["file"] = "b.xlsx"
    assert len(bureau.run().residents) == len(ESTATES)


def test_the_wrong_sheet_is_one_problem_that_names_the_right_one(bureau: Bureau) -> None:
    workbook(bureau.folder / "b.xlsx", {"说明": [("填表说明",)], "台账": LEDGER})
    bureau.mapping["residents"] |= {"file": "b.xlsx", "sheet": "说明"}
    problem = bureau.refused()
    assert "[missing-header] b.xlsx sheet '说明'" in problem
    assert "write 'sheet: 台账'" in problem


@pytest.mark.parametrize("rule", [{"where": {"状态": "正常"}}, {"where_not": {"状态": "已停业"}}])
def test_rows_that_are_not_meant_are_left_out_with_a_finding(
    bureau: Bureau, rule: dict[str, Any]
) -> None:
    outlets(bureau, "正常", "已停业", "正常")
    bureau.mapping["outlets"] |= rule
    instance = bureau.run()
    assert instance.outlets["name"].tolist() == ["惠民便利店", "老街早餐铺"]
    assert [one["row"] for one in bureau.findings() if "mapping leaves out" in one["kind"]] == ["3"]
    assert bureau.unaccounted(instance) == []


def test_a_filter_that_lets_nothing_through_is_refused(bureau: Bureau) -> None:
    outlets(bureau, "正常", "已停业", "正常")
    bureau.mapping["outlets"]["where"] = {"状态": "营业"}
    assert "状态 has '正常', '已停业'" in bureau.refused()


def test_further_columns_reach_the_instance(bureau: Bureau) -> None:
    outlets(bureau, "正常", "试营业", "正常")
    bureau.mapping["outlets"]["keep"] = ["状态"]
    row = ("阳光家园", "药店", 10, 80, "区商务局", "2026-10-31")
    offers(bureau, row, keep=["责任单位", "完成时限"])
    instance = bureau.run()
    assert instance.outlets["状态"].tolist() == ["正常", "试营业", "正常"]
    assert instance.offers["责任单位"].tolist() == ["区商务局"]
    assert instance.offers["完成时限"].tolist() == ["2026-10-31"]


@pytest.mark.parametrize("sign", ["，", ", ", ",", "、"])
def test_both_coordinates_in_the_cell_of_one(bureau: Bureau, sign: str) -> None:
    rows = list(LEDGER)
    name, people, lon, lat = rows[1]
    rows[1] = (name, people, f"{lon}{sign}{lat}", "")
    bureau.residents(rows)
    assert bureau.people()["阳光家园"] == 1200


def test_half_a_coordinate_is_refused(bureau: Bureau) -> None:
    rows = list(LEDGER)
    rows[2] = (*rows[2][:3], "")
    bureau.residents(rows)
    assert "[bad-coordinate] 小区.xlsx row 3" in bureau.refused()


def test_points_far_from_all_others_are_named_with_their_row(bureau: Bureau) -> None:
    write_csv(
        bureau.folder / "sites.csv",
        [("点位名称", "经度", "纬度"), *SITES, ("远处", 110.60, 40.90)],
    )
    (doubt,) = chinese_doubts(bureau)
    assert "来自 sites.csv:6" in doubt
    assert "与其他所有居民相距达" in doubt


def test_a_layer_that_reaches_nobody_is_named(bureau: Bureau) -> None:
    bureau.mapping["area"] = {"west": 109, "south": 40, "east": 112, "north": 43}
    moved = degrees([(lon + 0.3, lat + 0.1) for _, _, lon, lat in OUTLETS], "WGS84")
    bureau.points("outlets", moved, "WGS84")
    (doubt,) = chinese_doubts(bureau)
    assert "网点中离居民最近的也有" in doubt


def test_a_project_that_its_site_does_not_allow(bureau: Bureau) -> None:
    rows = [(*row, "便利店") for row in SITES]
    write_csv(bureau.folder / "sites.csv", [("点位名称", "经度", "纬度", "可布置业态"), *rows])
    bureau.mapping["sites"]["columns"]["allowed"] = "可布置业态"
    offers(bureau, ("阳光家园", "药店", 10, 80, "", ""), ("和平里", "便利店", 10, 50, "", ""))
    (doubt,) = chinese_doubts(bureau)
    assert "来自 offers.csv:2" in doubt
    assert "该点位允许的业态" in doubt
    assert [one for one in bureau.findings() if "doubts" in one["kind"]]


def test_an_area_far_below_the_catalogue(bureau: Bureau) -> None:
    bureau.mapping["categories"] = ["综合超市"]
    supermarket = ("网点名称", "业态", "经度", "纬度")
    rows = [(name, "综合超市", lon, lat) for name, _, lon, lat in OUTLETS]
    write_csv(bureau.folder / "outlets.csv", [supermarket, *rows])
    offers(bureau, ("阳光家园", "综合超市", 10, 20, "", ""))
    (doubt,) = chinese_doubts(bureau)
    assert "来自 offers.csv:2" in doubt
    assert "300 m2" in doubt


def test_a_cost_far_from_the_middle_of_its_kind(bureau: Bureau) -> None:
    costs = [10, 11, 12, 9, 1000]
    names = [name for name, _, _ in SITES]
    rows = [(names[at % 4], "药店", cost, 80, "", "") for at, cost in enumerate(costs)]
    offers(bureau, *rows)
    doubts = chinese_doubts(bureau)
    assert any("来自 offers.csv:6" in one and "110,000" in one for one in doubts)


# --- money ----------------------------------------------------------------------------------------


def test_costs_of_the_catalogue_are_said_in_every_output(bureau: Bureau) -> None:
    assert "assumptions of the default catalogue" in bureau.run().note
    offers(bureau, ("阳光家园", "药店", 10, 80, "", ""))
    assert "assumptions" not in bureau.run().note


@pytest.mark.parametrize("unit", ["PHP", "EUR", "ISK"])
def test_the_catalogue_has_no_costs_in_another_currency(bureau: Bureau, unit: str) -> None:
    bureau.mapping["instance"] = {"money": {"unit": unit}, "budget": f"500000 {unit}"}
    problem = bureau.refused()
    assert "[no-cost]" in problem
    assert f"money in {unit}, and no costs of" in problem


def test_own_costs_in_another_currency(bureau: Bureau) -> None:
    bureau.mapping["instance"] = {"money": {"unit": "PHP"}, "budget": "500000 PHP"}
    del bureau.mapping["categories"]
    rows = [("业态", "cost (PHP)"), ("便利店", 5000), ("药店", 7000), ("早餐店", 9000)]
    write_csv(bureau.folder / "categories.csv", rows)
    columns = {"category": "业态", "cost": "cost (PHP)"}
    bureau.mapping["category_table"] = {"file": "categories.csv", "columns": columns}
    assert bureau.run().categories["cost"].tolist() == [5000, 7000, 9000]


@pytest.mark.parametrize("text", ["600", "8", "9999"])
def test_a_bare_amount_with_two_readings_is_refused(text: str) -> None:
    with in_language("zh"), pytest.raises(UnitError) as caught:
        parse_money(text, Currency("CNY", "万元"), bare=True)
    assert f"{text} CNY 或 {text} 万元" in str(caught.value)


def test_a_bare_amount_with_one_reading() -> None:
    assert parse_money("800000", Currency("CNY", "万元"), bare=True) == 800_000
    assert parse_money("600", Currency("EUR", "EUR"), bare=True) == 600


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["0.17", "5.493", "1200.5"])
def test_fractions_of_people_are_refused(bureau: Bureau, cell: str) -> None:
    rows = list(LEDGER)
    rows[1] = (rows[1][0], cell, *rows[1][2:])
    bureau.residents(rows)
    assert "[fractions-of-people] 小区.xlsx row 2" in bureau.refused()


def test_a_population_grid_may_have_fractions(bureau: Bureau) -> None:
    rows = list(LEDGER)
    rows[1] = (rows[1][0], "0.17", *rows[1][2:])
    bureau.residents(rows)
    bureau.mapping["residents"]["fractions"] = True
    assert bureau.people()["阳光家园"] == 0.17


@pytest.mark.parametrize("cell", ["1860①", "820²", "12½", "①200", "#N/A", "#REF!"])
def test_digits_that_are_none_are_refused(bureau: Bureau, cell: str) -> None:
    rows = list(LEDGER)
    rows[1] = (rows[1][0], cell, *rows[1][2:])
    bureau.residents(rows)
    assert "[bad-number] 小区.xlsx row 2" in bureau.refused()
