"""Settings that cannot be meant are refused; gaps and terminations say what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.solve import (
    Limit,
    Reason,
    SolveResult,
    SolveSettings,
    Termination,
    relative_gap,
)
from siting.solve.settings import LARGEST_SEED


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"time_limit": 0.0}, r"time_limit is 0\.0; expected seconds above 0"),
        ({"time_limit": -1.0}, r"time_limit is -1\.0; expected seconds above 0"),
        ({"time_limit": float("nan")}, r"time_limit is nan; expected seconds above 0"),
        ({"relative_gap": -0.1}, r"relative_gap is -0\.1; expected 0 to below 1"),
        ({"relative_gap": 1.0}, r"relative_gap is 1\.0; expected 0 to below 1"),
        ({"relative_gap": float("nan")}, r"relative_gap is nan; expected 0 to below 1"),
        ({"threads": 0}, r"threads is 0; expected at least 1"),
        ({"seed": -1}, r"seed is -1; expected 0 to 2147483647"),
        ({"seed": 2**31}, r"seed is 2147483648; expected 0 to 2147483647"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SolveSettings(**wrong)


@pytest.mark.parametrize(
    "edge",
    [
        {"time_limit": 1e-9},
        {"time_limit": float("inf")},
        {"relative_gap": 0.0},
        {"relative_gap": 0.999},
        {"seed": LARGEST_SEED},
        {"threads": 1000},
    ],
)
def test_settings_at_the_edge_are_taken(edge: dict[str, Any]) -> None:
    settings = SolveSettings(**edge)
    assert {key: getattr(settings, key) for key in edge} == edge


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (100.0, 110.0, 0.1),
        (100.0, 100.0, 0.0),
        (100.0, 99.0, 0.0),
        (0.5, 0.75, 0.25),
        (0.0, 3.0, 3.0),
        (-50.0, -45.0, 0.1),
        (None, 110.0, np.inf),
        (100.0, np.inf, np.inf),
        (100.0, np.nan, np.inf),
        (None, np.inf, np.inf),
    ],
)
def test_the_relative_gap(objective: float | None, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)
    result = SolveResult(None, objective, bound, Termination(Reason.FEASIBLE))
    assert result.relative_gap == pytest.approx(gap)


def test_a_termination_names_its_limit() -> None:
    assert str(Termination(Reason.FEASIBLE, Limit.TIME)) == "feasible (time limit)"
    assert str(Termination(Reason.OPTIMAL)) == "optimal"
