"""Numbers packed for a script: base64 of little-endian arrays, each with a mark of its kind.

`u1:`, `u2:`, `u4:` are unsigned whole numbers of so many bytes, `f4:` floats of 4; `v1:` are
unsigned whole numbers in LEB128: 7 bits a byte, the lowest first, the top bit set where more
follow.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int64]
# Bits of a list's entry that tell its state; the others are the gap to the entry before.
STATE_BITS = 2


def pack_numbers(values: ArrayLike) -> str:
    """Packs numbers in the smallest kind that holds them: whole and not negative, or floats."""
    numbers = np.asarray(values)
    whole = bool(np.all((numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < 2**32)))
    if not whole:
        return _marked("f4", numbers)
    largest = int(numbers.max(initial=0))
    return _marked(next(f"u{size}" for size in (1, 2, 4) if largest < 256**size), numbers)


def pack_bits(flags: NDArray[np.bool_]) -> str:
    """Packs a table of flags, shape (rows, flags), as 32-bit words.

    Flag 0 is the lowest bit of the first word; word w of row r stands at r x words + w, where
    words = ceil(flags / 32), at least 1.
    """
    words = bit_words(flags.shape[1])
    padded = np.zeros((len(flags), words * 32), dtype=bool)
    padded[:, : flags.shape[1]] = flags
    return _marked("u4", np.packbits(padded, axis=1, bitorder="little").view("<u4"))


def bit_words(flags: int) -> int:
    """How many 32-bit words so many flags take, at least 1."""
    return max(1, -(-flags // 32))


def pack_whole(values: ArrayLike) -> str:
    """Packs whole numbers from 0, most of them small, as `v1:`."""
    numbers = np.asarray(values, dtype=np.uint64)
    left = numbers[:, None] >> np.arange(0, 63, 7, dtype=np.uint64)
    kept = left > 0
    kept[:, 0] = True
    more = np.pad(kept[:, 1:], ((0, 0), (0, 1)))
    coded = np.where(more, left & np.uint64(127) | np.uint64(128), left & np.uint64(127))
    return _marked("v1", coded[kept])


def pack_lists(lists: Sequence[Whole], states: Sequence[Whole] | None = None) -> str:
    """Packs lists of rising positions, each with a state from 0 to 3.

    One stream: of each list its length, then (gap to the entry before << 2 | state); the first
    entry counts from 0.
    """
    stream = []
    for number, positions in enumerate(lists):
        state = np.zeros(len(positions), dtype=np.int64) if states is None else states[number]
        gaps = np.diff(positions, prepend=0)
        stream += [np.array([len(positions)]), gaps << STATE_BITS | state]
    return pack_whole(_joined(stream))


def pack_lines(lines: Iterable[Whole]) -> str:
    """Packs lines, each of shape (vertices, 2) in whole units.

    One stream: of each line its number of vertices, then of each vertex the steps in x and y from
    the vertex before, also across lines; a step s is coded as 2s, or -2s - 1 where it is negative.
    """
    kept = list(lines)
    if not kept:
        return pack_whole(np.empty(0, dtype=np.int64))
    steps = np.diff(np.concatenate(kept), axis=0, prepend=0)
    coded = np.where(steps < 0, -2 * steps - 1, 2 * steps)
    ends = np.cumsum([len(line) for line in kept])
    parts = np.split(coded, ends[:-1])
    return pack_whole(_joined([np.append(len(part), part.ravel()) for part in parts]))


def embed(data: Mapping[str, object]) -> str:
    """JSON that stands safely in a `<script>` element, whatever names it carries."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _joined(parts: Sequence[Whole]) -> Whole:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _marked(kind: str, values: ArrayLike) -> str:
    plain = "u1" if kind == "v1" else kind
    data = np.ascontiguousarray(values, dtype=f"<{plain}").tobytes()
    return f"{kind}:{base64.b64encode(data).decode('ascii')}"
