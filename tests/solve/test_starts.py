"""Starting from what is known: plans that hold or not, and multipliers of other programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_programs import Floats, Kind, draw_program, draw_town, is_settled, problem_of
from test_engine_steps import Right

import siting.solve.relax as relax_module
import siting.solve.warm_start as start_module
from siting.program.program import Program
from siting.solve import Limit, SolveResult, SolveSettings, Step, WarmStart, solve
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import BackendResult, Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound
from siting.solve.feasibility import is_feasible
from siting.solve.heuristics.core import relax_core
from siting.solve.heuristics.greedy import lazy_greedy, repair_capacity
from siting.solve.heuristics.improve import Improver
from siting.solve.presolve.cover import CoverProblem
from siting.solve.relax import run_meanwhile
from siting.solve.search import Search

TOWN = draw_town(60, 300, share=0.06)
EXACT = SolveSettings(
    without=frozenset({Step.TREE}), relative_gap=0, threads=1, isolate=False, time_limit=3600
)


def at_budget(program: Program, share: float) -> Program:
    """The same program with another budget."""
    upper = program.row_upper.copy()
    for section in program.rows:
        if section.name == "budget":
            upper[section.slice] = np.round(share * upper[section.slice])
    return replace(program, row_upper=upper)


RICHER = at_budget(TOWN, 1.3)
BEST, RICHER_BEST = solve(TOWN, EXACT), solve(RICHER, EXACT)


def start_of(result: SolveResult) -> WarmStart:
    return WarmStart(result.values, result.multipliers)


def chosen_at_random(program: Program, seed: int, share: float) -> Floats:
    values = np.zeros(program.shape[1])
    offers = program.columns[0].stop
    values[:offers] = np.random.default_rng(seed).random(offers) < share
    return values


# --- starts of every kind leave the optimum -----------------------------------------------------

STARTS = {
    "optimal": start_of(BEST),
    "only optimal values": WarmStart(values=BEST.values),
    "of a larger budget, so infeasible": start_of(RICHER_BEST),
    "everything": WarmStart(values=np.ones(TOWN.shape[1])),
    "nothing": WarmStart(values=np.zeros(TOWN.shape[1])),
    "values out of all bounds": WarmStart(values=np.full(TOWN.shape[1], -1e9)),
    "worse": WarmStart(values=chosen_at_random(TOWN, 0, 0.1)),
    "multipliers that are no numbers": WarmStart(multipliers=np.full(TOWN.shape[0], np.nan)),
    "multipliers that prove nothing": WarmStart(multipliers=np.full(TOWN.shape[0], -1e6)),
    "no part at all": WarmStart(),
}


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_whatever_is_known_the_optimum_is_found(start: WarmStart, cold: bool) -> None:
    result = solve(TOWN, replace(EXACT, cold=cold), start=[start])
    assert is_settled(result)
    assert result.objective is not None
    assert result.objective == pytest.approx(BEST.objective, abs=1e-9)
    assert min(result.bound, result.certified_bound) >= result.objective


def test_hundreds_of_small_programs_keep_their_optimum() -> None:
    for seed in range(100):
        program = draw_program(seed, Kind(offers=7))
        right = Right(program)
        rng = np.random.default_rng(seed)
        starts = [
            WarmStart(rng.random(program.shape[1]), rng.normal(size=program.shape[0]) * 9),
            WarmStart(np.ones(program.shape[1]), np.ones(program.shape[0])),
        ]
        right.check(solve(program, EXACT, start=starts), f"program {seed}")


def test_many_starts_are_taken_together() -> None:
    result = solve(TOWN, EXACT, start=list(STARTS.values()))
    assert result.objective == BEST.objective


# --- what a start is worth ----------------------------------------------------------------------


def test_an_optimal_start_ends_the_solve_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its values are the best, its multipliers prove them to a gap that is asked for."""
    gap = (BEST.certified_bound - (BEST.objective or 0.0)) / (BEST.objective or 1.0)
    monkeypatch.setattr(relax_module, "relax_call", None)
    result = solve(TOWN, replace(EXACT, relative_gap=gap * 1.0001 + 1e-9), start=[start_of(BEST)])
    assert result.objective == BEST.objective
    assert result.certified_bound == BEST.certified_bound
    assert result.termination.limit is Limit.GAP or is_settled(result)


def test_multipliers_of_another_budget_prove_a_bound_of_this_one() -> None:
    """Nothing but the purse differs, so each unit of it moves the bound by its multiplier."""
    without = frozenset({Step.GREEDY, Step.RELAX, Step.TREE})
    asked = replace(EXACT, without=without, time_limit=1e-9)
    first = solve(TOWN, asked)
    result = solve(TOWN, asked, start=[WarmStart(multipliers=RICHER_BEST.multipliers)])
    assert RICHER_BEST.multipliers is not None
    assert result.certified_bound == safe_bound(TOWN, RICHER_BEST.multipliers)
    assert BEST.objective is not None
    assert BEST.objective <= result.certified_bound < first.certified_bound
    assert result.certified_bound <= 1.1 * BEST.certified_bound


def test_a_plan_of_a_larger_budget_is_thinned_and_filled() -> None:
    without = frozenset({Step.GREEDY, Step.RELAX})
    asked = replace(EXACT, without=without, time_limit=1e-9)
    result = solve(TOWN, asked, start=[WarmStart(values=RICHER_BEST.values)])
    assert result.values is not None
    assert is_feasible(TOWN, result.values)
    assert result.objective is not None
    assert result.objective >= 0.85 * (BEST.objective or 0.0)


def test_a_plan_of_a_smaller_budget_is_filled() -> None:
    poorer = solve(at_budget(TOWN, 0.7), EXACT)
    without = frozenset({Step.GREEDY, Step.RELAX})
    asked = replace(EXACT, without=without, time_limit=1e-9)
    result = solve(TOWN, asked, start=[WarmStart(values=poorer.values)])
    assert result.objective is not None
    assert poorer.objective is not None
    assert result.objective > poorer.objective


def test_a_good_plan_beats_greed_as_a_first_one() -> None:
    result = solve(TOWN, EXACT, start=[start_of(BEST)])
    greed, begun = ([p for p in result.trace if p.phase == phase] for phase in ("greedy", "start"))
    assert greed[-1].incumbent is not None
    assert begun[-1].incumbent is not None
    assert greed[-1].incumbent < begun[-1].incumbent
    assert begun[-1].incumbent == BEST.objective


def test_known_plans_are_merged() -> None:
    search = Search(TOWN, EXACT)
    problem = problem_of(TOWN)
    known = [WarmStart(values=BEST.values), WarmStart(values=chosen_at_random(TOWN, 1, 0.1))]
    start_module.take_warm_starts(search, problem, known)
    assert len(search.plans) == 2
    pool = Improver(search, problem)._pool
    assert [plan.tolist() for plan in pool] == [
        (values[problem.offers] > 0.5).tolist() for values in search.plans
    ]


# --- where the relaxation begins ----------------------------------------------------------------


def relax(program: Program, relaxer: Relaxer, multipliers: Floats | None = None) -> Relaxation:
    found = run_call(RelaxCall(program, relaxer, 3600.0, multipliers=multipliers), lambda *_: None)
    assert isinstance(found, Relaxation)
    return found


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0, 1.1, 3.0])
def test_from_the_multipliers_of_another_budget_the_relaxation_is_the_same(share: float) -> None:
    problem = problem_of(at_budget(TOWN, share))
    program = problem.to_program()
    assert BEST.multipliers is not None
    cold = relax(program, Relaxer.SIMPLEX)
    warm = relax(program, Relaxer.COVERING, problem.reduce_multipliers(BEST.multipliers))
    assert program.value(warm.values) == pytest.approx(program.value(cold.values), rel=1e-9)
    bound = safe_bound(program, warm.multipliers)
    assert bound == pytest.approx(safe_bound(program, cold.multipliers), rel=1e-9)


def first_multipliers(
    starts: list[WarmStart], monkeypatch: pytest.MonkeyPatch
) -> list[Floats | None]:
    """Where each relaxation of a whole problem begins, in turn."""
    seen = []

    def watched(
        search: Search, call: RelaxCall, improver: Improver | None
    ) -> BackendResult | Relaxation | None:
        seen.append(call.multipliers if call.relaxer is Relaxer.COVERING else None)
        return run_meanwhile(search, call, improver)

    monkeypatch.setattr(relax_module, "run_meanwhile", watched)
    solve(TOWN, EXACT, start=starts)
    return seen


def test_it_begins_at_the_best_multipliers(monkeypatch: pytest.MonkeyPatch) -> None:
    far = solve(at_budget(TOWN, 0.3), EXACT)
    near = WarmStart(None, RICHER_BEST.multipliers)
    starts = [WarmStart(None, far.multipliers), near, WarmStart(BEST.values)]
    (used,) = first_multipliers(starts, monkeypatch)
    assert RICHER_BEST.multipliers is not None
    expected = problem_of(TOWN).reduce_multipliers(RICHER_BEST.multipliers)
    assert used is not None
    assert used.tolist() == expected.tolist()


def test_plans_alone_say_nothing_of_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert first_multipliers([WarmStart(RICHER_BEST.values)], monkeypatch) == [None]


# --- what cannot be meant -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"values": np.zeros(5)}, r"start.values has shape \(5,\); expected \(360,\) for Program"),
        ({"values": np.zeros((360, 1))}, r"start.values has shape \(360, 1\); expected \(360,\)"),
        (
            {"multipliers": np.zeros(360)},
            r"start.multipliers has shape \(360,\); expected \(316,\)",
        ),
        ({"values": np.full(360, np.nan)}, "start.values has a value that is not a finite number"),
        ({"values": np.full(360, np.inf)}, "start.values has a value that is not a finite number"),
    ],
)
def test_a_start_of_another_shape_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve(TOWN, EXACT, start=[WarmStart(), WarmStart(**wrong)])


# --- thinning -----------------------------------------------------------------------------------


def thinnable(seed: int) -> CoverProblem:
    return problem_of(draw_program(seed, Kind(offers=40, demands=120, fixed=0.1)))


@pytest.mark.parametrize("seed", range(30))
def test_a_thinned_choice_holds_or_its_decided_offers_do_not(seed: int) -> None:
    problem = thinnable(seed)
    chosen = np.random.default_rng(seed).random(len(problem.offers)) < 0.7
    left = repair_capacity(problem, chosen)
    assert np.all(left[problem.lower >= 1])
    assert not np.any(left & ~chosen & (problem.lower < 1))
    forced = problem.side @ problem.lower
    used = problem.side @ left.astype(float)
    limit = problem.side_upper * (1 + 1e-9) + 1e-9
    assert np.all((used <= limit) | (forced > limit) | (used <= forced))


def test_what_fits_is_left_as_it_is() -> None:
    problem = problem_of(TOWN)
    assert BEST.values is not None
    chosen = BEST.values[problem.offers] > 0.5
    assert repair_capacity(problem, chosen).tolist() == chosen.tolist()


def test_the_offer_that_is_missed_least_for_its_money_goes_first() -> None:
    problem = problem_of(TOWN)
    assert BEST.values is not None
    chosen = BEST.values[problem.offers] > 0.5
    budget = int(np.argmax(np.diff(problem.side.indptr)))
    cost = problem.side[[budget]].toarray()[0]
    upper = problem.side_upper.copy()
    upper[budget] = cost @ chosen - 1.0
    left = repair_capacity(replace(problem, side_upper=upper), chosen)
    (gone,) = np.flatnonzero(chosen & ~left)

    def loss(offer: int) -> float:
        fewer = chosen.copy()
        fewer[offer] = False
        return (problem.value(chosen) - problem.value(fewer)) / float(cost[offer])

    assert loss(int(gone)) == min(loss(int(offer)) for offer in np.flatnonzero(chosen))


# --- a relaxation that runs out of time ---------------------------------------------------------


def test_out_of_time_multipliers_are_left_and_the_core_has_values() -> None:
    program = draw_town(400, 3000)
    problem = problem_of(program)
    search = Search(program, replace(EXACT, relative_gap=0.5))
    greedy = lazy_greedy(problem)
    assert greedy is not None
    search.submit_solution(problem.to_values(greedy.astype(float), program))
    full = relax(problem.to_program(), Relaxer.SIMPLEX)
    late = Relaxation(np.zeros(len(full.values)), full.multipliers, is_solved=False)
    found = relax_core(search, problem, late)
    assert found.multipliers is late.multipliers
    assert not found.is_solved
    reached, best = (problem.to_program().value(r.values) for r in (found, full))
    assert 0.9 * best <= reached <= best * (1 + 1e-9)
