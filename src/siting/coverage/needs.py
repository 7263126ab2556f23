"""How many outlets of each category a place has and needs, as the gap list counts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.coverage.gaps import PlaceKind, outlets_in_reach
from siting.coverage.relation import Coverage
from siting.coverage.walks import measure_walks
from siting.inputs.instance import Instance

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PlaceNeeds:
    """The places of one kind, and what they lack.

    Attributes:
        places: Their names, in order; residents without a place are in none.
        home: Position of each resident's place, -1 for none, shape (residents,).
        people: Of each category's group in each place, shape (places, categories).
        have: Outlets in reach of somebody of the group, shape (places, categories); where one is
            enough, 1 stands for any number.
        needed: How many it needs, 0 where nobody of the group lives, likewise.
    """

    places: tuple[str, ...]
    home: Index
    people: NDArray[np.float64]
    have: Index
    needed: Index


def place_needs(instance: Instance, coverage: Coverage, kind: PlaceKind) -> PlaceNeeds:
    """What the circles or districts of an instance have and need.

    Args:
        instance: The instance.
        coverage: Who is within the standard of which existing outlet.
        kind: `circle`, `district`, or `city` for all residents as one place.
    """
    names = _names(instance, kind)
    places = tuple(sorted({name for name in names if name}))
    known = {name: number for number, name in enumerate(places)}
    home = np.array([known.get(name, -1) for name in names], dtype=np.int64)
    shape = (len(places), len(instance.categories))
    people, served = np.zeros(shape), np.zeros(shape)
    for column, (name, group) in enumerate(
        zip(instance.categories["category"], instance.categories["group"], strict=True)
    ):
        members = np.asarray(instance.people(group), dtype=np.float64)
        np.add.at(people[:, column], home[home >= 0], members[home >= 0])
        lucky = (home >= 0) & coverage[name].served & (members > 0)
        np.add.at(served[:, column], home[lucky], 1.0)
    needed = _needed(instance, people)
    have = (served > 0).astype(np.int64)
    if np.any(needed > 1):
        have = np.where(needed > 1, _counted(instance, home, len(places)), have)
    return PlaceNeeds(places, home, people, have, needed)


def _names(instance: Instance, kind: PlaceKind) -> list[str]:
    if kind == "city":
        return [instance.name] * len(instance.residents)
    if kind not in instance.residents:
        return [""] * len(instance.residents)
    return [name if isinstance(name, str) else "" for name in instance.residents[kind]]


def _needed(instance: Instance, people: NDArray[np.float64]) -> Index:
    """One where anybody of the group lives, or as many as the standard says."""
    frame = instance.categories
    each = np.full(len(frame), np.inf)
    if "residents_per_outlet" in frame:
        each = frame["residents_per_outlet"].to_numpy(float)
        each = np.where(each > 0, each, np.inf)
    many = np.maximum(np.ceil(people / each[None, :] - 1e-9), 1)
    return np.where(people > 0, many, 0).astype(np.int64)


def _counted(instance: Instance, home: Index, places: int) -> Index:
    """Outlets in reach of each place by category; residents without a place form one more."""
    code = np.where(home < 0, places, home)
    found = outlets_in_reach(instance, measure_walks(instance), code, None)
    columns = [found[name][:places] for name in instance.category_names]
    return np.stack(columns, axis=1).astype(np.int64)
