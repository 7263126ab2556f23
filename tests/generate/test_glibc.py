"""The numbers of the GNU C library, against that library itself where there is one."""

from __future__ import annotations

import ctypes
import platform

import numpy as np
import pytest
from numpy.typing import NDArray

from siting.generate.glibc import RAND_MAX, GlibcRandom

SEEDS = [0, 1, 2, 42, 123456789, 2**31 - 1, 2**31, 2**31 + 5, 2**32 - 1]
HAS_GLIBC = platform.libc_ver()[0] == "glibc"
only_glibc = pytest.mark.skipif(not HAS_GLIBC, reason="this system has another C library")


def of_the_library(seed: int, count: int) -> NDArray[np.int64]:
    library = ctypes.CDLL(None)
    library.srand(ctypes.c_uint(seed))
    return np.array([library.rand() for _ in range(count)], dtype=np.int64)


def test_the_first_draws_are_the_well_known_ones() -> None:
    first = [1804289383, 846930886, 1681692777, 1714636915, 1957747793]
    assert GlibcRandom(1).draw(5).tolist() == first


@only_glibc
@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_those_of_the_library(seed: int) -> None:
    expected = of_the_library(seed, 2_000)
    numbers = GlibcRandom(seed)
    assert np.array_equal(numbers.draw(700), expected[:700])
    assert np.array_equal(numbers.draw(1_300), expected[700:])


@only_glibc
def test_a_million_and_more_draws_are_those_of_the_library() -> None:
    expected = of_the_library(7, 2_200_000)
    numbers = GlibcRandom(7)
    drawn = np.concatenate([numbers.draw(count) for count in (1, 1_048_575, 1_048_577, 102_847)])
    assert np.array_equal(drawn, expected)


@pytest.mark.parametrize("before", [0, 10, 1_048_576, 1_500_000])
@pytest.mark.parametrize("skipped", [0, 1, 5, 31, 600_000, 3_000_000])
def test_skipping_is_drawing_and_throwing_away(before: int, skipped: int) -> None:
    plain, skipping = GlibcRandom(3), GlibcRandom(3)
    plain.draw(before + skipped)
    skipping.draw(before)
    skipping.skip(skipped)
    assert np.array_equal(plain.draw(1_000), skipping.draw(1_000))


def test_skips_add_up() -> None:
    once, twice = GlibcRandom(3), GlibcRandom(3)
    once.skip(10**12)
    twice.skip(10**12 - 12_345)
    twice.skip(12_345)
    assert np.array_equal(once.draw(100), twice.draw(100))


def test_draws_are_31_bits() -> None:
    drawn = GlibcRandom(5).draw(100_000)
    assert drawn.min() >= 0
    assert drawn.max() <= RAND_MAX
    assert drawn.max() > 0.99 * RAND_MAX


def test_nothing_drawn_is_nothing() -> None:
    numbers = GlibcRandom(1)
    assert len(numbers.draw(0)) == 0
    assert numbers.draw(1)[0] == 1804289383


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=f"seed is {seed}; expected 0 to 4294967295"):
        GlibcRandom(seed)
