"""The plan as layers of a map: people, outlets, sites, tasks and whom they reach, gaps, barriers.

Names of layers and fields are the same in every language; a style gives fields other names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csc_array

from siting.inputs import Instance, StraightLineTravel, split_categories
from siting.inputs.further_columns import kept_apart, make_room
from siting.inputs.layouts import SITES, residents_layout
from siting.language import phrase, tr
from siting.report.facts import Facts, required_categories
from siting.report.further_fields import add_fields, fields_of_offers
from siting.report.tasks import LEDGER

# Fields, and the shape of each row.
Shaped = tuple[pd.DataFrame, Iterable[shapely.Geometry]]

# Hulls follow the points so closely (1 would be convex), and go so many metres round them.
_CONCAVE, _AROUND = 0.4, 25.0

_ABOUT = {
    "residents": phrase("Demand points and what they have in reach, before and with the plan"),
    "outlets": phrase("Outlets that exist"),
    "sites": phrase("Candidate sites, and which are chosen"),
    "chosen": phrase("Tasks of the plan"),
    "catchments": phrase(
        "Demand points within the standard of each task and category, as the area around them"
    ),
    "gaps_by_place": phrase("Gaps of each place, as the area around its demand points"),
    "barriers": phrase("Lines that nobody crosses"),
    "crossings": phrase("Points where barriers can be crossed"),
}


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: What files call it.
        geometry: `Point`, `LineString` or `Polygon`.
        frame: Its features, in the coordinates of the instance.
        about: What it shows, and what a reader must know of the data.
    """

    name: str
    geometry: str
    frame: gpd.GeoDataFrame
    about: str


def map_layers(facts: Facts) -> tuple[Layer, ...]:
    """The layers of a plan; `barriers` and `crossings` where the instance has them."""
    instance = facts.instance
    points = {
        "chosen": _tasks(facts),
        "residents": _residents(facts),
        "outlets": instance.outlets,
        "sites": _sites(facts),
    }
    layers = [_layer(instance, name, "Point", _points(points[name])) for name in points]
    layers.append(_layer(instance, "catchments", "Polygon", _catchments(facts)))
    layers.append(_layer(instance, "gaps_by_place", "Polygon", _gaps_by_place(facts)))
    travel = instance.travel
    if isinstance(travel, StraightLineTravel) and travel.barriers is not None:
        layers.append(_layer(instance, "barriers", "LineString", _lines(travel.barriers)))
        if travel.crossings is not None:
            layers.append(_layer(instance, "crossings", "Point", _points(travel.crossings)))
    return tuple(layers)


def _layer(instance: Instance, name: str, geometry: str, shaped: Shaped) -> Layer:
    fields, shapes = shaped
    made = gpd.GeoDataFrame(
        fields.set_axis(_field_names(fields), axis=1),
        geometry=list(shapes),
        crs=instance.crs,
    )
    extra = {"about": tr(_ABOUT[name]), "instance": instance.name, "note": instance.note}
    return Layer(name, geometry, made, tr("{about}. Data: {instance}. {note}", **extra).strip())


def _tasks(facts: Facts) -> pd.DataFrame:
    """The task list, then the further columns of offers and sites."""
    further = fields_of_offers(facts.instance, facts.tasks["offer_id"], LEDGER)
    return add_fields(facts.tasks, further)


def _points(frame: pd.DataFrame) -> Shaped:
    shapes = shapely.points(frame[["x", "y"]].to_numpy(float).reshape(-1, 2))
    return frame.drop(columns=["x", "y"]), shapes


def _lines(vertices: pd.DataFrame) -> Shaped:
    """Lines from their vertices `barrier`, `x`, `y`."""
    parts = vertices.groupby("barrier", sort=False)[["x", "y"]]
    shapes = {name: shapely.linestrings(part.to_numpy(float)) for name, part in parts}
    return pd.DataFrame({"barrier": list(shapes)}), list(shapes.values())


def _residents(facts: Facts) -> pd.DataFrame:
    """Demand points with how many categories they have, `status`, and `has_...` for each category.

    `has_...` is 0 where the category is out of reach, 1 where it was within it, 2 newly so;
    `status` is `complete` (every required category before), `newly_complete`, `gains` (one or
    more, not all) or `unchanged`.
    """
    instance, judged = facts.instance, facts.plan.judgement
    before, after = judged.before, judged.after
    has = np.where(before, 1, np.where(after, 2, 0)).astype(np.int16)
    names = [f"has_{name}" for name in instance.category_names]
    extra = pd.DataFrame(
        {
            "categories_before": before.sum(axis=1),
            "categories_after": after.sum(axis=1),
            "status": _status(facts),
        },
        index=instance.residents.index,
    )
    layout = residents_layout(instance.groups)
    kept = make_room(instance.residents, layout, [*extra, *names])
    return pd.concat([kept, extra, pd.DataFrame(has, kept.index, names)], axis=1)


def _status(facts: Facts) -> NDArray[np.str_]:
    judged, instance = facts.plan.judgement, facts.instance
    required = [instance.category_names.index(name) for name in required_categories(instance)]
    whole = [flags[:, required].all(axis=1) for flags in (judged.before, judged.after)]
    gains = (judged.after & ~judged.before).any(axis=1)
    names = ["complete", "newly_complete", "gains"]
    return np.select([*whole, gains], names, default="unchanged")


def _sites(facts: Facts) -> pd.DataFrame:
    """The sites with `tasks` (how many of the plan are there) and `chosen` (0 or 1)."""
    sites = make_room(facts.instance.sites, SITES, ["tasks", "chosen"])
    tasks = sites["site_id"].map(facts.tasks["site_id"].value_counts()).fillna(0).astype(np.int32)
    return sites.assign(tasks=tasks, chosen=(tasks > 0).astype(np.int16))


def _catchments(facts: Facts) -> Shaped:
    """One row a task and category: whom it reaches.

    Columns `number`, `offer_id`, `site_id`, `category`, `group`, `minutes` (the standard),
    `metres` (of path), `points`, `residents` and `newly_covered` (people of the group).
    """
    instance = facts.instance
    xy = instance.residents[["x", "y"]].to_numpy(float)
    lines = split_categories(facts.plan.chosen["categories"]).drop_duplicates()
    of = instance.categories.set_index("category")
    groups, standards = of["group"].to_dict(), of["standard_minutes"].to_dict()
    rows = []
    for category, tasks in lines.groupby("category", sort=False)["row"]:
        group, minutes = groups[str(category)], standards[str(category)]
        here, people = facts.before[str(category)], instance.people(group).to_numpy(float)
        part = facts.tasks.iloc[tasks.to_numpy(np.int64)]
        for task, near in zip(part.itertuples(), _near(facts, str(category), part), strict=True):
            counts = (len(near), people[near].sum(), people[near[~here.served[near]]].sum())
            shape = _around(np.concatenate([xy[near], [[task.x, task.y]]]))
            fixed = (task.number, task.offer_id, task.site_id, category, group)
            rows.append((*fixed, minutes, here.limit, *counts, shape))
    columns = "number offer_id site_id category group minutes metres points residents newly_covered"
    frame = pd.DataFrame(rows, columns=[*columns.split(), "shape"])
    frame = frame.sort_values("number", kind="stable", ignore_index=True)
    return frame.drop(columns="shape"), frame["shape"]


def _near(facts: Facts, category: str, tasks: pd.DataFrame) -> list[NDArray[np.int64]]:
    """The demand points within the standard of each task."""
    site = pd.Index(facts.instance.sites["site_id"]).get_indexer(tasks["site_id"])
    reach = csc_array(facts.before[category].reach[:, site])
    parts = np.split(reach.indices, reach.indptr[1:-1])
    return [np.sort(part).astype(np.int64) for part in parts]


def _gaps_by_place(facts: Facts) -> Shaped:
    """One row a place: the figures of `Facts.by_place`, and gaps of all categories.

    Those are `missing_before`, `missing_after` (categories that lack an outlet) and
    `uncovered_before`, `uncovered_after` (people, who count once for each category).
    """
    sums = facts.gaps.groupby("place")[
        ["missing", "missing_after", "uncovered", "uncovered_after"]
    ].sum()
    sums = sums.rename(columns={"missing": "missing_before", "uncovered": "uncovered_before"})
    frame = facts.by_place.join(sums, on="place")
    whole = {name: frame[name].astype("boolean") for name in ("whole_before", "whole_after")}
    homes = facts.instance.residents[["x", "y"]].assign(place=facts.places)
    sites = facts.tasks[["x", "y"]].assign(place=facts.task_places)
    where = pd.concat([homes, sites]).groupby("place")[["x", "y"]]
    shapes = {place: _around(part.to_numpy(float)) for place, part in where}
    return frame.assign(**whole), frame["place"].map(shapes)


def _around(xy: NDArray[np.float64]) -> shapely.Geometry:
    """The area around some points."""
    hull = shapely.concave_hull(shapely.multipoints(xy), ratio=_CONCAVE)
    return shapely.buffer(hull, _AROUND, quad_segs=4)


def _field_names(frame: pd.DataFrame) -> list[str]:
    """Names that a GeoPackage can hold: it has `fid` and `geom` of its own and ignores case."""
    return kept_apart(map(str, frame.columns), ("fid", "geom", "geometry"))
