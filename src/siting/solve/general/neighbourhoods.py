"""Choices that are freed together: those near a state that relaxation and plan see differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.solve.general.states import States

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Of each state, however much relaxation and plan agree on it.
_LEAST_WEIGHT = 0.02


@dataclass(eq=False)
class Neighbourhoods:
    """Draws neighbourhoods in a program.

    Attributes:
        states: The program.
        rng: Where chance comes from.
        narrow: Rows with more entries do not make columns neighbours.
    """

    states: States
    rng: np.random.Generator
    narrow: int

    def __post_init__(self) -> None:
        """Links columns that narrow rows join."""
        matrix = self.states.program.matrix
        links = csr_array(matrix[np.flatnonzero(np.diff(matrix.indptr) <= self.narrow)])
        self._links = csr_array((np.ones(links.nnz), links.indices, links.indptr), links.shape)
        self._links_back = csr_array(self._links.T)

    def around(self, plan: Floats, relaxed: Floats | None, weights: Floats, size: int) -> Flags:
        """Choices around a random state, shape (choices,).

        Args:
            plan: Choices of a plan, shape (choices,).
            relaxed: Values of the relaxation, shape (columns,), or None.
            weights: What each column is worth, shape (columns,).
            size: How many are to be free.
        """
        weights = np.abs(weights)
        if relaxed is not None:
            weights = weights * (np.abs(relaxed - self.states.filled(plan)) + _LEAST_WEIGHT)
        near = np.zeros(len(weights), dtype=bool)
        if weights.sum() > 0:
            near[self.rng.choice(len(weights), p=weights / weights.sum())] = True
        return self.limited(self._spread(near, size), size)

    def limited(self, free: Flags, size: int) -> Flags:
        """At most so many of some choices, shape (choices,)."""
        chosen = np.flatnonzero(free)
        if len(chosen) > size:
            kept = self.rng.choice(chosen, size, replace=False)
            free = np.zeros(len(free), dtype=bool)
            free[kept] = True
        return free

    def _spread(self, near: Flags, size: int) -> Flags:
        """Columns that narrow rows join to some, ring by ring, until enough are choices."""
        whole = self.states.whole
        while near[whole].sum() < size:
            rows = (self._links @ near.astype(float) > 0).astype(float)
            ring = (self._links_back @ rows > 0) & ~near
            if not ring.any():
                ring[self.rng.choice(whole)] = True
                if near[ring].all():
                    break
            near = near | ring
        return near[whole]
