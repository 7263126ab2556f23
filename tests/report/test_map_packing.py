"""Packed numbers: read back as they were, small, and safe in a page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from unpacked import unpack, unpack_bits, unpack_lines, unpack_lists, unpack_whole

from siting.report.page.packing import (
    bit_words,
    embed,
    pack_bits,
    pack_lines,
    pack_lists,
    pack_numbers,
    pack_whole,
)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "u1"),
        ([0, 255], "u1"),
        ([0, 256], "u2"),
        ([65535.0], "u2"),
        ([65536], "u4"),
        ([2**32 - 1], "u4"),
        ([2.0**32], "f4"),
        ([0.5, 3.0], "f4"),
        ([-1, 3], "f4"),
    ],
)
def test_numbers_take_the_smallest_kind_that_holds_them(values: list[float], kind: str) -> None:
    packed = pack_numbers(values)
    assert (packed[:3], unpack(packed)) == (f"{kind}:", values)


@pytest.mark.parametrize("flags", [0, 1, 31, 32, 33, 64, 65])
def test_flags_are_read_back_from_their_words(flags: int) -> None:
    table = np.random.default_rng(flags).random((7, flags)) < 0.5
    words = bit_words(flags)
    assert words == {0: 1, 1: 1, 31: 1, 32: 1, 33: 2, 64: 2, 65: 3}[flags]
    assert unpack_bits(pack_bits(table), words, flags) == table.tolist()


def test_whole_numbers_are_read_back_at_every_length() -> None:
    ends = [2 ** (7 * bytes_) + step for bytes_ in range(1, 9) for step in (-1, 0)]
    values = [0, 1, *ends[:-1]]
    packed = pack_whole(values)
    assert unpack_whole(packed) == values
    assert pack_whole([]) == "v1:"


def test_small_whole_numbers_take_a_byte_each() -> None:
    assert len(pack_whole([127] * 300)) == 3 + 400


def test_lists_are_read_back_with_their_states() -> None:
    lists = [np.array([0, 5, 1000]), np.array([], dtype=np.int64), np.array([7])]
    states = [np.array([2, 0, 1]), np.array([], dtype=np.int64), np.array([3])]
    expected = [[(0, 2), (5, 0), (1000, 1)], [], [(7, 3)]]
    assert unpack_lists(pack_lists(lists, states)) == expected
    plain = [[(place, 0) for place, _ in part] for part in expected]
    assert unpack_lists(pack_lists(lists)) == plain
    assert unpack_lists(pack_lists([])) == []


def test_lines_are_read_back_beyond_zero_too() -> None:
    lines = [np.array([[3, 4], [-70, 900], [-71, 900]]), np.array([[100000, 0], [0, -1]])]
    read = unpack_lines(pack_lines(lines))
    assert read == [[(3, 4), (-70, 900), (-71, 900)], [(100000, 0), (0, -1)]]
    assert unpack_lines(pack_lines([])) == []


NASTY = "</script><!-- 'a' \"b\" & \u2028 \u2029 \\ 旗"


def test_embedded_names_cannot_end_the_script() -> None:
    text = embed({"name": NASTY, "list": [1, None, True]})
    assert not set(text) & set("<>&\u2028\u2029")
    assert "旗" in text
    assert json.loads(text) == {"name": NASTY, "list": [1, None, True]}


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        embed({"minutes": float("inf")})
