"""The linear relaxation of a covering problem, by what is quickest, beside the search for plans."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from siting.solve.backends.calls import CutCall, RelaxCall
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import BackendResult, Relaxation, Relaxer
from siting.solve.backends.run import is_large, relax_call, run, take_relaxation
from siting.solve.bounds.lagrangian import Lagrangian
from siting.solve.bounds.refine import prove
from siting.solve.heuristics.core import relax_core
from siting.solve.heuristics.improve import Improver
from siting.solve.presolve.cover import CoverProblem
from siting.solve.result import Limit, Phase
from siting.solve.search import Search
from siting.solve.settings import Step


@dataclass(frozen=True)
class RelaxParameters:
    """Constants, tuned on Reykjavik, Baotou, drawn districts, NewYork and SanFrancisco, one seed.

    Attributes:
        share: Of the time that is left, at most.
        pricing: Seconds for prices, before better plans are looked for meanwhile.
        unsure: A price this share of the weight away from 0 and from the weight leaves a demand
            row in question.
        few: With at most this share of the rows in question, rows are added as they are needed;
            with more, a method that factors all of them at once is quicker.
        useful_gap: A huge relaxation goes on until its bound is this close to the greedy plan,
        tolerances: or to the last of these.
    """

    share: float = 0.6
    pricing: float = 1.0
    unsure: float = 0.02
    few: float = 0.4
    useful_gap: float = 0.01
    tolerances: tuple[float, ...] = (3e-4, 1e-4, 3e-5)


_PARAMETERS = RelaxParameters()


def relax(
    search: Search, problem: CoverProblem, improver: Improver | None = None
) -> Relaxation | None:
    """Solves the linear relaxation and proves the bound of its multipliers.

    Args:
        search: The search whose bound it is.
        problem: The covering problem.
        improver: Looks for plans meanwhile, or None.

    Returns:
        The relaxation, or None where it came to nothing.
    """
    if not search.settings.takes(Step.RELAX):
        return None
    found = None
    with search.step(Phase.RELAX):
        for tolerance in _PARAMETERS.tolerances:
            call = _call(search, problem, tolerance, found)
            relaxation = run_meanwhile(search, call, improver)
            if not isinstance(relaxation, Relaxation):
                break
            found = relaxation
            prove(search, problem, found)
            exact = call.relaxer is not Relaxer.PDLP
            if exact or search.over or search.relative_gap <= _PARAMETERS.useful_gap:
                break
        if found is not None and not found.is_solved and not search.over:
            found = relax_core(search, problem, found)
    return found


def _call(
    search: Search, problem: CoverProblem, tolerance: float, start: Relaxation | None
) -> RelaxCall:
    """The call for a relaxation; where multipliers near the best are known, it begins there."""
    seconds = _PARAMETERS.share * search.time_left
    call = relax_call(search, problem.to_program(), seconds, tolerance=tolerance, start=start)
    near = search.first_multipliers
    if near is None or call.relaxer is Relaxer.PDLP:
        return call
    return replace(call, relaxer=Relaxer.COVERING, multipliers=problem.reduce_multipliers(near))


def run_meanwhile(
    search: Search, call: RelaxCall | CutCall, improver: Improver | None
) -> BackendResult | Relaxation | None:
    """Runs a call; where it takes long, better plans are looked for until it answers."""
    if improver is None or not search.has_company or not is_large(improver.problem):
        return run(search, call, lambda _best, _bound: None)
    deadline = time.monotonic() + call.time_limit
    running = _start(call, deadline)
    pricing = Lagrangian(improver.problem) if isinstance(call, RelaxCall) else None
    busy, judged = True, False
    while not running.poll(0.0 if busy else 0.05):
        if search.over:
            running.end(Limit.INTERRUPTED)
        if pricing is not None and not pricing.is_done:
            _price(search, improver, pricing, running)
            quicker = None if judged else _with_rows_as_needed(call, improver.problem, pricing)
            judged = True
            if quicker is not None and not running.poll():
                running.end(Limit.INTERRUPTED)
                running, pricing = _start(quicker, deadline), None
        busy = improver.round() if busy else busy
    return take_relaxation(search, running.answer)


def _start(call: RelaxCall | CutCall, deadline: float) -> ChildProcessCall:
    return ChildProcessCall(call, lambda _best, _bound: None, deadline).start()


def _with_rows_as_needed(
    call: RelaxCall | CutCall, problem: CoverProblem, pricing: Lagrangian
) -> RelaxCall | None:
    """The same call with rows added as needed, where prices leave few of them in question."""
    if not isinstance(call, RelaxCall) or call.relaxer is not Relaxer.BARRIER:
        return None
    share = pricing.multipliers[: len(problem.weights)] / problem.weights
    unsure = np.abs(share - 0.5) < 0.5 - _PARAMETERS.unsure
    if unsure.mean() > _PARAMETERS.few:
        return None
    return replace(call, relaxer=Relaxer.COVERING, multipliers=pricing.multipliers)


def _price(
    search: Search, improver: Improver, pricing: Lagrangian, running: ChildProcessCall
) -> None:
    """A bound by prices, long before a relaxation is solved; for a while, or until it is."""
    problem, end = improver.problem, time.monotonic() + _PARAMETERS.pricing
    floor = -np.inf if search.objective is None else search.objective
    pricing.run(floor, lambda: time.monotonic() > end or search.over or running.poll())
    search.submit_multipliers(problem.to_multipliers(pricing.multipliers, search.program))
    improver.price_by(pricing.side_prices)
