"""The lists of a page: which gaps there are, what the plan makes of them, and what is hidden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from page_read import circled
from reported_plan import planned, template

from siting.language import in_language
from siting.report.facts import Facts, collect_facts
from siting.report.page.lists import (
    gap_grid,
    gap_rows,
    place_grid,
    place_rows,
    task_grid,
    task_rows,
)
from siting.report.page.sortable_tables import Field, SortableTable, filter_options, plain_rows


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(circled(tmp_path_factory.mktemp("town"))))


def with_gap(facts: Facts, **values: float) -> str:
    """The state of one gap whose columns have these values."""
    row: dict[str, float] = {
        "missing": True,
        "missing_after": True,
        "uncovered": 9.0,
        "uncovered_after": 9.0,
    }
    made = facts.gaps.iloc[[0]].assign(**(row | values))
    changed = replace(facts)
    changed.__dict__["gaps"] = made
    return str(gap_rows(changed)["state"].iloc[0])


def test_a_gap_without_enough_outlets_is_still_missing(facts: Facts) -> None:
    assert with_gap(facts, uncovered_after=2.0) == "open"


def test_a_gap_that_gets_its_outlets_and_leaves_people_is_short(facts: Facts) -> None:
    assert with_gap(facts, missing_after=False, uncovered_after=2.0) == "short"


def test_a_gap_that_leaves_nobody_is_filled(facts: Facts) -> None:
    assert with_gap(facts, missing=False, missing_after=False, uncovered_after=0.0) == "filled"


def test_a_gap_that_leaves_fewer_is_smaller(facts: Facts) -> None:
    assert with_gap(facts, missing=False, missing_after=False, uncovered_after=8.0) == "better"


def test_a_gap_that_leaves_all_is_unchanged(facts: Facts) -> None:
    assert with_gap(facts, missing=False, missing_after=False) == "same"


def test_only_real_gaps_are_listed(facts: Facts) -> None:
    closed = facts.gaps.iloc[[0]].assign(missing=False, uncovered=0.0)
    beyond = facts.gaps.iloc[[0]].assign(missing=False, uncovered=1.0)
    changed = replace(facts)
    changed.__dict__["gaps"] = pd.concat([closed, beyond], ignore_index=True)
    assert gap_rows(changed)["uncovered"].tolist() == [1.0]


def test_each_choice_above_the_gaps_finds_something(facts: Facts) -> None:
    grid, rows = gap_grid(facts), gap_rows(facts)
    for one in grid.filters:
        assert {value for value, _ in one.options} == set(rows[one.key])


def test_categories_are_offered_in_the_order_of_the_catalogue(facts: Facts) -> None:
    (category,) = (one for one in gap_grid(facts).filters if one.key == "name")
    known = [name for name, _ in category.options]
    catalogue = facts.instance.categories["name_en"].tolist()
    assert known == sorted(known, key=catalogue.index)


def test_a_site_without_a_name_goes_by_its_number(tmp_path: Path) -> None:
    town = circled(tmp_path)
    facts = collect_facts(planned(replace(town, sites=town.sites.drop(columns="name"))))
    assert task_rows(facts)["site"].tolist() == facts.plan.chosen["site_id"].tolist()


def test_tasks_are_chosen_by_district_unless_places_are_districts(
    facts: Facts, tmp_path: Path
) -> None:
    assert [one.key for one in task_grid(facts).filters] == ["district", "place", "mode"]
    by_district = collect_facts(planned(template(tmp_path)))
    assert [one.key for one in task_grid(by_district).filters] == ["place", "mode"]


def test_places_say_whether_they_are_complete(facts: Facts) -> None:
    rows = place_rows(facts)
    expected = np.select([rows["whole_before"], rows["whole_after"]], ["whole", "filled"], "open")
    assert rows["state"].tolist() == expected.tolist()
    assert rows["residents"].is_monotonic_decreasing
    assert facts.by_place["place"].iloc[rows["index"]].tolist() == rows["place"].tolist()


def test_places_total_what_the_plan_spends(facts: Facts) -> None:
    summed = [field.key for field in place_grid(facts).fields if field.total]
    assert summed == ["added", "investment", "cost"]
    assert place_rows(facts)["cost"].sum() == facts.plan.spend


def test_lists_speak_chinese(facts: Facts) -> None:
    with in_language("zh"):
        grid = gap_grid(facts)
        assert grid.columns[0].heading == "生活圈"
        assert {row["name"] for _, row in gap_rows(facts).iterrows()} <= {
            "便利店",
            "药店",
            "社区食堂",
        }


def test_what_is_no_number_is_null() -> None:
    fields = (Field("a", "A", "count"), Field("b", "B"))
    frame = pd.DataFrame({"a": [1.0, 2.53219, np.nan, np.inf], "b": ["x", "", "y", "z"]})
    assert plain_rows(frame, fields) == [[1, "x"], [2.5322, ""], [None, "y"], [None, "z"]]


def test_choices_name_each_text_once() -> None:
    assert filter_options(pd.Series(["b", "a", "b", ""])) == [("b", "b"), ("a", "a")]


def test_a_hidden_field_is_no_column() -> None:
    fields = (Field("a", "A"), Field("b", "B", shown=False))
    grid = SortableTable("g", "caption", fields, [])
    assert [field.key for field in grid.columns] == ["a"]
    assert grid.plain()["fields"] == [
        {"key": "a", "kind": "text", "minor": False, "total": False, "shown": True},
        {"key": "b", "kind": "text", "minor": False, "total": False, "shown": False},
    ]
