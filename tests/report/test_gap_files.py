"""The gap list as a file, opened again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from opened_book import OpenedBook
from reported_plan import template

from siting.coverage import GapTable, compute_coverage, find_gaps
from siting.inputs import Instance, describe_walking
from siting.language import Language, in_language
from siting.report import write_gaps


@pytest.fixture(name="town")
def _town(tmp_path: Path) -> Instance:
    town = template(tmp_path)
    circles = [f"圈{i % 2}" for i in range(len(town.residents))]
    return replace(town, residents=town.residents.assign(circle=circles))


@pytest.fixture(name="table")
def _table(town: Instance) -> GapTable:
    return find_gaps(town, compute_coverage(town))


def opened(table: GapTable, town: Instance, path: Path, *, values: bool = True) -> OpenedBook:
    return OpenedBook(write_gaps(table, town, path), values=values)


@pytest.mark.parametrize(
    ("language", "titles", "first"),
    [
        ("en", ["Gaps", "By category", "By place", "About"], ["Living circle", "Tier", "Category"]),
        ("zh", ["缺口", "按业态", "按地点", "说明"], ["生活圈", "类别", "业态"]),
    ],
)
def test_sheets_and_columns_are_named_in_the_language_in_use(
    table: GapTable,
    town: Instance,
    tmp_path: Path,
    language: Language,
    titles: list[str],
    first: list[str],
) -> None:
    with in_language(language):
        book = opened(table, town, tmp_path / "g.xlsx")
    assert book.titles == titles
    assert book.headings(titles[0])[:3] == first


def test_rows_are_real_numbers(table: GapTable, town: Instance, tmp_path: Path) -> None:
    lines = opened(table, town, tmp_path / "g.xlsx").lines("Gaps")
    rows = table.rows.to_dict(orient="records")
    for line, row in zip(lines, rows, strict=True):
        assert (line["Living circle"], line["Category code"]) == (row["place"], row["category"])
        assert line["Not covered"] == row["uncovered"]
        assert line["Outlets in reach"] == row["have"]
        assert line["Missing"] == ("yes" if row["missing"] else None)
        assert line["Share not covered"] == pytest.approx(row["share"])
        minutes = row["median_minutes"]
        assert line["Nearest, median (min)"] == (None if minutes == float("inf") else minutes)


def test_sums_by_category_and_by_place_are_those_of_the_table(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    book = opened(table, town, tmp_path / "g.xlsx")
    for title, frame, key in (
        ("By category", table.by_category(), "category"),
        ("By place", table.by_place(), "place"),
    ):
        heading = "Category code" if key == "category" else "Living circle"
        found = {line[heading]: line["Not covered"] for line in book.lines(title)}
        assert found == dict(zip(frame[key], frame["uncovered"], strict=True))
        missing = {line[heading]: line["Missing"] for line in book.lines(title)}
        assert missing == dict(zip(frame[key], frame["missing"], strict=True))


def test_tables_have_filters_a_frozen_head_and_a_total(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    book = opened(table, town, tmp_path / "g.xlsx", values=False)
    for title in book.titles[:-1]:
        assert book[title].freeze_panes == "A4", title
        assert book[title].auto_filter.ref.startswith("A3:"), title
        assert next(iter(book.total(title).values())) == "Total", title
    assert book.total("Gaps")["Not covered"] == f"=SUBTOTAL(9,J4:J{len(table.rows) + 3})"


def test_the_last_sheet_says_what_the_numbers_rest_on(
    table: GapTable, town: Instance, tmp_path: Path
) -> None:
    pairs = opened(table, town, tmp_path / "g.xlsx").pairs("About")
    assert pairs["walking"] == describe_walking(town)
    assert pairs["gaps"] == "by circle"
    assert "whichever side of a boundary" in pairs["have"]


def test_outlets_that_name_their_circle_get_a_column(town: Instance, tmp_path: Path) -> None:
    town = replace(town, outlets=town.outlets.assign(circle="圈0"))
    table = find_gaps(town, compute_coverage(town))
    lines = opened(table, town, tmp_path / "g.xlsx").lines("Gaps")
    assert [line["Of these inside"] for line in lines] == table.rows["inside"].tolist()
    assert sum(line["Of these inside"] for line in lines) == 4


def test_people_of_nobody_have_no_share(town: Instance, tmp_path: Path) -> None:
    """Nothing is divided by nought."""
    town = replace(town, residents=town.residents.assign(elderly=0.0))
    table = find_gaps(town, compute_coverage(town))
    lines = opened(table, town, tmp_path / "g.xlsx", values=False).lines("Gaps")
    shares = {line["Share not covered"] for line in lines if line["Residents"] == 0}
    assert shares == {None}


def test_a_list_without_gaps_is_a_head(table: GapTable, town: Instance, tmp_path: Path) -> None:
    book = opened(table.only("nowhere"), town, tmp_path / "g.xlsx")
    assert book["Gaps"].max_row == 3


def test_csv_opens_in_excel_and_reads_back(table: GapTable, town: Instance, tmp_path: Path) -> None:
    path = write_gaps(table, town, tmp_path / "g.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(path)
    assert back["uncovered"].tolist() == table.rows["uncovered"].tolist()
    assert back["place"].tolist() == table.rows["place"].tolist()
