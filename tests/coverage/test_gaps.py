"""What is missing where: a town worked out by hand, and the sums that must hold of any town."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws import on
from siting.coverage import GapTable, compute_coverage, find_gaps, measure_walks
from siting.inputs import Instance
from siting.plan.judgement import coverage_by_category
from towns import draw_instance, frame, hand_town, judged, spec_of


def gaps_of(town: Instance) -> GapTable:
    return find_gaps(town, compute_coverage(town))


def line(table: GapTable, place: str, category: str) -> dict[str, Any]:
    rows = table.only(place, category).rows
    assert len(rows) == 1
    return {str(key): value for key, value in rows.iloc[0].items()}


def circled(*names: str, **changes: Any) -> Instance:
    """The town by hand, its five demand points in these circles."""
    return hand_town(**({"residents": hand_town().residents.assign(circle=names)} | changes))


# --- by hand ------------------------------------------------------------------------------------


def test_a_town_by_hand() -> None:
    """The pharmacy at 0 m covers R1 and R2, at 0 and 300 m of 400; a canteen there is none."""
    table = gaps_of(circled("one", "one", "one", "two", "two"))
    assert table.place_kind == "circle"
    here = line(table, "one", "pharmacy")
    assert (here["have"], here["needed"], here["missing"]) == (1, 1, False)
    assert (here["residents"], here["uncovered"], here["share"]) == (60.0, 30.0, 0.5)
    # 10 people at 0 m, 20 at 300 m, 30 at 600 m, at 80 m/min.
    assert (here["median_minutes"], here["worst_minutes"]) == (3.75, 7.5)
    there = line(table, "two", "pharmacy")
    assert (there["have"], there["missing"], there["uncovered"]) == (0, True, 90.0)
    assert (there["median_minutes"], there["worst_minutes"]) == (37.5, 37.5)
    old = line(table, "one", "canteen")
    assert (old["group"], old["residents"], old["uncovered"], old["have"]) == (
        "elderly",
        15.0,
        15.0,
        0,
    )
    assert (old["median_minutes"], old["worst_minutes"]) == (np.inf, np.inf)


def test_most_residents_without_come_first() -> None:
    table = gaps_of(circled("one", "one", "one", "two", "two"))
    assert table.rows["uncovered"].tolist() == [90.0, 30.0, 17.0, 15.0]
    assert table.by_category()["uncovered"].tolist() == [120.0, 32.0]
    assert table.by_category()["missing"].tolist() == [1, 2]
    assert dict(zip(*table.by_place()[["place", "missing"]].to_numpy().T, strict=True)) == {
        "one": 1,
        "two": 2,
    }


def test_what_nobody_misses_is_no_gap() -> None:
    table = gaps_of(circled("one", "one", "two", "two", "two"))
    assert len(table.rows) == 4
    assert set(table.gaps().rows["place"] + " " + table.gaps().rows["category"]) == {
        "one canteen",
        "two canteen",
        "two pharmacy",
    }


def test_an_outlet_beyond_the_boundary_counts_where_it_serves() -> None:
    """The only pharmacy stands in circle one, and R2 of circle two has it at 300 m."""
    table = gaps_of(circled("one", "two", "two", "two", "two"))
    assert line(table, "two", "pharmacy")["have"] == 1
    assert line(table, "two", "pharmacy")["uncovered"] == 120.0


def test_an_outlet_that_nobody_of_the_circle_reaches_does_not_count() -> None:
    outlets = frame(
        "outlet_id x y categories circle",
        ("E1", 0.0, 0.0, "pharmacy", "one"),
        ("E2", 5000.0, 0.0, "pharmacy", "two"),
    )
    table = gaps_of(circled("one", "one", "one", "two", "two", outlets=outlets))
    two = line(table, "two", "pharmacy")
    assert (two["have"], two["inside"], two["missing"]) == (0, 1, True)
    assert line(table, "one", "pharmacy")["inside"] == 1


def test_an_outlet_of_several_categories_counts_for_each() -> None:
    outlets = frame("outlet_id x y categories", ("E1", 0.0, 0.0, "canteen;pharmacy"))
    table = gaps_of(circled("one", "one", "one", "two", "two", outlets=outlets))
    assert line(table, "one", "canteen")["have"] == line(table, "one", "pharmacy")["have"] == 1


def test_a_standard_of_residents_an_outlet_needs_more_of_them() -> None:
    categories = hand_town().categories.assign(residents_per_outlet=[25.0, np.nan])
    table = gaps_of(circled("one", "one", "one", "two", "two", categories=categories))
    assert (line(table, "one", "pharmacy")["needed"], line(table, "two", "pharmacy")["needed"]) == (
        3,
        4,
    )
    assert line(table, "one", "pharmacy")["missing"]
    assert line(table, "one", "canteen")["needed"] == 1


def test_where_nobody_of_the_group_lives_nothing_is_needed() -> None:
    residents = circled("one", "one", "one", "two", "two").residents
    residents = residents.assign(elderly=[4.0, 5.0, 6.0, 0.0, 0.0])
    here = line(gaps_of(hand_town(residents=residents)), "two", "canteen")
    assert (here["needed"], here["missing"], here["uncovered"]) == (0, False, 0.0)
    assert np.isnan([here["share"], here["median_minutes"], here["worst_minutes"]]).all()


# --- places -------------------------------------------------------------------------------------


def test_without_circles_districts_are_told_and_blank_ones_kept() -> None:
    table = gaps_of(hand_town())
    assert table.place_kind == "district"
    assert set(table.rows["place"]) == {"west", "east", ""}
    assert line(table, "", "pharmacy")["uncovered"] == 50.0


def test_blank_circles_are_as_none() -> None:
    assert gaps_of(circled("", "", "", "", "")).place_kind == "district"


def test_without_both_it_is_the_whole_city() -> None:
    table = gaps_of(hand_town(residents=hand_town().residents.drop(columns="district")))
    assert table.place_kind == "city"
    assert line(table, "hand", "pharmacy")["uncovered"] == 120.0


def test_walks_that_were_measured_already_are_used() -> None:
    town = hand_town()
    coverage, walks = compute_coverage(town), measure_walks(town)
    pd.testing.assert_frame_equal(find_gaps(town, coverage, walks).rows, gaps_of(town).rows)


# --- laws ---------------------------------------------------------------------------------------


@on(60)
@given(seed=st.integers(0, 2000), circles=st.integers(1, 4))
def test_places_add_up_to_the_coverage_before_the_plan(seed: int, circles: int) -> None:
    town = draw_instance(seed)
    names = [f"C{i % circles}" for i in range(len(town.residents))]
    town = replace(town, residents=town.residents.assign(circle=names))
    table = gaps_of(town)
    before = coverage_by_category(town, judged(town, spec_of(), [])).set_index("category")
    found = table.rows.groupby("category")[["residents", "uncovered"]].sum()
    for category in town.category_names:
        whole, covered = (before[name].loc[category] for name in ("residents", "before"))
        assert found.loc[category, "residents"] == pytest.approx(whole)
        assert found.loc[category, "uncovered"] == pytest.approx(whole - covered)


@on(60)
@given(seed=st.integers(0, 2000))
def test_what_a_row_says_fits_together(seed: int) -> None:
    town = draw_instance(seed)
    rows = gaps_of(town).rows
    assert len(rows) == rows["place"].nunique() * len(town.categories)
    assert rows["uncovered"].is_monotonic_decreasing
    assert (rows["uncovered"] <= rows["residents"]).all()
    assert (rows["missing"] == (rows["have"] < rows["needed"])).all()
    # Without any outlet in reach everyone is without; with one, somebody has it.
    none = rows["have"] == 0
    assert (rows["uncovered"][none] == rows["residents"][none]).all()
    assert (rows["uncovered"][~none] < rows["residents"][~none]).all()
    people = rows[rows["residents"] > 0]
    assert (people["median_minutes"] <= people["worst_minutes"]).all()
    late = people["worst_minutes"] > people["standard_minutes"] + 1e-6
    assert (late == (people["uncovered"] > 0)).all()
