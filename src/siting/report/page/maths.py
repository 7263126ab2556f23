"""The model of a plan as a page shows it: its symbols, and each block in maths and in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from latex2mathml.converter import convert

from siting.inputs import split_categories
from siting.inputs.blocks import AllowedCategories, Budget, LockedIn, LockedOut, SiteSlots
from siting.language import tr
from siting.model.blocks import BUILDERS
from siting.report.facts import Facts
from siting.report.page.amounts import DASH


@dataclass(frozen=True)
class Line:
    """One block: what it is called, its maths as MathML, and what it says here."""

    name: str
    maths: str
    words: str


def maths(facts: Facts) -> dict[str, Any]:
    """`symbols` (MathML, meaning, number here), the objective and the constraints as `Line`s."""
    spec = facts.plan.spec
    return {
        "symbols": _symbols(facts),
        "maximise": [_line(facts, block) for block in spec.maximise],
        "subject_to": [_line(facts, block) for block in spec.subject_to],
    }


def _line(facts: Facts, block: Any) -> Line:  # noqa: ANN401 - of any kind of block
    builder = BUILDERS[block.block]
    say = _WORDS.get(block.block)
    words = say(facts, block) if say else tr(builder.reads)
    return Line(block.block, convert(builder.formula, display="block"), words)


def _symbols(facts: Facts) -> list[tuple[str, str, str]]:
    instance = facts.instance
    priority, cost = instance.categories["priority"], instance.offers["cost"]
    served, pairs = facts.plan.judgement.before.sum(), facts.plan.judgement.before.size
    show = instance.currency.show
    told = [
        ("I", tr("demand points"), f"{len(instance.residents):,}"),
        ("K", tr("categories"), f"{len(instance.categories):,}"),
        ("J", tr("candidate sites"), f"{len(instance.sites):,}"),
        ("O", tr("offers: a site with the categories added there"), f"{len(cost):,}"),
        (
            "w_{ik}",
            tr("people at point i of the group that category k serves"),
            f"{_weighted(facts):,.0f}",
        ),
        ("v_k", tr("priority of category k"), _range(priority.min(), priority.max())),
        (
            "e_{ik}",
            tr("1 where an outlet covers the pair already"),
            tr("{ones:,} of {all:,}", ones=int(served), all=int(pairs)),
        ),
        ("a_{iok}", tr("1 where offer o would cover the pair"), DASH),
        ("c_o", tr("public money that offer o takes"), _range(cost.min(), cost.max(), show)),
        (
            "x_o",
            tr("1 if offer o is chosen"),
            tr("{ones:,} of {all:,}", ones=len(facts.plan.chosen), all=len(cost)),
        ),
        ("y_{ik}", tr("1 if the pair is covered with the plan"), _covered(facts)),
    ]
    return [(convert(symbol), meaning, number) for symbol, meaning, number in told]


def _weighted(facts: Facts) -> float:
    """People of all groups, counted once for each category that serves them."""
    return float(facts.by_category["residents"].sum())


def _covered(facts: Facts) -> str:
    flags = facts.plan.judgement.after
    return tr("{ones:,} of {all:,}", ones=int(flags.sum()), all=int(flags.size))


def _range(low: float, high: float, show: Callable[[float], str] = "{:g}".format) -> str:
    if not math.isfinite(low):
        return DASH
    return show(low) if low == high else f"{show(low)} – {show(high)}"


# --- the blocks in words ------------------------------------------------------------------------


def _objective(facts: Facts, _block: object) -> str:
    plan = facts.plan
    said = tr(
        "As many residents as possible are covered, counted once for each category and weighted by "
        "its priority: {baseline:,.0f} with nothing added, {objective:,.0f} with this plan.",
        baseline=plan.baseline,
        objective=plan.objective,
    )
    if not math.isfinite(plan.bound):
        return said
    more = tr("No plan reaches more than {bound:,.0f}.", bound=plan.bound)
    return tr("{one} {two}", one=said, two=more)


def _budget(facts: Facts, block: Budget) -> str:
    currency = facts.instance.currency
    own = block.amount(currency)
    limit = facts.instance.budget if own is None else own
    return tr(
        "The public money of what is added is at most {budget}; this plan takes {spend}.",
        budget=DASH if limit is None else currency.show(limit),
        spend=currency.show(facts.plan.spend),
    )


def _slots(facts: Facts, block: SiteSlots) -> str:
    sites = facts.instance.sites
    default = math.nan if block.default is None else float(block.default)
    slots = sites["slots"].fillna(default) if "slots" in sites else sites["x"] * 0 + default
    return tr(
        "At a site no more categories are added than it has slots: {slots:,.0f} slots at {sites:,} "
        "sites; this plan takes {taken:,} of them.",
        slots=float(slots.sum()),
        sites=int(slots.notna().sum()),
        taken=len(facts.money),
    )


def _once(facts: Facts, _block: object) -> str:
    offers = facts.instance.offers
    lines = split_categories(offers["categories"]).drop_duplicates()
    site = offers["site_id"].to_numpy(object)[lines["row"].to_numpy(np.int64)]
    count = lines.assign(site=site).groupby(["site", "category"]).size()
    return tr(
        "Of several offers of one category at one site, as new or as a retrofit, at most one is "
        "chosen; {several:,} of {pairs:,} pairs of site and category have several.",
        several=int((count > 1).sum()),
        pairs=len(count),
    )


def _allowed(facts: Facts, block: AllowedCategories) -> str:
    sites = facts.instance.sites
    named = sites["allowed_categories"].fillna("").ne("") if "allowed_categories" in sites else ()
    said = tr(
        "A site takes only the categories that it allows; {named:,} of {sites:,} sites name "
        "theirs.",
        named=int(sum(named)),
        sites=len(sites),
    )
    if block.only is None:
        return said
    more = tr("Anywhere, only {count:,} categories may be added.", count=len(block.only))
    return tr("{one} {two}", one=said, two=more)


def _locked_in(_facts: Facts, block: LockedIn) -> str:
    return tr("Decided: {count:,} offers that every plan contains.", count=len(block.offers))


def _locked_out(_facts: Facts, block: LockedOut) -> str:
    return tr(
        "Ruled out: {offers:,} offers, and all offers at {sites:,} sites and of {kinds:,} "
        "categories.",
        offers=len(block.offers),
        sites=len(block.sites),
        kinds=len(block.categories),
    )


_WORDS: Mapping[str, Callable[[Facts, Any], str]] = {
    "covered_residents": _objective,
    "budget": _budget,
    "site_slots": _slots,
    "category_once_per_site": _once,
    "allowed_categories": _allowed,
    "locked_in": _locked_in,
    "locked_out": _locked_out,
}
