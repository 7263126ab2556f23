"""The GeoPackage, opened again: layers, places, and figures that are those of plan.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from opened_book import in_circles, told
from reported_plan import template

from siting.inputs import Instance, StraightLineTravel
from siting.language import in_language
from siting.plan import write_plan
from siting.plan.judgement import chosen_offers
from siting.report.facts import required_categories
from siting.report.geopackage import write_geopackage

ALWAYS = {"chosen", "residents", "outlets", "sites", "catchments", "gaps_by_place"}
STYLES = "layer_styles"


class Layers:
    """A GeoPackage as it is on disk, with its plan."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.facts = told(instance)
        self.plan = self.facts.plan
        path = write_plan(self.plan, folder)
        self.json: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.path = write_geopackage(self.facts, folder / "plan.gpkg")

    def __getitem__(self, name: str) -> gpd.GeoDataFrame:
        return gpd.read_file(self.path, layer=name)

    @property
    def names(self) -> set[str]:
        return set(gpd.list_layers(self.path)["name"])


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    folder = tmp_path_factory.mktemp("layers")
    return Layers(in_circles(folder, budget=1_500_000.0), folder)


def with_barriers(town: Instance, *, crossings: bool = True) -> Instance:
    """A river across the town, with a bridge."""
    river = pd.DataFrame(
        {
            "barrier": ["river", "river", "rail", "rail"],
            "x": [401_000.0, 402_500.0, 402_600.0, 402_600.0],
            "y": [4_501_050.0, 4_501_050.0, 4_500_000.0, 4_502_000.0],
        }
    )
    bridge = pd.DataFrame({"x": [401_700.0], "y": [4_501_050.0], "open_within": [25.0]})
    return replace(town, travel=StraightLineTravel(1.25, river, bridge if crossings else None))


# --- which layers -------------------------------------------------------------------------------


def test_the_layers_are_there(layers: Layers) -> None:
    assert layers.names == ALWAYS | {STYLES}


@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_layer_is_in_the_coordinates_of_the_instance(layers: Layers, name: str) -> None:
    assert layers[name].crs.to_string() == layers.plan.instance.crs


@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_layer_says_what_it_shows_and_what_the_data_are(layers: Layers, name: str) -> None:
    about = pyogrio.read_info(layers.path, layer=name)["layer_metadata"]["DESCRIPTION"]
    assert about.endswith("Data: Example town. Invented data; the costs are assumptions.")


def test_a_layer_says_it_in_the_language_in_use(layers: Layers, tmp_path: Path) -> None:
    with in_language("zh"):
        path = write_geopackage(layers.facts, tmp_path / "zh.gpkg")
    about = pyogrio.read_info(path, layer="outlets")["layer_metadata"]["DESCRIPTION"]
    assert about.startswith("现有网点。数据：Example town。")
    for name in ALWAYS:
        fields = [list(gpd.read_file(file, layer=name).columns) for file in (path, layers.path)]
        assert fields[0] == fields[1]


def test_barriers_and_crossings_are_layers_where_the_instance_has_them(tmp_path: Path) -> None:
    layers = Layers(with_barriers(in_circles(tmp_path)), tmp_path)
    assert layers.names == ALWAYS | {STYLES, "barriers", "crossings"}
    assert sorted(layers["barriers"]["barrier"]) == ["rail", "river"]
    assert layers["barriers"].geometry.length.sum() == pytest.approx(1500 + 2000)
    assert layers["crossings"]["open_within"].tolist() == [25.0]


def test_barriers_without_crossings_have_no_layer_of_them(tmp_path: Path) -> None:
    layers = Layers(with_barriers(in_circles(tmp_path), crossings=False), tmp_path)
    assert "barriers" in layers.names
    assert "crossings" not in layers.names


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    Layers(with_barriers(template(tmp_path)), tmp_path)
    layers = Layers(template(tmp_path, budget=0.0), tmp_path)
    assert layers.names == ALWAYS | {STYLES}
    assert len(layers["chosen"]) == 0


def test_a_file_that_cannot_be_replaced_is_an_error_of_files(tmp_path: Path) -> None:
    facts = told(template(tmp_path))
    (tmp_path / "plan.gpkg").mkdir()
    with pytest.raises(OSError, match=r"plan\.gpkg"):
        write_geopackage(facts, tmp_path / "plan.gpkg")


# --- points -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["residents", "outlets", "sites"])
def test_a_layer_holds_every_place_where_it_is(layers: Layers, name: str) -> None:
    frame, layer = getattr(layers.plan.instance, name), layers[name]
    assert len(layer) == len(frame)
    assert list(layer.geometry.x) == list(frame["x"])
    assert list(layer.geometry.y) == list(frame["y"])


def test_what_is_chosen_is_at_its_sites(layers: Layers) -> None:
    chosen = layers["chosen"]
    assert list(chosen["offer_id"]) == [offer["offer_id"] for offer in layers.json["chosen"]]
    for field in ("cost", "investment", "newly_covered", "only_here"):
        assert list(chosen[field]) == [offer[field] for offer in layers.json["chosen"]]
    sites = layers.plan.instance.sites.set_index("site_id").loc[chosen["site_id"]]
    assert list(chosen.geometry.x) == list(sites["x"])


def test_sites_know_which_of_them_are_chosen(layers: Layers) -> None:
    sites = layers["sites"].set_index("site_id")
    used = pd.Series([offer["site_id"] for offer in layers.json["chosen"]]).value_counts()
    assert sites["tasks"].to_dict() == {site: used.get(site, 0) for site in sites.index}
    assert list(sites["chosen"]) == list((sites["tasks"] > 0).astype(int))
    assert sites["tasks"].max() >= 2


def test_who_has_what_adds_up_to_the_coverage_of_the_plan(layers: Layers) -> None:
    residents = layers["residents"]
    for line in layers.json["coverage"]:
        column = "residents" if line["group"] == "all" else line["group"]
        status = residents[f"has_{line['category']}"]
        assert set(status) <= {0, 1, 2}
        assert residents[column].sum() == line["residents"]
        assert residents.loc[status == 1, column].sum() == line["before"]
        assert residents.loc[status > 0, column].sum() == line["after"]


def test_the_number_of_categories_is_that_of_the_statuses(layers: Layers) -> None:
    residents = layers["residents"]
    statuses = residents[[f"has_{name}" for name in layers.plan.instance.category_names]]
    assert list(residents["categories_before"]) == list((statuses == 1).sum(axis=1))
    assert list(residents["categories_after"]) == list((statuses > 0).sum(axis=1))


def test_complete_residents_are_those_of_the_plan(layers: Layers) -> None:
    people = layers["residents"].groupby("status")["residents"].sum()
    complete = layers.json["complete"]
    assert people.get("complete", 0.0) == complete["before"]
    assert people.get("complete", 0.0) + people["newly_complete"] == complete["after"]
    assert set(people.index) <= {"complete", "newly_complete", "gains", "unchanged"}


def test_who_gains_has_a_category_more_and_lacks_a_required_one(layers: Layers) -> None:
    residents = layers["residents"]
    required = [f"has_{name}" for name in required_categories(layers.plan.instance)]
    whole = (residents[required] > 0).all(axis=1)
    more = residents["categories_after"] > residents["categories_before"]
    assert list(residents["status"] == "gains") == list(more & ~whole)
    assert (residents["status"] == "gains").any()
    assert (residents["status"] == "unchanged").any()


# --- catchments ---------------------------------------------------------------------------------


def test_there_is_a_catchment_for_each_task_and_category(layers: Layers) -> None:
    found = layers["catchments"]
    pairs = {
        (offer["offer_id"], category)
        for offer in layers.json["chosen"]
        for category in offer["categories"]
    }
    assert set(zip(found["offer_id"], found["category"], strict=True)) == pairs
    assert len(found) == len(pairs)


def test_people_of_catchments_add_up_to_those_of_the_tasks(layers: Layers) -> None:
    sums = layers["catchments"].groupby("offer_id")["newly_covered"].sum().to_dict()
    expected = {offer["offer_id"]: offer["newly_covered"] for offer in layers.json["chosen"]}
    assert sums == pytest.approx(expected)


def test_a_catchment_holds_its_site_and_everyone_in_reach(layers: Layers) -> None:
    instance = layers.plan.instance
    homes = shapely.points(instance.residents[["x", "y"]].to_numpy(float))
    sites = instance.sites.set_index("site_id")
    for line in layers["catchments"].itertuples():
        site = list(instance.sites["site_id"]).index(line.site_id)
        reach = layers.facts.before[line.category].reach[:, [site]].toarray()[:, 0] > 0
        assert shapely.contains(line.geometry, homes[reach]).all()
        at = sites.loc[line.site_id]
        assert shapely.contains(line.geometry, shapely.Point(at["x"], at["y"]))
        assert line.points == reach.sum() > 0
        group = instance.categories.set_index("category").loc[line.category, "group"]
        assert line.residents == instance.people(group).to_numpy(float)[reach].sum()


def test_a_catchment_knows_its_standard(layers: Layers) -> None:
    found = layers["catchments"].set_index("category")
    canteen = found.loc["canteen"].iloc[0]
    assert (canteen["minutes"], canteen["metres"], canteen["group"]) == (10, 500, "elderly")


def test_a_task_that_reaches_nobody_is_a_spot_around_its_site(tmp_path: Path) -> None:
    town = in_circles(tmp_path)
    sites = town.sites.assign(x=town.sites["x"] + 50_000)
    free = town.offers.assign(cost=0.0)
    found = taken(replace(town, sites=sites, offers=free), tmp_path)["catchments"]
    assert set(found["points"]) == {0}
    assert found.geometry.area.between(1_000, 2_000).all()


def taken(instance: Instance, folder: Path) -> Layers:
    """The layers of a plan that takes the first offer, good or not."""
    layers = Layers(instance, folder)
    first = {str(instance.offers["offer_id"].iloc[0]): 1}
    chosen = chosen_offers(instance, layers.facts.before, first)
    layers.facts = replace(layers.facts, plan=replace(layers.plan, chosen=chosen))
    layers.path = write_geopackage(layers.facts, folder / "plan.gpkg")
    return layers


# --- places -------------------------------------------------------------------------------------


def test_places_have_the_figures_of_the_plan(layers: Layers) -> None:
    found = layers["gaps_by_place"]
    assert set(found["place"]) == {"Mill", "Hill"}
    assert found["cost"].sum() == layers.json["spend"]
    assert found["added"].sum() == len(layers.json["chosen"])
    coverage = pd.DataFrame(layers.json["coverage"])
    for when in ("before", "after"):
        assert found[f"complete_{when}"].sum() == layers.json["complete"][when]
        missing = (coverage["residents"] - coverage[when]).sum()
        assert found[f"uncovered_{when}"].sum() == missing
    assert list(found["missing_before"]) == [1, 1]


def test_a_place_holds_its_demand_points(layers: Layers) -> None:
    shapes = layers["gaps_by_place"].set_index("place").geometry
    for line in layers.plan.instance.residents.itertuples():
        assert shapes[line.circle].contains(shapely.Point(line.x, line.y))


@pytest.mark.parametrize("column", ["district", None])
def test_without_circles_places_are_districts_or_the_city(
    tmp_path: Path, column: str | None
) -> None:
    town = template(tmp_path)
    if column is None:
        town = replace(town, residents=town.residents.drop(columns="district"))
    found = set(Layers(town, tmp_path)["gaps_by_place"]["place"])
    assert found == ({"East", "West"} if column else {"Example town"})


# --- odd towns ----------------------------------------------------------------------------------


def nothing_chosen(folder: Path) -> Instance:
    return template(folder, budget=0.0)


def no_outlets(folder: Path) -> Instance:
    return template(folder, outlets=template(folder).outlets.iloc[:0])


@pytest.mark.parametrize(
    ("town", "empty"),
    [(nothing_chosen, {"chosen", "catchments"}), (no_outlets, {"outlets"})],
)
def test_what_there_is_none_of_is_an_empty_layer(
    tmp_path: Path, town: Callable[[Path], Instance], empty: set[str]
) -> None:
    layers = Layers(town(tmp_path), tmp_path)
    assert {name for name in ALWAYS if len(layers[name]) == 0} == empty
    for name in ALWAYS:
        kind = pyogrio.read_info(layers.path, layer=name)["geometry_type"]
        assert kind == ("Polygon" if name in {"catchments", "gaps_by_place"} else "Point")


def test_columns_of_the_data_that_the_format_has_itself_are_renamed(tmp_path: Path) -> None:
    """As a table has them that comes from a GIS."""
    sites = template(tmp_path).sites.assign(fid=7, geom="g", geometry="h", NAME="big", shape="s")
    layer = Layers(template(tmp_path, sites=sites), tmp_path)["sites"]
    assert {"fid_1", "geom_1", "geometry_1", "name", "NAME_1", "shape"} <= set(layer.columns)
    assert set(layer["fid_1"]) == {7}
    assert set(layer["shape"]) == {"s"}
    assert list(layer["name"]) == list(sites["name"])


def test_columns_of_the_data_that_the_report_writes_give_way(tmp_path: Path) -> None:
    residents = template(tmp_path).residents.assign(
        has_pharmacy="no", categories_after="many", status="fine"
    )
    layers = Layers(template(tmp_path, residents=residents), tmp_path)
    layer = layers["residents"]
    assert set(layer["has_pharmacy"]) <= {0, 1, 2}
    assert layer["categories_after"].sum() == layers.plan.judgement.after.sum()
    assert "fine" not in set(layer["status"])
