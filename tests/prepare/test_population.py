"""Totals are spread exactly, in whole people, and homes find their municipality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import node, square, town_mapping

from siting.errors import InputError
from siting.prepare.buildings import Homes, as_areas, find_homes
from siting.prepare.osm_mapping import Municipality, Population
from siting.prepare.osm_read import Extract, OsmObject
from siting.prepare.population import (
    assign_municipality,
    find_places,
    largest_remainder,
    merge_homes,
    municipality_totals,
    nearest_place,
    require_homes,
    split_groups,
    spread_people,
)

CRS = "EPSG:32632"
NEWEST = pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime()


def extract_of(*objects: OsmObject) -> Extract:
    return Extract(objects, NEWEST)


def rules(*rows: Municipality, neighbours: int = 3) -> Population:
    return Population.model_validate(
        {"municipalities": [row.model_dump() for row in rows], "neighbours": neighbours}
        | {"groups": {}, "cell": "50 m"}
    )


@given(
    st.integers(0, 300_000),
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=60),
)
def test_largest_remainder_is_exact_and_within_one(total: int, weights: list[float]) -> None:
    array = np.array(weights)
    if not array.sum() > 1e-300:
        array[0] = 1.0
    split = largest_remainder(total, array)
    assert split.sum() == total
    assert (np.abs(split - array * (total / array.sum())) < 1 + 1e-6).all()
    assert (split[array == 0] <= 1).all()


@pytest.mark.parametrize(
    ("total", "weights", "split"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (100, [47, 16, 15.8, 12, 6.1, 3.1], [47, 16, 16, 12, 6, 3]),
        (0, [0, 0], [0, 0]),
        (7, [5], [7]),
        (3, [0, 1, 0], [0, 3, 0]),
    ],
)
def test_largest_remainder_by_hand(total: int, weights: list[float], split: list[int]) -> None:
    assert largest_remainder(total, np.array(weights, dtype=float)).tolist() == split


def test_nothing_to_split_by_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to split 5 by: the weights sum to 0"):
        largest_remainder(5, np.zeros(3))


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=50),
    st.lists(st.integers(0, 33), min_size=1, max_size=3),
)
def test_groups_are_exact_and_never_more_than_the_residents(
    people: list[int], percents: list[int]
) -> None:
    residents = np.array(people)
    shares = {f"group{at}": percent / 100 for at, percent in enumerate(percents)}
    groups = split_groups(residents, shares)
    together = np.sum(list(groups.values()), axis=0)
    assert (together <= residents).all()
    for name, share in shares.items():
        assert abs(groups[name].sum() - share * residents.sum()) < 1
        assert (groups[name] >= 0).all()


def test_groups_are_spread_evenly() -> None:
    groups = split_groups(np.full(1000, 10), {"elderly": 0.2, "infants": 0.05})
    assert groups["elderly"].sum() == 2000
    assert set(groups["elderly"].tolist()) <= {1, 2, 3}
    assert set(groups["infants"].tolist()) <= {0, 1}


def test_groups_above_everyone_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the groups sum to 110\.0% of the residents"):
        split_groups(np.array([5]), {"elderly": 0.6, "children": 0.5})


def test_totals_come_from_the_place_or_the_mapping() -> None:
    places = find_places(
        extract_of(
            node(1, {"place": "town", "name": "A", "population": "1 200"}, 0, 0),
            node(2, {"place": "suburb", "name": "A"}, 9, 9),
            node(3, {"place": "island", "name": "B", "population": "7"}, 0, 0),
        ),
        CRS,
    )
    two = rules(
        Municipality(name="A", place="A"), Municipality(name="A again", place="A", residents=5)
    )
    assert places.names == ("A", "A")
    assert municipality_totals(two, places).tolist() == [1200, 5]


def test_an_unknown_place_is_a_problem_with_its_path() -> None:
    places = find_places(extract_of(), CRS)
    with pytest.raises(InputError, match=r"municipalities\[0\]\.place: found 'Nowhere'; expected"):
        municipality_totals(rules(Municipality(name="N", place="Nowhere")), places)


def test_a_place_without_population_is_a_problem() -> None:
    places = find_places(extract_of(node(1, {"place": "town", "name": "A"}, 0, 0)), CRS)
    with pytest.raises(InputError, match="or `residents` in the mapping"):
        municipality_totals(rules(Municipality(name="A", place="A")), places)


def test_own_postcode_beats_town_beats_neighbours() -> None:
    west = Municipality(name="West", place="West", postcodes=["100"], cities=["West"])
    east = Municipality(name="East", place="East", postcodes=["200"], cities=["East", "Eest"])
    objects = (
        node(1, {"place": "town", "name": "West"}, 0, 0),
        node(2, {"place": "town", "name": "East"}, 1000, 0),
    )
    house = {"building": "house"}
    homes_of = (
        square(10, house, 4, 0),
        square(11, house | {"addr:postcode": "200", "addr:city": "West"}, 40, 0),
        square(12, house | {"addr:city": "Eest"}, 60, 0),
        square(13, house, 980, 0),
    )
    extract = extract_of(*objects, *homes_of)
    homes = Homes(homes_of, _centres(homes_of), np.ones(4), {})
    found = assign_municipality(
        homes, extract, find_places(extract, CRS), rules(west, east, neighbours=1), CRS
    )
    assert found.tolist() == [0, 1, 1, 1]


def test_address_points_and_anchors_vote_too() -> None:
    west = Municipality(name="West", place="West", anchors=["Harbour"])
    east = Municipality(name="East", place="East", postcodes=["200"])
    homes_of = (
        square(10, {"building": "house"}, 500, 0),
        square(11, {"building": "house"}, 800, 0),
    )
    extract = extract_of(
        node(1, {"place": "town", "name": "West"}, 0, 0),
        node(2, {"place": "town", "name": "East"}, 3000, 0),
        node(3, {"place": "suburb", "name": "Harbour"}, 520, 0),
        node(4, {"addr:housenumber": "1", "addr:postcode": "200"}, 790, 0),
        *homes_of,
    )
    homes = Homes(homes_of, _centres(homes_of), np.ones(2), {})
    places = find_places(extract, CRS)
    found = assign_municipality(homes, extract, places, rules(west, east, neighbours=2), CRS)
    assert found.tolist() == [0, 1]


def _centres(objects: tuple[OsmObject, ...]) -> np.ndarray:
    return as_areas(objects, CRS).xy


def test_nearest_place() -> None:
    extract = extract_of(
        node(1, {"place": "suburb", "name": "North"}, 0, 500),
        node(2, {"place": "suburb", "name": "South"}, 0, 0),
    )
    places = find_places(extract, CRS)
    assert nearest_place(places.xy + 1, ["South", "North"], places) == ["North", "South"]


def test_homes_in_a_cell_become_one_point_at_the_largest() -> None:
    homes = Homes(
        (), np.array([[1.0, 1], [40, 40], [60, 1], [2, 2]]), np.array([10.0, 30, 5, 7]), {}
    )
    points = merge_homes(homes, np.array([0, 0, 0, 1]), 50)
    assert points.to_dict("list") == {
        "x": [2.0, 40.0, 60.0],
        "y": [2.0, 40.0, 1.0],
        "municipality": [1, 0, 0],
        "floor_m2": [7.0, 40.0, 5.0],
    }


def test_spreading_places_everyone_and_drops_empty_points() -> None:
    points = pd.DataFrame(
        {"x": [0.0, 1, 2], "y": 0.0, "municipality": [0, 0, 1], "floor_m2": [1000.0, 0.1, 5]}
    )
    placed = spread_people(points, np.array([100, 7]), {"elderly": 0.5})
    assert placed["residents"].tolist() == [100, 7]
    assert placed["elderly"].sum() in {53, 54}


def test_residents_without_a_home_are_a_problem() -> None:
    points = pd.DataFrame({"x": [0.0], "y": [0.0], "municipality": [0], "floor_m2": [1.0]})
    with pytest.raises(InputError, match=r"municipalities \['B'\] without a home"):
        require_homes(points, np.array([5, 5, 0]), ["A", "B", "C"])
    require_homes(points, np.array([5, 0, 0]), ["A", "B", "C"])
    with pytest.raises(ValueError, match="nothing to split 5 by"):
        spread_people(points, np.array([5, 5]), {})


def test_homes_by_the_rule_of_their_type(tmp_path: Path) -> None:
    rules = town_mapping(tmp_path).buildings.model_copy(update={"least_footprint": 30})
    house = {"building": "house", "building:levels": "3"}
    extract = extract_of(
        square(1, house, 0, 0, 10),
        square(2, {"building": "yes"}, 50, 0, 10),
        square(3, {"building": "yes", "addr:housenumber": "4"}, 100, 0, 10),
        square(4, {"building": "yes", "addr:housenumber": "4", "shop": "car"}, 150, 0, 10),
        square(5, {"building": "yes", "addr:housenumber": "4"}, 200, 0, 10),
        square(6, {"building": "garage"}, 250, 0, 10),
        square(7, {"building": "house"}, 300, 0, 3),
        square(8, {"building": "yes", "addr:housenumber": "4"}, 400, 0, 40),
        square(9, {"building": "yes"}, 500, 0, 10),
        node(1, {"addr:housenumber": "9"}, 505, 14),
        square(10, {"landuse": "industrial"}, 190, -10, 40),
    )
    homes = find_homes(extract, rules, CRS)
    assert [one.ref for one in homes.objects] == ["w1", "w3", "w9"]
    assert homes.floor_m2 == pytest.approx([300, 100 * 1.8 * 0.8, 100 * 1.8 * 0.8], rel=0.01)
    assert homes.skipped == {
        "no address": 1,
        "a business": 1,
        "on business land": 1,
        "no type that is lived in": 1,
        "too small": 1,
        "too large for its type": 1,
    }
