"""Quantities with units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import UnitError
from siting.units import (
    Currency,
    counted,
    listed,
    parse_duration,
    parse_length,
    parse_money,
    parse_share,
    parse_speed,
)

CNY = Currency()
EUR = Currency("EUR", "EUR")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8000000 CNY", 8e6),
        ("20_000_000 CNY", 2e7),
        ("8,000,000 元", 8e6),
        ("800万", 8e6),
        ("800 万元", 8e6),
        ("８００万", 8e6),
        ("8e6 CNY", 8e6),
        ("2千万元", 2e7),
        ("3百万", 3e6),
        ("1.5亿", 1.5e8),
        ("5千元", 5e3),
        ("7 yuan", 7),
        ("0 CNY", 0),
    ],
)
def test_money(text: str, amount: float) -> None:
    assert parse_money(text, CNY) == pytest.approx(amount)


@pytest.mark.parametrize(
    "text",
    [
        "8000000",
        8_000_000,
        8e6,
        True,
        "",
        "万",
        "CNY",
        "-5万",
        "8 EUR",
        "8 苹果",
        "nan CNY",
        "1e999 CNY",
    ],
)
def test_money_that_is_refused(text: str | float) -> None:
    with pytest.raises(UnitError, match="expected an amount of at least 0 with its unit") as caught:
        parse_money(text, CNY)
    assert "CNY" in caught.value.mend


@pytest.mark.parametrize("text", ["8000000", 8_000_000, 8e6, "800万"])
def test_bare_money_where_it_is_allowed(text: str | float) -> None:
    assert parse_money(text, CNY, bare=True) == 8e6


def test_other_money_has_its_own_unit_and_no_chinese_scales() -> None:
    assert parse_money("2_500 EUR", EUR) == 2500
    assert parse_money("2500 eur", EUR) == 2500
    for text in ("8 CNY", "800万", "7 元"):
        with pytest.raises(UnitError, match=r"e\.g\. '8000000 EUR'") as caught:
            parse_money(text, EUR)
        assert "万" not in caught.value.expected


@given(st.integers(min_value=0, max_value=10**12))
def test_money_round_trip(amount: int) -> None:
    assert parse_money(f"{amount} CNY", CNY) == amount


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        (Currency("CNY", "万元"), 8_000_000, "800 万元"),
        (Currency("CNY", "万元"), 75_500, "7.55 万元"),
        (Currency("CNY", "亿元"), 2e8, "2 亿元"),
        (Currency(), 1234567.4, "1,234,567 元"),
        (EUR, 2500, "2,500 EUR"),
    ],
)
def test_money_as_people_read_it(currency: Currency, amount: float, shown: str) -> None:
    assert currency.show(amount) == shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60),
        ("2 min", 120),
        ("1 h", 3600),
        ("500 ms", 0.5),
        ("3分钟", 180),
        ("1.5 小时", 5400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["60", 60, "0s", "-1 s", "1 day", "s", ""])
def test_durations_that_are_refused(text: str | float) -> None:
    with pytest.raises(UnitError, match="expected a duration above 0 with its unit"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "speed"),
    [("80 m/min", 80), ("4.8 km/h", 80), ("1.5 m/s", 90), ("50米/分", 50), ("3 公里/小时", 50)],
)
def test_speeds(text: str, speed: float) -> None:
    assert parse_speed(text) == pytest.approx(speed)


@pytest.mark.parametrize("text", ["80", 80, "80 km/h", "5 m/min", "fast", "0 m/s"])
def test_speeds_that_are_refused(text: str | float) -> None:
    with pytest.raises(UnitError, match="expected a walking speed from 10 to 300 m/min"):
        parse_speed(text)


@pytest.mark.parametrize(
    ("text", "metres"),
    [("300 m", 300), ("1.2 km", 1200), ("0 m", 0), ("500米", 500), ("1公里", 1000)],
)
def test_lengths(text: str, metres: float) -> None:
    assert parse_length(text) == pytest.approx(metres)


@pytest.mark.parametrize("text", ["300", 300, "-1 m", "3 ft"])
def test_lengths_that_are_refused(text: str | float) -> None:
    with pytest.raises(UnitError, match="expected a length of at least 0 with its unit"):
        parse_length(text)


@pytest.mark.parametrize(
    ("text", "share"), [("60%", 0.6), ("0.1 %", 0.001), ("100%", 1), ("５０％", 0.5)]
)
def test_shares(text: str, share: float) -> None:
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["60", 0.6, "101%", "-1%", "%"])
def test_shares_that_are_refused(text: str | float) -> None:
    with pytest.raises(UnitError, match="expected a share from 0% to 100%"):
        parse_share(text)


def test_the_error_says_what_stood_there() -> None:
    with pytest.raises(UnitError, match="found '60'; expected") as caught:
        parse_duration("60")
    assert caught.value.found == "60"
    assert isinstance(caught.value, ValueError)


def test_a_number_goes_with_its_noun() -> None:
    assert [counted(n, "point") for n in (0, 1, 1200)] == ["0 points", "1 point", "1,200 points"]


def test_long_lists_are_cut_and_say_so() -> None:
    names = [f"R{number}" for number in range(1, 8)]
    assert listed(names[:2]) == "R1, R2"
    assert listed(names) == "R1, R2, R3, R4, R5 and 2 more"
