"""Coordinates as bureaus give them: right ones converted, wrong ones refused with their mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
from bureau_folder import ESTATES, OUTLETS, SITES, Bureau, degrees, make_bureau, metres, write_csv
from shapely.geometry import LineString, box

from siting.prepare.coordinates import Datum

HOMES = [(lon, lat) for _, lon, lat, _, _ in ESTATES]
SHOPS = [(lon, lat) for _, _, lon, lat in OUTLETS]
PLACES = [(lon, lat) for _, lon, lat in SITES]
RIGHT = metres(HOMES, 4546)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return make_bureau(tmp_path)


def swapped(xy: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[y, x] for x, y in xy]


def homes(bureau: Bureau) -> list[list[float]]:
    """Where the estates are in the instance."""
    found: list[list[float]] = bureau.run().residents[["x", "y"]].to_numpy().tolist()
    return found


# --- right ones ---------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", ["WGS84", "GCJ-02", "BD-09"])
def test_degrees_of_all_three_kinds(bureau: Bureau, datum: Datum) -> None:
    for role, places in (("residents", HOMES), ("outlets", SHOPS), ("sites", PLACES)):
        bureau.points(role, degrees(places, datum), datum)
    assert homes(bureau) == RIGHT


@pytest.mark.parametrize(
    ("name", "datum"),
    [("gcj02", "GCJ-02"), ("GCJ_02", "GCJ-02"), ("bd09", "BD-09"), ("wgs 84", "WGS84"),
     ("CGCS2000", "WGS84"), ("epsg:4490", "WGS84"), ("EPSG:4326", "WGS84")],
)  # fmt: skip
def test_names_of_systems(bureau: Bureau, name: str, datum: Datum) -> None:
    bureau.points("residents", degrees(HOMES, datum), name)
    assert homes(bureau) == RIGHT


@pytest.mark.parametrize("code", [4546, 4525, 4508, 4497, 32649, 4545])
def test_metres_of_many_systems(bureau: Bureau, code: int) -> None:
    bureau.points("residents", metres(HOMES, code), f"EPSG:{code}")
    for found, right in zip(homes(bureau), RIGHT, strict=True):
        assert found == pytest.approx(right, abs=0.02)


def test_a_zone_that_is_not_the_citys_is_converted_and_noted(bureau: Bureau) -> None:
    bureau.points("residents", metres(HOMES, 4547), "EPSG:4547")
    assert homes(bureau)[0] == pytest.approx(RIGHT[0], abs=0.02)
    found = bureau.kinds()["coordinate systems worth a look"]
    assert found == ["EPSG:4547 has its meridian at 114 E; EPSG:4546 is due here"]


def test_degrees_minutes_and_seconds(bureau: Bureau) -> None:
    def text(value: float, side: str) -> str:
        seconds = round(value * 3600, 2)
        return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}′{seconds % 60:.2f}″{side}"

    bureau.points("residents", [[text(x, "E"), text(y, "")] for x, y in HOMES], "WGS84")
    for found, right in zip(homes(bureau), RIGHT, strict=True):
        assert found == pytest.approx(right, abs=0.5)


@pytest.mark.parametrize(
    "form",
    ["{x};{y}", "({x}; {y})", "{x} {y}", "东经{x}° 北纬{y}°", "北纬{y}°;东经{x}°", "{x}、{y}"],
)
def test_both_coordinates_in_one_cell(bureau: Bureau, form: str) -> None:
    rows = [(name, people, form.format(x=x, y=y)) for name, x, y, people, _ in ESTATES]
    write_csv(bureau.folder / "residents.csv", [("小区名称", "常住人口", "坐标"), *rows])
    columns = bureau.mapping["residents"]["columns"]
    del columns["x"], columns["y"]
    columns["coordinates"] = "坐标"
    assert homes(bureau) == RIGHT


def test_rows_without_coordinates_are_left_out(bureau: Bureau) -> None:
    cells: list[list[object]] = [["", ""], [0, 0], *HOMES[2:]]  # type: ignore[list-item]
    bureau.points("residents", cells, "WGS84")
    instance = bureau.run()
    assert len(instance.residents) == 3
    found = bureau.kinds()["rows without coordinates"]
    assert found == ["阳光家园 1200", "锦绣小区 0 0 900"]
    assert bureau.unaccounted(instance) == []


# --- wrong ones ---------------------------------------------------------------------------------


def test_no_system_is_refused(bureau: Bureau) -> None:
    del bureau.mapping["outlets"]["crs"]
    problem = bureau.refused()
    assert "outlets.0.crs: found no key 'crs'; expected the file's coordinate system" in problem
    assert "Points from Amap or Tencent are GCJ-02, from Baidu BD-09" in problem


def test_neither_districts_nor_an_area(bureau: Bureau) -> None:
    del bureau.mapping["area"]
    problem = bureau.refused()
    assert "neither 'area' nor 'districts'; expected where the city is" in problem
    assert "Add the key 'area' with west, south, east and north" in problem


@pytest.mark.parametrize("name", ["高德", "火星坐标", "EPSG:99999", "WGS", "包头独立坐标系"])
def test_a_system_that_is_none(bureau: Bureau, name: str) -> None:
    bureau.mapping["sites"]["crs"] = name
    problem = bureau.refused()
    assert f"found '{name}', which is no known coordinate system" in problem
    assert "Amap or Tencent are GCJ-02, from Baidu BD-09, from GPS WGS84" in problem


@pytest.mark.parametrize("datum", ["WGS84", "GCJ-02", "BD-09"])
def test_longitude_and_latitude_exchanged(bureau: Bureau, datum: Datum) -> None:
    bureau.points("residents", swapped(degrees(HOMES, datum)), datum)
    problem = bureau.refused()
    assert "[lonlat-swapped] residents.csv, columns '经度', '纬度'" in problem
    assert "latitude and longitude exchanged; expected x = longitude, y = latitude" in problem
    assert "Write in 'columns': x: 纬度, y: 经度." in problem


@pytest.mark.parametrize("code", [4546, 4525, 32649])
def test_northing_before_easting(bureau: Bureau, code: int) -> None:
    bureau.points("residents", swapped(metres(HOMES, code)), f"EPSG:{code}")
    problem = bureau.refused()
    assert "[axes-swapped]" in problem
    assert "in surveying X points north and Y east" in problem
    assert "Write in 'columns': x: 纬度, y: 经度." in problem


def test_some_rows_exchanged(bureau: Bureau) -> None:
    bureau.points("residents", [*HOMES[:3], *swapped(HOMES[3:])], "WGS84")
    problem = bureau.refused()
    assert "[stray-row] residents.csv rows 5, 6: found x=40.645 y=109.842" in problem
    assert "The two coordinates are exchanged in these rows; correct them." in problem


def test_a_digit_missing_in_one_row(bureau: Bureau) -> None:
    bureau.points("residents", [(10.984, 40.64), *HOMES[1:]], "WGS84")
    problem = bureau.refused()
    assert "residents.csv row 2: found x=10.984 y=40.64; expected points in the city" in problem
    assert "often a digit is wrong or missing" in problem


def test_4547_said_of_numbers_of_4546(bureau: Bureau) -> None:
    bureau.points("residents", metres(HOMES, 4546), "EPSG:4547")
    problem = bureau.refused()
    assert "[wrong-zone] residents.csv" in problem
    assert "which fit EPSG:4546 (CGCS2000, 3 degrees, 111 E, without zone number)" in problem
    assert "Write 'crs: EPSG:4546' at this file." in problem


def test_4547_for_the_instance(bureau: Bureau) -> None:
    bureau.mapping["crs"] = "EPSG:4547"
    problem = bureau.refused()
    assert "[wrong-zone] prepare.yaml:3 crs: found EPSG:4547, the zone of 114 E" in problem
    assert "expected EPSG:4546, the zone of 111 E. Write EPSG:4546." in problem


@pytest.mark.parametrize("name", ["WGS84", "GCJ-02", "EPSG:4490"])
def test_degrees_for_the_instance(bureau: Bureau, name: str) -> None:
    bureau.mapping["crs"] = name
    problem = bureau.refused()
    assert f"[crs-not-metric] prepare.yaml:3 crs: found {name}, which is in degrees" in problem
    assert "Write EPSG:4546; the files keep theirs and are converted." in problem


@pytest.mark.parametrize(("code", "wrong"), [(3857, "+3"), (32648, "+0.")])
def test_a_system_that_distorts(bureau: Bureau, code: int, wrong: str) -> None:
    bureau.mapping["crs"] = f"EPSG:{code}"
    problem = bureau.refused()
    assert f"[crs-distorts] prepare.yaml:3 crs: found EPSG:{code} (" in problem
    assert f"whose distances are wrong by {wrong}" in problem
    assert "Write EPSG:4546; the files keep theirs" in problem


@pytest.mark.parametrize(
    ("true", "said", "expected"),
    [
        (
            4525,
            4546,
            "expected eastings of 6 digits, without the number of the zone, for EPSG:4546",
        ),
        (4546, 4525, "expected eastings of 8 digits that begin with the zone's number 37"),
        (4497, 4508, "expected eastings of 6 digits"),
    ],
)
def test_the_number_of_the_zone(bureau: Bureau, true: int, said: int, expected: str) -> None:
    bureau.points("residents", metres(HOMES, true), f"EPSG:{said}")
    problem = bureau.refused()
    assert "[zone-prefix]" in problem
    assert expected in problem
    assert f"Write 'crs: EPSG:{true}' at this file." in problem


def test_northing_first_and_the_number_of_the_zone(bureau: Bureau) -> None:
    bureau.points("residents", swapped(metres(HOMES, 4525)), "EPSG:4546")
    problem = bureau.refused()
    assert "Write 'crs: EPSG:4525' at this file. Northing and easting are exchanged" in problem


@pytest.mark.parametrize("turned", [False, True])
def test_degrees_said_to_be_metres(bureau: Bureau, turned: bool) -> None:
    xy = degrees(HOMES, "GCJ-02")
    bureau.points("residents", swapped(xy) if turned else xy, "EPSG:4546")
    problem = bureau.refused()
    assert "[degrees-in-metric-crs]" in problem
    assert "which are degrees; expected metres, for the file is said to be EPSG:4546" in problem
    assert "GCJ-02 if they come from Amap or Tencent" in problem
    assert ("Latitude and longitude are exchanged, too." in problem) == turned


@pytest.mark.parametrize("code", [4546, 4525])
def test_metres_said_to_be_degrees(bureau: Bureau, code: int) -> None:
    bureau.points("residents", metres(HOMES, code), "WGS84")
    problem = bureau.refused()
    assert "[metres-in-degrees]" in problem
    assert f"which fit EPSG:{code} (CGCS2000, 3 degrees, 111 E" in problem
    assert f"Write 'crs: EPSG:{code}' at this file." in problem


def test_another_city(bureau: Bureau) -> None:
    bureau.points("residents", [(lon + 1.9, lat + 0.2) for lon, lat in HOMES], "WGS84")
    problem = bureau.refused()
    assert "[outside-city]" in problem
    assert "which is at 111.75 E, 40.84 N; expected points in the city: 109.30-111.40 E" in problem


def test_cells_that_are_no_coordinates(bureau: Bureau) -> None:
    cells: list[list[object]] = [["钢铁大街1号", ""], ["109.84", "约40.6"], *HOMES[2:]]  # type: ignore[list-item]
    bureau.points("residents", cells, "WGS84")
    problem = bureau.refused()
    assert "[bad-coordinate] residents.csv row 3: found '109.84 约40.6'" in problem
    assert "expected numbers such as 109.84012, or degrees such as 109°50′24″" in problem


def test_hardly_any_coordinates(bureau: Bureau) -> None:
    bureau.points("residents", [["", ""], ["", ""], ["", ""], *HOMES[3:]], "WGS84")
    problem = bureau.refused()
    assert "no coordinates in 3 of 5 rows; expected coordinates in more than half" in problem


def test_no_columns_of_coordinates(bureau: Bureau) -> None:
    del bureau.mapping["residents"]["columns"]["y"]
    problem = bureau.refused()
    assert "no columns of coordinates in the mapping; expected 'x' and 'y', or" in problem


# --- mixed systems ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("true", "said", "apart"),
    [
        ("GCJ-02", "WGS84", "5"),
        ("WGS84", "GCJ-02", "5"),
        ("BD-09", "WGS84", "1,3"),
        ("WGS84", "BD-09", "1,3"),
        ("BD-09", "GCJ-02", "8"),
        ("GCJ-02", "BD-09", "8"),
    ],
)
def test_one_file_in_another_system_than_said(
    bureau: Bureau, true: Datum, said: str, apart: str
) -> None:
    bureau.points("sites", degrees(PLACES, true), said)
    problem = bureau.refused()
    assert "[mixed-systems] residents.csv (WGS84) and sites.csv" in problem
    assert "3 of 3 places of the same name apart by " in problem
    assert f"sites.csv is {true} and not {said}" in problem
    found = problem.partition("apart by ")[2].split(" m")[0]
    assert len(found) == len(apart.replace(",", "")) + 2


def test_both_files_in_the_same_wrong_system_cannot_be_noticed(bureau: Bureau) -> None:
    """They fit each other: distances are right to 0.5 %, and all is 500 m off."""
    bureau.points("sites", degrees(PLACES, "GCJ-02"), "WGS84")
    bureau.points("residents", degrees(HOMES, "GCJ-02"), "WGS84")
    bureau.run()


def test_two_pairs_are_too_few(bureau: Bureau) -> None:
    text = bureau.text("sites").replace("和平里", "和平东里")
    (bureau.folder / "sites.csv").write_text(text, encoding="utf-8")
    bureau.points("sites", degrees(PLACES, "GCJ-02"), "WGS84")
    bureau.run()


def test_names_are_compared_without_blanks_and_brackets(bureau: Bureau) -> None:
    text = bureau.text("sites").replace("和平里", "和 平 里").replace("阳光家园", "阳光（家园）")
    (bureau.folder / "sites.csv").write_text(text, encoding="utf-8")
    bureau.points("sites", degrees(PLACES, "GCJ-02"), "WGS84")
    assert "3 of 3 places" in bureau.refused()


def test_metres_that_were_made_of_shifted_degrees(bureau: Bureau) -> None:
    shifted = [(lon, lat) for lon, lat in degrees(PLACES, "GCJ-02")]
    bureau.points("sites", metres(shifted, 4546), "EPSG:4546")
    problem = bureau.refused()
    assert "sites.csv is EPSG:4546 (GCJ-02) and not EPSG:4546" in problem
    assert "must be made again from the degrees" in problem


def test_utm_said_to_be_gauss_krueger(bureau: Bureau) -> None:
    bureau.points("sites", metres(PLACES, 32649), "EPSG:4546")
    problem = bureau.refused()
    assert "sites.csv is EPSG:32649 and not EPSG:4546" in problem


def test_places_that_were_moved_by_hand_are_no_shift(bureau: Bureau) -> None:
    moved = [(lon - 0.0045, lat + 0.0030) for lon, lat in PLACES]
    bureau.points("sites", moved, "WGS84")
    bureau.run()


# --- map layers ---------------------------------------------------------------------------------


def write_layer(path: Path, shapes: Sequence[object], crs: object = 4326, **columns: Any) -> None:
    geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=crs).to_file(path)


def test_a_layer_that_says_another_system(bureau: Bureau) -> None:
    points = geopandas.points_from_xy(*zip(*metres(HOMES, 4547), strict=True))
    names = {"小区名称": [one[0] for one in ESTATES], "常住人口": [one[3] for one in ESTATES]}
    write_layer(bureau.folder / "homes.gpkg", points, 4547, **names)
    columns = {"name": "小区名称", "residents": "常住人口"}
    entry = {"file": "homes.gpkg", "crs": "EPSG:4546", "columns": columns}
    bureau.mapping["residents"] = entry
    problems = "\n".join(bureau.problems())
    assert "[layer-crs] homes.gpkg: found EPSG:4547 (CGCS2000 / 3-degree" in problems
    assert "expected EPSG:4546, as the mapping says" in problems
    entry["crs"] = "EPSG:4547"
    assert homes(bureau)[0] == pytest.approx(RIGHT[0], abs=0.02)


def districts(bureau: Bureau, crs: str = "WGS84") -> None:
    shapes = [box(109.80, 40.60, 109.8463, 40.70), box(109.8463, 40.60, 109.8485, 40.70)]
    write_layer(bureau.folder / "区.geojson", shapes, 名称=["昆都仑区", "青山区"])
    bureau.mapping["districts"] = {"file": "区.geojson", "crs": crs, "name": "名称"}


def test_districts_from_the_map(bureau: Bureau) -> None:
    districts(bureau)
    del bureau.mapping["area"]
    instance = bureau.run()
    assert instance.residents["district"].tolist() == [
        "昆都仑区", "昆都仑区", "", "昆都仑区", "青山区",
    ]  # fmt: skip
    kinds = bureau.kinds()
    assert kinds["points outside every district"] == ["'和平里'", "'和平里'"]
    assert kinds["district taken from the map"] == [
        "4 rows without a district",
        "3 rows without a district",
    ]


def test_districts_as_written_are_kept(bureau: Bureau) -> None:
    districts(bureau)
    text = bureau.text("residents").replace("小区名称", "区,小区名称")
    for name, district in zip(
        ("阳光家园", "锦绣小区", "和平里", "新苑小区", "百合园"),
        ("昆都仑", "青山区", "青山区", "", "青山区"),
        strict=True,
    ):
        text = text.replace(name, f"{district},{name}")
    (bureau.folder / "residents.csv").write_text(text, encoding="utf-8")
    bureau.mapping["residents"]["columns"]["district"] = "区"
    frame = bureau.run().residents
    assert frame["district"].tolist() == ["昆都仑", "青山区", "青山区", "昆都仑区", "青山区"]
    assert bureau.kinds()["district as written differs from the map"] == [
        "'青山区', and '昆都仑区' on the map"
    ]


def test_districts_elsewhere_or_without_areas(bureau: Bureau) -> None:
    districts(bureau, "EPSG:4546")
    assert "区.geojson" in "\n".join(bureau.problems())
    write_layer(bureau.folder / "区.geojson", [LineString([(0, 0), (1, 1)])], 名称=["a"])
    assert "a file without areas" in bureau.refused()
    districts(bureau)
    bureau.mapping["districts"]["name"] = "旗县"
    assert "no column '旗县'; the file has 名称" in bureau.refused()


def streets(bureau: Bureau, *, far: bool = False) -> None:
    """A grid of streets that cross without common vertices, and a short one without a link."""
    last = 109.8450 if far else 109.852
    lines = [LineString([(109.838, lat), (last, lat)]) for lat in (40.639, 40.642, 40.646)]
    lines += [LineString([(lon, 40.638), (lon, 40.647)]) for lon in (109.839, 109.842, 109.8449)]
    lines.append(LineString([(109.9, 40.6), (109.9005, 40.6)]))
    write_layer(bureau.folder / "路.shp", lines, name=["路"] * 7)
    bureau.mapping["streets"] = {"file": "路.shp", "crs": "WGS84"}


def test_streets_make_a_network(bureau: Bureau) -> None:
    streets(bureau)
    instance = bureau.run()
    text = (bureau.out / "instance.yaml").read_text(encoding="utf-8")
    assert "network:" in text
    assert "straight_line" not in text
    nodes, edges = instance.travel.nodes, instance.travel.edges  # type: ignore[union-attr]
    assert edges["metres"].max() <= 60.01
    assert len(edges) >= len(nodes)
    assert len(bureau.kinds()["streets left out"]) == 1


def test_points_far_from_any_street(bureau: Bureau) -> None:
    streets(bureau, far=True)
    bureau.run()
    found = bureau.kinds()["points far from any street"]
    assert found[0].startswith("'和平里', ")
    assert found[0].endswith(" m from the nearest street")


def test_streets_of_another_place_or_none(bureau: Bureau) -> None:
    write_layer(bureau.folder / "路.shp", [LineString([(0, 0), (1, 1)])], name=["路"])
    bureau.mapping["streets"] = {"file": "路.shp", "crs": "WGS84"}
    assert "lines at 0.00 E, 0.00 N; expected lines in the city" in bureau.refused()
    write_layer(bureau.folder / "路.shp", [box(0, 0, 1, 1)], name=["路"])
    assert "a file without lines; expected a layer of lines" in bureau.refused()
