"""Ledgers of strangers: what a mapping names goes through the one gate for files."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas
import numpy as np
import pytest
import xlsxwriter
from bureau_folder import Bureau, make_bureau
from shapely import wkb
from shapely.geometry import LineString, Point

ADDRESS = "http://127.0.0.1:9/x.json"
# What GDAL opens by its content whatever the name, and would read something else for.
OTHERS = {
    "a virtual layer": '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{target}'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "a virtual raster": '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand band="1" '
    'dataType="Float32"><SimpleSource><SourceFilename>{target}</SourceFilename></SimpleSource>'
    "</VRTRasterBand></VRTDataset>",
    "a feature service": "<OGRWFSDataSource><URL>{target}</URL></OGRWFSDataSource>",
    "a streamed algorithm": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline '
    '! read {target} ! write"}}',
}
# Which key of the mapping names a layer, and what stands in it beside the file.
LAYERS: dict[str, dict[str, object]] = {
    "residents": {"crs": "WGS84", "columns": {"name": "小区名称", "residents": "常住人口"}},
    "districts": {"crs": "WGS84", "name": "name"},
    "streets": {"crs": "WGS84"},
    "barriers": {"crs": "WGS84"},
}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path / "bureau")


@pytest.mark.parametrize("role", list(LAYERS))
@pytest.mark.parametrize("name", ["x.geojson", "x.json", "x.gpkg", "x.shp"])
def test_a_layer_is_only_what_its_name_says(bureau: Bureau, role: str, name: str) -> None:
    bureau.mapping[role] = {**LAYERS[role], "file": name}
    for form in OTHERS.values():
        (bureau.folder / name).write_text(form.format(target=ADDRESS))
        assert name in bureau.refused()


@pytest.mark.parametrize("kind", list(OTHERS))
@pytest.mark.parametrize("target", [ADDRESS, "/vsicurl/" + ADDRESS, "secret.tif"])
def test_a_raster_is_a_geotiff_or_refused(bureau: Bureau, kind: str, target: str) -> None:
    pytest.importorskip("rasterio")
    del bureau.mapping["residents"]
    bureau.mapping["population"] = {"file": "people.tif"}
    (bureau.folder / "people.tif").write_text(OTHERS[kind].format(target=target))
    assert "people.tif: found a file that cannot be read" in bureau.refused()


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of rasterio with affine 3
def test_a_raster_of_one_block_is_refused_before_it_is_unpacked(bureau: Bureau) -> None:
    rasterio = pytest.importorskip("rasterio")
    del bureau.mapping["residents"]
    bureau.mapping["population"] = {"file": "people.tif"}
    place = {"crs": "EPSG:4326", "transform": rasterio.transform.from_origin(109, 41, 1e-4, 1e-4)}
    size = {"count": 1, "dtype": "uint8", "height": 8992, "width": 8992}
    block = {"tiled": True, "blockxsize": 8992, "blockysize": 8992, "compress": "deflate"}
    path = bureau.folder / "people.tif"
    with rasterio.open(path, "w", driver="GTiff", **size, **place, **block) as file:
        file.write(np.zeros((8992, 8992), "uint8"), 1)
    assert path.stat().st_size < 200_000
    assert "people.tif: found more than 256 MB" in bureau.refused()


def leads(kind: str, path: Path) -> None:
    """Puts something at a path that is no file of the folder."""
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a file elsewhere":
        outside = path.parents[1] / "elsewhere"
        outside.write_text("小区名称,常住人口,经度,纬度\n甲,1,109.84,40.64\n")
        path.symlink_to(outside)
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a file elsewhere"])
@pytest.mark.parametrize("name", ["r.csv", "r.xlsx", "r.gpkg", "r.shp", "r.osm.pbf", "r.tif"])
def test_only_regular_files_of_the_folder_are_opened(bureau: Bureau, kind: str, name: str) -> None:
    leads(kind, bureau.folder / name)
    if name.endswith("tif"):
        pytest.importorskip("rasterio")
        bureau.mapping |= {"population": {"file": name}}
    elif name.endswith("pbf"):
        bureau.mapping |= {"osm": {"file": name, "layers": ["streets"]}}
    else:
        bureau.mapping["residents"]["file"] = name
    problem = bureau.refused()
    assert "a device, a pipe or a socket" in problem or "outside the folder" in problem


@pytest.mark.parametrize("cell", [(1_048_575, 16_383), (1_048_575, 199), (900_000, 5000)])
def test_a_ghost_cell_far_away_ends_no_process(bureau: Bureau, cell: tuple[int, int]) -> None:
    with xlsxwriter.Workbook(bureau.folder / "r.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["小区名称", "常住人口", "经度", "纬度"])
        page.write_row(1, 0, ["甲", 1, 109.84, 40.64])
        page.write_string(*cell, "x")
    bureau.mapping["residents"]["file"] = "r.xlsx"
    assert "cells, empty ones counted" in bureau.refused()


@pytest.mark.parametrize("number", ["nan", "inf", "1e300", "-1e16"])
@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_coordinates_without_bounds_are_named_with_their_feature(
    bureau: Bureau, number: str, suffix: str
) -> None:
    name = f"s.{suffix}"
    lines = [LineString([(109.8, 40.6), (109.9, 40.7)]), LineString([(123.0, 1.0), (110.0, 40.7)])]
    frame = geopandas.GeoDataFrame({"name": ["a", "b"]}, geometry=lines, crs=4326)
    frame.to_file(bureau.folder / name)
    path, here = bureau.folder / name, wkb.dumps(Point(123.0, 1.0))[5:13]
    there = np.array([float(number)]).tobytes()
    content = path.read_bytes().replace(here, there)
    if suffix == "geojson":
        word = {"nan": "NaN", "inf": "Infinity"}.get(number, number)
        content = content.replace(b"123.0", word.encode())
    path.write_bytes(content)
    bureau.mapping["streets"] = {"file": name, "crs": "WGS84"}
    assert "s." + suffix in bureau.refused()
    assert "feature 2" in bureau.refused()
