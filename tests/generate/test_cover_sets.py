"""Merging on the fly gives the sets that counting one point after the other gives."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from siting.generate import cover_sets
from siting.generate.cover_sets import CoverSets, equal_columns, pack

Flags = NDArray[np.bool_]


def draw(facilities: int, points: int, seed: int) -> tuple[Flags, NDArray[np.int64]]:
    """Points whose sets come from a pool of twenty, an empty one among them."""
    rng = np.random.default_rng(seed)
    pool = rng.random((facilities, 20)) < 0.3
    pool[:, 0] = False
    return pool[:, rng.integers(0, 20, points)], rng.integers(1, 101, points)


def counted(near: Flags, demand: NDArray[np.int64]) -> Counter[tuple[int, ...]]:
    sums: Counter[tuple[int, ...]] = Counter()
    for column, amount in zip(near.T, demand.tolist(), strict=True):
        sums[tuple(np.flatnonzero(column).tolist())] += amount
    return sums


@pytest.mark.parametrize("facilities", [1, 7, 8, 9, 63, 64, 65, 130])
@pytest.mark.parametrize("chunks", [1, 2, 5])
def test_sets_and_weights_are_those_of_counting(facilities: int, chunks: int) -> None:
    near, demand = draw(facilities, 300, seed=facilities)
    sets = CoverSets(facilities)
    for columns in np.array_split(np.arange(300), chunks):
        sets.add(near[:, columns], demand[columns])
    expected = counted(near, demand)
    assert sets.uncovered == expected.pop((), 0)
    assert sets.points == 300
    rows = [tuple(row.nonzero()[0].tolist()) for row in sets.cover.toarray()]
    assert len(set(rows)) == len(rows)
    assert dict(zip(rows, sets.weights.tolist(), strict=True)) == dict(expected)


def test_the_order_does_not_depend_on_the_chunks() -> None:
    near, demand = draw(70, 200, seed=1)
    whole, parts = CoverSets(70), CoverSets(70)
    whole.add(near, demand)
    for column in reversed(range(200)):
        parts.add(near[:, [column]], demand[[column]])
    assert np.array_equal(whole.cover.toarray(), parts.cover.toarray())
    assert np.array_equal(whole.weights, parts.weights)


def test_nothing_but_uncovered_points_makes_no_sets() -> None:
    sets = CoverSets(3)
    sets.add(np.zeros((3, 2), dtype=np.bool_), np.array([5, 6]))
    assert (sets.uncovered, sets.cover.shape, len(sets.weights)) == (11.0, (0, 3), 0)


def test_flags_are_packed_lowest_first() -> None:
    near = np.zeros((65, 2), dtype=np.bool_)
    near[[0, 2, 64], 0] = True
    assert pack(near).tolist() == [[5, 0], [1, 0]]


def test_columns_whose_mix_is_equal_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover_sets, "_mixed", lambda bits: np.zeros(bits.shape[1], np.uint64))
    bits = np.array([[1, 2, 1, 1, 0], [3, 3, 3, 4, 0]], dtype=np.uint64)
    first, group = equal_columns(bits)
    assert np.array_equal(bits[:, first[group]], bits)
    assert len(first) == 4
