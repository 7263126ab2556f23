"""Tables as bureaus write them: each trap alone, imported right or refused with its mend."""

from __future__ import annotations

import datetime as dt
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
import xlsxwriter
from bureau_folder import ESTATES, OUTLETS, Bureau, make_bureau, metres, write_csv, write_xlsx
from shapely.geometry import Point

HEAD = ("旗县区", "小区名称", "常住人口", "经度", "纬度")
PLAIN = [(name, people, lon, lat) for name, lon, lat, people, _ in ESTATES]
ROWS = [("昆都仑区", *row) for row in PLAIN]
PEOPLE = {name: people for name, _, _, people, _ in ESTATES}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def with_people(*cells: object, header: str = "常住人口") -> list[tuple[object, ...]]:
    """The ledger with these people in its first rows."""
    head = ("小区名称", header, "经度", "纬度")
    rest = [row[1] for row in PLAIN[len(cells) :]]
    rows = zip(PLAIN, [*cells, *rest], strict=True)
    return [head, *((name, cell, lon, lat) for (name, _, lon, lat), cell in rows)]


def first_people(bureau: Bureau, cell: object, header: str = "常住人口", **entry: Any) -> float:
    """What one cell is imported as."""
    rows = with_people(*([cell] * 5), header=header)
    bureau.mapping["residents"] |= entry
    bureau.residents(rows, residents=header)
    return bureau.people()["阳光家园"]


def test_the_plain_folder_is_imported(bureau: Bureau) -> None:
    instance = bureau.run()
    assert instance.residents["residents"].tolist() == list(PEOPLE.values())
    assert instance.residents[["x", "y"]].to_numpy().tolist() == metres(
        [(lon, lat) for _, lon, lat, _, _ in ESTATES], 4546
    )
    assert instance.outlets["categories"].tolist() == [
        "convenience_store",
        "pharmacy",
        "breakfast_shop",
    ]
    assert list(instance.categories["category"]) == [
        "convenience_store",
        "pharmacy",
        "breakfast_shop",
    ]
    assert bureau.unaccounted(instance) == []


# --- rows and headers ---------------------------------------------------------------------------


def test_titles_totals_notes_and_blank_rows_are_left_out(bureau: Bureau) -> None:
    rows = [
        ("一刻钟便民生活圈小区台账", "", "", "", ""),
        ("填报单位:商务局", "", "", "填报日期:2025年3月", ""),
        HEAD,
        *ROWS[:2],
        ("小 计", "", 2100, "", ""),
        ("", "", "", "", ""),
        ("", "", "", "", ""),
        *ROWS[2:],
        ("昆都仑区合计", "", 4300, "", ""),
        ("总计:", "", 6400, "", ""),
        ("注:以上为常住人口。", "", "", "", ""),
        ("填表人:张三", "", "审核:李四", "", ""),
    ]
    bureau.residents(rows, merges=[(0, 0, 0, 4)], district="旗县区")
    instance = bureau.run()
    assert instance.residents["name"].tolist() == list(PEOPLE)
    assert instance.residents["residents"].tolist() == list(PEOPLE.values())
    kinds = bureau.kinds()
    assert len(kinds["rows of totals"]) == 3
    assert len(kinds["notes"]) == 2
    assert [one["row"] for one in bureau.findings() if one["kind"] == "blank rows"] == ["7-8"]
    assert bureau.unaccounted(instance) == []


def test_a_header_of_two_merged_rows(bureau: Bureau) -> None:
    rows: list[Sequence[object]] = [
        ("小区台账", "", "", "", "", ""),
        ("小区名称", "人口(人)", "", "坐标", "", "备注"),
        ("", "合计", "60岁以上", "经度", "纬度", ""),
    ]
    rows += [(name, people, old, lon, lat, "") for name, lon, lat, people, old in ESTATES]
    merges = [(0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (1, 5, 2, 5)]
    bureau.mapping["categories"].append("社区食堂/老年助餐点")
    bureau.residents(rows, merges, residents="人口/合计", groups={"elderly": "60岁以上"})
    instance = bureau.run()
    assert instance.residents["elderly"].tolist() == [old for *_, old in ESTATES]
    assert instance.residents["residents"].tolist() == list(PEOPLE.values())


def test_a_group_header_that_is_not_merged(bureau: Bureau) -> None:
    rows: list[Sequence[object]] = [
        ("小区名称", "人口", "", "经度", "纬度"),
        ("", "合计", "老人", "", ""),
    ]
    rows += [(name, people, old, lon, lat) for name, lon, lat, people, old in ESTATES]
    write_csv(bureau.folder / "residents.csv", rows)
    bureau.mapping["residents"]["columns"] |= {
        "residents": "人口/合计",
        "groups": {"elderly": "人口/老人"},
    }
    assert bureau.people() == PEOPLE


def test_a_column_that_may_be_either_of_two(bureau: Bureau) -> None:
    rows: list[Sequence[object]] = [
        ("小区名称", "户籍", "", "常住", "", "经度", "纬度"),
        ("", "合计", "老人", "合计", "老人", "", ""),
    ]
    rows += [(name, 1, 1, people, old, lon, lat) for name, lon, lat, people, old in ESTATES]
    bureau.residents(rows, [(0, 1, 0, 2), (0, 3, 0, 4)], residents="合计")
    problem = bureau.refused()
    assert "2 columns that may be meant by '合计': 户籍/合计, 常住/合计" in problem
    assert "Write the whole name with its group" in problem


def test_the_header_again_and_numbers_of_columns(bureau: Bureau) -> None:
    numbers = ("1", "2", "3", "4", "5")
    bureau.residents([HEAD, numbers, *ROWS[:3], HEAD, *ROWS[3:]], district="旗县区")
    instance = bureau.run()
    assert len(instance.residents) == 5
    assert len(bureau.kinds()["repeated headers and column numbers"]) == 2
    assert bureau.unaccounted(instance) == []


def test_a_missing_column_is_named_with_the_nearest(bureau: Bureau) -> None:
    bureau.mapping["residents"]["columns"]["residents"] = "常驻人口"
    problem = bureau.refused()
    assert "residents.csv row 1: found no column '常驻人口'; the file has 小区名称" in problem
    assert "Did you mean '常住人口'?" in problem


def test_a_column_may_have_several_names(bureau: Bureau) -> None:
    bureau.mapping["residents"]["columns"]["residents"] = ["人口数", "常住人口"]
    assert bureau.people() == PEOPLE


def test_the_header_row_may_be_said(bureau: Bureau) -> None:
    bureau.residents([("常住人口", "小区名称", "经度", "纬度"), *with_people()])
    bureau.mapping["residents"]["header_row"] = 2
    assert bureau.people() == PEOPLE


def test_merged_cells_are_filled_down(bureau: Bureau) -> None:
    rows = [HEAD, ("东河区", *PLAIN[0]), *(("", *row) for row in PLAIN[1:3]), *ROWS[3:]]
    bureau.residents(rows, merges=[(1, 0, 3, 0)], district="旗县区")
    districts = bureau.run().residents["district"].tolist()
    assert districts == ["东河区", "东河区", "东河区", "昆都仑区", "昆都仑区"]
    assert (
        "'东河区' in a cell merged down to row 4" in bureau.kinds()["merged cells filled down"][0]
    )


def test_empty_cells_are_filled_down_only_if_the_mapping_says_so(bureau: Bureau) -> None:
    rows = [HEAD, ("东河区", *PLAIN[0]), *(("", *row) for row in PLAIN[1:])]
    bureau.residents(rows, district="旗县区")
    assert bureau.run().residents["district"].tolist() == ["东河区", "", "", "", ""]
    bureau.mapping["residents"]["fill_down"] = ["district"]
    assert bureau.run().residents["district"].tolist() == ["东河区"] * 5
    bureau.mapping["residents"]["fill_down"] = ["distrct"]
    assert "'distrct' in fill_down, which is no column of texts" in bureau.refused()
    bureau.mapping["residents"]["fill_down"] = ["residents"]
    assert "'residents' in fill_down, which is no column of texts" in bureau.refused()


def test_a_merged_number_is_counted_once(bureau: Bureau) -> None:
    rows = [("小区名称", "常住人口", "经度", "纬度"), ("甲", 900, *PLAIN[0][2:])]
    rows += [("乙", "", *PLAIN[1][2:]), ("丙", 500, *PLAIN[2][2:])]
    bureau.residents(rows, merges=[(1, 1, 2, 1)])
    assert bureau.people() == {"甲": 900, "丙": 500}
    line = next(one for one in bureau.findings() if one["kind"] == "merged cells filled down")
    assert line["what was done"] == "a number; kept in the first row alone"
    assert bureau.kinds()["rows without people"] == ["乙 109.845 40.642"]


def test_a_hidden_first_sheet_is_passed_over(bureau: Bureau) -> None:
    with xlsxwriter.Workbook(bureau.folder / "小区.xlsx") as book:
        hidden, shown = book.add_worksheet("选项"), book.add_worksheet("台账")
        hidden.write_column(0, 0, ["东河区", "昆都仑区"])
        hidden.hide()
        shown.activate()
        for number, row in enumerate(with_people()):
            shown.write_row(number, 0, row)
    bureau.mapping["residents"]["file"] = "小区.xlsx"
    assert bureau.people() == PEOPLE


def test_a_sheet_that_is_not_there(bureau: Bureau) -> None:
    bureau.residents(with_people())
    bureau.mapping["residents"]["sheet"] = "台帐"
    assert "no sheet '台帐'; the file has 台账" in bureau.refused()


# --- numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "header", "people"),
    [
        ("１，２００", "常住人口", 1200),
        ("1,200", "常住人口", 1200),
        ("1 200", "常住人口", 1200),
        (" 1200人 ", "常住人口", 1200),
        ("1200", "常住人口", 1200),
        (1200, "常住人口", 1200),
        ("3.5万", "常住人口", 35000),
        (0.12, "常住人口(万人)", 1200),
        ("1200人", "常住人口(万人)", 1200),
    ],
)
def test_numbers_of_people(bureau: Bureau, cell: object, header: str, people: float) -> None:
    assert first_people(bureau, cell, header) == people
    assert "estimated numbers" not in bureau.kinds()


@pytest.mark.parametrize("cell", ["约1200", "1200左右", "1200余人", "近1200人", "≈1200"])
def test_estimates_are_taken_and_noted(bureau: Bureau, cell: str) -> None:
    assert first_people(bureau, cell) == 1200
    line = next(one for one in bureau.findings() if one["kind"] == "estimated numbers")
    assert (line["row"], line["what"], line["what was done"]) == ("2", cell, "taken as 1,200")


@pytest.mark.parametrize(
    "cell", ["1000-1200", "一千二", "1,2", "-5", "5号", dt.date(2024, 3, 5), "1200人/300户"]
)
def test_what_is_no_number_of_people_is_refused(bureau: Bureau, cell: object) -> None:
    bureau.residents(with_people(str(cell)))
    problem = bureau.refused()
    assert "小区.xlsx row 2, column 常住人口: found" in problem
    assert "expected people, e.g. 1200, 约1200, 1200人 or 3.5万; at least 0" in problem


@pytest.mark.parametrize(
    ("cell", "header"),
    [(500, "户数"), ("500户", "常住人口"), (500, "总人口(户)"), ("约500户", "人口")],
)
def test_households_are_multiplied(bureau: Bureau, cell: object, header: str) -> None:
    assert first_people(bureau, cell, header, persons_per_household=2.27) == 1135
    done = [one for one in bureau.findings() if one["kind"] == "households counted as people"]
    assert done[0]["what was done"] == "1,135 people, 2.27 a household"


def test_households_without_a_figure_are_refused(bureau: Bureau) -> None:
    bureau.residents(with_people(500, 400, 300, 200, 100, header="户数"), residents="户数")
    problem = bureau.refused()
    assert "found households in '户数'; expected people, or how many people a household" in problem
    assert "Write 'persons_per_household: 2.4'" in problem


def test_registered_population_is_no_households_but_noted(bureau: Bureau) -> None:
    assert first_people(bureau, 900, "户籍人口") == 900
    assert bureau.kinds()["registered instead of resident population"] == ["'户籍人口'"]


def test_rows_without_people_and_with_none_are_left_out(bureau: Bureau) -> None:
    bureau.residents(with_people("—", 0, "无"))
    instance = bureau.run()
    assert instance.residents["name"].tolist() == ["新苑小区", "百合园"]
    assert len(bureau.kinds()["rows without people"]) == 2
    assert len(bureau.kinds()["rows with 0 people"]) == 1
    assert bureau.unaccounted(instance) == []


@pytest.mark.parametrize(
    ("cells", "header"),
    [(["20%"] * 5, "老人"), ([20] * 5, "老人占比(%)"), ([0.2] * 5, "老人占比")],
)
def test_groups_from_shares(bureau: Bureau, cells: list[object], header: str) -> None:
    rows = [("小区名称", "常住人口", header, "经度", "纬度")]
    rows += [(row[0], row[1], cell, *row[2:]) for row, cell in zip(PLAIN, cells, strict=True)]  # type: ignore[misc]
    bureau.residents(rows, groups={"elderly": header})
    assert bureau.run().residents["elderly"].tolist() == [240, 180, 300, 140, 420]
    assert len(bureau.kinds()["groups from shares"]) == 5


def test_a_share_for_every_row(bureau: Bureau) -> None:
    bureau.mapping["categories"].append("社区食堂")
    problem = bureau.refused()
    assert "no numbers of elderly in residents.csv; expected people of this group" in problem
    assert "'社区食堂/老年助餐点' serve. Add a column to 'groups', or a share" in problem
    bureau.mapping["residents"]["group_shares"] = {"elderly": "20%"}
    assert bureau.run().residents["elderly"].tolist() == [240, 180, 300, 140, 420]


def test_empty_cells_of_groups_are_taken_as_none(bureau: Bureau) -> None:
    rows = [("小区名称", "常住人口", "老人", "经度", "纬度")]
    rows += [(row[0], row[1], "" if at else 200, *row[2:]) for at, row in enumerate(PLAIN)]  # type: ignore[misc]
    bureau.residents(rows, groups={"elderly": "老人"})
    assert bureau.run().residents["elderly"].tolist() == [200, 0, 0, 0, 0]
    assert bureau.kinds()["empty numbers"] == ["no number of elderly"] * 4


def test_more_old_people_than_people(bureau: Bureau) -> None:
    rows = [("小区名称", "常住人口", "老人", "经度", "纬度")]
    rows += [(row[0], row[1], 1000, *row[2:]) for row in PLAIN]  # type: ignore[misc]
    bureau.residents(rows, groups={"elderly": "老人"})
    problem = bureau.refused()
    assert "小区.xlsx rows 3, 5, column 老人" in problem
    assert "more people in elderly than people: 1,000 > 900, 1,000 > 700" in problem


# --- files --------------------------------------------------------------------------------------


def test_csv_in_gb18030_and_with_bom(bureau: Bureau) -> None:
    text = bureau.text("residents")
    for encoding in ("gb18030", "utf-8-sig"):
        (bureau.folder / "residents.csv").write_bytes(text.encode(encoding))
        assert bureau.people() == PEOPLE


def test_csv_with_semicolons_and_tabs(bureau: Bureau) -> None:
    text = bureau.text("residents")
    for sign in (";", "\t"):
        (bureau.folder / "residents.csv").write_text(text.replace(",", sign), encoding="utf-8")
        assert bureau.people() == PEOPLE


def test_garbled_csv_is_refused(bureau: Bureau) -> None:
    garbled = bureau.text("residents").encode().decode("latin-1")
    (bureau.folder / "residents.csv").write_text(garbled, encoding="utf-8")
    problem = bureau.refused()
    assert "which was '小区名称' once; expected Chinese text as it was typed" in problem
    assert "saved in the wrong encoding" in problem


def test_lost_characters_are_refused(bureau: Bureau) -> None:
    text = bureau.text("residents").replace("小区名称", "锟斤拷锟斤拷")
    (bureau.folder / "residents.csv").write_text(text, encoding="utf-8")
    assert "found '锟斤拷锟斤拷', garbled text" in bureau.refused()


def test_an_old_excel_file(bureau: Bureau) -> None:
    """Written by xlwt 1.3: a merged title, a merged district, a number stored as text."""
    shutil.copyfile(Path(__file__).with_name("old_ledger.xls"), bureau.folder / "旧.xls")
    bureau.mapping["residents"]["file"] = "旧.xls"
    bureau.mapping["residents"]["columns"]["district"] = "旗县区"
    frame = bureau.run().residents
    assert frame["name"].tolist() == ["甲小区", "乙小区"]
    assert frame["residents"].tolist() == [1200, 850]
    assert frame["district"].tolist() == ["东河区", "东河区"]


def layer(bureau: Bureau, name: str, encoding: str | None = None) -> None:
    """Writes the ledger of estates as a layer, with a name too long for a DBF."""
    places = [Point(lon, lat) for _, lon, lat, _, _ in ESTATES]
    columns = {"小区名称": list(PEOPLE), "常住人口数量": list(PEOPLE.values())}
    frame = geopandas.GeoDataFrame(columns, geometry=places, crs=4326)
    options = {"encoding": encoding} if encoding else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the name is cut
        frame.to_file(bureau.folder / name, **options)
    names = {"name": "小区名称", "residents": "常住人口数量"}
    bureau.mapping["residents"] = {"file": name, "crs": "WGS84", "columns": names}


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("GB18030", None),
        ("GB18030", "UTF-8"),
        ("UTF-8", "GBK"),
        ("UTF-8", None),
        ("UTF-8", "UTF-8"),
    ],
)
def test_shapefiles_whose_table_is_labelled_wrong_or_not_at_all(
    bureau: Bureau, encoding: str, label: str | None
) -> None:
    layer(bureau, "estates.shp", encoding)
    cpg = bureau.folder / "estates.cpg"
    cpg.unlink(missing_ok=True)
    if label:
        cpg.write_text(label, encoding="ascii")
    assert bureau.people() == PEOPLE


@pytest.mark.parametrize("name", ["estates.gpkg", "estates.geojson"])
def test_other_layers(bureau: Bureau, name: str) -> None:
    layer(bureau, name)
    assert bureau.people() == PEOPLE


def test_several_files_of_one_kind(bureau: Bureau) -> None:
    head, *rows = with_people()
    entry = bureau.mapping["residents"]
    files = []
    for name, part in (("东河.xlsx", rows[:2]), ("昆区.xlsx", rows[2:])):
        write_xlsx(bureau.folder / name, [head, *part])
        files.append({**entry, "file": name})
    bureau.mapping["residents"] = files
    assert bureau.people() == PEOPLE


def test_files_that_cannot_be_read_come_all_at_once(bureau: Bureau) -> None:
    bureau.mapping["residents"]["file"] = "小区.docx"
    bureau.mapping["outlets"]["file"] = "outlet.csv"
    (bureau.folder / "broken.xlsx").write_bytes(b"no Excel file")
    bureau.mapping["sites"]["file"] = "broken.xlsx"
    problems = "\n".join(bureau.problems())
    assert "a file of the kind '.docx'" in problems
    assert "the name 'outlet.csv' of a file that does not exist" in problems
    assert "Did you mean 'outlets.csv'?" in problems
    assert "broken.xlsx: found a file that cannot be read: not an Excel file" in problems


# --- outlets ------------------------------------------------------------------------------------


def outlets(bureau: Bureau, types: Sequence[object], **columns: Any) -> list[str]:
    """The categories of as many outlets as there are cells of types."""
    rows = [
        (f"店{n}", kind, 109.84 + n / 1000, 40.64, *columns.get("more", ()))
        for n, kind in enumerate(types)
    ]
    head = ("网点名称", "业态", "经度", "纬度", *columns.get("head", ()))
    write_xlsx(bureau.folder / "网点.xlsx", [head, *rows])
    bureau.mapping["outlets"]["file"] = "网点.xlsx"
    bureau.mapping["categories"] = ["便利店", "药店", "早餐店", "维修点", "快餐小吃店"]
    return [str(one) for one in bureau.run().outlets["categories"]]


def test_one_outlet_of_several_categories(bureau: Bureau) -> None:
    cells = ["便利店、早餐", "便利店,药店", "便利店/药店", "药店；维修点", "便民超市(24小时)"]
    assert outlets(bureau, cells) == [
        "convenience_store;breakfast_shop",
        "convenience_store;pharmacy",
        "convenience_store;pharmacy",
        "pharmacy;repair_point",
        "convenience_store",
    ]
    assert len(bureau.kinds()["outlets of several categories"]) == 4


def test_several_columns_of_types(bureau: Bureau) -> None:
    bureau.mapping["outlets"]["columns"]["types"] = ["业态", ["兼营", "兼营业态"]]
    found = outlets(bureau, ["便利店", "药店"], head=("兼营业态",), more=("早餐",))
    assert found == ["convenience_store;breakfast_shop", "pharmacy;breakfast_shop"]


def test_amap_codes_by_their_beginning(bureau: Bureau) -> None:
    """A code that Excel made a number of has lost its zero; two codes stand in one cell."""
    found = outlets(bureau, ["060200", 60202, "090601", "060200|050301"])
    assert found == [
        "convenience_store",
        "convenience_store",
        "pharmacy",
        "convenience_store;fast_food",
    ]


def test_types_that_nobody_knows_are_listed_with_their_number(bureau: Bureau) -> None:
    found = outlets(bureau, ["便利店", "棋牌室", "棋牌室、药店", "宠物店", "090300"])
    assert found == ["convenience_store", "pharmacy"]
    kinds = bureau.kinds()
    assert kinds["types that no category was given to"] == [
        "'棋牌室': 2 times, 1 of them without any category",
        "'090300': 1 times, 1 of them without any category",
    ]
    assert len(kinds["outlets without a category"]) == 2
    assert len(kinds["categories outside the plan"]) == 1
    assert kinds["categories without an outlet"][0] == "'早餐店': no outlet in any file"


def test_the_mapping_says_what_a_word_means(bureau: Bureau) -> None:
    bureau.mapping["types"] = {
        "words": {"棋牌室": [], "大药房": "药店"},
        "contains": {"便民": ["convenience_store", "早餐店"]},
        "codes": {"090300": "药店"},
    }
    found = outlets(bureau, ["大药房", "便民亭", "090301", "棋牌室"])
    assert found == ["pharmacy", "convenience_store;breakfast_shop", "pharmacy"]
    assert "types that no category was given to" not in bureau.kinds()


def test_a_category_that_is_none(bureau: Bureau) -> None:
    bureau.mapping["types"] = {"words": {"小卖铺": "便利点"}}
    bureau.mapping["categories"] = ["便利店", "药铺"]
    problems = "\n".join(bureau.problems())
    assert "types.words.小卖铺: found the category '便利点'" in problems
    assert "Did you mean '便利店'?" in problems
    assert "categories.1: found the category '药铺'" in problems


def test_the_same_outlet_twice_is_merged(bureau: Bureau) -> None:
    rows = [
        *OUTLETS,
        ("惠民便利店 ", "早餐店", 109.8412, 40.6411),
        ("惠民便利店", "药店", 109.85, 40.64),
    ]
    write_csv(bureau.folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度"), *rows])
    instance = bureau.run()
    assert instance.outlets["categories"].tolist() == [
        "convenience_store;breakfast_shop",
        "pharmacy",
        "breakfast_shop",
        "pharmacy",
    ]
    assert bureau.kinds()["duplicates, merged"] == ["'惠民便利店', also in outlets.csv row 2"]
    assert bureau.unaccounted(instance) == []


def test_two_outlets_of_a_type_at_one_point_are_kept(bureau: Bureau) -> None:
    rows = [*OUTLETS, ("另一便利店", "便利店", 109.8410, 40.6410)]
    write_csv(bureau.folder / "outlets.csv", [("网点名称", "业态", "经度", "纬度"), *rows])
    assert len(bureau.run().outlets) == 4
    found = bureau.kinds()["possible duplicates, kept"]
    assert found == ["'另一便利店', at the same place as '惠民便利店' in outlets.csv row 2"]


def test_an_estate_twice_is_merged_only_with_the_same_people(bureau: Bureau) -> None:
    twice = [PLAIN[0], (PLAIN[1][0], 55, *PLAIN[1][2:])]
    bureau.residents([*with_people(), *twice])
    instance = bureau.run()
    assert instance.residents["residents"].sum() == sum(PEOPLE.values()) + 55
    assert len(bureau.kinds()["duplicates, merged"]) == 1
    assert len(bureau.kinds()["possible duplicates, kept"]) == 1
    assert bureau.unaccounted(instance) == []


def test_ids_that_are_there_twice(bureau: Bureau) -> None:
    text = bureau.text("sites").replace("点位名称", "点位名称,编号")
    for number, name in enumerate(("阳光家园", "锦绣小区", "和平里", "原锅炉房")):
        text = text.replace(name, f"{name},D{number // 2}")
    (bureau.folder / "sites.csv").write_text(text, encoding="utf-8")
    bureau.mapping["sites"]["columns"]["id"] = "编号"
    problem = bureau.refused()
    assert "sites.csv 2, sites.csv 3" in problem
    assert "found 'D0', 'D1'; expected each id once" in problem


# --- offers and categories ----------------------------------------------------------------------


def offers(bureau: Bureau, rows: Sequence[Sequence[object]], cost: str = "财政资金(万元)") -> None:
    head = ("点位", "业态", "建设方式", cost, "总投资")
    write_xlsx(bureau.folder / "项目.xlsx", [("备选项目", "", "", "", ""), head, *rows])
    columns = {"site": "点位", "categories": "业态", "mode": "建设方式", "cost": "财政资金"}
    bureau.mapping["offers"] = {"file": "项目.xlsx", "columns": columns}


def test_offers_in_ten_thousands_and_in_yuan(bureau: Bureau) -> None:
    rows = [
        ("阳光家园", "便利店、早餐店", "新建", 9, ""),
        ("原锅炉房", "药店", "改造", "75000元", ""),
        ("和平里", "药店", "引进", "约8万", ""),
        ("锦绣小区", "早餐店", "叠加(一店多能)", "１.５", ""),
    ]
    offers(bureau, rows)
    found = bureau.run().offers
    assert found["cost"].tolist() == [90000, 75000, 80000, 15000]
    assert found["mode"].tolist() == ["new", "retrofit", "introduce", "add-on"]
    assert found["categories"].iloc[0] == "convenience_store;breakfast_shop"


def test_a_unit_in_the_title(bureau: Bureau) -> None:
    offers(bureau, [("阳光家园", "便利店", "新建", 9, "")], cost="财政资金")
    problem = bureau.refused()
    assert "amounts in '财政资金' without a unit" in problem
    assert "Write e.g. '财政资金(万元)' as the header." in problem
    rows = [("备选项目", "", "", "单位:万元", ""), ("点位", "业态", "建设方式", "财政资金", "")]
    write_xlsx(bureau.folder / "项目.xlsx", [*rows, ("阳光家园", "便利店", "新建", 9, "")])
    assert bureau.run().offers["cost"].tolist() == [90000]


def test_offers_that_cannot_be_understood(bureau: Bureau) -> None:
    rows = [
        ("阳光家园", "便利店", "自建", 9, ""),
        ("没有的点位", "便利店", "新建", 9, ""),
        ("和平里", "棋牌室", "新建", 9, ""),
        ("和平里", "药店", "新建", "", ""),
        ("和平里", "药店", "新建", "九万", ""),
    ]
    offers(bureau, rows)
    problems = "\n".join(bureau.problems())
    assert "项目.xlsx row 3, column 建设方式: found '自建'; expected one of 新建, 改造" in problems
    assert "项目.xlsx row 4, column 点位: found '没有的点位'" in problems
    assert "项目.xlsx row 5, column 业态: found '棋牌室'" in problems
    assert "项目.xlsx row 7, column 财政资金(万元): found '九万'" in problems


def test_an_offer_without_a_cost(bureau: Bureau) -> None:
    offers(bureau, [("和平里", "药店", "新建", "", ""), ("和平里", "便利店", "新建", 0, "")])
    assert "row 3, column 财政资金(万元): found no cost" in bureau.refused()


def test_offers_outside_the_plan_are_left_out(bureau: Bureau) -> None:
    offers(bureau, [("和平里", "药店", "新建", 5, ""), ("和平里", "菜市场", "新建", 50, "")])
    assert bureau.run().offers["categories"].tolist() == ["pharmacy"]
    assert len(bureau.kinds()["categories outside the plan"]) == 1


def test_the_categories_as_a_table(bureau: Bureau) -> None:
    rows = [
        ("业态", "财政资金(万元)", "步行时间"),
        ("药店", 6, 12),
        ("便利店", "", ""),
        ("早餐店", 2, ""),
    ]
    write_xlsx(bureau.folder / "目录.xlsx", rows)
    del bureau.mapping["categories"]
    columns = {"category": "业态", "cost": "财政资金", "standard_minutes": "步行时间"}
    bureau.mapping["category_table"] = {"file": "目录.xlsx", "columns": columns}
    found = bureau.run().categories.set_index("category")
    assert found["cost"].to_dict() == {
        "pharmacy": 60000,
        "convenience_store": 90000,
        "breakfast_shop": 20000,
    }
    assert found["standard_minutes"].tolist() == [12, 5, 8]


def test_a_category_twice_or_unknown_in_the_table(bureau: Bureau) -> None:
    write_xlsx(bureau.folder / "目录.xlsx", [("业态", "x"), ("药店", 1), ("药店", 1), ("茶摊", 1)])
    del bureau.mapping["categories"]
    entry = {"file": "目录.xlsx", "columns": {"category": "业态", "priority": "x"}}
    bureau.mapping["category_table"] = entry
    problems = "\n".join(bureau.problems())
    assert "目录.xlsx rows 2, 3, column 业态: found '药店', '药店'; expected each cat" in problems
    assert "目录.xlsx row 4, column 业态: found '茶摊'; expected a category of the" in problems


def test_what_is_allowed_at_a_site(bureau: Bureau) -> None:
    rows: list[Sequence[object]] = [("点位名称", "经度", "纬度", "业态", "面积(㎡)", "数量")]
    rows += [
        ("甲", 109.84, 40.64, "不限", "120平方米", "2"),
        ("乙", 109.85, 40.64, "药店、便利店", "0.5亩", "1个"),
        ("丙", 109.86, 40.64, "", "", ""),
        ("丁", 109.87, 40.64, "菜市场", 900, 1),
    ]
    write_xlsx(bureau.folder / "点位.xlsx", rows)
    bureau.mapping["sites"]["file"] = "点位.xlsx"
    bureau.mapping["sites"]["columns"] |= {"allowed": "业态", "floor_area": "面积", "slots": "数量"}
    sites = bureau.run().sites
    assert sites["allowed_categories"].tolist() == ["", "pharmacy;convenience_store", ""]
    assert sites["floor_area_m2"].iloc[:2].tolist() == pytest.approx([120, 1000 / 3], abs=0.01)
    assert sites["slots"].iloc[:2].tolist() == [2, 1]
    assert len(bureau.kinds()["categories outside the plan"]) == 1


@pytest.mark.parametrize("cell", ["9" * 400, "1" + "0" * 16, "999999999亿"])
@pytest.mark.parametrize("column", ["常住人口", "老人"])
def test_numbers_that_no_bureau_has_are_named_with_their_cells(
    bureau: Bureau, cell: str, column: str
) -> None:
    rows = [line.split(",") for line in bureau.text("residents").splitlines()]
    rows[2][rows[0].index(column)] = cell
    bureau.residents(rows, groups={"elderly": "老人"})
    problem = bureau.refused()
    assert "[bad-number]" in problem
    assert "row 3" in problem
