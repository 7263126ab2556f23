"""Every template of sources is a mapping that runs, all the way to a plan that holds."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
import yaml
from bureau_folder import Bureau, make_bureau
from command import call, plan_in

from siting.inputs import read_instance
from siting.prepare.any_source import knows_any_source
from siting.prepare.bureau.example_city import write_osm_template


@pytest.mark.parametrize("name", ["bureau", "osm", "grid", "mixed"])
def test_what_is_printed_runs_when_it_is_copied(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("new", "my city", "--template", name).out
    commands = said.partition("; next: ")[2].strip().split(", then ")
    assert len(commands) == 3
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "siting"
        done = call(*words)
        assert done.code == 0, done.err
    assert call("verify", tmp_path / "my city" / "plan").err == ""
    plan = plan_in(tmp_path / "my city" / "plan")
    assert plan["objective"] > plan["baseline"]


@pytest.mark.parametrize("name", ["osm", "grid"])
def test_a_template_is_short(name: str, tmp_path: Path) -> None:
    call("new", tmp_path / "x", "--template", name)
    text = (tmp_path / "x" / "prepare.yaml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30


@pytest.mark.parametrize("name", ["bureau", "mixed"])
def test_baotous_ledgers_with_osm_lose_no_row(name: str, tmp_path: Path) -> None:
    call("new", tmp_path / "x", "--template", name)
    mapping = yaml.safe_load((tmp_path / "x" / "prepare.yaml").read_text(encoding="utf-8"))
    bureau = Bureau(tmp_path / "x", mapping)
    instance = bureau.run()
    assert bureau.unaccounted(instance) == []
    assert hasattr(instance.travel, "edges") is (name == "mixed")
    names = set(instance.outlets["source"].str.partition("#")[0].str.partition(":")[0])
    assert names == {"网点台账.xlsx", *(["city.osm"] if name == "mixed" else [])}


# --- people of OSM --------------------------------------------------------------------------------


@pytest.fixture
def suburb(tmp_path: Path) -> Bureau:
    """The template of OSM alone."""
    folder = write_osm_template(tmp_path / "osm")
    mapping = yaml.safe_load((folder / "prepare.yaml").read_text(encoding="utf-8"))
    return Bureau(folder, mapping)


def outlines(bureau: Bureau, role: str, **boxes: tuple[float, float, float, float]) -> None:
    """Writes boxes as the outlines of districts or circles."""
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {
            "type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}}
        for name, (w, s, e, n) in boxes.items()
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (bureau.folder / f"{role}.geojson").write_text(text, "utf-8")
    bureau.mapping[role] = {"file": f"{role}.geojson", "crs": "WGS84", "name": "name"}


WEST, EAST = (109.7, 40.5, 109.8384, 40.8), (109.8384, 40.5, 109.95, 40.8)


def test_people_of_place_nodes_are_spread_whole(suburb: Bureau) -> None:
    people = suburb.run().residents
    assert people["residents"].sum() == 12_000
    assert people["elderly"].sum() == 2640
    assert set(people["district"]) == {"昆都仑区"}


def test_totals_of_districts_are_kept_exactly(suburb: Bureau) -> None:
    outlines(suburb, "districts", 西=WEST, 东=EAST)
    suburb.mapping["osm"]["totals"] = {"西": 1001, "东": 4321}
    people = suburb.run().residents
    assert people.groupby("district")["residents"].sum().to_dict() == {"西": 1001, "东": 4321}


def test_homes_without_a_total_are_said(suburb: Bureau) -> None:
    outlines(suburb, "districts", 西=WEST, 东=EAST)
    suburb.mapping["osm"]["totals"] = {"西": 1001}
    assert suburb.run().residents["residents"].sum() == 1001
    assert "homes outside every district with a total" in str(suburb.kinds())


@pytest.mark.parametrize("totals", [{"西": 10, "南": 5}, {"南": 5}, {}])
def test_totals_without_homes_are_refused(suburb: Bureau, totals: dict[str, int]) -> None:
    outlines(suburb, "districts", 西=WEST, 东=EAST)
    suburb.mapping["osm"]["totals"] = totals
    assert "[no-homes] city.osm" in suburb.refused()


# --- outlines and versions ------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["residents", "sites"])
def test_circles_are_taken_from_the_map(role: str, tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    outlines(bureau, "circles", 甲圈=(109.83, 40.63, 109.8445, 40.66),
             乙圈=(109.8445, 40.63, 109.86, 40.66))  # fmt: skip
    frame = getattr(bureau.run(), role)
    found = dict(zip(frame["name"], frame["circle"], strict=True))
    assert (found["阳光家园"], found["和平里"]) == ("甲圈", "乙圈")
    assert set(found.values()) == {"甲圈", "乙圈"}
    assert "circle taken from the map" in bureau.kinds()


def test_a_circle_that_differs_from_the_map_is_named(tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    outlines(bureau, "circles", 甲圈=(109.83, 40.63, 109.86, 40.66))
    rows = [line.split(",") for line in bureau.text("sites").splitlines()]
    rows = [[*row, "生活圈" if at == 0 else "乙圈"] for at, row in enumerate(rows)]
    (tmp_path / "sites.csv").write_text("\n".join(",".join(row) for row in rows), "utf-8")
    bureau.mapping["sites"]["columns"]["circle"] = "生活圈"
    assert set(bureau.run().sites["circle"]) == {"乙圈"}
    assert len(bureau.kinds()["circle as written differs from the map"]) == 4


@pytest.mark.parametrize(
    ("line", "any_source"),
    [("siting_prepare: 2", True), ("siting_bureau: 1", True), ("siting_prepare: 1", False)],
)
def test_old_names_of_mappings_are_read(line: str, *, any_source: bool, tmp_path: Path) -> None:
    path = tmp_path / "prepare.yaml"
    path.write_text(line + "\n", encoding="utf-8")
    assert knows_any_source(path) is any_source


@pytest.mark.parametrize(
    "text", ["siting_prepare: 3", "siting_prepare: 2\nsiting_bureau: 1", "a: 1"]
)
def test_other_mappings_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "prepare.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    done = call("prepare", path, "-o", tmp_path / "out")
    assert done.code == 2
    assert "siting_prepare: 2" in done.err


def test_both_names_give_the_same_instance(tmp_path: Path) -> None:
    for name, key in (("old", {"siting_bureau": 1}), ("new", {"siting_prepare": 2})):
        bureau = make_bureau(tmp_path / name)
        del bureau.mapping["siting_bureau"]
        bureau.mapping = {**key, **bureau.mapping}
        bureau.run()
    one, two = (read_instance(tmp_path / name / "instance").digests for name in ("old", "new"))
    assert one == two


# --- people against households ----------------------------------------------------------------


@pytest.mark.parametrize(("households", "said"), [(4000, 1), (500, 0), (60, 1), ("", 0), (0, 0)])
def test_people_are_compared_with_households(households: object, said: int, tmp_path: Path) -> None:
    bureau = make_bureau(tmp_path)
    rows = [("小区名称", "常住人口", "户数", "经度", "纬度"),
            ("甲", 1200, households, 109.84, 40.64), ("乙", 900, 300, 109.845, 40.642)]  # fmt: skip
    bureau.residents(rows, households="户数")
    assert bureau.people()["甲"] == 1200
    found = bureau.kinds().get("people that do not fit their households", [])
    assert len(found) == said
    assert all("1,200 people in" in one for one in found)
