"""Draws and tornados: counts and quantiles worked out by hand, and one sweep of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_sweeps import swept

from siting.sweep import robust_core, spread, tornado


def rows(objective: list[float], **columns: Any) -> pd.DataFrame:
    count = len(objective)
    usual = {
        "point": [f"p{number}" for number in range(count)],
        "instance": "town",
        "asked_budget": 5.0,
        "sense": "maximise",
        "status": "done",
        "staged": False,
        "draw": [float(number) for number in range(count)],
        "objective": objective,
        "gain": objective,
        "spend": 1.0,
        "complete_after": 2.0,
    }
    return pd.DataFrame({**usual, **columns})


def chosen(*pairs: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["point", "offer_id"])
    return frame.assign(site_id="s", categories="c")


def test_the_core_is_what_most_draws_choose() -> None:
    choices = chosen(("p0", "a"), ("p1", "a"), ("p2", "a"), ("p0", "b"), ("p3", "b"), ("p3", "c"))
    given = rows([1.0, 2.0, 3.0, 4.0, 5.0], status=["done"] * 4 + ["failed"])
    core = robust_core(given, choices)
    assert core[["offer_id", "times", "of", "share"]].values.tolist() == [
        ["a", 3, 4, 0.75],
        ["b", 2, 4, 0.5],
        ["c", 1, 4, 0.25],
    ]


def test_budgets_have_cores_of_their_own_also_where_none_was_asked_for() -> None:
    choices = chosen(("p0", "a"), ("p1", "a"), ("p2", "b"))
    core = robust_core(rows([1.0, 2.0, 3.0], asked_budget=[5.0, 5.0, np.nan]), choices)
    assert core[["offer_id", "times", "of"]].values.tolist() == [["a", 2, 2], ["b", 1, 1]]


def test_the_base_is_no_draw_and_stages_are_none() -> None:
    given = rows([1.0, 2.0, 9.0], draw=[0.0, 1.0, np.nan])
    assert robust_core(given, chosen(("p2", "a"), ("p0", "b")))["offer_id"].tolist() == ["b"]
    staged = rows([1.0, 2.0, 9.0], staged=[False, False, True])
    assert spread(staged)["most"].iloc[0] == 2.0


def test_the_spread_has_ends_quantiles_and_mean() -> None:
    lie = spread(rows([float(number) for number in range(101)])).set_index("measure")
    columns = ["points", "least", "q05", "q25", "q50", "q75", "q95", "most", "mean"]
    assert list(lie.loc["objective", columns]) == [
        101,
        0.0,
        5.0,
        25.0,
        50.0,
        75.0,
        95.0,
        100.0,
        50.0,
    ]
    assert set(lie.index) == {"objective", "gain", "spend", "complete_after"}


def test_a_tornado_has_the_ends_of_each_parameter_the_widest_first() -> None:
    parameters = [{}, {"cost": 0.8}, {"cost": 1.2}, {"speed": "60"}, {"cost": 2.0, "speed": "60"}]
    given = rows([100.0, 110.0, 95.0, 60.0, 1.0], draw=np.nan, parameters=parameters)
    swings = tornado(given)
    assert swings.drop(columns=["instance", "sense"]).values.tolist() == [
        ["speed", 100.0, 60.0, '"60"', 100.0, "", 40.0],
        ["cost", 100.0, 95.0, "1.2", 110.0, "0.8", 15.0],
    ]


def test_a_full_grid_with_the_base_in_it_serves_as_a_tornado() -> None:
    parameters = [{"cost": c, "residents": r} for c in (0.9, 1.0) for r in (1.0, 1.1)]
    swings = tornado(rows([11.0, 12.0, 10.0, 10.5], draw=np.nan, parameters=parameters))
    assert swings[["parameter", "low", "high"]].values.tolist() == [
        ["cost", 10.0, 11.0],
        ["residents", 10.0, 10.5],
    ]


def test_without_points_there_is_an_empty_table() -> None:
    none = rows([1.0], parameters=[{}])[:0]
    assert tornado(none).empty
    assert spread(none).empty
    assert robust_core(none, chosen()).empty


def test_draws_of_the_town(tmp_path: Path) -> None:
    options: dict[str, Any] = {"vary": ("cost=normal(1,0.3)",), "draws": 8, "seed": 3}
    sweep, frames = swept(tmp_path, **options)
    drawn = frames.of_sweep(sweep.identity)
    core = robust_core(drawn, frames.choices)
    assert core["of"].unique().tolist() == [8]
    assert core["times"].sum() == len(frames.choices)
    objective = spread(drawn).set_index("measure").loc["objective"]
    assert objective["least"] == drawn["objective"].min()
    assert objective["q50"] == pytest.approx(drawn["objective"].median())
    again, _ = swept(tmp_path, out="again", **options)
    assert again.identity == sweep.identity
    assert [p.entry.identity for p in again.points] == [p.entry.identity for p in sweep.points]


def test_a_tornado_of_the_town(tmp_path: Path) -> None:
    sweep, frames = swept(
        tmp_path, design="tornado", vary=("cost=x0.7,x1.4", "walking.speed=60,80")
    )
    swings = tornado(frames.of_sweep(sweep.identity)).set_index("parameter")
    cost = swings.loc["cost"]
    assert cost["low"] <= cost["base"] <= cost["high"]
    assert (cost["low_value"], cost["high_value"]) == ("1.4", "0.7")
    # The town walks at 80 m/min: only the slower speed moves it.
    assert swings.loc["walking.speed", "high"] == cost["base"]
