"""The texts of a folder: readable by people, and by YAML whatever the names are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml
from small_town import MAPPING, town_mapping

from siting.prepare.offers import category_table
from siting.prepare.osm_documents import osm_instance_yaml, osm_readme

INSTANCES = Path(__file__).parents[2] / "instances"


@pytest.mark.parametrize(
    "name", ["Town: the 2nd", '"Big" town', "包头 #1", "Þórshöfn", "no", "12:30"]
)
def test_any_name_survives(name: str, tmp_path: Path) -> None:
    mapping = town_mapping(tmp_path).model_copy(update={"name": name})
    assert yaml.safe_load(osm_instance_yaml(mapping))["name"] == name


def test_the_instance_names_its_files_and_units(tmp_path: Path) -> None:
    given = yaml.safe_load(osm_instance_yaml(town_mapping(tmp_path)))
    assert given["siting_instance"] == 1
    assert given["crs"] == "EPSG:32632"
    assert given["money"] == {"unit": "CNY", "shown_in": "万元"}
    assert given["budget"] == "20万"
    assert given["residents"] == {"file": "residents.csv.gz"}
    assert given["travel"]["network"] == {
        "nodes": "nodes.csv.gz",
        "edges": "edges.csv.gz",
        "snap_limit": "300 m",
    }


def test_only_speeds_of_groups_that_are_there_are_given(tmp_path: Path) -> None:
    walking = yaml.safe_load(osm_instance_yaml(town_mapping(tmp_path)))["walking"]
    assert walking == {"speed": "80 m/min", "groups": {"elderly": "50 m/min"}}


def test_the_note_says_what_is_assumed(tmp_path: Path) -> None:
    note = yaml.safe_load(osm_instance_yaml(town_mapping(tmp_path)))["note"]
    for part in ("2026-01-01", "© OpenStreetMap contributors", "ODbL", "assumptions"):
        assert part in note


def test_the_readme_lists_counts_and_weaknesses(tmp_path: Path) -> None:
    remark = 'source: {remarks: ["Nothing   here is real, ' + "and more " * 30 + '"], '
    mapping = town_mapping(tmp_path, MAPPING.replace("source: {", remark))
    text = osm_readme(
        mapping, {"sites": 1234}, {"homes: too small": 5}, {"Town": 9}, {"Town": 41.6}
    )
    assert "* sites: 1,234\n" in text
    assert "* homes: too small: 5\n" in text
    assert "Town 42." in text
    assert "* Nothing here is real, and more" in text
    assert "elderly 20.0%, infants 5.0%" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_a_readme_without_remarks_and_skips_says_so(tmp_path: Path) -> None:
    text = osm_readme(town_mapping(tmp_path), {}, {}, {}, {})
    assert "None known." in text
    assert text.count("* nothing") == 3


def test_amounts_are_rounded_up_to_the_step(tmp_path: Path) -> None:
    text = MAPPING.replace("offers: {", "offers: {rounding: 7000, ")
    table = category_table(town_mapping(tmp_path, text))
    assert (table["cost"] % 7000 == 0).all()
    assert (table["investment"] % 7000 == 0).all()
    assert table.loc[0, "investment"] == 252_000  # 250,000 of a pharmacy, rounded up


def test_a_round_amount_stays_as_it_is(tmp_path: Path) -> None:
    table = category_table(town_mapping(tmp_path)).set_index("category")
    assert table["cost"].to_dict() == {
        "pharmacy": 75_000,
        "breakfast_shop": 30_000,
        "parcel_point": 18_000,
    }


@pytest.mark.parametrize("name", ["monaco", "reykjavik"])
def test_offers_of_a_kept_folder_keep_to_their_sites(name: str) -> None:
    sites = pd.read_csv(INSTANCES / name / "sites.csv", keep_default_na=False)
    offers = pd.read_csv(INSTANCES / name / "offers.csv.gz")
    joined = offers.merge(sites, on="site_id", suffixes=("", "_of_site"), validate="many_to_one")
    assert len(joined) == len(offers)
    assert (joined["floor_area_m2"] <= joined["floor_area_m2_of_site"]).all()
    for wanted, allowed in zip(joined["categories"], joined["allowed_categories"], strict=True):
        assert not allowed or set(wanted.split(";")) <= set(allowed.split(";"))


@pytest.mark.parametrize("name", ["monaco", "reykjavik"])
def test_sites_of_a_kept_folder_are_apart_and_named(name: str) -> None:
    sites = pd.read_csv(INSTANCES / name / "sites.csv", keep_default_na=False)
    assert sites["name"].ne("").all()
    assert sites["site_id"].is_unique
    assert sites["slots"].between(1, 4).all()
    assert not sites.duplicated(["x", "y"]).any()
    assert set(sites["kind"]) == {"premises", "community", "car_park", "corner"}
