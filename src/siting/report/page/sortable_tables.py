"""Tables that a page's script shows: it filters, sorts, turns pages and prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

ValueKind = Literal["text", "count", "minutes", "money", "share", "state"]


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes:
        key: Its name in the frame.
        heading: What stands above it.
        kind: How its values are written and sorted; money is in the unit that is shown.
        minor: Whether it is left out where the window is narrow.
        total: Whether its values are summed below.
        shown: Whether it is a column at all, and not only there to filter by.
    """

    key: str
    heading: str
    kind: ValueKind = "text"
    minor: bool = False
    total: bool = False
    shown: bool = True

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, which stand to the right."""
        return self.kind not in ("text", "state")


@dataclass(frozen=True)
class Filter:
    """A choice above a table: the values of one column, with what stands for all of them."""

    key: str
    label: str
    everything: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SortableTable:
    """A table and what is said around it.

    Attributes:
        name: Identifier in the page.
        caption: What it shows.
        fields: Its columns.
        rows: Its values, one list a row, in the order of the fields.
        filters: The choices above it.
        search: Label of the search field; empty for none.
        page: Rows on the screen at once.
        printed: Rows on paper at most; 0 for all.
        links: Name of the field that leads to a place's sheet; empty for none.
    """

    name: str
    caption: str
    fields: Sequence[Field]
    rows: list[list[object]]
    filters: Sequence[Filter] = ()
    search: str = ""
    page: int = 25
    printed: int = 0
    links: str = ""

    @property
    def columns(self) -> list[Field]:
        """The fields that are columns."""
        return [field for field in self.fields if field.shown]

    def plain(self) -> dict[str, object]:
        """What the script needs of it."""
        keys = ("key", "kind", "minor", "total", "shown")
        return {
            "fields": [{key: getattr(field, key) for key in keys} for field in self.fields],
            "rows": self.rows,
            "page": self.page,
            "printed": self.printed,
            "links": self.links,
        }


def plain_rows(frame: pd.DataFrame, fields: Sequence[Field]) -> list[list[object]]:
    """The values of a frame as JSON has them; what is no finite number is null."""
    columns = [[_plain(value) for value in frame[field.key].tolist()] for field in fields]
    return [list(row) for row in zip(*columns, strict=True)]


def filter_options(values: pd.Series[str]) -> list[tuple[str, str]]:
    """Each text once, in the order of its first row, as a choice that is called as it is."""
    return [(value, value) for value in dict.fromkeys(values) if value]


def _plain(value: object) -> object:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else round(value, 4)
    return value
