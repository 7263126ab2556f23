"""What every test starts from: English, whatever the machine speaks or a test before spoke."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siting.language import use_language


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SITING_LANG", "en")
    use_language(None)
    yield
    use_language(None)
