"""Units that the format of a cell shows behind its number and the number lacks: `%`, `万`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from siting.inputs.header_units import read_unit

# Colours and conditions of a format: [Red], [>=1000].
_BRACKETED = re.compile(r"\[[^\]]*\]")
_QUOTED = re.compile(r'"[^"]*"|\\.')


@dataclass(frozen=True)
class Shown:
    """What a sheet shows and its values do not say.

    Attributes:
        cells: Texts of cells with a unit, an error or a formula, by row and column from 0.
        hidden: Rows that are not shown, from 0.
        merged: Merged blocks: first row, first column, last row, last column, from 0.
    """

    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


def shown_text(value: str | bytes, unit: str) -> str:
    """A number with its unit, empty without one; 0.17 shown as a percent is `17%`."""
    # 0.07 * 100 is not 7 in floats; nobody writes percents to 12 digits.
    return f"{float(value) * (100 if unit == '%' else 1):.12g}{unit}" if unit else ""


def shown_unit(code: str) -> str:
    """The unit that a format of Excel shows behind a number; empty where it changes no meaning."""
    positive = _QUOTED.sub("", code).partition(";")[0]
    if "%" in positive:
        return "%"
    behind = re.split("[0#?]", _BRACKETED.sub("", code).split(";")[0])[-1]
    return unit_that_counts(re.sub(r'["\\]|_.', "", behind).strip(" ,."))


def unit_that_counts(text: str) -> str:
    """A text behind a number if it changes what the number means, else nothing."""
    unit = read_unit(text) if text else None
    changes = unit is not None and (unit.scale != 1 or unit.kind == "households")
    return text if changes or text in ("%", "‰") else ""
