"""Numbers as the reader of a page writes them: people, shares, dates, and bounds in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from siting.language import language
from siting.units import Currency

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DASH = "–"


def share(part: float, whole: float) -> str:
    """A part of a whole in percent; a dash where there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole > 0 else DASH


def money_column(amounts: Iterable[float], currency: Currency) -> list[str]:
    """Amounts that stand below each other, in the shown unit, all with the same decimals.

    At most two decimals, and a dash for nothing and for what is not known.
    """
    shown = [amount / currency.shown_scale if math.isfinite(amount) else 0.0 for amount in amounts]
    digits = next(d for d in (0, 1, 2) if d == 2 or all(_fits(value, d) for value in shown))
    return [f"{value:,.{digits}f}" if value else DASH for value in shown]


def _fits(value: float, digits: int) -> bool:
    return abs(value - round(value, digits)) < 0.005


def day_in_words(day: date) -> str:
    """A date as the language writes it: `23 November 2026`, `2026年11月23日`."""
    if language() == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def close(text: str) -> str:
    """A share with its sign close to it, as tables of a page have it."""
    return text.replace(" %", "%")


def at_most_percent(part: float) -> str:
    """A share that bounds another from above, rounded up to two digits: `2.1%` for 0.02035."""
    percent = 100 * part
    if percent <= 0:
        return "0%"
    digits = 1 - math.floor(math.log10(percent))
    # What is 2.1 up to the rounding of floats stays 2.1.
    up = math.ceil(percent * 10**digits - 1e-9) / 10**digits
    return f"{up:.{max(0, digits)}f}%"


def chinese_number(number: int) -> str:
    """A number from 1 to 19 in Chinese characters, as headings are counted."""
    digits = "零一二三四五六七八九十"
    return digits[number] if number <= 10 else f"十{digits[number - 10]}"
