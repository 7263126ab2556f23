"""Which offers and years a scope is about, said plainly."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks.names import category_ids, ids_by_name
from siting.blocks.plain_inputs import PlainInputs, PlainOffer
from siting.blocks.scope import OfferScope

_KINDS = ("category", "tier", "district", "circle", "site", "mode", "year")
Dated = tuple[PlainOffer, int]


def scoped(
    scope: OfferScope, inputs: PlainInputs
) -> Iterator[tuple[tuple[object, ...], list[Dated]]]:
    """What each row stands for, and the offers and years that it is about."""
    wanted: dict[str, set[object]] = {kind: set(getattr(scope, kind)) for kind in _KINDS}
    if scope.category:
        known = category_ids(inputs.instance)
        wanted["category"] = {known[name] for name in scope.category}
    if scope.site:
        of_site = ids_by_name(inputs.instance, "site")
        wanted["site"] = {of_site[name] for name in scope.site}
    inside = [
        (offer, year)
        for offer in inputs.offers
        for year in inputs.years
        if all(
            not values or values & _values(kind, inputs, offer, year)
            for kind, values in wanted.items()
        )
    ]
    if scope.each is None:
        yield (), inside
        return
    parts: dict[object, list[Dated]] = {v: [] for v in scope.values_of_each(inputs.instance)}
    for offer, year in inside:
        for value in _values(scope.each, inputs, offer, year) & parts.keys():
            parts[value].append((offer, year))
    for value, offers in parts.items():
        yield (value,), offers


def _values(kind: str, inputs: PlainInputs, offer: PlainOffer, year: int) -> set[object]:
    """What an offer in a year is, in one respect."""
    if kind == "category":
        return set(offer.categories)
    if kind == "tier":
        return {inputs.categories[name].tier for name in offer.categories}
    if kind == "year":
        return {year}
    return {getattr(offer, kind)}
