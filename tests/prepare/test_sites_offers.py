"""Candidate sites keep their distance; offers fit, reach someone and cost what the rules say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from small_town import MAPPING, square, town, town_mapping, way, write_osm

from siting.coverage.network import WalkNetwork
from siting.prepare.offers import UncoveredNeed, category_table, list_offers, price_premium
from siting.prepare.osm_read import OsmObject, projector, read_extract
from siting.prepare.sites import Need, find_sites, thin
from siting.prepare.street_network import Network, build_network, simple_network

CRS = "EPSG:32632"
POINTS = hnp.arrays(float, st.tuples(st.integers(0, 40), st.just(2)), elements=st.floats(0, 300))


@given(POINTS, POINTS, st.sampled_from([1.0, 50.0, 120.0]))
def test_thinned_points_keep_their_distance_and_leave_no_room(
    xy: NDArray[np.float64], before: NDArray[np.float64], spacing: float
) -> None:
    chosen = thin(xy, before, spacing)
    taken = np.concatenate([before, xy[chosen]])
    for at in range(len(xy)):
        apart = np.linalg.norm(taken - xy[at], axis=1)
        if at in chosen:
            own = np.flatnonzero(apart == 0)
            others = np.delete(apart, own[-1])
            assert (others >= spacing * (1 - 1e-12)).all()
        else:
            assert (apart < spacing * (1 + 1e-12)).any()


def test_earlier_points_are_preferred() -> None:
    xy = np.array([[0.0, 0], [10, 0], [20, 0]])
    assert thin(xy, np.empty((0, 2)), 15) == [0, 2]
    assert thin(xy[::-1], np.empty((0, 2)), 15) == [0, 2]
    assert thin(xy, np.array([[5.0, 0]]), 15) == [2]
    assert thin(xy, np.empty((0, 2)), 10) == [0, 1, 2]


def test_need_adds_up_what_is_near() -> None:
    need = Need(np.array([[0.0, 0], [100, 0]]), np.array([5.0, 7.0]))
    assert need.near(np.array([[0.0, 0], [50, 0], [500, 0]]), 60).tolist() == [5, 12, 0]
    assert need.near(np.empty((0, 2)), 60).tolist() == []


def found_sites(
    folder: Path, objects: list[OsmObject], text: str = MAPPING
) -> tuple[pd.DataFrame, dict[str, int]]:
    mapping = town_mapping(folder, text)
    extract = read_extract(write_osm(folder / "t.osm", objects))
    network = build_network(extract.having("highway"), mapping.streets.foot, CRS)[0]
    everywhere = projector(CRS)(np.concatenate([one.lonlat for one in extract.objects]))
    return find_sites(extract, network, Need(everywhere, np.ones(len(everywhere))), mapping)


def test_sites_of_each_kind(tmp_path: Path) -> None:
    sites, _ = found_sites(tmp_path, town())
    by_kind = sites.set_index("kind")
    assert by_kind.loc["car_park", "name"] == "Car park"
    assert by_kind.loc["car_park", "allowed_categories"] == "breakfast_shop;parcel_point"
    assert by_kind.loc["car_park", "floor_area_m2"] == pytest.approx(128, abs=2)
    assert by_kind.loc["corner", "name"] == "East Street / North Road"
    assert by_kind.loc["corner", "allowed_categories"] == ""
    assert by_kind.loc["community", "osm"] == "w201"
    assert (sites["x"].diff().dropna() >= 0).all()


def test_a_refused_or_small_place_is_no_site(tmp_path: Path) -> None:
    parking = {"amenity": "parking"}
    objects = [
        square(1, parking | {"access": "private"}, 0, 0, 40),
        square(2, parking | {"parking": "underground"}, 100, 0, 40),
        square(3, parking, 200, 0, 5),
        square(4, parking, 500, 0, 40),
        way(5, {"highway": "path"}, (1, 0, 0), (2, 600, 0)),
    ]
    sites, passed = found_sites(tmp_path, objects)
    assert sites["osm"].tolist() == ["w4"]
    assert passed["car_park"] == 0


def test_places_without_need_are_passed_over(tmp_path: Path) -> None:
    text = MAPPING.replace("least_residents: 1", "least_residents: 1000")
    sites, passed = found_sites(tmp_path, town(), text)
    assert sites.empty
    assert passed == {"premises": 0, "community": 1, "car_park": 1, "corner": 1}


def test_a_kind_is_cut_to_its_most(tmp_path: Path) -> None:
    cross = [
        way(1, {"highway": "path"}, *[(at, at * 100.0, 0.0) for at in range(6)]),
        *(way(10 + at, {"highway": "path"}, (at, at * 100, 0), (50 + at, at * 100, 90))
          for at in range(1, 5)),
    ]  # fmt: skip
    assert len(found_sites(tmp_path, cross)[0]) == 4
    text = MAPPING.replace("{spacing: 50 m}", "{spacing: 50 m, most: 2}")
    sites, passed = found_sites(tmp_path, cross, text)
    assert (len(sites), passed["corner"]) == (2, 2)
    assert set(sites["name"]) == {"corner"}


def site_table(**columns: object) -> pd.DataFrame:
    base = {
        "site_id": "S1", "kind": "corner", "floor_area_m2": 160, "district": "Town", "premium": 1.0
    }  # fmt: skip
    return pd.DataFrame([base | columns])


def reached(*people: float) -> pd.DataFrame:
    return pd.DataFrame([people], columns=["pharmacy", "breakfast_shop", "parcel_point"])


def test_costs_follow_the_catalogue_and_the_kind(tmp_path: Path) -> None:
    mapping = town_mapping(tmp_path)
    offers = list_offers(site_table(), reached(50, 50, 50), mapping).set_index("offer_id")
    table = category_table(mapping).set_index("category")
    for name in ("pharmacy", "breakfast_shop", "parcel_point"):
        row = offers.loc[f"S1-{name}"]
        assert (row["cost"], row["investment"], row["mode"]) == (
            table.loc[name, "cost"],
            table.loc[name, "investment"],
            "introduce",
        )


def test_place_and_density_make_it_dearer(tmp_path: Path) -> None:
    text = MAPPING.replace("offers: {", "offers: {price_level: {Town: 1.5}, ")
    mapping = town_mapping(tmp_path, text)
    offers = list_offers(site_table(premium=1.2), reached(50, 0, 0), mapping)
    assert offers["investment"].tolist() == [250_000 * 1.5 * 1.2]
    assert offers["cost"].tolist() == [250_000 * 0.3 * 1.5 * 1.2]


def test_a_circle_has_its_own_price_before_its_district(tmp_path: Path) -> None:
    text = MAPPING.replace("offers: {", "offers: {price_level: {Town: 1.5, West: 2}, ").replace(
        "population:\n", "population:\n  quarters: [West]\n"
    )
    offers = list_offers(site_table(circle="West"), reached(50, 0, 0), town_mapping(tmp_path, text))
    assert offers["investment"].tolist() == [500_000]


def test_too_little_floor_and_too_few_people_make_no_offer(tmp_path: Path) -> None:
    mapping = town_mapping(tmp_path)
    offers = list_offers(site_table(floor_area_m2=40), reached(50, 0.5, 1), mapping)
    assert offers["categories"].tolist() == ["parcel_point"]


def test_of_a_group_fewer_people_suffice(tmp_path: Path) -> None:
    text = MAPPING.replace("least_uncovered: 1", "least_uncovered: 100").replace(
        "parcel_point]", "elderly_care_station]"
    )
    near = pd.DataFrame(
        [[99.0, 100.0, 20.0]], columns=["pharmacy", "breakfast_shop", "elderly_care_station"]
    )
    offers = list_offers(site_table(), near, town_mapping(tmp_path, text))
    assert offers["categories"].tolist() == ["breakfast_shop", "elderly_care_station"]


def test_a_bundle_is_cheaper_than_its_parts(tmp_path: Path) -> None:
    bundle = (
        "{categories: [pharmacy, parcel_point], kinds: [corner], least_floor: 150, saving: 20%}"
    )
    mapping = town_mapping(
        tmp_path, MAPPING.replace("offers: {", f"offers: {{bundles: [{bundle}], ")
    )
    offers = list_offers(site_table(), reached(50, 50, 50), mapping).set_index("categories")
    cost = offers["cost"].to_dict()
    both = offers.loc["pharmacy;parcel_point"]
    assert both["offer_id"] == "S1-pharmacy+parcel_point"
    assert both["mode"] == "add-on"
    apart = cost["pharmacy"] + cost["parcel_point"]
    assert cost["pharmacy;parcel_point"] == pytest.approx(0.8 * apart, abs=1000)
    assert both["floor_area_m2"] == 110
    smaller = list_offers(site_table(floor_area_m2=140), reached(50, 50, 50), mapping)
    assert "pharmacy;parcel_point" not in set(smaller["categories"])
    alone = list_offers(site_table(), reached(50, 50, 0), mapping)
    assert "pharmacy;parcel_point" not in set(alone["categories"])


def test_the_premium_goes_by_rank() -> None:
    factor = price_premium(np.array([5.0, 900, 20, 20, 40]), 0.2)
    assert factor.tolist() == pytest.approx([1.0, 1.2, 1.05, 1.05, 1.15])
    assert price_premium(np.array([7.0]), 0.2).tolist() == [1.0]


def test_who_is_reached_walks_the_street() -> None:
    street = line([0.0, 300, 600, 900])
    walks = WalkNetwork.from_tables(*street)
    snap = walks.snap(np.array([[0.0, 0], [300, 0], [600, 0], [900, 0]]), 300)
    ground = UncoveredNeed(
        walks,
        residents=snap,
        sites=snap[np.array([1, 3])],
        people={"near": np.array([1.0, 10, 100, 1000]), "far": np.array([1.0, 0, 0, 1000])},
        reach={"near": 300.0, "far": 600.0},
    )
    assert ground.reached().to_dict("list") == {"near": [111, 1100], "far": [1001, 1000]}


def line(at: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    count = len(at)
    network: Network = simple_network(
        np.column_stack([at, np.zeros(count)]),
        np.arange(count - 1),
        np.arange(1, count),
        np.diff(at),
    )
    x, y = network.xy.T
    nodes = pd.DataFrame({"node_id": np.arange(count), "x": x, "y": y})
    ends = {"from_node": network.tail, "to_node": network.head}
    return nodes, pd.DataFrame(ends | {"metres": network.metres})
