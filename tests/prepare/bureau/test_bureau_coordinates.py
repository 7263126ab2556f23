"""GCJ-02 and BD-09: published pairs, round trips, and what they are in Baotou."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from siting.prepare.coordinates import (
    Datum,
    Floats,
    bd09_to_gcj02,
    bd09_to_wgs84,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

GEOD = Geod(ellps="WGS84")
IN_CHINA = st.tuples(st.floats(73.6, 135.0), st.floats(3.9, 53.5))


def at(*lonlat: float) -> Floats:
    return np.array([lonlat])


def metres(a: Floats, b: Floats) -> Floats:
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


# The README of coordtransform, and the tests of eviltransform: two programs that are not ours.
@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_pairs_of_wgs84_and_gcj02(
    given_: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert wgs84_to_gcj02(at(*given_))[0] == pytest.approx(expected, abs=1e-9)
    assert gcj02_to_wgs84(at(*expected))[0] == pytest.approx(given_, abs=1e-9)


def test_published_pairs_of_bd09() -> None:
    bd09 = (116.41036949371029, 39.92133699351021)
    assert gcj02_to_bd09(at(116.404, 39.915))[0] == pytest.approx(bd09, abs=1e-11)
    assert bd09_to_gcj02(at(*bd09))[0] == pytest.approx((116.404, 39.915), abs=1e-9)
    both = (116.41662724378733, 39.922699552216216)
    assert wgs84_to_bd09(at(116.404, 39.915))[0] == pytest.approx(both, abs=1e-9)


def test_the_published_one_step_inverse_of_bd09_is_near() -> None:
    """116.39762729119315, 39.90865673957631 is not exact; ours goes back to the same point."""
    found = bd09_to_gcj02(at(116.404, 39.915))
    assert metres(found, at(116.39762729119315, 39.90865673957631))[0] < 0.1
    assert gcj02_to_bd09(found)[0] == pytest.approx((116.404, 39.915), abs=1e-12)


@given(IN_CHINA)
def test_the_way_back_is_exact_all_over_china(lonlat: tuple[float, float]) -> None:
    point = at(*lonlat)
    assert metres(gcj02_to_wgs84(wgs84_to_gcj02(point)), point)[0] < 1e-3
    assert metres(bd09_to_wgs84(wgs84_to_bd09(point)), point)[0] < 1e-3
    assert metres(bd09_to_gcj02(gcj02_to_bd09(point)), point)[0] < 1e-3


def test_gcj02_is_mostly_some_hundred_metres_off() -> None:
    """The least is 17.6 m, at 96.600 E, 37.143 N; the most 715.5 m, at 131.402 E, 53.5 N."""
    lon, lat = np.meshgrid(np.linspace(73.6, 135.0, 308), np.linspace(3.9, 53.5, 249))
    points = np.column_stack([lon.ravel(), lat.ravel()])
    off = metres(wgs84_to_gcj02(points), points)
    assert 17.5 < off.min() < 25
    assert 700 < off.max() < 715.5
    assert np.mean((off > 100) & (off < 700)) > 0.98


@given(IN_CHINA)
def test_nowhere_in_china_is_gcj02_wgs84(lonlat: tuple[float, float]) -> None:
    point = at(*lonlat)
    assert 17.5 < metres(wgs84_to_gcj02(point), point)[0] < 715.5


def test_outside_the_box_gcj02_is_wgs84() -> None:
    for place in ((2.35, 48.86), (151.2, -33.87), (139.7, 35.68)):
        assert wgs84_to_gcj02(at(*place))[0] == pytest.approx(place, abs=0)
        assert gcj02_to_wgs84(at(*place))[0] == pytest.approx(place, abs=0)


def test_the_shifts_in_baotou() -> None:
    lon, lat = np.meshgrid(np.linspace(109.8, 110.1, 40), np.linspace(40.55, 40.7, 20))
    city = np.column_stack([lon.ravel(), lat.ravel()])
    gcj02, bd09 = wgs84_to_gcj02(city), wgs84_to_bd09(city)
    for there, least, most in (
        (metres(city, gcj02), 485, 550),
        (metres(gcj02, bd09), 835, 890),
        (metres(city, bd09), 1275, 1365),
    ):
        assert least <= there.min() <= there.max() <= most


@pytest.mark.parametrize("datum", ["WGS84", "GCJ-02", "BD-09"])
def test_each_system_by_its_name(datum: Datum) -> None:
    city = np.array([[109.84, 40.64], [110.03, 40.58]])
    assert to_wgs84(from_wgs84(city, datum), datum) == pytest.approx(city, abs=1e-10)


def test_no_points_are_no_points() -> None:
    assert wgs84_to_bd09(np.empty((0, 2))).shape == (0, 2)
