"""The ledger of problems: each required category that a place lacks, and what is done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from siting.inputs import Instance
from siting.language import joined, tr
from siting.report.facts import Facts, required_categories
from siting.report.indicators.closing import helps
from siting.report.words import category_names, place_name

_SHOWN = 3


def problem_rows(facts: Facts, reserves: pd.DataFrame) -> pd.DataFrame:
    """One row a place and required category that is missing now, by place.

    Columns `number`, `district`, `place`, `category`, `name`, `problem`, `measure`, `lead_unit`,
    `unit`, `deadline`, `progress`, `state`: `solved` by the plan, `eased`, `reserve` (only a
    project in reserve would help) or `open`.

    Args:
        facts: The plan.
        reserves: What `reserve_projects` gives.
    """
    gaps = _missing(facts)
    by_task = _who_helps(facts, gaps, facts.plan.chosen)
    offers = facts.instance.offers.set_index("offer_id").loc[list(reserves["offer_id"])]
    by_reserve = _who_helps(facts, gaps, offers.reset_index())
    names, lines = category_names(facts.instance), []
    for row, gap in enumerate(gaps.to_dict(orient="records")):
        mine = facts.tasks.iloc[_columns(by_task, row)].sort_values("number")
        spare = reserves.iloc[_columns(by_reserve, row)]
        state = _state(mine, spare, missing_after=bool(gap["missing_after"]))
        lines.append(
            {
                "number": row + 1,
                "district": gap["district"],
                "place": place_name(gap["place"]),
                "category": gap["category"],
                "name": str(names[gap["category"]]),
                "problem": _problem(gap, str(names[gap["category"]])),
                "measure": _measure(state, mine, spare),
                **{key: _said(mine, key) for key in ("lead_unit", "unit")},
                "deadline": _deadline(mine),
                "progress": _said(mine, "progress") or _progress(state),
                "state": state,
            }
        )
    return pd.DataFrame(lines, columns=[*_COLUMNS]) if lines else pd.DataFrame(columns=[*_COLUMNS])


_COLUMNS = (
    *("number", "district", "place", "category", "name", "problem", "measure"),
    *("lead_unit", "unit", "deadline", "progress", "state"),
)


def _missing(facts: Facts) -> pd.DataFrame:
    rows = facts.gaps
    wanted = rows["category"].isin(required_categories(facts.instance)) & rows["missing"]
    rows = rows[wanted & (rows["place"] != "")]
    home = _districts(facts)
    rows = rows.assign(district=[home.get(str(place), "") for place in rows["place"]])
    return rows.sort_values(["district", "place"], kind="stable", ignore_index=True)


def _districts(facts: Facts) -> dict[str, str]:
    """The district in which most people of each place live."""
    instance: Instance = facts.instance
    if "district" not in instance.residents or facts.gaps_before.place_kind != "circle":
        return {}
    frame = pd.DataFrame(
        {
            "place": facts.places,
            "district": instance.residents["district"].fillna("").astype(str),
            "people": instance.people("all").to_numpy(float),
        }
    )
    sums = frame.groupby(["place", "district"])["people"].sum().sort_values(kind="stable")
    last = sums.reset_index().groupby("place")["district"].last()
    return {str(place): str(district) for place, district in last.items()}


def _who_helps(facts: Facts, gaps: pd.DataFrame, offers: pd.DataFrame) -> csr_array:
    return helps(facts.stages[0], gaps, offers.reset_index(drop=True))


def _columns(matrix: csr_array, row: int) -> list[int]:
    part = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return [int(column) for column in np.sort(part)]


def _state(mine: pd.DataFrame, spare: pd.DataFrame, *, missing_after: bool) -> str:
    if not missing_after:
        return "solved"
    if len(mine):
        return "eased"
    return "reserve" if len(spare) else "open"


def _problem(gap: Mapping[Any, Any], name: str) -> str:
    return tr(
        "{name} is lacking: {needed} needed, {have} within reach, {people:,.0f} residents without",
        name=name,
        needed=gap["needed"],
        have=gap["have"],
        people=gap["uncovered"],
    )


def _measure(state: str, mine: pd.DataFrame, spare: pd.DataFrame) -> str:
    if state in ("solved", "eased"):
        more = "" if state == "solved" else tr("; one more is still needed")
        return tr("build: {tasks}", tasks=joined(_tasks(mine))) + more
    if state == "reserve":
        places = joined(_where(line) for line in spare.head(_SHOWN).to_dict(orient="records"))
        return tr("in reserve: {places}", places=places)
    return tr("no project within reach: find a site")


def _tasks(mine: pd.DataFrame) -> Iterator[str]:
    shown = mine.head(_SHOWN).to_dict(orient="records")
    for line in shown:
        yield tr("{where} (task {number})", where=_where(line), number=line["number"])
    if len(mine) > _SHOWN:
        yield tr("{more} more tasks", more=len(mine) - _SHOWN)


def _where(line: Mapping[Any, Any]) -> str:
    return str(line["site"] or line["site_id"])


def _said(mine: pd.DataFrame, key: str) -> str:
    return joined(dict.fromkeys(text for text in mine[key] if text))


def _deadline(mine: pd.DataFrame) -> str:
    """The bureau's own, else the year of the last task."""
    said = _said(mine, "deadline")
    years = [int(year) for year in mine["year"] if year]
    return said or (tr("end of {year}", year=max(years)) if years else "")


def _progress(state: str) -> str:
    kinds = {
        "solved": tr("taken into the plan"),
        "eased": tr("in the plan in part"),
        "reserve": tr("in reserve"),
        "open": tr("site to be found"),
    }
    return kinds[state]
