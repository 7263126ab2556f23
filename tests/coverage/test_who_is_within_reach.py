"""Who is within the standard: limits, speeds and the three ways to measure a walk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.coverage import Coverage, compute_coverage, measure_walks
from siting.coverage.relation import outlets_by_category, walking_limits
from siting.inputs import Instance, NetworkTravel, StraightLineTravel, TableTravel, Travel, Walking
from towns import draw_instance, frame, hand_town

NOWHERE = np.empty(0, dtype=np.int64)


def at_distance(way: str, metres: float) -> Instance:
    """One resident and one site, with an outlet at the site, so far apart by this way."""
    travel: Travel
    if way == "line":
        travel = StraightLineTravel(1.25)
    elif way == "network":
        nodes = frame("node_id x y", ("a", 0.0, 0.0), ("b", metres / 1.25, 0.0))
        travel = NetworkTravel(nodes, frame("from_node to_node metres", ("a", "b", metres)))
    else:
        scale = 80.0 if way == "minutes" else 1.0
        pairs = frame(
            "resident_id site_id outlet_id amount",
            ("R1", "S1", None, metres / scale),
            ("R1", None, "E1", metres / scale),
        )
        travel = TableTravel(pairs, "minutes" if way == "minutes" else "metres")
    x = metres / 1.25
    return hand_town(
        residents=frame("resident_id x y residents elderly", ("R1", 0.0, 0.0, 10.0, 4.0)),
        sites=frame("site_id x y", ("S1", x, 0.0)),
        outlets=frame("outlet_id x y categories", ("E1", x, 0.0, "pharmacy")),
        travel=travel,
    )


def reaches(coverage: Coverage, category: str) -> list[list[bool]]:
    dense: list[list[bool]] = coverage[category].reach.toarray().astype(bool).tolist()
    return dense


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["line", "network", "minutes", "metres"])
def test_the_standard_is_inclusive(way: str) -> None:
    """5 minutes at 80 metres a minute are 400 metres, and 400 metres count."""
    coverage = compute_coverage(at_distance(way, 400.0))
    assert reaches(coverage, "pharmacy") == [[True]]
    assert coverage["pharmacy"].served.tolist() == [True]
    assert coverage["pharmacy"].minutes == pytest.approx([5.0])


@pytest.mark.parametrize("way", ["line", "network", "minutes", "metres"])
def test_a_millimetre_more_does_not_count(way: str) -> None:
    coverage = compute_coverage(at_distance(way, 400.001))
    assert reaches(coverage, "pharmacy") == [[False]]
    assert coverage["pharmacy"].served.tolist() == [False]


@pytest.mark.parametrize("way", ["line", "network", "minutes", "metres"])
def test_a_walk_of_no_length_counts(way: str) -> None:
    coverage = compute_coverage(at_distance(way, 0.0))
    assert reaches(coverage, "canteen") == [[True]]
    assert coverage["pharmacy"].minutes.tolist() == [0.0]


def test_sums_in_another_order_do_not_decide() -> None:
    """Eight streets of 0.1 to 0.8 sum to a hair more or less than 3.6, by their order."""
    names = [f"n{i}" for i in range(9)]
    nodes = frame("node_id x y", *[(name, 10.0 * i, 0.0) for i, name in enumerate(names)])
    lengths = [0.1, 0.7, 0.2, 0.6, 0.3, 0.5, 0.8, 0.4]
    edges = [(names[i], names[i + 1], length) for i, length in enumerate(lengths)]
    for order in (edges, edges[::-1]):
        town = hand_town(
            residents=frame("resident_id x y residents elderly", ("R1", 0.0, 0.0, 10.0, 4.0)),
            sites=frame("site_id x y", ("S1", 80.0, 0.0)),
            travel=NetworkTravel(nodes, frame("from_node to_node metres", *order)),
            walking=Walking(0.72),
        )
        assert reaches(compute_coverage(town), "pharmacy") == [[True]]


# --- speeds and standards -----------------------------------------------------------------------


def test_limits_are_the_standard_times_the_speed_of_the_group() -> None:
    assert walking_limits(hand_town()) == {"pharmacy": 400.0, "canteen": 250.0}


def test_a_group_without_a_speed_walks_like_all() -> None:
    assert walking_limits(hand_town(walking=Walking(60.0)))["canteen"] == 300.0


def test_each_category_has_its_own_standard() -> None:
    categories = hand_town().categories.assign(standard_minutes=[3.75, 10.0])
    coverage = compute_coverage(hand_town(categories=categories))
    assert reaches(coverage, "pharmacy")[2] == [True, True]
    assert reaches(coverage, "pharmacy")[0] == [True, False]
    assert reaches(coverage, "canteen")[3] == [False, True]
    assert [coverage[name].limit for name in ("pharmacy", "canteen")] == [300.0, 500.0]


def test_the_old_have_a_shorter_way() -> None:
    """S1 is 300 m from R1: within 400 m of all, beyond the 250 m of the old."""
    coverage = compute_coverage(hand_town())
    assert reaches(coverage, "pharmacy")[0] == [True, False]
    assert reaches(coverage, "canteen")[0] == [False, False]


def test_minutes_are_those_of_the_group() -> None:
    outlets = frame("outlet_id x y categories", ("E1", 0.0, 0.0, "pharmacy;canteen"))
    coverage = compute_coverage(hand_town(outlets=outlets))
    assert coverage["pharmacy"].minutes[1] == pytest.approx(300 / 80)
    assert coverage["canteen"].minutes[1] == pytest.approx(300 / 50)


# --- straight lines -----------------------------------------------------------------------------


def test_a_detour_makes_a_straight_line_longer() -> None:
    walks = measure_walks(hand_town(travel=StraightLineTravel(1.5)))
    assert walks.to_nearest(np.array([0]), NOWHERE).tolist() == [0, 450, 900, 1500, 4500]


def test_straight_lines_run_across_both_axes() -> None:
    residents = hand_town().residents.assign(y=[400.0, 0.0, 0.0, 0.0, 0.0])
    walks = measure_walks(hand_town(residents=residents))
    assert walks.to_sites(500.0)[0, 0] == 500.0


# --- tables -------------------------------------------------------------------------------------


def measured(measure: str, *pairs: tuple[Any, ...], **changes: Any) -> Instance:
    table = frame("resident_id site_id outlet_id amount", *pairs)
    kind = "minutes" if measure == "minutes" else "metres"
    return hand_town(travel=TableTravel(table, kind), **changes)  # type: ignore[arg-type]


def test_a_pair_that_is_absent_is_out_of_reach() -> None:
    coverage = compute_coverage(measured("metres", ("R1", "S1", None, 10.0)))
    assert reaches(coverage, "pharmacy") == [[True, False]] + [[False, False]] * 4
    assert coverage["pharmacy"].minutes.tolist() == [np.inf] * 5


def test_minutes_are_walked_at_the_speed_of_all_and_limited_by_that_of_the_group() -> None:
    """4 minutes at 80 m/min are 320 m: 6.4 minutes for the old, who have 5."""
    coverage = compute_coverage(measured("minutes", ("R1", "S1", None, 4.0)))
    assert reaches(coverage, "pharmacy")[0] == [True, False]
    assert reaches(coverage, "canteen")[0] == [False, False]


def test_minutes_of_a_faster_town_are_as_long() -> None:
    """Measured minutes stay minutes, whatever the speed."""
    pair = ("R1", "S1", None, 5.0)
    for speed in (40.0, 80.0, 120.0):
        coverage = compute_coverage(measured("minutes", pair, walking=Walking(speed)))
        assert reaches(coverage, "pharmacy")[0] == [True, False]


def test_of_two_measures_of_one_pair_the_shorter_counts() -> None:
    town = measured("metres", ("R1", "S1", None, 900.0), ("R1", "S1", None, 100.0))
    assert measure_walks(town).to_sites(1e6).toarray()[0].tolist() == [100.0, 0.0]


def test_blank_ends_of_a_file_are_no_ids() -> None:
    """A file's blank cell is an empty text; in memory it may be missing."""
    for blank in ("", None, float("nan")):
        town = measured("metres", ("R1", "S1", blank, 100.0), ("R2", blank, "E1", 30.0))
        walks = measure_walks(town)
        assert walks.to_sites(1e6).nnz == 1
        assert walks.to_nearest(np.array([0]), NOWHERE)[1] == 30.0


def test_a_table_may_know_only_sites() -> None:
    pairs = frame("resident_id site_id amount", ("R1", "S1", 10.0))
    town = hand_town(travel=TableTravel(pairs, "metres"))
    assert reaches(compute_coverage(town), "pharmacy")[0] == [True, False]
    assert not compute_coverage(town)["pharmacy"].served.any()


# --- outlets ------------------------------------------------------------------------------------


def test_an_outlet_may_serve_several_categories() -> None:
    outlets = frame(
        "outlet_id x y categories",
        ("E1", 0.0, 0.0, " pharmacy ; canteen "),
        ("E2", 0.0, 0.0, "canteen;canteen"),
        ("E3", 0.0, 0.0, ""),
    )
    found = outlets_by_category(hand_town(outlets=outlets))
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "pharmacy": [0],
        "canteen": [0, 1],
    }


@pytest.mark.parametrize("way", ["line", "network", "table"])
def test_a_town_without_outlets_serves_nobody(way: str) -> None:
    town = draw_instance(5, travel=way)
    town = replace(town, outlets=hand_town().outlets.iloc[:0])
    if isinstance(town.travel, TableTravel):
        pairs = town.travel.pairs
        town = replace(town, travel=replace(town.travel, pairs=pairs[pairs["outlet_id"].isna()]))
    for cover in compute_coverage(town).by_category.values():
        assert not cover.served.any()
        assert np.all(np.isinf(cover.minutes))


# --- what nothing reaches -----------------------------------------------------------------------


def test_residents_whom_nothing_reaches_are_told_with_their_number() -> None:
    (problem,) = compute_coverage(hand_town()).warnings
    assert (problem.code, problem.severity) == ("unreachable-residents", "warning")
    assert problem.found == "1 point with 50 people whom nothing reaches (R5)"
    assert problem.mend == "No plan can serve them; propose sites near them."


def test_places_where_nobody_lives_need_no_warning() -> None:
    people = hand_town().residents.assign(residents=[10.0, 20.0, 30.0, 40.0, 0.0])
    assert compute_coverage(hand_town(residents=people)).warnings == ()


# --- two paths through the code -----------------------------------------------------------------


@pytest.mark.parametrize("way", ["line", "network", "table"])
def test_the_nearest_site_is_the_least_of_those_in_reach(way: str) -> None:
    """The model reads `to_sites`, the judge `to_nearest`; both must measure alike."""
    for seed in range(40):
        town = draw_instance(seed, travel=way)
        walks = measure_walks(town)
        for site in range(len(town.sites)):
            entries = walks.to_sites(1e9)[:, [site]].tocoo()
            expected = np.full(len(town.residents), np.inf)
            expected[entries.row] = entries.data
            nearest = walks.to_nearest(NOWHERE, np.array([site]))
            np.testing.assert_allclose(nearest, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("way", ["line", "network", "table"])
def test_a_shorter_limit_keeps_what_is_within_it(way: str) -> None:
    for seed in range(20):
        walks = measure_walks(draw_instance(seed, travel=way))
        everything = walks.to_sites(1e9).tocoo()
        near = everything.data <= 200.0
        expected = set(
            zip(everything.row[near].tolist(), everything.col[near].tolist(), strict=True)
        )
        within = walks.to_sites(200.0).tocoo()
        assert set(zip(within.row.tolist(), within.col.tolist(), strict=True)) == expected


def test_walks_that_were_measured_already_are_used() -> None:
    town = hand_town()
    walks = measure_walks(replace(town, travel=StraightLineTravel(3.0)))
    assert reaches(compute_coverage(town, walks), "pharmacy")[0] == [False, False]
