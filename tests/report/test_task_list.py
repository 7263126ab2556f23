"""The task list: a line an offer, in both languages, with money as it is and people as counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reported_plan import planned, template

from siting.plan import Plan
from siting.report.tasks import area_of, task_list


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(template(tmp_path_factory.mktemp("plan")))


def test_there_is_a_line_for_each_chosen_offer(plan: Plan) -> None:
    tasks = task_list(plan)
    assert list(tasks["offer_id"]) == list(plan.chosen["offer_id"])
    assert list(tasks["number"]) == list(range(1, len(plan.chosen) + 1))
    assert len(tasks) >= 3


def test_the_columns_are_those_that_are_promised(plan: Plan) -> None:
    assert list(task_list(plan).columns) == [
        *("number", "year", "district", "circle", "site_id", "site", "categories_zh"),
        *("categories_en", "mode_zh", "mode", "floor_area_m2", "investment", "cost", "x", "y"),
        *("offer_id", "subdistrict", "community", "lead_unit", "unit", "deadline", "funding"),
        *("progress", "remarks", "newly_covered", "only_here"),
    ]


def test_categories_are_named_in_both_languages(plan: Plan) -> None:
    pairs = dict(
        zip(task_list(plan)["categories_zh"], task_list(plan)["categories_en"], strict=True)
    )
    assert pairs["便利店"] == "convenience store"
    assert pairs["药店"] == "pharmacy"


def test_each_line_is_at_its_site(plan: Plan) -> None:
    tasks = task_list(plan)
    sites = plan.instance.sites.set_index("site_id").loc[tasks["site_id"]]
    for column, name in (("x", "x"), ("y", "y"), ("site", "name"), ("district", "district")):
        assert list(tasks[column]) == list(sites[name])


def test_the_money_of_the_lines_is_the_money_of_the_plan(plan: Plan) -> None:
    tasks = task_list(plan)
    assert tasks["cost"].sum() == plan.spend
    assert (tasks["investment"] >= tasks["cost"]).all()


def test_offers_of_several_categories_name_them_all(tmp_path: Path) -> None:
    instance = template(tmp_path)
    offers = instance.offers.iloc[:1].assign(
        site_id="S1", categories="pharmacy;convenience_store", offer_id="both", mode="add-on"
    )
    (line,) = task_list(planned(template(tmp_path, offers=offers))).itertuples()
    assert line.categories_zh == "药店、便利店"
    assert line.categories_en == "pharmacy, convenience store"
    assert line.mode_zh == "叠加"


def test_an_unknown_way_of_building_is_shown_as_it_is(tmp_path: Path) -> None:
    offers = template(tmp_path).offers.assign(mode="floating")
    assert set(task_list(planned(template(tmp_path, offers=offers)))["mode_zh"]) == {"floating"}


def test_sites_without_names_leave_blanks(tmp_path: Path) -> None:
    sites = template(tmp_path).sites.drop(columns=["name"])
    assert set(task_list(planned(template(tmp_path, sites=sites)))["site"]) == {""}


@pytest.mark.parametrize("what", ["district", "circle"])
def test_a_site_without_an_area_has_that_of_the_nearest_demand_point(
    tmp_path: Path, what: str
) -> None:
    instance = template(tmp_path)
    residents, sites = instance.residents.copy(), instance.sites.copy()
    residents[what] = [None, *(f"A{n}" for n in range(1, len(residents)))]
    sites[what] = ["", None, *["own"] * (len(sites) - 2)]
    sites["x"] += np.where(np.arange(len(sites)) == 1, 1e6, 0.0)
    filled = area_of(replace(instance, residents=residents), sites, what)
    away = np.hypot(residents["x"] - sites["x"][0], residents["y"] - sites["y"][0]).iloc[1:]
    assert away.min() <= 1000
    assert list(filled) == [residents[what][away.idxmin()], "", *["own"] * (len(sites) - 2)]


def test_where_no_demand_point_names_an_area_sites_have_none(tmp_path: Path) -> None:
    instance = template(tmp_path)
    residents = instance.residents.drop(columns=["district", "circle"], errors="ignore")
    sites = instance.sites.drop(columns=["district", "circle"], errors="ignore")
    assert set(area_of(replace(instance, residents=residents), sites, "district")) == {""}


def test_subdistricts_come_from_the_sites_that_name_them(tmp_path: Path) -> None:
    sites = template(tmp_path).sites.assign(subdistrict=["Old", float("nan"), "New", "New"])
    tasks = task_list(planned(template(tmp_path, sites=sites)))
    named = sites.set_index("site_id")["subdistrict"].fillna("")
    assert list(tasks["subdistrict"]) == list(named[tasks["site_id"]])
    assert set(tasks["subdistrict"]) >= {"New"}


def test_a_plan_of_nothing_has_no_lines(tmp_path: Path) -> None:
    assert len(task_list(planned(template(tmp_path, budget=0.0)))) == 0
