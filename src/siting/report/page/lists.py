"""The lists of a page: places, gaps and tasks, as tables that its script shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks.plain_inputs import parts_of
from siting.language import joined, phrase, tr
from siting.report.facts import Facts
from siting.report.page.sortable_tables import (
    Field,
    Filter,
    SortableTable,
    filter_options,
    plain_rows,
)
from siting.report.words import (
    category_names,
    mode_name,
    place_heading,
    place_name,
    tier_name,
)

# What the plan makes of a gap, the worst first, and of a place.
GAP_STATES = {
    "open": phrase("still missing"),
    "same": phrase("unchanged"),
    "better": phrase("smaller"),
    "short": phrase("outlets enough, not all covered"),
    "filled": phrase("filled"),
}
PLACE_STATES = {
    "open": phrase("incomplete"),
    "filled": phrase("completed by the plan"),
    "whole": phrase("complete already"),
}
# Rows of the gap list that are printed: a few sheets, where all would be dozens.
PRINTED_GAPS = 80


def gap_grid(facts: Facts) -> SortableTable:
    """Where which category is missing or out of reach, and what the plan makes of it."""
    rows = gap_rows(facts)
    fields = (
        Field("place", place_heading(facts.gaps_before.place_kind)),
        Field("name", tr("Category")),
        Field("tier", tr("Tier"), shown=False),
        Field("standard_minutes", tr("Standard, min"), "count", minor=True),
        Field("needed", tr("Needed"), "count", minor=True),
        Field("have", tr("Have"), "count", minor=True),
        Field("have_after", tr("With the plan"), "count", minor=True),
        Field("residents", tr("Residents"), "count", minor=True),
        Field("uncovered", tr("Not covered before"), "count", minor=True),
        Field("uncovered_after", tr("Not covered after"), "count"),
        Field("median_minutes", tr("Median walk before, min"), "minutes", minor=True),
        Field("median_after", tr("Median walk after, min"), "minutes", minor=True),
        Field("state", tr("Result"), "state"),
    )
    return SortableTable(
        name="gaps",
        caption=tr("Gaps by place and category, most residents without it first"),
        fields=fields,
        rows=plain_rows(rows, fields),
        filters=_gap_filters(facts, rows),
        search=tr("Search place or category"),
        printed=PRINTED_GAPS,
        links="place",
    )


def gap_rows(facts: Facts) -> pd.DataFrame:
    """The real gaps of `Facts.gaps` with names and `state`: a key of `GAP_STATES`."""
    rows = facts.gaps
    rows = rows[rows["missing"] | (rows["uncovered"] > 0)]
    return rows.assign(
        place=rows["place"].map(place_name),
        name=rows["category"].map(category_names(facts.instance)),
        tier=rows["tier"].map(tier_name),
        state=_gap_states(rows),
    )


def _gap_states(rows: pd.DataFrame) -> NDArray[np.str_]:
    fewer = rows["uncovered_after"] < rows["uncovered"]
    enough = (rows["missing"] | fewer) & ~rows["missing_after"]
    states = {
        "open": rows["missing_after"],
        "filled": enough & (rows["uncovered_after"] == 0),
        "short": rows["missing"],
        "better": fewer,
    }
    return np.select([state.to_numpy() for state in states.values()], list(states), "same")


def _gap_filters(facts: Facts, rows: pd.DataFrame) -> tuple[Filter, ...]:
    kind = facts.gaps_before.place_kind
    by_name = rows.sort_values("place")["place"]
    # In the order of the catalogue, as people know it.
    names = category_names(facts.instance)
    known = names[names.isin(rows["name"])]
    states = [(key, tr(text)) for key, text in GAP_STATES.items() if key in set(rows["state"])]
    return (
        Filter("place", place_heading(kind), tr("All places"), filter_options(by_name)),
        Filter("name", tr("Category"), tr("All categories"), filter_options(known)),
        Filter(
            "tier", tr("Tier"), tr("Both tiers"), filter_options(rows.sort_values("tier")["tier"])
        ),
        Filter("state", tr("Result"), tr("All results"), states),
    )


def task_grid(facts: Facts) -> SortableTable:
    """What is added where, in what way, for how much, and for whom."""
    rows, unit = task_rows(facts), facts.instance.currency.shown_in
    fields: tuple[Field, ...] = (
        Field("number", tr("No."), "count"),
        *([Field("year", tr("Year"))] if facts.instance.years else []),
        Field("place", place_heading(facts.gaps_before.place_kind)),
        Field("district", tr("District"), minor=True),
        Field("site", tr("Site")),
        Field("categories", tr("Category")),
        Field("mode", tr("Way of building"), minor=True),
        Field("floor_area_m2", tr("Floor area (m²)"), "count", minor=True),
        Field(
            "investment",
            tr("Total investment ({unit})", unit=unit),
            "money",
            minor=True,
            total=True,
        ),
        Field("cost", tr("Public money ({unit})", unit=unit), "money", total=True),
        Field("newly_covered", tr("Residents newly covered"), "count", minor=True),
        Field("only_here", tr("Of them by this alone"), "count", minor=True),
    )
    hidden = () if rows["district"].any() else ("district",)
    fields = tuple(field for field in fields if field.key not in hidden)
    return SortableTable(
        name="tasks",
        caption=tr("Tasks of the year, those first that cover most alone"),
        fields=fields,
        rows=plain_rows(rows, fields),
        filters=_task_filters(facts, rows),
        search=tr("Search site, place or category"),
        links="place",
    )


def task_rows(facts: Facts) -> pd.DataFrame:
    """`Facts.tasks` with `place`, `categories` and `mode` in words; amounts in whole currency."""
    tasks, names = facts.tasks, category_names(facts.instance)
    called = [
        joined(str(names[name]) for name in parts_of(parts))
        for parts in facts.plan.chosen["categories"]
    ]
    rows = tasks.assign(
        place=[place_name(str(place)) for place in facts.task_places],
        site=tasks["site"].where(tasks["site"] != "", tasks["site_id"]),
        year=tasks["year"].astype(str),
        categories=called,
        mode=tasks["mode"].map(mode_name),
    )
    return rows.sort_values("number", kind="stable", ignore_index=True)


def _task_filters(facts: Facts, rows: pd.DataFrame) -> tuple[Filter, ...]:
    kind = facts.gaps_before.place_kind
    places = Filter(
        "place", place_heading(kind), tr("All places"), filter_options(rows["place"].sort_values())
    )
    modes = Filter("mode", tr("Way of building"), tr("All ways"), filter_options(rows["mode"]))
    districts = filter_options(rows["district"].sort_values())
    if kind == "district" or not districts:
        return places, modes
    return Filter("district", tr("District"), tr("All districts"), districts), places, modes


def place_grid(facts: Facts) -> SortableTable:
    """The places with what they have, gain and cost; each leads to its sheet."""
    rows, unit = place_rows(facts), facts.instance.currency.shown_in
    required = int(rows["required"].max()) if len(rows) else 0
    fields = (
        Field("place", place_heading(facts.gaps_before.place_kind)),
        Field("residents", tr("Residents"), "count"),
        Field("required", tr("Required"), "count", shown=False),
        Field(
            "have_before",
            tr("Required categories before (of {n})", n=required),
            "count",
            minor=True,
        ),
        Field("have_after", tr("Required categories after (of {n})", n=required), "count"),
        Field("complete_before", tr("Residents with all before"), "count", minor=True),
        Field("complete_after", tr("Residents with all after"), "count", minor=True),
        Field("newly_covered", tr("Residents newly covered"), "count", minor=True),
        Field("added", tr("Tasks"), "count", minor=True, total=True),
        Field(
            "investment",
            tr("Total investment ({unit})", unit=unit),
            "money",
            minor=True,
            total=True,
        ),
        Field("cost", tr("Public money ({unit})", unit=unit), "money", minor=True, total=True),
        Field("state", tr("Result"), "state"),
        Field("index", tr("No."), "count", shown=False),
    )
    return SortableTable(
        name="places",
        caption=tr("All places; a name leads to its sheet"),
        fields=fields,
        rows=plain_rows(rows, fields),
        search=tr("Search place"),
        links="place",
    )


def place_rows(facts: Facts) -> pd.DataFrame:
    """`Facts.by_place` where somebody lives or something is added, most residents first.

    Adds `state`, a key of `PLACE_STATES`, and `index`, the row in `by_place`.
    """
    rows = facts.by_place.assign(index=range(len(facts.by_place)))
    rows = rows[(rows["residents"] > 0) | (rows["added"] > 0)].copy()
    for name in ("whole_before", "whole_after"):
        rows[name] = rows[name].fillna(value=False).astype(bool)
    rows["state"] = np.select(
        [rows["whole_before"].to_numpy(), rows["whole_after"].to_numpy()],
        ["whole", "filled"],
        "open",
    )
    rows["place"] = rows["place"].map(place_name)
    return rows.sort_values("residents", ascending=False, kind="stable", ignore_index=True)
