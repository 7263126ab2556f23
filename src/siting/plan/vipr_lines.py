"""The lines of a proof in the format VIPR 1.0: constraints that are given, and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Sum = dict[int, Fraction]
LEAST, MOST = "G", "L"


@dataclass
class Lines:
    """Numbered constraints, given and derived."""

    given: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)

    def give(self, name: str, sense: str, side: Fraction | int, left: str) -> int:
        """Adds a given constraint; its number."""
        self.given.append(f"{name} {sense} {side} {left}")
        return len(self.given) - 1

    def derive(self, sense: str, side: Fraction | int, left: str, reason: str) -> int:
        """Adds a derived constraint; its number."""
        number = len(self.given) + len(self.derived)
        self.derived.append(f"D{number} {sense} {side} {left} {{ {reason} }} -1")
        return number


def left_side(terms: Mapping[int, Fraction | int]) -> str:
    """Columns and coefficients of a constraint, as the format has them."""
    kept = [(column, amount) for column, amount in sorted(terms.items()) if amount != 0]
    return " ".join([str(len(kept)), *(f"{column} {amount}" for column, amount in kept)])


def combination(word: str, parts: Mapping[int, Fraction]) -> str:
    """A sum of constraints as a reason: `lin` or `rnd`."""
    kept = [(number, times) for number, times in sorted(parts.items()) if times != 0]
    return " ".join([word, str(len(kept)), *(f"{number} {times}" for number, times in kept)])
