"""Distributions: their quantiles against scipy's, and what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from siting.errors import UnitError
from siting.inputs.chance import parse_distribution, shares

SHARES = np.array([0.001, 0.1, 0.37, 0.5, 0.9, 0.999])


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("uniform(66,80)", stats.uniform(66, 14)),
        ("normal(1, 0.1)", stats.truncnorm(-10, np.inf, 1, 0.1)),
        ("normal(1, 2)", stats.truncnorm(-0.5, np.inf, 1, 2)),
        ("triangular(0.8, 0.9, 1.3)", stats.triang(0.2, 0.8, 0.5)),
        ("triangular(1, 1, 2)", stats.triang(0, 1, 1)),
        ("lognormal(1.5, 0.2)", stats.lognorm(0.2, 0, 1.5)),
    ],
)
def test_quantiles_are_those_of_the_distribution(text: str, known: Any) -> None:
    distribution = parse_distribution(text)
    assert distribution is not None
    assert distribution.quantile(SHARES) == pytest.approx(known.ppf(SHARES), rel=1e-9)


def test_a_normal_cut_off_at_0_draws_nothing_below() -> None:
    distribution = parse_distribution("normal(0, 1)")
    assert distribution is not None
    assert distribution.quantile(shares(1, size=1000)).min() >= 0


def test_a_text_of_another_form_is_no_distribution() -> None:
    assert [parse_distribution(text) for text in ("x1.2", "0.8,1", "{a: b}", "", "5:15:3")] == (
        [None] * 5
    )


@pytest.mark.parametrize(
    "text",
    [
        "gauss(1,2)",
        "normal(1)",
        "normal(1,0)",
        "normal(1,-1)",
        "normal(a,b)",
        "normal(1,nan)",
        "uniform(2,1)",
        "uniform(1,1)",
        "uniform(-1,1)",
        "triangular(1,3,2)",
        "lognormal(0,1)",
        "normal()",
    ],
)
def test_wrong_distributions_say_which_there_are(text: str) -> None:
    with pytest.raises(UnitError, match=r"uniform\(low, high\)"):
        parse_distribution(text)


def test_draws_depend_on_the_seed_and_every_key() -> None:
    draws = [shares(1, 2, "cost"), shares(2, 2, "cost"), shares(1, 3, "cost"), shares(1, 2, "x")]
    assert len({float(draw[0]) for draw in draws}) == 4
    assert shares(1, 2, "cost", size=3).tolist() == shares(1, 2, "cost", size=3).tolist()
    # Written down: other versions of numpy must draw the same, or resumed sweeps would not.
    assert float(shares(0, "cost")[0]) == 0.5880240907235359
