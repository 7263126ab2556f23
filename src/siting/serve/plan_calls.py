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
# Of a site with more offers than these, the others are not explained.
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
    answer = solver.answer(asked.draft, asked.folder(), asked.news, asked.stop, parent)
    return answer.model_dump()


def _study(solver: DraftSolver, asked: CallContext) -> object:
    point = solver.study(float(asked.args["share"]), asked.folder(), asked.stop)
    return None if point is None else point.model_dump()


def _know(solver: DraftSolver, asked: CallContext) -> object:
    solver.know(asked.folder(), asked.args.get("budget"))
    return None


def _adopt(solver: DraftSolver, asked: CallContext) -> object:
    return figures_of(solver.run(asked.folder()).plan).model_dump()


def _compare(solver: DraftSolver, asked: CallContext) -> object:
    return comparison_data(solver.run(asked.folder("a")), solver.run(asked.folder("b")))


def _why(solver: DraftSolver, asked: CallContext) -> object:
    """Why a plan has the offers of a site, or has them not: of each, pairs of name and text."""
    run, site = solver.run(asked.folder()), str(asked.args["site"])
    offers = run.plan.instance.offers
    here = [str(offer) for offer in offers.loc[offers["site_id"] == site, "offer_id"]]
    if not here:
        expected = tr("a site with at least one offer")
        raise InputError([Problem("unknown-name", "site", site, expected, tr("Correct the name."))])
    chosen = set(run.plan.chosen["offer_id"])
    here.sort(key=lambda offer: offer not in chosen)
    session = set_up(run)
    worth = worth_of_offers(run, session)
    found = [why(run, offer, None, session) for offer in here[:_MOST_REASONS]]
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
    "compare": _compare,
    "why": _why,
    "export": _export,
}
