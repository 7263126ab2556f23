"""Settings that say which offers a row is about: by category, place, site, mode and year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from siting.blocks.contract import ConstraintBlock, Incompatibility, Names, one_or_more
from siting.blocks.names import category_ids, ids_by_name, places, unknown, unknown_years
from siting.blocks.years import horizon
from siting.inputs.instance import Instance
from siting.language import phrase, tr

Each = Literal["district", "circle", "site", "category", "tier", "mode", "year"]


def _one_or_more_years(value: object) -> object:
    return (value,) if isinstance(value, int) else one_or_more(value)


Years = Annotated[tuple[int, ...], Field(strict=False), BeforeValidator(_one_or_more_years)]


class OfferScope(ConstraintBlock):
    """Which offers count; what is not said does not narrow. `each` makes one row a value."""

    category: Names = Field((), description="categories, by id or name: an offer of any of them")
    tier: Names = Field((), description="tiers, e.g. basic: an offer with a category of any")
    district: Names = Field((), description="districts of the offers' sites")
    circle: Names = Field((), description="circles of the offers' sites")
    site: Names = Field((), description="sites, by id or name")
    mode: Names = Field((), description="modes, e.g. [new, retrofit]")
    year: Years = Field((), description="years in which the offers are built, e.g. [2026]")
    each: Each | None = Field(
        None, description="one row for each district, circle, site, category, tier, mode or year"
    )

    def incompatibilities(self, instance: Instance) -> Iterator[Incompatibility]:
        """Names that the instance does not know, or a division that it does not have."""
        yield from unknown("category", phrase("category"), self.category, category_ids(instance))
        tiers = [str(tier) for tier in instance.categories["tier"].unique()]
        yield from unknown("tier", phrase("tier"), self.tier, tiers)
        for kind, noun in (("district", phrase("district")), ("circle", phrase("circle"))):
            yield from unknown(kind, noun, getattr(self, kind), places(instance, kind))
        yield from unknown("site", phrase("site"), self.site, ids_by_name(instance, "site"))
        yield from unknown("mode", phrase("mode"), self.mode, _modes(instance))
        yield from unknown_years(self.year, instance)
        if self.each in ("district", "circle") and not places(instance, self.each):
            yield Incompatibility(
                ("each",),
                "no-places",
                tr("'each: {kind}', and no site or resident names one", kind=self.each),
                tr("a column '{kind}' in the sites", kind=self.each),
                tr("Add the column or take 'each' out."),
            )

    def values_of_each(self, instance: Instance) -> tuple[object, ...]:
        """What `each` runs over, in order."""
        if self.each is None:
            return ()
        if self.each in ("district", "circle"):
            return getattr(self, self.each) or places(instance, self.each)
        frame = instance.categories
        values = {
            "site": list(instance.sites["site_id"]),
            "category": list(instance.category_names),
            "tier": [str(tier) for tier in frame["tier"].unique()],
            "mode": _modes(instance),
            "year": list(horizon(instance)),
        }
        wanted = getattr(self, self.each)
        if self.each in ("category", "site"):
            known = category_ids(instance)
            known = known if self.each == "category" else ids_by_name(instance, "site")
            wanted = {known[name] for name in wanted}
        return tuple(value for value in values[self.each] if not wanted or value in wanted)


def _modes(instance: Instance) -> list[str]:
    frame = instance.offers
    return sorted({str(mode) for mode in frame["mode"].dropna()}) if "mode" in frame else []
