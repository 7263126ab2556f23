"""How wide and how high cells are, and what becomes of texts on the edge of a page."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter
from reported_plan import template

from siting.language import cells
from siting.report.cell_texts import lines_needed, shortened, unit_apart
from siting.report.sheets import PlacedTable, SheetColumn, new_book, row_points, write_sheet_table


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("pharmacy", 10, 1),
        ("culture space branch", 10, 3),
        ("药店", 4, 1),
        ("社区文化空间", 4, 3),
        ("a" * 40, 10, 4),
        ("社区 library branch", 40, 1),
    ],
)
def test_texts_are_broken_at_blanks_and_between_chinese_characters(
    text: str, width: float, lines: int
) -> None:
    assert lines_needed(text, width) == lines


def test_rows_are_no_higher_than_excel_allows() -> None:
    assert row_points(2) == 30
    assert row_points(10_000) == 409


@pytest.mark.parametrize(
    ("text", "short"),
    [("pharmacy", "pharmacy"), ("pharmacies", "pharmac…"), ("社区文化空间", "社区文…")],
)
def test_long_texts_end_with_a_sign(text: str, short: str) -> None:
    assert shortened(text, 8) == short
    assert cells(short) <= 8


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("财政资金（万元）", "财政资金\n（万元）"),
        ("Public money (万元)", "Public money\n(万元)"),
        ("Category", "Category"),
        ("(not named)", "(not named)"),
    ],
)
def test_a_unit_stands_on_its_own_line(heading: str, shown: str) -> None:
    assert unit_apart(heading) == shown


def test_ranges_name_their_sheet_and_columns_beyond_z() -> None:
    placed = PlacedTable("A 'quoted' sheet", 3, 9, {"near": 0, "far": 27, "farther": 702})
    assert placed.cells("near") == "'A ''quoted'' sheet'!$A$4:$A$10"
    assert placed.cells("far") == "'A ''quoted'' sheet'!$AB$4:$AB$10"
    assert placed.cells("farther") == "'A ''quoted'' sheet'!$AAA$4:$AAA$10"


def test_a_table_without_lines_has_a_range_of_one_row() -> None:
    assert PlacedTable("Tasks", 3, 2, {"cost": 1}).cells("cost") == "'Tasks'!$B$4"


def wide_table(folder: Path, count: int) -> openpyxl.Workbook:
    instance = template(folder)
    frame = pd.DataFrame({f"c{n}": [float(n), 1.0] for n in range(count)})
    columns = [
        SheetColumn(
            f"c{n}", f"C{n}", "count", total=True, formula="{c0}*1" if n == count - 1 else ""
        )
        for n in range(count)
    ]
    with new_book(folder / "wide.xlsx", instance) as book:
        write_sheet_table(book, book.page("Wide"), "Wide", frame, columns)
    return openpyxl.load_workbook(folder / "wide.xlsx")


@pytest.mark.parametrize("count", [26, 27, 28, 53, 703])
def test_letters_of_columns_go_on_beyond_z(tmp_path: Path, count: int) -> None:
    sheet = wide_table(tmp_path, count)["Wide"]
    letter = get_column_letter(count)
    assert sheet.auto_filter.ref == f"A3:{letter}5"
    assert sheet[f"{letter}4"].value == "=A4*1"
    for column in range(2, count + 1):
        name = get_column_letter(column)
        assert sheet.cell(6, column).value == f"=SUBTOTAL(9,{name}4:{name}5)"


def test_columns_are_as_wide_as_their_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"short": ["ab"], "chinese": ["社区文化空间"], "long": ["x" * 200]})
    columns = [SheetColumn(str(name), str(name)) for name in frame]
    with new_book(tmp_path / "w.xlsx", template(tmp_path)) as book:
        write_sheet_table(book, book.page("Widths"), "Widths", frame, columns)
    sheet = openpyxl.load_workbook(tmp_path / "w.xlsx")["Widths"]
    short, chinese, long = (sheet.column_dimensions[letter].width for letter in "ABC")
    assert short < chinese < long
    assert 14 <= chinese < 16
    assert 30 <= long < 31
    assert sheet.row_dimensions[4].height > 6 * 15


@pytest.mark.parametrize("value", [None, "", float("nan"), float("inf")])
def test_what_is_not_known_is_a_blank_cell(tmp_path: Path, value: object) -> None:
    frame = pd.DataFrame({"a": [value, 2.0]}, dtype=object)
    with new_book(tmp_path / "b.xlsx", template(tmp_path)) as book:
        write_sheet_table(
            book, book.page("Blank"), "Blank", frame, [SheetColumn("a", "A", "number")]
        )
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx")["Blank"]
    assert (sheet["A4"].value, sheet["A5"].value) == (None, 2)
