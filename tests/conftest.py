"""What every test starts from: English, and cases that are the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from siting.language import use_language

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
