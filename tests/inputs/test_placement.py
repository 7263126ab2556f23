"""Coordinate systems: what is metric, where it is made for, and what lies where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from siting.inputs.placement import (
    Placed,
    check_metric,
    check_placement,
    convert,
    is_metric,
    parse_crs,
)
from siting.inputs.tables import Table

UTM49 = CRS.from_epsg(32649)
WGS84 = CRS.from_epsg(4326)
HERE = [(401_200.0, 4_501_300.0), (401_900.0, 4_500_400.0), (402_300.0, 4_500_900.0)]


def placed(xy: list[tuple[float, float]], crs: CRS = UTM49, role: str = "residents") -> Placed:
    frame = pd.DataFrame(xy, columns=["x", "y"]).astype(str)
    frame.index = pd.RangeIndex(2, len(xy) + 2)
    return Placed(role, Table(f"{role}.csv", frame), np.array(xy, dtype=float).reshape(-1, 2), crs)


def codes(xy: list[tuple[float, float]], own: CRS, crs: CRS) -> list[str]:
    return [problem.code for problem in check_placement({"residents": placed(xy, own)}, crs)]


@pytest.mark.parametrize(
    ("code", "metric"), [(32649, True), (3057, True), (4546, True), (4326, False), (2263, False)]
)
def test_metric(code: int, metric: bool) -> None:
    assert is_metric(CRS.from_epsg(code)) is metric


@pytest.mark.parametrize("text", ["EPSG:32649", "epsg:4546", "+proj=utm +zone=49"])
def test_known_systems(text: str) -> None:
    crs, problems = parse_crs(text, "instance.yaml crs")
    assert crs is not None
    assert not problems


@pytest.mark.parametrize("text", ["EPSG:99999", "Beijing 54", "UTM 49N", "32649", "", "+proj=x"])
def test_unknown_systems(text: str) -> None:
    """PROJ would guess a system from part of a name; here only codes and definitions count."""
    crs, (problem,) = parse_crs(text, "instance.yaml:6 crs")
    assert crs is None
    assert problem.where == "instance.yaml:6 crs"


def test_conversion_is_x_first_and_back() -> None:
    lonlat = convert(np.array(HERE), UTM49, WGS84)
    assert np.all((lonlat[:, 0] > 109) & (lonlat[:, 0] < 111))
    assert convert(lonlat, WGS84, UTM49) == pytest.approx(np.array(HERE), abs=1e-4)


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [(109.8, 40.6, "EPSG:32649"), (-21.9, 64.1, "EPSG:32627"), (151.2, -33.9, "EPSG:32756")],
)
def test_the_zone_of_the_data_is_suggested(lon: float, lat: float, zone: str) -> None:
    one = placed([(lon, lat)], WGS84)
    (problem,) = check_metric(WGS84, {"residents": one}, "crs")
    assert problem.mend.startswith(f"{zone} fits this data. ")


def test_no_zone_is_suggested_for_metres_in_degrees() -> None:
    (problem,) = check_metric(WGS84, {"residents": placed(HERE, WGS84)}, "crs")
    assert problem.mend.startswith("Write the metric system here")


def test_points_where_they_should_be() -> None:
    assert codes(HERE, UTM49, UTM49) == []


def test_a_degree_beyond_the_area_is_near_enough() -> None:
    """CGCS2000 with central meridian 111E ends at 112.5; a town at 113 may still use it."""
    assert codes([(113.0, 40.6)], WGS84, CRS.from_epsg(4546)) == []
    assert codes([(114.0, 40.6)], WGS84, CRS.from_epsg(4546)) == ["outside-crs-area"]


@pytest.mark.parametrize(
    ("points", "own", "code"),
    [
        ([(y, x) for x, y in HERE], UTM49, "axes-swapped"),
        ([(109.8, 40.6), (109.9, 40.7)], UTM49, "degrees-in-metric-crs"),
        ([(40.6, 109.8), (40.7, 109.9)], UTM49, "degrees-in-metric-crs"),
        ([(40.6, 109.8), (40.7, 109.9)], WGS84, "lonlat-swapped"),
        ([(8.5, 47.4)], WGS84, "outside-crs-area"),
        ([(1e9, 1e9)], UTM49, "outside-crs-area"),
        ([*HERE, (0.0, 0.0)], UTM49, "stray-row"),
    ],
)
def test_points_that_cannot_be_right(
    points: list[tuple[float, float]], own: CRS, code: str
) -> None:
    assert codes(points, own, UTM49) == [code]


def test_a_system_without_a_known_area_is_trusted() -> None:
    local = CRS.from_proj4("+proj=tmerc +lat_0=40 +lon_0=110 +x_0=0 +y_0=0 +ellps=GRS80 +units=m")
    assert codes([(120.0, 80.0), (500.0, -20.0)], local, local) == []


def test_no_points_at_all() -> None:
    assert codes([], UTM49, UTM49) == []


def test_an_area_across_the_date_line() -> None:
    fiji = CRS.from_epsg(3460)
    assert codes([(179.5, -17.0), (-179.5, -17.0)], WGS84, fiji) == []


def test_tables_far_apart() -> None:
    residents = placed(HERE)
    sites = placed([(x, y - 250_000) for x, y in HERE], role="sites")
    problems = check_placement({"residents": residents, "sites": sites}, UTM49)
    assert [problem.code for problem in problems] == ["tables-far-apart"]
    assert "250 km from the residents" in problems[0].found
    assert check_placement({"sites": sites}, UTM49) == []


def test_each_table_is_judged_in_its_own_system() -> None:
    residents = placed(HERE)
    sites = placed([(109.83, 40.65)], WGS84, role="sites")
    assert check_placement({"residents": residents, "sites": sites}, UTM49) == []
