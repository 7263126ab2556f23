"""The accounting law for OSM: each object is in the instance or left out with a reason."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bureau_folder import Bureau
from hypothesis import given
from hypothesis import strategies as st
from small_town import node, square, town, town_mapping, way, write_mapping, write_osm

from laws import on
from siting.prepare import prepare_osm
from siting.prepare.buildings import find_homes
from siting.prepare.osm_mapping_file import default_streets
from siting.prepare.osm_read import OsmObject, read_extract
from siting.prepare.outlets import find_outlets, no_outlets
from siting.prepare.street_network import build_network, is_walkable

CRS = "EPSG:32632"
PLACES = st.tuples(st.sampled_from([0, 5, 40, 200, 900]), st.sampled_from([0, 60, 300]))
BUILDING = st.sampled_from(["house", "apartments", "yes", "garage", "school", "construction", ""])
NAME = st.sampled_from(["", "Old pharmacy", "old  pharmacy", "Corner shop"])
SHOP = st.sampled_from([{}, {"amenity": "pharmacy"}, {"shop": "bakery"}, {"shop": "unheard-of"}])
MORE = st.sampled_from([{}, {}, {"access": "private"}, {"addr:housenumber": "7"}])
DAMAGE = st.sampled_from(["", "", "", "open", "one node lost", "all nodes lost", "a point"])
RELATION = st.sampled_from(["", "", "twice", "incomplete", "twice in the file", "no building"])


@dataclass(frozen=True)
class Thing:
    """One object of a messy extract: its tags, where, what is wrong, and a relation round it."""

    tags: Mapping[str, str]
    place: tuple[int, int]
    damage: str
    relation: str

    def drawn(self, number: int) -> OsmObject:
        """As a way or a node; the nodes that are lost are at no place."""
        if self.damage == "a point":
            return node(number * 10 + 7, self.tags, *self.place)
        whole = square(number, self.tags, *self.place)
        lonlat, nodes = whole.lonlat.copy(), whole.nodes
        if self.damage == "open":
            return OsmObject(whole.ref, whole.tags, nodes[:-1], lonlat[:-1])
        lost = {"one node lost": slice(1, 2), "all nodes lost": slice(None)}.get(self.damage)
        if lost is not None:
            lonlat[lost] = np.nan
        return OsmObject(whole.ref, whole.tags, nodes, lonlat)

    def around(self, number: int) -> list[str]:
        """Relations of it as they stand in a file."""
        if not self.relation or self.damage:
            return []
        lost = '<member type="way" ref="999" role="outer"/>' * (self.relation == "incomplete")
        kind = ("amenity", "pharmacy") if self.relation == "no building" else ("building", "house")
        text = (
            f'<relation id="{number}" version="1" timestamp="2026-01-02T03:04:05Z">'
            f'<member type="way" ref="{number}" role="outer"/>{lost}'
            f'<tag k="type" v="multipolygon"/><tag k="{kind[0]}" v="{kind[1]}"/></relation>'
        )
        return [text] * (2 if self.relation == "twice in the file" else 1)


def _tags(building: str, name: str, shop: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    named = {"building": building, "name": name}
    return {key: value for key, value in named.items() if value} | shop | more


THINGS = st.lists(
    st.builds(Thing, st.builds(_tags, BUILDING, NAME, SHOP, MORE), PLACES, DAMAGE, RELATION),
    min_size=1,
    max_size=12,
)


def write(path: Path, things: Sequence[Thing], others: Sequence[OsmObject] = ()) -> list[str]:
    """Writes an extract; returns its relations."""
    drawn = [one.drawn(number) for number, one in enumerate(things, start=1000)]
    write_osm(path, [node(1, {"place": "town"}, 80, 80), *others, *drawn])
    relations = [text for number, one in enumerate(things, start=1000)
                 for text in one.around(number)]  # fmt: skip
    text = path.read_text(encoding="utf-8").removesuffix("</osm>")
    path.write_text(text + "".join(relations) + "</osm>", encoding="utf-8")
    return relations


# Streets beside them, so that the ways without nodes are never most of the ways.
STREETS = [way(n, {"highway": "residential"}, (n, 0, n), (n + 1, 9, n)) for n in range(20, 60, 2)]


@on(120)
@given(THINGS)
def test_buildings_and_outlets_are_found_or_counted(things: list[Thing]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        relations = write(folder / "t.osm", things, STREETS)
        rules = town_mapping(folder)
        extract = read_extract(folder / "t.osm")
    # A relation that stands twice in a file is one.
    areas = dict.fromkeys(relations)
    drawn = sum("building" in one.tags for one in things)
    drawn += sum('k="building"' in text for text in areas)
    homes = find_homes(extract, rules.buildings, CRS)
    assert drawn == len(homes.objects) + sum(homes.skipped.values())
    serving = [one for one in things if one.tags.get("amenity") == "pharmacy"
               or one.tags.get("shop") == "bakery"]  # fmt: skip
    found, merged = find_outlets(extract, rules.chosen, 30, CRS)
    listed = len(serving) + sum('v="pharmacy"' in text for text in areas)
    assert listed == len(found) + merged + sum(no_outlets(extract, rules.chosen).values())


HIGHWAY = st.sampled_from(["residential", "motorway", "footway", "proposed", "steps"])
CHAIN = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@on(60)
@given(st.lists(st.tuples(HIGHWAY, CHAIN), min_size=1, max_size=8), st.sets(st.integers(1, 9)))
def test_each_step_of_a_way_is_a_street_or_counted(
    ways: list[tuple[str, list[int]]], lost: set[int]
) -> None:
    made = [
        way(
            number, {"highway": kind}, *((at, np.nan if at in lost else 10.0 * at, 0) for at in ids)
        )
        for number, (kind, ids) in enumerate(ways, start=1)
    ]
    foot = default_streets().foot
    network, cut = build_network(made, foot, CRS)
    walked = [ids for one, (_, ids) in zip(made, ways, strict=True) if is_walkable(one.tags, foot)]
    steps = [(a, b) for ids in walked for a, b in pairwise(ids)]
    there = {frozenset(step) for step in steps if not lost & set(step) and len(set(step)) == 2}
    assert len(network.metres) == len(there)
    assert cut.counts["pieces beyond the border"] == sum(bool(lost & set(one)) for one in steps)
    assert cut.counts["ways walked"] + cut.counts["ways not walked"] == len(ways)


# --- what the two commands say of it --------------------------------------------------------------

MESS = [
    Thing({"building": "house"}, (300, 20), "one node lost", ""),
    Thing({"building": "house"}, (300, 60), "open", ""),
    Thing({"building": "house"}, (340, 20), "a point", ""),
    Thing({"building": "house", "amenity": "pharmacy"}, (340, 60), "", "twice"),
    Thing({"building": "house"}, (380, 60), "", "incomplete"),
    Thing({"amenity": "pharmacy", "access": "private"}, (200, 20), "a point", ""),
    Thing({"amenity": "pharmacy"}, (200, 60), "all nodes lost", ""),
    Thing({"amenity": "pharmacy", "name": "Old pharmacy"}, (30, 79), "a point", ""),
    Thing({"name": "only a name"}, (240, 60), "", "no building"),
]
SAID = {
    "nodes missing in the extract": 1,
    "open lines": 1,
    "points": 1,
    "drawn as a way and as a relation": 1,
    "relations that are no whole area": 1,
    "private, or being built": 1,
    "no node of theirs in the extract": 1,
    "relations, which are not read": 1,
}


def test_the_command_of_osm_says_what_was_left_out(tmp_path: Path) -> None:
    write(tmp_path / "t.osm", MESS, [*town(), *STREETS])
    made = prepare_osm(tmp_path / "t.osm", write_mapping(tmp_path), tmp_path / "out")
    skipped = {what.partition(": ")[2]: count for what, count in made.skipped.items()}
    assert SAID.items() <= skipped.items()
    assert skipped["listed twice in OSM"] == 1
    assert sum(made.residents_by_district.values()) == 1001


@pytest.mark.parametrize("shares", [{}, {"elderly": "20%"}, {"elderly": "20%", "infants": "5%"}])
def test_the_mapping_of_any_source_says_what_was_left_out(
    tmp_path: Path, shares: dict[str, str]
) -> None:
    write(tmp_path / "t.osm", MESS, [*town(), *STREETS])
    layers = ["streets", "residents", "outlets", "corners"]
    osm = {"file": "t.osm", "layers": layers, "group_shares": shares}
    bureau = Bureau(tmp_path, {
        "siting_prepare": 2, "name": "t", "crs": CRS, "osm": osm, "categories": ["药店"],
        "area": {"west": 8.9, "south": 59.9, "east": 9.2, "north": 60.1},
    })  # fmt: skip
    assert bureau.run().residents["residents"].sum() == 1001
    said = [what for kind in bureau.kinds().values() for what in kind]
    for why, count in SAID.items():
        assert any(re.fullmatch(rf"{count} (buildings|objects): {why}", one) for one in said), why
    assert "1 objects of OSM listed twice" in said
