"""Who solves a cell: all answer in the same terms, and nobody is taken at a word that is none."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from bench_records import CELL
from builders import build
from by_commands import generate_words, run_commands, solve_words
from cell import Watch, own_peak, run
from peers import (
    GAPS,
    Asked,
    ask,
    brought,
    cbc_bound,
    has_cbc,
    maximal_covering,
    milestones,
    to_pulp,
)
from registry import CBC

from siting.solve import Limit, Reason, SolveResult, Termination, TracePoint

# Solved in a moment; on a machine with much else to do a short limit might stop it.
TOWN = replace(CELL, seconds=300.0)
BLOCKS = replace(
    TOWN,
    build="blocks",
    parameters={"blocks": 40, "coverers": 8, "categories": 1, "open": 3},
)


def test_a_run_is_one_record() -> None:
    ticks = itertools.count()
    done = run(TOWN, "engine", clock=lambda: float(next(ticks)))
    assert done["reason"] == "optimal"
    assert done["objective"] == done["bound"] <= done["certified_bound"]
    assert done["gap"] == 0 <= done["certified_gap"]
    # Three steps of building, each begun and ended, between the first look and the last.
    assert done["seconds"]["build"] == 7.0
    assert {"first", "proven", "solve"} <= set(done["seconds"])
    assert json.loads(json.dumps(done, allow_nan=False)) == done


@pytest.mark.parametrize("peer", ["highs", CBC])
def test_peers_find_the_same_optimum(peer: str) -> None:
    if peer == CBC and not has_cbc():
        pytest.skip("this PuLP has no CBC")
    program = build(CELL).program
    engine, other = ask("engine", program, Asked(300.0)), ask(peer, program, Asked(300.0))
    assert other.objective == pytest.approx(engine.objective)
    assert other.bound == pytest.approx(engine.bound)
    assert "proven" in other.seconds


def test_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="'gurobi' is no peer"):
        ask("gurobi", build(CELL).program, Asked(1.0))


def test_rows_with_two_limits_are_two_constraints_in_pulp() -> None:
    program = build(CELL).program
    program.row_lower[0] = -5.0
    problem, variables = to_pulp(program)
    assert len(variables) == program.shape[1]
    assert len(problem.constraints()) == program.shape[0] + 1


@pytest.mark.parametrize(
    ("log", "bound"),
    [
        ("Result - Optimal solution found\nObjective value: 7.0\n", "optimal"),
        ("Result - Stopped on time limit\nObjective value: 7.0\nUpper bound:   9.5\n", "9.5"),
        ("Result - Stopped on time limit\n\nNo feasible solution found\n", None),
        ("", None),
    ],
)
def test_the_bound_of_cbc_is_what_its_log_proves(log: str, bound: str | None) -> None:
    assert cbc_bound(log) == bound


def test_blocks_are_a_problem_that_spopt_knows() -> None:
    program = build(BLOCKS).program
    cover, weights, opened = maximal_covering(program)
    assert cover.shape == (len(weights), 40)
    assert (opened, weights.min() > 0) == (3, True)
    assert set(cover.data.tolist()) == {1.0}


def test_a_city_is_none_that_spopt_knows() -> None:
    with pytest.raises(ValueError, match="spopt has no such rows"):
        maximal_covering(build(CELL).program)
    three = replace(BLOCKS, parameters={**BLOCKS.parameters, "categories": 3})
    with pytest.raises(ValueError, match="spopt has no such rows"):
        maximal_covering(build(three).program)


TRACE = (
    TracePoint(0.1, None, 500.0, "relax"),
    TracePoint(0.2, 90.0, None, "greedy"),
    TracePoint(0.5, 99.5, 100.0, "round"),
    TracePoint(0.9, 100.0, 100.05, "search"),
)
STOPPED = SolveResult(
    np.zeros(1), 100.0, 100.05, Termination(Reason.FEASIBLE, Limit.TIME), trace=TRACE
)


def test_times_to_gaps_are_those_of_the_trace() -> None:
    reached = milestones(STOPPED, 2.0)
    assert {reached[gap] for gap in GAPS if GAPS[gap] >= 0.01} == {0.5}
    assert {reached[gap] for gap in GAPS if 5e-4 <= GAPS[gap] < 0.01} == {0.9}
    assert {"first", "gap_002pct", "proven"} & set(reached) == {"first"}
    proven = SolveResult(np.zeros(1), 100.0, 100.0, Termination(Reason.OPTIMAL))
    assert milestones(proven, 2.0) == dict.fromkeys(("first", *GAPS, "proven"), 2.0)


def test_a_step_brought_what_the_trace_says_and_the_first_of_all_nothing() -> None:
    steps = brought(STOPPED)
    assert steps["relax"] == steps["greedy"] == [0.0, 0.0]
    assert steps["round"] == pytest.approx([0.095, 4.0])
    # Its bound is above the one that is there already.
    assert steps["search"] == pytest.approx([0.005, 0.0])


def test_memory_is_looked_at() -> None:
    with Watch() as watch:
        assert own_peak() > 10
    assert watch.peak >= 0


# --- by commands ---------------------------------------------------------------------------------


def test_parameters_are_the_options_of_generate() -> None:
    words = generate_words(BLOCKS)
    assert words[:2] == ["generate", "blocks"]
    assert " ".join(words[2:]) == "--blocks 40 --coverers 8 --categories 1 --open 3 --seed 1"
    assert "--budget" not in solve_words(BLOCKS)
    place = {"place": "monaco", "budget": 50, "model": "annual-plan"}
    assert solve_words(replace(CELL, build="place", parameters=place))[-4:] == [
        *("--budget", "50万", "--model", "annual-plan")
    ]


def test_a_cell_is_solved_and_verified_by_commands() -> None:
    done = run_commands(BLOCKS)
    ours = run(BLOCKS, "engine")
    assert done["objective"] == ours["objective"]
    assert done["certified_gap"] >= 0
    assert done["commands"]["bytes"] > 0


def test_a_plan_that_the_limit_stopped_is_a_result() -> None:
    harder = {"blocks": 900, "coverers": 60, "categories": 1, "open": 20}
    done = run_commands(replace(BLOCKS, parameters=harder, seconds=1.0))
    assert done["certified_bound"] >= done["objective"] > 0


def test_a_command_that_fails_is_no_result() -> None:
    wrong = replace(BLOCKS, parameters={**BLOCKS.parameters, "coverers": 41})
    with pytest.raises(ValueError, match=r"exit code 2.*--coverers"):
        run_commands(wrong)
