"""The pages of a sweep and of a comparison as a browser shows them: offline, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from page_read import DAY, circled
from reported_plan import planned
from test_sweep_files import budgets, drawn, in_stages, results

from opened_page import Seen, grave_faults
from siting.coverage import compute_coverage, measure_walks
from siting.language import LANGUAGES, Language, in_language
from siting.plan.loaded_run import LoadedRun
from siting.report.comparison import Sides, compare_runs
from siting.report.comparison_files import comparison_page
from siting.report.sweep_page import sweep_page
from siting.report.sweep_results import SweepResults

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser

SWEEPS: dict[str, Callable[[], SweepResults]] = {
    "budgets": lambda: results(*budgets(6)),
    "draws": drawn,
    "stages": in_stages,
}
KINDS = ("comparison", *SWEEPS)
Write = Callable[[str, Language], Path]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """The plans of one town with little money and with more."""
    town = circled(tmp_path_factory.mktemp("town"))
    runs = []
    for budget in (2e5, 6e5):
        instance = replace(town, budget=budget)
        walks = measure_walks(instance)
        runs.append(LoadedRun(planned(instance), compute_coverage(instance), walks))
    return compare_runs(*runs)


@pytest.fixture(scope="module")
def write(sides: Sides, tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes a page in a language; which kinds there are is in `KINDS`."""
    folder = tmp_path_factory.mktemp("pages")

    def written(kind: str, language: Language) -> Path:
        path = folder / f"{kind}-{language}.html"
        with in_language(language):
            compared = kind == "comparison"
            text = (
                comparison_page(sides, ("A", "B")) if compared else sweep_page(SWEEPS[kind](), DAY)
            )
        path.write_text(text, encoding="utf-8")
        return path

    return written


def seen(browser: Browser, path: Path, width: int, scheme: str = "light") -> Seen:
    """Opens a page with the network cut."""
    viewport = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_offline(offline=True)
    found = Seen(context.new_page())
    found.page.on("console", lambda said: found.faults.append(f"{said.type}: {said.text}"))
    found.page.on("pageerror", lambda error: found.faults.append(str(error)))
    found.page.on("requestfailed", lambda request: found.faults.append(request.url[:80]))
    found.page.goto(path.as_uri())
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_they_open_offline_and_fit_the_window(
    browser: Browser, write: Write, kind: str, language: Language
) -> None:
    opened = seen(browser, write(kind, language), 1920)
    for width in (1920, 1440, 390):
        opened.page.set_viewport_size({"width": width, "height": 900})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.faults == []
    opened.page.context.close()


@pytest.mark.parametrize(
    ("scheme", "language"),
    [
        ("light", "en"),
        ("dark", "zh"),
        pytest.param("light", "zh", marks=pytest.mark.slow),
        pytest.param("dark", "en", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("kind", ["comparison", "budgets"])
def test_nobody_is_shut_out(
    browser: Browser, write: Write, kind: str, scheme: str, language: Language
) -> None:
    opened = seen(browser, write(kind, language), 1440, scheme)
    assert grave_faults(opened.page) == []
    opened.page.context.close()
