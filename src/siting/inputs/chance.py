"""Distributions a planner writes down, drawn by their quantiles so that a seed says it all."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from siting.errors import UnitError
from siting.language import tr

Floats = NDArray[np.float64]

_FORM = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*")
FORMS = (
    "uniform(low, high)",
    "normal(mean, deviation)",
    "triangular(low, mode, high)",
    "lognormal(median, deviation of the logarithm)",
)
_COUNTS = {form.partition("(")[0]: form.count(",") + 1 for form in FORMS}


@dataclass(frozen=True)
class Distribution:
    """What a number is drawn from; nothing is drawn below 0.

    Attributes:
        kind: `uniform`, `normal` (truncated at 0), `triangular` or `lognormal`.
        parameters: As in `FORMS`.
    """

    kind: str
    parameters: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{number:g}' for number in self.parameters)})"

    def quantile(self, share: Floats) -> Floats:
        """The numbers below which these shares (0 to 1) of the draws are, of the same shape."""
        found: Floats = np.maximum(_QUANTILES[self.kind](share, *self.parameters), 0.0)
        return found


def parse_distribution(text: str) -> Distribution | None:
    """Reads `normal(1, 0.1)`; None where the text has another form.

    Raises:
        UnitError: It has the form, but there is no such distribution or its numbers do not fit.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    kind, inside = match.groups()
    try:
        numbers = tuple(float(part) for part in inside.split(","))
    except ValueError:
        raise _no_distribution(text) from None
    if len(numbers) != _COUNTS.get(kind) or not _makes_sense(kind, numbers):
        raise _no_distribution(text)
    return Distribution(kind, numbers)


def _makes_sense(kind: str, numbers: tuple[float, ...]) -> bool:
    if not np.all(np.isfinite(numbers)) or numbers[0] < 0:
        return False
    if kind == "normal":
        return numbers[1] > 0
    if kind == "lognormal":
        return min(numbers) > 0
    return list(numbers) == sorted(numbers) and numbers[0] < numbers[-1]


def _no_distribution(text: str) -> UnitError:
    expected = tr("one of {forms}, with numbers of at least 0", forms="; ".join(FORMS))
    return UnitError(text, expected, tr("Correct the name or the numbers."))


def shares(seed: int, *keys: int | str, size: int = 1) -> Floats:
    """Shares above 0 and below 1 that depend on the seed and the keys alone, shape (size,)."""
    words = [key if isinstance(key, int) else zlib.crc32(key.encode()) for key in keys]
    drawn = np.random.default_rng([seed, *words]).random(size)
    return np.clip(drawn, 1e-12, 1 - 1e-12)


def _uniform(share: Floats, low: float, high: float) -> Floats:
    return low + share * (high - low)


def _normal(share: Floats, mean: float, deviation: float) -> Floats:
    below = ndtr(-mean / deviation)
    return np.asarray(mean + deviation * ndtri(below + share * (1 - below)))


def _triangular(share: Floats, low: float, mode: float, high: float) -> Floats:
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    return np.where(share * (high - low) < mode - low, rising, falling)


def _lognormal(share: Floats, median: float, deviation: float) -> Floats:
    return np.asarray(median * np.exp(deviation * ndtri(share)))


_QUANTILES: dict[str, Callable[..., Floats]] = {
    "uniform": _uniform,
    "normal": _normal,
    "triangular": _triangular,
    "lognormal": _lognormal,
}
