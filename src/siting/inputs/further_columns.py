"""Columns of the users' own: those of a table that its layout does not know."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from siting.inputs.layouts import Layout


def further_columns(frame: pd.DataFrame, layout: Layout) -> list[str]:
    """The columns of a table that its layout does not know, in their order."""
    known = {column.name for column in layout.columns}
    return [str(name) for name in frame.columns if name not in known]


def kept_apart(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Names of which none is taken or stands twice, whatever its case: `status` is `status_1`."""
    used = {name.casefold() for name in taken}
    apart = []
    for wanted in names:
        name, number = wanted, 1
        while name.casefold() in used:
            name, number = f"{wanted}_{number}", number + 1
        used.add(name.casefold())
        apart.append(name)
    return apart


def make_room(frame: pd.DataFrame, layout: Layout, ours: Iterable[str]) -> pd.DataFrame:
    """A table whose further columns have none of the names that are about to be ours."""
    further = further_columns(frame, layout)
    known = [str(name) for name in frame.columns if name not in further]
    apart = kept_apart(further, [*known, *ours])
    return frame.rename(columns=dict(zip(further, apart, strict=True)))
