"""Looks for better plans take their share of a tree's time, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from siting.solve.tree.certify import CertifyParameters, _between
from siting.solve.tree.run import Listener


def _shares(seconds: float, gain: float) -> list[float]:
    """Share of the time that looks took after each step, each of them gaining so much."""
    now, spent, best, shares = 0.0, 0.0, 0.0, []

    def look() -> bool:
        nonlocal now, spent, best
        now, spent, best = now + seconds, spent + seconds, best + gain
        return True

    quiet = Listener(lambda: best, lambda _values: None, lambda _bound: None, lambda: False)
    asked = _between(quiet, look, lambda: now)
    for _ in range(2_000):
        now += 0.05
        assert not asked.stop()
        shares.append(spent / now)
    return shares


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0])
def test_rounds_take_their_share_of_the_time(seconds: float) -> None:
    shares = _shares(seconds, 1.0)
    most = CertifyParameters().rounds
    assert shares[-1] == pytest.approx(most, abs=0.05)
    assert max(shares) <= most + seconds / 3
    assert shares[0] == 0.0


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0])
def test_rounds_that_find_nothing_take_less(seconds: float) -> None:
    shares = _shares(seconds, 0.0)
    constants = CertifyParameters()
    assert shares[-1] < constants.rounds - 0.05
    assert shares[-1] >= constants.least_rounds - 0.05


def test_rounds_end_where_nothing_is_left_to_try() -> None:
    times = iter(np.arange(0.0, 1e6, 100.0).tolist())
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        return False

    quiet = Listener(lambda: -np.inf, lambda _values: None, lambda _bound: None, lambda: False)
    asked = _between(quiet, look, lambda: next(times))
    for _ in range(10):
        asked.stop()
    assert looks == 1
