"""What every test starts from: English, and cases that are the same on every machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from siting.language import use_language

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from served import Served

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The gate says the same for everybody: the same cases, and as long as a machine needs for them.
settings.register_profile(
    "gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Other cases each time, and what once failed again: `pytest --hypothesis-profile=explore`.
settings.register_profile("explore", settings.get_profile("gate"), derandomize=False)
settings.load_profile("gate")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SITING_LANG", "en")
    use_language(None)
    yield
    use_language(None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; tests that need one are skipped where there is none."""
    driving = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on the PATH")
    with driving.sync_playwright() as driver:
        # Chromium's own sandbox asks for rights that containers do not give.
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The what-if server of Monaco, with at least one plan; tests add scenarios to it."""
    from command import MONACO  # noqa: PLC0415 - of the folders of those who ask for it
    from served import serving  # noqa: PLC0415

    with serving(MONACO, tmp_path_factory.mktemp("space") / "what-if") as found:
        found.idle()
        yield found
