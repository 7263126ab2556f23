"""The numbers that `srand` and `rand` of the GNU C library give, millions a second.

The library's default generator is an additive feedback one, x[n] = x[n-3] + x[n-31] modulo 2^32,
of which `rand` gives the upper 31 bits. 1,024 places of one sequence, 1,024 draws apart, are
carried along side by side; a linear jump leads from each place to the next.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

RAND_MAX = 2**31 - 1
_LONG_LAG, _SHORT_LAG = 31, 3
# The library throws away its first draws: ten rounds of the long lag.
_DISCARDED = 310
_LANES = 1024
_STEPS = 1024
_BLOCK = _LANES * _STEPS


class GlibcRandom:
    """A sequence of `rand()` from its seed on.

    Args:
        seed: As given to `srand`, 0 to 2**32 - 1.

    Raises:
        ValueError: The seed is out of range.
    """

    def __init__(self, seed: int) -> None:
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed is {seed}; expected 0 to {2**32 - 1}")
        # 31 consecutive words of the sequence; the next word is the first not drawn yet.
        self._state = _jump(_DISCARDED) @ _seeded(seed)
        self._lanes: Words | None = None
        self._ready: Words = np.empty(0, dtype=np.uint32)

    def draw(self, count: int) -> NDArray[np.int64]:
        """The next draws of `rand()`, each 0 to `RAND_MAX`, shape (count,)."""
        parts = [self._ready]
        found = len(self._ready)
        while found < count:
            parts.append(self._block())
            found += len(parts[-1])
        joined = np.concatenate(parts) if len(parts) > 1 else parts[0]
        self._ready = joined[count:]
        return joined[:count].astype(np.int64)

    def skip(self, count: int) -> None:
        """Passes over as many draws, however many, in no time."""
        ready = min(count, len(self._ready))
        self._ready = self._ready[ready:]
        if count > ready:
            self._state, self._lanes = _jump(count - ready) @ self._state, None

    def _block(self) -> Words:
        """The next `_BLOCK` draws."""
        lanes = _spread(self._state) if self._lanes is None else self._lanes
        words = np.empty((_LONG_LAG + _STEPS, _LANES), dtype=np.uint32)
        words[:_LONG_LAG] = lanes
        for start in range(_LONG_LAG, len(words), _SHORT_LAG):
            stop = min(start + _SHORT_LAG, len(words))
            np.add(
                words[start - _SHORT_LAG : stop - _SHORT_LAG],
                words[start - _LONG_LAG : stop - _LONG_LAG],
                out=words[start:stop],
            )
        self._lanes = _jump(_BLOCK) @ lanes
        self._state = self._lanes[:, 0]
        return np.ascontiguousarray((words[_LONG_LAG:] >> np.uint32(1)).T).ravel()


def _seeded(seed: int) -> Words:
    """The 31 words that `srand` fills: a multiplicative generator modulo 2^31 - 1."""
    word = seed or 1
    # The library keeps the seed as a signed word and takes the remainder towards zero.
    word -= 2**32 if word >= 2**31 else 0
    words = [word]
    for _ in range(_LONG_LAG - 1):
        word = 16807 * word - 2147483647 * int(16807 * word / 2147483647)
        word += 2147483647 if word < 0 else 0
        words.append(word)
    # The sum begins at the fourth word, with the first one, so three words trail the others.
    turned = words[_SHORT_LAG:] + words[:_SHORT_LAG]
    return np.array([one % 2**32 for one in turned], dtype=np.uint32)


def _spread(state: Words) -> Words:
    """States of all lanes, shape (31, lanes), doubled up from the first."""
    lanes = state.reshape(-1, 1)
    while lanes.shape[1] < _LANES:
        lanes = np.hstack([lanes, _jump(_STEPS * lanes.shape[1]) @ lanes])
    return lanes


@cache
def _jump(count: int) -> Words:
    """The matrix that carries 31 consecutive words `count` places on, shape (31, 31)."""
    if count == 0:
        return np.eye(_LONG_LAG, dtype=np.uint32)
    if count == 1:
        step = np.eye(_LONG_LAG, k=1, dtype=np.uint32)
        step[-1, [0, _LONG_LAG - _SHORT_LAG]] = 1
        return step
    half = _jump(count // 2)
    whole = half @ half
    return _jump(1) @ whole if count % 2 else whole
