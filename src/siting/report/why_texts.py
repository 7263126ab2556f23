"""Why an offer is in a plan or is not, in words; each figure says what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from siting.inputs import CATEGORY_SEPARATOR, Instance
from siting.language import joined, phrase, tr
from siting.plan import Plan
from siting.plan.exchanges import Exchange
from siting.plan.why import OpportunityCost, Proof, Verdict, Why
from siting.report.goal_texts import goal_number, goal_unit
from siting.report.summary import group_name
from siting.report.words import category_names, mode_name
from siting.units import Currency, listed

FORMAT = 1
# Money for which worth is stated: 1 万元, say.
MONEY_STEP = 10_000.0
_VERDICTS = {
    Verdict.CHOSEN: phrase(
        "in the plan: without it {only:,.0f} people, counted once a category, would lack one"
    ),
    Verdict.DECIDED: phrase("in the plan because the model decides it (locked_in)"),
    Verdict.BARRED: phrase("not in the plan: no plan may have it"),
    Verdict.NOBODY: phrase("not in the plan: nobody whom it would serve lives near enough"),
    Verdict.REACHED: phrase(
        "not in the plan: all {people:,.0f} people near it, counted once a category, have it "
        "already, {served:,.0f} from an outlet and {shared:,.0f} by the plan"
    ),
    Verdict.CROWDED: phrase(
        "not in the plan: it would newly reach {only:,.0f} people, counted once a category, but "
        "something else would have to go"
    ),
    Verdict.FREE: phrase(
        "not in the plan, though nothing would have to go for it: it would newly reach "
        "{only:,.0f} people, counted once a category, so this plan is not the best"
    ),
}
_WORTHLESS = phrase(
    "not in the plan: it would newly reach {only:,.0f} people, counted once a category, which is "
    "worth nothing to the plan's goal"
)
_ON_TOP = {
    (True, True): phrase("the goal is {worth} worse without it and nothing instead ({how})"),
    (True, False): phrase("the goal is {worth} better without it and nothing instead ({how})"),
    (False, True): phrase("the goal is {worth} better if it comes on top ({how})"),
    (False, False): phrase("the goal is {worth} worse if it comes on top ({how})"),
}
# Less than this of a goal's unit is nothing.
_LEAST = {"share": 1e-6}
_SPARE = phrase("in the plan, but nobody would lack a category without it")
_PROOFS = {
    Proof.EXACT: phrase("exact, recomputed from the inputs"),
    Proof.CERTIFICATE: phrase("proven by arithmetic from multipliers"),
    Proof.SOLVER: phrase("a solver's word"),
    Proof.NONE: phrase("not proven"),
}
_SOLVED = {
    "optimal": phrase("solved again to the end"),
    "infeasible": phrase("solved again: no such plan exists"),
}


def why_pairs(found: Why, plan: Plan) -> list[tuple[str, str]]:
    """The offer and what becomes of it, as names and texts."""
    instance, offer = plan.instance, found.offer
    numbers = {name: found.people(name) for name in ("people", "served", "shared", "only")}
    spare = found.verdict is Verdict.CHOSEN and not numbers["only"]
    verdict = _SPARE if spare else _VERDICTS[found.verdict]
    if found.verdict is Verdict.REACHED and numbers["only"]:
        verdict = _WORTHLESS
    pairs = [
        (tr("offer"), str(offer["offer_id"])),
        (tr("adds"), what_it_adds(offer, instance)),
        (tr("at"), where_it_is(str(offer["site_id"]), instance)),
        (tr("public money"), _money(found, plan)),
        (tr("answer"), tr(verdict, **numbers)),
    ]
    return pairs + [(tr("breaks"), text) for text in found.breaks]


def worth_pairs(found: Why, plan: Plan, worth: pd.DataFrame) -> list[tuple[str, str]]:
    """What the offer is worth and what could be had instead, as names and texts.

    Args:
        found: What there is to say of it.
        plan: The plan.
        worth: What `worth_of_offers` says of the plan's offers.
    """
    if found.verdict in (Verdict.BARRED, Verdict.NOBODY):
        return []
    pairs = [(tr("worth"), text) for text in _worth(found, plan, worth)]
    if found.verdict is not Verdict.DECIDED:
        pairs += [(tr("proof"), text) for text in _opportunity_cost(found, plan)]
        pairs += [(tr("other plans"), exchange_text(one, plan)) for one in found.exchanges]
    return pairs


def reach_table(found: Why, plan: Plan) -> tuple[list[str], list[list[str]]]:
    """Whom the offer reaches by category and place: headings and texts."""
    names = category_names(plan.instance)
    categories = plan.instance.categories
    groups = dict(zip(categories["category"], categories["group"], strict=True))
    rows = [
        [
            names[row["category"]],
            row["place"] or "-",
            group_name(str(groups[row["category"]])),
            *(f"{row[name]:,.0f}" for name in ("people", "served", "shared", "only")),
            _minutes(row["median_minutes"]),
        ]
        for row in found.reach.to_dict(orient="records")
    ]
    return _reach_heads(), rows


def _reach_heads() -> list[str]:
    return [
        tr("category"),
        tr("place"),
        tr("group"),
        tr("near it"),
        tr("have it now"),
        tr("plan reaches them too"),
        tr("by it alone"),
        tr("walk now, min"),
    ]


def worth_table(worth: pd.DataFrame, plan: Plan) -> tuple[list[str], list[list[str]]]:
    """The plan's offers with what they are worth: headings and texts."""
    instance = plan.instance
    heads = [
        tr("offer"),
        tr("adds"),
        tr("at"),
        tr("public money"),
        tr("newly covered"),
        tr("by it alone"),
        tr("change without it"),
        tr("{money} a person", money=_coin(instance.currency)),
        tr("worth per {money}", money=_step(instance.currency)),
    ]
    rows = [_worth_row(row, plan) for _, row in worth.iterrows()]
    return heads, rows


def _worth_row(row: pd.Series[Any], plan: Plan) -> list[str]:
    instance = plan.instance
    return [
        str(row["offer_id"]),
        what_it_adds(row, instance, mode=False),
        site_place(str(row["site_id"]), instance),
        instance.currency.show(float(row["cost"])),
        f"{row['newly_covered']:,.0f}",
        f"{row['only_here']:,.0f}",
        _change(plan, -float(row["marginal"])),
        "-" if pd.isna(row["per_person"]) else f"{row['per_person']:,.0f}",
        "-" if math.isinf(row["per_money"]) else f"{row['per_money'] * MONEY_STEP:,.1f}",
    ]


def why_facts(found: Why) -> dict[str, Any]:
    """What there is to say of an offer, as plain values, for `--json`; the keys are a contract."""
    offer = found.offer
    return {
        "offer_id": str(offer["offer_id"]),
        "site_id": str(offer["site_id"]),
        "categories": str(offer["categories"]).split(CATEGORY_SEPARATOR),
        "cost": float(offer["cost"]),
        "chosen": found.chosen,
        "verdict": str(found.verdict),
        "marginal": found.marginal,
        "breaks": list(found.breaks),
        "loss": _plain(asdict(found.opportunity_cost)),
        "solved": found.solved,
        "money_left": found.room,
        "reach": [_plain(line) for line in found.reach.to_dict(orient="records")],
        "other_plans": [_plain(_other_plan(one)) for one in found.exchanges],
    }


def _other_plan(exchange: Exchange) -> dict[str, Any]:
    return {key: value for key, value in asdict(exchange).items() if key != "when"}


def worth_facts(worth: pd.DataFrame) -> list[dict[str, Any]]:
    """What the plan's offers are worth, as plain values, for `--json`."""
    keys = ["offer_id", "site_id", "categories", "cost", "newly_covered", "only_here"]
    lines = worth[[*keys, "marginal", "per_person", "per_money"]].to_dict(orient="records")
    return [
        _plain(line) | {"categories": str(line["categories"]).split(CATEGORY_SEPARATOR)}
        for line in lines
    ]


def _plain(line: Mapping[Any, Any]) -> dict[str, Any]:
    """Values that JSON has; what is infinite or unknown is null."""
    return {
        str(key): None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in line.items()
    }


def what_it_adds(offer: pd.Series[Any], instance: Instance, *, mode: bool = True) -> str:
    """The categories of an offer, and in brackets how it is done."""
    names = category_names(instance)
    parts = str(offer["categories"]).split(CATEGORY_SEPARATOR)
    added = joined(names[part.strip()] for part in parts)
    way = "" if pd.isna(offer.get("mode")) else str(offer.get("mode"))
    if not (mode and way):
        return added
    return tr("{what} ({how})", what=added, how=mode_name(way))


def where_it_is(site: str, instance: Instance) -> str:
    """A site by its id, its name and where it lies."""
    row = instance.sites.set_index("site_id").loc[site]
    parts = [site, *(row.get(name) for name in ("name", "circle", "district"))]
    return joined(str(part) for part in parts if isinstance(part, str) and part)


def site_place(site: str, instance: Instance) -> str:
    """The name of a site, else its circle, district or id."""
    row = instance.sites.set_index("site_id").loc[site]
    names = (row.get(name) for name in ("name", "circle", "district"))
    return next((str(name) for name in names if isinstance(name, str) and name), site)


def exchange_text(exchange: Exchange, plan: Plan) -> str:
    """Another plan: what goes, what comes, what changes, what it costs."""
    steps = []
    if exchange.removed:
        steps.append(tr("out {offers}", offers=listed(exchange.removed, 4)))
    if exchange.added:
        steps.append(tr("in {offers}", offers=listed(exchange.added, 4)))
    form = phrase("{change}: {steps}; spends {spend}")
    text = tr(
        form,
        change=_change(plan, exchange.change),
        steps=tr("; ").join(steps),
        spend=plan.instance.currency.show(exchange.spend),
    )
    return tr("{text} (found by solving again)", text=text) if exchange.searched else text


def _money(found: Why, plan: Plan) -> str:
    show = plan.instance.currency.show
    cost = show(float(found.offer["cost"]))
    if found.chosen or found.room is None:
        return cost
    return tr("{cost}; the plan leaves {room}", cost=cost, room=show(max(0.0, found.room)))


def _worth(found: Why, plan: Plan, worth: pd.DataFrame) -> Iterator[str]:
    """Its worth beside the plan, by money, and by money against the plan's offers."""
    exact, currency = tr(_PROOFS[Proof.EXACT]), plan.instance.currency
    worth_it = found.marginal >= 0
    yield tr(_ON_TOP[found.chosen, worth_it], worth=_amount(plan, abs(found.marginal)), how=exact)
    cost = float(found.offer["cost"])
    people = found.people("shared") + found.people("only") if found.chosen else found.people("only")
    if people > 0 and cost > 0:
        form = phrase("{cost:,.0f} {money} a newly covered person")
        yield tr(form, cost=cost / people, money=_coin(currency))
    paid = worth[worth["cost"] > 0]["per_money"] * MONEY_STEP
    # Money for each unit of money says nothing.
    if cost > 0 and len(paid) and goal_unit(plan, plan.goals[0]) == "number":
        yield tr(
            "{own:,.1f} per {money}; the plan's offers: {least:,.1f} the least, {middle:,.1f} the "
            "median",
            own=found.marginal / cost * MONEY_STEP,
            money=_step(currency),
            least=float(paid.min()),
            middle=float(paid.median()),
        )


def _opportunity_cost(found: Why, plan: Plan) -> Iterator[str]:
    """What the objective loses: by the best plan known, then by what is proven."""
    cost, how = found.opportunity_cost, tr("without it") if found.chosen else tr("with it")
    yield _known(cost, how, plan)
    yield _proven(cost, how, plan)
    if found.solved is not None:
        yield tr(_SOLVED.get(found.solved, phrase("solved again until the limit")))


def _known(cost: OpportunityCost, how: str, plan: Plan) -> str:
    if math.isinf(cost.most):
        return tr("no plan {how} was found", how=how)
    if cost.most > 0:
        form = phrase("the best plan found {how} is {amount} worse ({proof})")
    elif cost.most < 0:
        form = phrase("a plan {how} is {amount} better: this plan is not the best ({proof})")
    else:
        form = phrase("a plan {how} is just as good ({proof})")
    return tr(form, how=how, amount=_amount(plan, abs(cost.most)), proof=tr(_PROOFS[cost.most_by]))


def _proven(cost: OpportunityCost, how: str, plan: Plan) -> str:
    least = cost.least
    if least == -math.inf:
        return tr("nothing is proven of the plans {how}", how=how)
    if least == math.inf:
        form = phrase("no plan {how} is possible ({proof})")
    elif cost.known:
        form = phrase("no plan {how} is better than that ({proof})")
    elif least > 0:
        form = phrase("every plan {how} is at least {amount} worse ({proof})")
    elif abs(least) < _LEAST.get(goal_unit(plan, plan.goals[0]), 0.5):
        form = phrase(
            "no plan {how} is better than this one ({proof}); what lies between the two is open"
        )
    else:
        form = phrase(
            "no plan {how} is over {amount} better than this one ({proof}); what lies "
            "between the two is open"
        )
    amount = _amount(plan, abs(least)) if math.isfinite(least) else ""
    return tr(form, how=how, amount=amount, proof=tr(_PROOFS[cost.least_by]))


def _amount(plan: Plan, amount: float) -> str:
    """An amount of the most important goal in its unit."""
    return goal_number(plan, plan.goals[0], amount)


def _change(plan: Plan, better: float) -> str:
    """How the value of the most important goal changes when it gets so much better."""
    goal = plan.goals[0]
    change = better if goal.sense == "maximise" else -better
    if abs(change) < _LEAST.get(goal_unit(plan, goal), 0.5):
        return "0"
    return f"{'+' if change > 0 else '-'}{goal_number(plan, goal, abs(change))}"


def _minutes(walk: float) -> str:
    return f"{walk:.1f}" if math.isfinite(walk) else "-"


def _coin(currency: Currency) -> str:
    """The unit in which a few coins are shown."""
    return tr("CNY") if currency.unit == "CNY" else currency.unit


def _step(currency: Currency) -> str:
    """The unit of `MONEY_STEP`."""
    return tr("10,000 {money}", money=_coin(currency))
