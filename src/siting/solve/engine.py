"""Solves any program of the blocks: reduce, greedy, relax, round, and then prove and improve."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from siting.errors import SolverFault
from siting.program.program import Program
from siting.solve.backends.contract import Relaxation
from siting.solve.backends.run import (
    is_huge,
    is_large,
    run_search,
    search_task,
    take_answer,
)
from siting.solve.bounds.refine import Refiner
from siting.solve.cuts.covering import find_cuts, strengthen_relaxation
from siting.solve.cuts.lift import to_whole
from siting.solve.exact_search import ExactSearch
from siting.solve.general.track import solve_general
from siting.solve.goals import solve_in_order
from siting.solve.heuristics.core import TIGHT_CORE_FACTOR, core_offers, part_of
from siting.solve.heuristics.greedy import lazy_greedy
from siting.solve.heuristics.improve import Improver
from siting.solve.heuristics.repair import repair_choice
from siting.solve.presolve.bounds_from_rows import BoundsFromRows
from siting.solve.presolve.chain import Presolved
from siting.solve.presolve.cover import CoverProblem, recognise, restrict
from siting.solve.presolve.idle_rows import without_idle_rows
from siting.solve.relax import relax, run_meanwhile
from siting.solve.result import Cause, Phase, Reason, SolveResult, Termination
from siting.solve.search import Progress, Search
from siting.solve.settings import Backend, SolveSettings, Step
from siting.solve.tree.certify import (
    Reduced,
    TreeBeside,
    certify,
    may_branch,
    reduced_cover,
    submit_cuts,
)
from siting.solve.warm_start import WarmStart, take_warm_starts

Flags = NDArray[np.bool_]


def solve(
    program: Program,
    settings: SolveSettings | None = None,
    *,
    on_progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    start: Sequence[WarmStart] = (),
) -> SolveResult:
    """Solves a program to a gap or a limit.

    Args:
        program: What to maximise.
        settings: Limits, seed, backend.
        on_progress: Called at each new incumbent and bound.
        stop: Asked often; True ends the solve with the best so far.
        start: What is known before, of this program or of one much like it. Plans are repaired and
            filled up, multipliers proven, and of the bases that one is taken whose multipliers
            prove most, or the first.

    Returns:
        Incumbent and bound, with why it stopped. Infeasible and out of time are results.

    Raises:
        SolverFault: A backend failed and there is no solution to fall back on.
        ValueError: A start that cannot belong to the program.
    """
    for known in start:
        known.check(program)
    one = _OneGoal(on_progress, stop or (lambda: False))
    return solve_in_order(program, settings or SolveSettings(), tuple(start), one.solve)


@dataclass
class _OneGoal:
    """Solves programs of one goal each, and keeps one clock for what is said of them."""

    on_progress: Progress | None
    stop: Callable[[], bool]
    begun: float = field(default_factory=time.monotonic)

    def solve(
        self, program: Program, settings: SolveSettings, starts: tuple[WarmStart, ...]
    ) -> SolveResult:
        """Solves one program; see `solve`."""
        narrowed = BoundsFromRows().apply(program)
        clash = narrowed.conflicts()
        if clash:
            return _infeasible(Cause.CONFLICT, clash)
        presolved = Presolved(narrowed.whole, (narrowed,))
        search = Search(presolved, settings, self.on_progress, self.stop, self.begun)
        if _solve(search, starts):
            return _infeasible(Cause.SEARCHED)
        result = search.result()
        if result.termination.reason is Reason.ERROR:
            raise SolverFault(result.termination.detail)
        return result


def _solve(search: Search, starts: tuple[WarmStart, ...]) -> bool:
    """Takes all steps; True if the program is infeasible."""
    problem = None
    if not search.settings.cold:
        with search.step(Phase.REDUCE):
            problem = recognise(search.program, search.settings.without)
            if problem is not None and search.settings.takes(Step.IDLE_ROWS):
                problem = without_idle_rows(problem)
    if problem is not None:
        _solve_at_once(search, problem)
    take_warm_starts(search, problem, starts)
    return _take_steps(search, problem)


def _take_steps(search: Search, problem: CoverProblem | None) -> bool:
    """Takes the steps that suit the program; True if it is infeasible."""
    if problem is not None:
        return _solve_cover(search, problem)
    if search.gap_met:
        return False
    return _solve_whole(search) if search.settings.cold else solve_general(search)


def _infeasible(cause: Cause, names: tuple[str, ...] = ()) -> SolveResult:
    termination = Termination(Reason.INFEASIBLE, cause=cause)
    return SolveResult(None, None, np.inf, termination, conflicts=names)


def _solve_whole(search: Search) -> bool:
    """Leaves the program to the backend; True if it is infeasible."""
    with search.step(Phase.SEARCH):
        task = search_task(search, search.program, search.values, search.time_left)
        answer = run_search(search, task, lambda _best, bound: search.on_solver_progress(bound))
        if answer.values is not None:
            take_answer(search, answer.values)
        search.accept_final_bound(answer.bound, answer.termination.reason)
    return answer.termination.reason is Reason.INFEASIBLE and search.objective is None


def _solve_at_once(search: Search, problem: CoverProblem) -> None:
    """A first plan by greed, and a first bound."""
    with search.step(Phase.GREEDY):
        chosen = _first_choice(problem) if search.settings.takes(Step.GREEDY) else None
        if chosen is not None:
            search.submit_solution(problem.to_values(chosen.astype(float), search.program))
        # Everyone within reach: a first bound, and the last where nothing is left to choose.
        nothing = np.zeros(len(problem.weights) + len(problem.side_upper))
        search.submit_multipliers(problem.to_multipliers(nothing, search.program))


def _first_choice(problem: CoverProblem) -> Flags | None:
    """By greed; where that misses a lower limit, repaired from nothing."""
    chosen = lazy_greedy(problem)
    return repair_choice(problem, problem.lower >= 1) if chosen is None else chosen


def _solve_cover(search: Search, problem: CoverProblem) -> bool:
    """Takes the engine's own steps one by one; True if the program is infeasible."""
    if search.over:
        return False
    if is_huge(problem):
        _improve_core(search, problem)
        return False
    improver = Improver(search, problem)
    relaxation = relax(search, problem, improver)
    _round_relaxation(search, improver, relaxation)
    relaxation = _strengthen(search, problem, improver, relaxation)
    reduced = reduced_cover(search, problem, relaxation)
    if search.settings.backend is Backend.AUTO and may_branch(search, reduced.program):
        infeasible = _branch(search, improver, reduced)
        return infeasible or _search_exactly(search, improver, relaxation)
    if _search_exactly(search, improver, relaxation):
        return True
    return not search.is_close and certify(search, reduced)


def _branch(search: Search, improver: Improver, reduced: Reduced) -> bool:
    """Branches until all is proven; True if there is no solution.

    A large problem's tree goes on beside the search for better plans, a small one's in turn.
    """
    if search.over:
        return False
    if not search.has_company or not is_large(improver.problem):
        return certify(search, reduced, improver.round)
    with TreeBeside(search, reduced) as tree:
        _improve(search, improver, tree)
    return tree.infeasible


def _search_exactly(search: Search, improver: Improver, relaxation: Relaxation | None) -> bool:
    """Leaves what is not proven to a backend; True if there is no solution.

    A large problem is searched beside the search for better plans.
    """
    if search.over:
        return False
    fixing = relaxation if search.settings.takes(Step.FIX) else None
    exact = ExactSearch(search, improver.problem, fixing)
    if search.has_company and is_large(improver.problem):
        with exact:
            _improve(search, improver, exact)
    else:
        with search.step(Phase.SEARCH):
            exact.run()
    return exact.infeasible


def _improve_core(search: Search, problem: CoverProblem) -> None:
    """Looks for plans in the core of a huge problem.

    The whole is too large to search; its relaxation, solved on meanwhile, gives the proof.
    """
    improver = Improver(search, problem)
    relaxation = relax(search, problem, improver)
    if relaxation is None or search.over:
        _improve(search, improver, None)
        return
    core = restrict(problem, core_offers(search, problem, relaxation))
    improver = Improver(search, core)
    improver.price_by(relaxation.multipliers[len(problem.weights) :][: len(problem.side_rows)])
    part = part_of(relaxation, problem, core)
    if not search.has_company:
        _round_relaxation(search, improver, part)
        _improve(search, improver, None)
        return
    with Refiner(search, problem, relaxation) as refiner:
        _round_relaxation(search, improver, part)
        _cut_core(search, problem, improver, refiner)
        _improve(search, improver, refiner)


def _cut_core(search: Search, problem: CoverProblem, improver: Improver, refiner: Refiner) -> None:
    """Looks for plans where cuts lead, and has the proof make use of them.

    They are found for a part that is small enough for a simplex method to solve it many times.
    """
    if search.over or not search.settings.takes(Step.CUTS):
        return
    closest = core_offers(search, problem, refiner.relaxation, factor=TIGHT_CORE_FACTOR)
    part = restrict(problem, closest)
    if is_huge(part):
        return
    with search.step(Phase.CUTS):
        found = find_cuts(search, part.to_program())
    if found is not None:
        refiner.add_cuts(part, found)
        whole = replace(refiner.relaxation, values=to_whole(problem, part, found.values))
        _round_relaxation(search, improver, part_of(whole, problem, improver.problem))


def _improve(
    search: Search, improver: Improver, beside: ExactSearch | Refiner | TreeBeside | None
) -> None:
    """Moves the improver until the search is over or nothing is left to try, here and beside."""
    with search.step(Phase.SEARCH):
        busy = True
        while not search.over and (busy or beside is not None):
            over = beside is not None and beside.poll(0.0 if busy else 0.1)
            if over and not isinstance(beside, Refiner):
                return
            beside = None if over else beside
            busy = busy and improver.round()


def _round_relaxation(search: Search, improver: Improver, relaxation: Relaxation | None) -> None:
    if relaxation is not None and not search.over:
        with search.step(Phase.ROUND):
            improver.round_relaxation(relaxation)


def _strengthen(
    search: Search, problem: CoverProblem, improver: Improver, relaxation: Relaxation | None
) -> Relaxation | None:
    """Adds cuts to a relaxation, and looks for plans where it leads then."""
    if relaxation is None or not relaxation.is_solved or search.over:
        return relaxation
    if not search.settings.takes(Step.CUTS):
        return relaxation
    with search.step(Phase.CUTS):
        strengthened = strengthen_relaxation(
            search, problem, relaxation, lambda call: run_meanwhile(search, call, improver)
        )
    if strengthened.cut_multipliers is not None:
        submit_cuts(search, problem, strengthened)
        _round_relaxation(search, improver, strengthened)
    return strengthened
