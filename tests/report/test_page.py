"""The page as a file: every figure is that of plan.json, and nothing in it leads elsewhere."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from page_read import DAY, SECTIONS, Page, circled, page_of, written
from reported_plan import planned, template

from siting.blocks import BLOCKS, Budget, LockedOut, SiteSlots
from siting.coverage import compute_coverage
from siting.language import in_language
from siting.plan import Plan
from siting.report.facts import collect_facts
from siting.report.page import write_page
from siting.report.page.maths import maths
from siting.report.page.overview import gap_in_words
from siting.report.page.recheck import recheck
from towns import hand_town, spec_of, with_bound


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(circled(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="module")
def told(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, dict[str, Any]]:
    return written(plan, tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def page(told: tuple[Page, dict[str, Any]]) -> Page:
    return told[0]


@pytest.fixture(scope="module")
def json(told: tuple[Page, dict[str, Any]]) -> dict[str, Any]:
    return told[1]


# --- every figure is that of plan.json ----------------------------------------------------------


def test_the_key_figures_are_those_of_the_plan(page: Page, json: dict[str, Any]) -> None:
    investment = sum(offer["investment"] for offer in json["chosen"])
    assert page.numbers("money") == {
        "spend": json["spend"],
        "budget": json["budget"],
        "investment": investment,
    }
    assert page.numbers("complete") == {**json["complete"], "of": 9090.0}
    (goal,) = json["goals"]
    gain_gap = (goal["certified_bound"] - goal["objective"]) / (
        goal["objective"] - goal["baseline"]
    )
    assert page.numbers("gap") == {"value": goal["certified_gap"], "gain": pytest.approx(gain_gap)}


def test_additions_are_counted_by_category_and_tasks_by_offer(
    page: Page, json: dict[str, Any]
) -> None:
    assert page.numbers("additions") == {
        "value": sum(len(offer["categories"]) for offer in json["chosen"]),
        "tasks": len(json["chosen"]),
        "sites": len({offer["site_id"] for offer in json["chosen"]}),
    }


def test_coverage_of_each_category_is_that_of_the_plan(page: Page, json: dict[str, Any]) -> None:
    shown = {
        row.attrs["data-category"]: [float(row.attrs[f"data-{key}"]) for key in _COVERAGE]
        for row in page.all("tr", data_category="")
    }
    assert shown == {
        line["category"]: [line[key] for key in _COVERAGE] for line in json["coverage"]
    }


_COVERAGE = ("residents", "before", "after")


def test_the_tasks_add_up_to_what_the_plan_spends(page: Page, json: dict[str, Any]) -> None:
    tasks = page.rows("tasks")
    assert [task["cost"] for task in tasks] == [offer["cost"] for offer in json["chosen"]]
    assert sum(task["cost"] for task in tasks) == json["spend"]
    for key in ("investment", "newly_covered", "only_here"):
        assert [task[key] for task in tasks] == [offer[key] for offer in json["chosen"]]


def test_the_sheets_add_up_to_the_plan(page: Page, json: dict[str, Any]) -> None:
    places = page.rows("places")
    assert sum(place["cost"] for place in places) == json["spend"]
    assert sum(place["added"] for place in places) == len(json["chosen"])
    for when in ("before", "after"):
        assert sum(place[f"complete_{when}"] for place in places) == json["complete"][when]


def test_the_gaps_leave_what_the_plan_does_not_cover(page: Page, json: dict[str, Any]) -> None:
    names = {"convenience_store": "convenience store", "canteen": "community canteen"}
    for line in json["coverage"]:
        name = names.get(line["category"], "pharmacy")
        rows = [row for row in page.rows("gaps") if row["name"] == name]
        assert sum(row["uncovered"] for row in rows) == line["residents"] - line["before"]
        assert sum(row["uncovered_after"] for row in rows) == line["residents"] - line["after"]


def test_the_money_table_adds_up_to_what_the_plan_spends(page: Page, json: dict[str, Any]) -> None:
    rows = page.table("Public money by district and category")
    sums = [float(cell) for cell in rows[-1][1:]]
    assert sums[-1] * 10_000 == json["spend"]
    assert sum(sums[:-1]) == sums[-1] == sum(float(row[-1]) for row in rows[1:-1])


def test_the_proof_is_that_of_the_plan(page: Page, json: dict[str, Any]) -> None:
    told = {row[-1]: row[1] for row in page.table("What is proven, and by what")}
    (goal,) = json["goals"]
    for key in ("baseline", "objective", "certified_bound"):
        assert told[key] == f"{goal[key]:,.0f}"


def test_the_standards_are_told_in_minutes_metres_and_money(page: Page) -> None:
    told = {row[0]: row[1:] for row in page.table("Standards and costs by category")}
    # 10 minutes at the 50 metres a minute of the elderly.
    assert told["community canteen"] == [
        "basic services",
        "yes",
        "elderly",
        "10",
        "500",
        "1",
        "40.0",
        "40",
    ]
    assert told["pharmacy"][3:] == ["8", "640", "1", "7.5", "25"]


# --- nothing leads elsewhere --------------------------------------------------------------------


def test_nothing_names_another_file_or_address(page: Page) -> None:
    links = [
        value
        for element in page.elements
        for name, value in element.attrs.items()
        if name in ("href", "src", "xlink:href", "srcset", "action", "data", "poster")
    ]
    assert links
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    addresses = re.findall(r"url\(\s*['\"]?([^'\")]{1,40})", page.source)
    assert [at for at in addresses if not at.startswith(("#", "data:"))] == []
    assert [
        e.tag for e in page.all() if e.tag in ("link", "iframe", "object", "embed", "base")
    ] == []


def test_a_browser_is_told_to_load_nothing(page: Page) -> None:
    (policy,) = page.all("meta", http_equiv="Content-Security-Policy")
    assert "default-src 'none'" in policy.attrs["content"]
    assert "http" not in policy.attrs["content"]


def test_names_of_the_data_stay_text(tmp_path: Path) -> None:
    name = "</script><b id='hurt'>A&B</b>"
    town = circled(tmp_path, name=name, note="<i>note</i>")
    town = replace(town, sites=town.sites.assign(name=name))
    page = page_of(town, tmp_path / "run")
    assert page.one("h1").text == name
    assert list(page.all(id="hurt")) == []
    assert page.one("aside").text.split("  ")[-1].strip().endswith("<i>note</i>")
    assert {task["site"] for task in page.rows("tasks")} == {name}


def test_no_path_of_this_machine_is_told(page: Page, plan: Plan) -> None:
    assert str(plan.instance.folder.parent) not in page.source
    commands = [code.text for code in page.all("code") if code.text.startswith("siting ")]
    assert commands[0].startswith("siting verify told")
    assert f"siting solve {plan.instance.folder.name} " in commands[2]
    assert '--budget "1000000 CNY"' in commands[2]


def test_the_same_plan_and_day_give_the_same_page(plan: Plan, tmp_path: Path) -> None:
    first, second = (
        write_page(collect_facts(plan), tmp_path / name, DAY).read_bytes() for name in ("a", "b")
    )
    assert first == second
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b"]


# --- what a reader finds ------------------------------------------------------------------------


def test_the_sections_stand_in_order_and_the_contents_lead_there(page: Page) -> None:
    assert [part.attrs["id"] for part in page.all("section")] == SECTIONS
    contents = [a.attrs["href"] for a in page.all("a") if a.attrs["href"][1:] in SECTIONS]
    assert contents == [f"#{key}" for key in SECTIONS]


def test_headings_skip_no_level(page: Page) -> None:
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert Counter(levels)[1] == 1
    assert [step for step in pairwise(levels) if step[1] > step[0] + 1] == []


def test_identifiers_are_unique(page: Page) -> None:
    ids = Counter(element.attrs["id"] for element in page.elements if "id" in element.attrs)
    assert [name for name, count in ids.items() if count > 1] == []


def test_no_text_is_left_unsaid(page: Page) -> None:
    """Neither fields that nobody filled in, nor an object where a text belongs."""
    shown = page.one("body").text.split('{"')[0]
    assert re.findall(r"\{\w*\}|object at 0x|\bNone\b|\bnan\b|\binf\b", shown) == []


def test_every_table_says_what_it_shows(page: Page) -> None:
    assert len(list(page.all("caption"))) == len(list(page.all("table")))
    assert [cell for cell in page.all("th") if "scope" not in cell.attrs] == []


def test_a_synthetic_town_says_so_before_any_figure(tmp_path: Path) -> None:
    page = page_of(circled(tmp_path, note="Synthetic, not a real town."), tmp_path / "run")
    assert "Synthetic data Synthetic, not a real town." in page.one("aside").text
    assert page.source.index("Synthetic, not a real town.") < page.source.index('class="figures"')
    assert "no figure here describes a real city" in page.source


def test_a_town_that_is_not_synthetic_is_not_called_so(page: Page) -> None:
    assert "About the data Invented data; the costs are assumptions." in page.one("aside").text
    assert "Synthetic data" not in page.one("main").text


def test_places_are_districts_or_the_city_where_no_circle_is_named(tmp_path: Path) -> None:
    page = page_of(template(tmp_path), tmp_path / "districts")
    assert "District by district" in page.one("h2", id="places-heading").text
    assert [place["place"] for place in page.rows("places")] == ["East", "West"]
    residents, sites = (
        frame.drop(columns="district")
        for frame in (template(tmp_path).residents, template(tmp_path).sites)
    )
    page = page_of(template(tmp_path, residents=residents, sites=sites), tmp_path / "city")
    assert "The city on one page" in page.one("h2", id="places-heading").text
    assert [place["place"] for place in page.rows("places")] == ["Example town"]


def test_residents_without_a_place_have_a_sheet_too(tmp_path: Path) -> None:
    page = page_of(hand_town(), tmp_path / "run")
    assert {place["place"] for place in page.rows("places")} == {"east", "west", "(not named)"}


def test_the_chinese_page_is_chinese(plan: Plan, tmp_path: Path) -> None:
    with in_language("zh"):
        page, _ = written(plan, tmp_path)
    assert page.one("html").attrs["lang"] == "zh-CN"
    assert page.one("h2", id="overview-heading").text == "一、总览"
    assert page.one("h2", id="recheck-heading").text == "十一、自行复核"
    assert "2026年11月23日" in page.source
    assert {task["categories"] for task in page.rows("tasks")} <= {"便利店", "药店", "社区食堂"}


def test_the_page_carries_chinese_characters_for_machines_that_have_none(page: Page) -> None:
    assert re.search(
        r"@font-face\{font-family:'Siting Sans';src:url\(data:font/woff;base64,", page.source
    )


def test_the_rules_to_check_are_those_of_the_model(tmp_path: Path) -> None:
    instance = template(tmp_path)
    spec = spec_of(Budget(at_most="50万"), LockedOut(sites=("S1",)))
    facts = collect_facts(planned(instance, spec), compute_coverage(instance))
    (rules,) = (t for t in recheck(facts, tmp_path)["checks"] if t.startswith("every rule"))
    told = [BLOCKS[name].reads.rstrip(".") for name in ("budget", "locked_out")]
    assert rules == f"every rule of the model holds: {'; '.join(told)}"


# --- plans at the edge --------------------------------------------------------------------------


def test_a_plan_that_adds_nothing_says_so(tmp_path: Path) -> None:
    page = page_of(circled(tmp_path, budget=0.0), tmp_path / "run")
    assert "This plan adds nothing" in page.one("p", **{"class": "lead"}).text
    assert page.rows("tasks") == []
    assert page.numbers("additions") == {"value": 0.0, "tasks": 0.0, "sites": 0.0}
    assert {gap["state"] for gap in page.rows("gaps")} <= {"open", "same"}


def test_no_bound_is_no_promise(plan: Plan) -> None:
    unproven = with_bound(plan, math.inf)
    assert gap_in_words(collect_facts(unproven)).startswith("No bound was proven")


def test_a_proven_best_plan_says_so(plan: Plan) -> None:
    best = with_bound(plan, plan.objective)
    assert gap_in_words(collect_facts(best)).startswith("Proven best")


def test_a_gap_is_promised_rounded_up(plan: Plan) -> None:
    open_ = with_bound(plan, plan.objective * 1.02035)
    assert "can cover more than 2.1% more" in gap_in_words(collect_facts(open_))


def test_a_page_that_cannot_be_written_leaves_the_old_one(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    path.with_name("report.html.part").mkdir()
    with pytest.raises(OSError, match=r"report\.html\.part"):
        write_page(collect_facts(plan), path, DAY)
    assert path.read_text(encoding="utf-8") == "old"


# --- the model ----------------------------------------------------------------------------------


def test_every_block_is_told_in_maths_and_with_the_numbers_of_the_plan(tmp_path: Path) -> None:
    instance = template(tmp_path)
    spec = spec_of(Budget(at_most="30万"), SiteSlots(default=3), LockedOut(sites=("S1",)))
    made = planned(instance, spec)
    told = maths(collect_facts(made))
    assert all(line.maths.startswith("<math") for line in (*told["maximise"], *told["subject_to"]))
    words = [line.words for line in told["subject_to"]]
    assert [line.name for line in told["subject_to"]] == [
        "limit of money",
        "slots of sites",
        "offers that must not be chosen",
    ]
    assert words[0].endswith(f"Here: {instance.currency.show(made.spend)}, at most 30 万元.")
    for text, block in zip(words, spec.subject_to, strict=True):
        assert text.startswith(block.reads)


def test_the_objective_is_told_with_its_numbers(plan: Plan) -> None:
    (line,) = maths(collect_facts(plan))["maximise"]
    assert f"{plan.baseline:,.0f} with nothing added, {plan.objective:,.0f}" in line.words
    assert line.words.endswith(f"No plan reaches more than {plan.bound:,.0f}.")
