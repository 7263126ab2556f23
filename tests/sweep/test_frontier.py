"""The frontier: its laws on random curves, and one worked out by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_sweeps import swept

from siting.sweep import frontier
from siting.sweep.frontier import COLUMNS, close_in, concave_envelope

NOTHING = pd.DataFrame(columns=["point", "offer_id"])


def rows(**columns: Any) -> pd.DataFrame:
    """Points of one family, all done."""
    count = len(columns["budget"])
    usual = {
        "point": [f"p{number}" for number in range(count)],
        "family": "f",
        "sense": "maximise",
        "status": "done",
        "staged": False,
        "baseline": 0.0,
        "spend": columns["budget"],
        "price": np.nan,
    }
    return pd.DataFrame({**usual, **columns})


def by_hand() -> pd.DataFrame:
    """The second plan is worse than the first, and the bound of the third below the second's."""
    return frontier(
        rows(
            budget=[10.0, 20.0, 30.0, 50.0],
            objective=[100.0, 90.0, 150.0, 160.0],
            bound=[110.0, 200.0, 155.0, 160.0],
            baseline=[40.0] * 4,
        ),
        NOTHING,
    )


def test_smaller_budgets_lend_their_plans_and_larger_ones_their_bounds() -> None:
    curve = by_hand()
    assert curve["objective"].tolist() == [100.0, 100.0, 150.0, 160.0]
    assert curve["point"].tolist() == ["p0", "p0", "p2", "p3"]
    assert curve["spend"].tolist() == [10.0, 10.0, 30.0, 50.0]
    assert curve["bound"].tolist() == [110.0, 155.0, 155.0, 160.0]
    assert curve["relative_gap"].tolist() == pytest.approx([0.1, 0.55, 5 / 150, 0.0])
    assert curve["gain"].tolist() == [60.0, 60.0, 110.0, 120.0]


def test_a_unit_of_money_brings_between_what_the_band_allows() -> None:
    curve = by_hand()
    assert curve["price_low"].iloc[1:].tolist() == [0.0, 0.0, 5 / 20]
    assert curve["price_high"].iloc[1:].tolist() == [5.5, 5.5, 10 / 20]
    assert np.isnan(curve[["price_low", "price_high"]].iloc[0]).all()


def test_envelope_and_knee() -> None:
    curve = by_hand()
    assert curve["envelope"].tolist() == [100.0, 125.0, 150.0, 160.0]
    assert curve["on_envelope"].tolist() == [True, False, True, True]
    assert curve["knee"].tolist() == [False, False, True, False]


@pytest.mark.parametrize("objective", [[1.0, 2.0, 3.0], [5.0, 5.0, 5.0], [1.0, 1.0, 9.0]])
def test_a_chord_has_no_knee(objective: list[float]) -> None:
    curve = frontier(rows(budget=[1.0, 2.0, 3.0], objective=objective, bound=objective), NOTHING)
    assert not curve["knee"].any()


@pytest.mark.parametrize(
    ("objective", "bends"),
    [
        ([0.0, 80.0, 90.0, 95.0], True),
        ([0.0, 40.0, 75.0, 100.0], False),
        ([0.0, 35.0, 67.0, 100.0], False),
    ],
)
def test_a_curve_that_hardly_bends_has_no_knee(objective: list[float], *, bends: bool) -> None:
    budget = [1.0, 2.0, 3.0, 4.0]
    curve = frontier(rows(budget=budget, objective=objective, bound=objective), NOTHING)
    assert curve["knee"].any() == bends


@pytest.mark.parametrize("seed", range(30))
def test_laws_of_every_frontier(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 12))
    budget = np.cumsum(rng.uniform(1, 5, count))
    true = np.cumsum(rng.uniform(0, 10, count) * rng.integers(0, 2, count))
    given = rows(
        budget=rng.permutation(budget),
        objective=np.nan,
        bound=np.nan,
    )
    place = np.searchsorted(budget, given["budget"])
    given["objective"] = true[place] - rng.uniform(0, 2, count)
    given["bound"] = true[place] + rng.uniform(0, 2, count)
    curve = frontier(given, NOTHING)
    objective, bound, envelope = (
        curve[name].to_numpy() for name in ("objective", "bound", "envelope")
    )
    assert curve["budget"].tolist() == sorted(given["budget"])
    assert np.all(np.diff(objective) >= 0)
    assert np.all(np.diff(bound) >= 0)
    assert np.all(objective <= true + 1e-9)
    assert np.all(bound >= true - 1e-9)
    slopes = np.diff(true) / np.diff(budget)
    assert np.all(curve["price_low"].to_numpy()[1:] <= slopes + 1e-9)
    assert np.all(curve["price_high"].to_numpy()[1:] >= slopes - 1e-9)
    assert np.all(envelope >= objective - 1e-9)
    assert np.all(np.diff(np.diff(envelope) / np.diff(budget)) <= 1e-9)
    assert curve.loc[curve["knee"], "on_envelope"].all()
    assert curve["knee"].sum() <= 1


def test_no_concave_curve_above_the_points_is_lower_than_the_envelope() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 5.0, 4.0, 7.0, 7.0])
    assert concave_envelope(x, y).tolist() == [0.0, 5.0, 6.0, 7.0, 7.0]


def test_where_less_is_better_the_curve_is_the_same_turned_round() -> None:
    more = rows(
        budget=[10.0, 20.0, 20.0, 30.0, 50.0],
        objective=[100.0, 90.0, 80.0, 150.0, 160.0],
        bound=[110.0, 200.0, 120.0, 155.0, 160.0],
        baseline=40.0,
        price=2.0,
        staged=[False, False, True, False, False],
    )
    turned = ["objective", "bound", "baseline"]
    less = more.assign(sense="minimise", **{name: -more[name] for name in turned})
    straight, curve = frontier(more, NOTHING), frontier(less, NOTHING)
    turned += ["envelope", "staged_objective", "staged_bound"]
    same = [name for name in COLUMNS if name not in (*turned, "sense")]
    pd.testing.assert_frame_equal(straight[same], curve[same])
    pd.testing.assert_frame_equal(-straight[turned].astype(float), curve[turned].astype(float))
    assert curve["gain"].tolist() == [60.0, 60.0, 110.0, 120.0]
    assert curve["knee"].tolist() == [False, False, True, False]


def test_what_enters_and_leaves_from_budget_to_budget() -> None:
    chosen = [("p0", "a"), ("p0", "b"), ("p1", "b"), ("p1", "c"), ("p2", "b"), ("p2", "c")]
    choices = pd.DataFrame(chosen, columns=["point", "offer_id"])
    curve = frontier(rows(budget=[1.0, 2.0, 3.0], objective=[1, 2, 3], bound=[1, 2, 3]), choices)
    assert curve["entered"].tolist() == [[], ["c"], []]
    assert curve["left"].tolist() == [[], ["a"], []]


def test_families_stand_apart_and_lonely_or_failed_points_are_left_out() -> None:
    given = rows(
        budget=[1.0, 2.0, 1.0, 2.0, 3.0, 4.0],
        objective=[5.0, 6.0, 9.0, 10.0, 1.0, np.nan],
        bound=[5.0, 6.0, 9.0, 10.0, 1.0, np.nan],
        family=["f", "f", "g", "g", "alone", "f"],
        status=["done"] * 5 + ["failed"],
    )
    curve = frontier(given, NOTHING)
    assert curve["family"].tolist() == ["f", "f", "g", "g"]
    assert curve["objective"].tolist() == [5.0, 6.0, 9.0, 10.0]
    assert frontier(given[4:5], NOTHING).columns.tolist() == list(COLUMNS)


def test_regret_of_stages_with_its_interval() -> None:
    given = rows(
        budget=[1.0, 2.0, 2.0],
        objective=[10.0, 20.0, 17.0],
        bound=[11.0, 22.0, 18.0],
        staged=[False, False, True],
    )
    curve = frontier(given, NOTHING)
    assert curve["staged_point"].tolist() == ["p0", "p2"]
    assert curve["staged_objective"].tolist() == [10.0, 17.0]
    second = curve.iloc[1]
    assert (second["regret_low"], second["regret"], second["regret_high"]) == (2.0, 3.0, 5.0)


def test_points_without_a_bound_are_closed_in_by_those_that_have_one() -> None:
    frame = pd.DataFrame({"budget": [1.0, 2.0], "objective": [3.0, 4.0], "bound": [np.inf, 5.0]})
    assert close_in(frame)["bound"].tolist() == [5.0, 5.0]


def test_stages_never_bring_more_and_prices_fit_the_solved_points(tmp_path: Path) -> None:
    sweep, frames = swept(tmp_path, budget="0:120万:9", staged=True)
    curve = frontier(frames.of_sweep(sweep.identity), frames.choices)
    assert len(curve) == 9
    assert curve["regret"].min() >= 0
    assert curve["staged_objective"].is_monotonic_increasing
    steps = np.diff(curve["objective"]) / np.diff(curve["budget"])
    assert curve["price_low"].iloc[1:].to_numpy() == pytest.approx(steps)
    assert curve["price_high"].iloc[1:].to_numpy() == pytest.approx(steps)
    chosen = frames.choices.groupby("point")["offer_id"].agg(set)
    stages = [chosen.get(point, set()) for point in curve["staged_point"]]
    assert all(small <= large for small, large in pairwise(stages))
