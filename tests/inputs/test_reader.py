"""A whole instance: what is right, all problems at once, overrides, conversions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from broken_town import Town
from pandas.testing import assert_frame_equal
from pyproj import Transformer

from siting.errors import InputError
from siting.inputs import (
    NetworkTravel,
    StraightLineTravel,
    TableTravel,
    load_catalogue,
    read_instance,
    write_template,
)
from siting.units import Currency


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_the_template_has_no_problem(town: Town) -> None:
    instance = town.read()
    assert instance.warnings == ()
    assert instance.name == "Example town"
    assert instance.currency == Currency("CNY", "万元")
    assert instance.budget == 1_000_000
    assert instance.crs == "EPSG:32649"
    assert instance.travel == StraightLineTravel(1.25)
    assert instance.walking.speed_of("elderly") == 50
    assert instance.walking.speed_of("children") == 80
    assert instance.groups == ("all", "elderly")
    assert instance.category_names == ("convenience_store", "pharmacy", "canteen")
    assert instance.people("all").sum() == 9090
    assert instance.people("elderly").sum() == 2010
    assert instance.note.startswith("Invented")
    assert len(instance.residents) == 12
    assert len(instance.sites) == 4


def test_every_frame_is_numbered_from_zero(town: Town) -> None:
    town.replace("residents.csv", "\nR02", "\n\nR02")
    instance = town.read()
    for frame in (instance.residents, instance.sites, instance.outlets, instance.offers):
        assert frame.index.tolist() == list(range(len(frame)))


def test_the_yaml_file_itself_may_be_named(town: Town) -> None:
    town.write("next-year.yaml", town.text("instance.yaml").replace("100万", "200万"))
    instance = read_instance(town.path("next-year.yaml"))
    assert instance.budget == 2_000_000
    assert set(instance.digests) >= {"next-year.yaml", "residents.csv"}


def test_digests_are_of_the_files(town: Town) -> None:
    town.add_network()
    digests = town.read().digests
    expected = {
        "residents.csv",
        "outlets.csv",
        "sites.csv",
        "categories.csv",
        "nodes.csv",
        "edges.csv",
    }
    assert set(digests) == expected | {"instance.yaml"}
    for name, digest in digests.items():
        assert digest == hashlib.sha256(town.path(name).read_bytes()).hexdigest()


def test_offers_are_every_category_at_every_site(town: Town) -> None:
    offers = town.read().offers
    assert len(offers) == 12
    first = offers.iloc[0].to_dict()
    assert first == {
        "offer_id": "S1:convenience_store",
        "site_id": "S1",
        "categories": "convenience_store",
        "cost": 90_000.0,
        "investment": 300_000.0,
        "mode": "new",
        "floor_area_m2": 50.0,
    }
    assert offers["offer_id"].is_unique


def test_offers_of_a_file_are_completed(town: Town) -> None:
    town.add_offers()
    offers = town.read().offers
    assert offers["mode"].tolist() == ["new", "add-on", "new"]
    assert offers["investment"].tolist() == [400_000, 700_000, 75_000]
    assert offers["categories"].tolist() == ["canteen", "convenience_store;canteen", "pharmacy"]
    assert offers["floor_area_m2"].isna().all()


def test_offers_without_optional_columns(town: Town) -> None:
    town.add_offers()
    town.write("offers.csv", "offer_id,site_id,categories,cost\nO1,S1, canteen ； pharmacy,5\n")
    offer = town.read().offers.iloc[0]
    assert offer["categories"] == "canteen;pharmacy"
    assert (offer["investment"], offer["mode"]) == (5, "new")


def test_categories_are_filled_from_the_catalogue(town: Town) -> None:
    names = ["convenience_store", "pharmacy", "canteen", "laundry"]
    town.write("categories.csv", "\n".join(["category", *names]) + "\n")
    instance = town.read()
    expected = load_catalogue().set_index("category").loc[names]
    for column in ("tier", "standard_minutes", "group", "cost", "investment", "name_zh"):
        assert instance.categories[column].tolist() == expected[column].tolist()
    assert [warning.code for warning in instance.warnings] == ["assumed-cost"]


def test_own_values_win_over_the_catalogue(town: Town) -> None:
    town.write(
        "categories.csv",
        "category,cost,standard_minutes,group\nconvenience_store,1,,\npharmacy,2,7,elderly\ncanteen,3,,\n",
    )
    categories = town.read().categories
    assert categories["cost"].tolist() == [1, 2, 3]
    assert categories["investment"].tolist() == [1, 2, 3]
    assert categories["standard_minutes"].tolist() == [5, 7, 10]
    assert categories["group"].tolist() == ["all", "elderly", "elderly"]


def test_a_category_of_one_s_own(town: Town) -> None:
    town.write(
        "categories.csv",
        town.text("categories.csv") + "tool_library,,,quality,12,,,5000,,\n",
    )
    own = town.read().categories.iloc[3]
    assert own["name_en"] == own["name_zh"] == "tool_library"
    assert (own["group"], own["priority"], own["investment"]) == ("all", 1, 5000)
    assert np.isnan(own["floor_area_m2"])


def test_the_catalogue_s_costs_are_not_used_for_other_money(town: Town) -> None:
    town.yaml("{unit: CNY, shown_in: 万元}", "{unit: EUR}")
    town.yaml("100万 ", "1_000_000 EUR ")
    town.drop("categories.csv", "cost")
    (problem,) = town.problems()
    assert problem.code == "missing-value"
    assert problem.where == "categories.csv rows 2, 3, 4, column cost"


def test_costs_of_categories_are_not_needed_beside_offers(town: Town) -> None:
    town.add_offers()
    town.drop("categories.csv", "cost")
    assert town.problems() == ()


def test_no_outlets_is_fine(town: Town) -> None:
    town.write("outlets.csv", "outlet_id,x,y,categories\n")
    assert town.read().outlets.empty


def test_optional_columns_are_absent_when_the_file_lacks_them(town: Town) -> None:
    for column in ("slots", "allowed_categories", "district", "name"):
        town.drop("sites.csv", column)
    assert list(town.read().sites.columns) == ["site_id", "x", "y"]


def test_a_blank_cell_of_slots_is_missing(town: Town) -> None:
    town.cells("sites.csv", "slots", {3: ""})
    assert town.read().sites["slots"].isna().tolist() == [False, True, False, False]


def test_groups_that_no_category_serves_are_people_too(town: Town) -> None:
    town.column("residents.csv", "infants", range(12))
    assert town.read().residents["infants"].tolist() == [float(i) for i in range(12)]


def test_other_columns_are_kept_as_text(town: Town) -> None:
    town.column("residents.csv", "street_code", [f"0{i}" for i in range(12)])
    assert town.read().residents["street_code"][3] == "03"


def test_outlets_keep_only_the_categories_of_the_plan(town: Town) -> None:
    town.cells("outlets.csv", "categories", {2: "pharmacy;laundry", 3: "laundry"})
    instance = town.read()
    assert instance.outlets["categories"].tolist()[:2] == ["pharmacy", ""]
    (warning,) = instance.warnings
    assert warning.where == "outlets.csv rows 2, 3, column categories"


# --- travel -------------------------------------------------------------------------------------


def test_network(town: Town) -> None:
    town.add_network()
    travel = town.read().travel
    assert isinstance(travel, NetworkTravel)
    assert travel.nodes["node_id"].tolist() == ["1", "2", "3"]
    assert travel.edges["metres"].tolist() == [700, 820.5]
    assert travel.snap_limit == 2000


def test_snap_limit_has_a_default(town: Town) -> None:
    town.add_network()
    town.yaml(", snap_limit: 2 km", "")
    travel = town.read().travel
    assert isinstance(travel, NetworkTravel)
    assert travel.snap_limit == 300


def test_table_of_minutes(town: Town) -> None:
    town.add_walks()
    travel = town.read().travel
    assert isinstance(travel, TableTravel)
    assert travel.measure == "minutes"
    assert travel.pairs.to_dict("list") == {
        "resident_id": ["R01", "R02", "R01"],
        "site_id": ["S1", "S1", ""],
        "outlet_id": ["", "", "E1"],
        "amount": [3, 4.5, 2],
    }


def test_table_of_metres_without_outlets(town: Town) -> None:
    town.add_walks()
    town.write("outlets.csv", "outlet_id,x,y,categories\n")
    town.write("travel.csv", "resident_id,site_id,metres\nR01,S1,300\n")
    travel = town.read().travel
    assert isinstance(travel, TableTravel)
    assert travel.measure == "metres"
    assert list(travel.pairs.columns) == ["resident_id", "site_id", "amount"]


# --- overrides ----------------------------------------------------------------------------------


def test_overrides_replace_and_add(town: Town) -> None:
    town.overrides = {
        "walking.speed": "66.7 m/min",
        "walking.groups.children": "60 m/min",
        "travel.straight_line.detour": "1.3",
        "budget": "2 百万",
        "note": "what if",
    }
    town.column("residents.csv", "children", [1] * 12)
    instance = town.read()
    assert instance.walking.speed == 66.7
    assert instance.walking.groups == {"elderly": 50, "children": 60}
    assert instance.travel == StraightLineTravel(1.3)
    assert (instance.budget, instance.note) == (2_000_000, "what if")


def test_an_override_may_be_a_mapping_and_may_clear(town: Town) -> None:
    town.add_network()
    town.overrides = {"travel": "{straight_line: {detour: 1.4}}", "budget": ""}
    instance = town.read()
    assert instance.travel == StraightLineTravel(1.4)
    assert instance.budget is None


@pytest.mark.parametrize("path", ["budget.amount", "name.of.it", "sites.file.x"])
def test_an_override_through_a_value(town: Town, path: str) -> None:
    town.overrides = {path: "1"}
    assert town.codes() == ["override-path"]


def test_an_override_that_is_no_yaml(town: Town) -> None:
    town.overrides = {"walking": "{speed: "}
    assert "yaml-syntax" in town.codes()


# --- coordinates --------------------------------------------------------------------------------


def test_files_of_other_systems_are_converted(town: Town) -> None:
    expected = town.read()
    transformer = Transformer.from_crs("EPSG:32649", "EPSG:4326", always_xy=True)
    for name in ("residents.csv", "sites.csv"):
        frame = town.frame(name)
        x, y = transformer.transform(frame["x"].astype(float), frame["y"].astype(float))
        town.save(name, frame.assign(x=x, y=y))
        town.yaml(f"{{file: {name}}}", f"{{file: {name}, crs: EPSG:4326}}")
    read = town.read()
    for frame, other in ((read.residents, expected.residents), (read.sites, expected.sites)):
        assert_frame_equal(frame, other, rtol=0, atol=1e-3)


def test_nodes_are_converted_too(town: Town) -> None:
    town.add_network()
    town.write("nodes.csv", "node_id,x,y\n1,109.83,40.65\n2,109.84,40.65\n3,109.835,40.645\n")
    town.yaml("nodes: nodes.csv", "nodes: {file: nodes.csv, crs: EPSG:4490}")
    travel = town.read().travel
    assert isinstance(travel, NetworkTravel)
    assert travel.nodes["x"].between(400_000, 403_000).all()


def test_the_crs_of_the_yaml_wins_over_that_of_a_file(town: Town) -> None:
    town.overrides = {"sites.crs": "EPSG:99999"}
    (problem,) = town.problems()
    assert problem.where == "override sites.crs"


def test_an_instance_in_another_country(tmp_path: Path) -> None:
    """Negative longitudes, and a conic system rather than a zone."""
    folder = write_template(tmp_path / "r")
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:3057", always_xy=True).transform(-21.9, 64.14)
    for name in ("residents.csv", "outlets.csv", "sites.csv"):
        frame = pd.read_csv(folder / name)
        frame.assign(x=frame["x"] - 401_500 + x, y=frame["y"] - 4_501_000 + y).to_csv(
            folder / name, index=False
        )
    assert read_instance(folder, overrides={"crs": "EPSG:3057"}).warnings == ()


# --- all at once --------------------------------------------------------------------------------


def test_all_problems_of_all_files_come_at_once(town: Town) -> None:
    town.yaml("speed: 80 m/min", "speed: 80")
    town.yaml("name: Example town", "nam: Example town")
    town.cells("residents.csv", "residents", {3: "-1"})
    town.drop("sites.csv", "site_id")
    town.cells("outlets.csv", "categories", {2: "pharmcy"})
    town.cells("categories.csv", "tier", {2: "base"})
    town.overrides = {"offers": "{file: gone.csv}"}
    assert sorted(town.codes()) == [
        "bare-number",
        "missing-column",
        "missing-file",
        "missing-key",
        "out-of-range",
        "unknown-category",
        "unknown-key",
        "unknown-tier",
    ]


def test_errors_come_before_warnings(town: Town) -> None:
    town.cells("residents.csv", "elderly", {3: "9999"})
    town.cells("sites.csv", "slots", {3: "-9"})
    assert [p.severity for p in town.problems()] == ["error", "warning"]


def test_the_error_lists_every_problem(town: Town) -> None:
    town.yaml("detour: 1.25", "detour: 9")
    town.cells("sites.csv", "slots", {3: "-9"})
    with pytest.raises(InputError, match="2 problems in the input") as caught:
        town.read()
    for problem in caught.value.problems:
        assert str(problem) in str(caught.value)


def test_a_list_instead_of_keys(town: Town) -> None:
    town.write("instance.yaml", "- a\n- b\n")
    (problem,) = town.problems()
    assert problem.found == "a file without keys"


def test_an_empty_yaml_names_every_key_it_lacks(town: Town) -> None:
    town.write("instance.yaml", "")
    assert set(town.codes()) == {"missing-key"}
    assert len(town.codes()) == 7


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("budget: 100万", "budget: [1]", "bad-value"),
        ("budget: 100万", "budget: true", "bad-value"),
        ("speed: 80 m/min", "speed: {a: 1}", "bad-value"),
        ("unit: CNY", "unit: cny", "bad-value"),
        ("siting_instance: 1", "siting_instance: 2", "bad-value"),
        ("{elderly: 50 m/min}", "[elderly]", "wrong-type"),
        ("{file: sites.csv}", "", "wrong-type"),
        ("{file: sites.csv}", "{file: sites.csv, columns: [x]}", "wrong-type"),
        ("{file: sites.csv}", ".", "unreadable-file"),
        ("{unit: CNY, shown_in: 万元}", "{unit: EUR, shown_in: 万元}", "bad-value"),
    ],
)
def test_wrong_values(town: Town, old: str, new: str, code: str) -> None:
    town.yaml(old, new)
    problem = town.problems()[0]
    assert problem.code == code
    assert problem.where.startswith("instance.yaml:")
