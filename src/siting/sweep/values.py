"""What is varied, from its text: `walking.speed=50,80`, `cost=x0.8:x1.2:5`, `cost=normal(1,1)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from siting.errors import Problem, UnitError
from siting.inputs.chance import FORMS, Distribution, parse_distribution
from siting.inputs.changes import NUMBERS, split_key
from siting.language import quoted, tr
from siting.solve.settings import LARGEST_SEED
from siting.units import Currency, parse_money

Value = float | str

# Keys of instance.yaml whose bare numbers have a unit of their own.
NATURAL_UNITS = {
    "walking.speed": "m/min",
    "walking.groups": "m/min",
    "travel.network.snap_limit": "m",
    "travel.straight_line.open_within": "m",
}
_RANGE = re.compile(r"([^:{}\[\]]+):([^:{}\[\]]+):\s*(\d+)\s*")
_NUMBER = re.compile(r"([+-]?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([^\W\d].*)?", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"
_MOST = 10_000
# Chinese keyboards write these.
_FULL_WIDTH = str.maketrans("：，＝（）", ":,=()")
FACTORS = ("cost", "residents")


@dataclass(frozen=True)
class Axis:
    """One thing that is varied.

    Attributes:
        key: `budget`, `model`, `seed`, a change of the tables (`siting.inputs.changes`), else a
            dotted key of instance.yaml.
        values: What it takes, in the order asked for: an amount in the instance's money, a factor,
            a number, else the text that `solve --set` takes. Empty where it is drawn.
        chance: What it is drawn from, or None.
        each: Whether every row of the table draws by itself.
    """

    key: str
    values: tuple[Value, ...] = ()
    chance: Distribution | None = None
    each: bool = False

    def drawn(self, share: float) -> Value:
        """The value below which this share of the draws is, to six digits."""
        if self.chance is None:
            raise ValueError(f"{self.key} is not drawn")
        number = float(f"{self.chance.quantile(np.array([share]))[0]:.6g}")
        unit = natural_unit(self.key)
        return f"{number:g} {unit}" if unit else number if is_change(self.key) else f"{number:g}"


class WrongValue(Exception):  # noqa: N818 - caught here and made a problem of
    """A text that is no value of its key: what was expected."""


def natural_unit(key: str) -> str:
    """The unit of a bare number of this key, or nothing."""
    return NATURAL_UNITS.get(key) or NATURAL_UNITS.get(key.rpartition(".")[0], "")


def is_change(key: str, value: Value = 0.0) -> bool:
    """Whether a key with this value changes the tables rather than instance.yaml.

    `residents` is both: with a factor it scales the people, with a text it names another file.
    """
    root = split_key(key)[0]
    if root == "residents":
        return not isinstance(value, str) or value.startswith("each ")
    return root in ("category", "cost")


def read_axis(text: str, currency: Currency, option: str = "--vary") -> Axis | Problem:
    """Reads `KEY=VALUES`; a problem where they are none.

    Args:
        text: As written.
        currency: The money of the instance.
        option: What messages call it.
    """
    key, equals, values = (part.strip() for part in text.translate(_FULL_WIDTH).partition("="))
    if not equals or not key or not values:
        return _wrong(option, quoted(text), tr("KEY=VALUES, e.g. walking.speed=50,66.7,80"))
    try:
        return _chance(key, values) or Axis(key, _values(key, values, currency))
    except UnitError as error:
        return _wrong(f"{option} {key}", quoted(error.found), error.expected)
    except WrongValue as error:
        return _wrong(f"{option} {key}", quoted(values), str(error))


def _wrong(where: str, found: str, expected: str) -> Problem:
    return Problem("bad-option", where, found, expected, tr("Correct the option."))


def _chance(key: str, text: str) -> Axis | None:
    each = text.startswith("each ")
    distribution = parse_distribution(text.removeprefix("each "))
    if distribution is None:
        if each:
            raise WrongValue(tr("one of {forms} behind 'each'", forms="; ".join(FORMS)))
        return None
    factor = split_key(key)[0] in FACTORS
    if key in ("budget", "model", "seed"):
        raise WrongValue(tr("values of their own: this is not drawn"))
    if each and not factor:
        raise WrongValue(tr("one draw for all: 'each' goes with factors on cost and residents"))
    return Axis(key, chance=distribution, each=each)


def _values(key: str, text: str, currency: Currency) -> tuple[Value, ...]:
    read, write = _reader(key, currency)
    match = _RANGE.fullmatch(text)
    if match is None:
        parts = [part for part in split_values(text) if part]
        return tuple(dict.fromkeys(write(*read(part)) for part in parts))
    first, last, count = match[1].strip(), match[2].strip(), int(match[3])
    (low, unit), (high, other) = read(first), read(last)
    if isinstance(low, str) or isinstance(high, str):
        raise WrongValue(tr("numbers at both ends of a range a:b:n"))
    if not 2 <= count <= _MOST:
        raise WrongValue(tr("2 to {most:,} values in a range a:b:n", most=_MOST))
    if unit and other and unit != other:
        raise WrongValue(tr("the same unit at both ends of a range a:b:n"))
    steps = np.linspace(low, high, count).tolist()
    return tuple(dict.fromkeys(write(float(f"{step:.12g}"), unit or other) for step in steps))


ReadValue = Callable[[str], tuple[float | str, str]]
WriteValue = Callable[[float | str, str], Value]


def _reader(key: str, currency: Currency) -> tuple[ReadValue, WriteValue]:
    """How one value of a key is read, as a number and a unit, and what it becomes."""
    root, _, field = split_key(key)
    if key == "budget" or (root == "category" and field in ("cost", "investment")):
        return lambda text: (parse_money(text, currency, bare=True), ""), _plain
    if key == "seed":
        return lambda text: (_number(text), ""), _whole
    if key == "model" or (root == "category" and field not in NUMBERS):
        return lambda text: (text, ""), _plain
    if root in ("category", "cost"):
        read = _number if root == "category" else _factor
        return lambda text: (read(text), ""), _plain
    if root == "residents":
        return _factor_or_text, _plain
    return _number_with_unit, lambda value, unit: _text(key, value, unit)


def _plain(value: float | str, _unit: str) -> Value:
    return value


def _whole(value: float | str, _unit: str) -> Value:
    number = float(value)
    if not number.is_integer() or not 0 <= number <= LARGEST_SEED:
        raise WrongValue(tr("whole numbers from 0 to {most:,}", most=LARGEST_SEED))
    return int(number)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise WrongValue(tr("plain numbers, e.g. 5,10,15 or 5:15:3")) from None
    if not np.isfinite(number):
        raise WrongValue(tr("plain numbers, e.g. 5,10,15 or 5:15:3"))
    return number


def _factor(text: str) -> float:
    match = re.fullmatch(r"[x×]\s*(\d*\.?\d+(?:[eE][+-]?\d+)?)", text)
    if match is None or not 0 < float(match[1]) < 1e6:
        raise WrongValue(tr("factors above 0, e.g. x0.8,x1,x1.2 or x0.8:x1.2:5"))
    return float(match[1])


def _factor_or_text(text: str) -> tuple[float | str, str]:
    return (_factor(text) if text[:1] in "x×" else text), ""


def _number_with_unit(text: str) -> tuple[float | str, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text, ""
    return float(match[1].replace("_", "")), (match[2] or "").strip()


def _text(key: str, value: float | str, unit: str) -> str:
    """A value of instance.yaml as `solve --set` takes it."""
    if isinstance(value, str):
        return value
    return f"{value:.12g} {unit or natural_unit(key)}".strip()


def split_values(text: str) -> list[str]:
    """Splits at commas that stand in no brackets and no quotes."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if sign == "," and depth == 0 and not quote:
            parts.append("")
            continue
        parts[-1] += sign
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign in _OPENING) - (sign in _CLOSING)
    return [part.strip() for part in parts]


def shown_value(key: str, value: Value, currency: Currency) -> str:
    """A value as people read it: `300 万元`, `x1.2`, `66.7 m/min`."""
    if isinstance(value, str):
        return value
    root, _, field = split_key(key)
    if key == "budget" or field in ("cost", "investment"):
        return currency.show(value)
    return f"x{value:g}" if root in FACTORS else f"{value:g}"


def shown_parameters(parameters: Mapping[str, Value], currency: Currency) -> str:
    """All parameters in one line."""
    said = (f"{key}={shown_value(key, value, currency)}" for key, value in parameters.items())
    return " ".join(said)
