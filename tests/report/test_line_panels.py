"""Line charts of the page: what is drawn stands where the numbers say."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported_plan import planned, template

from siting.report.chart_data import median_curve
from siting.report.facts import Facts, collect_facts
from siting.report.page.effects import gap_panels, minutes_panels
from siting.report.page.line_panels import Axis, Line, Panel, even_ticks, panel_svg
from towns import with_bound


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect_facts(planned(template(tmp_path_factory.mktemp("town"))))


def drawn(panel: Panel) -> list[list[tuple[float, float]]]:
    """The vertices of each line, in the units of the picture."""
    root = ET.fromstring(panel_svg(panel))  # noqa: S314 - our own text
    paths = [path.get("d", "") for path in root.iter("path") if path.get("fill") == "none"]
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path)]
        for path in paths
    ]


def plain(*points: tuple[float, float], steps: bool = False) -> Panel:
    axis = Axis(0, 10, [(0, "0"), (10, "10")])
    return Panel("a < b", axis, axis, [Line("new", points, steps)])


def test_a_line_runs_through_its_points() -> None:
    (line,) = drawn(plain((0, 0), (5, 10), (10, 5)))
    (left, bottom), (middle, top), (right, half) = line
    assert middle - left == pytest.approx(right - middle, abs=0.2)
    assert bottom - top == pytest.approx(2 * (half - top), abs=0.2)


def test_steps_hold_each_value_until_the_next() -> None:
    (line,) = drawn(plain((0, 0), (5, 10), steps=True))
    assert len(line) == 3
    assert line[1][1] == line[0][1]
    assert line[1][0] == line[2][0]


@given(
    st.floats(-1e9, 1e9, allow_subnormal=False),
    st.floats(1e-3, 1e9, allow_subnormal=False),
)
def test_ticks_are_few_and_within_the_axis(low: float, width: float) -> None:
    high = low + width
    if (high - low) / max(abs(low), abs(high)) < 1e-6:
        return
    ticks = even_ticks(low, high)
    slack = 1e-6 * (high - low)
    assert 1 <= len(ticks) <= 6
    assert all(low - slack <= at <= high + slack for at in ticks)


def test_minutes_are_the_curves_of_the_facts(facts: Facts) -> None:
    for panel, curve in zip(
        minutes_panels(facts), (facts.minutes_curve(), median_curve(facts)), strict=True
    ):
        for line, name in zip(panel.lines, ("before", "after"), strict=True):
            assert [y for _, y in line.points] == curve[name].tolist()
        assert panel.stated is not None
        at = curve.set_index("minutes").loc[15.0]
        assert panel.stated[1] == f"{at['before']:.1%} → {at['after']:.1%}"


def test_the_gap_ends_at_the_plan_and_is_left_out_without_a_bound(facts: Facts) -> None:
    values, gap = gap_panels(facts)
    assert values.lines[-1].points[-1][1] == facts.plan.objective
    assert 10 ** gap.lines[0].points[-1][1] >= min(facts.plan.relative_gap, 1e-6)
    without = replace(facts.plan, trace=())
    assert len(gap_panels(replace(facts, plan=with_bound(without, math.inf)))) == 1


def test_names_cannot_break_the_picture() -> None:
    panel = replace(plain((0, 0), (1, 1)), x=Axis(0, 1, [(0, "<&>")], "a & b"))
    root = ET.fromstring(panel_svg(panel))  # noqa: S314 - our own text
    texts = [text.text for text in root.iter("text")]
    assert texts[-2:] == ["<&>", "a & b"]
