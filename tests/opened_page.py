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
