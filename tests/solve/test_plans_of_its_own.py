"""The engine's own steps: greedy, dive and improvement always give plans that hold."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from small_programs import Floats, Kind, draw_program, draw_town, problem_of

from siting.program.program import Program
from siting.solve import SolveSettings
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation
from siting.solve.backends.run import relaxer_for
from siting.solve.feasibility import conflicts, is_feasible
from siting.solve.heuristics.dive import dive
from siting.solve.heuristics.greedy import lazy_greedy, prices
from siting.solve.heuristics.improve import Improver
from siting.solve.presolve.cover import CoverProblem
from siting.solve.search import Search
from siting.solve.solutions import extend

MEDIUM = Kind(offers=60, demands=200, fixed=0.05)
SEEDS = range(40)


def never() -> bool:
    return False


def has_room(program: Program) -> bool:
    """Whether what is decided fits, so that there is a plan at all."""
    return not conflicts(program)


# Programs that have a plan at all.
WITH_ROOM = [seed for seed in SEEDS if has_room(draw_program(seed, MEDIUM))]


def holds(problem: CoverProblem, chosen: Floats) -> bool:
    """Whether a choice keeps every side row, and every decision, of a problem."""
    program = problem.to_program()
    full = extend(program, np.concatenate([chosen, np.zeros(len(problem.weights))]))
    kept = bool(np.all(chosen[problem.lower >= 1] == 1))
    return kept and np.array_equal(full[: len(chosen)], chosen) and is_feasible(program, full)


def relaxation_of(problem: CoverProblem) -> Relaxation:
    program = problem.to_program()
    answer = run_call(RelaxCall(program, relaxer_for(program), 10.0), lambda _best, _bound: None)
    assert isinstance(answer, Relaxation)
    return answer


# --- greedy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_greedy_plan_holds(seed: int) -> None:
    program = draw_program(seed, MEDIUM)
    problem = problem_of(program)
    chosen = lazy_greedy(problem)
    assert (chosen is not None) == has_room(program)
    assert chosen is None or holds(problem, chosen.astype(float))


@pytest.mark.parametrize("seed", range(20))
def test_greed_gives_each_part_of_a_budget_its_least_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = problem_of(draw_program(seed, Kind(offers=40, demands=150, fixed=0.0)))
    count = len(problem.offers)
    costs = rng.integers(1, 5, count).astype(float)
    parts = rng.integers(0, 3, count)
    rows = np.stack([costs, *(costs * (parts == part) for part in range(3))])
    shares = rows[1:].sum(axis=1)
    tight = replace(
        problem,
        # Everybody gains by every offer, so that only room decides.
        gain=problem.gain + 1.0,
        side=csr_array(rows),
        side_lower=np.array([-np.inf, *np.floor(0.2 * shares)]),
        side_upper=np.array([0.5 * costs.sum() + 15.0, *np.full(3, np.inf)]),
        side_rows=np.arange(4),
    )
    chosen = lazy_greedy(tight)
    assert chosen is not None
    used = rows @ chosen
    assert used[0] <= tight.side_upper[0]
    assert np.all(used >= tight.side_lower)


@pytest.mark.parametrize("seed", WITH_ROOM)
def test_a_greedy_plan_leaves_nothing_out_that_fits_and_adds(seed: int) -> None:
    problem = problem_of(draw_program(seed, MEDIUM))
    chosen = lazy_greedy(problem)
    assert chosen is not None
    for offer in np.flatnonzero(~chosen):
        more = chosen.copy()
        more[offer] = True
        assert problem.value(more) <= problem.value(chosen) or not holds(
            problem, more.astype(float)
        )


def eager(problem: CoverProblem) -> NDArray[np.bool_]:
    """The same plan the slow way: every gain worked out again before each choice."""
    chosen = problem.lower >= 1
    price = prices(problem)
    while True:
        best, best_ratio = -1, 0.0
        for offer in np.flatnonzero(~chosen):
            more = chosen.copy()
            more[offer] = True
            ratio = (problem.value(more) - problem.value(chosen)) / price[offer]
            if ratio > best_ratio + 1e-9 and holds(problem, more.astype(float)):
                best, best_ratio = int(offer), ratio
        if best < 0:
            return chosen
        chosen[best] = True


@pytest.mark.parametrize("seed", range(12))
def test_being_lazy_changes_nothing(seed: int) -> None:
    program = draw_program(seed, Kind(offers=20, demands=60, costs="cents", fixed=0.0))
    problem = problem_of(program)
    # Weights without ties, so that there is one greedy plan.
    rng = np.random.default_rng(seed)
    problem = replace(
        problem,
        weights=problem.weights * rng.uniform(0.5, 1.5, len(problem.weights)),
        gain=problem.gain * rng.uniform(0.5, 1.5, len(problem.gain)),
    )
    chosen = lazy_greedy(problem)
    assert chosen is not None
    assert problem.value(chosen) == pytest.approx(problem.value(eager(problem)))


def test_greedy_gives_up_where_decided_offers_break_a_row() -> None:
    problem = problem_of(draw_town(20, 50))
    assert lazy_greedy(replace(problem, lower=np.ones(20))) is None


def test_greedy_gives_up_where_a_least_number_is_not_reached() -> None:
    problem = problem_of(draw_town(20, 50))
    assert lazy_greedy(replace(problem, side_lower=problem.side_upper)) is None


def test_greedy_gives_up_on_rows_that_an_offer_makes_room_in() -> None:
    problem = problem_of(draw_town(20, 50))
    assert lazy_greedy(replace(problem, side=csr_array(-problem.side))) is None


# --- dive ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", WITH_ROOM)
def test_a_dive_never_ends_in_a_choice_that_does_not_hold(seed: int) -> None:
    program = draw_program(seed, MEDIUM)
    problem = problem_of(program)
    chosen = dive(problem, relaxation_of(problem), never)
    assert chosen is not None
    assert holds(problem, chosen)


@pytest.mark.parametrize("seed", range(6))
def test_a_dive_into_a_town_holds_and_is_good(seed: int) -> None:
    problem = problem_of(draw_town(60, 300, seed))
    relaxation = relaxation_of(problem)
    chosen = dive(problem, relaxation, never)
    assert chosen is not None
    assert holds(problem, chosen)
    program = problem.to_program()
    assert problem.value(chosen > 0.5) >= 0.9 * program.value(relaxation.values)


@pytest.mark.parametrize("seed", range(6))
def test_a_dive_keeps_what_is_decided(seed: int) -> None:
    problem = problem_of(draw_town(60, 300, seed))
    decided = problem.lower.copy()
    decided[[3, 17]] = 1.0
    problem = replace(problem, lower=decided)
    chosen = dive(problem, relaxation_of(problem), never)
    assert chosen is not None
    assert chosen[[3, 17]].tolist() == [1.0, 1.0]
    assert holds(problem, chosen)


def test_a_dive_gives_up_when_time_is_over() -> None:
    problem = problem_of(draw_town(60, 300))
    assert dive(problem, relaxation_of(problem), lambda: True) is None


def test_a_dive_gives_up_where_its_decisions_leave_no_solution() -> None:
    """All slots must be used, and the budget pays for less: no relaxation has a solution."""
    problem = problem_of(draw_town(40, 100))
    relaxation = relaxation_of(problem)
    full = vstack([problem.side, csr_array(np.ones((1, 40)))], format="csr")
    tight = replace(
        problem,
        side=csr_array(full),
        side_lower=np.append(problem.side_lower, 39.0),
        side_upper=np.append(problem.side_upper, 40.0),
    )
    assert dive(tight, relaxation, never) is None


# --- improvement --------------------------------------------------------------------------------


def improver_of(program: Program, seed: int = 0) -> Improver:
    """An improver with the greedy plan and the relaxation of a program."""
    settings = SolveSettings(relative_gap=0, time_limit=3600, seed=seed, isolate=False, threads=1)
    search = Search(program, settings)
    problem = problem_of(program)
    chosen = lazy_greedy(problem)
    assert chosen is not None
    search.submit_solution(problem.to_values(chosen.astype(float), program))
    improver = Improver(search, problem, size=25)
    improver.relaxation = relaxation_of(problem)
    return improver


def objective_of(improver: Improver) -> float:
    assert improver.search.objective is not None
    return improver.search.objective


def is_plan(improver: Improver) -> bool:
    search = improver.search
    return search.values is not None and is_feasible(search.program, search.values)


@pytest.mark.parametrize("seed", range(4))
def test_the_incumbent_only_gets_better_and_always_holds(seed: int) -> None:
    improver = improver_of(draw_town(50, 200, seed), seed)
    before = objective_of(improver)
    first = before
    for _ in range(25):
        improver.round()
        assert objective_of(improver) >= before
        assert is_plan(improver)
        before = objective_of(improver)
    assert before > first


@pytest.mark.parametrize("seed", range(4))
def test_a_union_never_loses_the_incumbent(seed: int) -> None:
    improver = improver_of(draw_town(50, 200, seed), seed)
    improver.dive(perturbation=0.3)
    before = objective_of(improver)
    improver.search_union()
    assert objective_of(improver) >= before
    assert is_plan(improver)


@pytest.mark.parametrize("seed", range(4))
def test_a_shaken_dive_is_worth_what_the_program_says(seed: int) -> None:
    """The shaken weights must not leak into the objective."""
    improver = improver_of(draw_town(50, 200, seed), seed)
    improver.dive(perturbation=0.5)
    search = improver.search
    assert search.values is not None
    assert search.objective == search.program.value(search.values)


def test_the_same_seed_makes_the_same_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that ticks when read: how many moves a second holds is the machine's."""
    program = draw_town(30, 120)
    found = []
    for _ in range(2):
        ticks = itertools.count(0.0, 0.01)
        monkeypatch.setattr(time, "monotonic", ticks.__next__)
        improver = improver_of(program, seed=5)
        for _ in range(20):
            improver.round()
        assert improver.search.values is not None
        found.append(improver.search.values)
    assert np.array_equal(found[0], found[1])


@pytest.mark.parametrize("count", [1, 7, 50])
def test_a_neighbourhood_has_as_many_offers_as_were_asked_for(count: int) -> None:
    improver = improver_of(draw_town(50, 200))
    assert [int(improver.neighbourhood(count).sum()) for _ in range(5)] == [count] * 5


def test_a_neighbourhood_jumps_where_it_has_no_neighbours_left() -> None:
    """Offers that share neither demand nor a site are each alone."""
    problem = problem_of(draw_town(50, 200))
    alone = replace(
        problem,
        cover=csr_array((0, 50)),
        weights=np.empty(0),
        side=csr_array((0, 50)),
        side_lower=np.empty(0),
        side_upper=np.empty(0),
    )
    improver = Improver(Search(draw_town(50, 200), SolveSettings()), alone)
    assert improver.neighbourhood(20).sum() == 20


def test_offers_of_one_neighbourhood_lie_together() -> None:
    program = draw_town(400, 1000)
    improver = improver_of(program)
    cover = (abs(improver.problem.cover).T @ abs(improver.problem.cover)).toarray()
    near = cover > 0
    shares = []
    for _ in range(20):
        inside = np.flatnonzero(improver.neighbourhood(10))
        shares.append(near[np.ix_(inside, inside)].mean())
    assert np.mean(shares) > 2 * near.mean()


def test_an_improver_without_an_incumbent_has_nothing_to_do() -> None:
    program = draw_town(50, 200)
    improver = Improver(Search(program, SolveSettings()), problem_of(program))
    assert not improver.round()


def test_an_improver_stops_when_the_search_is_over() -> None:
    improver = improver_of(draw_town(50, 200))
    improver.search._stop = lambda: True
    before = objective_of(improver)
    assert not improver.round()
    improver.dive(perturbation=0.0)
    improver.search_union()
    assert objective_of(improver) == before
