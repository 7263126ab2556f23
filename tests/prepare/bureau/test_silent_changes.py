"""Small messy files of strangers: none changes in silence, whichever road it comes by."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from broken_town import Town
from bureau_folder import Bureau, make_bureau, write_csv, write_xlsx
from shapely.geometry import LineString, Point, box
from test_damaged_files import ROADS, Road, by_instance, by_ledger, layer, refusal, saved

from siting.errors import InputError
from siting.inputs.header_units import Unit, unit_of
from siting.inputs.sheets import read_sheet
from siting.inputs.yaml_marks import read_marked
from siting.prepare.bureau.bureau_mapping import OutlinesEntry
from siting.prepare.bureau.cell_grids import read_grid
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.ledgers import FILTER, KEEP, Filter, Ledger, Reading, read_ledger
from siting.prepare.bureau.number_columns import Columns
from siting.prepare.bureau.outlines import read_outlines

PEOPLE = ("小区名称", "常住人口")


def ledger(
    path: Path, wanted: dict[str, str], **reading: object
) -> tuple[Ledger, dict[str, list[Finding]]]:
    """The rows of a ledger, and what was noticed by kind."""
    findings = Findings()
    names = {ours: [theirs] for ours, theirs in wanted.items()}
    how = Reading(names, None, None, **{"fill_down": [], "place": "", **reading})  # type: ignore[arg-type]
    read = read_ledger(read_grid(path.parent, path.name, None, ""), how, findings)
    kinds: dict[str, list[Finding]] = {}
    for one in findings.lines:
        kinds.setdefault(one.kind, []).append(one)
    return read, kinds


def people(path: Path, header: str) -> tuple[list[float], Columns]:
    """What a column of people is read as."""
    read, _ = ledger(path, {"name": "小区名称", "residents": header})
    columns = Columns(read, Findings())
    return columns.people("residents", None).tolist(), columns


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


# --- cells of a text ------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ["a,1,200", 'a, "1,200"', "a,1,2,3", "a,b,1"])
def test_a_row_longer_than_its_header_is_named(row: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"小区名称,常住人口\n甲,5\n{row}\n")
    with pytest.raises(InputError, match=r"row 3: found [34] cells, and 2 in the header"):
        ledger(path, {"name": "小区名称", "residents": "常住人口"})
    assert "row 3" in refusal(by_instance, path)


@pytest.mark.parametrize("tail", [",,,", ",", ",,"])
def test_separators_behind_a_row_are_nothing(tail: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"小区名称,常住人口\n甲,5{tail}\n乙,6\n")
    assert ledger(path, {"name": "小区名称"})[0].frame["name"].tolist() == ["甲", "乙"]


@ROADS
@pytest.mark.parametrize("last", ["3,c", "3,c,", "3"])
def test_a_text_that_ends_inside_a_row_is_refused(road: Road, last: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"id,name,district,people\n1,a,x,1\n2,b,x,1\n{last}")
    assert "it ends in the middle of its last row" in refusal(road, path)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "，"])
@pytest.mark.parametrize("types", ["便利店/早餐店", "便利店、早餐店、药店"])
def test_ledgers_with_any_separator(sign: str, types: str, tmp_path: Path) -> None:
    rows = [["名称", "业态", "x"], ["甲", types, "1"], ["乙", types, "2"]]
    path = saved(tmp_path, "\n".join(sign.join(row) for row in rows))
    assert by_ledger(path) == rows


@pytest.mark.parametrize("types", ["a;b;c;d", "a|b|c|d", "甲，乙，丙，丁", "a;b|c;d"])
def test_lists_in_cells_are_no_separators(types: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"名称,业态\n甲,{types}\n乙,{types}\n")
    assert by_ledger(path)[1] == ["甲", types]


@ROADS
@pytest.mark.parametrize("inside", ["\r", "\r\n", "\n"])
def test_a_break_in_a_cell_comes_back_from_an_instance(
    road: Road, inside: str, tmp_path: Path
) -> None:
    """A lone CR that nobody quotes again would tear the row apart."""
    cell = road(saved(tmp_path, f'id,name\n1,"a{inside}b"\n'))[1][1]
    pd.DataFrame({"name": [cell], "n": ["1"]}).to_csv(tmp_path / "w.csv", index=False)
    again = road(tmp_path / "w.csv")[1]
    assert ["".join(again[0].split()), again[1]] == ["ab", "1"]


@ROADS
@pytest.mark.parametrize("word", ["阳光家园", "和平里", "康源大药房"])
def test_a_part_in_another_encoding_is_named(road: Road, word: str, tmp_path: Path) -> None:
    """Two files put together: GB18030 makes other Chinese of UTF-8."""
    head, tail = "编号,名称\n1,锦绣小区\n".encode("gb18030"), f"2,{word}\n".encode()
    problem = refusal(road, saved(tmp_path, head + tail))
    assert f"'{word}' in UTF-8 among text in another encoding" in problem
    assert "row 3" in problem


@ROADS
@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1251", "Аптека,Магазин,Школа,Рынок"),
        ("koi8-r", "Аптека,Магазин,Школа,Рынок"),
        ("iso8859-7", "Φαρμακείο,Σχολείο,Αγορά,Τράπεζα"),
        ("cp1256", "صيدلية,مدرسة,سوق,بريد"),
        ("tis-620", "ร้านขายยา,โรงเรียน,ตลาด,ธนาคาร"),
        ("utf-16-le", "药店,小区,学校,银行"),
        ("utf-32", "药店,小区,学校,银行"),
    ],
)
def test_more_encodings_that_are_no_chinese(
    road: Road, encoding: str, words: str, tmp_path: Path
) -> None:
    text = "id,name\n" + "\n".join(f"{n},{one}" for n, one in enumerate(words.split(",")))
    problem = refusal(road, saved(tmp_path, text.encode(encoding)))
    assert "neither UTF-8 nor GB18030" in problem


# --- units ----------------------------------------------------------------------------------------

SCALED = {
    "常住人口(百人)": 100, "常住人口【万人】": 1e4, "常住人口/万人": 1e4, "常住人口 万人": 1e4,
    "常住人口:千人": 1e3, "人口(萬人)": 1e4, "人口(thousands)": 1e3, "人口('000)": 1e3,
    "人口(K)": 1e3, "人口-万": 1e4, "人口（单位：百人）": 100, "人口(10000人)": 1e4,
    "人口(×100)": 100, "人口〔十人〕": 10, "人口(人)": 1, "人口(2024)": 1, "每万人口": 1,
}  # fmt: skip


@pytest.mark.parametrize("header", list(SCALED))
def test_a_unit_in_the_name_of_a_column_counts(header: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"小区名称,{header}\n甲,12\n")
    assert people(path, header)[0] == [12 * SCALED[header]]


@pytest.mark.parametrize("note", ["单位:万人", "（单位：万人）", "计量单位：万人、万元"])
def test_a_unit_above_the_header_counts(note: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"{note},\n小区名称,常住人口\n甲,5\n")
    assert people(path, "常住人口")[0] == [50_000]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("财政资金(十万元)", Unit("money", 1e5)),
        ("财政资金万元", Unit("money", 1e4)),
        ("财政资金【万元】", Unit("money", 1e4)),
        ("面积(公顷)", Unit("area", 1e4)),
        ("面积(平方公里)", Unit("area", 1e6)),
        ("面积(万平方米)", Unit("area", 1e4)),
        ("步行时间(小时)", Unit("time", 60)),
        ("密度(个/万人)", Unit()),
        ("户数", Unit()),
    ],
)
def test_units_of_money_areas_and_times(name: str, unit: Unit) -> None:
    assert unit_of(name) == unit


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("15", 15), ("0.5小时", 30), ("900秒", 15), ("15分钟", 15), ("500米", None)],
)
def test_minutes_are_minutes(cell: str, minutes: float | None, tmp_path: Path) -> None:
    path = saved(tmp_path, f"业态,步行时间\n药店,{cell}\n")
    read, _ = ledger(path, {"category": "业态", "standard_minutes": "步行时间"})
    columns = Columns(read, Findings())
    values = columns.minutes("standard_minutes").tolist()
    assert bool(columns.problems) == (minutes is None)
    assert minutes is None or values == [minutes]


@pytest.mark.parametrize("cell", ["50%", "3亩", "2小时", "3万元"])
def test_a_number_of_things_is_no_measure(cell: str, tmp_path: Path) -> None:
    read, _ = ledger(
        saved(tmp_path, f"点位,业态数\n甲,{cell}\n"), {"name": "点位", "slots": "业态数"}
    )
    columns = Columns(read, Findings())
    columns.number("slots")
    assert [one.code for one in columns.problems] == ["bad-number"]


@pytest.mark.parametrize("header", ["常住人口(万人)", "户数", "占比(%)", "people (thousands)"])
def test_an_instance_takes_no_units(header: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.save("residents.csv", town.frame("residents.csv").rename(columns={"residents": header}))
    town.yaml("{file: residents.csv}",
              f"{{file: residents.csv, columns: {{residents: '{header}'}}}}")  # fmt: skip
    assert "header-unit" in town.codes()


@pytest.mark.parametrize("cells", [["12.000"], ["1.000", "2.000"], ["125.000", "1.000"]])
def test_points_that_may_be_thousands_are_doubted(cells: list[str], tmp_path: Path) -> None:
    path = saved(tmp_path, "小区名称,常住人口\n" + "".join(f"甲,{one}\n" for one in cells))
    columns = people(path, "常住人口")[1]
    assert [one.kind for one in columns.findings.lines] == ["doubt"]
    town = Town(tmp_path / "town")
    rows = len(town.frame("residents.csv"))
    town.column("residents.csv", "residents", (cells * rows)[:rows])
    assert "points-for-commas" in town.codes()


# --- Excel ----------------------------------------------------------------------------------------


def sheet(path: Path, fill: Callable[[xlsxwriter.Workbook, object], None]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        fill(made, made.add_worksheet("S"))
    return path


SHOWN = {
    '0"万"': "5万", "0.0\\万": "5万", '0"户"': "5户", '0"‰"': "5‰", '[Red]0"千人"': "5千人",
    '#,##0"亩";-0': "5亩", '0"人"': "5", "#,##0": "5", '"约"0': "5", "0.00_ ": "5", "0.0%": "500%",
}  # fmt: skip


@ROADS
@pytest.mark.parametrize("form", list(SHOWN))
def test_a_unit_that_only_a_format_shows_is_read(road: Road, form: str, tmp_path: Path) -> None:
    def fill(made, page) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        page.write_row(0, 0, PEOPLE)
        page.write_row(1, 0, ("甲",))
        page.write_number(1, 1, 5, made.add_format({"num_format": form}))

    assert road(sheet(tmp_path / "t.xlsx", fill))[1] == ["甲", SHOWN[form]]


@pytest.mark.parametrize("hidden", [[1], [2, 3], [3]])
def test_hidden_rows_are_said_to_be_read(hidden: list[int], tmp_path: Path) -> None:
    def fill(_, page) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        for number, row in enumerate((PEOPLE, ("甲", 1), ("乙", 2), ("丙", 3))):
            page.write_row(number, 0, row)
        for at in hidden:
            page.set_row(at, None, None, {"hidden": True})

    path = sheet(tmp_path / "t.xlsx", fill)
    read, kinds = ledger(path, {"name": "小区名称"})
    assert len(read.frame) == 3
    assert [one.row for one in kinds["hidden"]] == [hidden[0] + 1]
    assert read_sheet(path.read_bytes(), "t.xlsx", None).hidden == set(hidden)


def test_hidden_rows_of_an_instance_are_a_warning(tmp_path: Path) -> None:
    town = Town(tmp_path)
    frame = town.frame("sites.csv")
    with xlsxwriter.Workbook(town.path("s.xlsx")) as made:
        page = made.add_worksheet()
        for number, row in enumerate([list(frame), *frame.to_numpy(object).tolist()]):
            page.write_row(number, 0, row)
        page.set_row(2, None, None, {"hidden": True})
    town.yaml("sites.csv", "s.xlsx")
    (warning,) = town.problems()
    assert (warning.code, warning.severity) == ("hidden-rows", "warning")
    assert warning.where.endswith("row 3")


MERGED: list[list[object]] = [
    ["街道", "小区", "人口"],
    ["友谊", "甲", 1],
    ["", "乙", 2],
    ["沼潭", "丙", 3],
    ["", "丁", 4],
]
BLOCKS = [(1, 0, 2, 0), (3, 0, 4, 0)]
SAME = {"district": "街道", KEEP + "街道": "街道", FILTER + "街道": "街道"}


@pytest.mark.parametrize("first", list(SAME))
def test_a_merged_cell_fills_all_that_is_read_of_its_column(first: str, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "t.xlsx", MERGED, BLOCKS)
    wanted = {first: "街道", **SAME, "residents": "人口"}
    filters = (Filter("街道", ("友谊",), keep=True),)
    read, _ = ledger(tmp_path / "t.xlsx", wanted, filters=filters)
    for name in SAME:
        assert read.frame[name].tolist() == ["友谊", "友谊"]


@pytest.mark.parametrize("named", ["街道", "district"])
def test_filling_down_fills_what_rows_are_filtered_by(named: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", MERGED)
    wanted = {"residents": "人口", FILTER + "街道": "街道"}
    wanted |= {"district": "街道"} if named == "district" else {}
    filters = (Filter("街道", ("友谊",), keep=True),)
    read, _ = ledger(tmp_path / "t.csv", wanted, filters=filters, fill_down=[named])
    assert read.frame["residents"].tolist() == ["1", "2"]


@pytest.mark.parametrize("right", [1, 2])
def test_a_block_merged_both_ways_fills_its_first_column(right: int, tmp_path: Path) -> None:
    rows = [["旗县区", "街道", "备用", "小区"], *(["昆区", "", "", one] for one in "甲乙丙")]
    write_xlsx(tmp_path / "t.xlsx", rows, [(1, 0, 3, right)])
    read, _ = ledger(tmp_path / "t.xlsx", {"district": "旗县区", "name": "小区"})
    assert read.frame["district"].tolist() == ["昆区"] * 3


# --- rows that look like notes, and columns that are carried along --------------------------------


@pytest.mark.parametrize("name", ["来源广场", "*便利店", "日期路口", "以上海城"])
def test_a_row_with_its_numbers_is_no_note(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path, f"点位,业态,资金(万元)\n甲,药店,5\n{name},药店,5\n填表人:张三,,\n")
    read, kinds = ledger(path, {"site": "点位", "categories": "业态", "cost": "资金"})
    assert read.frame["site"].tolist() == ["甲", name]
    assert len(kinds["note"]) == 1


@pytest.mark.parametrize("name", ["name", "district", "x", "residents", "source", "elderly"])
def test_a_column_of_the_instances_name_is_not_carried_along(bureau: Bureau, name: str) -> None:
    bureau.mapping["residents"] |= {"keep": [name], "group_shares": {"elderly": "20%"}}
    assert f"[reserved-name] prepare.yaml:24 residents.0.keep.0: found '{name}'" in bureau.refused()


# --- layers ---------------------------------------------------------------------------------------


@ROADS
@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_lines_are_no_places_on_either_road(road: Road, suffix: str, tmp_path: Path) -> None:
    path = layer(tmp_path / f"t.{suffix}", [Point(1, 2), LineString([(1, 2), (3, 4)])], ["a", "b"])
    assert "feature 2: found lines" in refusal(road, path)


def test_lines_of_a_shapefile_are_no_places(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [LineString([(1, 2), (3, 4)])], ["a"])
    assert "feature 1: found lines" in refusal(by_ledger, path)


@ROADS
@pytest.mark.parametrize("where", ["properties", "feature", "collection"])
def test_a_key_twice_in_json_is_refused(road: Road, where: str, tmp_path: Path) -> None:
    path = layer(tmp_path / "t.geojson", [Point(1, 2)], ["a"])
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")))
    old = {"properties": '"name": "a"', "feature": '"type": "Feature",', "collection": '"features"'}
    first = {"properties": '"name": "b", ', "feature": '"type": "Feature", ',
             "collection": '"features": [], '}[where]  # fmt: skip
    path.write_text(text.replace(old[where], first + old[where], 1), encoding="utf-8")
    assert "twice in one object" in refusal(road, path)


@ROADS
@pytest.mark.parametrize("ending", ["-journal", "-wal"])
def test_a_geopackage_of_a_writer_that_ended_is_not_read(
    road: Road, ending: str, tmp_path: Path
) -> None:
    path = layer(tmp_path / "t.gpkg", [Point(1, 2)], ["a"])
    path.with_name(path.name + ending).write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(99))
    assert f"ends in {ending}" in refusal(road, path)


@pytest.mark.parametrize("content", [b"", bytes(28)])
def test_a_journal_that_is_done_with_is_nothing(content: bytes, tmp_path: Path) -> None:
    path = layer(tmp_path / "t.gpkg", [Point(1, 2)], ["a"])
    path.with_name("t.gpkg-journal").write_bytes(content)
    assert by_ledger(path) == [["fid", "name"], ["1", "a"]]


@pytest.mark.parametrize("gone", [[0], [1], [1, 3]])
def test_deleted_rows_of_a_shapefile_are_accounted_for(gone: list[int], tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [Point(n, n) for n in range(4)], list("abcd"))
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    _, head, width = struct.unpack_from("<IHH", table, 4)
    for row in gone:
        table[head + row * width] = ord("*")
    path.with_suffix(".dbf").write_bytes(table)
    read, kinds = ledger(path, {"name": "name"})
    assert [one.row for one in kinds["deleted"]] == [row + 1 for row in gone]
    assert read.rows == [row + 1 for row in range(4) if row not in gone]
    assert read.frame["name"].tolist() == [one for n, one in enumerate("abcd") if n not in gone]


def test_a_number_too_wide_for_its_dbf_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    columns = {"n": ["a"], "p": [1200]}
    geopandas.GeoDataFrame(columns, geometry=[Point(1, 1)], crs=32649).to_file(path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"1200", b"****"))
    assert by_ledger(path)[1][1].strip("*") == ""
    columns_read = Columns(ledger(path, {"name": "n", "residents": "p"})[0], Findings())
    columns_read.people("residents", None)
    assert [one.code for one in columns_read.problems] == ["bad-number"]


# --- what Excel keeps beside what it shows --------------------------------------------------------


def spoilt(path: Path, part: str, old: str, new: str) -> Path:
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


@ROADS
@pytest.mark.parametrize(
    ("new", "read"),
    [
        ('<t>阳光</t><rPh sb="0" eb="2"><t>ヨウコウ</t></rPh>', "阳光"),
        ("<t>阳光_x000D_家园</t>", "阳光\n家园"),
        ("<r><t>阳</t></r><r><t>光</t></r>", "阳光"),
        ("<t>阳_x0001_光</t>", "阳光"),
    ],
)
def test_names_are_what_is_seen(road: Road, new: str, read: str, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "t.xlsx", [("名称",), ("阳光",)])
    path = spoilt(tmp_path / "t.xlsx", "xl/sharedStrings.xml", "<t>阳光</t>", new)
    assert road(path)[1] == [read]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_names_of_outlines_are_theirs_beside_deleted_ones(bureau: Bureau, gone: int) -> None:
    """A name of the next area would put everybody into the wrong district."""
    areas = [box(109.3 + 0.7 * n, 40.2, 110.0 + 0.7 * n, 42.7) for n in range(3)]
    frame = geopandas.GeoDataFrame({"n": list("abc")}, geometry=areas, crs=4326)
    frame.to_file(bureau.folder / "d.shp")
    path = bureau.folder / "d.dbf"
    table = bytearray(path.read_bytes())
    _, head, width = struct.unpack_from("<IHH", table, 4)
    table[head + gone * width] = ord("*")
    path.write_bytes(table)
    entry = OutlinesEntry(file="d.shp", crs="WGS84", name=["n"])
    marked, _ = read_marked("districts: {file: d.shp}", "prepare.yaml")
    outlines = read_outlines(bureau.folder, entry, "districts", marked)
    middles = np.array([[one.centroid.x, one.centroid.y] for one in areas])
    named = ["" if n == gone else "abc"[n] for n in range(3)]
    assert [one or "" for one in outlines.of(middles)] == named
