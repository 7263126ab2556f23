"""Checks of cells: numbers, lists, and how many rows are shown."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.inputs.checks import check_table, join_list, shorten, split_list, to_numbers
from siting.inputs.layouts import EDGES, RESIDENTS, residents_layout
from siting.inputs.tables import Table


def table(**columns: list[str]) -> Table:
    frame = pd.DataFrame(columns, dtype=str)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return Table("t.csv", frame)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), ("-3.5", -3.5), ("1e3", 1000), ("１２．５", 12.5), ("+7", 7), ("007", 7)],
)
def test_numbers(cell: str, number: float) -> None:
    assert to_numbers(pd.Series([cell], dtype=str)).tolist() == [number]


@pytest.mark.parametrize(
    "cell",
    ["1,200", "1，200", "1 200", "约300", "300人", "8万", "50%", "1_000", "True", "nan", "0x1F"],
)
def test_what_is_no_number(cell: str) -> None:
    assert to_numbers(pd.Series([cell], dtype=str)).isna().all()


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_infinite_is_refused(cell: str) -> None:
    _, problems = check_table(table(from_node=["a"], to_node=["b"], metres=[cell]), EDGES)
    assert "not-a-number" in [problem.code for problem in problems]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_as_it_is_written(number: float) -> None:
    assert to_numbers(pd.Series([repr(number)], dtype=str)).tolist() == [number]


def test_lists_are_cleaned() -> None:
    assert split_list(" a; b；a ;") == ["a", "b"]
    assert join_list(["a", "b"]) == "a;b"
    assert split_list(" ") == []


def test_shorten() -> None:
    assert shorten(["1", "2"], "row") == "1, 2"
    assert shorten(list("abcdef"), "row") == "a, b, c, d, e and 1 more row"
    assert shorten([str(i) for i in range(2005)], "row") == "0, 1, 2, 3, 4 and 2,000 more rows"


def test_a_bad_file_of_100_000_rows_is_one_problem() -> None:
    count = 100_000
    bad = table(from_node=["a"] * count, to_node=["b"] * count, metres=["?"] * count)
    _, (problem,) = check_table(bad, EDGES)
    assert problem.where == "t.csv rows 2, 3, 4, 5, 6 and 99,995 more rows, column metres"
    assert problem.found == "'?'"


def test_all_missing_columns_are_named() -> None:
    _, problems = check_table(table(resident_id=["1"]), RESIDENTS)
    assert [problem.expected.split(":")[0] for problem in problems] == [
        "the column 'x'",
        "the column 'y'",
        "the column 'residents'",
    ]


def test_a_good_table_has_typed_columns() -> None:
    good = table(
        resident_id=["01"], x=["1.5"], y=["2"], residents=["３"], elderly=["1"], code=["07"]
    )
    frame, problems = check_table(good, residents_layout(["elderly"]))
    assert not problems
    assert frame.loc[2].to_dict() == {
        "resident_id": "01",
        "x": 1.5,
        "y": 2.0,
        "residents": 3.0,
        "elderly": 1.0,
        "code": "07",
    }
