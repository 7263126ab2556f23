"""What a plan spends against what it may, in all and by year, as names and texts."""

from __future__ import annotations

from collections.abc import Iterator

from siting.blocks import Budget
from siting.language import tr
from siting.plan import Plan


def money_pairs(plan: Plan) -> Iterator[tuple[str, str]]:
    """The plan's public money, and a line a year where several are planned."""
    show, years = plan.instance.currency.show, plan.instance.years
    limit = money_limit(plan)
    budget = tr("none") if limit is None else show(limit)
    yield tr("public money"), tr("{spend} of {budget}", spend=show(plan.spend), budget=budget)
    for year in sorted(years):
        built = plan.chosen[plan.chosen["year"] == year]
        text = tr(
            "{spend} of {budget}, {count:,} projects",
            spend=show(float(built["cost"].sum())),
            budget=show(years[year]),
            count=len(built),
        )
        yield str(year), text


def money_limit(plan: Plan) -> float | None:
    """The least of the limits that the model puts on all public money."""
    instance, found = plan.instance, list[float]()
    for block in plan.spec.subject_to:
        if not isinstance(block, Budget) or block.of != "public" or _is_part(block):
            continue
        own = block.amount(instance.currency)
        if own is not None:
            found.append(own)
        elif block.is_whole_budget and instance.years:
            found.append(sum(instance.years.values()))
        elif block.is_whole_budget and instance.budget is not None:
            found.append(instance.budget)
    return min(found, default=None)


def _is_part(block: Budget) -> bool:
    """Whether a budget is of a part of the plan only."""
    kinds = ("category", "tier", "district", "circle", "site", "mode", "year", "each")
    return any(getattr(block, kind) for kind in kinds)
