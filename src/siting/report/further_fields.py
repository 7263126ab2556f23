"""The users' own columns in a report: behind the standard ones, under the names that they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from siting.inputs import Instance
from siting.inputs.further_columns import further_columns, kept_apart
from siting.inputs.layouts import OFFERS, SITES, Layout
from siting.report.ledger_columns import find_column
from siting.report.sheets import SheetColumn


def further_fields(frame: pd.DataFrame, layout: Layout, told: Iterable[str]) -> pd.DataFrame:
    """The further columns of a table but those of which the report has a column of its own.

    Args:
        frame: The table.
        layout: Its standard columns.
        told: What the report tells of it, as `find_column` knows it.
    """
    shown = {find_column(frame, what) for what in told}
    return frame[[name for name in further_columns(frame, layout) if name not in shown]]


def fields_of_offers(
    instance: Instance, offers: pd.Series[str], told: Sequence[str]
) -> pd.DataFrame:
    """The further columns of some offers, then those of their sites; a name may stand twice.

    Of which file and row they are is not among them: that is no column of the users' own.
    """
    own = instance.offers.set_index("offer_id", drop=False).loc[offers.to_list()]
    there = instance.sites.set_index("site_id", drop=False).reindex(own["site_id"])
    told = [*told, "source"]
    parts = [further_fields(own, OFFERS, told), further_fields(there, SITES, told)]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def add_fields(frame: pd.DataFrame, fields: pd.DataFrame) -> pd.DataFrame:
    """A table with further fields, row by row, their names apart from its own."""
    names = kept_apart(fields.columns, frame.columns)
    return pd.concat([frame, fields.set_axis(names, axis=1).set_axis(frame.index)], axis=1)


def add_sheet_fields(
    frame: pd.DataFrame, columns: Sequence[SheetColumn], fields: pd.DataFrame
) -> tuple[pd.DataFrame, list[SheetColumn]]:
    """A sheet's table with further fields, row by row, outside its print area."""
    headings = kept_apart(fields.columns, [column.heading for column in columns])
    keys = [f"further{number}" for number in range(len(headings))]
    whole = add_fields(frame, fields.set_axis(keys, axis=1))
    further = [SheetColumn(*pair, printed=False) for pair in zip(keys, headings, strict=True)]
    return whole, [*columns, *further]
