"""The forms of the bureau: each figure against plan.json or counted once more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from opened_book import Line, OpenedBook, in_circles, written
from reported_plan import planned

from siting.blocks import AllowedCategories, Budget, SiteSlots
from siting.inputs import Instance
from siting.plan import write_plan
from siting.report.facts import Facts, collect_facts
from siting.report.page.overview import overview
from siting.report.problem_ledger import problem_rows
from siting.report.project_pool import reserve_projects
from towns import spec_of

YEARS = {2026: 500_000.0, 2027: 90_000.0, 2028: 450_000.0}
WAN = 10_000


def full_ledgers(folder: Path) -> Instance:
    """A town whose tables say all that the forms ask for."""
    town = in_circles(folder, years=YEARS)
    sites = town.sites.assign(社区="河东社区", 牵头单位="商务局")
    offers = town.offers.assign(
        责任单位=[f"{site}街道办" for site in town.offers["site_id"]],
        资金来源=["中央资金" if n % 2 else "" for n in range(len(town.offers))],
        备注=["急" if n % 3 == 0 else "" for n in range(len(town.offers))],
    )
    offers["完成时限"] = ["2026-06-30" if n == 0 else "" for n in range(len(offers))]
    outlets = town.outlets.assign(
        是否连锁=["是", "否", ""], **{"营业面积(m2)": ["80", "120", ""]}, 状态="正常",
        source=[f"网点.xlsx:{n}" for n in (2, 3, 5)],
    )  # fmt: skip
    return replace(town, sites=sites, offers=offers, outlets=outlets)


class Handed:
    """A plan of three years, its plan.json and its workbook."""

    def __init__(self, folder: Path) -> None:
        self.town = full_ledgers(folder)
        spec = spec_of(Budget(at_most=None), SiteSlots(), AllowedCategories())
        self.facts: Facts = collect_facts(planned(self.town, spec))
        path = write_plan(self.facts.plan, folder)
        self.json: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.book = OpenedBook(written(self.facts, folder / "plan.xlsx"))
        self.zh = OpenedBook(written(self.facts, folder / "zh.xlsx", "zh"))

    def lines(self, sheet: str) -> list[Line]:
        return self.book.lines(sheet)


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed(tmp_path_factory.mktemp("forms"))


def test_the_ledger_has_every_outlet_as_it_was(handed: Handed) -> None:
    lines = handed.lines("Outlet ledger")
    assert [line["Outlet code"] for line in lines] == list(handed.town.outlets["outlet_id"])
    assert [line["Chain"] for line in lines] == ["yes", "no", None]
    assert [line["Floor area (m²)"] for line in lines] == [80, 120, None]
    assert [line["File and row"] for line in lines] == ["网点.xlsx:2", "网点.xlsx:3", "网点.xlsx:5"]
    assert lines[1]["Category"] == "convenience store, pharmacy"
    assert handed.book.total("Outlet ledger")["Floor area (m²)"] == 200


def test_tasks_carry_what_the_bureaus_tables_say(handed: Handed) -> None:
    lines = handed.lines("Annual tasks")
    offers = handed.town.offers.set_index("offer_id")
    assert len(lines) == len(handed.json["chosen"])
    when = {one["offer_id"]: one["year"] for one in handed.json["chosen"]}
    for line in lines:
        offer: dict[Any, Any] = offers.loc[line["Offer code"]].to_dict()
        assert line["Year"] == when[line["Offer code"]]
        assert line["Community"] == "河东社区"
        assert line["Lead unit"] == "商务局"
        assert line["Responsible unit"] == offer["责任单位"]
        assert line["Funded by"] == (offer["资金来源"] or None)
        assert line["Deadline"] == (offer["完成时限"] or f"{line['Year']}-12-31")
        assert ("急" in (line["Remarks"] or "")) == (offer["备注"] == "急")
    assert [line["Year"] for line in lines] == sorted(when.values())
    assert [line["No."] for line in lines] == list(range(1, len(lines) + 1))


def test_the_years_add_up_and_keep_their_money(handed: Handed) -> None:
    lines, chosen = handed.lines("Yearly plan"), handed.json["chosen"]
    assert [line["Year"] for line in lines] == ["2026", "2027", "2028"]
    for line in lines:
        here = [one for one in chosen if one["year"] == int(line["Year"])]
        assert line["Tasks"] == len(here)
        assert line["Outlets added"] == sum(len(one["categories"]) for one in here)
        spent = sum(one["cost"] for one in here)
        assert line["Public money (万元)"] == pytest.approx(spent / WAN)
        assert line["Money of the year (万元)"] == YEARS[int(line["Year"])] / WAN
        assert spent <= YEARS[int(line["Year"])]
    total = handed.book.total("Yearly plan")
    assert total["Public money (万元)"] == pytest.approx(handed.json["spend"] / WAN)
    assert total["Tasks"] == len(chosen)
    last = handed.facts.by_place
    assert lines[-1]["Category completeness at its end"] == pytest.approx(
        last["have_after"].sum() / last["required"].sum()
    )
    before, after, count = handed.facts.whole_places
    assert lines[-1]["Complete circles at its end"] == f"{after}/{count}"
    assert before <= after


def test_the_page_tells_the_years_as_the_plan_has_them(handed: Handed) -> None:
    told = overview(handed.facts)["years"]
    rows = {row["name"]: row["cells"] for row in told["rows"]}
    years = [[one for one in handed.json["chosen"] if one["year"] == year] for year in YEARS]
    spent = [sum(one["cost"] for one in here) / WAN for here in years]
    assert told["heads"] == [str(year) for year in YEARS]
    assert rows["Tasks"] == [str(len(here)) for here in years]
    assert rows["Public money (万元)"] == [f"{money:,.2f}" for money in spent]
    assert rows["Left (万元)"] == [
        f"{limit / WAN - money:,.2f}" for limit, money in zip(YEARS.values(), spent, strict=True)
    ]


def test_the_breakdown_and_the_sources_add_up_to_the_plan(handed: Handed) -> None:
    chosen = handed.json["chosen"]
    total = handed.book.total("Task breakdown")
    assert total["Public money (万元)"] == pytest.approx(handed.json["spend"] / WAN)
    assert total["Tasks"] == len(chosen)
    sources = {line["Source of the money"]: line for line in handed.lines("Money by source")}
    offers = handed.town.offers.set_index("offer_id")
    central = {
        year: sum(
            one["cost"]
            for one in chosen
            if one["year"] == year and offers.loc[one["offer_id"], "资金来源"]
        )
        for year in YEARS
    }
    for year, money in central.items():
        assert sources.get("中央资金", {}).get(f"{year} (万元)", 0) == pytest.approx(money / WAN)
    all_money = handed.book.total("Money by source")["In all (万元)"]
    assert all_money == pytest.approx(sum(one["investment"] for one in chosen) / WAN)


def test_each_lacking_category_is_a_problem_with_a_measure(handed: Handed) -> None:
    facts = handed.facts
    lines = handed.lines("Problems")
    basic = facts.gaps[(facts.gaps["tier"] == "basic") & facts.gaps["missing"]]
    basic = basic[basic["place"] != ""]
    names: dict[Any, str] = facts.instance.categories.set_index("category")["name_en"].to_dict()
    pairs = {(line["Living circle"], line["Problem"].split(" is lacking")[0]) for line in lines}
    assert pairs == {(row.place, names[row.category]) for row in basic.itertuples()}
    after: Any = basic.set_index(["place", "category"])["missing_after"]
    codes = {name: code for code, name in names.items()}
    for line in lines:
        name = line["Problem"].split(" is lacking")[0]
        gone = not after[(line["Living circle"], codes[name])]
        assert (line["Progress"] == "taken into the plan") == gone
        if gone:
            assert line["Measure taken"].startswith("build: ")
            assert line["Lead unit"] == "商务局"
            assert line["Deadline"]


def test_reserves_are_the_best_of_the_rest_with_the_reason(handed: Handed) -> None:
    facts = handed.facts
    reserves = reserve_projects(facts)
    chosen = {one["offer_id"] for one in handed.json["chosen"]}
    assert set(reserves["offer_id"]) & chosen == set()
    assert list(reserves["more"]) == sorted(reserves["more"], reverse=True)
    site = list(facts.instance.sites["site_id"])
    groups = facts.instance.categories.set_index("category")["group"]
    for line in reserves.to_dict(orient="records"):
        offer = handed.town.offers.set_index("offer_id").loc[line["offer_id"]]
        more = 0.0
        for category in offer["categories"].split(";"):
            near = facts.after[category].reach[:, [site.index(offer["site_id"])]].toarray().ravel()
            people = facts.instance.people(groups[category]).to_numpy(float)
            more += float(people[(near > 0) & ~facts.after[category].served].sum())
        assert line["more"] == more > 0
        assert line["why"]
    pool = handed.lines("Project pool")
    assert len(pool) == len(chosen) + len(reserves)
    assert [line["Kind of project"] for line in pool] == ["task"] * len(chosen) + ["reserve"] * len(
        reserves
    )


def test_a_full_site_and_an_empty_purse_are_reasons(tmp_path: Path) -> None:
    town = in_circles(tmp_path, budget=500_000.0)
    spec = spec_of(Budget(at_most=None), SiteSlots())
    facts = collect_facts(planned(town, spec))
    why = reserve_projects(facts).set_index("offer_id")["why"]
    left = 500_000.0 - facts.plan.spend
    taken = facts.plan.chosen.groupby("site_id")["categories"].agg(";".join).str.count(";") + 1
    slots = town.sites.set_index("site_id")["slots"]
    offers: Any = town.offers.set_index("offer_id")
    assert len(why)
    for offer, text in why.items():
        row = offers.loc[offer]
        own = row["categories"].count(";") + 1
        full = taken.get(row["site_id"], 0) + own > slots[row["site_id"]]
        assert ("its site is full" in text) == full
        assert ("no money left" in text) == (row["cost"] > left)


def test_acceptance_asks_for_what_each_task_builds(handed: Handed) -> None:
    lines = handed.lines("Acceptance")
    assert {line["Lead unit"] for line in lines} == {"商务局"}
    assert len(lines) == len(handed.json["chosen"])
    for line, task in zip(lines, handed.lines("Annual tasks"), strict=True):
        assert line["To be shown"].startswith(f"{task['Category']} open for business")
        assert line["Public money (万元)"] == task["Public money (万元)"]
        assert line["Verdict"] is None


def test_the_chinese_forms_have_their_names(handed: Handed) -> None:
    for name in (
        *("指标表", "分圈指标表", "网点台账", "业态缺口清单", "问题台账", "项目库", "任务分解表"),
        *("年度任务表", "分年度任务表", "一圈一策", "资金汇总", "验收表"),
    ):
        assert name in handed.zh.titles
    assert handed.zh.headings("问题台账")[-4:] == ["责任单位", "时限", "进度", "销号日期"]


def test_a_plan_that_adds_nothing_still_has_every_form(tmp_path: Path) -> None:
    town = in_circles(tmp_path, budget=0.0)
    facts = collect_facts(planned(town))
    assert facts.plan.chosen.empty
    book = OpenedBook(written(facts, tmp_path / "plan.xlsx"))
    assert book.lines("Annual tasks") == []
    rows = problem_rows(facts, reserve_projects(facts))
    assert set(rows["state"]) <= {"reserve", "open"}
    assert isinstance(rows, pd.DataFrame)
