"""Outlets: OSM objects that are of one of the instance's categories, each listed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import DisjointSet
from scipy.spatial import KDTree

from siting.coverage.near_pairs import neighbours
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.language import phrase
from siting.prepare.buildings import as_areas
from siting.prepare.osm_mapping import Category, matches
from siting.prepare.osm_read import Extract, Floats, OsmObject, projector


@dataclass(frozen=True)
class Located:
    """OSM objects with one point each: a node's own, a point on an area, the middle of a line.

    Attributes:
        objects: The OSM objects.
        xy: Their points, metres to 1 cm, shape (objects, 2).
        m2: Their areas, square metres, 0 for nodes and lines, shape (objects,).
    """

    objects: tuple[OsmObject, ...]
    xy: Floats
    m2: Floats


def locate(objects: tuple[OsmObject, ...], crs: str) -> Located:
    """Gives each object one point; ways without a single known node are left out."""
    usable = tuple(one for one in objects if np.isfinite(one.lonlat).all(axis=1).any())
    middles = [_middle(one.lonlat) for one in usable]
    xy = projector(crs)(np.array(middles).reshape(-1, 2))
    m2 = np.zeros(len(usable))
    closed = [at for at, one in enumerate(usable) if one.is_area]
    areas = as_areas([usable[at] for at in closed], crs)
    xy[closed], m2[closed] = areas.xy, areas.m2
    return Located(usable, np.round(xy, 2), m2)


def _middle(lonlat: Floats) -> Floats:
    known = lonlat[np.isfinite(lonlat).all(axis=1)]
    middle: Floats = known[len(known) // 2]
    return middle


def categories_of(tags: Mapping[str, str], categories: Mapping[str, Category]) -> frozenset[str]:
    """The categories that an object with these tags is an outlet of."""
    return frozenset(
        name
        for name, category in categories.items()
        if any(matches(tags, rule, every=True) for rule in category.tags)
    )


def find_outlets(
    extract: Extract, categories: Mapping[str, Category], merge_within: float, crs: str
) -> tuple[pd.DataFrame, int]:
    """Lists the outlets of an extract.

    Two objects are one outlet when they share a category, are at most `merge_within` metres apart
    and have the same name, or one is an area, the other a node, and at most one of them is named.

    Returns:
        Columns `outlet_id`, `x`, `y`, `categories`, `name`, `osm`; and how many objects were
        merged into others.
    """
    served = [categories_of(one.tags, categories) for one in extract.objects]
    objects = tuple(
        one for one, names in zip(extract.objects, served, strict=True) if names and not _gone(one)
    )
    found = locate(objects, crs)
    sets = [categories_of(one.tags, categories) for one in found.objects]
    same = _same_outlet(found, sets, merge_within)
    order = list(categories)
    rows = []
    for _, members in pd.Series(range(len(same))).groupby(same):
        best = max(members, key=lambda at: (found.m2[at] > 0, found.m2[at], -at))
        names = sorted(frozenset[str]().union(*(sets[at] for at in members)), key=order.index)
        title = next((t for t in (_name(found.objects[at]) for at in [best, *members]) if t), "")
        x, y = found.xy[best]
        rows.append((x, y, CATEGORY_SEPARATOR.join(names), title, found.objects[best].ref))
    frame = pd.DataFrame(rows, columns=["x", "y", "categories", "name", "osm"])
    frame = frame.sort_values(["x", "y", "osm"], ignore_index=True)
    frame.insert(0, "outlet_id", [f"X{number:04d}" for number in range(1, len(frame) + 1)])
    return frame, len(found.objects) - len(frame)


def no_outlets(extract: Extract, categories: Mapping[str, Category]) -> dict[str, int]:
    """How many objects have the tags of a category and are no outlets, by reason."""
    served = [one for one in extract.objects if categories_of(one.tags, categories)]
    lost = [one for one in served if not np.isfinite(one.lonlat).all(axis=1).any()]
    counts = {
        phrase("private, or being built"): sum(map(_gone, served)),
        phrase("no node of theirs in the extract"): sum(not _gone(one) for one in lost),
        phrase("relations, which are not read"): sum(
            bool(categories_of(tags, categories)) for tags in extract.relations
        ),
    }
    return {why: count for why, count in counts.items() if count}


def _name(one: OsmObject) -> str:
    return " ".join(one.tags.get("name", "").split())


def _gone(one: OsmObject) -> bool:
    """Whether it is not there for the public: being built, or shut to strangers."""
    return one.tags.get("building") == "construction" or one.tags.get("access") in {"private", "no"}


def _same_outlet(found: Located, sets: list[frozenset[str]], within: float) -> np.ndarray:
    if not found.objects:
        return np.empty(0, dtype=np.int64)
    known = DisjointSet(range(len(found.objects)))
    for one, near in enumerate(neighbours(KDTree(found.xy), found.xy, within)):
        for other in near:
            if other <= one or known.connected(one, other) or not sets[one] & sets[other]:
                continue
            if _one_and_the_same(found, one, other):
                known.merge(one, other)
    numbers: dict[int, int] = {}
    roots = [known[at] for at in range(len(found.objects))]
    return np.array([numbers.setdefault(root, len(numbers)) for root in roots], dtype=np.int64)


def _one_and_the_same(found: Located, one: int, other: int) -> bool:
    name, other_name = (_name(found.objects[at]).casefold() for at in (one, other))
    if name and other_name:
        return name == other_name
    return bool((found.m2[one] > 0) != (found.m2[other] > 0))
