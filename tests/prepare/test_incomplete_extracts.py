"""Extracts that lack nodes, have them in the wrong order, or draw buildings as relations."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import osmium
import pytest
from small_town import node, square, town, town_mapping, write_osm

from siting.errors import InputError
from siting.inputs.limits import LIMIT
from siting.language import in_language
from siting.prepare import memory, osm_read
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


WHOLE = RELATION.replace("</osm>", "")


def homes_of(tmp_path: Path, text: str) -> tuple[list[str], dict[str, int]]:
    path = tmp_path / "h.osm"
    path.write_text(text, encoding="utf-8")
    rules = town_mapping(tmp_path)
    homes = find_homes(read_extract(path), rules.buildings, rules.crs)
    return [one.ref for one in homes.objects], dict(homes.skipped)


def houses(tmp_path: Path) -> str:
    objects = [node(1, {"place": "town"}, 0, 0), square(100, HOUSE, 20, 20)]
    return write_osm(tmp_path / "t.osm", [*objects, square(101, HOUSE, 60, 20)]).read_text()


def test_a_building_that_is_not_closed_is_counted(tmp_path: Path) -> None:
    begin, _, end = houses(tmp_path).rpartition('<nd ref="1010"/>')
    assert homes_of(tmp_path, begin + end) == (["w100"], {"open lines": 1})


@pytest.mark.parametrize("tag", ["house", "apartments", "yes"])
def test_a_building_that_is_a_point_is_counted(tag: str, tmp_path: Path) -> None:
    place = 'version="1" timestamp="2026-01-02T03:04:05Z" lat="60" lon="9"'
    point = f'<node id="7" {place}><tag k="building" v="{tag}"/></node><way'
    text = houses(tmp_path).replace("<way", point, 1)
    assert homes_of(tmp_path, text) == (["w100", "w101"], {"points": 1})


def test_an_object_that_is_deleted_is_none(tmp_path: Path) -> None:
    text = houses(tmp_path).replace('<way id="101"', '<way id="101" visible="false"')
    assert homes_of(tmp_path, text)[0] == ["w100"]


@pytest.mark.parametrize("lost", ["1", "2", "3"])
def test_a_relation_that_lacks_a_part_is_counted(lost: str, tmp_path: Path) -> None:
    """Of an area cut at the border of the extract, whichever of its ways is missing."""
    rings = write_osm(
        tmp_path / "t.osm", [square(1, {}, 100, 100, 40), square(2, {}, 104, 104, 10)]
    )
    more = RELATION.replace("</osm>", "").replace(
        "<member", '<member type="way" ref="3" role="outer"/><member', 1
    )
    text = rings.read_text(encoding="utf-8").removesuffix("</osm>")
    text = re.sub(rf'<way id="{lost}".*?</way>', "", text, flags=re.DOTALL)
    assert homes_of(tmp_path, f"{text}{more}</osm>") == (
        [],
        {"relations that are no whole area": 1},
    )


def test_a_building_drawn_twice_is_one(tmp_path: Path) -> None:
    rings = write_osm(
        tmp_path / "t.osm", [square(1, HOUSE, 100, 100, 40), square(2, {}, 104, 104, 10)]
    )
    text = rings.read_text(encoding="utf-8").removesuffix("</osm>")
    refs, skipped = homes_of(tmp_path, text + RELATION)
    assert (refs, skipped) == (["r7"], {"drawn as a way and as a relation": 1})
    assert homes_of(tmp_path, text + WHOLE + RELATION)[0] == ["r7"]


def with_blocks(path: Path, times: int) -> Path:
    """A file of few bytes and many nodes: one block of nodes at one place, again and again."""
    one = path.with_name("one.osm.pbf")
    with osmium.SimpleWriter(str(one)) as writer:
        for number in range(7900):
            writer.add_node(osmium.osm.mutable.Node(id=number + 1, location=(9.0, 60.0)))
    content = one.read_bytes()
    begins = content.index(b"\x0a\x07OSMData") - 4
    path.write_bytes(content[:begins] + content[begins:] * times)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_memory_for_an_extract_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_blocks(tmp_path / "b.osm.pbf", 2000)
    assert read_extract(path).objects == ()
    monkeypatch.setenv(LIMIT, "1")
    monkeypatch.setattr(memory, "_OWN", 0)
    with pytest.raises(InputError) as caught:
        read_extract(path)
    assert caught.value.problems[0].code == "too-large"
    assert LIMIT in caught.value.problems[0].mend


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_two_megabytes_that_want_gigabytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_blocks(tmp_path / "b.osm.pbf", 15_000)
    assert path.stat().st_size < 4e6
    monkeypatch.setenv(LIMIT, "1")
    with pytest.raises(InputError, match="osmium extract"):
        read_extract(path)


@pytest.mark.parametrize("size", [1, 2, 9])
def test_objects_that_are_kept_are_bounded_everywhere(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osm_read, "most_memory", lambda: 1200 * size)
    path = tmp_path / "h.osm"
    path.write_text(houses(tmp_path), encoding="utf-8")
    if size == 9:
        assert len(read_extract(path).objects) == 3
        return
    with pytest.raises(InputError, match="osmium extract"):
        read_extract(path)
