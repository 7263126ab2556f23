"""Cuts from odd cycles: what they say, how they are found; no whole solution breaks one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array
from small_programs import Enumeration, Floats, draw_town, names, problem_of
from test_engine_steps import badly_scaled, draw_overlapping

from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve.backends.calls import CutCall, RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.cuts.covering import cut_part
from siting.solve.cuts.odd_cycles import cut_rows, separate, with_cuts
from siting.solve.presolve.cover import CoverProblem, restrict

SEEDS = range(24)


def triangle(slots: int = 0) -> Program:
    """Three demand rows, each of two of three offers, and money for one offer and a half.

    Args:
        slots: So many of the demand rows are rows of a single slot instead.
    """
    pairs = csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    demands = 3 - slots
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 3), objective=1.0 if slots else 0.0)
    builder.add_columns("covered", names("R", demands), objective=8.0, domain=Domain.IMPLIED)
    terms = {"choose": -pairs[:demands], "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", names("R", demands), terms, upper=0.0)
    builder.add_rows("slots", names("S", slots), {"choose": pairs[demands:]}, upper=1.0)
    builder.add_rows("budget", (), {"choose": csr_array(np.full((1, 3), 2.0))}, upper=3.0)
    return builder.build()


def relaxed(program: Program) -> Relaxation:
    found = run_call(RelaxCall(program, Relaxer.SIMPLEX, 3600.0), lambda _best, _bound: None)
    assert isinstance(found, Relaxation)
    return found


def strengthened(program: Program, floor: float = 0.0) -> Relaxation:
    call = CutCall(program, 3600.0, floor, relaxed(program).multipliers)
    found = run_call(call, lambda _best, _bound: None)
    assert isinstance(found, Relaxation)
    assert found.cut_multipliers is not None
    return found


def bound_of(program: Program, found: Relaxation) -> float:
    whole = with_cuts(program, found.cut_multipliers)
    return safe_bound(whole, usable_multipliers(whole, found.multipliers))


def whole_solutions(program: Program) -> Iterator[Floats]:
    """Every choice that holds with every way to count the demand that it covers."""
    counted = Enumeration(program)
    implied = np.flatnonzero(program.domain == Domain.IMPLIED)
    rng = np.random.default_rng(0)
    for choice in counted.choices():
        if not counted.holds(choice):
            continue
        most = choice.copy()
        for row in range(len(implied)):
            near = program.matrix[[row]].toarray()[0, : program.columns[0].stop] < 0
            most[implied[row]] = min(1.0, choice[: len(near)][near].sum())
        yield most
        # Demand need not be counted where it is covered.
        fewer = most.copy()
        fewer[implied] *= rng.random(len(implied)) < 0.7
        yield fewer


# --- what a cut says ----------------------------------------------------------------------------


def test_a_triangle_of_demand_needs_two_offers() -> None:
    """All three covered takes two offers: y1 + y2 + y3 <= 1 + (x1 + x2 + x3) - ... by halves."""
    matrix, upper = cut_rows(triangle(), csr_array(np.array([[1.0, 1.0, 1.0, 0.0]])))
    assert matrix.toarray().tolist() == [[-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]]
    assert upper.tolist() == [1.0]


def test_a_triangle_of_single_slots_has_room_for_one() -> None:
    matrix, upper = cut_rows(triangle(slots=3), csr_array(np.array([[1.0, 1.0, 1.0, 0.0]])))
    assert matrix.toarray().tolist() == [[1.0, 1.0, 1.0]]
    assert upper.tolist() == [1.0]


def test_slots_and_demand_make_a_cut_together() -> None:
    """Of two demand rows that meet in an offer and a slot that the others share."""
    matrix, upper = cut_rows(triangle(slots=1), csr_array(np.array([[1.0, 1.0, 1.0, 0.0]])))
    assert matrix.toarray().tolist() == [[0.0, -1.0, 0.0, 1.0, 1.0]]
    assert upper.tolist() == [1.0]


def test_a_row_twice_by_half_is_the_row() -> None:
    matrix, upper = cut_rows(triangle(slots=3), csr_array(np.array([[2.0, 0.0, 0.0, 0.0]])))
    assert matrix.toarray().tolist() == [[1.0, 1.0, 0.0]]
    assert upper.tolist() == [1.0]


def test_without_cuts_a_program_stays_what_it_is() -> None:
    program = triangle()
    assert with_cuts(program, None) is program
    assert with_cuts(program, csr_array((0, program.shape[0]))) is program


def test_cuts_stand_behind_the_rows() -> None:
    program = triangle()
    cut = with_cuts(program, csr_array(np.array([[1.0, 1.0, 1.0, 0.0]])))
    assert cut.shape == (5, 6)
    assert cut.rows[-1].name == "cut"
    assert cut.rows[-1].slice == slice(4, 5)
    assert (cut.row_lower[4], cut.row_upper[4]) == (-np.inf, 1.0)
    assert np.array_equal(cut.matrix[:4].toarray(), program.matrix.toarray())


# --- finding them -------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [0, 1, 3])
def test_the_odd_cycle_of_a_triangle_is_found(slots: int) -> None:
    program = triangle(slots)
    cut_multipliers = np.full(3, 0.5)
    found = separate(program, np.concatenate([cut_multipliers, np.ones(3 - slots)]))
    assert found.toarray().tolist() == [[1.0, 1.0, 1.0, 0.0]]


def test_a_cycle_of_five_is_found_and_an_even_one_is_not() -> None:
    for length, expected in ((5, 1), (6, 0)):
        near = np.eye(length) + np.roll(np.eye(length), 1, axis=1)
        builder = ProgramBuilder()
        builder.add_columns("choose", names("O", length))
        builder.add_columns("covered", names("R", length), objective=1.0, domain=Domain.IMPLIED)
        terms = {"choose": -csr_array(near), "covered": eye_array(length, format="csr")}
        builder.add_rows("cover", names("R", length), terms, upper=0.0)
        values = np.concatenate([np.full(length, 0.5), np.ones(length)])
        found = separate(builder.build(), values)
        assert found.toarray().tolist() == [[1.0] * length] * expected


@pytest.mark.parametrize("values", [[1, 0, 0, 1, 0, 1], [1, 1, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0]])
def test_a_whole_solution_breaks_nothing(values: list[float]) -> None:
    assert separate(triangle(), np.array(values, dtype=float)).shape == (0, 4)


def test_an_offer_that_is_taken_whole_leaves_its_rows_no_part_in_a_cycle() -> None:
    """A fourth offer that covers the first row is taken: that row has room for everything."""
    near = np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 4))
    builder.add_columns("covered", names("R", 3), objective=1.0, domain=Domain.IMPLIED)
    terms = {"choose": -csr_array(near), "covered": eye_array(3, format="csr")}
    builder.add_rows("cover", names("R", 3), terms, upper=0.0)
    values = np.array([0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0])
    assert separate(builder.build(), values).shape == (0, 3)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_is_broken_by_the_relaxation_that_it_is_found_for(seed: int) -> None:
    program = problem_of(draw_town(200, 1500, seed)).to_program()
    values = relaxed(program).values
    found = separate(program, values)
    matrix, upper = cut_rows(program, found)
    assert found.shape[0] > 0
    assert np.all(matrix @ values > upper + 1e-3)
    assert len(np.unique(found.toarray(), axis=0)) == found.shape[0]


# --- no whole solution breaks one ---------------------------------------------------------------


def drawn(seed: int) -> Program:
    program = draw_overlapping(np.random.default_rng([seed, 7]))
    return problem_of(program).to_program()


@pytest.mark.parametrize(
    "seeds", [SEEDS[::3], *(pytest.param(SEEDS[k::3], marks=pytest.mark.slow) for k in (1, 2))]
)
def test_no_whole_solution_breaks_a_cut(seeds: range) -> None:
    """Of relaxations with other weights, so that many cuts are looked at."""
    looked_at = 0
    for seed in seeds:
        program = drawn(seed)
        rng = np.random.default_rng(seed)
        solutions = np.array(list(whole_solutions(program)))
        for _ in range(4):
            perturbed = replace(
                program, objective=program.objective * rng.uniform(0.2, 1.8, program.shape[1])
            )
            cut = with_cuts(program, strengthened(perturbed).cut_multipliers)
            rows = slice(program.shape[0], None)
            looked_at += cut.shape[0] - program.shape[0]
            activity = cut.matrix[rows] @ solutions.T
            assert np.all(activity <= cut.row_upper[rows, None]), f"program {seed}"
    assert looked_at >= 12


def test_no_whole_solution_breaks_a_cut_of_any_rows_at_all() -> None:
    """Not only of cycles: a cut is valid whichever rows it is made of."""
    for seed in range(20):
        program = drawn(seed)
        rng = np.random.default_rng(seed)
        able = np.ones(program.shape[0])
        able[program.shape[1] - program.columns[0].stop :] = (
            program.row_upper[program.shape[1] - program.columns[0].stop :] == 1
        )
        cut_multipliers = csr_array(able * rng.integers(0, 3, (40, program.shape[0])))
        matrix, upper = cut_rows(program, cut_multipliers)
        for solution in whole_solutions(program):
            assert np.all(matrix @ solution <= upper)


# --- the bound ----------------------------------------------------------------------------------


def test_the_bound_of_the_strengthened_relaxation_holds_and_is_lower() -> None:
    lower = 0
    for seed in SEEDS:
        rng = np.random.default_rng([seed, 7])
        program = draw_overlapping(rng)
        if seed % 2:
            program = badly_scaled(program, rng)
            program = replace(program, objective=program.objective * 2.0 ** rng.integers(-10, 11))
        best = Enumeration(program).best()
        assert best is not None
        small = problem_of(program).to_program()
        found = strengthened(small)
        bound = bound_of(small, found)
        assert bound >= float(best) * (1 - 1e-12), f"program {seed}"
        before = bound_of(small, relaxed(small))
        assert bound <= before * (1 + 1e-9)
        lower += bound < before * (1 - 1e-6)
    assert lower >= 4


def test_wrong_multipliers_prove_less_and_never_too_much() -> None:
    for seed in range(10):
        program = drawn(seed)
        best = Enumeration(program).best()
        assert best is not None
        found = strengthened(program)
        rng = np.random.default_rng(seed)
        for size in (1e-9, 0.1, 3.0):
            off = found.multipliers + size * rng.normal(size=len(found.multipliers))
            assert bound_of(program, replace(found, multipliers=off)) >= float(best) * (1 - 1e-12)


def test_the_relaxation_keeps_its_cuts() -> None:
    program = problem_of(draw_town(200, 1500)).to_program()
    found = strengthened(program)
    assert found.cut_multipliers is not None
    matrix, upper = cut_rows(program, found.cut_multipliers)
    assert len(upper) > 0
    assert np.all(matrix @ found.values <= upper + 1e-6)
    assert len(found.multipliers) == program.shape[0] + len(upper)


def test_out_of_time_there_are_no_cuts() -> None:
    program = problem_of(draw_town(60, 300)).to_program()
    assert run_call(CutCall(program, 0.0, -np.inf), lambda _best, _bound: None) is None


def test_no_round_follows_one_that_gains_little() -> None:
    """From a floor far below, no round closes much of the gap: the first is the last."""
    program = problem_of(draw_town(200, 1500)).to_program()
    most = strengthened(program, bound_of(program, strengthened(program)) * 0.999)
    least = strengthened(program, -1e12)
    assert most.cut_multipliers is not None
    assert least.cut_multipliers is not None
    assert 0 < least.cut_multipliers.shape[0] < most.cut_multipliers.shape[0]


# --- cuts in a part of a problem ----------------------------------------------------------------


def parts(problem: CoverProblem, rng: np.random.Generator) -> Iterator[CoverProblem]:
    for share in (0.9, 0.6, 0.3):
        decided = np.where(rng.random(len(problem.offers)) < 0.15, 1.0, problem.lower)
        keep = (rng.random(len(problem.offers)) < share) | (decided >= 1)
        yield restrict(replace(problem, lower=decided), keep)


def test_a_part_breaks_a_cut_where_the_whole_does() -> None:
    """Each choice within the part breaks the cut there exactly if it does as one of the whole."""
    broken = 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 11])
        problem = problem_of(draw_overlapping(rng))
        program = problem.to_program()
        # Of rows at random and with less room than they have, so that some choices break them.
        cut_multipliers = csr_array(
            rng.integers(0, 2, (30, program.shape[0]))
            * (np.arange(program.shape[0]) < len(problem.weights)).astype(float)
        )
        matrix, upper = cut_rows(program, cut_multipliers)
        for part in parts(problem, rng):
            rows = cut_part(problem, part, cut_multipliers, part.to_program())
            cuts = slice(part.to_program().shape[0], None)
            assert rows.shape[0] - cuts.start == len(upper)
            for choice in rng.integers(0, 2, (40, len(part.offers))):
                small = np.maximum(choice, part.lower)
                large = np.zeros(len(problem.offers))
                large[np.searchsorted(problem.offers, part.offers)] = small
                here = full(part, small)
                there = full(problem, large)
                left = rows.row_upper[cuts] - rows.matrix[cuts] @ here
                np.testing.assert_allclose(left, upper - matrix @ there, atol=1e-9)
                broken += int(np.sum(left < 1))
    assert broken > 100


def full(problem: CoverProblem, chosen: Floats) -> Floats:
    return np.concatenate([chosen, np.minimum(1.0, problem.cover @ chosen)])
