"""The indicators, worked out once more by hand and by loops that share no code with them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from command import call
from reported_plan import planned, template

from siting.blocks import Budget
from siting.coverage import compute_coverage, coverage_with, find_gaps, measure_walks
from siting.inputs import Grade, Instance, StraightLineTravel
from siting.language import in_language
from siting.report import collect_facts
from siting.report.indicators import Indicators, stage_now, stages_of
from siting.report.indicators.distribution import gini, worst_tenth
from siting.report.indicators.places import place_indicators
from siting.report.indicators.texts import full_coverage, write_indicators
from towns import CATEGORIES, draw_instance, spec_of

Line = dict[Any, Any]
SPEC = spec_of(Budget(at_most=None))
GRADES = {"plain": Grade(0.4), "good": Grade(0.8, 1), "best": Grade(1.0, 1, 0.9)}
RENAMED = dict(
    zip(CATEGORIES, ("convenience_store", "breakfast_shop", "repair_point"), strict=True)
)


def ledgered(seed: int) -> Instance:
    """A random town with circles and all that a bureau's tables may say beside."""
    town, rng = draw_instance(seed, "line"), np.random.default_rng([seed, 7])
    count, shops = len(town.residents), len(town.outlets)
    residents = town.residents.assign(
        circle=rng.choice(["A", "B", "C", ""], count, p=[0.4, 0.3, 0.2, 0.1]),
        社区=rng.choice(["c1", "c2", "c3", ""], count),
        户数=rng.integers(1, 30, count).astype(str),
        满意度=[f"{number}%" for number in rng.integers(70, 100, count)],
    )
    outlets = town.outlets.assign(
        circle=rng.choice(["A", "B", ""], shops),
        是否连锁=rng.choice(["是", "否", ""], shops),
        营业面积=rng.integers(10, 200, shops).astype(str),
    )
    sites = town.sites.assign(circle=rng.choice(["A", "B", "C"], len(town.sites)))
    offers = town.offers.assign(floor_area_m2=rng.choice([50.0, 80.0], len(town.offers)))
    return renamed(
        replace(town, residents=residents, outlets=outlets, sites=sites, offers=offers,
                grades=GRADES)
    )  # fmt: skip


def renamed(town: Instance) -> Instance:
    """The town with categories of the catalogue, which pairs are made of."""

    def words(cells: pd.Series) -> pd.Series:
        return cells.map(lambda cell: ";".join(RENAMED[part] for part in cell.split(";")))

    categories = town.categories.assign(category=town.categories["category"].map(RENAMED))
    outlets = town.outlets.assign(categories=words(town.outlets["categories"]))
    offers = town.offers.assign(categories=words(town.offers["categories"]))
    sites = town.sites.drop(columns="allowed_categories", errors="ignore")
    return replace(town, categories=categories, outlets=outlets, offers=offers, sites=sites)


class ByLoops:
    """What a person would count with a map and a ruler."""

    def __init__(self, town: Instance, built: list[Line]) -> None:
        assert isinstance(town.travel, StraightLineTravel)
        self.detour = town.travel.detour
        self.town, self.homes = town, town.residents.to_dict("records")
        self.kinds = town.categories.to_dict("records")
        sites = {site["site_id"]: site for site in town.sites.to_dict("records")}
        added = [{**sites[one["site_id"]], "categories": one["categories"]} for one in built]
        shops = [*town.outlets.to_dict("records"), *added]
        self.shops = [(s["x"], s["y"], s["categories"].split(";")) for s in shops]
        self.circles = sorted({h["circle"] for h in self.homes} - {""})
        self.circles = [c for c in self.circles if self.people(c) > 0]

    def people(self, circle: str, group: str = "residents") -> float:
        return float(sum(h[group] for h in self.homes if h["circle"] == circle))

    def near(self, home: Line, shop: Any, kind: Line) -> bool:
        metres = self.detour * math.dist((home["x"], home["y"]), shop[:2])
        speed = {"all": 80.0, "elderly": 50.0}[kind["group"]]
        return bool(metres <= kind["standard_minutes"] * speed + 1e-6)

    def have(self, circle: str, kind: Line) -> tuple[int, bool]:
        group = "residents" if kind["group"] == "all" else kind["group"]
        live = [h for h in self.homes if h["circle"] == circle and h[group] > 0]
        found = [s for s in self.shops if kind["category"] in s[2]
                 and any(self.near(h, s, kind) for h in live)]  # fmt: skip
        return len(found), bool(live)

    def required(self) -> list[Line]:
        return [k for k in self.kinds if k["tier"] == "basic"] or self.kinds

    def completeness(self, circle: str) -> tuple[int, int]:
        wanted = self.required()
        return sum(n >= need for n, need in (self.have(circle, k) for k in wanted)), len(wanted)

    def quality(self, circle: str) -> int:
        more = [k for k in self.kinds if k not in self.required()]
        return sum(self.have(circle, k)[0] > 0 for k in more)

    def satisfaction(self, circle: str) -> float:
        here = [h for h in self.homes if h["circle"] == circle]
        weighed = sum(h["residents"] * int(h["满意度"][:-1]) / 100 for h in here)
        return float(weighed / self.people(circle))

    def grade(self, circle: str) -> str:
        have, of = self.completeness(circle)
        reached = ""
        for name, asked in GRADES.items():
            rate = have / of >= asked.basic and self.quality(circle) >= asked.quality
            if rate and self.satisfaction(circle) >= asked.satisfaction:
                reached = name
        return reached

    def pair(self, circle: str, first: str, second: str) -> float:
        kinds = {k["category"]: k for k in self.kinds}
        if first not in kinds or second not in kinds:
            return math.nan
        return float(all(self.have(circle, kinds[k])[0] > 0 for k in (first, second)))

    def covered_communities(self) -> tuple[int, int]:
        names = sorted({h["社区"] for h in self.homes} - {""})
        covered = 0
        for name in names:
            weight = {
                c: sum(h["residents"] for h in self.homes if (h["社区"], h["circle"]) == (name, c))
                for c in sorted({h["circle"] for h in self.homes if h["社区"] == name})
            }
            home = min(c for c in weight if weight[c] == max(weight.values()))
            have, of = self.completeness(home) if home in self.circles else (0, 1)
            covered += have == of
        return covered, len(names)


@pytest.mark.parametrize("seed", range(60))
def test_indicators_by_brute_force(seed: int) -> None:
    town = ledgered(seed)
    facts = collect_facts(planned(town, SPEC))
    found = Indicators(stages_of(facts))
    built = facts.plan.chosen.to_dict("records")
    stages: list[list[Line]] = [[], built]
    for stage, offers in enumerate(stages):
        loops, places = ByLoops(town, offers), found.places[stage].set_index("place")
        assert list(places.index) == loops.circles
        for circle in loops.circles:
            row = places.loc[circle]
            assert (row["have"], row["required"]) == loops.completeness(circle)
            assert row["quality"] == loops.quality(circle)
            assert row["grade"] == loops.grade(circle)
            assert row["satisfaction"] == pytest.approx(loops.satisfaction(circle))
            pairs = (
                ("shop_breakfast", "convenience_store", "breakfast_shop"),
                ("market_repair", "wet_market", "repair_point"),
            )
            for key, *halves in pairs:
                assert row[key] == pytest.approx(loops.pair(circle, *halves), nan_ok=True)
        by_key: dict[str, Any] = {one.key: one.parts[stage] for one in found.overall}
        counts = [loops.completeness(circle) for circle in loops.circles]
        assert by_key["completeness"] == (sum(c[0] for c in counts), sum(c[1] for c in counts))
        assert by_key["complete_places"] == (sum(a == b for a, b in counts), len(counts))
        assert by_key["community_coverage"] == loops.covered_communities()
        area = sum(map(float, town.outlets["营业面积"])) + sum(o["floor_area_m2"] for o in offers)
        if len(town.outlets):
            known = town.outlets["是否连锁"].ne("").sum()
            if known:
                assert by_key["chain_rate"] == (town.outlets["是否连锁"].eq("是").sum(), known)
            households = town.residents["户数"].astype(float).sum()
            assert by_key["area_per_100_households"] == (100 * area, households)


@pytest.mark.parametrize("seed", range(60))
def test_what_it_takes_closes_all_that_can_be_closed(seed: int) -> None:
    town = ledgered(seed)
    walks = measure_walks(town)
    coverage = compute_coverage(town, walks)
    closing = Indicators((stage_now(town, coverage, walks),)).closing

    def lacking(offers: pd.DataFrame) -> int:
        rows = find_gaps(town, coverage_with(town, coverage, walks, offers), walks, offers).rows
        basic = set(town.categories.loc[town.categories["tier"] == "basic", "category"])
        rows = rows[rows["category"].isin(basic or set(town.category_names))]
        rows = rows[rows["place"].ne("") & rows["missing"]]
        return int((rows["needed"] - rows["have"]).sum())

    assert closing.gaps == lacking(town.offers.iloc[:0])
    assert closing.gaps - closing.closed == lacking(town.offers) == lacking(closing.offers)
    assert closing.cost == closing.offers["cost"].sum()
    for one in closing.offers["offer_id"]:
        assert list(closing.offers["offer_id"]).count(one) == 1


def test_worst_tenth_and_gini_person_by_person() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        people = rng.integers(0, 6, 7)
        people[0] = 10 - people[1:].sum() % 10  # a tenth is then a whole number of persons
        walks = rng.integers(0, 30, 7).astype(float)
        each = np.repeat(walks, people)
        tenth = np.sort(each)[::-1][: len(each) // 10]
        assert worst_tenth(walks, people.astype(float)) == pytest.approx(tenth.mean())
        spread = np.abs(each[:, None] - each[None, :]).mean() / 2
        expected = spread / each.mean() if each.mean() else 0.0
        assert gini(walks, people.astype(float)) == pytest.approx(expected)


def test_a_town_whose_tables_say_nothing_more_has_dashes_not_guesses(tmp_path: Path) -> None:
    town = template(tmp_path)
    walks = measure_walks(town)
    found = Indicators((stage_now(town, compute_coverage(town, walks), walks),))
    unknown = {one.key for one in found.overall if not one.known}
    assert unknown >= {"chain_rate", "area_per_100_households", "satisfaction"}
    assert "community_coverage" in unknown
    sources = {one.key: one.source for one in found.overall}
    assert sources["chain_rate"] == "outlets: whether it is a chain (not in the data)"
    assert "not in the data" not in sources["completeness"]
    assert not place_indicators(found.stages[0])["grade"].any()


def test_a_plan_of_years_has_a_stage_a_year(tmp_path: Path) -> None:
    town = template(tmp_path, years={2026: 100000.0, 2027: 900000.0})
    facts = collect_facts(planned(town, SPEC))
    found = Indicators(stages_of(facts))
    assert found.labels == ("now", "after 2026", "after 2027")
    first = facts.plan.chosen[facts.plan.chosen["year"] == 2026]
    gaps = find_gaps(
        town, coverage_with(town, facts.before, facts.walks, first), facts.walks, first
    )
    pd.testing.assert_frame_equal(found.stages[1].gaps.rows, gaps.rows)
    assert len(first) < len(facts.plan.chosen)


def test_the_workbook_of_indicators_says_what_they_are(tmp_path: Path) -> None:
    town = ledgered(5)
    facts = collect_facts(planned(town, SPEC))
    found = Indicators(stages_of(facts))
    with in_language("zh"):
        fresh = Indicators(found.stages)
        path = write_indicators(fresh, tmp_path / "indicators.xlsx")
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["指标表", "分圈指标表", "说明"]
        rows = {row[0]: row[1:] for row in book["指标表"].iter_rows(values_only=True)}
        have, of = fresh.overall[0].parts[0]
        assert rows["业态齐全率"][0] == f"{100 * have / of:.1f}%（{have:.0f}/{of:.0f}）"
        assert any(full_coverage(fresh) in str(row) for row in book["说明"].values)
    assert {"业态齐全率", "一店一早", "连锁化率", "居民满意度"} <= set(rows)


def test_the_command_tells_an_instance_and_a_plan(tmp_path: Path) -> None:
    written = template(tmp_path).folder
    outcome = call("indicators", written, "-o", tmp_path / "i.csv")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0].split() == ["indicator", "now"]
    assert (tmp_path / "i.csv").read_text(encoding="utf-8-sig").startswith("key,name,unit,at0,")
    assert call("solve", written, "-o", tmp_path / "run", "--gap", "0%").code == 0
    said = json.loads(call("indicators", tmp_path / "run", "--json").out)
    assert said["stages"] == [None, 0]
    now, then = next(o for o in said["indicators"] if o["key"] == "completeness")["parts"]
    assert then[0] > now[0]
    chinese = call("indicators", tmp_path / "run", "--lang", "zh").out
    assert chinese.splitlines()[0].split() == ["指标", "现状", "实施后"]


def test_grades_are_read_and_refused(tmp_path: Path) -> None:
    folder = template(tmp_path).folder
    file = folder / "instance.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "grades: {好: {basic: 50%, quality: 1}}\n", encoding="utf-8")
    assert "好 or better" in call("indicators", folder).out
    file.write_text(text + "grades: {好: {basic: 50}}\n", encoding="utf-8")
    outcome = call("indicators", folder)
    assert outcome.code == 2
    assert "grades" in outcome.err
    assert "%" in outcome.err
