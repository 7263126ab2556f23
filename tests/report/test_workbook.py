"""The workbook, opened again: the numbers of plan.json, and formulas a person can follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from reported_plan import planned, template

from siting.language import in_language
from siting.plan import Plan, write_plan
from siting.report.workbook import write_workbook

Rows = list[tuple[Any, ...]]
COST, INVESTMENT = 11, 10


class Book:
    """A workbook as it is on disk, with the plan and the plan.json it belongs to."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.json = json.loads(write_plan(plan, folder).read_text(encoding="utf-8"))
        self.book = openpyxl.load_workbook(write_workbook(plan, folder / "plan.xlsx"))

    def rows(self, title: str) -> Rows:
        """What stands below the head of a sheet."""
        return list(self.book[title].iter_rows(min_row=2, values_only=True))

    @property
    def tasks(self) -> Rows:
        return self.rows("任务清单 Tasks")[: len(self.plan.chosen)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("book")
    return Book(planned(template(folder)), folder)


def test_every_sheet_is_there(book: Book) -> None:
    assert book.book.sheetnames == [
        "任务清单 Tasks",
        "业态 By category",
        "人群 By group",
        "旗县区 By district",
        "说明 About",
    ]


def test_the_tasks_are_those_of_the_plan(book: Book) -> None:
    assert [line[-1] for line in book.tasks] == [o["offer_id"] for o in book.json["chosen"]]
    assert [line[3] for line in book.tasks] == [o["site_id"] for o in book.json["chosen"]]


def test_money_is_in_the_unit_that_the_heading_names(book: Book) -> None:
    sheet = book.book["任务清单 Tasks"]
    assert sheet.cell(1, COST + 1).value == "财政资金 (万元)\nPublic money"
    shown = [line[COST] for line in book.tasks]
    assert shown == pytest.approx([offer["cost"] / 10_000 for offer in book.json["chosen"]])


def test_totals_are_formulas_over_the_whole_column(book: Book) -> None:
    sheet = book.book["任务清单 Tasks"]
    last = len(book.plan.chosen) + 1
    for column, letter in ((INVESTMENT, "K"), (COST, "L")):
        assert sheet.cell(last + 1, column + 1).value == f"=SUM({letter}2:{letter}{last})"


def test_the_total_is_worked_out_for_readers_that_work_out_nothing(tmp_path: Path) -> None:
    plan = planned(template(tmp_path))
    path = write_workbook(plan, tmp_path / "plan.xlsx")
    sheet = openpyxl.load_workbook(path, data_only=True)["任务清单 Tasks"]
    assert sheet.cell(len(plan.chosen) + 2, COST + 1).value == pytest.approx(plan.spend / 10_000)


@pytest.mark.parametrize(
    ("title", "key", "first"),
    [
        ("业态 By category", "coverage", ("zh", "en", "group")),
        ("人群 By group", "coverage_by_group", ("group", "zh", "en")),
        ("旗县区 By district", "coverage_by_district", ("district", "zh", "en")),
    ],
)
def test_coverage_is_that_of_the_plan(
    book: Book, title: str, key: str, first: tuple[str, ...]
) -> None:
    categories = book.plan.instance.categories.set_index("category")
    lines = book.json[key]
    for line in lines:
        named = categories.loc[line["category"]]
        line |= {"zh": named["name_zh"], "en": named["name_en"]}
    assert [(*row[:6], row[8]) for row in book.rows(title)] == [
        (*(line[name] for name in (*first, "residents", "before", "after", "category")),)
        for line in lines
    ]
    for row in book.rows(title):
        assert row[6:8] == pytest.approx((row[4] / row[3], row[5] / row[3]))


@pytest.mark.parametrize("title", ["业态 By category", "人群 By group"])
def test_groups_are_in_the_reader_s_words(tmp_path: Path, title: str) -> None:
    with in_language("zh"):
        path = write_workbook(planned(template(tmp_path)), tmp_path / "zh.xlsx")
    cells = {row for line in openpyxl.load_workbook(path)[title].values for row in line}
    assert "全部" in cells
    assert "all" not in cells


def test_tables_have_filters_and_a_frozen_head(book: Book) -> None:
    for title in book.book.sheetnames[:-1]:
        sheet = book.book[title]
        assert sheet.freeze_panes == "A2", title
        assert sheet.auto_filter.ref is not None, title
        assert sheet.auto_filter.ref.startswith("A1:"), title


def test_filters_leave_the_total_out(book: Book) -> None:
    """Else it would be sorted among the tasks."""
    assert book.book["任务清单 Tasks"].auto_filter.ref == f"A1:Q{len(book.plan.chosen) + 1}"


def test_the_last_sheet_says_what_the_numbers_rest_on(book: Book) -> None:
    pairs = dict(book.book["说明 About"].iter_rows(values_only=True))
    assert pairs["instance"] == "Example town"
    assert pairs["walking"] == (
        "80 m/min, elderly 50 m/min, straight line x 1.25; 15 min = 1,200 m of path, elderly 750 m"
    )
    assert pairs["note"] == "Invented data; the costs are assumptions."


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://x")', "+7", "-1", "@x", "http://x"])
def test_a_name_is_text_whatever_it_begins_with(tmp_path: Path, name: str) -> None:
    sites = template(tmp_path).sites.assign(name=name)
    written = Book(planned(template(tmp_path, sites=sites)), tmp_path)
    sheet = written.book["任务清单 Tasks"]
    for row in range(2, len(written.plan.chosen) + 2):
        cell = sheet.cell(row, 5)
        assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_a_plan_of_nothing_has_a_head_and_no_total(tmp_path: Path) -> None:
    written = Book(planned(template(tmp_path, budget=0.0)), tmp_path)
    assert written.rows("任务清单 Tasks") == []


def test_without_districts_there_is_no_sheet_of_them(tmp_path: Path) -> None:
    residents = template(tmp_path).residents.drop(columns="district")
    written = Book(planned(template(tmp_path, residents=residents)), tmp_path)
    assert "旗县区 By district" not in written.book.sheetnames


def test_blank_numbers_are_blank_cells(tmp_path: Path) -> None:
    offers = template(tmp_path).offers.assign(floor_area_m2=float("nan"))
    written = Book(planned(template(tmp_path, offers=offers)), tmp_path)
    assert {line[9] for line in written.tasks} == {None}


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    plan = planned(template(tmp_path))
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(OSError, match=r"plan\.xlsx cannot be written: .*directory"):
        write_workbook(plan, tmp_path / "plan.xlsx")
