"""The covering structure: found only where it is, and each reduction loses nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, vstack
from small_programs import (
    Enumeration,
    Floats,
    Kind,
    Rng,
    chosen_of,
    draw_program,
    names,
    problem_of,
)

from laws import on
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.feasibility import is_feasible
from siting.solve.presolve.cover import (
    CoverProblem,
    equal_rows,
    fold_single,
    merge_equal,
    recognise,
    restrict,
    settle_decided,
)
from siting.solve.solutions import extend

SEEDS = range(60)
BIG = Kind(offers=30, demands=80)


def simple() -> Program:
    """Two offers, two demand rows, a budget."""
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 2))
    builder.add_columns("covered", names("R", 2), objective=[3.0, 4.0], domain=Domain.IMPLIED)
    eye = csr_array(np.eye(2))
    builder.add_rows("cover", names("R", 2), {"choose": -eye, "covered": eye}, upper=0.0)
    builder.add_rows("budget", (), {"choose": csr_array(np.array([[1.0, 2.0]]))}, upper=2.0)
    return builder.build()


def changed(program: Program, name: str, position: int, value: float) -> Program:
    array = getattr(program, name).copy()
    array[position] = value
    return replace(program, **{name: array})


def with_coefficient(program: Program, row: int, column: int, value: float) -> Program:
    dense = program.matrix.toarray()
    dense[row, column] = value
    return replace(program, matrix=csr_array(dense))


# --- recognising --------------------------------------------------------------------------------


def test_the_simple_program_has_the_structure() -> None:
    problem = problem_of(simple())
    assert problem.gain.tolist() == [3.0, 4.0]
    assert problem.side.toarray().tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(changed(simple(), "domain", 0, Domain.CONTINUOUS), id="continuous column"),
        pytest.param(changed(simple(), "objective", 2, -1.0), id="negative weight"),
        pytest.param(changed(simple(), "lower", 2, 1.0), id="implied column not from 0"),
        pytest.param(changed(simple(), "upper", 2, 2.0), id="implied column not to 1"),
        pytest.param(changed(simple(), "upper", 0, 2.0), id="offer taken twice"),
        pytest.param(changed(simple(), "lower", 0, -1.0), id="offer taken less than not at all"),
        pytest.param(changed(simple(), "row_upper", 0, 1.0), id="demand met by nothing"),
        pytest.param(changed(simple(), "row_lower", 0, 0.0), id="demand row with a lower limit"),
        pytest.param(with_coefficient(simple(), 0, 0, -2.0), id="offer that counts twice"),
        pytest.param(with_coefficient(simple(), 0, 0, 1.0), id="offer that takes away"),
        pytest.param(with_coefficient(simple(), 0, 2, 2.0), id="demand that takes two offers"),
        pytest.param(with_coefficient(simple(), 0, 3, 1.0), id="two implied columns in a row"),
        pytest.param(with_coefficient(simple(), 2, 2, 1.0), id="two rows for an implied column"),
        pytest.param(with_coefficient(simple(), 0, 2, 0.0), id="implied column without a row"),
    ],
)
def test_a_program_without_the_structure_is_not_recognised(program: Program) -> None:
    assert recognise(program) is None


def test_rows_need_not_be_in_order() -> None:
    program = simple()
    order = [2, 1, 0]
    turned = replace(
        program,
        matrix=csr_array(program.matrix[order]),
        row_lower=program.row_lower[order],
        row_upper=program.row_upper[order],
    )
    problem = problem_of(turned)
    assert problem.cover_rows.tolist() == [1, 2]
    assert problem.side_rows.tolist() == [0]


# --- nothing is lost ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choice_is_worth_as_much_on_the_reduced_problem(seed: int) -> None:
    program = draw_program(seed, Kind(offers=8))
    problem = problem_of(program)
    for values in Enumeration(program).choices():
        worth = program.value(extend(program, values))
        assert problem.value(chosen_of(problem, values)) == pytest.approx(worth, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choice_comes_back_as_it_went(seed: int) -> None:
    program = draw_program(seed, Kind(offers=8))
    problem = problem_of(program)
    whole = program.domain == Domain.INTEGER
    for values in Enumeration(program).choices():
        back = problem.to_values(chosen_of(problem, values).astype(float), program)
        assert np.array_equal(back[whole], values[whole])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choice_holds_on_the_reduced_program_where_it_holds_on_the_whole(seed: int) -> None:
    program = draw_program(seed, Kind(offers=8))
    problem = problem_of(program)
    smaller = problem.to_program()
    for values in Enumeration(program).choices():
        start = np.concatenate([chosen_of(problem, values), np.zeros(len(problem.weights))])
        there = extend(smaller, start.astype(float))
        assert is_feasible(smaller, there) == is_feasible(program, extend(program, values))
        assert smaller.value(there) == pytest.approx(problem.value(chosen_of(problem, values)))


def test_the_reductions_do_reduce() -> None:
    rows = sum(len(problem_of(draw_program(seed, BIG)).weights) for seed in SEEDS)
    before = sum(draw_program(seed, BIG).section("covered").stop for seed in SEEDS)
    assert 0 < rows < 0.7 * before


@pytest.mark.parametrize("seed", SEEDS)
def test_no_reduced_demand_row_is_empty_single_worthless_or_twice_there(seed: int) -> None:
    problem = problem_of(draw_program(seed, BIG))
    assert np.all(np.diff(problem.cover.indptr) >= 2)
    assert np.all(problem.weights > 0)
    rows = {tuple(row) for row in problem.cover.toarray()}
    assert len(rows) == len(problem.weights)


@pytest.mark.parametrize("seed", SEEDS)
def test_decided_offers_cover_no_row_that_is_left(seed: int) -> None:
    problem = problem_of(draw_program(seed, replace(BIG, fixed=0.2)))
    assert not np.any(problem.cover @ (problem.lower >= 1).astype(float))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_demand_row_knows_where_its_weight_went(seed: int) -> None:
    program = draw_program(seed, BIG)
    problem = problem_of(program)
    weights = program.objective[program.section("covered").slice]
    here = problem.demand_of >= 0
    moved = np.bincount(
        problem.demand_of[here], weights=weights[here], minlength=len(problem.weights)
    )
    assert moved == pytest.approx(problem.weights)
    elsewhere = problem.offset - program.offset + problem.gain.sum()
    assert weights[problem.demand_of == -1].sum() == pytest.approx(elsewhere)


# --- bounds come back ---------------------------------------------------------------------------


def is_no_worse(problem: CoverProblem, program: Program, usable: Floats) -> bool:
    """Whether a bound on the program is that on the reduced one, give or take the widening."""
    smaller = problem.to_program()
    here, there = (
        safe_bound(smaller, usable),
        safe_bound(program, problem.to_multipliers(usable, program)),
    )
    paid = abs(smaller.matrix) @ np.ones(smaller.shape[1]) + np.abs(smaller.row_upper)
    return bool(there <= here + 1e-12 * (abs(here) + program.objective.sum() + usable @ paid))


@pytest.mark.parametrize("seed", SEEDS)
def test_multipliers_of_a_relaxation_prove_the_same_bound_on_the_program(seed: int) -> None:
    # Nothing decided, so that the relaxation has a solution.
    program = draw_program(seed, replace(BIG, fixed=0.0))
    problem = problem_of(program)
    smaller = problem.to_program()
    relaxation = run_call(RelaxCall(smaller, Relaxer.SIMPLEX, 3600.0), lambda _best, _bound: None)
    assert isinstance(relaxation, Relaxation)
    usable = usable_multipliers(smaller, relaxation.multipliers)
    assert is_no_worse(problem, program, usable)


@given(st.integers(0, 10_000), st.floats(0, 100))
@on(60)
def test_any_multipliers_prove_the_same_bound_on_the_program(seed: int, size: float) -> None:
    program = draw_program(seed)
    problem = problem_of(program)
    smaller = problem.to_program()
    drawn = np.random.default_rng(seed).uniform(0, 1, smaller.shape[0]) * size
    usable = usable_multipliers(smaller, drawn)
    assert is_no_worse(problem, program, usable)


# --- one reduction at a time --------------------------------------------------------------------


def draw_matrix(rng: Rng, rows: int, columns: int) -> csr_array:
    return csr_array((rng.random((rows, columns)) < 0.3).astype(float))


def draw_problem(seed: int) -> CoverProblem:
    """A covering problem that is not reduced, with decided offers and worthless demand."""
    rng = np.random.default_rng(seed)
    rows, offers = int(rng.integers(0, 20)), int(rng.integers(1, 8))
    lower = (rng.random(offers) < 0.15).astype(float)
    return CoverProblem(
        weights=rng.integers(0, 9, rows).astype(float),
        cover=draw_matrix(rng, rows, offers),
        gain=rng.integers(0, 5, offers).astype(float),
        side=csr_array(np.ones((1, offers))),
        side_lower=np.array([-np.inf]),
        side_upper=np.array([float(offers // 2 + 1)]),
        lower=lower,
        upper=np.ones(offers),
        offset=2.0,
        offers=np.arange(offers),
        demand_of=np.arange(rows),
        cover_rows=np.arange(rows),
        side_rows=np.array([rows]),
    )


def choices_of(problem: CoverProblem, count: int = 30) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    drawn = rng.random((count, len(problem.offers))) < 0.5
    return [row | (problem.lower >= 1) for row in drawn]


@pytest.mark.parametrize("seed", SEEDS)
def test_merging_keeps_the_worth_of_every_choice(seed: int) -> None:
    problem = draw_problem(seed)
    merged = merge_equal(problem)
    for chosen in choices_of(problem):
        assert merged.value(chosen) == problem.value(chosen)


@pytest.mark.parametrize("seed", SEEDS)
def test_folding_keeps_the_worth_of_every_choice(seed: int) -> None:
    problem = draw_problem(seed)
    folded = fold_single(problem)
    for chosen in choices_of(problem):
        assert folded.value(chosen) == problem.value(chosen)


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_keeps_the_worth_of_every_choice(seed: int) -> None:
    problem = draw_problem(seed)
    settled = settle_decided(problem, problem.lower >= 1)
    for chosen in choices_of(problem):
        assert settled.value(chosen) == problem.value(chosen)


@given(st.integers(0, 10_000))
@on(100)
def test_equal_rows_and_only_they_share_a_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    once = draw_matrix(rng, int(rng.integers(1, 12)), int(rng.integers(1, 6)))
    matrix = csr_array(vstack([once, once[rng.permutation(once.shape[0])]], format="csr"))
    dense, group = matrix.toarray(), equal_rows(matrix)
    equal = (dense[:, None, :] == dense[None, :, :]).all(axis=2)
    assert np.array_equal(group[:, None] == group[None, :], equal)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (0, 0)])
def test_equal_rows_of_an_empty_matrix_are_one_at_most(shape: tuple[int, int]) -> None:
    assert equal_rows(csr_array(shape)).tolist() == [0] * shape[0]


def test_equal_rows_need_not_hold_their_entries_in_one_order() -> None:
    matrix = csr_array((np.ones(4), np.array([2, 0, 0, 2]), np.array([0, 2, 4])), shape=(2, 3))
    assert len(set(equal_rows(matrix).tolist())) == 1


# --- some of the offers -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_solutions_of_some_offers_are_solutions_of_the_whole(seed: int) -> None:
    program = draw_program(seed, replace(BIG, fixed=0.15))
    problem = problem_of(program)
    rng = np.random.default_rng(seed)
    keep = (rng.random(len(problem.offers)) < 0.5) | (problem.lower >= 1)
    part = restrict(problem, keep)
    smaller = part.to_program()
    for chosen in choices_of(part):
        here = extend(smaller, np.concatenate([chosen, np.zeros(len(part.weights))]))
        there = extend(program, part.to_values(chosen.astype(float), program))
        assert program.value(there) == pytest.approx(smaller.value(here), rel=1e-12)
        assert is_feasible(program, there) == is_feasible(smaller, here)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_of_the_offers_are_the_whole(seed: int) -> None:
    problem = problem_of(draw_program(seed, BIG))
    same = restrict(problem, np.ones(len(problem.offers), dtype=bool))
    assert same.to_program().shape == problem.to_program().shape
    for chosen in choices_of(problem):
        assert same.value(chosen) == pytest.approx(problem.value(chosen))
