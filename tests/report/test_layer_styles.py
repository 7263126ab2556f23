"""Styles of the layers: valid QML about fields and values that are there, found by QGIS."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import geopandas as gpd
import pytest
from opened_book import in_circles, told
from test_map_layers import ALWAYS, with_barriers

from siting.inputs import Instance
from siting.language import in_language
from siting.report.facts import Facts
from siting.report.geopackage import write_geopackage
from siting.report.layer_styles import ALIASES, qml_style
from siting.report.map_layers import map_layers

NAMES = sorted(ALWAYS | {"barriers", "crossings"})
KINDS = {"Point": ("marker", "0"), "LineString": ("line", "1"), "Polygon": ("fill", "2")}


def parsed(qml: str) -> Element:
    return fromstring(qml)  # noqa: S314 - what was written a moment ago


class Styled:
    """A GeoPackage with the styles that it holds."""

    def __init__(self, facts: Facts, path: Path) -> None:
        self.facts, self.path = facts, write_geopackage(facts, path)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as file:
            return file.execute(query, values).fetchall()

    def style(self, name: str) -> Element:
        # What QGIS asks for when it opens a layer.
        ((text,),) = self.rows(
            "SELECT styleQML FROM layer_styles WHERE f_table_schema = '' AND f_table_name = ? "
            "AND f_geometry_column = 'geom' ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END",
            name,
        )
        return parsed(text)

    def layer(self, name: str) -> gpd.GeoDataFrame:
        return gpd.read_file(self.path, layer=name)


def town(folder: Path) -> Instance:
    return with_barriers(in_circles(folder, budget=1_500_000.0))


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> Styled:
    folder = tmp_path_factory.mktemp("styled")
    return Styled(told(town(folder)), folder / "plan.gpkg")


@pytest.fixture(scope="module")
def chinese(styled: Styled, tmp_path_factory: pytest.TempPathFactory) -> Styled:
    with in_language("zh"):
        return Styled(styled.facts, tmp_path_factory.mktemp("zh") / "plan.gpkg")


# --- where QGIS looks for them ------------------------------------------------------------------


def test_the_table_of_styles_is_registered_as_one_of_attributes(styled: Styled) -> None:
    query = "SELECT data_type, srs_id FROM gpkg_contents WHERE table_name = 'layer_styles'"
    assert styled.rows(query) == [("attributes", 0)]


def test_the_table_has_the_columns_that_qgis_writes(styled: Styled) -> None:
    columns = [row[1] for row in styled.rows("PRAGMA table_info(layer_styles)")]
    assert columns == [
        *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"),
        *("styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"),
        "update_time",
    ]


def test_every_layer_has_one_default_style(styled: Styled) -> None:
    rows = styled.rows("SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles")
    assert sorted(rows) == [(name, "geom", 1) for name in NAMES]
    geometries = styled.rows("SELECT table_name, column_name FROM gpkg_geometry_columns")
    assert sorted(geometries) == [(name, "geom") for name in NAMES]


def test_the_file_is_sound(styled: Styled) -> None:
    assert styled.rows("PRAGMA integrity_check") == [("ok",)]
    assert styled.rows("PRAGMA foreign_key_check") == []


# --- what they say ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_style_is_of_the_structure_that_qgis_reads(styled: Styled, name: str) -> None:
    root = styled.style(name)
    assert root.tag == "qgis"
    assert root.attrib["version"].startswith("3.")
    renderer = root.find("renderer-v2")
    assert renderer is not None
    kind = renderer.attrib["type"]
    assert kind in {"singleSymbol", "categorizedSymbol", "graduatedSymbol"}
    assert ("attr" in renderer.attrib) == (kind != "singleSymbol")
    geometry = root.findtext("layerGeometryType")
    assert geometry == KINDS[styled.layer(name).geometry.geom_type.iloc[0]][1]


@pytest.mark.parametrize("name", NAMES)
def test_fields_of_a_style_are_fields_of_the_layer(styled: Styled, name: str) -> None:
    root, fields = styled.style(name), set(styled.layer(name).columns)
    used = {node.attrib["attr"] for node in root.iter("renderer-v2") if "attr" in node.attrib}
    used |= {node.attrib["fieldName"] for node in root.iter("text-style")}
    used |= {node.attrib["field"] for node in root.iter("alias")}
    assert used - fields == set()
    assert {node.attrib["field"] for node in root.iter("alias")} == fields - {"geometry"}


@pytest.mark.parametrize("name", NAMES)
def test_every_class_has_its_symbol(styled: Styled, name: str) -> None:
    root = styled.style(name)
    symbols = {symbol.attrib["name"]: symbol for symbol in root.iter("symbol")}
    classes = [*root.iter("category"), *root.iter("range")]
    used = [one.attrib["symbol"] for one in classes] or ["0"]
    assert sorted(symbols) == sorted(used)
    kind = KINDS[styled.layer(name).geometry.geom_type.iloc[0]][0]
    for symbol in symbols.values():
        assert symbol.attrib["type"] == kind
        layer = symbol.find("layer")
        assert layer is not None
        assert layer.attrib["class"] == f"Simple{kind.capitalize()}"
        options = {o.attrib["name"]: o.attrib["value"] for o in layer.findall("Option/Option")}
        assert options == {p.attrib["k"]: p.attrib["v"] for p in layer.findall("prop")}
        for key, value in options.items():
            if key.endswith("color"):
                assert [0 <= int(part) <= 255 for part in value.split(",")] == [True] * 4


@pytest.mark.parametrize(("name", "field"), [("residents", "status"), ("sites", "chosen")])
def test_every_value_of_the_layer_has_a_class(styled: Styled, name: str, field: str) -> None:
    root = styled.style(name)
    values = {one.attrib["value"] for one in root.iter("category")}
    assert set(styled.layer(name)[field].astype(str)) <= values
    assert all(one.attrib["label"] for one in root.iter("category"))


def test_ways_of_building_have_classes_and_the_rest_has_one(styled: Styled) -> None:
    labels = {c.attrib["value"]: c.attrib["label"] for c in styled.style("chosen").iter("category")}
    assert labels == {"new": "new", "": "other"}


def test_a_way_that_the_words_do_not_know_keeps_its_name(tmp_path: Path) -> None:
    instance = in_circles(tmp_path)
    offers = instance.offers.assign(mode="floating")
    facts = told(replace(instance, offers=offers))
    (chosen, *_) = map_layers(facts)
    root = parsed(qml_style(chosen, facts.instance))
    assert [c.attrib["label"] for c in root.iter("category")] == ["floating", "other"]


@pytest.mark.parametrize("counts", [[0, 0], [0, 1], [3, 4], [0, 17], [9, 56], [0, 2, 5, 6, 13]])
def test_every_count_of_gaps_falls_into_one_class(styled: Styled, counts: list[int]) -> None:
    (layer,) = (one for one in map_layers(styled.facts) if one.name == "gaps_by_place")
    frame = layer.frame.iloc[[0] * len(counts)].assign(missing_after=counts)
    root = parsed(qml_style(replace(layer, frame=frame), styled.facts.instance))
    ranges = [
        (float(one.attrib["lower"]), float(one.attrib["upper"]), one.attrib["label"])
        for one in root.iter("range")
    ]
    assert 1 <= len(ranges) <= 5
    for count in counts:
        ((_, _, label),) = [one for one in ranges if one[0] < count < one[1]]
        ends = [int(end) for end in label.split(" - ")]
        assert ends[0] <= count <= ends[-1]
    assert [one[1] for one in ranges[:-1]] == [one[0] for one in ranges[1:]]


def test_tasks_are_labelled_with_their_numbers(styled: Styled) -> None:
    root = styled.style("chosen")
    (label,) = root.iter("text-style")
    assert (label.attrib["fieldName"], label.attrib["isExpression"]) == ("number", "0")
    assert root.attrib["labelsEnabled"] == "1"
    assert styled.style("outlets").attrib["labelsEnabled"] == "0"


# --- words --------------------------------------------------------------------------------------


def aliases(root: Element) -> dict[str, str]:
    return {node.attrib["field"]: node.attrib["name"] for node in root.iter("alias")}


def test_fields_are_called_in_chinese(chinese: Styled) -> None:
    assert aliases(chinese.style("chosen"))["cost"] == "财政资金（CNY）"
    assert aliases(chinese.style("residents"))["has_pharmacy"] == "药店"
    labels = [one.attrib["label"] for one in chinese.style("residents").iter("category")]
    assert labels[0] == "现已具备全部基本业态"
    assert chinese.style("chosen").find(".//category").attrib["label"] == "新建"  # type: ignore[union-attr]


def test_fields_are_called_in_english(styled: Styled) -> None:
    assert aliases(styled.style("chosen"))["cost"] == "Public money (CNY)"
    assert aliases(styled.style("residents"))["has_canteen"] == "community canteen"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_that_the_report_writes_has_a_name(chinese: Styled, name: str) -> None:
    blank = [field for field, alias in aliases(chinese.style(name)).items() if not alias]
    assert blank == []


def test_a_field_of_the_data_keeps_its_name(tmp_path: Path) -> None:
    instance = in_circles(tmp_path)
    facts = told(replace(instance, outlets=instance.outlets.assign(osm="w1", has_roof="yes")))
    (layer,) = (one for one in map_layers(facts) if one.name == "outlets")
    found = aliases(parsed(qml_style(layer, facts.instance)))
    assert (found["osm"], found["has_roof"]) == ("", "")


def test_names_with_signs_of_xml_come_through(tmp_path: Path) -> None:
    instance = in_circles(tmp_path)
    named = instance.categories.assign(name_en=['<b> & "c"', "plain", "x > y"])
    path = tmp_path / "plan.gpkg"
    styles = Styled(told(replace(instance, categories=named)), path)
    found = aliases(styles.style("residents"))
    assert found["has_convenience_store"] == '<b> & "c"'


def test_no_alias_is_of_a_field_that_no_layer_has(styled: Styled) -> None:
    fields = {str(field) for layer in map_layers(styled.facts) for field in layer.frame.columns}
    of_data = {"children", "infants"}
    assert set(ALIASES) - fields - of_data == set()
