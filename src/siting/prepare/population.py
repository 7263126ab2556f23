"""Residents: totals of municipalities spread over homes, in whole people, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.errors import InputError, Problem
from siting.prepare.buildings import Homes
from siting.prepare.osm_mapping import Municipality, Population
from siting.prepare.osm_read import Extract, Floats, Ids, OsmObject, projector

# No place has a hundred million people; everyone is dealt one by one.
_DIGITS = 8
_SETTLEMENTS = {"city", "town", "village", "hamlet", "suburb", "quarter", "neighbourhood"}


@dataclass(frozen=True)
class PopulatedPlaces:
    """Named settlements (`place` nodes) of an extract.

    Attributes:
        names: Their names.
        xy: Where they are, metres, shape (places, 2).
        residents: Their `population`, or -1, shape (places,).
    """

    names: tuple[str, ...]
    xy: Floats
    residents: Ids

    def find(self, name: str, where: str) -> int:
        """Position of the most populous place of a name.

        Raises:
            InputError: There is none.
        """
        found = [at for at, one in enumerate(self.names) if one == name]
        if not found:
            expected = "the name of a place node of the extract"
            raise InputError(
                [Problem("no-place", where, repr(name), expected, "Correct the mapping file.")]
            )
        return max(found, key=lambda at: int(self.residents[at]))


def largest_remainder(total: int, weights: Floats) -> Ids:
    """Splits a whole number in proportion to weights, in whole numbers that sum to it exactly.

    Every share is rounded down; what is left goes one each to the largest remainders, the first
    one first among equals (the method of Hamilton and Hare).

    Args:
        total: At least 0.
        weights: At least 0, shape (n,), not all 0 unless `total` is.

    Returns:
        Shape (n,).

    Raises:
        ValueError: There is something to split and no weight to split it by.
    """
    if not total:
        return np.zeros(len(weights), dtype=np.int64)
    if not weights.sum() > 0:
        raise ValueError(f"nothing to split {total} by: the weights sum to 0")
    exact = weights * (total / weights.sum())
    whole: Ids = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum())
    order = np.argsort(whole - exact, kind="stable")
    whole[order[:left]] += 1
    return whole


def find_places(extract: Extract, crs: str) -> PopulatedPlaces:
    """Lists the named settlements of an extract."""
    nodes = [
        one
        for one in extract.having("place")
        if one.ref.startswith("n") and one.tags["place"] in _SETTLEMENTS and "name" in one.tags
    ]
    lonlat = np.concatenate([one.lonlat for one in nodes]) if nodes else np.empty((0, 2))
    counts = [one.tags.get("population", "").replace(" ", "") for one in nodes]
    known = [int(text) if text.isdecimal() and len(text) <= _DIGITS else -1 for text in counts]
    residents = np.array(known, dtype=np.int64)
    return PopulatedPlaces(
        tuple(one.tags["name"] for one in nodes), projector(crs)(lonlat), residents
    )


def municipality_totals(rules: Population, places: PopulatedPlaces) -> Ids:
    """Residents of each municipality: the mapping's number, else that of its place node.

    Raises:
        InputError: A place is not in the extract, or has no population.
    """
    totals = []
    for number, one in enumerate(rules.municipalities):
        where = f"population.municipalities[{number}].place"
        known = one.residents
        if known is None:
            known = int(places.residents[places.find(one.place, where)])
        if known < 0:
            expected = "a population at the place node, or `residents` in the mapping"
            problem = Problem("no-population", where, repr(one.place), expected, "Add `residents`.")
            raise InputError([problem])
        totals.append(known)
    return np.array(totals, dtype=np.int64)


def assign_municipality(
    homes: Homes, extract: Extract, places: PopulatedPlaces, rules: Population, crs: str
) -> Ids:
    """The municipality of each home, position in the mapping, shape (homes,).

    A home's own postcode or town decides. Without one, its nearest labelled neighbours vote, each
    with weight 1 / (distance + 10 m): homes and address points with a postcode or town, and the
    place nodes that the mapping anchors. Boundaries are not read: extracts clipped to a box have
    lost their relations.
    """
    rows = rules.municipalities
    own = np.array([_label(one, rows) for one in homes.objects], dtype=np.int64)
    points = [one for one in extract.objects if one.ref.startswith("n")]
    labels = np.array([_label(one, rows) for one in points], dtype=np.int64)
    lonlat = [one.lonlat for one, label in zip(points, labels, strict=True) if label >= 0]
    anchor_xy, anchor = _anchors(rows, places)
    address_xy = projector(crs)(np.concatenate(lonlat)) if lonlat else np.empty((0, 2))
    xy = np.concatenate([homes.xy[own >= 0], address_xy, anchor_xy])
    label = np.concatenate([own[own >= 0], labels[labels >= 0], anchor])
    return np.where(own >= 0, own, _vote(homes.xy, xy, label, rules.neighbours))


def _label(one: OsmObject, rows: list[Municipality]) -> int:
    postcode, city = one.tags.get("addr:postcode"), one.tags.get("addr:city")
    for number, row in enumerate(rows):
        if postcode in row.postcodes:
            return number
    for number, row in enumerate(rows):
        if city in row.cities:
            return number
    return -1


def _anchors(rows: list[Municipality], places: PopulatedPlaces) -> tuple[Floats, Ids]:
    at, label = [], []
    for number, row in enumerate(rows):
        for name in (row.place, *row.anchors):
            where = f"population.municipalities[{number}]: {row.name}"
            at.append(places.find(name, where))
            label.append(number)
    return places.xy[at], np.array(label, dtype=np.int64)


def _vote(xy: Floats, labelled: Floats, label: Ids, neighbours: int) -> Ids:
    count = min(neighbours, len(label))
    found = KDTree(labelled).query(xy, k=np.arange(1, count + 1))
    metres, near = np.asarray(found[0]), np.asarray(found[1])
    votes = np.zeros((len(xy), int(label.max()) + 1))
    for rank in range(count):
        np.add.at(votes, (np.arange(len(xy)), label[near[:, rank]]), 1 / (metres[:, rank] + 10))
    most: Ids = votes.argmax(axis=1).astype(np.int64)
    return most


def nearest_place(xy: Floats, names: list[str], places: PopulatedPlaces) -> list[str]:
    """The name of the nearest of some places for each point, shape (points,)."""
    at = [places.find(name, "population.quarters") for name in names]
    return [names[number] for number in np.asarray(KDTree(places.xy[at]).query(xy)[1])]


def merge_homes(homes: Homes, municipality: Ids, cell: float) -> pd.DataFrame:
    """Joins the homes of one municipality in one square cell into one demand point.

    The point is that of the member with the most floor, so it is at a real building.

    Args:
        homes: The homes; their points to 1 cm.
        municipality: Of each home, shape (homes,).
        cell: Side of the square in metres; a member is at most its diagonal from the point.

    Returns:
        Columns `x`, `y` (metres), `municipality`, `floor_m2`, ordered from west to east.
    """
    square = np.floor(homes.xy / cell).astype(np.int64)
    frame = pd.DataFrame(
        {
            "x": homes.xy[:, 0],
            "y": homes.xy[:, 1],
            "municipality": municipality,
            "floor_m2": homes.floor_m2,
            "cx": square[:, 0],
            "cy": square[:, 1],
        }
    )
    key = ["municipality", "cx", "cy"]
    frame["total"] = frame.groupby(key)["floor_m2"].transform("sum")
    frame = frame.sort_values(["floor_m2", "x", "y"], ascending=[False, True, True])
    points = frame.drop_duplicates(key)
    points = points.assign(floor_m2=points["total"]).sort_values(["cx", "cy", "x", "y"])
    return points[["x", "y", "municipality", "floor_m2"]].reset_index(drop=True)


def require_homes(points: pd.DataFrame, totals: Ids, names: Sequence[str]) -> None:
    """Sees to it that every municipality with residents has a home to put them in.

    Raises:
        InputError: Some have none; they are named.
    """
    housed = set(points["municipality"])
    homeless = [names[at] for at, total in enumerate(totals) if total and at not in housed]
    if homeless:
        found = f"municipalities {homeless} without a home"
        mend = "Look at `buildings` and at the postcodes, cities and anchors of the municipalities."
        where = "population.municipalities"
        raise InputError([Problem("no-homes", where, found, "a home in each", mend)])


def spread_people(points: pd.DataFrame, totals: Ids, groups: Mapping[str, float]) -> pd.DataFrame:
    """Places every resident of every municipality, and every member of every group.

    Args:
        points: As `merge_homes` returns them.
        totals: Residents of each municipality, shape (municipalities,).
        groups: Share of each demand group in all residents.

    Returns:
        `points` with `residents` and one column a group, whole people; points that nobody falls to
        are left out. The sums are exact, and at no point are the groups more than the residents.

    Raises:
        ValueError: A municipality with residents has no home.
    """
    residents = np.zeros(len(points), dtype=np.int64)
    for number, total in enumerate(totals):
        here = np.flatnonzero(points["municipality"] == number)
        residents[here] = largest_remainder(int(total), points["floor_m2"].to_numpy()[here])
    placed = points.assign(residents=residents)[residents > 0].reset_index(drop=True)
    return placed.assign(**split_groups(placed["residents"].to_numpy(), groups))


def split_groups(residents: Ids, groups: Mapping[str, float]) -> dict[str, Ids]:
    """Members of each group at each point: one even sequence of people, dealt point by point.

    Each group's total is its share of all residents, rounded; as everyone is dealt once, a point
    never has more members than residents. The groups are taken to be disjoint.

    Raises:
        ValueError: The shares sum to more than 1.
    """
    rest = 1 - sum(groups.values())
    if rest < -1e-9:
        raise ValueError(
            f"the groups sum to {1 - rest:.1%} of the residents; they must be disjoint"
        )
    sizes = largest_remainder(int(residents.sum()), np.array([max(rest, 0.0), *groups.values()]))
    when = np.concatenate([(np.arange(size) + 0.5) / max(size, 1) for size in sizes])
    who = np.repeat(np.arange(len(sizes)), sizes)[np.argsort(when, kind="stable")]
    point = np.repeat(np.arange(len(residents)), residents)
    return {
        name: np.bincount(point[who == number], minlength=len(residents)).astype(np.int64)
        for number, name in enumerate(groups, start=1)
    }
