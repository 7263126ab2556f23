"""Numbers that a file says against numbers that the inputs give."""

from __future__ import annotations

import math
from typing import TypeGuard

from siting.language import phrase

_AGREEMENT = 1e-6
DIFFERENCE = phrase("{name}: plan.json says {said}, the inputs give {given}")


def is_number(said: object) -> TypeGuard[float]:
    """Whether a file says a finite number; JSON may hold anything, even NaN."""
    if not isinstance(said, (int, float)) or isinstance(said, bool):
        return False
    try:
        return math.isfinite(said)
    except OverflowError:  # a whole number beyond every float
        return False


def agree(said: object, given: float) -> bool:
    """Whether a file says a number, up to the rounding of sums."""
    if not is_number(said):
        return False
    return abs(said - given) <= _AGREEMENT * max(1.0, abs(given))


def show(number: object) -> str:
    """What a file says, as messages show it."""
    if not is_number(number):
        return repr(number)
    return f"{number:,.6g}" if 0 < abs(number) < 1 else f"{number:,.2f}"
