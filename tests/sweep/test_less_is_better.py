"""A sweep of the least money: less is better, down to the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_sweeps import swept

from siting.cli.sweep_report import sweep_results
from siting.report.sweep_results import sweep_headline
from siting.sweep import tornado


def test_dearer_offers_are_the_worse_end_of_the_least_money(tmp_path: Path) -> None:
    sweep, frames = swept(tmp_path, model="least-money", vary=("cost=x0.5,x1,x2",))
    rows = frames.of_sweep(sweep.identity)
    assert set(rows["sense"]) == {"minimise"}
    assert rows["gain"].tolist() == pytest.approx((rows["baseline"] - rows["objective"]).tolist())
    (swing,) = tornado(rows).to_dict(orient="records")
    assert (swing["low_value"], swing["high_value"], swing["sense"]) == ("0.5", "2.0", "minimise")
    told = sweep_results(rows, frames)
    assert told.less_is_better
    assert told.gained == "money spent (万元)"
    assert sweep_headline(told) == (
        "**3** of 3 points have a plan; money spent (万元): **60 to 240**."
    )
    shown = told.points["objective"] * told.currency.shown_scale
    assert shown.tolist() == pytest.approx(rows["objective"].tolist())
