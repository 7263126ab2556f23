"""Every way of solving against the enumeration of every choice, on hundreds of small programs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_array
from small_programs import Enumeration, Kind, draw_program, is_settled, names

from siting.errors import SolverFault
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve import Backend, Cause, Limit, Reason, SolveResult, SolveSettings, solve
from siting.solve.bounds.duality import whole_objective
from siting.solve.feasibility import is_feasible
from siting.solve.solutions import extend

PROGRAMS = 160
CHUNKS = [range(start, PROGRAMS, 8) for start in range(8)]
ROUNDING = 1e-12


def settings(backend: Backend, *, cold: bool) -> SolveSettings:
    return SolveSettings(
        relative_gap=0, time_limit=3600, threads=1, backend=backend, cold=cold, isolate=False
    )


def is_right(result: SolveResult, program: Program, told: str) -> None:
    """Asserts that a result to gap 0 is the best there is and is called so."""
    counted = Enumeration(program)
    best = counted.best()
    if best is None:
        assert result.termination.reason is Reason.INFEASIBLE, told
        assert result.values is None, told
        return
    assert is_settled(result), told
    assert result.values is not None, told
    assert result.objective is not None, told
    slack = ROUNDING * max(1.0, abs(float(best)))
    assert abs(result.objective - float(best)) <= slack, told
    assert result.bound >= float(best) - slack, told
    assert result.certified_bound >= float(best) - slack, told
    assert counted.holds(result.values), told
    assert float(counted.value(result.values)) == pytest.approx(result.objective), told


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP])
@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"from-{seeds[0]}")
def test_the_optimum_is_that_of_the_enumeration(seeds: range, backend: Backend, cold: bool) -> None:
    for seed in seeds:
        program = draw_program(seed)
        is_right(solve(program, settings(backend, cold=cold)), program, f"program {seed}")


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"from-{seeds[0]}")
def test_cp_sat_finds_it_too_where_a_power_of_ten_makes_all_whole(seeds: range, cold: bool) -> None:
    for seed in seeds:
        rng = np.random.default_rng(seed)
        weights = str(rng.choice(["whole", "zeros", "tenths"]))
        costs = str(rng.choice(["equal", "whole", "cents"]))
        program = draw_program(seed, Kind(weights=weights, costs=costs))
        is_right(solve(program, settings(Backend.CP_SAT, cold=cold)), program, f"program {seed}")


def test_the_programs_are_of_every_kind() -> None:
    """A generator of easy programs would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(PROGRAMS):
        program = draw_program(seed)
        counted = Enumeration(program)
        best = counted.best()
        offers = program.section("choose").slice
        seen["no solution"] += best is None
        seen["a solution"] += best is not None
        seen["an offer is out"] += bool(np.any(program.upper[offers] == 0))
        seen["an offer is decided"] += bool(np.any(program.lower[offers] == 1))
        seen["whole weights"] += whole_objective(program)
        seen["other weights"] += not whole_objective(program)
        free = [v for v in counted.choices() if best is not None]
        seen["not everything fits"] += not all(counted.holds(v) for v in free)
    assert min(seen.values()) >= 15, seen


@pytest.mark.parametrize("seed", range(40))
def test_a_full_solution_is_worth_what_counting_says(seed: int) -> None:
    program = draw_program(seed, Kind(offers=7))
    counted = Enumeration(program)
    for values in counted.choices():
        full = extend(program, values)
        assert program.value(full) == pytest.approx(float(counted.value(values)), rel=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_a_choice_holds_where_counting_says_so(seed: int) -> None:
    program = draw_program(seed, Kind(offers=7))
    counted = Enumeration(program)
    for values in counted.choices():
        assert is_feasible(program, extend(program, values)) == counted.holds(values)


def test_the_ways_of_solving_agree_on_programs_too_large_to_enumerate() -> None:
    for seed in range(6):
        program = draw_program(
            1000 + seed, Kind(offers=40, demands=120, weights="whole", costs="whole")
        )
        results = [
            solve(program, settings(backend, cold=cold))
            for backend in (Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT)
            for cold in (False, True)
        ]
        assert len({result.objective for result in results}) == 1, f"program {1000 + seed}"
        ends = {is_settled(r) or r.termination.reason is Reason.INFEASIBLE for r in results}
        assert ends == {True}


# --- what cannot be held together ---------------------------------------------------------------


def small(budget: float = 10.0, costs: tuple[float, ...] = (4.0, 5.0, 6.0)) -> ProgramBuilder:
    """Three offers, each with a demand row of its own, and a budget."""
    count = len(costs)
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", count))
    eye = csr_array(np.eye(count))
    builder.add_columns(
        "covered", names("R", count), objective=[3.0, 4.0, 5.0][:count], domain=Domain.IMPLIED
    )
    builder.add_rows("cover", names("R", count), {"choose": -eye, "covered": eye}, upper=0.0)
    builder.add_rows("budget", (), {"choose": csr_array(np.array([costs]))}, upper=budget)
    return builder


def test_a_row_that_decided_offers_break_is_named() -> None:
    builder = small()
    builder.fix("choose", [1, 2], 1)
    result = solve(builder.build())
    assert result.termination.reason is Reason.INFEASIBLE
    assert result.conflicts == ("budget",)
    assert result.termination.cause is Cause.CONFLICT


def test_decided_offers_a_cent_above_a_budget_of_millions_are_named_too() -> None:
    builder = small(budget=9e6, costs=(3e6, 3e6, 3e6 + 0.01))
    builder.fix("choose", [0, 1, 2], 1)
    result = solve(builder.build())
    assert result.termination.reason is Reason.INFEASIBLE
    assert result.conflicts == ("budget",)


def test_an_offer_that_is_in_and_out_is_named() -> None:
    builder = small()
    builder.fix("choose", [0], 1)
    builder.fix("choose", [0], 0)
    result = solve(builder.build())
    assert result.termination.reason is Reason.INFEASIBLE
    assert result.conflicts == ("choose[O0]",)


def test_a_row_whose_own_limits_cross_is_named() -> None:
    builder = small()
    builder.add_rows("between", (), {"choose": csr_array(np.ones((1, 3)))}, lower=2.0, upper=1.0)
    assert solve(builder.build()).conflicts == ("between",)


def test_every_row_and_column_in_conflict_is_named() -> None:
    builder = small(budget=5.0)
    builder.add_rows("slots", names("S", 2), {"choose": csr_array(np.eye(3)[:2])}, upper=[0.0, 1.0])
    builder.fix("choose", [0, 1], 1)
    builder.fix("choose", [2], 1)
    builder.fix("choose", [2], 0)
    assert solve(builder.build()).conflicts == ("choose[O2]", "budget", "slots[S0]")


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_rows_that_only_together_leave_nothing_are_infeasible(backend: Backend, cold: bool) -> None:
    builder = small()
    ones = csr_array(np.ones((1, 3)))
    builder.add_rows("at_least", (), {"choose": ones}, lower=2.0)
    builder.add_rows("pairs", names("P", 3), {"choose": csr_array(1.0 - np.eye(3))}, upper=1.0)
    result = solve(builder.build(), settings(backend, cold=cold))
    assert result.termination.reason is Reason.INFEASIBLE
    assert result.termination.cause is Cause.SEARCHED


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_least_numbers_are_met(backend: Backend, cold: bool) -> None:
    """The greedy plan takes the two cheap offers; the row wants the dear one as well."""
    builder = small(budget=11.0)
    builder.add_rows("at_least", (), {"choose": csr_array(np.array([[1.0, 0.0, 1.0]]))}, lower=1.0)
    builder.add_rows(
        "not_first", (), {"choose": csr_array(np.array([[-1.0, 0.0, 0.0]]))}, lower=0.0
    )
    result = solve(builder.build(), settings(backend, cold=cold))
    assert result.objective == 9.0
    assert is_settled(result)


# --- numbers that CP-SAT cannot hold ------------------------------------------------------------


@pytest.mark.parametrize("weight", [1 / 3, np.pi, 1e-11, 0.1 + 1e-10, 1e16])
def test_cp_sat_refuses_weights_that_it_could_only_round(weight: float) -> None:
    builder = small()
    builder.add_columns("more", names("M", 1), objective=weight)
    with pytest.raises(SolverFault, match="weights that no power of ten makes whole; take another"):
        solve(builder.build(), settings(Backend.CP_SAT, cold=True))


def test_cp_sat_refuses_a_row_that_it_could_only_round() -> None:
    builder = small(costs=(1 / 3, 0.5, 0.25))
    with pytest.raises(SolverFault, match="a row that no power of ten makes whole; take another"):
        solve(builder.build(), settings(Backend.CP_SAT, cold=True))


def test_cp_sat_refuses_a_continuous_column() -> None:
    builder = small()
    builder.add_columns("share", names("M", 1), objective=1.0, domain=Domain.CONTINUOUS)
    with pytest.raises(SolverFault, match="the program has a continuous column; take another"):
        solve(builder.build(), settings(Backend.CP_SAT, cold=True))


def test_the_engine_keeps_its_own_plan_where_cp_sat_refuses() -> None:
    """Thirds of residents, and overlapping demand, so that the relaxation settles nothing."""
    refused = 0
    for seed in range(30):
        program = draw_program(seed, Kind(weights="thirds", costs="whole"))
        best = Enumeration(program).best()
        if best is None:
            continue
        result = solve(program, settings(Backend.CP_SAT, cold=False))
        assert result.objective is not None
        assert result.bound >= float(best) * (1 - ROUNDING)
        if "no power of ten" in result.termination.detail:
            refused += 1
            assert result.termination.reason in (Reason.FEASIBLE, Reason.OPTIMAL)
            assert result.termination.limit is not Limit.TIME
    assert refused >= 1


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
def test_the_objective_is_maximised_by_every_backend(backend: Backend) -> None:
    """A lost sense would give 0."""
    assert solve(small().build(), settings(backend, cold=True)).objective == 8.0


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
def test_a_budget_of_a_billion_is_not_overspent(backend: Backend) -> None:
    """A millionth of the limit, what solvers forgive, would buy the second offer as well."""
    builder = small(budget=1e9, costs=(1e9, 500.0, 600.0))
    result = solve(builder.build(), settings(backend, cold=True))
    assert result.objective == 9.0


@pytest.mark.parametrize("backend", [Backend.HIGHS, Backend.GSCIP, Backend.CP_SAT])
@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_a_program_without_demand_rows_or_side_rows_is_solved(backend: Backend, cold: bool) -> None:
    builder = ProgramBuilder(offset=7.0)
    builder.add_columns("choose", names("O", 2), objective=[2.0, -1.0])
    result = solve(builder.build(), settings(backend, cold=cold))
    assert result.objective == 9.0
    assert result.bound == 9.0
