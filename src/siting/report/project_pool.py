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
    why = [tr("; ").join(_why(facts, row)) for _, row in picked.iterrows()]
    return lines.assign(why=np.array(why, dtype=object))


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


def _why(facts: Facts, offer: pd.Series) -> Iterator[str]:
    plan, blocks = facts.plan, {type(block) for block in facts.plan.spec.subject_to}
    limit, here = money_limit(plan), plan.chosen[plan.chosen["site_id"] == offer["site_id"]]
    there, own = (
        list(split_categories(cells)["category"])
        for cells in (here["categories"], pd.Series([offer["categories"]]))
    )
    found = []
    if limit is not None and offer["cost"] > limit - plan.spend + 1e-9:
        left = plan.instance.currency.show(max(0.0, limit - plan.spend))
        found.append(tr(_REASONS["money"], left=left))
    if SiteSlots in blocks and len(there) + len(own) > _slots(facts, str(offer["site_id"])):
        found.append(tr(_REASONS["slots"]))
    if CategoryOncePerSite in blocks and set(there) & set(own):
        found.append(tr(_REASONS["twice"]))
    yield from found or [tr(_REASONS["less"])]


def _slots(facts: Facts, site: str) -> float:
    """How many categories a site takes; infinite where nothing is said of it."""
    sites = facts.instance.sites
    own = sites.loc[sites["site_id"] == site, "slots"].tolist() if "slots" in sites else []
    slots = float(own[0]) if own else np.nan
    blocks = facts.plan.spec.subject_to
    defaults = [block.default for block in blocks if isinstance(block, SiteSlots)]
    if np.isnan(slots):
        slots = next((float(one) for one in defaults if one is not None), np.inf)
    return slots
