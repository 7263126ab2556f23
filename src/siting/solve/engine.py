"""Solves any program of the blocks: settle, greedy, relax, fix, search what is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from siting.errors import SolverFault
from siting.model.program import Domain, Program
from siting.solve.backend import BackendResult, Relaxation
from siting.solve.bounds import reduced_costs, safe_bound, usable_multipliers
from siting.solve.cover import CoverProblem, recognise, restrict
from siting.solve.greedy import lazy_greedy
from siting.solve.improve import Improver
from siting.solve.result import Reason, SolveResult, Termination
from siting.solve.run import note_fault, relax_call, run, run_search, search_task
from siting.solve.search import Floats, Progress, Search
from siting.solve.settings import SolveSettings
from siting.solve.solutions import conflicts, rule_out

Flags = NDArray[np.bool_]

# Shares of the time that is left.
_RELAX_SHARE = 0.6
_LIKELY_SHARE = 0.4
# By then such a search has found nearly all that it will find.
_LIKELY_SECONDS = 4.0


def solve(
    program: Program,
    settings: SolveSettings | None = None,
    *,
    on_progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> SolveResult:
    """Solves a program to a gap or a limit.

    Args:
        program: What to maximise.
        settings: Limits, seed, backend.
        on_progress: Called at each new incumbent and bound.
        stop: Asked often; True ends the solve with the best so far.

    Returns:
        Incumbent and bound, with why it stopped. Infeasible and out of time are results.

    Raises:
        SolverFault: A backend failed and there is no solution to fall back on.
    """
    program = rule_out(program)
    clash = conflicts(program)
    if clash:
        return _infeasible("cannot hold together: " + ", ".join(clash), clash)
    search = Search(program, settings or SolveSettings(), on_progress, stop or (lambda: False))
    problem = None
    if not search.settings.cold:
        with search.step("reduce"):
            problem = recognise(program)
    infeasible = _solve_whole(search) if problem is None else _solve_cover(search, problem)
    if infeasible:
        return _infeasible("the search proved that no solution exists")
    result = search.result()
    if result.termination.reason is Reason.ERROR:
        raise SolverFault(result.termination.detail)
    return result


def _infeasible(detail: str, names: tuple[str, ...] = ()) -> SolveResult:
    termination = Termination(Reason.INFEASIBLE, None, detail)
    return SolveResult(None, None, np.inf, termination, conflicts=names)


def _solve_whole(search: Search) -> bool:
    """Leaves the program to the backend; True if it is infeasible."""
    with search.step("search"):
        task = search_task(search, search.program, None, search.time_left)
        answer = run_search(search, task, lambda _best, bound: _hear(search, bound))
        if answer.values is not None:
            search.offer(answer.values)
        search.believe(answer.bound)
    return answer.termination.reason is Reason.INFEASIBLE and search.objective is None


def _solve_cover(search: Search, problem: CoverProblem) -> bool:
    """Takes the engine's own steps first; True if the program is infeasible."""
    with search.step("greedy"):
        chosen = lazy_greedy(problem)
        if chosen is not None:
            search.offer(problem.to_values(chosen.astype(float), search.program))
    improver = Improver(search, problem)
    relaxation = None
    if not search.over:
        with search.step("relax"):
            relaxation = _relax(search, problem, improver)
    if relaxation is not None and not search.over:
        with search.step("likely offers"):
            _search_likely(search, problem, relaxation)
    if search.over:
        return False
    with search.step("search"):
        return _search_rest(search, problem, relaxation, improver)


def _relax(search: Search, problem: CoverProblem, improver: Improver) -> Relaxation | None:
    """Solves the linear relaxation and proves the bound that its multipliers give."""
    program = problem.to_program()
    call = relax_call(search, program, _RELAX_SHARE * search.time_left)
    relaxation = run(search, call, lambda _best, _bound: None, _beside(search, improver))
    if not isinstance(relaxation, Relaxation):
        return None
    usable = usable_multipliers(program, relaxation.multipliers)
    search.prove(problem.to_multipliers(usable, search.program))
    return relaxation


def _beside(search: Search, improver: Improver) -> Callable[[], bool] | None:
    """The improver as something to do on a second core, if there is one."""
    return improver.round if search.settings.threads > 1 else None


def _search_likely(search: Search, problem: CoverProblem, relaxation: Relaxation) -> None:
    """Searches among the offers that the relaxation or the incumbent takes."""
    count = len(problem.offers)
    likely = (relaxation.values[:count] > 1e-6) | (problem.lower >= 1)
    if search.values is not None:
        likely |= search.values[problem.offers] > 0.5
    if likely.all():
        return
    smaller = restrict(problem, likely)
    seconds = min(_LIKELY_SECONDS, _LIKELY_SHARE * search.time_left)
    task = search_task(search, smaller.to_program(), _hint(search, smaller), seconds)
    answer = run_search(search, task, lambda _best, _bound: search.tell())
    if answer.values is not None:
        search.offer(smaller.to_values(answer.values, search.program))


def _search_rest(
    search: Search, problem: CoverProblem, relaxation: Relaxation | None, improver: Improver
) -> bool:
    """Searches all that is left; True if there is provably no solution at all."""
    open_offers = _not_fixed(search, problem, relaxation)
    smaller = problem if open_offers.all() else restrict(problem, open_offers)
    # What was fixed holds nothing better than the incumbent of now.
    floor = -np.inf if open_offers.all() or search.objective is None else search.objective
    task = search_task(search, smaller.to_program(), _hint(search, smaller), search.time_left)
    answer = run(
        search, task, lambda _best, bound: _hear(search, bound, floor), _beside(search, improver)
    )
    assert isinstance(answer, BackendResult)  # noqa: S101 - the answer to a task
    note_fault(search, answer)
    if answer.values is not None:
        search.offer(smaller.to_values(answer.values, search.program))
    if answer.termination.reason is not Reason.INFEASIBLE:
        search.believe(max(answer.bound, floor))
    elif np.isfinite(floor):
        search.believe(floor)
    return answer.termination.reason is Reason.INFEASIBLE and search.objective is None


def _not_fixed(search: Search, problem: CoverProblem, relaxation: Relaxation | None) -> Flags:
    """Offers that a solution better than the incumbent may still contain, shape (offers,).

    Taking an offer of negative reduced gain lowers the bound by as much: where that falls to the
    incumbent, no better solution takes it.
    """
    count = len(problem.offers)
    if search.objective is None or relaxation is None:
        return np.ones(count, dtype=bool)
    program = problem.to_program()
    usable = usable_multipliers(program, relaxation.multipliers)
    gains = reduced_costs(program, usable)[:count]
    room = safe_bound(program, usable) - search.objective
    margin = 1e-7 * max(1.0, abs(search.objective))
    return (gains > -(room + margin)) | (problem.lower >= 1)


def _hear(search: Search, bound: float | None, floor: float = -np.inf) -> None:
    """Takes note of what a running search says."""
    if bound is None:
        search.tell()
    else:
        search.believe(max(bound, floor))


def _hint(search: Search, problem: CoverProblem) -> Floats | None:
    """The incumbent as a solution of a (restricted) problem's program, if it is one."""
    if search.values is None:
        return None
    chosen = search.values[problem.offers]
    start = problem.to_values(chosen, search.program)
    whole = search.program.domain == Domain.INTEGER
    if not np.array_equal(start[whole], search.values[whole]):
        return None
    return np.concatenate([chosen, np.minimum(1.0, problem.cover @ chosen)])
