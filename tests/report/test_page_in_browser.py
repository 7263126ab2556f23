"""The page as a browser shows it: offline, in both languages, wide and narrow, and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from page_read import DAY, SECTIONS, circled
from reported_plan import planned

from opened_page import Seen, grave_faults
from siting.language import LANGUAGES, Language, in_language
from siting.plan import Plan
from siting.report.facts import collect_facts
from siting.report.page import write_page

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(circled(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="module")
def pages(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[Language, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made: dict[Language, Path] = {}
    for code in LANGUAGES:
        with in_language(code):
            made[code] = write_page(collect_facts(plan), folder / f"{code}.html", DAY)
    return made


def seen(browser: Browser, path: Path, width: int = 1440, **settings: Any) -> Seen:
    """Opens a page with the network cut."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
    context.set_offline(offline=True)
    found = Seen(context.new_page())
    found.page.on("console", lambda said: found.faults.append(f"{said.type}: {said.text}"))
    found.page.on("pageerror", lambda error: found.faults.append(str(error)))
    found.page.on("requestfailed", lambda request: found.faults.append(request.url[:80]))
    found.page.goto(path.as_uri())
    return found


def walk_through(page: Page) -> None:
    """Brings every part into sight, so that what waits for it is made."""
    for name in SECTIONS:
        page.locator(f"#{name}").scroll_into_view_if_needed()
    page.locator("#the-map select").first.wait_for()
    page.locator("#sheets h3").wait_for()


@pytest.fixture
def english(browser: Browser, pages: dict[Language, Path]) -> Iterator[Seen]:
    opened = seen(browser, pages["en"])
    yield opened
    opened.page.context.close()
    assert opened.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1440, 390])
def test_it_opens_offline_and_fits_the_window(
    browser: Browser, pages: dict[Language, Path], language: Language, width: int
) -> None:
    opened = seen(browser, pages[language], width)
    walk_through(opened.page)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.faults == []
    opened.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_shut_out(
    browser: Browser, pages: dict[Language, Path], language: Language, scheme: str
) -> None:
    opened = seen(browser, pages[language], color_scheme=scheme)
    walk_through(opened.page)
    assert grave_faults(opened.page) == []
    opened.page.context.close()


def test_the_gaps_are_filtered_by_place_category_and_word(english: Seen) -> None:
    page = english.page
    grid = page.locator('[data-grid="gaps"]')
    rows = grid.locator("tbody tr")
    everything = rows.count()
    grid.locator('[data-filter="place"]').select_option("North")
    assert 0 < rows.count() < everything
    assert set(rows.locator("th").all_text_contents()) == {"North"}
    grid.locator("[data-clear]").click()
    assert rows.count() == everything
    grid.locator("[data-search]").fill("CANTEEN")
    assert set(rows.locator("td:nth-child(2)").all_text_contents()) == {"community canteen"}
    grid.locator("[data-search]").fill("no such thing")
    assert rows.all_text_contents() == ["No line matches."]


def test_a_heading_sorts_both_ways_and_back(english: Seen) -> None:
    grid = english.page.locator('[data-grid="tasks"]')
    money = grid.locator('th[data-key="cost"]')

    def order() -> list[str]:
        return grid.locator("tbody th").all_text_contents()

    def costs() -> list[float]:
        at = grid.locator("thead th").evaluate_all(
            "all => all.findIndex(h => h.dataset.key == 'cost')"
        )
        cells = grid.locator(f"tbody tr > :nth-child({at + 1})").all_text_contents()
        return [float(cell) for cell in cells]

    first = order()
    for direction, wanted in (("descending", True), ("ascending", False)):
        money.locator("button").click()
        assert money.get_attribute("aria-sort") == direction
        assert costs() == sorted(costs(), reverse=wanted)
    money.locator("button").click()
    assert money.get_attribute("aria-sort") is None
    assert order() == first


def test_the_sum_below_the_tasks_is_that_of_the_plan(english: Seen, plan: Plan) -> None:
    grid = english.page.locator('[data-grid="tasks"]')
    foot = grid.locator("tfoot").text_content() or ""
    assert f"Total of {len(plan.chosen)} lines" in foot
    assert f"{plan.spend / 10_000:,.1f}".removesuffix(".0") in foot


def test_every_row_of_a_long_list_can_be_reached(
    browser: Browser, tmp_path: Path, plan: Plan
) -> None:
    town = plan.instance
    copies = [town.residents.assign(circle=f"Circle {n:02}") for n in range(20)]
    many = circled(tmp_path, residents=_numbered(copies))
    opened = seen(browser, write_page(collect_facts(planned(many)), tmp_path / "many.html", DAY))
    grid = opened.page.locator('[data-grid="gaps"]')
    told = opened.page.evaluate("JSON.parse(document.getElementById('page-data').textContent)")
    rows, found = len(told["grids"]["gaps"]["rows"]), 0
    assert rows > 2 * told["grids"]["gaps"]["page"]
    while True:
        found += grid.locator("tbody tr").count()
        if grid.locator('[data-turn="1"]').is_disabled():
            break
        grid.locator('[data-turn="1"]').click()
    assert found == rows
    grid.locator("[data-all]").click()
    assert grid.locator("tbody tr").count() == rows
    opened.page.context.close()


def _numbered(frames: list[pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat(frames, ignore_index=True)
    return joined.assign(resident_id=[f"R{n}" for n in range(len(joined))])


def test_the_map_filters_its_legend_and_tells_what_is_pointed_at(english: Seen) -> None:
    page = english.page
    page.locator("#map").scroll_into_view_if_needed()
    category, place = (page.locator("#the-map select").nth(n) for n in (0, 1))
    category.wait_for()
    legend = page.locator(".siting-map-legend")
    counts = [legend.inner_text()]
    category.select_option(label="pharmacy")
    counts.append(legend.inner_text())
    place.select_option(label="North")
    counts.append(legend.inner_text())
    assert len(set(counts)) == 3
    box = page.locator(".siting-map-box")
    box.scroll_into_view_if_needed()
    assert _hover_until_told(page, box) != ""


def _hover_until_told(page: Page, box: Any) -> str:
    """Sweeps the map with the pointer until it says something."""
    at = box.bounding_box()
    tip = page.locator(".siting-map-tip")
    for down in range(1, 30):
        for right in range(1, 30):
            page.mouse.move(at["x"] + at["width"] * right / 30, at["y"] + at["height"] * down / 30)
            if tip.is_visible():
                return str(tip.inner_text())
    return ""


def test_a_place_leads_to_its_sheet_and_on_to_the_next(english: Seen) -> None:
    page = english.page
    page.locator('[data-grid="places"] a').first.click()
    sheet = page.locator("#sheets .sheet")
    assert sheet.locator("h3").all_text_contents() == ["South"]
    page.locator('[data-step="1"]').click()
    assert sheet.locator("h3").all_text_contents() == ["North"]
    assert page.locator('[data-step="1"]').is_disabled()
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
    page.wait_for_function(
        f"() => new Set(({painted})(document.querySelector('.sheet canvas')).data).size > 5"
    )


def test_a_sheet_tells_the_figures_of_its_place(english: Seen, plan: Plan) -> None:
    page = english.page
    page.locator('[data-grid="places"] a').first.click()
    shown = dict(
        zip(
            page.locator(".sheet-figures dt").all_text_contents(),
            page.locator(".sheet-figures dd").all_text_contents(),
            strict=True,
        )
    )
    by_place = collect_facts(plan).by_place.set_index("place").loc["South"]
    assert shown["Residents"] == f"{by_place['residents']:,.0f}"
    assert shown["Tasks"] == f"{by_place['added']:.0f}"
    assert float(shown["Public money"].split()[0]) * 10_000 == by_place["cost"]


def test_light_and_dark_can_be_chosen_and_are_remembered(english: Seen) -> None:
    page, button = english.page, english.page.locator("#theme")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    button.click()
    assert page.evaluate(colour) == light
    button.click()
    assert "dark" in (button.text_content() or "")
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext")
def test_paper_has_every_heading_every_task_and_every_sheet(
    english: Seen, plan: Plan, tmp_path: Path
) -> None:
    page = english.page
    headings = page.locator("h2").all_inner_texts()
    file = tmp_path / "page.pdf"
    file.write_bytes(page.pdf(prefer_css_page_size=True))
    run = subprocess.run(  # noqa: S603 - a program that is there
        [str(shutil.which("pdftotext")), "-layout", str(file), "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    text = " ".join(run.stdout.split())
    assert [h for h in headings if " ".join(h.split()) not in text] == []
    for word in ("South", "North", "Print this sheet"):
        assert (word in text) == (word != "Print this sheet")
    assert f"Total of {len(plan.chosen)} lines" in text
    # Back on the screen one sheet is left, and the tables are closed again.
    assert page.locator("#sheets .sheet").count() <= 1
    assert page.locator("details[open]").count() == 0


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext")
def test_a_place_with_many_gaps_is_one_sheet_of_paper(english: Seen, tmp_path: Path) -> None:
    """As many gaps as a circle can have, and eleven tasks."""
    page = english.page
    page.locator('[data-grid="places"] a').first.click()
    page.locator("#sheets [data-gaps] tbody tr").first.wait_for()
    page.evaluate(
        """() => {
            for (const [part, most] of [["gaps", 54], ["tasks", 11]]) {
                const body = document.querySelector(`#sheets [data-${part}] tbody`);
                while (body.rows.length < most) body.append(body.rows[0].cloneNode(true));
            }
            document.documentElement.classList.add("only-sheet");
        }"""
    )
    file = tmp_path / "sheet.pdf"
    file.write_bytes(page.pdf(prefer_css_page_size=True))
    assert len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) == 1


def test_one_sheet_can_be_printed_alone(english: Seen) -> None:
    page = english.page
    page.locator('[data-grid="places"] a').first.click()
    page.evaluate("window.print = () => { window.asked = document.documentElement.className }")
    page.locator("#print-sheet").click()
    assert page.evaluate("window.asked") == "only-sheet"
    page.emulate_media(media="print")
    assert page.locator("#sheets h3").is_visible()
    assert not page.locator("#overview").is_visible()


def test_the_keyboard_reaches_the_content_first(english: Seen) -> None:
    page = english.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
