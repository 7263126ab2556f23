"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds after which what should happen never will: no machine is as slow as that.
PATIENCE = 600.0


def wait_until(holds: Callable[[], object]) -> None:
    """Waits as long as it takes; the limit only keeps a broken program from hanging."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
