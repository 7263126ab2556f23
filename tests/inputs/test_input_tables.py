"""Readers: every format gives the same instance."""

from __future__ import annotations

import gzip
import importlib.util
import zipfile
from pathlib import Path

import geopandas
import pandas as pd
import pytest
from broken_town import Town
from pandas.testing import assert_frame_equal
from shapely.geometry import LineString, Point, Polygon

from siting.errors import InputError
from siting.inputs import read_instance
from siting.inputs.files import ALLOWED
from siting.inputs.schemas import FileEntry
from siting.inputs.tables import open_source, read_table

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def points(town: Town, name: str, crs: str = "EPSG:32649") -> geopandas.GeoDataFrame:
    """A table of the template as a layer with numbers as numbers."""
    frame = pd.read_csv(town.path(name), dtype={"allowed_categories": str})
    geometry = [Point(xy) for xy in zip(frame["x"], frame["y"], strict=True)]
    layer = geopandas.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=geometry)
    return layer.set_crs("EPSG:32649").to_crs(crs)


def same_residents(town: Town, entry: str) -> None:
    """Reads the residents from another file and compares them with those of the CSV."""
    expected = town.read().residents
    town.yaml("{file: residents.csv}", entry)
    read = town.read().residents
    assert_frame_equal(read[expected.columns.tolist()], expected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_encodings(town: Town, encoding: str) -> None:
    town.cells("residents.csv", "district", {2: "昆都仑区", 3: "青山区"})
    expected = town.read().residents
    town.write("residents.csv", town.text("residents.csv"), encoding)
    assert_frame_equal(town.read().residents, expected)
    assert expected["district"].tolist()[:2] == ["昆都仑区", "青山区"]


def test_windows_line_ends_blank_rows_and_spaces(town: Town) -> None:
    expected = town.read().sites
    text = town.text("sites.csv").replace("\nS2,", "\n\n S2 ,")
    town.write("sites.csv", text.replace("\n", "\r\n") + ",,,,,,\r\n")
    assert_frame_equal(town.read().sites, expected)


def test_row_numbers_count_blank_rows(town: Town) -> None:
    town.replace("sites.csv", "\nS3,", "\n\n\nS3,")
    town.replace("sites.csv", "401300", "?")
    assert town.problems()[0].where == "sites.csv row 6, column x"


def test_gzip(town: Town) -> None:
    town.path("residents.csv.gz").write_bytes(
        gzip.compress(town.path("residents.csv").read_bytes())
    )
    same_residents(town, "residents.csv.gz")


def test_broken_gzip(town: Town) -> None:
    content = gzip.compress(town.path("residents.csv").read_bytes())
    town.path("residents.csv.gz").write_bytes(content[:-9])
    town.yaml("residents.csv", "residents.csv.gz")
    (problem,) = town.problems()
    assert problem.code == "unreadable-file"
    assert problem.found.startswith("a file that cannot be read: not a whole gzip file")


def test_excel_with_sheet_and_renamed_columns(town: Town) -> None:
    frame = pd.read_csv(town.path("residents.csv")).rename(columns={"residents": "人口"})
    with pd.ExcelWriter(town.path("data.xlsx")) as book:
        pd.DataFrame({"说明": ["see next sheet"]}).to_excel(book, sheet_name="说明", index=False)
        frame.to_excel(book, sheet_name="居民", index=False)
    same_residents(town, "{file: data.xlsx, sheet: 居民, columns: {residents: 人口}}")


def test_excel_numbers_as_ids_have_no_decimals(town: Town) -> None:
    frame = pd.read_csv(town.path("residents.csv"))
    frame["resident_id"] = range(1001, 1013)
    frame.to_excel(town.path("residents.xlsx"), index=False)
    town.yaml("residents.csv", "residents.xlsx")
    assert town.read().residents["resident_id"].tolist()[:2] == ["1001", "1002"]


def test_excel_messages_use_the_file_s_columns_and_rows(town: Town) -> None:
    frame = town.frame("residents.csv").rename(columns={"residents": "人口"})
    frame.loc[3, "人口"] = "若干"
    frame.to_excel(town.path("data.xlsx"), sheet_name="居民", index=False)
    town.yaml("{file: residents.csv}", "{file: data.xlsx, columns: {residents: 人口}}")
    (problem,) = town.problems()
    assert problem.where == "data.xlsx sheet '居民' row 5, column 人口"
    assert problem.found == "'若干'"


def test_a_zip_that_is_no_workbook(town: Town) -> None:
    with zipfile.ZipFile(town.path("s.xlsx"), "w") as archive:
        archive.writestr("a.txt", "nothing")
    town.yaml("sites.csv", "s.xlsx")
    assert town.codes() == ["unreadable-file"]


def test_geopackage(town: Town) -> None:
    points(town, "residents.csv").to_file(town.path("r.gpkg"), layer="people")
    same_residents(town, "{file: r.gpkg, layer: people}")
    assert town.read().residents["resident_id"].iloc[0] == "R01"


def test_geojson_in_degrees_is_converted(town: Town) -> None:
    expected = town.read().sites
    points(town, "sites.csv", "EPSG:4326").to_file(
        town.path("sites.geojson"), driver="GeoJSON", COORDINATE_PRECISION=9
    )
    town.yaml("sites.csv", "sites.geojson")
    read = town.read().sites
    assert_frame_equal(read[["x", "y"]], expected[["x", "y"]], rtol=0, atol=1e-3)
    assert read["slots"].tolist() == expected["slots"].tolist()


def test_areas_are_placed_by_a_point_inside_them(town: Town) -> None:
    layer = points(town, "residents.csv")
    layer["geometry"] = layer.geometry.buffer(40)
    # A ring's centroid is in its hole; the point must not be.
    ring = Polygon(
        Point(401200, 4501300).buffer(60).exterior, [Point(401200, 4501300).buffer(50).exterior]
    )
    layer.loc[0, "geometry"] = ring
    layer.to_file(town.path("r.gpkg"))
    town.yaml("residents.csv", "r.gpkg")
    read = town.read().residents
    assert ring.contains(Point(read["x"][0], read["y"][0]))
    assert read["x"][1] == pytest.approx(401500)


def test_lines_are_no_places(town: Town) -> None:
    layer = points(town, "sites.csv")
    layer.loc[0, "geometry"] = LineString([(401200, 4501300), (401300, 4501300)])
    layer.to_file(town.path("s.gpkg"))
    town.yaml("sites.csv", "s.gpkg")
    (problem,) = town.problems()
    assert problem.code == "not-a-place"
    assert problem.where == "s.gpkg feature 1"


def test_a_feature_without_geometry_has_no_coordinates(town: Town) -> None:
    layer = points(town, "sites.csv")
    layer.loc[2, "geometry"] = None
    layer.to_file(town.path("s.gpkg"))
    town.yaml("sites.csv", "s.gpkg")
    assert [p.where for p in town.problems()] == [
        "s.gpkg feature 3, column x",
        "s.gpkg feature 3, column y",
    ]


def test_a_geopackage_with_several_layers_needs_the_name(town: Town) -> None:
    for layer in ("people", "places"):
        points(town, "sites.csv").to_file(town.path("s.gpkg"), layer=layer)
    town.yaml("sites.csv", "s.gpkg")
    (problem,) = town.problems()
    assert problem.code == "missing-layer"
    assert problem.mend == "Write {file: s.gpkg, layer: people} with the layer that is meant."


def test_an_unknown_layer(town: Town) -> None:
    points(town, "sites.csv").to_file(town.path("s.gpkg"), layer="places")
    town.yaml("{file: sites.csv}", "{file: s.gpkg, layer: place}")
    (problem,) = town.problems()
    assert problem.found == "no layer 'place'; the file has places"


def test_a_broken_layer_file(town: Town) -> None:
    town.write("s.geojson", "{not json")
    town.yaml("sites.csv", "s.geojson")
    assert town.codes() == ["unreadable-file"]


@pytest.mark.skipif(not HAS_PYARROW, reason="pyarrow is an extra")
def test_parquet(town: Town) -> None:
    pd.read_csv(town.path("residents.csv")).to_parquet(town.path("r.parquet"))
    same_residents(town, "r.parquet")


@pytest.mark.skipif(HAS_PYARROW, reason="pyarrow is there")
def test_parquet_without_pyarrow(town: Town) -> None:
    town.write("r.parquet", "PAR1")
    town.yaml("residents.csv", "r.parquet")
    (problem,) = town.problems()
    assert problem.code == "parquet-extra"
    assert "pip install siting[parquet]" in problem.mend


def test_leading_zeros_of_ids_are_kept(town: Town) -> None:
    for name, column in (("residents.csv", "resident_id"), ("sites.csv", "site_id")):
        frame = town.frame(name)
        town.column(name, column, [f"{i:04d}" for i in range(len(frame))])
    instance = town.read()
    assert instance.residents["resident_id"][1] == "0001"
    assert instance.offers["site_id"][0] == "0000"


def test_a_column_of_ours_that_is_renamed_elsewhere_is_not_mixed_up(town: Town) -> None:
    """The file has a column 'residents' (households, say), and the YAML names another one."""
    town.column("residents.csv", "人口", range(100, 112))
    town.yaml("{file: residents.csv}", "{file: residents.csv, columns: {residents: 人口}}")
    residents = town.read().residents
    assert residents["residents"].tolist() == [float(n) for n in range(100, 112)]
    assert list(residents.columns).count("residents") == 1


def test_columns_can_be_swapped(town: Town) -> None:
    expected = town.read().residents
    town.replace("residents.csv", "resident_id,x,y", "resident_id,y,x")
    town.yaml("{file: residents.csv}", "{file: residents.csv, columns: {x: y, y: x}}")
    assert_frame_equal(town.read().residents[list(expected.columns)], expected)


def test_columns_without_a_name_are_left_out(town: Town) -> None:
    town.write("sites.csv", town.text("sites.csv").replace("\n", ",\n"))
    assert "" not in town.read().sites


def test_a_file_outside_the_folder_is_for_the_user_to_allow(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.path("sites.csv").rename(town.folder.parent / "sites.csv")
    town.yaml("sites.csv", "../sites.csv")
    assert town.codes() == ["outside-folder"]
    monkeypatch.setenv(ALLOWED, str(town.folder.parent))
    assert "../sites.csv" in town.read().digests


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(InputError, match="a file that cannot be read") as caught:
        open_source(tmp_path, FileEntry(file="a.csv"))
    assert caught.value.problems[0].code == "unreadable-file"


def test_a_table_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("b,c\n01,x\n", encoding="utf-8")
    table = read_table(open_source(tmp_path, FileEntry(file="a.csv", columns={"key": "b"})))
    assert table.frame.to_dict("list") == {"key": ["01"], "c": ["x"]}
    assert table.frame.index.tolist() == [2]
    assert table.column_label("key") == "b"


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"the name 'instance\.yaml' of a file that does not exist"
    ):
        read_instance(tmp_path / "nowhere")
