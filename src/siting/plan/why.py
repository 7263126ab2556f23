"""Why a plan has an offer or has it not: whom it serves, what it is worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blocks import Budget, LockedIn, LockedOut
from siting.model import ModelSpec, formulate
from siting.model.plain import say_plainly
from siting.plan.derivation import derive_bound
from siting.plan.exchanges import Exchange, ExchangeBoard, openings, replacements, set_up
from siting.plan.loaded_run import LoadedRun
from siting.plan.moves import NOTHING
from siting.plan.offer_reach import reach_of_offer
from siting.plan.plan import Plan, chosen_in
from siting.program import Program
from siting.solve import Reason, SolveResult, SolveSettings, TracePoint, WarmStart, solve

Flags = NDArray[np.bool_]


class Verdict(StrEnum):
    """What can be said of an offer in one word.

    Attributes:
        CHOSEN: The plan has it.
        DECIDED: The plan has it, as every plan must.
        BARRED: No plan may have it.
        NOBODY: Nobody whom it would serve lives within the standard of it.
        REACHED: All who live within the standard have it already, or by the plan.
        CROWDED: It would serve somebody, and something else would have to go.
        FREE: It would serve somebody, and nothing would have to go: the plan is not the best.
    """

    CHOSEN = "chosen"
    DECIDED = "decided"
    BARRED = "barred"
    NOBODY = "nobody"
    REACHED = "reached"
    CROWDED = "crowded"
    FREE = "free"


class Proof(StrEnum):
    """What a figure rests on.

    Attributes:
        EXACT: A plan that the judge confirmed.
        CERTIFICATE: Multipliers, by arithmetic alone.
        SOLVER: A solver's word.
        NONE: Nothing is proven.
    """

    EXACT = "exact"
    CERTIFICATE = "certificate"
    SOLVER = "solver"
    NONE = "none"


@dataclass(frozen=True)
class OpportunityCost:
    """What the objective loses if an offer is forced out of the plan, or into it.

    It is how much worse the best plan without (or with) the offer is, whether more or less of the
    goal is better, and lies between `least` and `most`. Below 0 a better plan than this one is
    possible or known.

    Attributes:
        least: It loses no less than this; infinite where no other plan is possible.
        most: It loses no more than this; infinite where no other plan is known.
        least_by: What `least` rests on.
        most_by: What `most` rests on: a plan that was found and judged, or nothing.
    """

    least: float
    most: float
    least_by: Proof
    most_by: Proof

    @property
    def known(self) -> bool:
        """Whether the two ends are the same, up to the rounding of sums."""
        if np.isinf(self.least) or np.isinf(self.most):
            return self.least == self.most
        return self.most - self.least <= 1e-9 * max(1.0, abs(self.most), abs(self.least))


@dataclass(frozen=True)
class Why:
    """What there is to say of one offer.

    Attributes:
        offer: The offer's row in the instance.
        verdict: The one word.
        reach: By `category` and `place`: `people` of the category's group within the standard;
            of them `served` by an outlet now, `shared` (another chosen offer reaches them too) and
            `only` (nothing else does); `median_minutes` to the nearest outlet now of those who
            are not served, by people, infinite where there is none, NaN where all are served.
        marginal: How much worse the objective gets if the offer is taken out and nothing comes
            instead, or how much better if it is added and nothing goes; exact.
        breaks: What adding it to the plan, or taking it out, breaks.
        exchanges: Other plans without it (or with it), best first.
        opportunity_cost: What the objective loses.
        solved: Why the solve stopped, if there was one.
        room: Money left in the plan's tightest budget, or None without a budget.
    """

    offer: pd.Series[Any]
    verdict: Verdict
    reach: pd.DataFrame
    marginal: float
    breaks: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    opportunity_cost: OpportunityCost
    solved: str | None = None
    room: float | None = None

    @property
    def chosen(self) -> bool:
        """Whether the plan has the offer."""
        return self.verdict in (Verdict.CHOSEN, Verdict.DECIDED)

    def people(self, name: str) -> float:
        """The people of one column of `reach`, counted once a category."""
        return float(self.reach[name].sum())


@dataclass(frozen=True)
class Solving:
    """How the plan is solved again without (or with) an offer.

    Attributes:
        seconds: Time limit of each solve.
        on_progress: Told of each new incumbent and bound.
        stop: Asked whether to stop now.
    """

    seconds: float
    on_progress: Callable[[TracePoint], None] | None = None
    stop: Callable[[], bool] | None = None


def worth_of_offers(run: LoadedRun, board: ExchangeBoard | None = None) -> pd.DataFrame:
    """What each chosen offer is worth beside the others, those first that bring least for money.

    Columns of `Plan.chosen`, then `marginal` (what the objective loses without it and with nothing
    instead), `per_person` (public money a newly covered resident, NaN where there are none) and
    `per_money` (marginal a unit of money, infinite where it costs nothing).
    """
    board = board or set_up(run)
    chosen = run.plan.chosen
    order = [board.moves.index(offer) for offer in chosen["offer_id"]]
    marginal = board.moves.losses(board.moves.chosen)[order]
    cost, people = chosen["cost"].to_numpy(float), chosen["newly_covered"].to_numpy(float)
    frame = chosen.assign(
        marginal=marginal,
        per_person=np.divide(cost, people, out=np.full(len(cost), np.nan), where=people > 0),
        per_money=np.divide(marginal, cost, out=np.full(len(cost), np.inf), where=cost > 0),
    )
    keys = ["per_money", "marginal", "offer_id"]
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def why(
    run: LoadedRun, offer: str, solving: Solving | None = None, board: ExchangeBoard | None = None
) -> Why:
    """Says why the plan has an offer, or has it not.

    Args:
        run: The plan.
        offer: One of its instance's offers.
        solving: How to solve again, if the cheaper arguments leave a doubt; or None to leave it.
        board: What `set_up` made of the plan.

    Raises:
        KeyError: The instance has no such offer.
    """
    offers = run.plan.instance.offers
    rows = offers[offers["offer_id"] == offer]
    if rows.empty:
        raise KeyError(offer)
    board = board or set_up(run)
    here = board.moves.index(offer)
    changed = board.moves.chosen.copy()
    changed[here] = not changed[here]
    row = rows.iloc[0]
    reach = reach_of_offer(run.plan, run.coverage, row)
    breaks = tuple(board.moves.violations(changed))
    verdict = _verdict(board, here, reach, breaks)
    worth = (board.moves.losses if board.moves.chosen[here] else board.moves.gains)(
        board.moves.chosen
    )[here]
    known = Why(
        row, verdict, reach, float(worth), breaks, (), _no_other(verdict), None, _room(run.plan)
    )
    if verdict in (Verdict.DECIDED, Verdict.BARRED):
        return known
    return _weighed(run, board, known, solving)


def _verdict(
    board: ExchangeBoard, here: int, reach: pd.DataFrame, breaks: Sequence[str]
) -> Verdict:
    if board.moves.chosen[here]:
        return Verdict.DECIDED if board.moves.decided[here] else Verdict.CHOSEN
    if board.moves.barred[here]:
        return Verdict.BARRED
    if not reach["people"].sum():
        return Verdict.NOBODY
    if board.moves.gains(board.moves.chosen)[here] <= NOTHING:
        return Verdict.REACHED
    return Verdict.CROWDED if breaks else Verdict.FREE


def _no_other(verdict: Verdict) -> OpportunityCost:
    """That of an offer that is in every plan, or in none."""
    certain = verdict in (Verdict.DECIDED, Verdict.BARRED)
    return OpportunityCost(np.inf if certain else -np.inf, np.inf, Proof.EXACT, Proof.NONE)


def _weighed(run: LoadedRun, board: ExchangeBoard, known: Why, solving: Solving | None) -> Why:
    """Adds what other plans there are, and what can be proven of them."""
    offer = str(known.offer["offer_id"])
    exchanges = (replacements if known.chosen else openings)(board, offer)
    spec = _forced(run.plan.spec, offer, out=known.chosen)
    bound, proof = _best_bound(run, board, spec)
    cost = _opportunity_cost(board, exchanges, bound, proof)
    found = replace(known, exchanges=exchanges, opportunity_cost=cost)
    if solving is None or found.opportunity_cost.known or known.verdict is Verdict.NOBODY:
        return found
    program = replace(formulate(run.plan.instance, run.coverage, spec), further=())
    starts = _starts(program, board, exchanges)
    result = _solve(program, run.plan.settings, solving, starts)
    exchanges = _with_solution(program, board, exchanges, result)
    bound, proof = min((bound, proof), _solved_bound(result), key=lambda one: one[0])
    cost = _opportunity_cost(board, exchanges, bound, proof)
    return replace(
        found, exchanges=exchanges, opportunity_cost=cost, solved=str(result.termination)
    )


def _forced(spec: ModelSpec, offer: str, *, out: bool) -> ModelSpec:
    block = LockedOut(offers=(offer,)) if out else LockedIn(offers=(offer,))
    return replace(spec, subject_to=(*spec.subject_to, block))


def _best_bound(run: LoadedRun, board: ExchangeBoard, spec: ModelSpec) -> tuple[float, Proof]:
    """The best bound on plans with one offer locked that needs no solver, more being better.

    What bounds every plan bounds these; the plan's multipliers may bound them better.
    """
    plan = run.plan
    goal = plan.goals[0]
    certified = goal.bound == goal.certified_bound
    bound, proof = board.turn * goal.bound, Proof.CERTIFICATE if certified else Proof.SOLVER
    if not np.isfinite(bound):
        proof = Proof.NONE
    if plan.certificate is not None and plan.certificate.goals:
        forced = say_plainly(plan.instance, run.coverage, spec)
        derived = board.turn * derive_bound(forced, plan.certificate.goals[0])
        if derived <= bound:
            return derived, Proof.CERTIFICATE
    return bound, proof


def _opportunity_cost(
    board: ExchangeBoard, exchanges: Sequence[Exchange], bound: float, proof: Proof
) -> OpportunityCost:
    objective, best = board.turn * board.plan.objective, board.best(exchanges)
    # No plan is better than its bound, and a bound below a known plan is rounding.
    least = objective - max(bound, best)
    return OpportunityCost(least, objective - best, proof, Proof.EXACT if exchanges else Proof.NONE)


def _starts(
    program: Program, board: ExchangeBoard, exchanges: Sequence[Exchange]
) -> tuple[WarmStart, ...]:
    """What a solve begins with: the best plan known, and this one, which it mends."""
    choices = [*(board.after(one) for one in exchanges[:1]), board.moves.chosen]
    return tuple(WarmStart(values=_columns(program, board, choice)) for choice in choices)


def _columns(program: Program, board: ExchangeBoard, choice: Flags) -> NDArray[np.float64]:
    """A choice as values of a program's columns; what follows from it is left at 0."""
    values, when = np.zeros(program.shape[1]), board.moves.when(choice)
    choose = program.section("choose")
    keys = zip(*choose.ids, strict=True)
    values[choose.slice] = [when.get(offer) == year for offer, year in keys]
    return values


def _solve(
    program: Program, like: SolveSettings, solving: Solving, starts: tuple[WarmStart, ...]
) -> SolveResult:
    settings = replace(like, time_limit=solving.seconds, relative_gap=0.0, cold=False)
    return solve(
        program, settings, on_progress=solving.on_progress, stop=solving.stop, start=starts
    )


def _solved_bound(result: SolveResult) -> tuple[float, Proof]:
    """What a solve proved of the plans with one offer locked, more being better, and by what."""
    reason = result.termination.reason
    if reason is Reason.INFEASIBLE:
        return -np.inf, Proof.SOLVER
    if result.bound >= result.certified_bound:
        return result.bound, Proof.CERTIFICATE if np.isfinite(result.bound) else Proof.NONE
    # The bound is wider than the optimum by the solver's tolerances; both are its word.
    if reason is Reason.OPTIMAL and result.objective is not None:
        return result.objective, Proof.SOLVER
    return result.bound, Proof.SOLVER


def _with_solution(
    program: Program,
    board: ExchangeBoard,
    exchanges: tuple[Exchange, ...],
    result: SolveResult,
) -> tuple[Exchange, ...]:
    """The exchanges with the plan that a solve found, if it is better than they are."""
    if result.values is None:
        return exchanges
    when = chosen_in(program, result.values)
    keys = zip(board.moves.offers, board.moves.years, strict=True)
    choice = np.array([when.get(offer) == year for offer, year in keys], dtype=bool)
    found = board.judged(choice, searched=True)
    if found is None or board.best([found]) <= board.best(exchanges):
        return exchanges
    return (found, *exchanges)


def _room(plan: Plan) -> float | None:
    """Money left in the tightest budget, or None without one."""
    left: list[float] = []
    for rows in plan.model.rows:
        if not isinstance(rows.block, Budget):
            continue
        spent = rows.activity(plan.judgement.values)
        left += [
            float(Fraction(limit - int(activity), scale))
            for limit, activity, scale in zip(rows.upper, spent, rows.scale, strict=True)
            if limit is not None
        ]
    return min(left, default=None)
