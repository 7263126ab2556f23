"""Exact numbers: amounts as the files write them, sums in whole numbers whatever their size.

A float of an input file stands for the shortest decimal that reads back as it: 0.1 is one tenth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Wholes = NDArray[np.int64] | NDArray[np.object_]

# Sums of products stay exact in 64 bits up to here.
LARGEST = 2**62
_MOST_DECIMALS = 9
# Two decimals of at most 15 digits are never one float.
_ONE_DECIMAL = 1e15


def exact(number: float) -> Fraction:
    """The decimal that a number was written as.

    Raises:
        ValueError: It is not finite.
    """
    return Fraction(repr(float(number)))


def rounded_up(number: Fraction) -> float:
    """The smallest float that is not below a fraction."""
    near = number.numerator / number.denominator
    return near if Fraction(near) >= number else math.nextafter(near, math.inf)


def rounded_down(number: Fraction) -> float:
    """The largest float that is not above a fraction."""
    return -rounded_up(-number)


@dataclass(frozen=True, eq=False)
class ExactVector:
    """Fractions with one denominator.

    Attributes:
        numerators: Whole numbers of any size, shape (n,); int64 where they fit, else objects.
        denominator: Above 0.
    """

    numerators: Wholes
    denominator: int = 1

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> ExactVector:
        return ExactVector(self.numerators[index], self.denominator)

    def fractions(self) -> list[Fraction]:
        """The entries one by one."""
        return [Fraction(number, self.denominator) for number in self.numerators.tolist()]

    def times(self, factor: Fraction) -> ExactVector:
        """Every entry times a fraction."""
        wide = self.numerators.astype(object) * factor.numerator
        return ExactVector(narrow(wide), self.denominator * factor.denominator)

    @property
    def largest(self) -> int:
        """The largest size of a numerator; 0 where there are none."""
        return max(map(abs, self.numerators.tolist()), default=0)

    def total(self) -> Fraction:
        """The sum of the entries."""
        return Fraction(sum(self.numerators.tolist()), self.denominator)

    def at(self, denominator: int) -> Wholes:
        """The numerators over another denominator, a multiple of this one."""
        factor = denominator // self.denominator
        return self.numerators if factor == 1 else narrow(self.numerators.astype(object) * factor)


def exact_vector(numbers: NDArray[np.float64]) -> ExactVector:
    """The decimals that numbers were written as, shape (n,).

    Raises:
        ValueError: One of them is not finite.
    """
    for decimals in range(_MOST_DECIMALS + 1):
        with np.errstate(over="ignore"):
            scaled = np.round(numbers * 10.0**decimals)
        # A quotient is rounded correctly: if it is the number, that decimal is the number's own.
        small = np.abs(scaled) < _ONE_DECIMAL
        if np.all(small) and np.array_equal(scaled / 10.0**decimals, numbers):
            return ExactVector(scaled.astype(np.int64), 10**decimals)
    return from_fractions([exact(number) for number in numbers.tolist()])


def joined(vectors: Sequence[ExactVector]) -> ExactVector:
    """Vectors one behind the other."""
    denominator = math.lcm(*(vector.denominator for vector in vectors))
    parts = [vector.at(denominator) for vector in vectors]
    if all(part.dtype == np.int64 for part in parts):
        return ExactVector(np.concatenate(parts).astype(np.int64), denominator)
    return ExactVector(np.concatenate([p.astype(object) for p in parts]), denominator)


def from_fractions(numbers: Iterable[Fraction]) -> ExactVector:
    """Fractions over their common denominator."""
    listed = list(numbers)
    denominator = math.lcm(*(number.denominator for number in listed))
    wholes = [number.numerator * (denominator // number.denominator) for number in listed]
    return ExactVector(narrow(np.array(wholes, dtype=object)), denominator)


def narrow(numbers: NDArray[np.object_]) -> Wholes:
    """Whole numbers as int64 where all of them fit, with room for sums of two; else as they are."""
    if all(_fits_in(number) for number in numbers.tolist()):
        return numbers.astype(np.int64)
    return numbers


def _fits_in(number: int | Fraction) -> bool:
    return number.denominator == 1 and -LARGEST < number < LARGEST


def exact_product(matrix: csr_array, vector: Wholes) -> Wholes:
    """`matrix @ vector` in whole numbers whatever their size.

    Args:
        matrix: Whole numbers as int64, shape (m, n).
        vector: Whole numbers, shape (n,).
    """
    if vector.dtype == np.int64 and _fits(matrix, vector):
        return np.asarray(matrix @ vector, dtype=np.int64)
    products = matrix.data.astype(object) * vector[matrix.indices]
    sums = [
        sum(products[start:stop].tolist())
        for start, stop in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)
    ]
    return np.array(sums, dtype=object)


def _fits(matrix: csr_array, vector: Wholes) -> bool:
    """Whether no row's sum of products can leave 64 bits, with the rounding of floats counted."""
    sizes = abs(matrix.astype(float)) @ np.abs(vector.astype(float))
    return float(sizes.max(initial=0.0)) < LARGEST / 2
