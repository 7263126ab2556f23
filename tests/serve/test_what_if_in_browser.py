"""The what-if page in a browser: a wish, its plan beside the old one, and nobody kept out."""

from __future__ import annotations

import pytest
from served import Served

from opened_page import Seen
from siting.language import LANGUAGES, Language

pytest.importorskip("playwright", reason="playwright is not installed")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

_SERIOUS = {"serious", "critical"}


def opened(browser: Browser, server: Served, code: Language, width: int = 1440) -> Seen:
    # The policy of the page would keep the test's own script out, too.
    page = browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
    page.set_default_timeout(120_000)
    seen = Seen(page)
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    page.on("console", lambda said: seen.faults.extend([said.text] * (said.type == "error")))
    page.on("request", lambda one: seen.faults.extend([one.url] * (not _local(one.url, server))))
    page.goto(f"http://127.0.0.1:{server.port}/?token={server.token}&lang={code}")
    page.wait_for_selector("#figures .big")
    return seen


def _local(url: str, server: Served) -> bool:
    return url.startswith((f"http://127.0.0.1:{server.port}/", "data:", "blob:"))


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1440, 1920])
def test_nothing_is_cut_off_and_nobody_kept_out(
    browser: Browser, server: Served, code: Language, width: int
) -> None:
    seen = opened(browser, server, code, width)
    seen.page.evaluate("() => document.querySelectorAll('details').forEach((d) => (d.open = true))")
    wider = seen.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0
    for scheme in ("light", "dark"):
        seen.page.emulate_media(color_scheme=scheme)
        found = Axe().run(seen.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in _SERIOUS] == []
    assert seen.faults == []
    seen.page.close()


def test_a_wish_becomes_a_plan_beside_the_old_one_in_all_tabs(
    browser: Browser, server: Served
) -> None:
    first, other = opened(browser, server, "en"), opened(browser, server, "zh")
    count = len(server.state["scenarios"])
    view = server.ask(f"/api/scenarios/{server.state['current']}/view").json
    site = view["chosen"][0]["site_id"]
    first.page.fill("#find", site)
    first.page.dispatch_event("#find", "change")
    first.page.click("#site .row button:nth-child(2)")
    for seen in (first, other):
        seen.page.wait_for_function(
            "(n) => document.querySelectorAll('#scenarios li').length > n", arg=count
        )
        seen.page.wait_for_selector("#comparison table")
    state = server.idle()
    newest = state["scenarios"][-1]
    assert newest["request"]["rules"] == [{"locked_out": {"sites": [site]}}]
    after = server.ask(f"/api/scenarios/{newest['id']}/view").json
    assert site not in [one["site_id"] for one in after["chosen"]]
    first.page.click("#undo")
    first.page.wait_for_function("() => document.querySelectorAll('#rules button').length === 0")
    assert server.state["current"] == newest["parent"]
    assert first.faults == other.faults == []
    first.page.close()
    other.page.close()


def test_a_home_on_the_map_opens_its_area(browser: Browser, server: Served) -> None:
    seen = opened(browser, server, "en")
    page, places = seen.page, server.ask("/api/city").json["places"]["district"]
    # Without the sites that are not chosen, most of what can be hit are homes.
    page.uncheck("#layer-sites")
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    for step in range(8, 32):
        x, y = box["width"] * (step % 5 + 1) / 6, box["height"] * step / 40
        page.mouse.click(box["x"] + x, box["y"] + y)
        heading = page.text_content("#site h3") if page.locator("#site h3").count() else None
        if heading in places:
            break
    assert heading in places
    assert "people" in page.inner_text("#site .fine")
    count = len(server.state["scenarios"])
    page.click("#site .row button:nth-child(1)")
    page.wait_for_selector(f"#scenarios li:nth-child({count + 1})")
    entry = server.idle()["scenarios"][-1]["request"]["rules"][-1]
    assert entry == {"count": {"district": [heading], "at_least": 1}}
    page.click("#undo")
    page.wait_for_function("() => document.querySelectorAll('#rules button').length === 0")
    assert seen.faults == []
    page.close()


def test_the_map_and_the_wishes_are_reached_by_keyboard(browser: Browser, server: Served) -> None:
    seen = opened(browser, server, "en")
    reached = set()
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        reached.add(seen.page.evaluate("() => document.activeElement.id"))
    assert {"money", "slider", "model", "word", "solve", "canvas", "find", "against"} <= reached
    seen.page.focus("#canvas")
    before = seen.page.evaluate("() => document.getElementById('canvas').toDataURL()")
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("+")
    assert seen.page.evaluate("() => document.getElementById('canvas').toDataURL()") != before
    assert seen.faults == []
    seen.page.close()
