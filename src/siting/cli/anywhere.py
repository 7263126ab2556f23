"""Options that may stand before the command or behind it."""

from __future__ import annotations

from collections.abc import Sequence


def take_option(words: Sequence[str], option: str) -> tuple[list[str], list[str]]:
    """Takes `--option X` and `--option=X` out of the words of a command line.

    Returns:
        The other words, and what was asked for, in order; an empty text where the value is missing.
    """
    others: list[str] = []
    asked: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if word == "--":
            others += [word, *left]
        elif name == option:
            asked.append(value if equals else next(left, ""))
        else:
            others.append(word)
    return others, asked
