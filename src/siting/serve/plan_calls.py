"""Calls about requests and plans; importing this loads the solvers and what writes reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from siting.errors import InputError, Problem
from siting.inputs import Instance
from siting.language import tr
from siting.plan.exchanges import set_up
from siting.plan.why import why, worth_of_offers
from siting.report.facts import collect_facts
from siting.report.report_files import TARGETS, ReportPart, add_report
from siting.report.why_texts import why_pairs, worth_pairs
from siting.serve.calls import CallContext
from siting.serve.city_data import area_kind
from siting.serve.plan_data import comparison_data, view_data
from siting.serve.plan_requests import checked, rule_of
from siting.serve.plan_solver import PlanSolver, figures_of
from siting.serve.records import WishText

# What a page may ask for of one plan.
EXPORTS = {
    "report": ReportPart.PAGE,
    "workbook": ReportPart.WORKBOOK,
    "document": ReportPart.DOCUMENT,
}


def _view(solver: PlanSolver, asked: CallContext) -> object:
    return view_data(solver.run(asked.folder()))


def _check(solver: PlanSolver, asked: CallContext) -> object:
    return checked(solver.city, asked.request).model_dump()


def _rule(solver: PlanSolver, asked: CallContext) -> object:
    wish = WishText.model_validate(asked.args["wish"])
    return rule_of(wish, solver.read(asked.request)).model_dump()


def _solve(solver: PlanSolver, asked: CallContext) -> object:
    parent = asked.folder("parent") if asked.args.get("parent") else None
    answer = solver.answer(asked.request, asked.folder(), asked.control, parent)
    return answer.model_dump()


def _frontier_point(solver: PlanSolver, asked: CallContext) -> object:
    point = solver.frontier_point(float(asked.args["share"]), asked.folder(), asked.control)
    return None if point is None else point.model_dump()


def _add_start(solver: PlanSolver, asked: CallContext) -> object:
    solver.add_start(asked.folder(), asked.args.get("budget"))
    return None


def _adopt(solver: PlanSolver, asked: CallContext) -> object:
    return solver.adopt(asked.request, asked.folder(), asked.folder("source")).model_dump()


def _figures(solver: PlanSolver, asked: CallContext) -> object:
    return figures_of(solver.run(asked.folder()).plan).model_dump()


def _compare(solver: PlanSolver, asked: CallContext) -> object:
    return comparison_data(solver.run(asked.folder("a")), solver.run(asked.folder("b")))


def _why(solver: PlanSolver, asked: CallContext) -> object:
    """Why a plan has an offer, or that of a site or area that it would soonest have, or not."""
    run = solver.run(asked.folder())
    board = set_up(run)
    here = _offers_at(run.plan.instance, asked.args)
    chosen, worth = set(run.plan.chosen["offer_id"]), worth_of_offers(run, board)
    gains = board.moves.gains(board.moves.chosen)
    offer = min(here, key=lambda one: (one not in chosen, -gains[board.moves.index(one)]))
    found = why(run, offer, None, board)
    return [*why_pairs(found, run.plan), *worth_pairs(found, run.plan, worth)]


def _offers_at(instance: Instance, args: Mapping[str, object]) -> list[str]:
    """The offers that `offer`, `site` or `area` names.

    Raises:
        InputError: There are none.
    """
    offers, sites, area = instance.offers, instance.sites, area_kind(instance)
    columns = {"offer": offers["offer_id"], "site": offers["site_id"]}
    if area in sites:
        columns["area"] = offers["site_id"].map(sites.set_index("site_id")[area])
    key = next((key for key in ("offer", "site", "area") if args[key] is not None), "offer")
    here = offers.loc[columns[key] == args[key], "offer_id"] if key in columns else ()
    if not len(here):
        expected = tr("an offer, or a site, circle or district with at least one")
        where, found = key, str(args[key])
        raise InputError([Problem("unknown-name", where, found, expected, tr("Correct the name."))])
    return [str(offer) for offer in here]


def _export(solver: PlanSolver, asked: CallContext) -> object:
    part, run = EXPORTS[str(asked.args["part"])], solver.run(asked.folder())
    facts = collect_facts(run.plan, run.coverage, run.walks)
    written = add_report(facts, asked.folder(), [part])
    if written.failures:
        raise OSError("; ".join(written.failures))
    return TARGETS[part]


PlanCall = Callable[[PlanSolver, CallContext], object]
PLAN_CALLS: Mapping[str, PlanCall] = {
    "view": _view,
    "check": _check,
    "rule": _rule,
    "solve": _solve,
    "frontier_point": _frontier_point,
    "add_start": _add_start,
    "adopt": _adopt,
    "figures": _figures,
    "compare": _compare,
    "why": _why,
    "export": _export,
}
