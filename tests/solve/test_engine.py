"""The engine as a whole: limits kept, crashes survived, and a true account of the progress."""

from __future__ import annotations

import time
from itertools import count, pairwise
from typing import Any

import numpy as np
import pytest
from small_programs import Kind, draw_program, draw_town, is_settled

from siting.errors import SolverFault
from siting.program.program import Program
from siting.solve import (
    Backend,
    Cause,
    Limit,
    Reason,
    SolveResult,
    SolveSettings,
    Termination,
    TracePoint,
    relative_gap,
    solve,
)
from siting.solve import engine as engine_module
from siting.solve import exact_search as prove_module
from siting.solve import relax as relax_module
from siting.solve.backends import run as run_module
from siting.solve.backends.calls import Call, run_call
from siting.solve.backends.child_process import ChildProcessCall
from siting.solve.backends.contract import BackendResult, MipTask
from siting.solve.bounds.duality import safe_bound
from siting.solve.feasibility import is_feasible
from siting.solve.search import Search
from siting.solve.settings import Step

# No machine proves it to the last resident while a test waits.
HARD = draw_town(400, 3000)
# For tests that something else ends than the clock: an hour, whatever the machine.
UNHURRIED = 3600.0


def is_plan(result: SolveResult, program: Program) -> bool:
    """Whether a result has a solution that holds and is worth what it says."""
    assert result.values is not None
    assert result.objective == program.value(result.values)
    return is_feasible(program, result.values)


def is_account(trace: tuple[TracePoint, ...], result: SolveResult) -> bool:
    """Whether a trace never takes back what it said and ends where the result does."""
    for before, after in pairwise(trace):
        assert after.seconds >= before.seconds
        if before.incumbent is not None:
            assert after.incumbent is not None
            assert after.incumbent >= before.incumbent
        if before.bound is not None:
            assert after.bound is not None
            assert after.bound <= before.bound
    return trace[-1].incumbent == result.objective


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_the_time_limit_is_kept(threads: int, cold: bool) -> None:
    """That it ends at all says so; how exactly it does is a matter of benchmarks."""
    settings = SolveSettings(time_limit=0.5, relative_gap=0, threads=threads, cold=cold)
    result = solve(HARD, settings)
    assert result.termination.limit is Limit.TIME
    if cold and result.values is None:
        assert result.termination.reason is Reason.NO_SOLUTION
        return
    assert result.termination.reason is Reason.FEASIBLE
    assert is_plan(result, HARD)
    assert result.objective is not None
    assert result.bound > result.objective
    assert is_account(result.trace, result)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_wish_to_stop_leaves_the_best_plan(threads: int) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    settings = SolveSettings(time_limit=UNHURRIED, relative_gap=0, threads=threads)
    result = solve(HARD, settings, stop=stop)
    # Every step asks before it begins, so few do once the wish is known.
    assert asked <= 40
    assert result.termination == Termination(Reason.FEASIBLE, Limit.INTERRUPTED)
    assert is_plan(result, HARD)
    assert is_account(result.trace, result)


def test_a_wish_to_stop_before_the_start_still_leaves_the_greedy_plan() -> None:
    result = solve(HARD, SolveSettings(relative_gap=0), stop=lambda: True)
    assert result.termination == Termination(Reason.FEASIBLE, Limit.INTERRUPTED)
    assert is_plan(result, HARD)


@pytest.mark.parametrize("gap", [0.05, 0.005])
def test_it_ends_where_the_gap_is_met(gap: float) -> None:
    result = solve(HARD, SolveSettings(time_limit=UNHURRIED, relative_gap=gap))
    assert result.termination == Termination(Reason.FEASIBLE, Limit.GAP)
    met = [relative_gap(p.incumbent, p.bound) <= gap for p in result.trace if p.bound is not None]
    assert met == [False] * (len(met) - 1) + [True]


@pytest.mark.parametrize("gap", [0.001, 0.0013, 0.003, 0.01, 0.03])
@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP])
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_a_solver_that_stops_at_the_gap_has_met_it(
    gap: float, backend: Backend, cold: bool
) -> None:
    """Bounds are widened by the solver's tolerances; a gap of a hair too much is no time limit."""
    program = draw_town(30, 200, seed=2)
    settings = SolveSettings(
        relative_gap=gap, backend=backend, cold=cold, isolate=False, time_limit=UNHURRIED
    )
    result = solve(program, settings)
    assert result.termination.limit is Limit.GAP or is_settled(result)
    assert result.relative_gap <= gap


def test_no_time_limit_is_a_limit_too() -> None:
    program = draw_program(1, Kind(offers=8))
    result = solve(program, SolveSettings(relative_gap=0, time_limit=np.inf))
    assert is_settled(result)


# --- crashes ------------------------------------------------------------------------------------

CRASH = BackendResult(None, np.inf, Termination(Reason.ERROR, None, "out of paper"))


def crash(call: Call, *_rest: Any) -> BackendResult | None:
    """Stands for a backend that fails at once, whatever it is asked."""
    return CRASH if isinstance(call, MipTask) else None


class DeadChild:
    """Stands for a process that is dead as soon as it is started."""

    def __init__(self, *_arguments: Any) -> None:
        self.done, self.answer = True, CRASH

    def start(self) -> DeadChild:
        return self

    def poll(self, _timeout: float = 0.0) -> bool:
        return True

    def end(self, _limit: Limit) -> None:
        return None


def test_a_search_that_crashes_costs_neither_plan_nor_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def only_searches_crash(call: Call, *rest: Any) -> Any:
        return CRASH if isinstance(call, MipTask) else run_call(call, rest[0])

    monkeypatch.setattr(run_module, "run_call", only_searches_crash)
    monkeypatch.setattr(run_module, "run_in_child", only_searches_crash)
    settings = SolveSettings(
        relative_gap=0, threads=1, time_limit=UNHURRIED, without=frozenset({Step.TREE})
    )
    result = solve(HARD, settings)
    assert result.termination == Termination(Reason.FEASIBLE, None, "out of paper", Cause.FAULT)
    assert is_plan(result, HARD)
    assert result.multipliers is not None
    # Cuts prove more than the program's own rows.
    assert result.certified_bound <= safe_bound(HARD, result.multipliers)
    assert result.objective is not None
    assert result.objective <= result.bound <= result.certified_bound
    assert result.relative_gap < 0.02


def test_an_exact_search_that_crashes_costs_neither_plan_nor_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (engine_module, relax_module):
        monkeypatch.setattr(module, "is_large", lambda *_arguments: True)
    monkeypatch.setattr(prove_module, "ChildProcessCall", DeadChild)
    settings = SolveSettings(
        relative_gap=0, threads=2, time_limit=UNHURRIED, without=frozenset({Step.TREE})
    )
    result = solve(HARD, settings)
    assert "out of paper" in result.termination.detail
    assert result.termination.reason is Reason.FEASIBLE
    assert is_plan(result, HARD)
    assert np.isfinite(result.certified_bound)


def test_where_everything_crashes_the_greedy_plan_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("run_call", "run_in_child"):
        monkeypatch.setattr(run_module, name, crash)
    settings = SolveSettings(
        relative_gap=0, threads=1, time_limit=UNHURRIED, without=frozenset({Step.TREE})
    )
    result = solve(HARD, settings)
    assert result.termination == Termination(Reason.FEASIBLE, None, "out of paper", Cause.FAULT)
    assert is_plan(result, HARD)
    everyone = HARD.offset + HARD.objective.sum()
    assert result.bound == result.certified_bound == pytest.approx(everyone, rel=1e-3)


def test_where_everything_crashes_and_there_is_no_plan_it_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("run_call", "run_in_child"):
        monkeypatch.setattr(run_module, name, crash)
    with pytest.raises(SolverFault, match="out of paper"):
        solve(HARD, SolveSettings(relative_gap=0, cold=True))


def test_a_solution_that_breaks_a_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = np.ones(HARD.shape[1])
    lie = BackendResult(everything, HARD.value(everything), Termination(Reason.OPTIMAL))
    monkeypatch.setattr(run_module, "run_call", lambda *_arguments: lie)
    with pytest.raises(SolverFault, match="search: broken_row"):
        solve(HARD, SolveSettings(relative_gap=0, cold=True, isolate=False))


def test_a_killed_exact_search_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real process, killed from outside while the engine improves its plan."""
    started: list[ChildProcessCall] = []

    class Killed(ChildProcessCall):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            started.append(self)

        def poll(self, timeout: float = 0.0) -> bool:
            self._child.kill()
            return super().poll(timeout)

    for module in (engine_module, relax_module):
        monkeypatch.setattr(module, "is_large", lambda *_arguments: True)
    monkeypatch.setattr(prove_module, "ChildProcessCall", Killed)
    settings = SolveSettings(
        relative_gap=0, threads=2, time_limit=UNHURRIED, without=frozenset({Step.TREE})
    )
    result = solve(HARD, settings)
    assert started
    assert "the solver's process ended with code -9 and no answer" in result.termination.detail
    assert is_plan(result, HARD)
    assert result.relative_gap < 0.02


# --- the account --------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
def test_every_change_is_told_as_it_is_kept(backend: Backend) -> None:
    told: list[TracePoint] = []
    program = draw_program(5, Kind(offers=40, demands=150, weights="whole", costs="whole"))
    settings = SolveSettings(relative_gap=0, backend=backend, time_limit=UNHURRIED)
    result = solve(program, settings, on_progress=told.append)
    assert tuple(told) == result.trace
    assert is_account(result.trace, result)


def test_the_seconds_of_the_steps_are_within_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on a millisecond whenever somebody looks."""
    looks = count()
    monkeypatch.setattr(time, "monotonic", lambda: next(looks) / 1000)
    result = solve(HARD, SolveSettings(relative_gap=0.01, time_limit=UNHURRIED))
    assert {"reduce", "greedy", "relax"} <= set(result.seconds)
    assert 0 < sum(result.seconds.values()) < next(looks) / 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_plan(threads: int) -> None:
    program = draw_town(30, 120)
    settings = SolveSettings(relative_gap=0.001, seed=3, threads=threads, time_limit=UNHURRIED)
    first, second = solve(program, settings), solve(program, settings)
    assert first.values is not None
    assert second.values is not None
    assert np.array_equal(first.values, second.values)


def test_a_certified_bound_comes_with_the_multipliers_that_prove_it() -> None:
    for seed in range(20):
        program = draw_program(seed, Kind(offers=30, demands=100, fixed=0.0))
        result = solve(program, SolveSettings(relative_gap=0, isolate=False))
        if result.multipliers is None:
            assert result.certified_bound == np.inf
        else:
            assert result.certified_bound <= safe_bound(program, result.multipliers)
            assert result.bound <= result.certified_bound


# --- the state ----------------------------------------------------------------------------------


def search_of(program: Program) -> Search:
    return Search(program, SolveSettings(relative_gap=0))


def test_a_worse_solution_is_not_taken() -> None:
    program = draw_town(20, 50)
    search = search_of(program)
    nothing, one = np.zeros(program.shape[1]), np.zeros(program.shape[1])
    one[0] = 1.0
    assert search.submit_solution(one)
    assert not search.submit_solution(nothing)
    assert search.values is not None
    assert search.values[0] == 1.0


def test_a_solution_that_does_not_hold_is_not_taken() -> None:
    program = draw_town(20, 50)
    search = search_of(program)
    assert not search.submit_solution(np.ones(program.shape[1]))
    assert search.objective is None


def test_a_weaker_bound_is_not_taken() -> None:
    search = search_of(draw_town(20, 50))
    search.accept_solver_bound(1000.0)
    stated = search.bound
    search.accept_solver_bound(2000.0)
    search.accept_solver_bound(float("nan"))
    search.accept_solver_bound(-np.inf)
    assert search.bound == stated


def test_a_stated_bound_is_widened() -> None:
    search = search_of(draw_town(20, 50))
    search.accept_solver_bound(1e6)
    assert search.bound == pytest.approx(1e6 + 1.0)


def test_the_bound_is_never_below_the_incumbent() -> None:
    program = draw_town(20, 50)
    search = search_of(program)
    one = np.zeros(program.shape[1])
    one[0] = 1.0
    search.submit_solution(one)
    search.accept_solver_bound(0.5 * program.value(one))
    assert search.objective is not None
    assert search.bound >= search.objective
