"""Settings that say which categories are required, and of which places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from siting.blocks.contract import Block, Incompatibility, Names
from siting.blocks.names import category_ids, places, unknown
from siting.coverage.gaps import PlaceKind, place_kind
from siting.inputs.instance import Instance
from siting.language import phrase, tr

Place = Literal["circle", "district"]


def required_categories(instance: Instance, tier: Names, category: Names) -> tuple[str, ...]:
    """Ids of the required categories; without settings those of the basic tier, else all."""
    frame, known = instance.categories, category_ids(instance)
    tiers = set(tier) or ({"basic"} if not category else set())
    named = {known[name] for name in category}
    found = [
        name
        for name, one in zip(frame["category"], frame["tier"], strict=True)
        if str(one) in tiers or name in named
    ]
    return tuple(found) or instance.category_names


def unknown_categories(block: Block, instance: Instance) -> Iterator[Incompatibility]:
    """Tiers and categories of a block that the instance does not have."""
    tiers = [str(tier) for tier in instance.categories["tier"].unique()]
    yield from unknown("tier", phrase("tier"), getattr(block, "tier"), tiers)  # noqa: B009
    names = getattr(block, "category")  # noqa: B009
    yield from unknown("category", phrase("category"), names, category_ids(instance))


def no_such_places(kind: str | None, instance: Instance) -> Iterator[Incompatibility]:
    """A division into places in which no resident lives."""
    if kind is not None and not places(instance, kind, of_sites=False):
        yield Incompatibility(
            ("place",),
            "no-places",
            tr("'place: {kind}', and no resident names one", kind=kind),
            tr("a column '{kind}' in the residents", kind=kind),
            tr("Add the column, or name the places that there are."),
        )


def kind_of_places(kind: Place | None, instance: Instance) -> PlaceKind:
    """The division that was named, else the one of the gap list."""
    return kind or place_kind(instance)
