"""Reading an extract, and the outlets in it, from a hand-written OSM file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from small_town import degrees, node, square, town, town_mapping, way, write_osm

from siting.errors import InputError
from siting.prepare.buildings import as_areas, storeys
from siting.prepare.osm_mapping import Category, Storeys, matches
from siting.prepare.osm_read import OsmObject, read_extract
from siting.prepare.outlets import categories_of, find_outlets, locate

CRS = "EPSG:32632"


@pytest.fixture
def categories(tmp_path: Path) -> dict[str, Category]:
    return town_mapping(tmp_path).chosen


def outlets_of(
    objects: list[OsmObject], categories: dict[str, Category], folder: Path
) -> tuple[list[tuple[str, str]], int]:
    extract = read_extract(write_osm(folder / "t.osm", objects))
    frame, merged = find_outlets(extract, categories, 30, CRS)
    return list(zip(frame["categories"], frame["name"], strict=True)), merged


def test_reads_tagged_nodes_and_ways_with_coordinates(tmp_path: Path) -> None:
    extract = read_extract(write_osm(tmp_path / "t.osm", town()))
    assert len(extract.objects) == len(town())
    by_ref = {one.ref: one for one in extract.objects}
    assert by_ref["w1"].nodes.tolist() == [11, 12, 13]
    np.testing.assert_allclose(by_ref["w1"].lonlat[1], degrees((100, 80)), atol=1e-7)
    assert by_ref["n2"].tags["name"] == "Old pharmacy"
    assert extract.newest.isoformat() == "2026-01-02T03:04:05+00:00"


def test_untagged_and_uninteresting_objects_are_not_read(tmp_path: Path) -> None:
    objects = [way(1, {"natural": "coastline"}, (1, 0, 0), (2, 9, 0)), node(3, {"ele": "5"}, 0, 0)]
    assert read_extract(write_osm(tmp_path / "t.osm", objects)).objects == ()


def test_a_way_with_unknown_nodes_is_read_with_gaps(tmp_path: Path) -> None:
    unknown = float("nan")
    street = way(1, {"highway": "path"}, (1, 0, 0), (2, unknown, unknown))
    read = read_extract(write_osm(tmp_path / "t.osm", [street])).objects[0]
    assert np.isfinite(read.lonlat).all(axis=1).tolist() == [True, False]
    assert not read.is_area


def test_a_clip_reads_what_begins_inside(tmp_path: Path) -> None:
    inside = way(1, {"highway": "path"}, (1, 10, 10), (2, 500, 10))
    outside = way(2, {"highway": "path"}, (2, 500, 10), (1, 10, 10))
    shop = node(9, {"shop": "books"}, 500, 10)
    path = write_osm(tmp_path / "t.osm", [inside, outside, shop])
    west, south = degrees((0, 0))
    east, north = degrees((100, 100))
    assert [one.ref for one in read_extract(path, (west, south, east, north)).objects] == ["w1"]


def test_a_missing_extract_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.osm\.pbf: found no file; expected an OSM extract"):
        read_extract(tmp_path / "none.osm.pbf")


def test_a_file_that_is_no_extract_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "t.osm.pbf"
    path.write_bytes(b"no pbf at all, but long enough to look at")
    with pytest.raises(InputError, match=r"expected an OSM extract\. Give an OSM extract"):
        read_extract(path)


@pytest.mark.parametrize(
    ("tags", "rule", "every", "fits"),
    [
        ({"shop": "bakery"}, {"shop": ["bakery", "pastry"]}, True, True),
        ({"shop": "books;bakery"}, {"shop": ["bakery"]}, True, True),
        ({"shop": "books"}, {"shop": ["*"]}, True, True),
        ({"shop": "books"}, {"shop": ["bakery"]}, True, False),
        (
            {"amenity": "recycling"},
            {"amenity": ["recycling"], "recycling_type": ["*"]},
            True,
            False,
        ),
        (
            {"amenity": "recycling"},
            {"amenity": ["recycling"], "recycling_type": ["*"]},
            False,
            True,
        ),
        ({}, {"shop": ["*"]}, False, False),
    ],
)
def test_rules_match_tags(
    tags: dict[str, str], rule: dict[str, list[str]], every: bool, fits: bool
) -> None:
    assert matches(tags, rule, every=every) is fits


def test_one_object_may_serve_several_categories(categories: dict[str, Category]) -> None:
    assert categories_of({"shop": "bakery", "amenity": "post_office"}, categories) == {
        "breakfast_shop",
        "parcel_point",
    }
    assert categories_of({"shop": "car"}, categories) == frozenset()


def test_categories_are_joined_in_the_order_of_the_mapping(
    tmp_path: Path, categories: dict[str, Category]
) -> None:
    kiosk = node(1, {"amenity": "post_office", "healthcare": "pharmacy", "name": "Kiosk"}, 0, 0)
    assert outlets_of([kiosk], categories, tmp_path)[0] == [("pharmacy;parcel_point", "Kiosk")]


@pytest.mark.parametrize(
    ("name", "other_name", "apart", "count"),
    [
        ("Apotek", "Apotek", 20, 1),
        ("Apotek", "APOTEK", 20, 1),
        ("Apotek", "Apotek", 40, 2),
        ("Apotek", "Lyfja", 20, 2),
        ("", "", 20, 2),
        ("Apotek", "", 20, 2),
    ],
)
def test_two_nodes_are_one_outlet_if_near_and_of_one_name(
    name: str, other_name: str, apart: float, count: int, *, tmp_path: Path
) -> None:
    tags = {"amenity": "pharmacy"}
    objects = [
        node(1, tags | ({"name": name} if name else {}), 0, 0),
        node(2, tags | ({"name": other_name} if other_name else {}), apart, 0),
    ]
    found, merged = outlets_of(objects, town_mapping(tmp_path).chosen, tmp_path)
    assert (len(found), merged) == (count, 2 - count)


@pytest.mark.parametrize(
    ("area_name", "node_name", "count"),
    [("", "Apotek", 1), ("Apotek", "", 1), ("", "", 1), ("Lyfja", "Apotek", 2)],
)
def test_an_area_and_a_node_in_it_are_one_outlet_unless_named_apart(
    area_name: str, node_name: str, count: int, tmp_path: Path
) -> None:
    tags = {"amenity": "pharmacy"}
    area = square(1, tags | ({"name": area_name} if area_name else {}), 0, 0)
    inside = node(2, tags | ({"name": node_name} if node_name else {}), 5, 5)
    found, _ = outlets_of([area, inside], town_mapping(tmp_path).chosen, tmp_path)
    assert len(found) == count
    assert {name for _, name in found} - {"Lyfja"} == (
        {"Apotek"} if area_name + node_name else {""}
    )


def test_different_categories_at_one_place_stay_apart(
    tmp_path: Path, categories: dict[str, Category]
) -> None:
    objects = [
        node(1, {"amenity": "pharmacy", "name": "Centre"}, 0, 0),
        node(2, {"amenity": "cafe", "name": "Centre"}, 1, 0),
    ]
    found, _ = outlets_of(objects, categories, tmp_path)
    assert sorted(found) == [("breakfast_shop", "Centre"), ("pharmacy", "Centre")]


def test_private_and_unfinished_objects_are_no_outlets(
    tmp_path: Path, categories: dict[str, Category]
) -> None:
    objects = [
        node(1, {"amenity": "cafe", "access": "private"}, 0, 0),
        square(2, {"amenity": "cafe", "building": "construction"}, 50, 0),
    ]
    assert outlets_of(objects, categories, tmp_path)[0] == []


def test_an_area_gets_a_point_on_it() -> None:
    bent = way(
        1, {"amenity": "cafe"}, (1, 0, 0), (2, 90, 0), (3, 90, 10), (4, 10, 10), (5, 10, 90),
        (6, 0, 90), (1, 0, 0),
    )  # fmt: skip
    line = way(2, {"amenity": "cafe"}, (1, 0, 0), (2, 90, 0), (3, 90, 10))
    located = locate((bent, line, node(9, {"amenity": "cafe"}, 3, 3)), CRS)
    areas = as_areas([bent], CRS)
    assert areas.polygons[0].contains(areas.polygons[0].representative_point())
    assert areas.polygons[0].buffer(0.02).contains(shapely.Point(located.xy[0]))
    assert not areas.polygons[0].contains(areas.polygons[0].centroid)
    assert located.m2 == pytest.approx([1700, 0, 0], rel=0.01)


@pytest.mark.parametrize(
    ("levels", "m2", "expected"),
    [
        ("4", 50, 4),
        ("2.5", 50, 2.5),
        ("3-5", 50, 3),
        ("3;4", 50, 3),
        ("0", 50, 1),
        ("99", 50, 1),
        ("many", 50, 1),
        (None, 50, 1),
        (None, 100, 2),
        (None, 500, 2),
    ],
)
def test_storeys(levels: str | None, m2: float, expected: float) -> None:
    rule = [Storeys(from_m2=0, levels=1), Storeys(from_m2=100, levels=2)]
    tags = {} if levels is None else {"building:levels": levels}
    assert storeys(tags, m2, rule, 60) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lon="9.', 'lon="x9.'),
        ('id="1"', 'id="1x"'),
        ('version="1"', 'version="!"'),
        ("2026-01-02T", "2026-81-02T"),
        ("<tag", "<tag>"),
        ("</osm>", ""),
    ],
)
def test_an_extract_that_osmium_cannot_read_is_refused(old: str, new: str, tmp_path: Path) -> None:
    path = write_osm(tmp_path / "t.osm", town())
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match="a file that osmium cannot read"):
        read_extract(path)
