"""Quantities with units: money, durations, shares, speeds, lengths, all read from text.

A bare number is refused where a unit is due, because 8 may be minutes, metres or ten thousands.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from siting.errors import UnitError
from siting.language import joined, language, tr

_NUMBER = re.compile(r"([+-]?(?:\d[\d_,]*)?(?:\.\d+)?(?:[eE][+-]?\d+)?)(.*)", re.DOTALL)
_SCALES = {"": 1.0, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8}
_YUAN = {"元", "人民币", "cny", "rmb", "¥", "yuan"}
_DURATIONS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "秒": 1.0, "min": 60.0, "分钟": 60.0}
_DURATIONS |= {"h": 3600.0, "小时": 3600.0}
_KMH = 1000.0 / 60.0
_SPEEDS = {"m/min": 1.0, "米/分": 1.0, "米/分钟": 1.0, "m/s": 60.0, "km/h": _KMH, "公里/小时": _KMH}
_LENGTHS = {"m": 1.0, "米": 1.0, "km": 1000.0, "公里": 1000.0}


@dataclass(frozen=True)
class Currency:
    """The money of an instance.

    Attributes:
        unit: ISO code in which every amount is stored, e.g. `CNY`.
        shown_in: How amounts are shown: the unit itself, or `元`, `万元`, `亿元` for CNY.
    """

    unit: str = "CNY"
    shown_in: str = "元"

    @property
    def shown_scale(self) -> float:
        """Units of money in one shown unit: 10,000 for `万元`."""
        return _SCALES.get(self.shown_in.removesuffix("元"), 1.0)

    def show(self, amount: float) -> str:
        """Writes an amount as people read it, e.g. `800 万元`."""
        scaled = amount / self.shown_scale
        digits = 0 if float(scaled).is_integer() or abs(scaled) >= 1000 else 2
        return f"{scaled:,.{digits}f} {self.shown_in}"


# No amount of anything is larger; all below add up exactly in 64 bits.
LARGEST = 1e15


def _split(text: str, expected: str, mend: str) -> tuple[float, str]:
    """Splits `800万` into 800.0 and `万`; full-width signs count as their ASCII twins."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _NUMBER.fullmatch(plain)
    digits = match.group(1).replace("_", "").replace(",", "") if match else ""
    try:
        value = float(digits)
    except ValueError:
        raise UnitError(text, expected, mend) from None
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise UnitError(text, expected, mend)
    return value, match.group(2).strip().lower() if match else ""


def parse_money(text: str | float, currency: Currency, *, bare: bool = False) -> float:
    """Reads an amount of public money, in units of `currency`.

    Args:
        text: `8000000 CNY`, `800万`, `8e6 CNY`, `2千万元`; a bare number only if `bare`.
        currency: The money of the instance.
        bare: Whether a number without a unit is taken as `currency.unit`; one that is less than 1
            in the unit that is shown is refused with both readings.

    Raises:
        UnitError: No number, no unit where one is due, another currency, or a negative amount.
    """
    expected, mend = _money_words(currency.unit)
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        text = repr(text)
    value, unit = _split(str(text), expected, mend)
    names = {currency.unit.lower()} | (_YUAN if currency.unit == "CNY" else set())
    for name in sorted(names, key=len, reverse=True):
        if unit.endswith(name):
            scale_name, named = unit.removesuffix(name).strip(), True
            break
    else:
        scale_name, named = unit, False
    has_unit = named or (scale_name != "" and currency.unit == "CNY")
    if scale_name not in _SCALES or value < 0 or not (has_unit or (bare and unit == "")):
        raise UnitError(text, expected, mend)
    if not has_unit and 0 < value < currency.shown_scale:
        raise _two_readings(value, currency)
    amount = _scaled(value, _SCALES[scale_name])
    if amount > LARGEST:
        most = tr("an amount of at most {most:,.0f} {unit}", most=LARGEST, unit=currency.unit)
        raise UnitError(text, most, tr("Check the number and the unit."))
    return amount


def _two_readings(value: float, currency: Currency) -> UnitError:
    """A bare number so small that the unit that is shown may be meant."""
    fields = {"value": f"{value:g}", "unit": currency.unit, "shown": currency.shown_in}
    return UnitError(
        fields["value"],
        tr("an amount with its unit: {value} {unit}, or {value} {shown}", **fields),
        tr("Write '{value}{shown}' or '{value} {unit}', whichever is meant.", **fields),
    )


def _money_words(unit: str) -> tuple[str, str]:
    """What is expected of an amount, and what to do."""
    example = tr("an amount of at least 0 with its unit, e.g. '8000000 {unit}'", unit=unit)
    if unit == "CNY":
        example = tr("an amount of at least 0 with its unit, e.g. '8000000 CNY' or '800万'")
    return example, tr("Write the amount in {unit} with the unit behind it.", unit=unit)


def _scaled(value: float, scale: float) -> float:
    """A decimal number times a unit: 4.35 ten thousands are 43,500, which floats miss by a hair."""
    return float(Fraction(repr(value)) * Fraction(repr(scale)))


def _parse(text: str | float, units: dict[str, float], expected: str) -> float:
    mend = tr("Write the number with its unit behind it.")
    if not isinstance(text, str):
        raise UnitError(text, expected, mend)
    value, unit = _split(text, expected, mend)
    if unit not in units:
        raise UnitError(text, expected, mend)
    return _scaled(value, units[unit])


def parse_duration(text: str | float) -> float:
    """Reads a duration such as `60s`, `2 min`, `1 h`, in seconds; must be above 0.

    Raises:
        UnitError: No number, no unit, or not above 0.
    """
    expected = tr("a duration above 0 with its unit, e.g. '60s' or '2 min'")
    seconds = _parse(text, _DURATIONS, expected)
    if seconds <= 0:
        raise UnitError(text, expected, tr("Give the work some time."))
    return seconds


def parse_speed(text: str | float) -> float:
    """Reads a walking speed such as `80 m/min` or `4.8 km/h`, in metres a minute; above 0.

    Raises:
        UnitError: No number, no unit, or outside 10 to 300 metres a minute.
    """
    expected = tr(
        "a walking speed from 10 to 300 m/min with its unit, e.g. '80 m/min' or '4.8 km/h'"
    )
    speed = _parse(text, _SPEEDS, expected)
    if not 10 <= speed <= 300:
        raise UnitError(text, expected, tr("Check the number and the unit."))
    return speed


def parse_length(text: str | float) -> float:
    """Reads a length such as `300 m` or `1.2 km`, in metres; at least 0.

    Raises:
        UnitError: No number, no unit, or negative.
    """
    expected = tr("a length of at least 0 with its unit, e.g. '300 m'")
    metres = _parse(text, _LENGTHS, expected)
    if metres < 0:
        raise UnitError(text, expected, tr("Check the sign."))
    return metres


def parse_share(text: str | float) -> float:
    """Reads a share from `0%` to `100%`, as a number from 0 to 1.

    Raises:
        UnitError: No number, no percent sign, or out of range.
    """
    expected = tr("a share from 0% to 100%, e.g. '0.1%'")
    share = _parse(text, {"%": 0.01}, expected)
    if not 0 <= share <= 1:
        raise UnitError(text, expected, tr("Check the number."))
    return share


def parse_growth(text: str | float) -> float:
    """Reads a yearly change from `-50%` to `50%`, as a number from -0.5 to 0.5.

    Raises:
        UnitError: No number, no percent sign, or out of range.
    """
    expected = tr("a change from -50% to 50% a year, e.g. '2%'")
    share = _parse(text, {"%": 0.01}, expected)
    if not -0.5 <= share <= 0.5:
        raise UnitError(text, expected, tr("Check the number."))
    return share


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 point`, `1,200 points`."""
    return f"{number:,} {plural(number, noun)}"


def plural(number: int, noun: str) -> str:
    """The noun for a number: `point`, `points`; the same where the language has no plural."""
    if number == 1 or language() != "en":
        return tr(noun)
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few of some names, and how many more there are: `R1, R2 and 3 more`."""
    shown, more = joined(names[:most]), len(names) - most
    return tr("{shown} and {more:,} more", shown=shown, more=more) if more > 0 else shown
