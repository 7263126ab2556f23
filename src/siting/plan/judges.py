"""One judge a constraint block: plain counting over the chosen offers, apart from the builders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from siting.inputs import CATEGORY_SEPARATOR, Instance
from siting.inputs.blocks import AllowedCategories, Budget, LockedIn, LockedOut, SiteSlots
from siting.language import phrase, tr

# Sums of costs may differ in their last digits by the order of summing.
_ROUNDING = 1e-9

Judge = Callable[[Any, Instance, pd.DataFrame], list[str]]


def _parts(offers: pd.DataFrame) -> Iterator[tuple[str, str, list[str]]]:
    """Offer, site and categories of each chosen offer."""
    for offer, site, joined in zip(
        offers["offer_id"], offers["site_id"], offers["categories"], strict=True
    ):
        yield offer, site, sorted({part.strip() for part in joined.split(CATEGORY_SEPARATOR)})


def judge_budget(block: Budget, instance: Instance, offers: pd.DataFrame) -> list[str]:
    """Public money against the budget."""
    own = block.amount(instance.currency)
    limit = instance.budget if own is None else own
    spend = float(offers["cost"].sum())
    if limit is None:
        return [tr("budget: the model limits public money and no amount is given")]
    if spend <= limit + _ROUNDING * max(1.0, abs(limit)):
        return []
    return [tr("budget: spends {spend:,.2f}, at most {limit:,.2f}", spend=spend, limit=limit)]


def judge_site_slots(block: SiteSlots, instance: Instance, offers: pd.DataFrame) -> list[str]:
    """Categories added at each site against its slots."""
    slots = dict(zip(instance.sites["site_id"], instance.sites.get("slots", []), strict=False))
    taken: Counter[str] = Counter()
    for _, site, categories in _parts(offers):
        taken[site] += len(categories)
    problems = []
    for site, count in taken.items():
        limit = slots.get(site)
        if limit is None or pd.isna(limit):
            limit = block.default
        if limit is not None and count > limit:
            form = phrase("site_slots: site {site} takes {count} categories, at most {limit:g}")
            problems.append(tr(form, site=site, count=count, limit=limit))
    return problems


def judge_once(_block: object, _instance: Instance, offers: pd.DataFrame) -> list[str]:
    """Each category at most once at a site."""
    count = Counter((site, name) for _, site, names in _parts(offers) for name in names)
    return [
        tr(
            "category_once_per_site: site {site} gets {name} {number} times, at most 1",
            site=site,
            name=name,
            number=number,
        )
        for (site, name), number in count.items()
        if number > 1
    ]


def judge_allowed(block: AllowedCategories, instance: Instance, offers: pd.DataFrame) -> list[str]:
    """Each added category against what its site and the model allow."""
    column = instance.sites.get("allowed_categories", pd.Series("", index=instance.sites.index))
    by_site = dict(zip(instance.sites["site_id"], column.fillna("").astype(str), strict=True))
    problems = []
    for offer, site, categories in _parts(offers):
        local = {part.strip() for part in by_site[site].split(CATEGORY_SEPARATOR)} - {""}
        allowed = (set(categories) & local) if local else set(categories)
        if block.only is not None:
            allowed &= set(block.only)
        problems += [
            tr(
                "allowed_categories: {offer} adds {name} at {site}, not allowed",
                offer=offer,
                name=name,
                site=site,
            )
            for name in categories
            if name not in allowed
        ]
    return problems


def judge_locked_in(block: LockedIn, _instance: Instance, offers: pd.DataFrame) -> list[str]:
    """Each decided offer is there."""
    missing = sorted(set(block.offers) - set(offers["offer_id"]))
    return [tr("locked_in: offer {offer} is not chosen", offer=offer) for offer in missing]


def judge_locked_out(block: LockedOut, _instance: Instance, offers: pd.DataFrame) -> list[str]:
    """No offer that is out is there."""
    return [
        tr("locked_out: offer {offer} at {site} is chosen", offer=offer, site=site)
        for offer, site, categories in _parts(offers)
        if offer in block.offers or site in block.sites or set(categories) & set(block.categories)
    ]


JUDGES: Mapping[str, Judge] = {
    "budget": judge_budget,
    "site_slots": judge_site_slots,
    "category_once_per_site": judge_once,
    "allowed_categories": judge_allowed,
    "locked_in": judge_locked_in,
    "locked_out": judge_locked_out,
}
