"""The files of a sweep: their figures are those of the tables, and nothing is loaded."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import openpyxl
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from page_read import Page

from siting.language import Language, in_language
from siting.report.charts import NEW
from siting.report.sweep_charts import frontier_chart, price_chart
from siting.report.sweep_files import write_sweep_files
from siting.report.sweep_page import sweep_page
from siting.report.sweep_results import SweepResults, between, sweep_headline
from siting.report.sweep_tables import sweep_tables
from siting.report.sweep_words import parameter_words
from siting.report.uncertainty_charts import tornado_chart
from siting.units import Currency

DAY = date(2026, 11, 23)
WAN = 10_000.0
BASELINE = 1000.0


def point(budget: float, gain: float, family: str = "f", **changes: Any) -> dict[str, Any]:
    """A solved point whose bound is 10 above it."""
    objective = BASELINE + gain
    return {
        "point": f"{family}{budget:.0f}",
        "name": f"budget={budget:.0f}",
        "instance": "instances/town",
        "parameters": {"budget": budget},
        "sense": "maximise",
        "draw": math.nan,
        "staged": False,
        "family": family,
        "folder": f"p {budget:.0f}",
        "status": "done",
        "error": "",
        "objective": objective,
        "baseline": BASELINE,
        "gain": gain,
        "bound": objective + 10,
        "certified_bound": objective + 30,
        "relative_gap": 10 / objective,
        "budget": budget,
        "asked_budget": budget,
        "spend": budget - 1,
        "complete_after": 5.0,
        "seconds": 0.5,
    } | changes


def curve(points: list[dict[str, Any]], knee: int) -> pd.DataFrame:
    """Rows of a frontier over points of one family, offer `o<n>` entering at each after the first.

    A unit of money brings 0.001 to 0.002 from each budget to the next.
    """
    keys = ("family", "sense", "point", "budget", "objective", "bound", "relative_gap", "baseline")
    lines = []
    for number, one in enumerate(points):
        later = number > 0
        line = {key: one[key] for key in (*keys, "gain", "spend")}
        line |= {"price": 0.0015, "envelope": one["objective"], "on_envelope": True}
        line |= {"price_low": 0.001 if later else math.nan}
        line |= {"price_high": 0.002 if later else math.nan}
        line |= {"knee": number == knee, "left": []}
        line |= {"entered": [f"o{number}"] if later else []}
        line |= dict.fromkeys(("staged_point", "staged_objective", "staged_bound"), math.nan)
        line |= dict.fromkeys(("regret_low", "regret", "regret_high"), math.nan)
        lines.append(line)
    return pd.DataFrame(lines)


def results(points: list[dict[str, Any]], frontier: pd.DataFrame | None = None) -> SweepResults:
    """Results with no draws, core or tornado."""
    core = ["instance", "asked_budget", "offer_id", "site_id", "categories", "times", "of", "share"]
    quantiles = ["least", "q05", "q25", "q50", "q75", "q95", "most", "mean"]
    ends = ["base", "low", "low_value", "high", "high_value", "swing"]
    offers = ["point", "offer_id", "site_id", "categories", "cost", "newly_covered"]
    chosen = [(points[0]["point"], f"o{n}", f"S{n}", "gym;park", 2 * WAN, 7.0) for n in range(30)]
    none = curve([point(WAN, 0)], 0)[:0]
    return SweepResults(
        name="Town <A&B>",
        note="made up",
        currency=Currency("CNY", "万元"),
        points=pd.DataFrame(points),
        choices=pd.DataFrame(chosen, columns=offers),
        frontier=none if frontier is None else frontier,
        core=pd.DataFrame(columns=core),
        spread=pd.DataFrame(columns=["instance", "asked_budget", "measure", "points", *quantiles]),
        tornado=pd.DataFrame(columns=["instance", "parameter", *ends]),
        categories={"gym": "gyms", "park": "parks"},
    )


def budgets(number: int, knee: int = 1, family: str = "f") -> tuple[list[dict[str, Any]], Any]:
    points = [point(100 * WAN * (n + 1), 100.0 * (n + 1), family) for n in range(number)]
    return points, curve(points, knee)


def several() -> SweepResults:
    parts = [budgets(3, 1, family) for family in ("slow", "fast")]
    rows = [one for points, _ in parts for one in points]
    whole = results(rows, pd.concat([frame for _, frame in parts], ignore_index=True))
    return replace(whole, families={"slow": "speed=50", "fast": "speed=80"})


def drawn() -> SweepResults:
    gains = [10.0, 20.0, 30.0, 40.0]
    rows = [point(WAN, gain, f"d{n}", draw=n, point=f"d{n}") for n, gain in enumerate(gains)]
    place = {"instance": "instances/town", "asked_budget": WAN}
    lie = {"least": 10, "q05": 11, "q25": 17, "q50": 25, "q75": 33, "q95": 39, "most": 40}
    spread = pd.DataFrame([{**place, "measure": "gain", "points": 4, **lie, "mean": 25}])
    core = [
        {**place, "offer_id": f"o{n}", "site_id": f"S{n}", "categories": "gym"}
        | {"times": times, "of": 4, "share": times / 4}
        for n, times in enumerate([4, 3])
    ]
    return replace(results(rows), spread=spread, core=pd.DataFrame(core))


def in_stages() -> SweepResults:
    points, frame = budgets(3)
    staged = frame["objective"] - 8
    regrets = {"regret": 8.0, "regret_low": 2.0, "regret_high": 18.0}
    return results(points, frame.assign(staged_objective=staged, staged_bound=staged, **regrets))


def hung() -> SweepResults:
    swing = {"base": 1100.0, "low": 1050.0, "low_value": "x1.2", "high": 1100.0, "high_value": ""}
    line = {"instance": "instances/town", "parameter": "cost", **swing, "swing": 50.0}
    return replace(results([point(WAN, 100)]), tornado=pd.DataFrame([line]))


def saving() -> SweepResults:
    """Budgets that lower a goal of 1,000 minutes by 100 each."""
    points, frame = budgets(3)
    for one in points:
        objective = BASELINE - one["gain"]
        bounds = {"bound": objective - 10, "certified_bound": objective - 30}
        one |= {"sense": "minimise", "objective": objective, **bounds}
    objectives = BASELINE - frame["gain"]
    ends = {"objective": objectives, "envelope": objectives, "bound": objectives - 10}
    lower = frame.assign(sense="minimise", **ends)
    return replace(results(points, lower), counts="minutes", tornado=hung().tornado)


def without_bounds() -> SweepResults:
    points, frame = budgets(3)
    bare = {"bound": math.inf, "relative_gap": math.inf, "price": math.nan, "price_high": math.inf}
    rows = [one | {"bound": math.inf, "certified_bound": math.inf} for one in points]
    return results([one | {"relative_gap": math.inf} for one in rows], frame.assign(**bare))


def infeasible() -> SweepResults:
    keys = ("objective", "gain", "bound", "certified_bound", "relative_gap", "spend", "budget")
    bare = dict.fromkeys(keys, math.nan)
    failed = {"status": "failed", "error": "no plan keeps all rules", **bare}
    return results([point(WAN, 0) | failed])


CASES = {
    "one point": lambda: results([point(WAN, 100)]),
    "25 budgets": lambda: results(*budgets(25)),
    "several families": several,
    "draws": drawn,
    "stages": in_stages,
    "tornado": hung,
    "less is better": saving,
    "no bound": without_bounds,
    "none feasible": infeasible,
}
CHARTS = {
    "one point": set(),
    "25 budgets": {"frontier", "price"},
    "several families": {"frontier", "price"},
    "draws": {"draws", "core"},
    "stages": {"frontier", "price", "staged"},
    "tornado": {"tornado"},
    "less is better": {"frontier", "price", "tornado"},
    "no bound": {"frontier", "price"},
    "none feasible": set(),
}


@pytest.mark.parametrize(
    ("case", "code"),
    [
        *((case, "zh") for case in CASES),
        ("several families", "en"),
        *(
            pytest.param(case, "en", marks=pytest.mark.slow)
            for case in CASES
            if case != "several families"
        ),
    ],
)
def test_every_sweep_gives_a_page_a_book_and_its_charts(
    case: str, code: Language, tmp_path: Path
) -> None:
    with in_language(code):
        files = write_sweep_files(CASES[case](), tmp_path, DAY)
    pictures = {path.stem for path in files if path.suffix == ".png"}
    text = (tmp_path / "frontier.html").read_text(encoding="utf-8")
    assert pictures == CHARTS[case]
    assert {path.name for path in files if path.suffix != ".png"} == {
        "frontier.html",
        "frontier.xlsx",
    }
    assert all(path.is_file() for path in files)
    assert f'<html lang="{"zh-CN" if code == "zh" else "en"}">' in text
    assert "nan" not in re.findall(r">([^<>]*)<", text)


@pytest.mark.parametrize("case", CASES)
def test_a_page_loads_nothing_and_leads_only_to_the_run_folders_beside_it(case: str) -> None:
    page = Page(sweep_page(CASES[case](), DAY))
    links = [e.attrs["href"] for e in page.elements if e.tag == "a"]
    loaded = [e for e in page.elements if e.tag in ("link", "img", "iframe") or "src" in e.attrs]
    assert loaded == []
    assert all(link.startswith(("#", "points/")) for link in links)


def test_links_open_the_report_where_there_is_one(tmp_path: Path) -> None:
    points, frame = budgets(2)
    report = tmp_path / "points" / str(points[0]["folder"]) / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("", encoding="utf-8")
    write_sweep_files(results(points, frame), tmp_path, DAY)
    page = Page((tmp_path / "frontier.html").read_text(encoding="utf-8"))
    links = [e.attrs["href"] for e in page.elements if e.tag == "a"]
    reports = [link for link in links if link.startswith("points/") and link.endswith(".html")]
    assert reports == 2 * ["points/p%201000000/report.html"]
    assert (tmp_path / unquote(reports[0])).samefile(report)
    assert links.count("points/p%202000000/") == 2


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("cost", "costs of all offers"),
        ("cost.gym", "cost of gyms"),
        ("category.gym.priority", "priority of gyms"),
        ("category.inn.priority", "category.inn.priority"),
    ],
)
def test_what_is_varied_is_named_in_words(key: str, said: str) -> None:
    assert parameter_words(key, {"gym": "gyms"}) == said


def test_links_of_odd_folders_are_addresses_and_names_stay_texts() -> None:
    text = sweep_page(results([point(WAN, 100)]), DAY)
    assert 'href="points/p%2010000/"' in text
    assert "Town &lt;A&amp;B&gt;" in text
    assert "Town <A" not in text


def test_the_headline_tells_what_the_next_money_buys_at_the_knee_and_at_the_top() -> None:
    said = sweep_headline(results(*budgets(3, knee=1)))
    assert "The curve bends at **200 万元**, which newly cover 200 people." in said
    assert "From there the next 10 万元 bring **100 to 200** more." in said
    assert "At the top, 300 万元, the next 10 万元 bring about **150** by the shadow price." in said


def test_money_is_never_saved_where_money_is_the_goal() -> None:
    points = [point(n * WAN, -n, spend=n) for n in (2.0, 3.0)]
    least = replace(results(points), counts="money spent (万元)", counts_money=True)
    table = sweep_tables(least)["points"]
    assert "gain" not in [column.key for column in table.columns]
    assert "money spent (万元): **997 to 998**" in sweep_headline(least)
    assert "saved" not in sweep_page(least, DAY)


def test_a_straight_line_has_no_knee_to_tell_of() -> None:
    page = sweep_page(results(*budgets(3, knee=9)), DAY)
    assert "knee" not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL).lower()
    assert sweep_headline(results(*budgets(3, knee=9))).startswith("At the top, 300 万元")


def test_without_a_bound_only_the_least_is_told() -> None:
    said = sweep_headline(without_bounds())
    assert "the next 10 万元 bring **at least 100** more" in said
    assert "shadow price" not in said


def test_the_headline_of_draws_gives_their_median() -> None:
    assert sweep_headline(drawn()) == (
        "For 1 万元: In half of 4 draws the plan newly covers at least **25** people; "
        "in nine of ten it is 11 to 39."
    )


def test_draws_of_several_budgets_are_never_thrown_together() -> None:
    lie = drawn().spread
    both = pd.concat([lie.assign(asked_budget=5 * WAN, q50=70.0, q95=90.0), lie])
    said = sweep_headline(replace(drawn(), spread=both.reset_index(drop=True)))
    assert said.startswith("For 5 万元: In half of 4 draws")
    assert "**70**" in said


def test_where_no_point_has_a_plan_the_page_says_so_and_why() -> None:
    text = sweep_page(infeasible(), DAY)
    assert "<strong>No point has a plan.</strong>" in text
    assert "no plan keeps all rules" in text


def test_the_table_has_a_row_a_budget_with_the_figures_of_the_frame() -> None:
    table = sweep_tables(results(*budgets(25)))["frontier"]
    row = table.frame.iloc[1]
    assert len(table.frame) == 25
    assert (row["budget"], row["objective"], row["bound"], row["gain"]) == (200, 1200, 1210, 200)
    assert row["price_low"] == pytest.approx(10)
    assert row["price_high"] == pytest.approx(20)
    assert row["gap"] == pytest.approx(100 * 10 / 1200, abs=1e-4)
    assert (row["entered_count"], row["left_count"]) == (1, 0)
    assert row["entered"] == ["gyms, parks · S1"]
    assert row["link"] == "points/p%202000000/"


def test_the_book_has_the_same_figures_as_numbers(tmp_path: Path) -> None:
    write_sweep_files(results(*budgets(25)), tmp_path, DAY)
    book = openpyxl.load_workbook(tmp_path / "frontier.xlsx", data_only=True)
    lines = [[cell.value for cell in row] for row in book["Budgets"].iter_rows()]
    assert book.sheetnames == ["About", "Budgets", "Offers in and out", "Points"]
    assert [line[0] for line in lines if isinstance(line[0], int)] == [
        100 * n for n in range(1, 26)
    ]
    assert [line[3:5] for line in lines if line[0] == 200] == [[200, 210]]


def test_every_move_is_a_line_of_its_own() -> None:
    frame = sweep_tables(results(*budgets(3)))["moves"].frame
    found = frame[["budget", "offer_id", "site_id", "cost"]].to_numpy().tolist()
    assert found == [[200.0, "o1", "S1", 2.0], [300.0, "o2", "S2", 2.0]]


def test_charts_draw_the_plans_and_the_bound_in_shown_money() -> None:
    axes = frontier_chart(results(*budgets(3))).axes
    lines = {str(line.get_label()): line for line in axes[0].lines}
    assert np.asarray(lines["plans"].get_xdata()).tolist() == [100, 200, 300]
    assert np.asarray(lines["plans"].get_ydata()).tolist() == [100, 200, 300]
    assert np.asarray(lines["bound: no plan is better"].get_ydata()).tolist() == [110, 210, 310]
    assert np.asarray(lines["proven by arithmetic alone"].get_ydata()).tolist() == [130, 230, 330]
    assert np.asarray(axes[1].lines[0].get_ydata()).tolist() == [10, 10, 10]


def test_the_chart_of_prices_has_a_diamond_a_budget_for_ten_thousand() -> None:
    (axes,) = price_chart(results(*budgets(3))).axes
    (prices,) = [line for line in axes.lines if line.get_label() == "shadow price"]
    assert np.asarray(prices.get_ydata()).tolist() == pytest.approx([15, 15, 15])


def test_where_less_is_better_charts_show_what_is_saved() -> None:
    axes = frontier_chart(saving()).axes
    lines = {str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes[0].lines}
    assert lines["plans"] == [100, 200, 300]
    assert lines["bound: no plan is better"] == [110, 210, 310]
    assert lines["proven by arithmetic alone"] == [130, 230, 330]
    assert np.asarray(axes[1].lines[0].get_ydata()).tolist() == [10, 10, 10]
    assert axes[0].get_ylabel() == "saved: minutes"


def test_the_better_side_of_a_tornado_has_the_accent() -> None:
    def accented(given: SweepResults) -> list[str]:
        (axes,) = tornado_chart(given).axes
        colours = {
            str(bars.get_label()): bars.patches[0].get_facecolor()
            for bars in axes.containers
            if isinstance(bars, BarContainer)
        }
        return [label for label, colour in colours.items() if colour[:3] == to_rgb(NEW)]

    assert accented(hung()) == ["higher"]
    assert accented(saving()) == ["lower, which is better"]


def test_where_less_is_better_nothing_speaks_of_covered_people() -> None:
    text = sweep_page(saving(), DAY)
    assert "The curve bends at <strong>200" in text
    assert "saved: minutes: 200" in text
    assert "covered" not in text


def test_an_unknown_bound_draws_no_line() -> None:
    figure = frontier_chart(without_bounds())
    labels = [str(line.get_label()) for line in figure.axes[0].lines]
    assert len(figure.axes) == 1
    assert "bound: no plan is better" not in labels


def test_families_stand_side_by_side_by_their_names() -> None:
    labels = [str(line.get_label()) for line in frontier_chart(several()).axes[0].lines]
    assert [name for name in labels if not name.startswith("_")] == ["speed=50", "speed=80"]
    assert sweep_headline(several()).startswith("For speed=50:")


def test_single_draws_have_no_frontier_of_their_own() -> None:
    points, frame = budgets(3)
    rows = [one | {"draw": 0} for one in points]
    assert results(rows, frame).curve.empty


def test_a_core_of_single_plans_is_left_out() -> None:
    single = drawn().core.assign(of=1, times=1, share=1.0)
    assert "core" not in sweep_tables(replace(drawn(), core=single))
    assert list(sweep_tables(drawn())["core"].frame["share"]) == [1.0, 0.75]


def test_a_budget_alone_is_no_tornado() -> None:
    lines = hung().tornado.assign(parameter="budget")
    assert "tornado" in sweep_tables(hung())
    assert "tornado" not in sweep_tables(replace(hung(), tornado=lines))


def test_small_budgets_are_told_in_small_steps() -> None:
    small = results([point(2500, 10)])
    assert (small.step, small.unit_money) == (1000, 100)
    assert results([point(300 * WAN, 10)]).step == 100_000


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1.2, 1.4, "1"), (1200.0, 1300.0, "1,200 to 1,300"), (5.0, math.nan, "at least 5")],
)
def test_an_interval_is_as_short_as_it_can_be(low: float, high: float, said: str) -> None:
    assert between(low, high) == said
