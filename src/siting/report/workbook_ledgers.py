"""The ledgers of a plan's workbook: what exists, what is missing, and what the plan brings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from xlsxwriter.worksheet import Worksheet

from siting.language import tr
from siting.report.facts import Facts
from siting.report.gap_list import code_column, gap_columns, gaps_in_words
from siting.report.sheets import Book, PlacedTable, SheetColumn, write_sheet_table
from siting.report.summary import group_name
from siting.report.words import category_names, place_heading, place_name

_CATEGORY_CELLS = 12
# So many such columns across are still readable on one page of paper.
_COLUMNS_A_PAGE = 20


def write_existing(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes what exists: one line a place, how many outlets of each category its people reach."""
    frame = existing(facts)
    names = category_names(facts.instance)
    kind = facts.gaps_before.place_kind
    district = [SheetColumn("district", tr("District"))] if "district" in frame else []
    inside = [SheetColumn("outlets", tr("Outlets inside"), "count", total=True)]
    columns = [
        *district,
        SheetColumn("place", place_heading(kind)),
        SheetColumn("residents", tr("Residents"), "count", total=True),
        SheetColumn(
            "complete_before", tr("Residents with every required category"), "count", total=True
        ),
        *(inside if "outlets" in frame else []),
        *(
            SheetColumn(
                f"have {code}", name, "count", marked=f"lacks {code}", widest=_CATEGORY_CELLS
            )
            for code, name in names.items()
        ),
    ]
    title = tr("What exists: outlets within the standard of residents; red where fewer than needed")
    placed = write_sheet_table(book, sheet, title, frame, columns, frozen=len(district) + 1)
    sheet.fit_to_pages(math.ceil(len(columns) / _COLUMNS_A_PAGE), 0)
    sheet.repeat_columns(0, len(district))
    return placed


def existing(facts: Facts) -> pd.DataFrame:
    """One row a place with residents: `place`, `residents`, `complete_before`, ...

    Then `district` of circles and `outlets` (that the file puts into the place) where they are
    known, and of each category `have ...` (outlets in reach) and `lacks ...` (fewer than needed).
    """
    rows, kind = facts.gaps_before.rows, facts.gaps_before.place_kind
    lived = facts.by_place[facts.by_place["residents"] > 0]
    frame = lived[["place", "residents", "complete_before"]].set_index("place")
    if kind == "circle" and "district" in facts.instance.residents:
        frame["district"] = _districts(facts)
    if kind in facts.instance.outlets:
        homes = facts.instance.outlets[kind].fillna("").astype(str).str.strip()
        frame["outlets"] = homes.value_counts().reindex(frame.index).fillna(0)
    for word, column in (("have", "have"), ("lacks", "missing")):
        wide = rows.pivot_table(index="place", columns="category", values=column, aggfunc="first")
        frame = frame.join(wide.add_prefix(f"{word} "))
    order = [name for name in ("district", "place") if name in frame or name == "place"]
    frame = frame.reset_index().sort_values(order, ignore_index=True)
    return frame.assign(place=frame["place"].map(place_name))


def _districts(facts: Facts) -> pd.Series[str]:
    """The district in which most people of each place live, by place."""
    frame = pd.DataFrame(
        {
            "place": facts.places,
            "district": facts.instance.residents["district"].fillna("").astype(str),
            "people": facts.instance.people("all").to_numpy(float),
        }
    )
    sums = frame.groupby(["place", "district"])["people"].sum().sort_values(kind="stable")
    return sums.reset_index().groupby("place")["district"].last()


def write_gap_list(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes what is missing where, and what of it the plan leaves."""
    frame = gaps_in_words(open_gaps(facts), facts.instance)
    heading = place_heading(facts.gaps_before.place_kind)
    columns = [
        *gap_columns(frame, heading),
        SheetColumn("have_after", tr("In reach with the plan"), "count"),
        SheetColumn("missing_after_word", tr("Still missing"), marked="missing_after"),
        SheetColumn("uncovered_after", tr("Not covered with the plan"), "count", total=True),
        SheetColumn(
            "share_after",
            tr("Share not covered with the plan"),
            "share",
            formula="{uncovered_after}/{residents}",
        ),
        SheetColumn("median_after", tr("Nearest with the plan, median (min)"), "minutes"),
        code_column(),
    ]
    title = tr("Gaps by place and category, before and with the plan")
    return write_sheet_table(book, sheet, title, frame, columns, frozen=1)


def open_gaps(facts: Facts) -> pd.DataFrame:
    """The rows of `Facts.gaps` where an outlet is missing or somebody is not covered now.

    With `share_after`.
    """
    rows = facts.gaps[facts.gaps["missing"] | (facts.gaps["uncovered"] > 0)]
    return rows.assign(share_after=rows["uncovered_after"] / rows["residents"])


def write_effects(book: Book, sheet: Worksheet, facts: Facts) -> PlacedTable:
    """Writes what the plan brings: complete circles, and coverage by category, group, district."""
    gained = "{share_after}-{share_before}"
    columns = [
        SheetColumn("view", tr("View")),
        SheetColumn("who", tr("Residents of")),
        SheetColumn("name", tr("Category")),
        SheetColumn("unit", tr("Unit")),
        SheetColumn("residents", tr("All"), "count"),
        SheetColumn("before", tr("Covered before"), "count"),
        SheetColumn("after", tr("Covered after"), "count"),
        SheetColumn("gain", tr("Gain"), "count", formula="{after}-{before}"),
        SheetColumn("share_before", tr("Coverage before"), "share", formula="{before}/{residents}"),
        SheetColumn("share_after", tr("Coverage after"), "share", formula="{after}/{residents}"),
        SheetColumn("gain_share", tr("Gain in coverage"), "share", formula=gained),
        code_column(),
    ]
    title = tr("What the plan brings")
    return write_sheet_table(book, sheet, title, effect_rows(facts), columns)


def effect_rows(facts: Facts) -> pd.DataFrame:
    """One row a figure of coverage, before and after.

    Columns `view`, `who`, `name`, `unit`, `residents`, `before`, `after`, `gain`, `share_before`,
    `share_after`, `gain_share` (shares NaN where nobody is counted), `category`.
    """
    plan, names = facts.plan, category_names(facts.instance)
    parts = [
        (tr("by category"), plan.coverage, plan.coverage["group"].map(group_name)),
        (tr("by group"), plan.by_group, plan.by_group["group"].map(group_name)),
        (tr("by district"), plan.by_district, plan.by_district["district"].map(place_name)),
    ]
    known = [
        frame.assign(view=view, who=who, name=frame["category"].map(names), unit=tr("persons"))
        for view, frame, who in parts
        if len(frame)
    ]
    frame = pd.concat([_overall(facts), *known], ignore_index=True)
    people = frame["residents"].where(frame["residents"] > 0)
    shares = {f"share_{when}": frame[when] / people for when in ("before", "after")}
    frame = frame.assign(gain=frame["after"] - frame["before"], **shares)
    return frame.assign(gain_share=frame["share_after"] - frame["share_before"])


def _overall(facts: Facts) -> pd.DataFrame:
    """People, and places, that have every required category."""
    whole_before, whole_after, places = facts.whole_places
    people = float(facts.instance.people("all").sum())
    lines = [
        (
            *(tr("overall"), facts.instance.name, tr("every required category in reach")),
            *(tr("persons"), people, *facts.plan.complete),
        ),
        (
            *(tr("overall"), place_heading(facts.gaps_before.place_kind)),
            *(tr("no required category missing"), tr("number of places")),
            *(places, whole_before, whole_after),
        ),
    ]
    frame = pd.DataFrame(
        lines, columns=["view", "who", "name", "unit", "residents", "before", "after"]
    )
    numbers = {name: frame[name].astype(np.float64) for name in ("residents", "before", "after")}
    return frame.assign(category="", **numbers)
