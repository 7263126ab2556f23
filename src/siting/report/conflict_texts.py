"""Why there is no plan, in the planner's words: which rules clash, and what each would give."""

from __future__ import annotations

import math
from collections.abc import Iterator

from siting.blocks import Budget, CompletePlacesFloor, Count, CoveredShare
from siting.blocks.covered_share.check import weighed
from siting.blocks.plain_inputs import PlainInputs
from siting.coverage import Coverage
from siting.inputs import Instance
from siting.language import tr
from siting.model.rule_words import rule_words
from siting.plan.conflict import Clash, Conflict
from siting.report.words import percent

_ROUNDING = 1e-6


def conflict_lines(conflict: Conflict, instance: Instance, coverage: Coverage) -> Iterator[str]:
    """One line for what cannot hold, then one for each rule."""
    if len(conflict.clashes) == 1:
        yield tr("this cannot hold, whatever is chosen:")
    elif conflict.is_smallest:
        yield tr("these cannot hold together; without any one of them there is a plan:")
    else:
        yield tr("these cannot hold together:")
    for clash in conflict.clashes:
        words, gives = rule_words(clash.block, instance), _gives(clash, instance, coverage)
        if gives and clash.of_these:
            gives = tr("{gives} with these rules alone", gives=gives)
        yield tr("- {rule} ({gives})", rule=words, gives=gives) if gives else f"- {words}"


def _gives(clash: Clash, instance: Instance, coverage: Coverage) -> str:
    """What the rule would have to be, with all others as they are; empty where it is not known."""
    block, reach = clash.block, clash.reach
    if reach is None:
        return ""
    if isinstance(block, Budget):
        return _money(block, reach, instance)
    if isinstance(block, CoveredShare) and block.each is None and len(block.year) <= 1:
        (year,), inputs = block.years(instance), PlainInputs(instance, coverage)
        total, already, _ = weighed(block, inputs, None, year)
        now = float(already / total) if total else 0.0
        share = now + min(1.0, reach) * (block.at_least - now)
        return tr("at most {share} can be reached", share=percent(share))
    if isinstance(block, Count) and block.at_least is not None:
        count = math.floor(reach * block.at_least + _ROUNDING)
        return tr("at most {count:,} can be had", count=count)
    if isinstance(block, CompletePlacesFloor):
        return ""
    part = percent(min(1.0, reach))
    return tr("at most {share} of what it asks for can be reached", share=part)


def _money(block: Budget, reach: float, instance: Instance) -> str:
    floor, limit = block.floor(instance.currency), block.amount(instance.currency)
    if floor is not None:
        amount = instance.currency.show(min(1.0, reach) * floor)
        return tr("at most {amount} can be had", amount=amount)
    if block.is_of_each_year(instance):
        limit = sum(instance.years.values())
    limit = instance.budget if limit is None else limit
    if limit is None:
        return tr("{times:.2f} times as much would be needed", times=reach)
    amount = instance.currency.show(reach * limit)
    return tr("at least {amount} would be needed", amount=amount)
