"""Calls about drafts and plans; importing this loads the solvers and what writes reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from siting.errors import InputError, Problem
from siting.language import tr
from siting.plan.exchanges import set_up
from siting.plan.why import why, worth_of_offers
from siting.report.facts import collect_facts
from siting.report.report_files import TARGETS, ReportPart, add_report
from siting.report.why_texts import why_pairs, worth_pairs
from siting.serve.calls import CallContext
from siting.serve.city_data import area_kind
from siting.serve.draft_solver import DraftSolver, figures_of
from siting.serve.drafts import checked, rule_of
from siting.serve.plan_data import comparison_data, view_data
from siting.serve.records import WishText

# What a page may ask for of one plan.
EXPORTS = {
    "report": ReportPart.PAGE,
    "workbook": ReportPart.WORKBOOK,
    "document": ReportPart.DOCUMENT,
}
# Of a place with more offers than these, the others are not explained.
_MOST_REASONS = 3


def _view(solver: DraftSolver, asked: CallContext) -> object:
    return view_data(solver.run(asked.folder()))


def _check(solver: DraftSolver, asked: CallContext) -> object:
    return checked(solver.city, asked.draft).model_dump()


def _rule(solver: DraftSolver, asked: CallContext) -> object:
    wish = WishText.model_validate(asked.args["wish"])
    return rule_of(wish, solver.read(asked.draft)).model_dump()


def _solve(solver: DraftSolver, asked: CallContext) -> object:
    parent = asked.folder("parent") if asked.args.get("parent") else None
    answer = solver.answer(asked.draft, asked.folder(), asked.control, parent)
    return answer.model_dump()


def _study(solver: DraftSolver, asked: CallContext) -> object:
    point = solver.study(float(asked.args["share"]), asked.folder(), asked.control)
    return None if point is None else point.model_dump()


def _know(solver: DraftSolver, asked: CallContext) -> object:
    solver.know(asked.folder(), asked.args.get("budget"))
    return None


def _adopt(solver: DraftSolver, asked: CallContext) -> object:
    return solver.adopt(asked.draft, asked.folder(), asked.folder("source")).model_dump()


def _figures(solver: DraftSolver, asked: CallContext) -> object:
    return figures_of(solver.run(asked.folder()).plan).model_dump()


def _compare(solver: DraftSolver, asked: CallContext) -> object:
    return comparison_data(solver.run(asked.folder("a")), solver.run(asked.folder("b")))


def _why(solver: DraftSolver, asked: CallContext) -> object:
    """Why a plan has the offers of a site or an area, or has them not: pairs of name and text."""
    run = solver.run(asked.folder())
    kind = "site_id" if asked.args["site"] else area_kind(run.plan.instance)
    place = str(asked.args["site"] or asked.args["area"])
    offers, sites = run.plan.instance.offers, run.plan.instance.sites
    there = set(sites.loc[sites[kind] == place, "site_id"]) if kind in sites else set()
    here = [str(offer) for offer in offers.loc[offers["site_id"].isin(there), "offer_id"]]
    if not here:
        expected = tr("a site, circle or district with at least one offer")
        raise InputError([Problem("unknown-name", kind, place, expected, tr("Correct the name."))])
    board = set_up(run)
    chosen, worth = set(run.plan.chosen["offer_id"]), worth_of_offers(run, board)
    gains = board.moves.gains(board.moves.chosen)
    here.sort(key=lambda offer: (offer not in chosen, -gains[board.moves.index(offer)]))
    found = [why(run, offer, None, board) for offer in here[:_MOST_REASONS]]
    return [[*why_pairs(one, run.plan), *worth_pairs(one, run.plan, worth)] for one in found]


def _export(solver: DraftSolver, asked: CallContext) -> object:
    part, run = EXPORTS[str(asked.args["part"])], solver.run(asked.folder())
    facts = collect_facts(run.plan, run.coverage, run.walks)
    written = add_report(facts, asked.folder(), [part])
    if written.failures:
        raise OSError("; ".join(written.failures))
    return TARGETS[part]


PlanCall = Callable[[DraftSolver, CallContext], object]
PLAN_CALLS: Mapping[str, PlanCall] = {
    "view": _view,
    "check": _check,
    "rule": _rule,
    "solve": _solve,
    "study": _study,
    "know": _know,
    "adopt": _adopt,
    "figures": _figures,
    "compare": _compare,
    "why": _why,
    "export": _export,
}
