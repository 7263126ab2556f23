"""Extracts that lack nodes, have them in the wrong order, or draw buildings as relations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_town import node, square, town, town_mapping, write_osm

from siting.errors import InputError
from siting.language import in_language
from siting.prepare.buildings import as_areas, find_homes
from siting.prepare.osm_read import read_extract

HOUSE = {"building": "house"}
RELATION = """\
<relation id="7" version="1" timestamp="2026-01-02T03:04:05Z">
<member type="way" ref="1" role="outer"/><member type="way" ref="2" role="inner"/>
<tag k="type" v="multipolygon"/><tag k="building" v="apartments"/></relation></osm>"""


def ways_first(text: str) -> str:
    ways = re.findall(r"<way.*?</way>", text, re.DOTALL)
    nodes = text[: text.index("<way")].removeprefix('<osm version="0.6">')
    return '<osm version="0.6">' + "".join(ways) + nodes + "</osm>"


def negative(text: str) -> str:
    return re.sub(r'(ref|<node id|<way id)="(\d)', r'\1="-\2', text)


def without_nodes(text: str) -> str:
    return '<osm version="0.6">' + text[text.index("<way") :]


@pytest.mark.parametrize("spoil", [ways_first, negative, without_nodes])
def test_ways_without_their_nodes_are_named(spoil: object, tmp_path: Path) -> None:
    path = write_osm(tmp_path / "t.osm", town())
    path.write_text(spoil(path.read_text()), encoding="utf-8")  # type: ignore[operator]
    with in_language("zh"), pytest.raises(InputError) as caught:
        read_extract(path)
    assert "osmium sort" in str(caught.value)


def test_a_building_without_one_node_is_counted(tmp_path: Path) -> None:
    objects = [node(1, {"place": "town"}, 0, 0), square(100, HOUSE, 20, 20)]
    path = write_osm(tmp_path / "t.osm", [*objects, square(101, HOUSE, 60, 20)])
    path.write_text(re.sub(r'<node id="1012".*?</node>', "", path.read_text(), flags=re.DOTALL))
    rules = town_mapping(tmp_path)
    homes = find_homes(read_extract(path), rules.buildings, rules.crs)
    assert len(homes.objects) == 1
    assert homes.skipped["nodes missing in the extract"] == 1


@pytest.mark.parametrize("hole", [10.0, 20.0, 30.0])
def test_a_multipolygon_is_a_building_without_its_courtyard(hole: float, tmp_path: Path) -> None:
    rings = [square(1, {}, 100, 100, 40), square(2, {}, 104, 104, hole)]
    path = write_osm(tmp_path / "t.osm", rings)
    text = path.read_text(encoding="utf-8").removesuffix("</osm>")
    path.write_text(text + RELATION, encoding="utf-8")
    extract = read_extract(path)
    assert [one.ref for one in extract.having("building")] == ["r7"]
    areas = as_areas(extract.having("building"), "EPSG:32632")
    assert areas.m2[0] == pytest.approx(40**2 - hole**2, rel=0.01)
