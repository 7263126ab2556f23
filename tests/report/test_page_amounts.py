"""Numbers as a page writes them."""

from __future__ import annotations

import math
from datetime import date

import pytest

from siting.language import in_language
from siting.report.page.shown_numbers import (
    at_most_percent,
    chinese_number,
    close,
    day_in_words,
    money_column,
    share,
)
from siting.units import Currency

WAN = Currency("CNY", "万元")


@pytest.mark.parametrize(
    ("share_of", "shown"),
    [
        (0.0, "0%"),
        (-1e-9, "0%"),
        (0.02035, "2.1%"),
        (0.021, "2.1%"),
        (0.00070218, "0.071%"),
        (0.5, "50%"),
        (0.1234, "13%"),
        (1.0, "100%"),
        (12.34, "1300%"),
    ],
)
def test_a_bound_is_rounded_up_to_two_digits(share_of: float, shown: str) -> None:
    assert at_most_percent(share_of) == shown


@pytest.mark.parametrize("step", range(1, 400, 7))
def test_a_rounded_bound_still_bounds(step: int) -> None:
    told = float(at_most_percent(step / 997).removesuffix("%")) / 100
    assert step / 997 <= told + 1e-12 <= 1.1 * step / 997 + 1e-12


def test_a_date_is_written_as_the_language_writes_it() -> None:
    day = date(2026, 3, 5)
    assert day_in_words(day) == "5 March 2026"
    with in_language("zh"):
        assert day_in_words(day) == "2026年3月5日"


def test_amounts_below_each_other_have_the_same_decimals() -> None:
    assert money_column([10_000, 25_000, 0, math.nan], WAN) == ["1.0", "2.5", "–", "–"]
    assert money_column([10_000, 20_000], WAN) == ["1", "2"]
    assert money_column([10_000, 10_000 / 3], WAN) == ["1.00", "0.33"]
    assert money_column([12_345_600], WAN) == ["1,234.56"]
    assert money_column([], WAN) == []


def test_a_share_of_nobody_is_unknown() -> None:
    assert share(1, 8) == "12.5%"
    assert share(0, 0) == "–"
    assert close("2.03 %") == "2.03%"


def test_chapters_are_counted_in_chinese() -> None:
    assert [chinese_number(n) for n in (1, 9, 10, 11, 19)] == ["一", "九", "十", "十一", "十九"]
