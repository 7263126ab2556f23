"""Synthetic towns are the same for the same seed, whole, and solvable."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.coverage import compute_coverage
from siting.generate import TownSize, generate_town
from siting.model import check_fit, formulate, read_model
from siting.solve import Reason, SolveSettings, solve

SIZE = TownSize(residents=60, sites=8, categories=3, outlets=4)


def test_the_same_seed_gives_the_same_town() -> None:
    first, second = generate_town(SIZE, seed=5), generate_town(SIZE, seed=5)
    for name in ("residents", "sites", "outlets", "categories", "offers"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


def test_another_seed_gives_another_town() -> None:
    assert not generate_town(SIZE, seed=5).residents.equals(generate_town(SIZE, seed=6).residents)


def test_a_town_has_the_size_that_was_asked_for() -> None:
    town = generate_town(SIZE)
    counts = (len(town.residents), len(town.sites), len(town.categories), len(town.outlets))
    assert counts == (60, 8, 3, 4)
    assert len(town.offers) == 8 * 3
    assert town.offers["offer_id"].is_unique


def test_a_town_fits_the_annual_plan_and_is_solved_to_the_optimum() -> None:
    town, spec = generate_town(SIZE), read_model("annual-plan")
    assert not [p for p in check_fit(town, spec) if p.severity == "error"]
    program = formulate(town, compute_coverage(town), spec)
    result = solve(program, SolveSettings(relative_gap=0.0, isolate=False))
    assert result.termination.reason is Reason.OPTIMAL
    assert result.objective is not None
    assert result.objective > program.offset


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (TownSize(0, 1, 1), "needs residents, sites and categories"),
        (TownSize(1, 1, 57), "57 categories; the catalogue has 56"),
        (TownSize(1, 1, 1, outlets=-1), "needs residents, sites and categories"),
    ],
)
def test_an_impossible_size_is_refused(size: TownSize, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate_town(size)
