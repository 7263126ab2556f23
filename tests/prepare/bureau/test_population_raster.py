"""People from a GeoTIFF; skipped where its reader, an extra, is not installed."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from bureau_folder import Bureau, make_bureau

rasterio = pytest.importorskip("rasterio")
# rasterio multiplies transforms as affine 3 does not like.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
WEST, NORTH, STEP = 109.80, 40.70, 0.001


def write_raster(path: Path, people: np.ndarray, step: float = STEP) -> None:
    transform = rasterio.transform.from_origin(WEST, NORTH, step, step)
    kind = {"driver": "GTiff", "count": 1, "dtype": "float32", "nodata": -99999}
    size = {"height": people.shape[0], "width": people.shape[1]}
    with rasterio.open(
        path, "w", **kind, **size, crs="EPSG:4326", transform=transform, compress="deflate"
    ) as file:
        file.write(people.astype("float32"), 1)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = make_bureau(tmp_path)
    del made.mapping["residents"]
    made.mapping["area"] = {"west": 109.8, "south": 40.6, "east": 109.9, "north": 40.7}
    made.mapping["population"] = {"file": "p.tif", "group_shares": {"elderly": "20%"}}
    return made


def test_cells_with_people_are_the_residents(bureau: Bureau) -> None:
    people = np.full((100, 100), -99999.0)
    people[30:70, 40] = np.linspace(0.5, 80, 40)
    people[0, 0] = 0
    write_raster(bureau.folder / "p.tif", people)
    read = bureau.run().residents
    assert len(read) == 40
    assert read["residents"].sum() == pytest.approx(people[30:70, 40].sum(), rel=1e-6)
    assert read["elderly"].sum() == pytest.approx(0.2 * read["residents"].sum())
    assert read["source"].iloc[0] == "p.tif:3040"


def test_people_beyond_the_box_are_counted(bureau: Bureau) -> None:
    people = np.zeros((200, 200))
    people[60, 60] = people[150, 150] = 500
    write_raster(bureau.folder / "p.tif", people)
    assert bureau.run().residents["residents"].tolist() == [500]


def test_a_raster_without_people_in_the_city_is_refused(bureau: Bureau) -> None:
    write_raster(bureau.folder / "p.tif", np.zeros((10, 10)))
    assert "no cell with people in the city" in bureau.refused()


def test_memory_is_bounded_for_a_large_raster(bureau: Bureau) -> None:
    people = np.zeros((10_000, 10_000), dtype="float32")
    people[::500, ::500] = 3
    write_raster(bureau.folder / "p.tif", people, 0.1 / 10_000)
    del people
    tracemalloc.start()
    read = bureau.run().residents
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(read) == 400
    assert most < 200e6


@pytest.mark.parametrize("numbers", [(np.nan,) * 3, (0.0, 0.0, 0.0), (np.inf, 109.8, 40.7)])
def test_a_raster_that_is_nowhere_is_refused(
    bureau: Bureau, numbers: tuple[float, float, float]
) -> None:
    path = bureau.folder / "p.tif"
    write_raster(path, np.ones((10, 10)))
    step, west, north = numbers
    content = path.read_bytes()
    for old, new in ((STEP, step), (WEST, west), (NORTH, north)):
        content = content.replace(struct.pack("<d", old), struct.pack("<d", new))
    path.write_bytes(content)
    assert "p.tif: found a raster without a coordinate system" in bureau.refused()


@pytest.mark.parametrize("value", [-1e300, np.nan, -3.4e38])
def test_cells_below_all_numbers_are_nobody(bureau: Bureau, value: float) -> None:
    people = np.ones((100, 100))
    people[5, 5] = value
    with np.errstate(all="ignore"):
        write_raster(bureau.folder / "p.tif", people)
    assert bureau.run().residents["residents"].sum() == people.size - 1


@pytest.mark.parametrize("value", [1e10, 3.4e38])
def test_a_mark_that_no_people_are_is_named(bureau: Bureau, value: float) -> None:
    people = np.ones((100, 100))
    people[5, 5] = value
    write_raster(bureau.folder / "p.tif", people)
    assert "[bad-number] p.tif: found a cell with" in bureau.refused()


@pytest.mark.parametrize(("count", "named"), [(2, None), (3, 4), (2, 3)])
def test_the_band_of_people_is_named_where_there_are_several(
    bureau: Bureau, count: int, named: int | None
) -> None:
    people = np.arange(1.0, 10_001).reshape(100, 100)
    write_bands(bureau.folder / "p.tif", *[people * band for band in range(1, count + 1)])
    if named:
        bureau.mapping["population"]["band"] = named
    assert f"p.tif: found {count} bands of numbers" in bureau.refused()
    bureau.mapping["population"]["band"] = 2
    assert bureau.run().residents["residents"].sum() == pytest.approx(2 * people.sum(), rel=1e-6)


@pytest.mark.parametrize(("scale", "offset"), [(0.1, 0.0), (1.0, 5.0), (0.5, 2.0)])
def test_numbers_are_what_the_raster_says_they_stand_for(
    bureau: Bureau, scale: float, offset: float
) -> None:
    people = np.full((100, 100), -99999.0)
    people[40, 40:60] = 8
    write_bands(bureau.folder / "p.tif", people)
    with rasterio.open(bureau.folder / "p.tif", "r+") as file:
        file.scales, file.offsets = [scale], [offset]
    assert bureau.run().residents["residents"].tolist() == pytest.approx([8 * scale + offset] * 20)


def write_bands(path: Path, *bands: np.ndarray) -> None:
    transform = rasterio.transform.from_origin(WEST, NORTH, STEP, STEP)
    kind = {"driver": "GTiff", "count": len(bands), "dtype": "float32", "nodata": -99999}
    size = {"height": bands[0].shape[0], "width": bands[0].shape[1]}
    with rasterio.open(path, "w", **kind, **size, crs="EPSG:4326", transform=transform) as file:
        for number, band in enumerate(bands, start=1):
            file.write(band.astype("float32"), number)
