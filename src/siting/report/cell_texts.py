"""Texts in cells: how wide they are, where they break, and what is left of them when cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from siting.language import cells

# Letters are narrower than the digits that widths are counted in.
_DIGITS_A_CELL = 0.92


def unit_apart(heading: str) -> str:
    """A heading with what stands in brackets at its end on the next line."""
    name, bracket, unit = heading.partition("（" if "（" in heading else " (")
    return f"{name}\n{bracket.strip()}{unit}" if name and unit else heading


def is_wider(text: str, width: float) -> bool:
    """Whether a text does not fit on one line of a column so wide."""
    return cells(text) > width / _DIGITS_A_CELL


def lines_needed(text: str, width: float) -> int:
    """How many lines a text takes in a column so wide, broken at blanks and in Chinese."""
    lines, used, width = 1, 0, width / _DIGITS_A_CELL
    for word in pieces(text):
        size = cells(word.rstrip())
        if used and used + size > width:
            lines, used = lines + 1, 0
        lines += int(max(size - 1, 0) // max(width, 1))
        used += cells(word)
    return lines


def shortened(text: str, most: int) -> str:
    """A text cut to so many display cells, with a sign that it was."""
    ends = list(accumulate(map(cells, text)))
    if not ends or ends[-1] <= most:
        return text
    return text[: bisect_right(ends, most - 1)] + "…"


def pieces(text: str) -> Iterator[str]:
    """What a line is never broken within: words with the blank behind them, Chinese characters."""
    word = ""
    for sign in text:
        word += sign
        if sign in " \n" or cells(sign) == 2:
            yield word
            word = ""
    if word:
        yield word
