"""No text of the map lies over another, on real cities, as a browser draws them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_read import DAY

from siting.coverage import compute_coverage
from siting.inputs import read_instance
from siting.language import in_language
from siting.model import formulate, read_model
from siting.plan import Plan, make_plan
from siting.report.facts import collect_facts
from siting.report.page import write_page
from siting.solve import SolveSettings, solve

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, Page

INSTANCES = Path(__file__).parents[2] / "instances"
# Remembers each text that is drawn on a canvas since the canvas was last cleared.
RECORD = """
(() => {
  const proto = CanvasRenderingContext2D.prototype, drawn = new Map();
  const { clearRect, fillRect, fillText } = proto;
  const forget = (ctx) => drawn.set(ctx.canvas, []);
  proto.clearRect = function (...a) { forget(this); return clearRect.apply(this, a); };
  proto.fillRect = function (x, y, w, h) {
    if (w >= this.canvas.clientWidth && h >= this.canvas.clientHeight) forget(this);
    return fillRect.call(this, x, y, w, h);
  };
  proto.fillText = function (text, x, y) {
    const wide = this.measureText(text).width, size = parseFloat(this.font.match(/([0-9.]+)px/)[1]);
    const left = this.textAlign === "center" ? x - wide / 2 : x;
    if (!drawn.has(this.canvas)) drawn.set(this.canvas, []);
    drawn.get(this.canvas).push([text, left, y - size / 2, left + wide, y + size / 2]);
    return fillText.call(this, text, x, y);
  };
  window.drawnOn = (canvas) => drawn.get(canvas) || [];
})();
"""


def roughly_planned(name: str) -> Plan:
    """Some plan of a city; which one does not matter here."""
    instance, spec = read_instance(INSTANCES / name), read_model("annual-plan")
    coverage = compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    result = solve(program, SolveSettings(relative_gap=0.2, isolate=False, threads=1))
    return make_plan(instance, coverage, spec, program, result)


@pytest.fixture(
    scope="module", params=["baotou", "monaco", pytest.param("reykjavik", marks=pytest.mark.slow)]
)
def opened(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("page") / "report.html"
    with in_language("zh"):
        write_page(collect_facts(roughly_planned(request.param)), path, DAY)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(RECORD)
    page.goto(path.as_uri())
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#the-map select").first.wait_for()
    yield page
    context.close()


def texts_on_map(page: Page) -> list[list[Any]]:
    page.wait_for_timeout(300)
    found: list[list[Any]] = page.evaluate(
        "drawnOn([...document.querySelectorAll('#the-map canvas')]"
        ".sort((a, b) => b.clientWidth - a.clientWidth)[0])"
    )
    return found


def overlapping(boxes: list[list[Any]]) -> list[tuple[str, str]]:
    """Pairs of texts that share more than a pixel of the picture."""
    return [
        (one[0], two[0])
        for number, one in enumerate(boxes)
        for two in boxes[number + 1 :]
        if min(one[3], two[3]) - max(one[1], two[1]) > 1
        and min(one[4], two[4]) - max(one[2], two[2]) > 1
    ]


@pytest.mark.parametrize("look", ["all", "nearer", "a place"])
def test_no_text_of_the_map_lies_over_another(opened: Page, look: str) -> None:
    opened.locator("#the-map form button").last.click()
    if look == "nearer":
        for _ in range(3):
            opened.locator("#the-map .leaflet-control-zoom-in").click()
    if look == "a place":
        opened.locator("#the-map select").nth(1).select_option(index=1)
    boxes = texts_on_map(opened)
    assert boxes
    assert overlapping(boxes) == []


def test_what_lies_far_from_a_city_is_one_click_away(opened: Page) -> None:
    """Each button shows another part of the city."""
    opened.locator("#the-map form button").last.click()
    buttons = opened.locator("#the-map .siting-map-elsewhere button")
    names = buttons.all_inner_texts()
    if not names:
        pytest.skip("nothing lies far from this city")
    pictures = {opened.locator("#the-map .siting-map-box").screenshot()}
    for number in range(1, len(names)):
        buttons.nth(number).click()
        opened.wait_for_timeout(300)
        pictures.add(opened.locator("#the-map .siting-map-box").screenshot())
    assert len(pictures) == len(names) == len(set(names)) > 2
