"""Tables of a terminal, whose columns stand below each other in either language."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from siting.language import cells, padded

_BETWEEN = "  "


def aligned(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()
) -> list[str]:
    """Headings, a rule and rows as lines of text, each column as wide as its widest text.

    Args:
        heads: Headings.
        rows: Texts, as many in each row as there are headings.
        right: Columns that are set to the right, as numbers are.
    """
    widths = [max(map(cells, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        _BETWEEN.join(
            padded(text, width, right=number in right)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heads, *rows)
    ]
    rule = "-" * (sum(widths) + len(_BETWEEN) * (len(widths) - 1))
    return [lines[0], rule, *lines[1:]]


def paired(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Names and texts as lines; a name that is empty continues the one above it."""
    width = max((cells(name) for name, _ in pairs), default=0) + len(_BETWEEN)
    return [padded(name, width) + text for name, text in pairs]
