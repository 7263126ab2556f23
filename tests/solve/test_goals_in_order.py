"""Several goals in order, against every choice counted; locks as rows against locks as bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from small_programs import Enumeration, Kind, draw_program, is_settled, names

from siting.program.program import Domain, Goal, Program, Section
from siting.solve import Cause, Limit, Reason, SolveResult, SolveSettings, Step, TracePoint, solve
from siting.solve.bounds.duality import safe_bound
from siting.solve.goals import with_floor
from siting.solve.presolve.bounds_from_rows import BoundsFromRows
from siting.solve.solutions import extend

Floats = NDArray[np.float64]
HERE = SolveSettings(relative_gap=0, time_limit=30, threads=1, isolate=False)
PROGRAMS = 40


def with_goals(seed: int) -> Program:
    """A small program with two goals after its own: cheap offers, and residents drawn at random."""
    rng = np.random.default_rng([seed, 7])
    kind = Kind(offers=6, demands=12, weights=str(rng.choice(["whole", "tenths"])), costs="whole")
    program = draw_program(seed, kind)
    offers = program.columns[0].stop
    few, some = np.zeros(program.shape[1]), np.zeros(program.shape[1])
    few[:offers] = -rng.integers(1, 9, offers).astype(float)
    some[offers:] = rng.integers(0, 5, program.shape[1] - offers)
    within = float(rng.choice([0.0, 0.0, 0.1]))
    goals = (Goal("few", few, 100.0, within), Goal("some", some))
    return replace(program, goal="most", within=within, further=goals)


def best_in_order(program: Program) -> list[float] | None:
    """What each goal can reach under the floors of those before, by counting."""
    counted = Enumeration(program)
    held = [extend(program, v) for v in counted.choices() if counted.holds(v)]
    if not held:
        return None
    first = Goal(program.goal, program.objective, program.offset, program.within)
    reached = []
    for goal in (first, *program.further):
        values = [goal.value(v) for v in held]
        reached.append(max(values))
        floor = max(values) - goal.within * max(1.0, abs(max(values))) - 1e-7
        held = [v for v, value in zip(held, values, strict=True) if value >= floor]
    return reached


@pytest.mark.parametrize("cold", [False, True], ids=["engine", "cold"])
def test_each_goal_reaches_the_most_that_those_before_leave(cold: bool) -> None:
    for seed in range(PROGRAMS):
        program = with_goals(seed)
        best = best_in_order(program)
        result = solve(program, replace(HERE, cold=cold))
        if best is None:
            assert result.termination.reason is Reason.INFEASIBLE
            continue
        assert [goal.name for goal in result.goals] == ["most", "few", "some"]
        # Of states that a later goal does not ask for, any value may do: compare what is asked.
        found = [goal.objective for goal in result.goals]
        assert found == pytest.approx(best, rel=1e-7, abs=1e-6), f"program {seed}"
        is_account_of_goals(program, result)


def is_account_of_goals(program: Program, result: SolveResult) -> None:
    """Asserts that floors are kept, and that multipliers prove what they are said to."""
    assert result.values is not None
    assert result.objective == program.value(result.values)
    for number, goal in enumerate((None, *program.further)):
        record = result.goals[number]
        final = program.value(result.values) if goal is None else goal.value(result.values)
        assert record.objective is not None
        assert record.objective <= record.bound + 1e-9 * max(1.0, abs(record.bound))
        assert (record.floor is None) == (number == len(program.further))
        if record.floor is not None:
            assert final >= record.floor - 1e-9 * max(1.0, abs(record.floor))
        if record.multipliers is not None:
            assert record.multipliers.shape == (program.shape[0] + number,)


def test_the_bound_of_a_later_goal_rests_on_the_floors_before_it() -> None:
    program = with_goals(3)
    result = solve(program, HERE)
    first = Goal(program.goal, program.objective, program.offset, program.within)
    alone = solve(replace(program, further=()), HERE)
    assert alone.values is not None
    floored, floor = with_floor(program, first, alone.values)
    assert floor == pytest.approx(result.goals[0].floor)
    assert floored.rows[-1].labels() == ["goal[most]"]
    second = program.further[0]
    later = replace(floored, objective=second.objective, offset=second.offset, further=())
    found = result.goals[1].multipliers
    assert found is not None
    proven = safe_bound(later, found)
    assert result.goals[1].certified_bound <= proven <= result.goals[1].certified_bound + 1.0


def test_one_goal_is_one_record() -> None:
    result = solve(draw_program(3), HERE)
    (record,) = result.goals
    assert record.objective == result.objective
    assert record.bound == result.bound
    assert record.certified_bound == result.certified_bound
    assert record.floor is None
    assert record.multipliers is result.multipliers


def test_every_goal_has_its_points_in_the_trace_and_one_clock() -> None:
    told: list[TracePoint] = []
    result = solve(with_goals(3), HERE, on_progress=told.append)
    assert tuple(told) == result.trace
    assert [point.seconds for point in told] == sorted(point.seconds for point in told)
    assert list(dict.fromkeys(point.goal for point in told)) == ["most", "few", "some"]


def test_an_interrupt_leaves_the_goals_to_come_undone() -> None:
    result = solve(with_goals(3), replace(HERE, cold=False), stop=lambda: True)
    assert result.values is not None
    assert result.termination.limit is Limit.INTERRUPTED
    assert len(result.goals) == 3
    ends = [goal.termination.limit is Limit.INTERRUPTED for goal in result.goals]
    undone = [goal.objective is None for goal in result.goals]
    assert undone == [False] * (ends.index(True) + 1) + [True] * (2 - ends.index(True))


# --- locks ----------------------------------------------------------------------------------------


def locked(program: Program, rng: np.random.Generator) -> tuple[Program, Program]:
    """A program with some offers locked by rows, and the same with them locked by bounds."""
    offers = program.columns[0].stop
    program = replace(program, lower=np.zeros(program.shape[1]), upper=np.ones(program.shape[1]))
    drawn = rng.permutation(offers)
    out, into = drawn[: offers // 3], drawn[offers // 3 : offers // 3 + 1]
    eye = csr_array(np.eye(program.shape[1]))
    count = program.shape[0]
    parts = [("locked_out", out, -np.inf, 0.0), ("locked_in", into, 1.0, np.inf)]
    rows, matrix = list(program.rows), [program.matrix]
    lower, upper = [program.row_lower], [program.row_upper]
    for name, which, low, high in parts:
        rows.append(Section(name, count, count + len(which), names("O", len(which))))
        matrix.append(eye[which])
        lower.append(np.full(len(which), low))
        upper.append(np.full(len(which), high))
        count += len(which)
    by_rows = replace(
        program,
        rows=tuple(rows),
        matrix=csr_array(vstack(matrix, format="csr")),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
    )
    bounds = replace(program, lower=program.lower.copy(), upper=program.upper.copy())
    bounds.upper[out] = 0.0
    bounds.lower[into] = 1.0
    return by_rows, bounds


@pytest.mark.parametrize("seed", range(60))
def test_locks_as_rows_are_locks_as_bounds(seed: int) -> None:
    by_rows, by_bounds = locked(draw_program(seed, Kind(fixed=0.0)), np.random.default_rng(seed))
    asked = replace(HERE, without=frozenset({Step.TREE}))
    one, two = solve(by_rows, asked), solve(by_bounds, asked)
    assert one.objective == two.objective
    if one.values is None:
        assert one.termination.reason is two.termination.reason is Reason.INFEASIBLE
        return
    assert is_settled(one)
    assert is_settled(two)
    assert one.multipliers is not None
    # What a lock forbids has a price: its multiplier proves the bound with the rows alone.
    assert safe_bound(by_rows, one.multipliers) >= one.certified_bound - 1e-6
    narrowed = BoundsFromRows().apply(by_rows)
    assert safe_bound(narrowed.whole, one.multipliers) <= one.certified_bound + 1.0


@pytest.mark.parametrize("seed", range(40))
def test_bounds_of_rows_lose_no_solution_and_no_bound(seed: int) -> None:
    program, _ = locked(draw_program(seed, Kind(offers=7, fixed=0.0)), np.random.default_rng(seed))
    narrowed = BoundsFromRows().apply(program)
    counted = Enumeration(program)
    for values in counted.choices():
        if counted.holds(values):
            assert np.all(values >= narrowed.whole.lower)
            assert np.all(values <= narrowed.whole.upper)
            assert narrowed.conflicts() == ()
    rng = np.random.default_rng(seed)
    multipliers = rng.exponential(5.0, narrowed.program.shape[0])
    given = narrowed.invert_multipliers(multipliers)
    left = safe_bound(narrowed.program, multipliers)
    assert safe_bound(narrowed.whole, given) <= left + 1e-9 * max(1.0, abs(left))
    singles = [row for row in range(program.shape[0]) if row not in narrowed.rows]
    fixed_by_locks = np.isin(narrowed.by, [*singles, -1]).all()
    if fixed_by_locks and np.all(
        program.domain[program.lower < program.upper] != Domain.CONTINUOUS
    ):
        assert safe_bound(program, given) <= left + 1e-9 * max(1.0, abs(left))


def test_what_locks_contradict_is_named_with_the_locks() -> None:
    program, _ = locked(draw_program(1, Kind(offers=6, fixed=0.0)), np.random.default_rng(1))
    both = replace(program, row_upper=np.where(program.row_lower == 1.0, np.inf, program.row_upper))
    last = len(both.row_lower) - 1
    column = int(both.matrix[[last]].indices[0])
    twice = replace(
        both,
        rows=(*both.rows, Section("shut", last + 1, last + 2, ())),
        matrix=csr_array(vstack([both.matrix, both.matrix[[last]]], format="csr")),
        row_lower=np.append(both.row_lower, -np.inf),
        row_upper=np.append(both.row_upper, 0.0),
    )
    result = solve(twice, HERE)
    assert result.termination.cause is Cause.CONFLICT
    assert set(result.conflicts) == {f"choose[O{column}]", "locked_in[O0]", "shut"}
