"""Rows are decided as their numbers are written, and shared rows do not spoil a completion."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack
from small_programs import draw_town, names

from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program, Section
from siting.solve import Cause, Limit, Reason, SolveSettings, Step, solve
from siting.solve.cuts.exclusion import exclusions
from siting.solve.feasibility import conflicts, is_feasible
from siting.solve.result import Note, NoteCode, Why
from siting.solve.settings import usable_cores
from siting.solve.solutions import Completion, with_decided

HERE = SolveSettings(relative_gap=0, time_limit=3600, threads=1, isolate=False)


def knapsack(costs: list[float], limit: float, *, least: bool = False) -> Program:
    builder = ProgramBuilder()
    count = len(costs)
    builder.add_columns("choose", names("O", count), objective=np.arange(1.0, count + 1))
    row = csr_array(np.array([costs]))
    lower, upper = (limit, np.inf) if least else (-np.inf, limit)
    builder.add_rows("budget", (), {"choose": row}, lower=lower, upper=upper)
    return builder.build()


@pytest.mark.parametrize(
    ("costs", "limit", "holds"),
    [
        ([0.1, 0.2], 0.3, True),
        ([0.1, 0.7], 0.8, True),
        ([19.02, 11.74], 30.76, True),
        ([0.1, 0.2], 0.2999999999999999, False),
        ([1e9, 0.0000001], 1e9, False),
        ([3e6, 3e6, 0.01], 6e6, False),
    ],
)
def test_a_sum_is_compared_as_it_is_written(costs: list[float], limit: float, holds: bool) -> None:
    program = knapsack(costs, limit)
    everything = np.ones(len(costs))
    assert is_feasible(program, everything) is holds
    decided = replace(program, lower=everything)
    assert conflicts(decided) == (() if holds else ("budget",))
    result = solve(program, HERE)
    assert result.objective == (
        everything @ program.objective if holds else sum(range(2, len(costs) + 1))
    )


@pytest.mark.parametrize(
    ("costs", "limit", "holds"),
    [([0.1, 0.2], 0.3, True), ([0.1, 0.2], 0.3000000000000001, False), ([0.7, 0.1], 0.8, True)],
)
def test_a_least_sum_is_compared_as_it_is_written(
    costs: list[float], limit: float, holds: bool
) -> None:
    program = knapsack(costs, limit, least=True)
    assert is_feasible(program, np.ones(2)) is holds
    result = solve(program, HERE)
    assert (result.termination.reason is Reason.INFEASIBLE) is not holds


def test_what_only_rounding_lets_pass_is_excluded_by_a_row_that_nothing_else_breaks() -> None:
    program = knapsack([1e9, 1e-7, 5.0], 1e9)
    matrix, upper = exclusions(program, np.array([1.0, 1.0, 0.0]))
    assert matrix.toarray().tolist() == [[1.0, 1.0, 0.0]]
    assert upper.tolist() == [1.0]
    # What breaks a row by more is somebody's fault, not rounding.
    assert len(exclusions(knapsack([4.0, 5.0], 5.0), np.ones(2))[1]) == 0


def shared(capacity: float, domain: Domain = Domain.IMPLIED) -> Program:
    """Two offers, three residents, and room for so many residents in all."""
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 2))
    weights = [5.0, 3.0, 2.0]
    builder.add_columns("covered", names("R", 3), objective=weights, domain=domain)
    near = csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    builder.add_rows(
        "cover", names("R", 3), {"choose": -near, "covered": csr_array(np.eye(3))}, upper=0.0
    )
    builder.add_rows("room", (), {"covered": csr_array(np.ones((1, 3)))}, upper=capacity)
    builder.add_rows("budget", (), {"choose": csr_array(np.ones((1, 2)))}, upper=2.0)
    return builder.build()


@pytest.mark.parametrize("domain", [Domain.IMPLIED, Domain.CONTINUOUS])
@pytest.mark.parametrize(("capacity", "best"), [(1, 5), (2, 8), (2.5, 9), (3, 10)])
@pytest.mark.parametrize("cold", [False, True])
def test_a_capacity_that_residents_share_is_kept(
    domain: Domain, capacity: float, best: float, cold: bool
) -> None:
    result = solve(shared(capacity, domain), replace(HERE, cold=cold))
    assert result.objective == pytest.approx(best)
    assert result.values is not None
    assert result.values[2:].sum() <= capacity + 1e-6


def test_a_chain_of_columns_is_filled_link_by_link() -> None:
    program = shared(3)
    completion = Completion(program)
    assert not completion.is_exact
    rest = with_decided(program, np.array([0, 1]), np.array([1.0, 0.0, 0.0, 0.0, 0.0]))
    assert rest.shape == (4, 3)
    assert rest.row_upper[:3].tolist() == [1.0, 1.0, 0.0]


def test_the_cores_are_those_that_the_process_may_use() -> None:
    code = "from siting.solve import SolveSettings; print(SolveSettings().threads)"
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("no affinity on this system")
    code = f"import os; os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}}); {code}"
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "1"
    assert usable_cores() >= 1


def test_a_solver_s_word_alone_is_not_called_optimal() -> None:
    """Odd cycle: the relaxation takes halves, and its bound does not close."""
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 3), objective=[1.0, 1.0, 1.0])
    pairs = csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    builder.add_rows("pairs", names("P", 3), {"choose": pairs}, upper=1.0)
    builder.add_rows("half", (), {"choose": csr_array(np.array([[0.5, 0.5, 0.5]]))}, upper=9.0)
    program = builder.build()
    asked = replace(HERE, without=frozenset({Step.TREE, Step.CUTS}))
    result = solve(replace(program, objective=np.array([1.25, 1.25, 1.25])), asked)
    assert result.objective == 1.25
    assert result.certified_gap > 0.1
    assert (result.termination.reason, result.termination.limit) == (
        Reason.FEASIBLE,
        Limit.SOLVER_GAP,
    )
    assert result.solver_bound == pytest.approx(1.25, rel=1e-5)
    certified = solve(replace(program, objective=np.array([1.25, 1.25, 1.25])), HERE)
    assert certified.termination.reason is Reason.OPTIMAL
    assert certified.goals[0].tree is not None


def test_a_conflict_and_a_search_that_finds_nothing_are_told_apart() -> None:
    clash = solve(replace(knapsack([3.0], 2.0), lower=np.ones(1)), HERE)
    assert clash.termination.cause is Cause.CONFLICT
    assert clash.conflicts == ("budget",)


def test_steps_that_a_program_cannot_take_are_noted() -> None:
    """A quota on a state is beyond covering: its steps are left out, and say so."""
    town = draw_town(6, 12)
    covered = town.section("covered")
    quota = csr_array((1, town.shape[1])).tolil()
    quota[0, covered.start] = 1.0
    beyond = replace(
        town,
        rows=(*town.rows, Section("quota", town.shape[0], town.shape[0] + 1, ())),
        matrix=csr_array(vstack([town.matrix, quota.tocsr()], format="csr")),
        row_lower=np.append(town.row_lower, 0.0),
        row_upper=np.append(town.row_upper, np.inf),
    )
    notes = solve(beyond, SolveSettings(isolate=False, threads=1)).notes
    assert Note(NoteCode.LEFT_OUT, Step.CUTS, Why.NOT_COVERING) in notes
    plain = solve(town, SolveSettings(isolate=False, threads=1)).notes
    assert not [note for note in plain if note.why == Why.NOT_COVERING]
