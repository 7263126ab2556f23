"""Numbers and tables as docs/benchmarks.md shows them."""

from __future__ import annotations

_SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


def count(value: float | None) -> str:
    """A count with separators."""
    return "-" if value is None else f"{value:,.0f}"


def large(value: float) -> str:
    """A count of any size with three digits at most."""
    for scale, unit in _SCALES:
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f}"


def percent(share: float | None) -> str:
    """A gap."""
    return "-" if share is None else "none" if share == float("inf") else f"{share:.3%}"


def seconds(value: float | None) -> str:
    """A time; tenths and hundredths only where they matter."""
    if value is None:
        return "-"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def megabytes(value: float) -> str:
    """Memory."""
    return f"{value:,.0f} MB"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
