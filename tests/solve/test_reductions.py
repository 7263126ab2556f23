"""Idle rows and nested rows: each loses nothing, and is refused where it would."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from small_programs import Floats, Kind, Rng, draw_program, names, problem_of
from small_programs import draw_town as draw_plane

from laws import on
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve import Step
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.feasibility import is_feasible
from siting.solve.presolve import nested
from siting.solve.presolve.cover import CoverProblem, recognise
from siting.solve.presolve.idle_rows import without_idle_rows
from siting.solve.presolve.nested import Nesting, may_nest, nest
from siting.solve.solutions import extend

SEEDS = range(100)
Flags = NDArray[np.bool_]


# --- small problems with rows of every kind -----------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A side row: what it takes of each offer, and its limits."""

    takes: tuple[float, ...]
    upper: float = np.inf
    lower: float = -np.inf


def program_of(
    cover: list[set[int]],
    *rows: Row,
    gains: tuple[float, ...] | None = None,
    locked: tuple[int, ...] = (),
    weights: tuple[float, ...] | None = None,
) -> Program:
    """A program of offers by the demand rows that they cover; rows weigh 1, 2, 4 and so on."""
    offers, demands = len(cover), 1 + max((row for rows in cover for row in rows), default=0)
    near = np.array([[row in rows for rows in cover] for row in range(demands)], dtype=float)
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", offers), objective=gains or 0.0)
    builder.add_columns(
        "covered",
        names("R", demands),
        objective=weights or 2.0 ** np.arange(demands),
        domain=Domain.IMPLIED,
    )
    terms = {"choose": -csr_array(near), "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", names("R", demands), terms, upper=0.0)
    for row in rows:
        takes = csr_array(np.array([row.takes]))
        builder.add_rows("side", (), {"choose": takes}, lower=row.lower, upper=row.upper)
    builder.fix("choose", list(locked), 1.0)
    return builder.build()


def draw_rows(rng: Rng, offers: int) -> list[Row]:
    """A budget, slots, quotas, exclusions, requirements; all limits are whole numbers."""
    rows = []
    cost = tuple(rng.integers(0, 4, offers).astype(float))
    if rng.random() < 0.7:
        rows.append(Row(cost, upper=float(rng.integers(0, 2 * offers))))
    if rng.random() < 0.5:
        site = rng.integers(0, 3, offers)
        rows += [Row(tuple((site == s) * 1.0), upper=float(rng.integers(1, 4))) for s in range(3)]
    if rng.random() < 0.3:
        some = tuple((rng.random(offers) < 0.5) * 1.0)
        rows.append(Row(some, lower=float(rng.integers(0, 3)), upper=float(rng.integers(2, 5))))
    for _ in range(int(rng.integers(0, 3))):
        pair = np.zeros(offers)
        pair[rng.choice(offers, 2, replace=False)] = 1.0
        if rng.random() < 0.5:
            rows.append(Row(tuple(pair), upper=1.0))
        else:
            # One of the two only with the other.
            pair[np.flatnonzero(pair)[0]] = -1.0
            rows.append(Row(tuple(pair), upper=0.0))
    return rows


def draw(seed: int) -> Program:
    """Offers whose catchments lie inside each other often, with side rows, gains and locks."""
    rng = np.random.default_rng(seed)
    offers, demands = int(rng.integers(2, 8)), int(rng.integers(1, 9))
    cover: list[set[int]] = []
    for _ in range(offers):
        base = cover[int(rng.integers(len(cover)))] if cover and rng.random() < 0.7 else set()
        more = set(np.flatnonzero(rng.random(demands) < 0.3).tolist())
        less = set(np.flatnonzero(rng.random(demands) < 0.2).tolist())
        cover.append((base | more) - less)
    gains = rng.choice([0.0, 0.0, -1.0, 2.0], offers) if rng.random() < 0.3 else np.zeros(offers)
    locked = np.flatnonzero(rng.random(offers) < rng.choice([0.0, 0.1])).tolist()
    rows = draw_rows(rng, offers)
    return program_of(cover, *rows, gains=tuple(gains), locked=tuple(locked))


def choices(problem: CoverProblem) -> Flags:
    """Every choice of the undecided offers, shape (choices, offers)."""
    ranges = [(True,) if low >= 1 else (False, True) for low in problem.lower]
    every = list(itertools.product(*ranges))
    return np.array(every, dtype=bool).reshape(len(every), len(problem.offers))


def holding(problem: CoverProblem) -> Flags:
    """Every choice that all side rows allow, shape (choices, offers)."""
    every = choices(problem)
    used = every.astype(float) @ problem.side.toarray().T
    return every[np.all((used <= problem.side_upper) & (used >= problem.side_lower), axis=1)]


def optimum(problem: CoverProblem) -> float:
    """The best value of a choice that holds, counted; -inf where there is none."""
    plans = holding(problem)
    if len(plans) == 0:
        return -np.inf
    covered = plans.astype(float) @ problem.cover.toarray().T > 0
    return problem.offset + float(np.max(plans @ problem.gain + covered @ problem.weights))


def kept(problem: CoverProblem) -> list[int]:
    return [int(offer) for offer in problem.offers]


# --- nothing is lost ----------------------------------------------------------------------------


def test_the_optimum_is_kept() -> None:
    for seed in SEEDS:
        problem = problem_of(draw(seed))
        assert optimum(without_idle_rows(problem)) == optimum(problem), f"problem {seed}"


@given(st.integers(1000, 10**9))
@on(200)
def test_the_optimum_is_that_of_the_problem_as_it_was_given(seed: int) -> None:
    program = draw(seed)
    plain = recognise(program, frozenset(Step))
    assert plain is not None
    assert optimum(without_idle_rows(problem_of(program))) == optimum(plain)


def test_plans_come_back_as_plans_of_the_program_worth_as_much() -> None:
    for seed in SEEDS[:100]:
        program = draw(seed)
        smaller = without_idle_rows(problem_of(program))
        for plan in holding(smaller)[:20]:
            full = extend(program, smaller.to_values(plan.astype(float), program))
            assert is_feasible(program, full), f"problem {seed}"
            assert program.value(full) == smaller.value(plan), f"problem {seed}"


def test_no_multipliers_prove_a_bound_below_the_optimum() -> None:
    for seed in SEEDS:
        program, rng = draw(seed), np.random.default_rng(seed)
        problem = problem_of(program)
        smaller, best = without_idle_rows(problem), optimum(problem)
        count = len(smaller.weights) + len(smaller.side_upper)
        drawn = rng.normal(1.0, 3.0, count) * (rng.random(count) < 0.7)
        usable = usable_multipliers(smaller.to_program(), drawn)
        assert safe_bound(program, smaller.to_multipliers(usable, program)) >= best


def test_the_reductions_do_reduce() -> None:
    """Drawn problems that leave nothing to drop would prove nothing."""
    problems = [problem_of(draw(seed)) for seed in SEEDS]
    rows = [len(without_idle_rows(p).side_rows) < len(p.side_rows) for p in problems]
    solvable = [np.isfinite(optimum(p)) for p in problems]
    assert min(sum(rows), sum(solvable)) >= 20
    assert not all(solvable)


# Offer 0 lies inside offer 1, and inside no other.
INSIDE = [{0}, {0, 1}, {1, 2}, {2, 3}]


def draw_blocks(seed: int) -> Program:
    """Upper limits and no gains of the offers' own, as the blocks of a model write them."""
    rng = np.random.default_rng(seed)
    offers, demands = int(rng.integers(5, 25)), int(rng.integers(5, 40))
    centre = rng.random((offers, 2))
    reach = rng.choice([0.1, 0.3, 0.5], offers)
    near = ((rng.random((demands, 1, 2)) - centre) ** 2).sum(axis=2) < reach**2
    cost = tuple(rng.integers(1, 5, offers).astype(float))
    site = rng.integers(0, 4, offers)
    slots = [Row(tuple((site == s) * 1.0), upper=float(rng.integers(2, 9))) for s in range(4)]
    return program_of(
        [set(np.flatnonzero(column).tolist()) for column in near.T] + [{demands - 1}],
        Row((*cost, 1.0), upper=float(sum(cost) // 3)),
        *(replace(row, takes=(*row.takes, 0.0)) for row in slots),
        weights=tuple(rng.integers(1, 99, demands).astype(float)),
    )


# --- idle rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "limits"),
    [
        (Row((1, 1, 1, 1), upper=4.0), None),
        (Row((1, 1, 1, 1), upper=3.0), (-np.inf, 3.0)),
        (Row((1, 1, 1, 1), lower=0.0), None),
        (Row((1, 1, 1, 1), lower=1.0), (1.0, np.inf)),
        (Row((1, 1, 1, 1), lower=0.0, upper=2.0), (-np.inf, 2.0)),
        (Row((1, 1, 1, 1), lower=2.0, upper=9.0), (2.0, np.inf)),
        (Row((1, -1, -1, -1), upper=0.0), (-np.inf, 0.0)),
        (Row((-1, -1, -1, -1), upper=0.0), None),
        (Row((-1, -1, 1, 1), lower=-2.0), None),
        (Row((-1, -1, -1, 1), lower=-2.0), (-2.0, np.inf)),
    ],
)
def test_limits_that_no_choice_breaks_are_taken_out(
    row: Row, limits: tuple[float, float] | None
) -> None:
    smaller = without_idle_rows(problem_of(program_of(INSIDE, row)))
    left = list(zip(smaller.side_lower, smaller.side_upper, strict=True))
    assert left == ([] if limits is None else [limits])


def test_decided_offers_take_their_part_of_a_row() -> None:
    """Offer 0 is in: it relieves the row by 1 for good, so two others fit whatever they are."""
    row = Row((-1.0, 1.0, 1.0, 0.0), upper=1.0)
    free, decided = program_of(INSIDE, row), program_of(INSIDE, row, locked=(0,))
    assert len(without_idle_rows(problem_of(free)).side_rows) == 1
    assert len(without_idle_rows(problem_of(decided)).side_rows) == 0


# --- nested rows --------------------------------------------------------------------------------


def covered_most(program: Program, chosen: Floats) -> Floats:
    """The most of each demand row that the rows of a nested program allow for a choice."""
    offers = len(chosen)
    demands = program.shape[1] - offers
    matrix = program.matrix.toarray()[:demands]
    others = np.eye(demands) - matrix[:, offers:]
    covered = np.ones(demands)
    for _ in range(demands + 1):
        covered = np.minimum(1.0, others @ covered - matrix[:, :offers] @ chosen)
    return covered


def test_nested_rows_allow_what_plain_rows_do() -> None:
    fewer = 0
    for seed in SEEDS:
        problem = problem_of(draw(seed))
        program = nest(problem).to_program()
        fewer += program.matrix.nnz < problem.to_program().matrix.nnz
        for plan in choices(problem).astype(float):
            plain = np.minimum(1.0, problem.cover @ plan)
            assert np.array_equal(covered_most(program, plan), plain), f"problem {seed}"
    assert fewer >= 20


def test_each_row_stands_on_the_largest_row_inside_it() -> None:
    for seed in range(40):
        problem = problem_of(draw_program(seed, Kind(offers=12, demands=60)))
        rows = [set(np.flatnonzero(row).tolist()) for row in problem.cover.toarray()]
        for row, parent in zip(rows, nest(problem).parent, strict=True):
            inside = [len(other) for other in rows if other < row]
            assert (len(rows[parent]) if parent >= 0 else 0) == max(inside, default=0)
            assert parent < 0 or rows[parent] < row


def test_equal_rows_do_not_stand_on_each_other() -> None:
    program = program_of([{0, 1, 2}, {0, 1, 2}, {2}])
    problem = recognise(program, frozenset({Step.MERGE_ROWS}))
    assert problem is not None
    assert nest(problem).parent.tolist() == [-1, -1, 0]


def test_a_row_of_one_offer_is_stood_on_by_none() -> None:
    problem = recognise(program_of([{0, 1}, {1}]), frozenset({Step.FOLD}))
    assert problem is not None
    assert nest(problem).parent.tolist() == [-1, -1]


def test_nesting_is_refused_where_it_would_say_something_else_or_take_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = problem_of(program_of([{0, 1, 2}, {0, 1}, {1, 2, 3}, {3}]))
    assert may_nest(problem)
    assert np.any(nest(problem).parent >= 0)
    negative = replace(problem, weights=-problem.weights)
    assert not may_nest(negative)
    assert np.all(nest(negative).parent < 0)
    monkeypatch.setattr(nested, "_MOST_WORK", 1)
    assert not may_nest(problem)
    assert nest(problem).to_program().matrix.nnz == problem.to_program().matrix.nnz


def test_rows_are_compared_a_block_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(draw_plane(60, 200))
    all_at_once = nest(problem).parent
    monkeypatch.setattr(nested, "_CHUNK", 1)
    assert np.array_equal(nest(problem).parent, all_at_once)


def is_no_worse(nesting: Nesting, multipliers: Floats) -> bool:
    plain, program = nesting.problem.to_program(), nesting.to_program()
    usable = usable_multipliers(program, multipliers)
    here, there = safe_bound(program, usable), safe_bound(plain, nesting.to_multipliers(usable))
    return there <= here + 1e-9 * max(1.0, abs(here))


@given(st.integers(0, 10**9), st.floats(0.01, 50))
@on(150)
def test_multipliers_of_nested_rows_prove_as_much_of_plain_rows(seed: int, size: float) -> None:
    nesting = nest(problem_of(draw_blocks(seed)))
    drawn = np.random.default_rng(seed).uniform(0, size, nesting.to_program().shape[0])
    assert is_no_worse(nesting, drawn)


def test_a_relaxation_of_nested_rows_proves_the_same_bound() -> None:
    """Degenerate multipliers let a row pay less than the rows that stand on it."""
    asked_too_much = 0
    for seed in range(6):
        problem = problem_of(draw_plane(40, 250, seed))
        nesting = nest(problem)
        bounds = []
        for program in (problem.to_program(), nesting.to_program()):
            answer = run_call(
                RelaxCall(program, Relaxer.SIMPLEX, 3600.0), lambda _best, _bound: None
            )
            assert isinstance(answer, Relaxation)
            multipliers = usable_multipliers(program, answer.multipliers)
            bounds.append(safe_bound(program, multipliers))
        back = nesting.to_multipliers(multipliers)
        bounds.append(safe_bound(problem.to_program(), back))
        assert bounds == pytest.approx([bounds[0]] * 3, rel=1e-6), f"problem {seed}"
        own = multipliers[: len(nesting.parent)]
        asked_too_much += bool(np.any(own - nesting._links().T @ own < -1e-6))
    assert asked_too_much >= 1
