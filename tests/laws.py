"""How many cases a law is tried on: half of them in the gate, all where cases are explored."""

from __future__ import annotations

from hypothesis import settings


def on(cases: int) -> settings:
    """A law is tried on so many cases with `--hypothesis-profile=explore`."""
    explored = settings.get_current_profile_name() == "explore"
    return settings(max_examples=cases if explored else cases // 2)
