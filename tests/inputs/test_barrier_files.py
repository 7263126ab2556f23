"""Barriers and crossings as files: formats, coordinate systems, digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from broken_town import TRAVEL, Town
from shapely.geometry import LineString, MultiLineString

from siting.inputs import StraightLineTravel

CRS = "EPSG:32649"
RIVER = LineString([(401000, 4501000), (401700, 4501010), (402500, 4501000)])


def layer(town: Town, name: str, *lines: Any, crs: str | None = CRS) -> None:
    """Writes lines in a coordinate system and names the file as barriers."""
    frame = gpd.GeoDataFrame({"name": ["黄河"] * len(lines)}, geometry=list(lines), crs=CRS)
    frame.to_crs(crs or CRS).to_file(town.path(name))
    town.yaml(TRAVEL, f"straight_line: {{detour: 1.2, barriers: {name}, crossings: c.csv}}")
    town.write("c.csv", "x,y,name\n401500,4501003,bridge\n")


def travel_of(town: Town) -> StraightLineTravel:
    travel = town.read().travel
    assert isinstance(travel, StraightLineTravel)
    return travel


def vertices(travel: StraightLineTravel) -> Any:
    assert travel.barriers is not None
    return travel.barriers[["x", "y"]].to_numpy()


@pytest.mark.parametrize("name", ["b.geojson", "b.gpkg", "b.shp"])
@pytest.mark.parametrize("crs", [CRS, "EPSG:4326", "EPSG:4490"])
def test_lines_are_read_in_the_system_that_the_layer_says(
    tmp_path: Path, name: str, crs: str
) -> None:
    town = Town(tmp_path)
    layer(town, name, RIVER, crs="EPSG:4326" if name == "b.geojson" else crs)
    travel = travel_of(town)
    assert travel.detour == 1.2
    np.testing.assert_allclose(vertices(travel), np.array(RIVER.coords), atol=0.01)
    assert travel.crossings is not None
    assert travel.crossings.to_numpy().tolist() == [[401500.0, 4501003.0, 20.0]]


def test_the_yaml_may_say_the_system(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.geojson", RIVER, crs="EPSG:4326")
    text = town.text("b.geojson").replace("4326", "4326")
    town.write("b.geojson", text)
    town.yaml("barriers: b.geojson", "barriers: {file: b.geojson, crs: EPSG:4326}")
    np.testing.assert_allclose(vertices(travel_of(town)), np.array(RIVER.coords), atol=0.01)


def test_parts_of_a_line_are_lines_of_their_own(tmp_path: Path) -> None:
    town = Town(tmp_path)
    parts = MultiLineString(
        [[(401000, 4501000), (401100, 4501000)], [(401200, 4501000), (401300, 4501000)]]
    )
    layer(town, "b.gpkg", parts, RIVER)
    barriers = travel_of(town).barriers
    assert barriers is not None
    assert barriers["barrier"].tolist() == [0, 0, 1, 1, 2, 2, 2]


def test_each_crossing_may_open_as_far_as_it_says(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.gpkg", RIVER)
    town.write("c.csv", "x,y,open_within\n401500,4501003,\n401800,4501006,35.5\n")
    town.yaml("crossings: c.csv", "crossings: c.csv, open_within: 12 m")
    crossings = travel_of(town).crossings
    assert crossings is not None
    assert crossings["open_within"].tolist() == [12.0, 35.5]
    assert town.codes() == []


def test_crossings_may_be_in_another_system(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.gpkg", RIVER)
    points = gpd.GeoSeries(gpd.points_from_xy([401500], [4501003]), crs=CRS).to_crs("EPSG:4326")
    pd.DataFrame({"x": points.x, "y": points.y}).to_csv(town.path("c.csv"), index=False)
    town.yaml("crossings: c.csv", "crossings: {file: c.csv, crs: EPSG:4326}")
    crossings = travel_of(town).crossings
    assert crossings is not None
    assert crossings[["x", "y"]].to_numpy() == pytest.approx(np.array([[401500, 4501003]]))
    assert town.codes() == []


def test_digests_cover_every_file_of_a_shapefile(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.shp", RIVER)
    before = town.read().digests
    assert {"b.shp", "b.shx", "b.dbf", "b.prj", "c.csv"} <= set(before)
    town.write("b.prj", town.text("b.prj") + " ")
    changed = {name for name, digest in town.read().digests.items() if before[name] != digest}
    assert changed == {"b.prj"}


def test_barriers_without_crossings_are_kept(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.gpkg", RIVER)
    town.yaml(", crossings: c.csv", "")
    travel = travel_of(town)
    assert travel.crossings is None
    assert len(vertices(travel)) == 3


def test_a_list_of_crossings_may_be_empty(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.gpkg", RIVER)
    town.write("c.csv", "x,y\n")
    assert town.codes() == ["no-crossings"]


def test_a_layer_of_several_needs_its_name(tmp_path: Path) -> None:
    town = Town(tmp_path)
    layer(town, "b.gpkg", RIVER)
    frame = gpd.GeoDataFrame(geometry=[RIVER], crs=CRS)
    frame.to_file(town.path("b.gpkg"), layer="rails")
    assert town.codes() == ["missing-layer"]
    town.yaml("barriers: b.gpkg", "barriers: {file: b.gpkg, layer: rails}")
    assert town.codes() == []


def test_without_barriers_there_are_none(tmp_path: Path) -> None:
    travel = travel_of(Town(tmp_path))
    assert travel.barriers is None
    assert travel.crossings is None
