"""The project pool: what a plan builds, and the best of what it does not, with why."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks import CategoryOncePerSite, SiteSlots
from siting.inputs import split_categories
from siting.language import phrase, tr
from siting.plan.column_bounds import column_bounds
from siting.report.facts import Facts
from siting.report.money_texts import money_limit
from siting.report.tasks import offer_lines

# Of the offers that are not chosen so many at most.
MOST_RESERVES = 60
_REASONS = {
    "money": phrase("no money left for it ({left} left)"),
    "slots": phrase("its site is full"),
    "twice": phrase("the plan adds the same category at its site"),
    "less": phrase("others bring more for the same money"),
}


def reserve_projects(facts: Facts, most: int = MOST_RESERVES) -> pd.DataFrame:
    """The offers not chosen that would still reach somebody, those that reach most first.

    Columns of `offer_lines`, then `more` (people whom it would newly cover beside the plan, counted
    once a category) and `why` (why it is not in the plan). Offers that the rules of the model
    exclude are left out.
    """
    offers = facts.instance.offers
    more = newly_beside_the_plan(facts, offers)
    open_ = ~offers["offer_id"].isin({*facts.plan.chosen["offer_id"], *_excluded(facts)})
    wanted = np.flatnonzero(open_.to_numpy() & (more > 0))
    best = wanted[np.argsort(-more[wanted], kind="stable")][:most]
    picked = offers.iloc[best]
    lines = offer_lines(facts.plan, picked).assign(more=more[best])
    return lines.assign(why=np.array(list(_whys(facts, picked)), dtype=object))


def newly_beside_the_plan(facts: Facts, offers: pd.DataFrame) -> NDArray[np.float64]:
    """People whom each offer would newly cover beside the plan, once a category."""
    instance = facts.instance
    lines = split_categories(offers["categories"]).drop_duplicates()
    site = pd.Index(instance.sites["site_id"]).get_indexer(offers["site_id"])
    groups = dict(zip(instance.categories["category"], instance.categories["group"], strict=True))
    more = np.zeros(len(offers))
    for category, rows in lines.groupby("category")["row"]:
        here = facts.after[str(category)]
        people = np.where(here.served, 0.0, instance.people(str(groups[category])).to_numpy(float))
        at = rows.to_numpy(np.int64)
        more[at] += np.asarray(people @ here.reach)[site[at]]
    return more


def _excluded(facts: Facts) -> set[str]:
    """Offers that no plan of the model may have."""
    bounds = column_bounds(facts.plan.model)
    if bounds is None:
        return set()
    offers = facts.plan.model.families["choose"].ids[0]
    allowed = set(offers[bounds.upper > 0])
    return {str(offer) for offer in offers if offer not in allowed}


def _whys(facts: Facts, offers: pd.DataFrame) -> Iterator[str]:
    """Why each of some offers is not in the plan."""
    plan, blocks = facts.plan, {type(block) for block in facts.plan.spec.subject_to}
    limit, slots = money_limit(plan), _slots(facts) if SiteSlots in blocks else {}
    left = np.inf if limit is None else limit - plan.spend
    added: dict[str, list[str]] = {}
    for site, here in zip(plan.chosen["site_id"], _opened(plan.chosen), strict=True):
        added.setdefault(site, []).extend(here)
    for site, cost, own in zip(offers["site_id"], offers["cost"], _opened(offers), strict=True):
        there, found = added.get(site, []), []
        if cost > left + 1e-9:
            money = plan.instance.currency.show(max(0.0, left))
            found.append(tr(_REASONS["money"], left=money))
        if len(there) + len(own) > slots.get(site, np.inf):
            found.append(tr(_REASONS["slots"]))
        if CategoryOncePerSite in blocks and set(there) & set(own):
            found.append(tr(_REASONS["twice"]))
        yield tr("; ").join(found or [tr(_REASONS["less"])])


def _opened(offers: pd.DataFrame) -> list[list[str]]:
    """The categories of each offer."""
    opened: list[list[str]] = [[] for _ in range(len(offers))]
    lines = split_categories(offers["categories"])
    for row, category in zip(lines["row"], lines["category"], strict=True):
        opened[row].append(category)
    return opened


def _slots(facts: Facts) -> dict[str, float]:
    """How many categories each site takes of which it is said."""
    sites = facts.instance.sites
    blocks = facts.plan.spec.subject_to
    defaults = [block.default for block in blocks if isinstance(block, SiteSlots)]
    default = next((float(one) for one in defaults if one is not None), np.inf)
    own = sites["slots"].fillna(default) if "slots" in sites else [default] * len(sites)
    return dict(zip(sites["site_id"], map(float, own), strict=True))
