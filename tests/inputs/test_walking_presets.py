"""How fast people walk: presets, winter, and the line that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from broken_town import TRAVEL, Town

from siting.coverage.relation import walking_limits
from siting.inputs import PRESETS, Walking, describe_walking
from siting.inputs.walking import walking_facts, with_group_speeds
from siting.language import in_language


def walking_of(folder: Path, text: str) -> Walking:
    town = Town(folder)
    town.overrides = {"walking": text}
    return town.read().walking


@pytest.mark.parametrize(
    ("preset", "metres"),
    [("adult", 1200), ("planning", 1000), ("elderly", 750), ("child", 900), ("wheelchair", 600)],
)
def test_a_preset_is_a_path_in_15_minutes(tmp_path: Path, preset: str, metres: float) -> None:
    walking = walking_of(tmp_path, f"{{preset: {preset}}}")
    assert 15 * walking.speed_of("all") == pytest.approx(metres, abs=1e-9)
    assert set(PRESETS) == {"adult", "planning", "elderly", "child", "wheelchair"}


def test_a_preset_has_the_elderly_walk_slower(tmp_path: Path) -> None:
    walking = walking_of(tmp_path, "{preset: planning}")
    assert walking.groups == {"elderly": 50.0}
    assert walking.speed_of("elderly") == 50.0


def test_a_group_of_a_preset_is_never_faster_than_it(tmp_path: Path) -> None:
    assert walking_of(tmp_path, "{preset: wheelchair}").speed_of("elderly") == 40.0


def test_a_speed_of_a_group_stands_against_the_preset(tmp_path: Path) -> None:
    walking = walking_of(tmp_path, "{preset: adult, groups: {elderly: 70 m/min}}")
    assert walking.speed_of("elderly") == 70.0


def test_only_groups_that_the_instance_has_are_given_a_speed() -> None:
    adult = Walking(80.0, preset="adult")
    assert with_group_speeds(adult, ["children"]).groups == {"children": 60.0}
    assert with_group_speeds(adult, []).groups == {}
    assert with_group_speeds(Walking(80.0), ["children"]).groups == {}


def test_without_a_word_everyone_walks_as_before(tmp_path: Path) -> None:
    walking = walking_of(tmp_path, "{}")
    assert walking == Walking(80.0)
    assert walking.speed_of("elderly") == 80.0


@pytest.mark.parametrize(
    ("winter", "metres", "old"), [("none", 1200, 750), ("winter", 1111, 714), ("ice", 1034, 682)]
)
def test_winter_makes_every_kilometre_longer(
    tmp_path: Path, winter: str, metres: int, old: int
) -> None:
    """For 80 and 50 m/min, as the source of the two minutes works them out."""
    walking = walking_of(tmp_path, f"{{preset: adult, winter: {winter}}}")
    assert round(15 * walking.speed_of("all")) == metres
    assert round(15 * walking.speed_of("elderly")) == old


def test_a_dry_speed_is_exactly_what_was_written() -> None:
    assert Walking(66.7).speed_of("all") == 66.7


def test_the_standard_counts_the_winter(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.overrides = {"walking.winter": "ice"}
    read = town.read()
    minutes = dict(
        zip(read.categories["category"], read.categories["standard_minutes"], strict=True)
    )
    limits = walking_limits(read)
    assert limits["pharmacy"] == pytest.approx(minutes["pharmacy"] / (1 / 80 + 2 / 1000))
    assert limits["canteen"] == pytest.approx(minutes["canteen"] / (1 / 50 + 2 / 1000))


# --- the line -----------------------------------------------------------------------------------


def test_the_reading_of_the_template(tmp_path: Path) -> None:
    town = Town(tmp_path).read()
    assert describe_walking(town) == (
        "80 m/min, elderly 50 m/min, straight line x 1.25; 15 min = 1,200 m of path, elderly 750 m"
    )


def test_the_reading_of_a_winter(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.overrides = {"walking": "{preset: planning, winter: ice}"}
    read = town.read()
    assert describe_walking(read) == (
        "66.7 m/min (planning), elderly 50 m/min, straight line x 1.25, ice +2 min/km; "
        "15 min = 882 m of path, elderly 682 m"
    )
    with in_language("zh"):
        assert describe_walking(read) == (
            "66.7 米/分钟 (planning)、老年人 50 米/分钟、直线 × 1.25、冰面每公里 +2 分钟；"
            "15 分钟 = 路程 882 米、老年人 682 米"
        )


def test_groups_that_no_category_serves_are_not_told(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.column("residents.csv", "children", [1] * 12)
    town.overrides = {"walking.preset": "adult", "walking.speed": ""}
    assert town.read().walking.groups == {"elderly": 50.0, "children": 60.0}
    assert "children" not in describe_walking(town.read())


def test_the_reading_names_the_way(tmp_path: Path) -> None:
    streets, table = Town(tmp_path / "a"), Town(tmp_path / "b")
    streets.add_network()
    table.add_walks()
    assert ", street network; " in describe_walking(streets.read())
    assert ", measured minutes; " in describe_walking(table.read())


def test_the_reading_counts_barriers(tmp_path: Path) -> None:
    town = Town(tmp_path)
    line = {"type": "LineString", "coordinates": [[401000, 4501000], [402500, 4501000]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    town.write("b.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    town.write("c.csv", "x,y\n401500,4501000\n402000,4501000\n")
    town.yaml(
        TRAVEL, "straight_line: {barriers: {file: b.geojson, crs: EPSG:32649}, crossings: c.csv}"
    )
    assert "straight line x 1.25 round barriers (1 lines, 2 crossings); " in describe_walking(
        town.read()
    )


def test_the_facts_are_the_same_in_every_language(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.overrides = {"walking": "{preset: adult, winter: winter}"}
    read = town.read()
    facts = walking_facts(read)
    with in_language("zh"):
        assert walking_facts(read) == facts
    assert facts == {
        "preset": "adult",
        "speed": 80.0,
        "groups": {"elderly": 50.0},
        "winter": "winter",
        "reading": describe_walking(read),
    }
