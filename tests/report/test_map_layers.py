"""The GeoPackage, opened again: layers, places, and who has what."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from reported_plan import planned, template

from siting.plan import Plan
from siting.report.geopackage import write_geopackage


class Layers:
    """A GeoPackage as it is on disk, with its plan."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.path = plan, write_geopackage(plan, folder / "plan.gpkg")

    def __getitem__(self, name: str) -> gpd.GeoDataFrame:
        return gpd.read_file(self.path, layer=name)


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    folder = tmp_path_factory.mktemp("layers")
    return Layers(planned(template(folder)), folder)


def test_the_layers_are_there(layers: Layers) -> None:
    assert set(gpd.list_layers(layers.path)["name"]) == {"chosen", "residents", "outlets", "sites"}


@pytest.mark.parametrize("name", ["chosen", "residents", "outlets", "sites"])
def test_a_layer_is_in_the_coordinates_of_the_instance(layers: Layers, name: str) -> None:
    assert layers[name].crs.to_string() == layers.plan.instance.crs


@pytest.mark.parametrize("name", ["residents", "outlets", "sites"])
def test_a_layer_holds_every_place_where_it_is(layers: Layers, name: str) -> None:
    frame, layer = getattr(layers.plan.instance, name), layers[name]
    assert len(layer) == len(frame)
    assert list(layer.geometry.x) == list(frame["x"])
    assert list(layer.geometry.y) == list(frame["y"])


def test_what_is_chosen_is_at_its_sites(layers: Layers) -> None:
    chosen = layers["chosen"]
    assert list(chosen["offer_id"]) == list(layers.plan.chosen["offer_id"])
    sites = layers.plan.instance.sites.set_index("site_id").loc[chosen["site_id"]]
    assert list(chosen.geometry.x) == list(sites["x"])


def test_who_has_what_adds_up_to_the_coverage_of_the_plan(layers: Layers) -> None:
    residents = layers["residents"]
    for line in layers.plan.coverage.itertuples():
        column = "residents" if line.group == "all" else line.group
        status = residents[f"has_{line.category}"]
        assert set(status) <= {0, 1, 2}
        assert residents[column].sum() == line.residents
        assert residents.loc[status == 1, column].sum() == line.before
        assert residents.loc[status > 0, column].sum() == line.after


def test_the_number_of_categories_is_that_of_the_statuses(layers: Layers) -> None:
    residents = layers["residents"]
    statuses = residents[[f"has_{name}" for name in layers.plan.instance.category_names]]
    assert list(residents["categories_before"]) == list((statuses == 1).sum(axis=1))
    assert list(residents["categories_after"]) == list((statuses > 0).sum(axis=1))


def test_a_plan_of_nothing_has_an_empty_layer(tmp_path: Path) -> None:
    layers = Layers(planned(template(tmp_path, budget=0.0)), tmp_path)
    assert len(layers["chosen"]) == 0
    assert len(layers["sites"]) == 4


def test_a_town_without_outlets_has_an_empty_layer(tmp_path: Path) -> None:
    outlets = template(tmp_path).outlets.iloc[:0]
    layers = Layers(planned(template(tmp_path, outlets=outlets)), tmp_path)
    assert len(layers["outlets"]) == 0


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    Layers(planned(template(tmp_path)), tmp_path)
    layers = Layers(planned(template(tmp_path, budget=0.0)), tmp_path)
    assert len(layers["chosen"]) == 0


def test_columns_of_the_data_that_the_format_has_itself_are_renamed(tmp_path: Path) -> None:
    """As a table has them that comes from a GIS."""
    sites = template(tmp_path).sites.assign(fid=7, geom="g", geometry="h", NAME="big")
    layer = Layers(planned(template(tmp_path, sites=sites)), tmp_path)["sites"]
    assert {"fid_1", "geom_1", "geometry_1", "name", "NAME_1"} <= set(layer.columns)
    assert set(layer["fid_1"]) == {7}
    assert list(layer["name"]) == list(sites["name"])


def test_columns_of_the_data_that_the_report_writes_give_way(tmp_path: Path) -> None:
    residents = template(tmp_path).residents.assign(has_pharmacy="no", categories_after="many")
    plan = planned(template(tmp_path, residents=residents))
    layer = Layers(plan, tmp_path)["residents"]
    assert set(layer["has_pharmacy"]) <= {0, 1, 2}
    assert layer["categories_after"].sum() == plan.judgement.after.sum()
