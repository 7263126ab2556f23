"""Relaxations by a first-order method, and the proof of a huge problem that they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_programs import draw_town, is_settled, problem_of

import siting.solve.bounds.refine as refine_module
import siting.solve.engine as engine_module
import siting.solve.relax as relax_module
from siting.program.program import Program
from siting.solve import Limit, Reason, SolveResult, SolveSettings, Termination, TracePoint, solve
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Failure, Relaxation, Relaxer
from siting.solve.backends.run import relax_call
from siting.solve.bounds.duality import safe_bound
from siting.solve.bounds.refine import Refiner, prove
from siting.solve.cuts.covering import find_cuts
from siting.solve.heuristics.core import TIGHT_CORE_FACTOR, core_offers
from siting.solve.presolve.cover import CoverProblem, recognise, restrict
from siting.solve.search import Search
from siting.solve.settings import Step

TOWN = draw_town(120, 800)
# An hour: what a test waits for ends its solve, and the clock only one that hangs.
SETTINGS = SolveSettings(relative_gap=0, threads=2, time_limit=3600)


def relax(program: Program, relaxer: Relaxer, **options: Any) -> Relaxation:
    call = RelaxCall(program, relaxer, options.pop("time_limit", 3600.0), **options)
    found = run_call(call, lambda _best, _bound: None)
    assert isinstance(found, Relaxation)
    return found


def bound_of(program: Program, found: Relaxation) -> float:
    return safe_bound(program, found.multipliers)


EXACT = bound_of(TOWN, relax(TOWN, Relaxer.SIMPLEX))


@pytest.mark.parametrize(("tolerance", "off"), [(1e-3, 3e-3), (1e-4, 3e-4), (1e-6, 1e-4)])
def test_a_tighter_tolerance_proves_a_closer_bound(tolerance: float, off: float) -> None:
    bound = bound_of(TOWN, relax(TOWN, Relaxer.PDLP, tolerance=tolerance))
    assert EXACT * (1 - 1e-9) <= bound <= EXACT * (1 + off)


def test_it_goes_on_from_where_it_stopped() -> None:
    rough = relax(TOWN, Relaxer.PDLP, tolerance=1e-6)
    again = relax(TOWN, Relaxer.PDLP, tolerance=1e-6, start=rough)
    np.testing.assert_allclose(again.values, rough.values, atol=1e-9)
    np.testing.assert_allclose(again.multipliers, rough.multipliers, atol=1e-9)


def test_out_of_time_it_says_what_it_has() -> None:
    large = draw_town(400, 3000)
    found = relax(large, Relaxer.PDLP, tolerance=1e-15, time_limit=1e-3)
    greedy = solve(large, SETTINGS, stop=lambda: True)
    assert greedy.objective is not None
    assert greedy.objective <= bound_of(large, found) < np.inf


def test_a_program_that_it_cannot_take_is_refused_in_its_words() -> None:
    empty_row = TOWN.row_upper.copy()
    empty_row[0] = np.nan
    call = RelaxCall(replace(TOWN, row_upper=empty_row), Relaxer.PDLP, 5.0)
    found = run_call(call, lambda _best, _bound: None)
    assert isinstance(found, Failure)
    assert found.message == "TERMINATION_REASON_INVALID_PROBLEM"


# --- the proof of a huge problem ------------------------------------------------------------------


def by_pdlp(search: Search, program: Program, seconds: float, **options: Any) -> RelaxCall:
    call = relax_call(search, program, seconds, **options)
    # Threads of it that find no core free wait for each other many times over.
    return replace(call, relaxer=Relaxer.PDLP, threads=1)


def solve_until(
    reached: Callable[[float, float], bool], settings: SolveSettings = SETTINGS
) -> SolveResult:
    """Solves until an incumbent and a bound are such as a test waits for."""
    seen = False

    def note(point: TracePoint) -> None:
        nonlocal seen
        if point.incumbent is not None and point.bound is not None:
            seen = seen or reached(point.incumbent, point.bound)

    return solve(TOWN, settings, on_progress=note, stop=lambda: seen)


@pytest.fixture
def everything_is_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = len(problem_of(TOWN).offers)
    monkeypatch.setattr(engine_module, "is_huge", lambda problem: len(problem.offers) == offers)
    monkeypatch.setattr(relax_module, "relax_call", by_pdlp)


def test_refined_it_proves_more() -> None:
    search, problem = Search(TOWN, SETTINGS), recognise(TOWN)
    assert problem is not None
    rough = relax(problem.to_program(), Relaxer.PDLP, tolerance=1e-2)
    prove(search, problem, rough)
    first = search.certified_bound
    with Refiner(search, problem, rough) as refiner:
        while not refiner.poll(0.1):
            assert search.time_left > 0, "it did not end"
    assert EXACT * (1 - 1e-9) <= search.certified_bound <= EXACT * (1 + 2e-4) < first


def test_left_early_it_leaves_nothing_behind() -> None:
    search, problem = Search(TOWN, SETTINGS), recognise(TOWN)
    assert problem is not None
    rough = relax(problem.to_program(), Relaxer.PDLP, tolerance=1e-2)
    with Refiner(search, problem, rough) as refiner:
        running = refiner._running
        assert running is not None
    assert running.done


@pytest.mark.usefixtures("everything_is_huge")
def test_a_huge_problem_is_proven_by_its_relaxation() -> None:
    """It is refined beside the search for plans, and with cuts it proves more than its rows."""
    result = solve_until(lambda _best, bound: bound < EXACT * (1 - 3e-4))
    assert result.termination == Termination(Reason.FEASIBLE, Limit.INTERRUPTED)
    assert result.objective is not None
    assert result.multipliers is not None
    assert result.certified_bound == safe_bound(TOWN, result.multipliers)
    assert EXACT * (1 - 1e-9) <= result.certified_bound <= EXACT * (1 + 3e-3)
    assert result.objective >= 0.99 * EXACT
    assert result.objective <= result.bound < EXACT


def test_cuts_of_a_core_prove_more_than_the_rows_can() -> None:
    search, problem = Search(TOWN, SETTINGS), recognise(TOWN)
    assert problem is not None
    rough = relax(problem.to_program(), Relaxer.PDLP, tolerance=1e-4)
    prove(search, problem, rough)
    core = restrict(problem, core_offers(search, problem, rough, factor=TIGHT_CORE_FACTOR))
    assert len(core.offers) < len(problem.offers)
    found = find_cuts(search, core.to_program())
    assert found is not None
    with Refiner(search, problem, rough) as refiner:
        refiner.add_cuts(core, found)
        while not refiner.poll(0.1):
            assert search.time_left > 0, "it did not end"
    optimum = solve(TOWN, SETTINGS)
    assert is_settled(optimum)
    assert optimum.objective is not None
    assert optimum.objective <= search.bound < EXACT * (1 - 3e-4)
    assert EXACT * (1 - 1e-9) <= search.certified_bound <= EXACT * (1 + 1e-4)


@pytest.mark.usefixtures("everything_is_huge")
def test_the_proof_of_a_huge_problem_has_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    add_cuts = Refiner.add_cuts

    def noted(refiner: Refiner, core: CoverProblem, found: Relaxation) -> None:
        add_cuts(refiner, core, found)
        given.append(len(core.offers))

    monkeypatch.setattr(Refiner, "add_cuts", noted)
    solve(TOWN, SETTINGS, stop=lambda: bool(given))
    assert len(given) == 1
    assert given[0] < len(problem_of(TOWN).offers)


@pytest.mark.usefixtures("everything_is_huge")
def test_without_cuts_it_proves_what_its_rows_do() -> None:
    without = replace(SETTINGS, without=frozenset({Step.CUTS}))
    result = solve_until(lambda _best, bound: bound <= EXACT * (1 + 2e-5), without)
    assert EXACT * (1 - 1e-9) <= result.bound == result.certified_bound


@pytest.mark.usefixtures("everything_is_huge")
@pytest.mark.parametrize("options", [{"threads": 1}, {"isolate": False}, {"without": ["beside"]}])
def test_alone_it_is_proven_by_the_first_relaxation(options: dict[str, Any]) -> None:
    given = {"relative_gap": 0.01, "threads": 2, "time_limit": 3600, **options}
    result = solve(TOWN, SolveSettings(**given))
    assert result.termination.limit is Limit.GAP
    assert EXACT * (1 - 1e-9) <= result.bound <= EXACT * (1 + 3e-3)


@pytest.mark.usefixtures("everything_is_huge")
def test_a_refinement_that_fails_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails:
        answer = None

        def __init__(self, *_arguments: object) -> None:
            pass

        def start(self) -> Fails:
            return self

        def poll(self, _timeout: float = 0.0) -> bool:
            return True

        def end(self, _limit: Limit) -> None:
            pass

    monkeypatch.setattr(refine_module, "ChildProcessCall", Fails)
    result = solve_until(lambda best, _bound: best >= 0.99 * EXACT)
    assert result.objective is not None
    assert EXACT * (1 - 1e-9) <= result.bound <= EXACT * (1 + 3e-3)


@pytest.mark.usefixtures("everything_is_huge")
def test_it_ends_at_once_when_it_is_told_to() -> None:
    told = iter([False] * 40)
    result = solve(TOWN, SETTINGS, stop=lambda: next(told, True))
    assert result.termination.limit is Limit.INTERRUPTED
    assert result.objective is not None
