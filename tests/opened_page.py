"""A page that a test has opened in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Seen:
    """A page that is open, and all that went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)


def grave_faults(page: Page) -> list[tuple[str, list[str]]]:
    """What shuts people out of a page: faults that axe calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - where there is a browser

    report = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
        for fault in report.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
