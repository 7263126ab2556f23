"""The default catalogue."""

from __future__ import annotations

import pytest

from siting.inputs import load_catalogue


def test_26_basic_and_30_quality_categories() -> None:
    assert load_catalogue()["tier"].value_counts().to_dict() == {"basic": 26, "quality": 30}


def test_identifiers_are_readable_and_unique() -> None:
    catalogue = load_catalogue()
    for column in ("category", "code", "name_zh", "name_en"):
        assert catalogue[column].is_unique
        assert catalogue[column].ne("").all()
    assert catalogue["category"].str.fullmatch(r"[a-z]+(_[a-z]+)*").all()
    assert {"convenience_store", "elderly_care_station", "canteen"} <= set(catalogue["category"])


def test_numbers_are_in_range() -> None:
    catalogue = load_catalogue()
    assert catalogue["standard_minutes"].between(5, 15).all()
    assert catalogue["priority"].eq(1).all()
    assert catalogue["cost"].gt(0).all()
    assert catalogue["cost"].le(catalogue["investment"]).all()
    assert catalogue["floor_area_m2"].dropna().gt(0).all()


def test_costs_follow_the_stated_rule() -> None:
    catalogue = load_catalogue()
    assert set(catalogue["public_share"]) == {0.3, 0.5, 1.0}
    expected = catalogue["public_share"] * catalogue["investment"]
    assert catalogue["cost"].to_numpy() == pytest.approx(expected.to_numpy())


def test_groups_are_identifiers() -> None:
    assert set(load_catalogue()["group"]) == {"all", "elderly", "infants", "children"}


def test_fillers_and_sources_are_marked() -> None:
    catalogue = load_catalogue()
    assert set(catalogue["list_status"]) == {"N", "n", "2025", "seed", "ext"}
    for column in ("minutes_source", "floor_source", "investment_source"):
        assert catalogue[column].ne("").all()


def test_each_caller_has_a_copy() -> None:
    catalogue = load_catalogue()
    catalogue["cost"] = -1.0
    assert load_catalogue()["cost"].gt(0).all()
