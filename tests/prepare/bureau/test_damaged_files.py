"""Files that change on their way in: read as they were meant, or refused, on both roads."""

from __future__ import annotations

import hashlib
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import xlsxwriter
from shapely.geometry import MultiPoint, Point

from siting.errors import InputError
from siting.inputs.checks import without_unseen_cells
from siting.inputs.schemas import FileEntry
from siting.inputs.tables import open_source, read_table
from siting.prepare.bureau.cell_grids import read_grid

Cells = list[list[str]]
Road = Callable[[Path], Cells]


def by_instance(path: Path) -> Cells:
    """Header and rows as the reader of instances takes them."""
    read = read_table(open_source(path.parent, FileEntry(file=path.name)))
    table = without_unseen_cells(read)[0]
    frame = table.frame.drop(columns=["x", "y"], errors="ignore")
    return [list(frame.columns), *frame.to_numpy(object).tolist()]


def by_ledger(path: Path) -> Cells:
    """The same as the reader of ledgers takes them."""
    grid = read_grid(path.parent, path.name, None, "")
    rows = [row for row in grid.cells if any(row)]
    return rows if grid.header is None else [list(grid.header), *rows]


ROADS = pytest.mark.parametrize("road", [by_instance, by_ledger])


def refusal(road: Road, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        road(path)
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def saved(tmp_path: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# --- text ---------------------------------------------------------------------------------------


@ROADS
@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n"])
def test_any_line_end(road: Road, ends: str, tmp_path: Path) -> None:
    path = saved(tmp_path, ends.join(["id,name", "1,a", "2,b", ""]))
    assert road(path) == [["id", "name"], ["1", "a"], ["2", "b"]]


@ROADS
def test_mixed_line_ends_and_a_break_in_quotes(road: Road, tmp_path: Path) -> None:
    path = saved(tmp_path, 'id,name\r1,"a\r\nb"\r\n2,c\n')
    rows = [[cell.replace("\r", "") for cell in row] for row in road(path)]
    assert rows == [["id", "name"], ["1", "a\nb"], ["2", "c"]]


@ROADS
@pytest.mark.parametrize("at", [2, 3, 5])
def test_a_quote_that_is_never_closed_is_refused_with_its_row(
    road: Road, at: int, tmp_path: Path
) -> None:
    lines = ["id,name,people", *(f"{n},n{n},1" for n in range(5))]
    lines[at - 1] = '7,"open,1'
    assert f"row {at}: found a quote" in refusal(road, saved(tmp_path, "\n".join(lines)))


@ROADS
@pytest.mark.parametrize(("first", "last"), [(2, 3), (2, 5), (4, 6)])
def test_two_stray_quotes_do_not_swallow_rows(
    road: Road, first: int, last: int, tmp_path: Path
) -> None:
    lines = ["id,name,people", *(f"{n},n{n},1" for n in range(6))]
    lines[first - 1] = '7,"open,1'
    lines[last - 1] = '8,close",1'
    assert f"row {first}: found a quote" in refusal(road, saved(tmp_path, "\n".join(lines)))


@ROADS
def test_a_break_inside_a_name_with_commas_is_no_swallowed_row(road: Road, tmp_path: Path) -> None:
    path = saved(tmp_path, 'id,name,people\n1,"a, b\nc",5\n')
    assert road(path)[1] == ["1", "a, b\nc", "5"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id;x;people\n1;2,5;3", "semicolons"),
        ("id\tx\tpeople\n1\t2,5\t3", "tabs"),
        ("id|x|people\n1|2|3", "upright strokes"),
        ("id，x，people\n1，2，3", "full-width commas"),
        ("sep=,\nid,x\n1,2", "'sep='"),
        ("# from GIS\nid,x\n1,2", "'# from GIS'"),
    ],
)
def test_other_separators_are_named(header: str, said: str, tmp_path: Path) -> None:
    assert said in refusal(by_instance, saved(tmp_path, header))


WRONG = [
    ("big5", "編號,名稱\n1,國泰便利商店\n2,復興藥局\n3,廣濟醫院"),
    ("shift_jis", "番号,名前\n1,ひまわり薬局\n2,さくら商店"),
    ("euc_kr", "번호,이름,구역\n1,행복아파트,강남구\n2,푸른약국,서초동"),
    ("latin-1", "id,name\n1,Café Orléans\n2,Straße"),
    ("cp1252", "id,name\n1,Bücherei Höhe\n2,Müllerstraße"),
]


@ROADS
@pytest.mark.parametrize(("encoding", "text"), WRONG)
def test_other_encodings_do_not_pass_as_chinese(
    road: Road, encoding: str, text: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, text.encode(encoding))
    assert "neither UTF-8 nor GB18030" in refusal(road, path)


@ROADS
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_is_read_with_its_rare_characters(
    road: Road, encoding: str, tmp_path: Path
) -> None:
    text = "编号,小区名称\n1,昆都仑区阳光家园\n2,李喆便利店(120㎡)\n"
    rows = [["编号", "小区名称"], ["1", "昆都仑区阳光家园"], ["2", "李喆便利店(120㎡)"]]
    assert road(saved(tmp_path, text.encode(encoding))) == rows


@ROADS
@pytest.mark.parametrize("sign", ["\x01", "\x07", "\ufffe"])
def test_control_characters_are_left_out(road: Road, sign: str, tmp_path: Path) -> None:
    assert road(saved(tmp_path, f"id,name\n1,a{sign}b\n"))[1] == ["1", "ab"]


# --- Excel --------------------------------------------------------------------------------------


def book(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        fill(made)
    return path


@ROADS
def test_a_hidden_first_sheet_is_not_read(road: Road, tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        for name, cell in (("2024", "old"), ("2026", "new")):
            made.add_worksheet(name).write_column(0, 0, ["name", cell])
        made.get_worksheet_by_name("2026").activate()
        made.get_worksheet_by_name("2026").set_first_sheet()
        made.get_worksheet_by_name("2024").hide()

    assert road(book(tmp_path / "t.xlsx", fill)) == [["name"], ["new"]]


@ROADS
def test_percents_errors_and_empty_formulas_stay_visible(road: Road, tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, ["percent", "own", "error", "formula", "good"])
        sheet.write_number(1, 0, 0.17, made.add_format({"num_format": "0.0%"}))
        sheet.write_number(1, 1, 0.07, made.add_format({"num_format": 10}))
        sheet.write_formula(1, 2, "=NA()", None, "#N/A")
        sheet.write_formula(1, 3, "=2*15", None, "")
        sheet.write_formula(1, 4, "=2*15", None, 30)

    path = book(tmp_path / "t.xlsx", fill)
    _without_values(path, b"<f>2*15</f><v></v>", b"<f>2*15</f>")
    assert road(path)[1] == ["17%", "7%", "#N/A", "=2*15", "30"]


def _without_values(path: Path, old: bytes, new: bytes) -> None:
    """Takes the cached value of a formula out, as programs that do not calculate leave it."""
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)


@ROADS
@pytest.mark.parametrize(("row", "column"), [(1_048_575, 0), (5, 16_383), (900, 900)])
def test_blank_cells_far_away_make_no_rows(
    road: Road, row: int, column: int, tmp_path: Path
) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("S")
        sheet.write_column(0, 0, ["name", "a"])
        sheet.write_string(row, column, " ")

    assert road(book(tmp_path / "t.xlsx", fill)) == [["name"], ["a"]]


def test_a_cell_merged_down_counts_for_all_its_rows(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, ["district", "people"])
        sheet.merge_range(1, 0, 2, 0, "昆区")
        sheet.merge_range(1, 1, 2, 1, 500)

    rows = [["昆区", "500"], ["昆区", ""]]
    assert by_instance(book(tmp_path / "t.xlsx", fill))[1:] == rows


@ROADS
def test_a_password_is_called_a_password(road: Road, tmp_path: Path) -> None:
    content = b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert "protected by a password" in refusal(road, saved(tmp_path, content, "t.xlsx"))


# --- layers -------------------------------------------------------------------------------------


def layer(path: Path, shapes: list[object], names: list[str]) -> Path:
    geopandas.GeoDataFrame({"name": names}, geometry=shapes, crs="EPSG:32649").to_file(path)
    return path


@ROADS
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_geojson_in_either_encoding(road: Road, encoding: str, tmp_path: Path) -> None:
    path = layer(tmp_path / "t.geojson", [Point(1, 2), Point(3, 4)], ["阳光家园", "和平里"])
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert road(path) == [["name"], ["阳光家园"], ["和平里"]]


@ROADS
@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_points_of_two_places_are_refused(road: Road, suffix: str, tmp_path: Path) -> None:
    both = MultiPoint([(0, 0), (3000, 4000)])
    near = MultiPoint([(0, 0), (3, 4)])
    path = layer(tmp_path / f"t.{suffix}", [near, both], ["near", "far"])
    if suffix == "geojson":
        frame = geopandas.read_file(path).set_crs("EPSG:32649", allow_override=True)
        frame.to_file(path)
    assert "feature 2: found several points" in refusal(road, path)


@ROADS
def test_pending_pages_of_a_geopackage_stay_where_they_are(road: Road, tmp_path: Path) -> None:
    path = layer(tmp_path / "t.gpkg", [Point(1, 2)], ["a"])
    with sqlite3.connect(path) as base:
        assert base.execute("pragma journal_mode=wal").fetchone() == ("wal",)
        base.execute("pragma wal_autocheckpoint=0")
        for (name,) in base.execute(
            "select name from sqlite_master where type='trigger'"
        ).fetchall():
            base.execute(f"drop trigger {name}")
        base.execute("update t set name = 'b'")
        base.commit()
        before = {one: _digest(one) for one in _beside(path)}
        assert "close the program" in refusal(road, path)
        assert {one: _digest(one) for one in _beside(path)} == before
    base.close()


def _beside(path: Path) -> list[Path]:
    return [path, path.with_name("t.gpkg-wal")]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("lost", [1, 40, 150])
def test_a_cut_table_of_a_shapefile_is_refused(lost: int, tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [Point(n, n) for n in range(4)], list("abcd"))
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[: -lost - 1])
    assert "t.dbf: found a file that cannot be read: it ends" in refusal(by_ledger, path)


def test_a_cut_shapefile_is_refused(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [Point(n, n) for n in range(4)], list("abcd"))
    path.write_bytes(path.read_bytes()[:-30])
    assert "it ends before its last record" in refusal(by_ledger, path)


def test_a_table_of_other_rows_than_shapes_is_refused(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [Point(n, n) for n in range(4)], list("abcd"))
    other = layer(tmp_path / "o.shp", [Point(n, n) for n in range(3)], list("abc"))
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    assert "4 shapes, and 3 rows" in refusal(by_ledger, path)


def test_an_empty_table_of_a_shapefile_is_refused(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.shp", [Point(1, 1)], ["a"])
    path.with_suffix(".dbf").write_bytes(b"")
    assert "it ends before its last record" in refusal(by_ledger, path)
