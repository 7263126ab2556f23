"""Whether tables agree with each other: what is possible in each alone and odd beside the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from siting.errors import Problem
from siting.inputs.checks import Wording, place, row_problem, split_list
from siting.inputs.references import Checked, Tables
from siting.language import joined, phrase, tr

Floats = NDArray[np.float64]
# Coordinates are rounded and projected: up to a tenth and 2 m less than a straight line is no sign.
_SHORTER, _SLACK_METRES = 0.9, 2.0
_SEVERAL = 0.05
FAR_METRES = 10_000.0
_SMALL_AREA = 0.25
_ODD_COST = 10.0
_LEAST_OF_A_KIND = 5
# People at one point: as many as a town has, and as many times those of the point in the middle.
_MANY_PEOPLE, _ODD_PEOPLE = 20_000.0, 50.0


def check_plausibility(tables: Tables, metres_a_minute: float) -> list[Problem]:
    """Warnings of rows that contradict other tables.

    Args:
        tables: What was read, coordinates in the instance's system.
        metres_a_minute: The fastest walk.
    """
    problems = [*_short_edges(tables), *_short_walks(tables, metres_a_minute)]
    problems += _far_from_all(tables, metres_a_minute)
    if {"offers", "sites"} <= tables.keys():
        problems += _not_allowed(tables["offers"], tables["sites"])
    if {"offers", "categories"} <= tables.keys():
        problems += _small_areas(tables["offers"], tables["categories"])
    if "offers" in tables:
        problems += [*_odd_costs(tables["offers"]), *_offered_twice(tables["offers"])]
    if "residents" in tables:
        problems += _odd_people(tables["residents"])
    return problems


def _xy(frame: pd.DataFrame) -> Floats:
    xy: Floats = frame[["x", "y"]].to_numpy(float)
    return xy


def _ends(frame: pd.DataFrame, column: str, home: Checked, key: str) -> Floats:
    """Coordinates of what a column names, shape (rows, 2); NaN where it names nothing."""
    known = home.frame.drop_duplicates(key).set_index(key)[["x", "y"]]
    xy: Floats = known.reindex(frame[column]).to_numpy(float)
    return xy


# --- walks ----------------------------------------------------------------------------------------


def _short_edges(tables: Tables) -> list[Problem]:
    if not {"nodes", "edges"} <= tables.keys():
        return []
    edges, nodes = tables["edges"], tables["nodes"]
    ends = [_ends(edges.frame, one, nodes, "node_id") for one in ("from_node", "to_node")]
    straight = np.hypot(*(ends[0] - ends[1]).T)
    return _shorter(edges, "metres", edges.frame["metres"].to_numpy(float), straight)


def _short_walks(tables: Tables, metres_a_minute: float) -> list[Problem]:
    if not {"travel", "residents"} <= tables.keys():
        return []
    pairs = tables["travel"]
    measure = "minutes" if "minutes" in pairs.frame else "metres"
    if measure not in pairs.frame:
        return []
    walked = pairs.frame[measure].to_numpy(float)
    metres = walked * metres_a_minute if measure == "minutes" else walked
    home = _ends(pairs.frame, "resident_id", tables["residents"], "resident_id")
    straight = np.full(len(metres), np.nan)
    for role, key in (("sites", "site_id"), ("outlets", "outlet_id")):
        if role in tables and key in pairs.frame:
            there = _ends(pairs.frame, key, tables[role], key)
            straight = np.fmax(straight, np.hypot(*(home - there).T))
    return _shorter(pairs, measure, metres, straight)


def _shorter(here: Checked, column: str, metres: Floats, straight: Floats) -> list[Problem]:
    """Paths that are shorter than the straight line between their ends, if they are many."""
    bad = metres < _SHORTER * straight - _SLACK_METRES
    if not len(bad) or bad.mean() <= _SEVERAL:
        return []
    ratio = float(np.median(straight[bad] / np.maximum(metres[bad], 1e-9)))
    found = tr(
        "{share:.0%} of all paths shorter than the straight line, half of these {ratio:,.0f} times",
        share=float(bad.mean()),
        ratio=ratio,
    )
    wording = Wording(
        "shorter-than-straight",
        tr("paths in {unit}, at least as long as the straight line between their ends",
           unit=tr(column)),
        tr("See that they are not kilometres, and that x and y are in metres."),
        "warning",
    )  # fmt: skip
    return row_problem(here.table, column, pd.Series(bad, index=here.frame.index), wording, found)


# --- places ---------------------------------------------------------------------------------------

_REACHED = {"outlets": phrase("outlets"), "sites": phrase("sites")}


def _far_from_all(tables: Tables, metres_a_minute: float) -> Iterator[Problem]:
    """Layers of which nothing is near anybody, and single points far from everybody."""
    if not {"residents", "categories"} <= tables.keys() or len(tables["residents"].frame) < 2:
        return
    homes = _xy(tables["residents"].frame)
    tree = KDTree(homes)
    minutes = tables["categories"].frame["standard_minutes"].max()
    for role in ("outlets", "sites", "residents"):
        here = tables.get(role)
        if here is None or here.frame.empty:
            continue
        nearest = tree.query(_xy(here.frame), k=[2 if role == "residents" else 1])[0]
        metres = np.asarray(nearest, dtype=float)[:, 0]
        if role in _REACHED and metres.min() > minutes * metres_a_minute:
            yield _reaches_nobody(here, role, float(metres.min()))
            continue
        far = metres > FAR_METRES
        if far.any() and far.mean() <= _SEVERAL + 1 / len(far):
            yield _lonely(here, far, float(metres[far].max()))


def _reaches_nobody(here: Checked, role: str, metres: float) -> Problem:
    return Problem(
        code="reaches-nobody",
        where=here.table.label,
        found=tr(
            "{role} of which none is nearer than {metres:,.0f} m to anybody",
            role=tr(_REACHED[role]),
            metres=metres,
        ),
        expected=tr("places within a walk of somebody"),
        mend=tr("See that this file's coordinate system is the one that its numbers are in."),
        severity="warning",
    )


def _lonely(here: Checked, far: NDArray[np.bool_], metres: float) -> Problem:
    return Problem(
        code="far-from-all",
        where=place(here.table, list(here.frame.index[far]), None),
        found=tr("places up to {km:,.0f} km from everybody else", km=metres / 1000),
        expected=tr("places where people live or walk to"),
        mend=tr("Check their coordinates: often a digit is wrong."),
        severity="warning",
    )


# --- offers ---------------------------------------------------------------------------------------


def _not_allowed(offers: Checked, sites: Checked) -> list[Problem]:
    if "allowed_categories" not in sites.frame:
        return []
    cells = dict(zip(sites.frame["site_id"], sites.frame["allowed_categories"], strict=True))
    allowed = {site: set(split_list(cell)) for site, cell in cells.items() if cell}
    pairs = zip(offers.frame["site_id"], offers.frame["categories"], strict=True)
    bad = [site in allowed and not set(split_list(named)) <= allowed[site] for site, named in pairs]
    wording = Wording(
        "not-allowed",
        tr("categories that the site allows: {cells}", cells=_shown(cells, offers, bad)),
        tr("Correct the offer or the site; the plan cannot choose such an offer."),
        "warning",
    )
    series = pd.Series(bad, index=offers.frame.index, dtype=bool)
    return row_problem(offers.table, "categories", series, wording)


def _shown(cells: Mapping[str, str], offers: Checked, bad: list[bool]) -> str:
    sites = dict.fromkeys(offers.frame.loc[bad, "site_id"].head(3))
    return joined(f"{site}: {cells[site]}" for site in sites)


def _small_areas(offers: Checked, categories: Checked) -> list[Problem]:
    """Floor areas of less than a quarter of what the category takes."""
    if not ("floor_area_m2" in offers.frame and "floor_area_m2" in categories.frame):
        return []
    need = dict(zip(categories.frame["category"], categories.frame["floor_area_m2"], strict=True))
    needed = offers.frame["categories"].map(
        lambda cell: max((need.get(one, np.nan) for one in split_list(cell)), default=np.nan)
    )
    bad = offers.frame["floor_area_m2"].lt(_SMALL_AREA * needed)
    shown = joined(f"{one:,.0f} m2" for one in dict.fromkeys(needed[bad].head(3)))
    wording = Wording(
        "small-area",
        tr("about the area that the category takes: {areas}", areas=shown),
        tr("Check the area and its unit."),
        "warning",
    )
    return row_problem(offers.table, "floor_area_m2", bad, wording)


def _odd_costs(offers: Checked) -> list[Problem]:
    """Costs ten times above or below the middle of at least five offers of the same kind."""
    frame = offers.frame
    kind = frame.groupby(["categories", "mode"], dropna=False)["cost"]
    middle, count = kind.transform("median"), kind.transform("count")
    odd = frame["cost"].gt(_ODD_COST * middle) | frame["cost"].lt(middle / _ODD_COST)
    bad = odd & count.ge(_LEAST_OF_A_KIND) & frame["cost"].gt(0)
    shown = joined(f"{one:,.0f}" for one in dict.fromkeys(middle[bad].head(3)))
    wording = Wording(
        "odd-cost",
        tr("about what such offers cost elsewhere: {costs}", costs=shown),
        tr("Check the amount and its unit, e.g. 元 for 万元."),
        "warning",
    )
    return row_problem(offers.table, "cost", bad, wording)


def _offered_twice(offers: Checked) -> list[Problem]:
    """The same categories at the same site for the same money, again."""
    frame = offers.frame
    parts = [one for one in ("site_id", "categories", "cost", "investment", "mode", "floor_area_m2")
             if one in frame]  # fmt: skip
    bad = frame.duplicated(parts)
    wording = Wording(
        "offered-twice",
        tr("each offer once"),
        tr("Delete one of the rows, or say what differs."),
        "warning",
    )
    return row_problem(offers.table, "categories", bad, wording)


# --- people ---------------------------------------------------------------------------------------


def _odd_people(residents: Checked) -> list[Problem]:
    """A point with the people of a town among points with those of a street."""
    people = residents.frame["residents"]
    if len(people) < _LEAST_OF_A_KIND:
        return []
    middle = float(people.median())
    bad = people.gt(_MANY_PEOPLE) & people.gt(_ODD_PEOPLE * middle)
    wording = Wording(
        "odd-people",
        tr("about as many people as elsewhere, where half of all points have {middle:,.0f}",
           middle=middle),
        tr("Check the number and its unit, e.g. 人 for 万人."),
        "warning",
    )  # fmt: skip
    return row_problem(residents.table, "residents", bad, wording)
