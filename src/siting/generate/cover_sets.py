"""Equal cover sets merged on the fly: memory grows with the distinct sets, not with the points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]


@dataclass
class CoverSets:
    """Distinct sets of facilities and the demand of all points that have that set.

    Attributes:
        facilities: How many facilities there are.
        uncovered: Demand of the points that no facility covers.
        points: Points seen so far.
    """

    facilities: int
    uncovered: float = 0.0
    points: int = 0
    _weights: dict[bytes, float] = field(default_factory=dict)

    def add(self, near: Flags, demand: NDArray[np.int64]) -> None:
        """Takes in points.

        Args:
            near: Whether the facility covers the point, shape (facilities, points).
            demand: Of each point, shape (points,).
        """
        bits = pack(near)
        first, group = equal_columns(bits)
        sums = np.bincount(group, weights=demand, minlength=len(first))
        keys = np.ascontiguousarray(bits[:, first].T)
        empty = ~keys.any(axis=1)
        self.uncovered += float(sums[empty].sum())
        self.points += near.shape[1]
        for key, weight in zip(keys[~empty], sums[~empty].tolist(), strict=True):
            name = key.tobytes()
            self._weights[name] = self._weights.get(name, 0.0) + weight

    @property
    def weights(self) -> NDArray[np.float64]:
        """Demand of each distinct set that is not empty, shape (sets,)."""
        return np.array([self._weights[name] for name in self._names()], dtype=np.float64)

    @property
    def cover(self) -> csr_array:
        """1 where the facility is in the set, shape (sets, facilities)."""
        names = self._names()
        width = 8 * -(-self.facilities // 64)
        packed = np.frombuffer(b"".join(names), dtype=np.uint8).reshape(len(names), width)
        dense = np.unpackbits(packed, axis=1, count=self.facilities, bitorder="little")
        return csr_array(csr_array(dense).astype(np.float64))

    def _names(self) -> list[bytes]:
        # Sorted, so that the order does not depend on how the points were cut into chunks.
        return sorted(self._weights)


def pack(near: Flags) -> Bits:
    """Packs each column of flags into words of 64, shape (words, points)."""
    octets = np.packbits(near, axis=0, bitorder="little")
    padded = np.zeros((near.shape[1], -(-len(octets) // 8) * 8), dtype=np.uint8)
    padded[:, : len(octets)] = octets.T
    return padded.view("<u8").T


def equal_columns(bits: Bits) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups equal columns.

    Columns are sorted by a 64-bit mix of their words; should two different ones ever share it, the
    words themselves are sorted instead.

    Returns:
        Position of the first column of each group, shape (groups,), and the group of each column,
        shape (points,).
    """
    _, first, group = np.unique(_mixed(bits), return_index=True, return_inverse=True)
    if not np.array_equal(bits[:, first[group]], bits):
        _, first, group = np.unique(bits, axis=1, return_index=True, return_inverse=True)
    return first.astype(np.int64), group.ravel().astype(np.int64)


def _mixed(bits: Bits) -> NDArray[np.uint64]:
    """One word for each column, shape (points,); equal for equal columns."""
    factors = np.random.default_rng(0).integers(0, 2**63, len(bits), dtype=np.uint64)
    mix = np.zeros(bits.shape[1], dtype=np.uint64)
    for word, factor in zip(bits, factors, strict=True):
        mix = (mix ^ word) * (factor | np.uint64(1))
        mix ^= mix >> np.uint64(31)
    return mix
