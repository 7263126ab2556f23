"""What a script reads back from packed numbers, written apart from what packs them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator

_FORMATS = {"u1": "B", "u2": "H", "u4": "I", "f4": "f"}


def unpack(text: str) -> list[float]:
    """Numbers of the kinds `u1`, `u2`, `u4` and `f4`."""
    data, sign = _data(text), _FORMATS[text[:2]]
    return list(struct.unpack(f"<{len(data) // struct.calcsize(sign)}{sign}", data))


def unpack_bits(text: str, words: int, flags: int) -> list[list[bool]]:
    """A table of flags, by rows."""
    masks = [int(word) for word in unpack(text)]
    rows = range(0, len(masks), words)
    return [[bool(masks[row + f // 32] >> (f % 32) & 1) for f in range(flags)] for row in rows]


def unpack_whole(text: str) -> list[int]:
    """Numbers of the kind `v1`."""
    assert text[:2] == "v1"
    numbers, value, shift = [], 0, 0
    for byte in _data(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    return numbers


def unpack_lists(text: str) -> list[list[tuple[int, int]]]:
    """Lists of positions with their states."""
    numbers, lists = iter(unpack_whole(text)), []
    for size in numbers:
        last, found = 0, []
        for _ in range(size):
            code = next(numbers)
            last += code >> 2
            found.append((last, code & 3))
        lists.append(found)
    return lists


def unpack_lines(text: str) -> list[list[tuple[int, int]]]:
    """Lines as their vertices."""
    numbers, lines, x, y = iter(unpack_whole(text)), [], 0, 0
    for size in numbers:
        line = []
        for _ in range(size):
            x, y = x + _step(numbers), y + _step(numbers)
            line.append((x, y))
        lines.append(line)
    return lines


def _step(numbers: Iterator[int]) -> int:
    code = next(numbers)
    return -(code + 1) // 2 if code % 2 else code // 2


def _data(text: str) -> bytes:
    return base64.b64decode(text[3:], validate=True)
