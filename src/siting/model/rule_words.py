"""A rule of a model on an instance in the planner's words: names instead of ids."""

from __future__ import annotations

from siting.blocks import (
    Block,
    Budget,
    CompletePlacesFloor,
    CompleteShare,
    Count,
    CoveredShare,
    LockedIn,
    LockedOut,
)
from siting.blocks.names import category_ids
from siting.inputs.instance import Instance
from siting.language import joined, language, phrase, tr
from siting.units import listed

_EACH = {
    "district": phrase("each district"),
    "circle": phrase("each circle"),
    "site": phrase("each site"),
    "category": phrase("each category"),
    "tier": phrase("each tier"),
    "mode": phrase("each mode"),
    "year": phrase("each year"),
}
_RULES = {
    "site_slots": phrase("the slots of the sites"),
    "site_area": phrase("the floor area of the sites"),
    "category_once_per_site": phrase("each category once a site"),
    "allowed_categories": phrase("the categories that sites allow"),
}


def rule_words(block: Block, instance: Instance) -> str:
    """Says a rule, e.g. `昆都仑区、菜市场: at least 1 added`."""
    if isinstance(block, (LockedIn, LockedOut)):
        return _lock(block, instance)
    limits = limit_words(block, instance)
    if limits:
        about = part_words(block, instance)
        return tr("{part}: {limits}", part=about, limits=limits) if about else limits
    if block.block in _RULES:
        return tr(_RULES[block.block])
    settings = ", ".join(f"{key}: {value}" for key, value in block.settings().items())
    return f"{block.block}: {{{settings}}}"


def part_words(block: Block, instance: Instance) -> str:
    """What part of the plan or of the people a rule is about; empty for all of it."""
    said = [tr(_EACH[each])] if (each := getattr(block, "each", None)) else []
    for kind in ("district", "circle"):
        said += getattr(block, kind, ())
    said += [category_name(instance, name) for name in getattr(block, "category", ())]
    said += [tr(str(tier)) for tier in getattr(block, "tier", ())]
    said += _site_names(instance, getattr(block, "site", ()))
    said += [*getattr(block, "mode", ()), *map(str, getattr(block, "year", ()))]
    return joined(said)


def limit_words(block: Block, instance: Instance) -> str:
    """The limits of a rule; empty where it has none of the usual kinds."""
    if isinstance(block, Budget):
        return _money(block, instance)
    if isinstance(block, (CoveredShare, CompleteShare)):
        form = phrase("at least {share} of the people have it within reach")
        return tr(form, share=f"{100 * block.at_least:g} %")
    if isinstance(block, CompletePlacesFloor):
        return tr("at least {count:,} places lack nothing", count=block.at_least)
    if isinstance(block, Count):
        said = []
        if block.at_least is not None:
            said.append(tr("at least {count:,} added", count=block.at_least))
        if block.at_most is not None:
            said.append(tr("at most {count:,} added", count=block.at_most))
        return joined(said)
    return ""


def _money(block: Budget, instance: Instance) -> str:
    currency = instance.currency
    floor, limit = block.floor(currency), block.amount(currency)
    said = []
    if floor is not None:
        said.append(tr("at least {amount} of money", amount=currency.show(floor)))
    if limit is None and floor is None:
        limit = instance.budget
    if limit is not None:
        said.append(tr("at most {amount} of money", amount=currency.show(limit)))
    elif floor is None:
        parts = (f"{year} {currency.show(money)}" for year, money in instance.years.items())
        said.append(tr("the money of each year ({years})", years=joined(parts)))
    return joined(said)


def _lock(block: LockedIn | LockedOut, instance: Instance) -> str:
    names = [offer_name(instance, offer) for offer in block.offers]
    if isinstance(block, LockedIn):
        return tr("{names}: decided", names=listed(names, 5))
    names += _site_names(instance, block.sites)
    names += [category_name(instance, name) for name in block.categories]
    return tr("{names}: left out", names=listed(names, 5))


def category_name(instance: Instance, name: str) -> str:
    """What a category is called in the language in use, by any of its names."""
    frame, wanted = instance.categories, category_ids(instance).get(name, name)
    column = "name_zh" if language() == "zh" else "name_en"
    names = dict(zip(frame["category"], frame[column], strict=True)) if column in frame else {}
    called: object = names.get(wanted)
    return called if isinstance(called, str) and called else wanted


def _site_names(instance: Instance, sites: tuple[str, ...]) -> list[str]:
    frame = instance.sites
    if "name" not in frame:
        return list(sites)
    names = dict(zip(frame["site_id"], frame["name"], strict=True))
    return [str(names.get(site) or site) for site in sites]


def offer_name(instance: Instance, offer: str) -> str:
    """An offer as its site and categories, or as it is where there is none of this id."""
    rows = instance.offers[instance.offers["offer_id"] == offer]
    if rows.empty:
        return offer
    row = rows.iloc[0]
    kinds = [category_name(instance, k.strip()) for k in str(row["categories"]).split(";")]
    (site,) = _site_names(instance, (str(row["site_id"]),))
    return f"{site} {'+'.join(kinds)}"
