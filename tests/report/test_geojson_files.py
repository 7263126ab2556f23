"""The layers as GeoJSON: longitude and latitude in that order, as RFC 7946 has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from opened_book import in_circles, told
from test_map_layers import ALWAYS, with_barriers

from siting.language import in_language
from siting.report.facts import Facts
from siting.report.geojson import write_geojson
from siting.report.map_layers import map_layers

NAMES = sorted(ALWAYS | {"barriers", "crossings"})


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    town = in_circles(tmp_path_factory.mktemp("town"), budget=1_500_000.0)
    return told(with_barriers(town))


@pytest.fixture(scope="module")
def files(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("files") / "new" / "geojson"
    paths = write_geojson(facts, folder)
    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.geojson" for name in NAMES]
    assert sorted(paths) == sorted(folder.iterdir())
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def numbers(coordinates: Any) -> list[float]:
    if isinstance(coordinates, (int, float)):
        return [coordinates]
    return [number for part in coordinates for number in numbers(part)]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_collection_without_a_crs_of_its_own(files: dict[str, Any], name: str) -> None:
    assert files[name]["type"] == "FeatureCollection"
    assert "crs" not in files[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_is_there_with_its_fields(
    facts: Facts, files: dict[str, Any], name: str
) -> None:
    (layer,) = (layer for layer in map_layers(facts) if layer.name == name)
    features = files[name]["features"]
    assert len(features) == len(layer.frame) > 0
    fields = [str(field) for field in layer.frame.columns if field != "geometry"]
    assert all(list(feature["properties"]) == fields for feature in features)


def test_longitude_stands_first(facts: Facts, files: dict[str, Any]) -> None:
    instance = facts.instance
    turn = pyproj.Transformer.from_crs(instance.crs, "EPSG:4326", always_xy=True)
    for site, feature in zip(instance.sites.itertuples(), files["sites"]["features"], strict=True):
        longitude, latitude = turn.transform(site.x, site.y)
        assert 109 < longitude < 111
        assert feature["geometry"]["coordinates"] == pytest.approx([longitude, latitude], abs=6e-7)


@pytest.mark.parametrize("name", NAMES)
def test_degrees_have_six_decimals_at_most(files: dict[str, Any], name: str) -> None:
    for feature in files[name]["features"]:
        for number in numbers(feature["geometry"]["coordinates"]):
            assert number == round(number, 6)


@pytest.mark.parametrize("name", ["catchments", "gaps_by_place"])
def test_outer_rings_run_counter_clockwise(files: dict[str, Any], name: str) -> None:
    for feature in files[name]["features"]:
        assert shapely.LinearRing(feature["geometry"]["coordinates"][0]).is_ccw


def test_the_figures_are_those_of_the_plan(facts: Facts, files: dict[str, Any]) -> None:
    costs = [feature["properties"]["cost"] for feature in files["chosen"]["features"]]
    assert sum(costs) == facts.plan.spend
    places = [feature["properties"]["cost"] for feature in files["gaps_by_place"]["features"]]
    assert sum(places) == facts.plan.spend


def test_every_file_says_what_the_data_are(files: dict[str, Any]) -> None:
    for name, content in files.items():
        assert "Invented data" in content["description"], name


def test_the_description_is_in_the_language_in_use(facts: Facts, tmp_path: Path) -> None:
    with in_language("zh"):
        write_geojson(facts, tmp_path)
    content = json.loads((tmp_path / "outlets.geojson").read_text(encoding="utf-8"))
    assert content["description"].startswith("现有网点。")
    assert "name_zh" not in content["features"][0]["properties"]


def test_older_files_are_replaced(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "sites.geojson").write_text("old", encoding="utf-8")
    write_geojson(facts, tmp_path)
    content = json.loads((tmp_path / "sites.geojson").read_text(encoding="utf-8"))
    assert len(content["features"]) == 4


def test_a_plan_of_nothing_has_collections_of_nothing(tmp_path: Path) -> None:
    write_geojson(told(in_circles(tmp_path, budget=0.0)), tmp_path / "out")
    for name in ("chosen", "catchments"):
        content = json.loads((tmp_path / "out" / f"{name}.geojson").read_text(encoding="utf-8"))
        assert content["features"] == []
