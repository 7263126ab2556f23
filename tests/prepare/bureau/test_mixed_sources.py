"""One mapping of several kinds of sources: ledgers or grids for people, OSM for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bureau_folder import Bureau, make_bureau
from command import call, plan_in
from small_town import METRE_EAST, METRE_NORTH, degrees, node, way, write_osm

from siting.errors import InputError
from siting.inputs import Instance, read_instance
from siting.prepare.bureau import prepare_bureau
from siting.prepare.osm_read import OsmObject

CITY = """\
siting_prepare: 2
name: A city without places and buildings in OSM
crs: EPSG:32632
area: {west: 8.9, south: 59.9, east: 9.2, north: 60.1}
instance: {money: {unit: EUR}, budget: 300000 EUR}
residents:
  file: hexes.csv
  crs: WGS84
  fractions: true
  columns: {id: hex, x: lon, y: lat, residents: population}
  group_shares: {elderly: 12%, children: 20%}
osm:
  file: city.osm
  layers: [streets, outlets, corners]
  corners_every: 150
  tags: {pharmacy: [{amenity: [health_post]}], parcel_point: [{amenity: [school]}]}
category_table:
  file: costs.csv
  columns: {category: category, cost: cost}
"""


def streets(side: int = 5, step: int = 200) -> list[OsmObject]:
    """A grid of streets, and nothing that says where people live."""
    made = []
    for row in range(side):
        east = [(row * side + at, at * step, row * step) for at in range(side)]
        north = [(at * side + row, row * step, at * step) for at in range(side)]
        made += [way(n, {"highway": "residential"}, *points)
                 for n, points in ((row + 1, east), (row + 101, north))]  # fmt: skip
    return _from_one(made)


def _from_one(ways: list[OsmObject]) -> list[OsmObject]:
    """Ids of nodes are above 0."""
    return [OsmObject(one.ref, one.tags, one.nodes + 1000, one.lonlat) for one in ways]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    posts = [
        node(1, {"amenity": "health_post", "name": "Post"}, 210, 190),
        node(2, {"amenity": "school", "name": "School"}, 610, 590),
    ]
    write_osm(tmp_path / "city.osm", [*posts, *streets()])
    places = [degrees((east, north)) for east in range(50, 800, 100) for north in (90, 390, 690)]
    hexes = pd.DataFrame(places, columns=["lon", "lat"])
    hexes.insert(0, "hex", [f"8a{number:04x}" for number in range(len(hexes))])
    hexes["population"] = np.linspace(0.4, 90.0, len(hexes)).round(2)
    hexes.to_csv(tmp_path / "hexes.csv", index=False)
    costs = "category,cost\npharmacy,80000\nparcel_point,20000\n"
    (tmp_path / "costs.csv").write_text(costs, encoding="utf-8")
    (tmp_path / "prepare.yaml").write_text(CITY, encoding="utf-8")
    return tmp_path


def test_a_hex_grid_with_streets_outlets_and_corners_of_osm(city: Path) -> None:
    assert len(CITY.splitlines()) <= 30
    prepare_bureau(city, city / "out")
    instance = read_instance(city / "out")
    hexes = pd.read_csv(city / "hexes.csv")
    assert instance.residents["residents"].tolist() == hexes["population"].tolist()
    assert sorted(instance.outlets["categories"]) == ["parcel_point", "pharmacy"]
    assert instance.currency.unit == "EUR"
    assert len(instance.sites) > 3
    sites = instance.sites[["x", "y"]].to_numpy(float)
    apart = np.hypot(*(sites[:, None] - sites[None]).transpose(2, 0, 1))
    assert apart[~np.eye(len(sites), dtype=bool)].min() > 150
    assert hasattr(instance.travel, "edges")


def test_such_a_city_comes_to_a_verified_plan(city: Path) -> None:
    """By the commands alone, from the files to a plan that holds and adds something."""
    mapping, instance, run = city / "prepare.yaml", city / "out", city / "run"
    assert len(mapping.read_text(encoding="utf-8").splitlines()) <= 30
    for words in (
        ("prepare", mapping, "-o", instance),
        ("solve", instance, "-o", run, "--gap", "1%"),
        ("verify", run),
    ):
        done = call(*words)
        assert done.code == 0, done.err
    plan = plan_in(run)
    assert plan["chosen"]
    assert plan["objective"] > plan["baseline"]


def test_every_object_of_osm_is_named_as_the_source(city: Path) -> None:
    prepare_bureau(city, city / "out")
    assert set(read_instance(city / "out").outlets["source"]) == {"city.osm#n:1", "city.osm#n:2"}


def mixed(tmp_path: Path, **osm: Any) -> Bureau:
    """The ledgers of a small city with an extract beside them, moved to where they are."""
    bureau = make_bureau(tmp_path)
    lon, lat = 109.835, 40.635
    moved = [
        OsmObject(one.ref, one.tags, one.nodes, one.lonlat - degrees((0, 0)) + (lon, lat))
        for one in [
            *streets(9),
            node(1, {"shop": "convenience", "name": "惠民便利店"}, 500, 660),
            node(2, {"amenity": "pharmacy", "name": "新药店"}, 900, 600),
        ]
    ]
    write_osm(tmp_path / "city.osm", moved)
    bureau.mapping["osm"] = {"file": "city.osm", "layers": ["streets"], **osm}
    return bureau


def network_of(instance: Instance) -> pd.DataFrame:
    return instance.travel.edges  # type: ignore[union-attr]


def test_ledgers_on_streets_of_osm(tmp_path: Path) -> None:
    bureau = mixed(tmp_path)
    instance = bureau.run()
    assert len(network_of(instance)) > 50
    assert bureau.unaccounted(instance) == []


def test_outlets_of_ledgers_and_of_osm_are_joined(tmp_path: Path) -> None:
    bureau = mixed(tmp_path, layers=["outlets"])
    instance = bureau.run()
    names = instance.outlets["name"].tolist()
    assert "新药店" in names
    assert "老街早餐铺" in names


def test_one_place_in_both_is_one_outlet(tmp_path: Path) -> None:
    bureau = mixed(tmp_path, layers=["outlets"])
    text = bureau.text("outlets").splitlines()
    lon, lat = (109.835 + 500 * METRE_EAST, 40.635 + 660 * METRE_NORTH)
    text[1] = f"惠民便利店,便利店,{lon},{lat}"
    (bureau.folder / "outlets.csv").write_text("\n".join(text), encoding="utf-8")
    names = bureau.run().outlets["name"].tolist()
    assert names.count("惠民便利店") == 1
    assert "duplicates, merged" in bureau.kinds()


@pytest.mark.parametrize("role", ["residents", "sites"])
def test_a_layer_without_any_source_is_named(role: str, tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    del bureau.mapping[role]
    assert f"found no key '{role}'; expected a ledger," in bureau.refused()


def test_an_extract_without_nodes_is_refused(city: Path) -> None:
    text = (city / "city.osm").read_text(encoding="utf-8")
    ways = text[text.index("<way") :]
    (city / "city.osm").write_text(f'<osm version="0.6">{ways}', encoding="utf-8")
    with pytest.raises(InputError, match="osmium sort"):
        prepare_bureau(city, city / "out")
