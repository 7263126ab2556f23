"""Whole folders: the small town, Monaco rebuilt from its extract, Reykjavik as it is kept."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import KDTree
from small_town import MAPPING, town, write_mapping, write_osm

from siting.coverage.network import WalkNetwork
from siting.errors import InputError
from siting.inputs.reader import read_instance
from siting.prepare import PrepareSummary, prepare_osm
from siting.prepare.instance_folder import FILES, write_csv
from siting.prepare.osm_mapping_file import read_mapping
from siting.prepare.osm_read import OsmObject, read_extract
from siting.prepare.street_network import build_network, drop_small_parts

INSTANCES = Path(__file__).parents[2] / "instances"
MONACO, REYKJAVIK = INSTANCES / "monaco", INSTANCES / "reykjavik"
EXTRACT = MONACO / "source" / "monaco.osm.pbf"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> PrepareSummary:
    folder = tmp_path_factory.mktemp("town")
    extract = write_osm(folder / "t.osm", town())
    return prepare_osm(extract, write_mapping(folder), folder / "out")


@pytest.fixture(scope="module")
def monaco(tmp_path_factory: pytest.TempPathFactory) -> PrepareSummary:
    return prepare_osm(EXTRACT, MONACO / "prepare.yaml", tmp_path_factory.mktemp("m") / "monaco")


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_town_is_an_instance(small: PrepareSummary) -> None:
    instance = read_instance(small.out)
    assert instance.name == "Small town"
    assert instance.residents["residents"].sum() == 1001
    assert instance.residents["elderly"].sum() == 200
    assert instance.budget == 200_000
    assert instance.outlets["categories"].tolist() == ["pharmacy"]
    assert "© OpenStreetMap contributors" in instance.note
    assert not instance.warnings


def test_the_summary_counts_what_was_made_and_left_out(small: PrepareSummary) -> None:
    assert small.counts["residents (people)"] == 1001
    assert small.counts["outlets"] == 1
    assert small.counts["sites"] == len(pd.read_csv(small.out / "sites.csv"))
    assert small.residents_by_district == {"Town": 1001}
    assert small.skipped["buildings: no type that is lived in"] == 1
    assert small.data_until == "2026-01-02"


def test_stages_are_told_in_order(tmp_path: Path) -> None:
    told: list[str] = []
    extract = write_osm(tmp_path / "t.osm", town())
    prepare_osm(extract, write_mapping(tmp_path), tmp_path / "out", on_stage=told.append)
    assert told[:4] == ["mapping", "extract", "streets", "residents"]
    assert told[-1] == "writing"


def test_the_same_inputs_give_the_same_bytes(small: PrepareSummary, tmp_path: Path) -> None:
    extract = write_osm(tmp_path / "t.osm", town())
    again = prepare_osm(extract, write_mapping(tmp_path), tmp_path / "out")
    assert digests(again.out) == digests(small.out)


def test_a_changed_rule_changes_the_folder(small: PrepareSummary, tmp_path: Path) -> None:
    extract = write_osm(tmp_path / "t.osm", town())
    text = MAPPING.replace("elderly: 20%", "elderly: 25%")
    other = prepare_osm(extract, write_mapping(tmp_path, text), tmp_path / "out")
    changed = {k for k, v in digests(other.out).items() if digests(small.out)[k] != v}
    assert changed == {"residents.csv.gz", "prepare.yaml", "README.md"}


def test_nothing_is_written_when_the_mapping_is_wrong(tmp_path: Path) -> None:
    mapping = write_mapping(tmp_path, MAPPING.replace("name: Small town\n", ""))
    with pytest.raises(InputError, match="found no key 'name'"):
        prepare_osm(tmp_path / "t.osm", mapping, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def without(*refs: str) -> list[OsmObject]:
    return [one for one in town() if one.ref not in refs]


@pytest.mark.parametrize(
    ("objects", "text", "message"),
    [
        ([], MAPPING, "found no streets that people walk on; expected at least one in the extract"),
        (without("w1", "w2"), MAPPING, "found no streets that people walk on"),
        (
            without(*(f"w{number}" for number in range(100, 106))),
            MAPPING,
            r"found municipalities \['Town'\] without a home",
        ),
        (
            town(),
            MAPPING.replace("least_residents: 1", "least_residents: 1e9"),
            "found no candidate sites",
        ),
        (without("n1"), MAPPING, r"municipalities\[0\].place: found 'Town'; expected the name"),
    ],
    ids=["empty", "no-streets", "no-homes", "no-sites", "no-place"],
)
def test_an_extract_without_what_it_needs_is_a_problem(
    objects: list[OsmObject], text: str, message: str, tmp_path: Path
) -> None:
    extract = write_osm(tmp_path / "t.osm", objects)
    with pytest.raises(InputError, match=message):
        prepare_osm(extract, write_mapping(tmp_path, text), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_town_without_outlets_needs_everything(tmp_path: Path) -> None:
    extract = write_osm(tmp_path / "t.osm", without("n2"))
    summary = prepare_osm(extract, write_mapping(tmp_path), tmp_path / "out")
    assert summary.counts["outlets"] == 0
    offers = pd.read_csv(summary.out / "offers.csv.gz")
    assert set(offers["categories"]) >= {"pharmacy", "breakfast_shop", "parcel_point"}


def test_a_table_is_the_same_file_at_any_time(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["Ægir", "包头"], "x": [0.1, 2.0]})
    write_csv(frame, tmp_path / "a.csv.gz")
    write_csv(frame, tmp_path / "b.csv.gz")
    write_csv(frame, tmp_path / "a.csv")
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert packed == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "a.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes().endswith("包头,2.0\n".encode())


def test_monaco_is_rebuilt_as_it_is_kept(monaco: PrepareSummary) -> None:
    kept = set(digests(MONACO))
    assert set(digests(monaco.out)) == kept
    for name in kept:
        assert _content(monaco.out / name) == _content(MONACO / name), name


def _content(path: Path) -> bytes:
    """What is in a file; compressed bytes depend on the version of zlib."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def test_points_snap_to_the_node_they_had_in_the_full_network(monaco: PrepareSummary) -> None:
    mapping = read_mapping(MONACO / "prepare.yaml")
    ways = read_extract(EXTRACT).having("highway")
    full = build_network(ways, mapping.streets.foot, mapping.crs)[0]
    full = drop_small_parts(full, mapping.streets.least_component)[0]
    nodes = pd.read_csv(monaco.out / FILES["nodes"])[["x", "y"]].to_numpy()
    assert len(nodes) < 0.5 * len(full.xy)
    for table in ("residents", "outlets", "sites"):
        xy = pd.read_csv(monaco.out / FILES[table])[["x", "y"]].to_numpy()
        metres, at = KDTree(nodes).query(xy)
        full_metres, full_at = KDTree(full.xy).query(xy)
        np.testing.assert_array_equal(np.asarray(metres), np.asarray(full_metres))
        np.testing.assert_array_equal(nodes[at], full.xy[full_at])


@pytest.mark.parametrize(
    ("folder", "people"), [(MONACO, 39_050), (REYKJAVIK, 225_709)], ids=["monaco", "reykjavik"]
)
def test_a_kept_folder_is_a_sound_instance(folder: Path, people: int) -> None:
    instance = read_instance(folder)
    assert not instance.warnings
    assert instance.residents["residents"].sum() == people
    groups = instance.residents[["elderly", "children", "infants"]]
    assert (groups.sum(axis=1) <= instance.residents["residents"]).all()
    assert set(instance.offers["site_id"]) <= set(instance.sites["site_id"])
    assert instance.budget is not None
    assert instance.budget < instance.offers["cost"].sum() / 10
    assert (instance.offers["cost"] <= instance.offers["investment"]).all()
    assert sum(path.stat().st_size for path in folder.glob("*.*")) < 4 * MEGABYTE


@pytest.mark.parametrize("folder", [MONACO, REYKJAVIK], ids=["monaco", "reykjavik"])
def test_a_kept_folder_says_where_it_comes_from(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    for part in ("© OpenStreetMap contributors", "Open Database License", "PyPI", "assumption"):
        assert part in text
    assert "None known" not in text


@pytest.mark.parametrize("folder", [MONACO, REYKJAVIK], ids=["monaco", "reykjavik"])
def test_everyone_in_a_kept_folder_can_walk_to_everything(folder: Path) -> None:
    nodes, edges = (pd.read_csv(folder / FILES[name]) for name in ("nodes", "edges"))
    network = WalkNetwork.from_tables(nodes, edges)
    assert set(network.component.tolist()) == {0}
    for table in ("residents", "outlets", "sites"):
        xy = pd.read_csv(folder / FILES[table])[["x", "y"]].to_numpy()
        metres = network.snap(xy, np.inf).metres
        assert metres.max() < 300
        assert np.median(metres) < 30


def test_floor_for_each_resident_is_of_one_order() -> None:
    line = (REYKJAVIK / "README.md").read_text(encoding="utf-8").split("buildings):\n")[1]
    floor = [float(part.split()[-1]) for part in line.split(".")[0].split(",")]
    assert len(floor) == 7
    assert 30 < min(floor) <= max(floor) < 120


def test_reykjavik_has_the_population_of_every_municipality() -> None:
    residents = read_instance(REYKJAVIK).residents
    assert residents.groupby("district")["residents"].sum().to_dict() == {
        "Reykjavík": 127_333,
        "Kópavogur": 36_940,
        "Hafnarfjörður": 29_796,
        "Garðabær": 13_253,
        "Mosfellsbær": 11_121,
        "Seltjarnarnes": 4_664,
        "Álftanes": 2_602,
    }
    assert 8_000 <= len(residents) <= 20_000
    assert residents["circle"].nunique() > 15
