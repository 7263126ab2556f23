"""Columns of the users' own reach plan.json, workbook and layers, beside the standard ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from opened_book import OpenedBook, told, written
from reported_plan import template

from siting.inputs import Instance
from siting.inputs.further_columns import kept_apart
from siting.plan import write_plan
from siting.report.geojson import write_geojson
from siting.report.geopackage import write_geopackage
from siting.report.project_pool import reserve_projects

FORMULA = '=HYPERLINK("http://x")'


def with_own_columns(town: Instance) -> Instance:
    """Columns of the users' own on every table, some under names that outputs have themselves."""

    def own(table: pd.DataFrame, what: str) -> list[str]:
        return [FORMULA if n == 0 else f"{what} {n}" for n in range(len(table))]

    offers, sites, outlets, homes = town.offers, town.sites, town.outlets, town.residents
    return replace(
        town,
        offers=offers.assign(
            资金渠道=own(offers, "渠道"), 备注=own(offers, "备注"), 楼层="二层",
            **dict.fromkeys(("year", "number", "Category", "newly_covered", "site"), "own"),
        ),
        sites=sites.assign(
            产权单位=own(sites, "单位"), 楼层="一层", tasks="own", source=own(sites, "点位.xlsx")
        ),
        outlets=outlets.assign(经营者=own(outlets, "户"), 状态="正常", Category="own"),
        residents=homes.assign(户数="12", 社区="河东", 满意度=own(homes, "满意"), status="own"),
    )  # fmt: skip


class Town:
    """A plan of such a town and all that is written of it."""

    def __init__(self, folder: Path) -> None:
        self.instance = with_own_columns(template(folder))
        self.facts = told(self.instance)
        path = write_plan(self.facts.plan, folder)
        self.chosen: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["chosen"]
        self.book = OpenedBook(written(self.facts, folder / "plan.xlsx"), values=False)
        self.zh = OpenedBook(written(self.facts, folder / "zh.xlsx", "zh"))
        self.package = write_geopackage(self.facts, folder / "plan.gpkg")
        self.geojson = {path.stem: path for path in write_geojson(self.facts, folder / "geojson")}
        self.offers = self.instance.offers.set_index("offer_id")
        self.sites = self.instance.sites.set_index("site_id")

    def layers(self, name: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        return gpd.read_file(self.package, layer=name), gpd.read_file(self.geojson[name])

    def of_offer(self, offer: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """What the tables say of an offer and of its site."""
        own = self.offers.loc[offer].to_dict()
        return own, self.sites.loc[own["site_id"]].to_dict()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("further"))


def test_the_plan_carries_those_of_offers_and_of_their_sites(town: Town) -> None:
    assert len(town.chosen) > 1
    for line in town.chosen:
        offer, site = town.of_offer(line["offer_id"])
        assert [line[name] for name in ("资金渠道", "备注", "楼层")] == [
            offer[name] for name in ("资金渠道", "备注", "楼层")
        ]
        names = ("产权单位", "楼层", "tasks", "source")
        assert line["site"] == {name: site[name] for name in names}
        assert [line[f"{name}_1"] for name in ("year", "newly_covered", "site")] == ["own"] * 3
        assert isinstance(line["newly_covered"], float)
        assert "year" not in line


@pytest.mark.parametrize("sheet", ["Annual tasks", "Project pool"])
def test_the_sheets_of_projects_carry_them(town: Town, sheet: str) -> None:
    lines = town.book.lines(sheet)
    spare = len(reserve_projects(town.facts)) if sheet == "Project pool" else 0
    assert len(lines) == len(town.chosen) + spare
    for line in lines:
        offer, site = town.of_offer(line["Offer code"])
        assert line["资金渠道"] == offer["资金渠道"]
        assert line["产权单位"] == site["产权单位"]
        assert (line["楼层"], line["楼层_1"]) == ("二层", "一层")
        assert (line["Category_1"], line["year"], line["number"]) == ("own", "own", "own")
        assert line["Category"] != "own"
    headings = town.book.headings(sheet)
    assert len(set(headings)) == len(headings)
    assert "source" not in headings
    # Where the sheet has remarks of its own, they are not said twice.
    assert ("备注" in headings) == (sheet == "Project pool")
    zh = town.zh.headings("年度任务表" if sheet == "Annual tasks" else "项目库")
    assert {"资金渠道", "产权单位", "楼层_1"} <= set(zh)
    assert "备注_1" not in zh


def test_they_stand_outside_the_printed_form(town: Town) -> None:
    sheet = town.book["Annual tasks"]
    last = town.book.headings("Annual tasks").index("Offer code")
    area = str(sheet.print_area).rpartition(":")[2].strip("$").partition("$")[0]
    assert sheet[f"{area}1"].column == last


def test_the_ledger_of_outlets_carries_those_of_outlets(town: Town) -> None:
    lines = town.book.lines("Outlet ledger")
    assert [line["经营者"] for line in lines] == list(town.instance.outlets["经营者"])
    assert {line["Category_1"] for line in lines} == {"own"}
    assert {line["Status"] for line in lines} == {"正常"}
    assert "状态" not in town.book.headings("Outlet ledger")


def test_no_text_of_theirs_is_a_formula(town: Town) -> None:
    for title in ("Annual tasks", "Project pool", "Outlet ledger"):
        cells = [cell for row in town.book[title].iter_rows() for cell in row]
        found = [cell for cell in cells if cell.value == FORMULA]
        assert found
        assert {cell.data_type for cell in found} <= {"s"}


def test_the_layers_carry_them(town: Town) -> None:
    for layer in town.layers("chosen"):
        assert list(layer["offer_id"]) == [line["offer_id"] for line in town.chosen]
        for _, line in layer.iterrows():
            offer, site = town.of_offer(str(line["offer_id"]))
            assert line["资金渠道"] == offer["资金渠道"]
            assert line["产权单位"] == site["产权单位"]
            assert (line["楼层"], line["楼层_1"]) == ("二层", "一层")
            assert line["remarks"] == offer["备注"]
        assert not {"备注", "source"} & set(layer.columns)
        assert sorted(layer["number"]) == list(range(1, len(town.chosen) + 1))
        assert set(layer["number_1"]) == {"own"}
    for layer in town.layers("sites"):
        assert list(layer["产权单位"]) == list(town.instance.sites["产权单位"])
        assert layer["tasks"].sum() == len(town.chosen)
        assert set(layer["tasks_1"]) == {"own"}
    for layer in town.layers("residents"):
        for name in ("户数", "社区", "满意度"):
            assert list(layer[name]) == list(town.instance.residents[name])
        assert set(layer["status_1"]) == {"own"}
    for layer in town.layers("outlets"):
        assert list(layer["经营者"]) == list(town.instance.outlets["经营者"])


def test_a_year_of_theirs_is_not_the_year_of_a_task(tmp_path: Path) -> None:
    town = with_own_columns(template(tmp_path, years={2026: 500_000.0, 2027: 500_000.0}))
    facts = told(town)
    path = write_plan(facts.plan, tmp_path)
    chosen = json.loads(path.read_text(encoding="utf-8"))["chosen"]
    assert {one["year"] for one in chosen} <= set(town.years)
    assert {one["year_1"] for one in chosen} == {"own"}
    pool = OpenedBook(written(facts, tmp_path / "plan.xlsx")).lines("Project pool")
    when = {one["offer_id"]: one["year"] for one in chosen}
    assert [line["Year"] for line in pool] == [when.get(line["Offer code"]) for line in pool]
    assert {line["year_1"] for line in pool} == {"own"}


def test_a_town_without_any_has_no_more_columns_than_before(tmp_path: Path) -> None:
    town = template(tmp_path)
    sites = town.sites[[name for name in town.sites if name in _STANDARD]]
    facts = told(replace(town, sites=sites))
    path = write_plan(facts.plan, tmp_path)
    assert all("site" not in one for one in json.loads(path.read_text("utf-8"))["chosen"])
    headings = OpenedBook(written(facts, tmp_path / "plan.xlsx")).headings("Annual tasks")
    assert headings[-1] == "Categories in it"


_STANDARD = {
    *("site_id", "x", "y", "name", "district", "circle"),
    *("floor_area_m2", "slots", "allowed_categories"),
}


def test_a_text_longer_than_a_cell_is_cut_and_not_lost(tmp_path: Path) -> None:
    town = template(tmp_path)
    facts = told(replace(town, outlets=town.outlets.assign(说明="长" * 40_000)))
    lines = OpenedBook(written(facts, tmp_path / "plan.xlsx")).lines("Outlet ledger")
    assert {len(line["说明"]) for line in lines} == {32_767}


def test_names_are_kept_apart_whatever_their_case() -> None:
    assert kept_apart(["Year", "year_1", "a", "A"], ["year"]) == ["Year_1", "year_1_1", "a", "A_1"]
