"""The gap list as a file, opened again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from reported_plan import template

from siting.coverage import GapTable, compute_coverage, find_gaps
from siting.inputs import Instance, describe_walking
from siting.report import write_gaps

HEAD = ["生活圈\nCircle", "业态", "Category"]


@pytest.fixture(name="town")
def _town(tmp_path: Path) -> Instance:
    town = template(tmp_path)
    circles = [f"圈{i % 2}" for i in range(len(town.residents))]
    return replace(town, residents=town.residents.assign(circle=circles))


@pytest.fixture(name="table")
def _table(town: Instance) -> GapTable:
    return find_gaps(town, compute_coverage(town))


def opened(table: GapTable, town: Instance, path: Path) -> Any:
    return openpyxl.load_workbook(write_gaps(table, town, path))


def test_sheets_are_named_by_what_they_hold(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    book = opened(table, town, tmp_path / "g.xlsx")
    assert book.sheetnames == [
        "缺口清单 Gaps",
        "业态 By category",
        "生活圈 By circle",
        "说明 About",
    ]


def test_rows_are_real_numbers(table: GapTable, town: Instance, tmp_path: Path) -> None:
    sheet = opened(table, town, tmp_path / "g.xlsx")["缺口清单 Gaps"]
    head = [cell.value for cell in sheet[1]]
    assert head[:3] == HEAD
    at = {name: head.index(name) for name in head}
    rows = list(sheet.iter_rows(min_row=2, max_row=len(table.rows) + 1, values_only=True))
    for row, line in zip(rows, table.rows.to_dict(orient="records"), strict=True):
        assert row[at["未覆盖居民\nNot covered"]] == line["uncovered"]
        assert row[at["现有网点\nHave"]] == line["have"]
        assert row[at["是否缺\nMissing"]] == ("缺 missing" if line["missing"] else None)
        minutes = row[at["最近 (中位, 分钟)\nNearest, median (min)"]]
        assert minutes == (
            None if line["median_minutes"] == float("inf") else line["median_minutes"]
        )


def test_tables_have_filters_a_frozen_head_and_a_total(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    book = opened(table, town, tmp_path / "g.xlsx")
    for title in book.sheetnames[:-1]:
        assert book[title].freeze_panes == "A2", title
        assert book[title].auto_filter.ref.startswith("A1:"), title
        assert book[title].cell(book[title].max_row, 1).value == "合计 Total", title
    sheet, last = book["缺口清单 Gaps"], len(table.rows) + 1
    column = [cell.value for cell in sheet[1]].index("未覆盖居民\nNot covered")
    letter = chr(ord("A") + column)
    assert sheet.cell(last + 1, column + 1).value == f"=SUM({letter}2:{letter}{last})"


def test_the_last_sheet_says_what_the_numbers_rest_on(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    pairs = dict(opened(table, town, tmp_path / "g.xlsx")["说明 About"].iter_rows(values_only=True))
    assert pairs["walking"] == describe_walking(town)
    assert pairs["gaps"] == "by circle"
    assert "whichever side of a boundary" in pairs["have"]


def test_outlets_that_name_their_circle_get_a_column(town: Instance, tmp_path: Path) -> None:
    town = replace(town, outlets=town.outlets.assign(circle="圈0"))
    table = find_gaps(town, compute_coverage(town))
    head = [cell.value for cell in opened(table, town, tmp_path / "g.xlsx")["缺口清单 Gaps"][1]]
    assert "其中位于本区\nInside" in head


def test_a_list_without_gaps_is_a_head(table: GapTable, town: Instance, tmp_path: Path) -> None:
    book = opened(table.only("nowhere"), town, tmp_path / "g.xlsx")
    assert book["缺口清单 Gaps"].max_row == 1


def test_csv_opens_in_excel_and_reads_back(table: GapTable, town: Instance, tmp_path: Path) -> None:
    path = write_gaps(table, town, tmp_path / "g.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(path)
    assert back["uncovered"].tolist() == table.rows["uncovered"].tolist()
    assert back["place"].tolist() == table.rows["place"].tolist()
