"""Charts: what they show is what the plan says, and as SVG they are the page's own."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from reported_plan import planned, template

from siting.language import in_language
from siting.report.chart_data import compact, gap_points, money_table
from siting.report.chart_svg import as_svg
from siting.report.charts import (
    BEFORE,
    COLOURS,
    NEW,
    NONE,
    SERIES,
    coverage_chart,
    gap_chart,
    minutes_chart,
    money_chart,
)
from siting.report.facts import Facts, collect_facts
from siting.solve import TracePoint
from towns import with_bound

CHARTS = {
    "coverage": coverage_chart,
    "minutes": minutes_chart,
    "money": money_chart,
    "gap": gap_chart,
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(template(tmp_path_factory.mktemp("town"))))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(template(tmp_path_factory.mktemp("town"), budget=0.0)))


def with_plan(
    facts: Facts, *, bound: float = math.inf, objective: float | None = None, **changes: Any
) -> Facts:
    """Another bound and objective of the first goal, and other parts of the plan."""
    plan = with_bound(facts.plan, bound)
    if objective is not None:
        plan = replace(plan, goals=(replace(plan.goals[0], objective=objective),))
    return replace(facts, plan=replace(plan, **changes))


def panels(figure: Figure) -> list[Axes]:
    return list(figure.axes)


def bars(axes: Axes, colour: str) -> list[tuple[float, float]]:
    """Where the bars of a colour begin and end, from the top."""
    wanted = mpl.colors.to_rgba(colour)
    return [
        (bar.get_x(), bar.get_x() + bar.get_width())
        for bar in axes.patches
        if isinstance(bar, Rectangle) and bar.get_facecolor() == wanted
    ]


def points_of(line: Line2D) -> tuple[list[float], list[float]]:
    x, y = np.asarray(line.get_xydata()).T
    return x.tolist(), y.tolist()


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def names(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


# --- coverage -----------------------------------------------------------------------------------


def test_bars_are_the_shares_of_the_plan(facts: Facts) -> None:
    axes = panels(coverage_chart(facts))[0]
    frame = facts.plan.coverage.assign(
        name=facts.instance.categories.set_index("category")
        .loc[facts.plan.coverage["category"], "name_en"]
        .to_numpy()
    ).set_index("name")
    shown = zip(names(axes), bars(axes, BEFORE), bars(axes, NEW), strict=True)
    for name, before, gain in shown:
        row = frame.loc[name]
        assert before == pytest.approx((0, row["before"] / row["residents"]))
        assert gain == pytest.approx(
            (row["before"] / row["residents"], row["after"] / row["residents"])
        )
    assert sorted(names(axes)) == sorted(frame.index)


def test_the_best_covered_stands_first_and_a_gain_is_written(facts: Facts) -> None:
    axes = panels(coverage_chart(facts))[0]
    ends = [end for _, end in bars(axes, NEW)]
    assert ends == sorted(ends, reverse=True)
    gains = [end - start for start, end in bars(axes, NEW)]
    for text, end, gain in zip(texts(axes), ends, gains, strict=True):
        assert text == (f"{end:.1%} (+{100 * gain:.1f})" if gain > 0 else f"{end:.1%}")
    assert any(gain > 0 for gain in gains)


def many(facts: Facts, number: int) -> Facts:
    """As many categories as a city has, by repeating those of the town under other names."""
    facts = replace(facts)
    frame = pd.concat([facts.by_category] * number, ignore_index=True).head(number)
    codes = [f"c{n}" for n in range(number)]
    categories = pd.concat([facts.instance.categories] * number, ignore_index=True).head(number)
    categories = categories.assign(category=codes, name_en=codes)
    plan = replace(facts.plan, instance=replace(facts.instance, categories=categories))
    changed = replace(facts, plan=plan)
    changed.__dict__["by_category"] = frame.assign(category=codes)
    return changed


def test_many_categories_keep_their_room_on_a_page_and_stand_in_columns_on_a_slide(
    facts: Facts,
) -> None:
    page, slide = coverage_chart(many(facts, 56)), coverage_chart(many(facts, 56), (9.2, 4.2))
    assert [len(names(axes)) for axes in panels(page)] == [56]
    assert [len(names(axes)) for axes in panels(slide)] == [28, 28]
    for figure in (page, slide):
        figure.canvas.draw()
        for axes in panels(figure):
            boxes = sorted(
                (label.get_window_extent().extents for label in axes.get_yticklabels()),
                key=lambda box: box[1],
            )
            # Lines of Chinese are higher than their signs, so boxes may touch by a little.
            assert all(low[1] < high[1] - 5 for low, high in pairwise(boxes))


# --- minutes ------------------------------------------------------------------------------------


def test_lines_are_the_curve_of_the_facts(facts: Facts) -> None:
    every, single = panels(minutes_chart(facts))
    curve = facts.minutes_curve()
    lines = {line.get_label(): line.get_ydata() for line in every.lines}
    assert lines["before"] == pytest.approx(curve["before"].to_numpy())
    assert lines["after"] == pytest.approx(curve["after"].to_numpy())
    curves = [facts.minutes_curve(name)["after"] for name in facts.instance.category_names]
    middle = {line.get_label(): line.get_ydata() for line in single.lines}["after"]
    assert middle == pytest.approx(np.median(curves, axis=0))


def test_the_share_at_fifteen_minutes_is_written(facts: Facts) -> None:
    at = facts.minutes_curve().set_index("minutes").loc[15.0]
    assert texts(panels(minutes_chart(facts))[0]) == [f"{at['before']:.1%} → {at['after']:.1%}"]


# --- money --------------------------------------------------------------------------------------


def test_money_adds_up_to_what_the_plan_spends(facts: Facts) -> None:
    table = money_table(facts)
    assert table.to_numpy().sum() == pytest.approx(facts.plan.spend)
    spent = facts.tasks.groupby("district")["cost"].sum()
    assert table.sum(axis=1).to_dict() == pytest.approx(spent.to_dict())
    assert table.sum(axis=1).is_monotonic_decreasing


def test_bars_are_in_the_shown_unit(facts: Facts) -> None:
    axes = panels(money_chart(facts))[0]
    ends = [end for colour in (*SERIES, NONE) for _, end in bars(axes, colour)]
    assert max(ends) == pytest.approx(money_table(facts).sum(axis=1).max() / 10_000)
    assert axes.get_xlabel() == "public money, 万元"


def drawn_money(facts: Facts, rows: list[tuple[str, str, float]]) -> Facts:
    """The facts of another split of the money: district, category, cost."""
    names_ = sorted({category for _, category, _ in rows})
    categories = pd.DataFrame({"category": names_, "name_en": names_, "name_zh": names_})
    changed = with_plan(facts, instance=replace(facts.instance, categories=categories))
    changed.__dict__["money"] = pd.DataFrame(rows, columns=["district", "category", "cost"])
    return changed


def test_small_categories_and_districts_are_summed_as_others(facts: Facts) -> None:
    rows = [(f"D{n:02}", f"c{n:02}", 100.0 - n) for n in range(20)]
    table = money_table(drawn_money(facts, rows))
    assert table.columns.tolist() == [*(f"c{n:02}" for n in range(len(SERIES))), "others"]
    assert table.index.tolist() == [*(f"D{n:02}" for n in range(16)), "others"]
    assert table.loc["others", "others"] == 84 + 83 + 82 + 81
    assert table.to_numpy().sum() == sum(cost for *_, cost in rows)


def test_sites_without_a_district_are_told_apart(facts: Facts) -> None:
    some = drawn_money(facts, [("", "a", 5.0), ("East", "a", 7.0)])
    none = drawn_money(facts, [("", "a", 5.0)])
    assert money_table(some)["a"].to_dict() == {"East": 7.0, "without a district": 5.0}
    assert money_table(none)["a"].to_dict() == {"Example town": 5.0}


def test_a_plan_that_adds_nothing_says_so(empty: Facts) -> None:
    assert texts(panels(money_chart(empty))[0]) == ["The plan adds nothing."]
    assert money_table(empty).empty
    with in_language("zh"):
        assert texts(panels(money_chart(empty))[0]) == ["计划未新增网点。"]


# --- gap ----------------------------------------------------------------------------------------


TRACE = (
    TracePoint(0.5, None, None, "greedy"),
    TracePoint(1.0, None, 400.0, "greedy"),
    TracePoint(2.0, 200.0, math.inf, "relax"),
    TracePoint(3.0, 200.0, 300.0, "relax"),
    TracePoint(4.0, 250.0, 275.0, "improve"),
)


def test_the_trace_ends_with_the_plan_and_unknown_stays_unknown(facts: Facts) -> None:
    seen = gap_points(
        with_plan(facts, trace=TRACE, objective=250.0, bound=260.0, seconds={"solve": 6.0})
    )
    nan = math.nan
    assert seen["seconds"].tolist() == [0.5, 1, 2, 3, 4, 6]
    assert seen["incumbent"].tolist() == pytest.approx([nan, nan, 200, 200, 250, 250], nan_ok=True)
    assert seen["bound"].tolist() == pytest.approx([nan, 400, nan, 300, 275, 260], nan_ok=True)
    assert seen["gap"].tolist() == pytest.approx([nan, nan, nan, 0.5, 0.1, 0.04], nan_ok=True)


def test_both_lines_hold_a_value_until_the_next(facts: Facts) -> None:
    seen = with_plan(facts, trace=TRACE, objective=250.0, bound=260.0, seconds={"solve": 6.0})
    left, right = panels(gap_chart(seen))
    lines = {line.get_label(): line for line in left.lines}
    best = lines["best plan so far"]
    assert best.get_drawstyle() == "steps-post"
    assert points_of(best) == ([2, 3, 4, 6], [200, 200, 250, 250])
    bound = lines["no plan can be better than this"]
    assert points_of(bound) == (
        [1, 3, 4, 6],
        [400, 300, 275, 260],
    )
    assert right.get_yscale() == "log"
    assert right.get_title(loc="left") == "gap between the two: 4.00 % in the end"


def test_without_any_bound_the_chart_says_so(facts: Facts) -> None:
    seen = with_plan(facts, trace=(), bound=math.inf, seconds={})
    right = panels(gap_chart(seen))[1]
    assert texts(right) == ["No bound was found."]
    assert "<svg" in as_svg(gap_chart(seen))


def test_a_proof_of_the_best_is_drawn_though_its_logarithm_is_infinite(facts: Facts) -> None:
    seen = with_plan(facts, trace=TRACE, objective=260.0, bound=260.0, seconds={"solve": 6.0})
    right = panels(gap_chart(seen))[1]
    assert right.get_title(loc="left") == "gap between the two: 0 % in the end"
    assert np.min(right.lines[0].get_ydata()) > 0


# --- SVG ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_chart_is_one_svg_element_that_scales_and_is_named(
    name: str, language: Any, facts: Facts
) -> None:
    with in_language(language):
        svg = as_svg(CHARTS[name](facts))
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["width"] == "100%"
    assert "height" not in root.attrib
    assert float(root.attrib["viewBox"].split()[2]) > 500
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == root.attrib["aria-label"]
    assert bool(re.search("[\u4e00-\u9fff]", root.attrib["aria-label"])) == (language == "zh")


@pytest.mark.parametrize("name", CHARTS)
def test_text_stays_text_in_the_font_of_the_page(name: str, facts: Facts) -> None:
    svg = as_svg(CHARTS[name](facts))
    assert len(re.findall("<text", svg)) > 5
    assert "Noto" not in svg
    assert "font-family" not in svg
    assert not re.search(r"font: ", svg)
    assert all("font-size" in style for style in re.findall(r'<text style="([^"]*)"', svg))


def test_text_of_an_older_matplotlib_is_read_too() -> None:
    from siting.report.chart_svg import _page_font  # noqa: PLC0415

    old = """<text style="font: 9.5px 'Noto Sans SC'; text-anchor: end; fill: #1d2733">"""
    new = old.replace("font: 9.5px", "font-size: 9.5px; font-family:")
    assert _page_font(old) == '<text style="font-size: 9.5px; text-anchor: end; fill: #1d2733">'
    assert _page_font(new) == _page_font(old)


@pytest.mark.parametrize("name", CHARTS)
def test_every_colour_is_one_of_the_page(name: str, facts: Facts) -> None:
    svg = as_svg(CHARTS[name](facts))
    without = re.sub(r"var\(--[a-z0-9-]+,#[0-9a-f]{6}\)", "", svg)
    assert re.findall(r"#[0-9a-f]{6}\b", without) == []
    assert "var(--ink,#1d2733)" in svg
    assert "<metadata" not in svg


def test_the_colours_can_be_told_apart() -> None:
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_charts_share_no_identifier_and_refer_to_their_own(facts: Facts) -> None:
    svgs = {name: as_svg(draw(facts)) for name, draw in CHARTS.items()}
    ids = {name: re.findall(r' id="([^"]+)"', svg) for name, svg in svgs.items()}
    assert all(one.startswith(f"{name}-") for name, own in ids.items() for one in own)
    for name, svg in svgs.items():
        used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
        assert used == set(ids[name])
        assert len(ids[name]) == len(set(ids[name]))


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_chart_gives_the_same_text(name: str, facts: Facts) -> None:
    assert as_svg(CHARTS[name](facts)) == as_svg(CHARTS[name](facts))


def test_a_name_with_signs_of_xml_does_no_harm(facts: Facts) -> None:
    categories = facts.instance.categories.assign(name_en=["<b>&", '"x"', "y"])
    seen = with_plan(facts, instance=replace(facts.instance, categories=categories))
    ET.fromstring(as_svg(coverage_chart(seen)))  # noqa: S314 - our own


def test_drawing_leaves_matplotlib_as_it_was(facts: Facts) -> None:
    before = dict(mpl.rcParams)
    as_svg(coverage_chart(facts))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (12_000, "12,000", "1.2 万"),
        (123_456_789, "123.5 M", "12,350 万"),
        (1_843_142, "1.843 M", "184.3 万"),
        (79_700_149, "79.7 M", "7,970 万"),
    ],
)
def test_large_numbers_are_short(number: float, english: str, chinese: str) -> None:
    assert compact(number) == english
    with in_language("zh"):
        assert compact(number) == chinese
