"""What more or less money buys."""

from __future__ import annotations

import numpy as np
import pytest

from siting.coverage import compute_coverage
from siting.generate import TownSize, generate_town
from siting.model import read_model
from siting.solve import SolveSettings
from siting.sweep import sweep_budgets

EXACT = SolveSettings(relative_gap=0.0, isolate=False)


def test_a_larger_budget_never_buys_less_and_every_budget_is_solved_once() -> None:
    town, spec = generate_town(TownSize(80, 10, 3), seed=2), read_model("annual-plan")
    budgets = [4e5, 0.0, 1e5, 2e5, 1e5]
    frontier = sweep_budgets(town, compute_coverage(town), spec, budgets, EXACT)
    assert frontier["budget"].tolist() == [0.0, 1e5, 2e5, 4e5]
    assert np.all(np.diff(frontier["objective"]) >= 0)
    assert np.all(np.diff(frontier["bound"]) >= 0)
    assert frontier["objective"].iloc[0] < frontier["objective"].iloc[-1]


def test_objective_and_bound_meet_where_every_point_is_proven() -> None:
    town, spec = generate_town(TownSize(80, 10, 3), seed=3), read_model("annual-plan")
    frontier = sweep_budgets(town, compute_coverage(town), spec, [1e5, 3e5], EXACT)
    assert frontier["objective"].tolist() == pytest.approx(frontier["bound"].tolist())
    assert frontier["relative_gap"].tolist() == pytest.approx([0.0, 0.0], abs=1e-9)
    assert frontier["reason"].tolist() == ["optimal", "optimal"]
