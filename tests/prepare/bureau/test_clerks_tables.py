"""Tables as clerks make them: no number changes, and no row goes, without a word."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from broken_town import Town
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, make_bureau, write_csv, write_xlsx

from siting.inputs.sheets import read_sheet

HEAD = ("小区名称", "常住人口", "经度", "纬度")
ROWS = [(name, people, lon, lat) for name, lon, lat, people, _ in ESTATES]


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def residents(bureau: Bureau, rows: Sequence[Sequence[object]]) -> None:
    write_xlsx(bureau.folder / "r.xlsx", rows)
    bureau.mapping["residents"]["file"] = "r.xlsx"


# --- what OpenDocument and old Excel show and their values lack -----------------------------------

STYLES = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{1}:1.0"'
NAMES = " ".join(STYLES.format(*pair) for pair in (
    ("office", "office"), ("table", "table"), ("text", "text")))  # fmt: skip

MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def ods(path: Path, rows: str) -> bytes:
    """An OpenDocument sheet of rows as they stand in its XML."""
    content = (
        f'<office:document-content {NAMES} office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", MANIFEST)
        book.writestr("content.xml", content)
    return path.read_bytes()


def row(*cells: str, **said: str) -> str:
    marks = "".join(f' table:{key.replace("_", "-")}="{value}"' for key, value in said.items())
    return f"<table:table-row{marks}>{''.join(cells)}</table:table-row>"


def cell(text: str, kind: str = "string", value: str = "", more: str = "") -> str:
    number = f' office:value="{value}"' if value else ""
    return (f'<table:table-cell office:value-type="{kind}"{number} {more}>'
            f"<text:p>{text}</text:p></table:table-cell>")  # fmt: skip


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (cell("17.0%", "percentage", "0.17"), "17%"),
        (cell("7%", "percentage", "0.07"), "7%"),
        (cell("0.54万人", "float", "0.54"), "0.54万人"),
        (cell("300户", "float", "300"), "300户"),
        (cell("1,200", "float", "1200"), "1200"),
        (cell("#N/A", "string", more='table:formula="of:=NA()"'), "#N/A"),
        (cell("#DIV/0!", "float", "0", 'table:formula="of:=1/0"'), "#DIV/0!"),
        (cell("Err:508", "float", "0", 'table:formula="of:=(1"'), "Err:508"),
        ('<table:table-cell table:formula="of:=2*15"/>', "=2*15"),
    ],
)
def test_cells_of_opendocument_are_what_they_show(made: str, shown: str, tmp_path: Path) -> None:
    head = row(cell("名称"), cell("数"))
    twice = row(cell("甲"), made, number_rows_repeated="2")
    read = read_sheet(ods(tmp_path / "t.ods", head + twice), "t.ods", None)
    assert read.rows[1:] == [["甲", shown], ["甲", shown]]


def test_hidden_rows_and_merged_cells_of_opendocument(tmp_path: Path) -> None:
    merged = cell("昆区", more='table:number-rows-spanned="2" table:number-columns-spanned="1"')
    rows = [
        row(cell("区"), cell("名称")),
        row(merged, cell("甲")),
        row("<table:covered-table-cell/>", cell("乙"), visibility="filter"),
    ]
    read = read_sheet(ods(tmp_path / "t.ods", "".join(rows)), "t.ods", None)
    assert read.merged == ((1, 0, 2, 0),)
    assert read.hidden == {2}


def test_cells_of_old_excel_are_what_they_show() -> None:
    """Written by LibreOffice from a sheet of formats, an error, a hidden row and a merged cell."""
    content = Path(__file__).with_name("old_formats.xls").read_bytes()
    read = read_sheet(content, "old_formats.xls", None)
    head, first, *_ = read.rows
    shown = dict(zip(head, first, strict=True))
    assert [shown[one] for one in ("占比", "万人", "户", "错", "式", "日期")] == [
        "17%", "0.54万人", "300户", "#N/A", "2400", "2025-12-09"]  # fmt: skip
    assert read.hidden == {2}
    assert read.merged == ((4, 0, 5, 0),)


def test_an_old_excel_file_that_is_damaged_is_refused(bureau: Bureau) -> None:
    content = bytearray(Path(__file__).with_name("old_formats.xls").read_bytes())
    content[0x200:0x400] = bytes(0x200)
    (bureau.folder / "x.xls").write_bytes(content)
    bureau.mapping["residents"]["file"] = "x.xls"
    assert "x.xls" in bureau.refused()


@pytest.mark.parametrize("wanted", [r' r="[A-Z]+\d+"', r'(?<=<row) r="\d+"'])
def test_cells_without_addresses_keep_their_units(wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["名称", "占比"])
        sheet.write_row(1, 0, ["甲", 0.17], book.add_format({"num_format": "0%"}))
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = re.sub(wanted, "", parts[part].decode()).encode()
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    assert read_sheet(content.getvalue(), "t.xlsx", None).rows[1] == ["甲", "17%"]


def test_binary_workbooks_are_refused(bureau: Bureau) -> None:
    (bureau.folder / "x.xlsb").write_bytes(b"PK")
    bureau.mapping["residents"]["file"] = "x.xlsb"
    assert "found a file of the kind '.xlsb'" in bureau.refused()


# --- which rows are meant -------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2025, "2025", [2025, 2026], 2025.0])
def test_rows_are_filtered_by_numbers_however_they_are_written(
    bureau: Bureau, value: object
) -> None:
    years = [2025, "2025", 2024, "2025.0", "2024.0"]
    residents(bureau, [(*HEAD, "年份"), *((*row, y) for row, y in zip(ROWS, years, strict=True))])
    bureau.mapping["residents"]["where"] = {"年份": value}
    assert list(bureau.people()) == ["阳光家园", "锦绣小区", "新苑小区"]


@pytest.mark.parametrize("value", [True, "TRUE", "true"])
def test_rows_are_filtered_by_truths(bureau: Bureau, value: object) -> None:
    states = [True, "TRUE", False, "FALSE", "是"]
    rows = [(*row, state) for row, state in zip(ROWS, states, strict=True)]
    residents(bureau, [(*HEAD, "在用"), *rows])
    bureau.mapping["residents"]["where"] = {"在用": value}
    assert list(bureau.people()) == ["阳光家园", "锦绣小区"]


def test_sheets_of_several_districts_are_named_one_by_one(bureau: Bureau) -> None:
    with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
        for name, rows in (("昆区", ROWS[:2]), ("青山区", ROWS[2:])):
            sheet = book.add_worksheet(name)
            for at, one in enumerate([HEAD, *rows]):
                sheet.write_row(at, 0, one)
    entry = bureau.mapping["residents"]
    entry["file"] = "r.xlsx"
    assert "in several sheets of r.xlsx: '昆区', '青山区'" in bureau.refused()
    bureau.mapping["residents"] = [entry | {"sheet": name} for name in ("昆区", "青山区")]
    assert len(bureau.people()) == len(ROWS)


def test_a_sheet_with_all_columns_but_one_is_noted(bureau: Bureau) -> None:
    with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
        for name, width in (("昆区", 5), ("青山区", 4)):
            sheet = book.add_worksheet(name)
            for at, one in enumerate([(*HEAD, "区"), *((*row, name) for row in ROWS)]):
                sheet.write_row(at, 0, one[:width])
    bureau.mapping["residents"]["file"] = "r.xlsx"
    bureau.mapping["residents"]["columns"]["district"] = "区"
    bureau.run()
    (line,) = [one for one in bureau.findings() if one["sheet"] == "青山区"]
    assert line["what"] == "all columns but one, as in sheet '昆区'"


@pytest.mark.parametrize(
    ("name", "types", "state"),
    [
        ("新店", "便利店(筹建)", ""),
        ("新店", "便利店", "已停业"),
        ("新店", "便利店", "暂停营业（装修）"),
        ("拟建便利店", "便利店", ""),
        ("新店（已关闭）", "便利店", ""),
        ("新店", "便利店", "不可用(产权纠纷)"),
    ],
)
def test_places_that_may_not_be_open_are_noted(
    bureau: Bureau, name: str, types: str, state: str
) -> None:
    head = ("网点名称", "业态", "经度", "纬度", "现状")
    new = (name, types, 109.842, 40.642, state)
    write_csv(bureau.folder / "outlets.csv", [head, *((*one, "正常") for one in OUTLETS), new])
    assert len(bureau.run().outlets) == len(OUTLETS) + 1
    (line,) = [one for one in bureau.findings() if one["kind"] == "places that may not be open"]
    assert line["row"] == "5"


def test_what_a_filter_lets_through_is_meant(bureau: Bureau) -> None:
    head = ("网点名称", "业态", "经度", "纬度", "现状")
    write_csv(bureau.folder / "outlets.csv", [head, *((*one, "停业") for one in OUTLETS)])
    bureau.mapping["outlets"]["where"] = {"现状": "停业"}
    bureau.run()
    assert "places that may not be open" not in bureau.kinds()


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [["20", "0.2"], ["1", "18"], ["0.5", "12.5"]])
def test_shares_of_two_kinds_in_a_column_are_refused(bureau: Bureau, cells: list[str]) -> None:
    shares = [*cells, "20%", "20%", "20%"]
    rows = [(*row, share) for row, share in zip(ROWS, shares, strict=True)]
    residents(bureau, [(*HEAD, "老年人口占比"), *rows])
    bureau.mapping["residents"]["columns"]["groups"] = {"elderly": "老年人口占比"}
    assert "expected shares of one kind" in bureau.refused()


@pytest.mark.parametrize("people", ["1500", "1500万", "150万人"])
def test_a_point_with_the_people_of_a_town_is_doubted(bureau: Bureau, people: str) -> None:
    head = ("小区名称", "常住人口(万人)", *HEAD[2:])
    rows: list[list[object]] = [[name, n / 10_000, lon, lat] for name, n, lon, lat in ROWS]
    rows[0][1] = people
    residents(bureau, [head, *rows])
    said = " ".join(str(one) for one in bureau.run().warnings)
    assert "from r.xlsx:2" in said
    assert "about as many people as elsewhere" in said


@pytest.mark.parametrize("count", [3, 4, 5])
def test_places_at_one_and_the_same_point_are_noted(bureau: Bureau, count: int) -> None:
    residents(bureau, [HEAD, *((*row[:2], 109.84, 40.64) for row in ROWS[:count]), *ROWS[count:]])
    assert len(bureau.run().residents) == len(ROWS)
    assert any(f"{count} rows of different names" in one
               for one in bureau.kinds()["doubts from comparing tables"])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "left_out"), [("合计", True), ("总计：", True), ("小计", True), ("昆区小计", False)]
)
def test_a_total_with_coordinates_is_no_place_in_silence(
    bureau: Bureau, name: str, left_out: bool
) -> None:
    residents(bureau, [HEAD, *ROWS, (name, 6400, 109.846, 40.642)])
    assert len(bureau.run().residents) == len(ROWS) + (not left_out)
    kind = "rows of totals" if left_out else "doubts from comparing tables"
    assert any(name in one for one in bureau.kinds()[kind])


@pytest.mark.parametrize("cell", ["待定", "", "—", "暂无"])
@pytest.mark.parametrize("column", ["步行时间(分钟)", "财政资金(万元)"])
def test_a_number_of_the_catalogue_is_said_where_it_is_taken(
    bureau: Bureau, cell: str, column: str
) -> None:
    head = ("业态", "步行时间(分钟)", "财政资金(万元)")
    rows = [["便利店", "10", "10"], ["药店", "15", "8"], ["早餐店", "15", "9"]]
    rows[1][head.index(column)] = cell
    write_csv(bureau.folder / "c.csv", [head, *rows])
    del bureau.mapping["categories"]
    columns = {"category": head[0], "standard_minutes": head[1], "cost": head[2]}
    bureau.mapping["category_table"] = {"file": "c.csv", "columns": columns}
    bureau.run()
    (line,) = [one for one in bureau.findings() if one["kind"] == "empty numbers"]
    assert line["row"] == "3"
    assert line["what was done"].startswith("the catalogue's ")


# --- offers ---------------------------------------------------------------------------------------


def offers(bureau: Bureau, *rows: tuple[object, ...], **columns: str) -> None:
    write_csv(bureau.folder / "offers.csv", [("编号", "点位名称", "业态", "财政资金(万元)"), *rows])
    columns |= {"site": "点位名称", "categories": "业态", "cost": "财政资金"}
    bureau.mapping["offers"] = {"file": "offers.csv", "columns": columns}


def test_an_offer_listed_twice_is_one(bureau: Bureau) -> None:
    offers(
        bureau, (1, "阳光家园", "药店", 10), (2, "和平里", "药店", 10), (3, "阳光家园", "药店", 10)
    )
    assert bureau.run().offers["site_id"].tolist() == ["S00001", "S00003"]
    (line,) = [one for one in bureau.findings() if one["kind"] == "duplicates, merged"]
    assert (line["file"], line["row"], line["state"]) == ("offers.csv", "4", "left out")


@pytest.mark.parametrize(("number", "cost"), [(2, 12), (2, 10)])
def test_offers_that_differ_in_part_are_kept_and_noted(
    bureau: Bureau, number: int, cost: int
) -> None:
    rows = [(1, "阳光家园", "药店、便利店", 10), (number, "阳光家园", "便利店、药店", cost)]
    offers(bureau, *rows, id="编号")
    assert len(bureau.run().offers) == 2
    assert len(bureau.kinds()["possible duplicates, kept"]) == 1


def test_an_offer_twice_in_an_instance_is_a_warning(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.add_offers()
    assert "offered-twice" not in town.codes()
    town.write("offers.csv", town.text("offers.csv") + "O9,S3,pharmacy,75000,,\n")
    assert "offered-twice" in town.codes()


# --- optional layers ------------------------------------------------------------------------------


def test_a_mapping_on_a_plane_of_its_own(bureau: Bureau) -> None:
    for role in ("residents", "outlets", "sites"):
        head, *rows = (line.split(",") for line in bureau.text(role).splitlines())
        xy = [((float(x) - 109.8) * 1000, (float(y) - 40.6) * 1000) for *_, x, y in rows]
        moved = [[*one[:-2], f"{x:.2f}", f"{y:.2f}"] for one, (x, y) in zip(rows, xy, strict=True)]
        write_csv(bureau.folder / f"{role}.csv", [head, *moved])
        bureau.mapping[role]["crs"] = "local"
    bureau.mapping["crs"] = "local"
    assert "expected tables in metres of one plane" in bureau.refused()
    del bureau.mapping["area"]
    instance = bureau.run()
    assert instance.residents[["x", "y"]].to_numpy(float).tolist()[0] == [40, 40]
    assert bureau.unaccounted(instance) == []
    bureau.mapping["sites"]["crs"] = "WGS84"
    assert "expected tables in metres of one plane" in bureau.refused()


def test_a_mapping_without_outlets(bureau: Bureau) -> None:
    bureau.mapping["outlets"] = []
    instance = bureau.run()
    assert instance.outlets.empty
    assert len(instance.sites) == len(SITES)
    assert len(bureau.kinds()["categories without an outlet"]) == 3
