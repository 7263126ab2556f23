"""A relaxation with only the covering rows that are needed is the relaxation of all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from small_programs import Floats, Kind, draw_program, draw_town, names, problem_of

from siting.program import Domain, Program, ProgramBuilder
from siting.solve.backends.calls import RelaxCall, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.backends.covering_lp import CoveringLP, RowParameters, covering_rows
from siting.solve.bounds.duality import safe_bound, usable_multipliers

MEDIUM = Kind(offers=30, demands=80, fixed=0.05)


def program_of(seed: int) -> Program:
    """A covering program, before presolve or after it."""
    drawn = draw_town(25, 60, seed // 2)
    return problem_of(drawn).to_program() if seed % 2 else drawn


def optimum(program: Program) -> float | None:
    """Of the relaxation with every row, or None where it has no solution."""
    found = run_call(RelaxCall(program, Relaxer.SIMPLEX, 3600.0), lambda *_: None)
    if not isinstance(found, Relaxation) or not found.is_solved:
        return None
    return program.value(found.values)


def guesses(program: Program, rng: np.random.Generator) -> list[Floats | None]:
    """Multipliers to begin at: none, 0, the whole weight of each row, and some drawn ones."""
    rows, size = program.shape[0], float(np.abs(program.objective).max())
    drawn = usable_multipliers(program, rng.normal(0, size, rows))
    return [None, np.zeros(rows), usable_multipliers(program, np.full(rows, size)), drawn]


def is_kept(program: Program, values: Floats) -> bool:
    reach = program.matrix @ values
    rows = np.all(reach >= program.row_lower - 1e-5) and np.all(reach <= program.row_upper + 1e-5)
    columns = np.all(values >= program.lower - 1e-6) and np.all(values <= program.upper + 1e-6)
    return bool(rows and columns)


@given(st.integers(0, 10**6))
def test_wherever_it_begins_it_is_the_relaxation_of_all_rows(seed: int) -> None:
    program = program_of(seed)
    expected = optimum(program)
    for multipliers in guesses(program, np.random.default_rng(seed)):
        found = CoveringLP(program, multipliers).solve({}, 3600.0)
        assert found is not None
        assert found.is_infeasible == (expected is None)
        if expected is None:
            continue
        assert program.value(found.values) == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert safe_bound(program, found.multipliers) == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert is_kept(program, found.values)


@given(st.integers(0, 10**6))
def test_with_other_columns_fixed_each_time_it_is_the_same_again(seed: int) -> None:
    program, rng = program_of(seed), np.random.default_rng(seed)
    relaxing = CoveringLP(program, np.zeros(program.shape[0]))
    choices = np.flatnonzero(program.domain == Domain.INTEGER)
    lower, upper = program.lower.copy(), program.upper.copy()
    for turn in range(6):
        if turn == 3:
            ruled_out = rng.choice(choices, min(2, len(choices)), replace=False)
            ruled_out = ruled_out[lower[ruled_out] == 0]
            upper[ruled_out] = 0.0
            relaxing.narrow(lower, upper)
        some = rng.choice(choices, min(3, len(choices)), replace=False)
        fixed = {int(c): float(rng.integers(2)) for c in some if lower[c] == 0 and upper[c] == 1}
        within = within_bounds(replace(program, lower=lower, upper=upper), fixed)
        found, expected = relaxing.solve(fixed, 3600.0), optimum(within)
        assert found is not None
        assert found.is_infeasible == (expected is None)
        if expected is not None:
            assert within.value(found.values) == pytest.approx(expected, rel=1e-6, abs=1e-6)
            assert safe_bound(within, found.multipliers) == pytest.approx(
                expected, rel=1e-6, abs=1e-6
            )


@given(st.integers(0, 10**6), st.sampled_from([-0.1, -1e-3, 1e-3, 0.1, 1.0]))
def test_where_it_stops_at_a_limit_the_multipliers_prove_it(seed: int, share: float) -> None:
    program, rng = program_of(seed), np.random.default_rng(seed)
    relaxing = CoveringLP(program, np.zeros(program.shape[0]))
    first = relaxing.solve({}, 3600.0)
    assert first is not None
    choices = np.flatnonzero(program.domain == Domain.INTEGER)
    free = choices[(program.lower[choices] == 0) & (program.upper[choices] == 1)]
    fixed = {int(c): float(rng.integers(2)) for c in free[:2]}
    within = within_bounds(program, fixed)
    expected = optimum(within)
    limit = share if expected is None else expected + share * max(1.0, abs(expected))
    found = relaxing.solve(fixed, 3600.0, limit)
    assert found is not None
    if found.is_infeasible:
        assert expected is None
    elif found.is_cut_off:
        assert expected is None or expected < limit
        assert safe_bound(within, found.multipliers) <= limit + 1e-6 * max(1.0, abs(limit))
    else:
        assert within.value(found.values) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def within_bounds(program: Program, fixed: dict[int, float]) -> Program:
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[list(fixed)] = upper[list(fixed)] = list(fixed.values())
    return replace(program, lower=lower, upper=upper)


@given(st.integers(0, 10**6), st.sampled_from([0, 1, 50]))
def test_whatever_rows_are_missing_the_multipliers_prove_a_bound(seed: int, rounds: int) -> None:
    """Amounts from 1e-6 to 1e9 in a row are more than a simplex method takes; it may fail."""
    program, rng = draw_program(seed, MEDIUM), np.random.default_rng(seed)
    expected = optimum(program)
    parameters = RowParameters(rounds=rounds)
    found = CoveringLP(program, guesses(program, rng)[-1], parameters).solve({}, 3600.0)
    if expected is not None and found is not None and not found.is_infeasible:
        assert safe_bound(program, found.multipliers) >= expected - 1e-6 * max(1, abs(expected))


def test_where_it_comes_to_nothing_all_rows_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(1)
    monkeypatch.setattr(CoveringLP, "solve", lambda *_: None)
    call = RelaxCall(program, Relaxer.COVERING, 3600.0, multipliers=np.zeros(program.shape[0]))
    found = run_call(call, lambda *_: None)
    assert isinstance(found, Relaxation)
    assert program.value(found.values) == pytest.approx(optimum(program), rel=1e-6)


def test_few_rows_of_a_town_are_needed() -> None:
    program = problem_of(draw_town(80, 2000)).to_program()
    start = run_call(RelaxCall(program, Relaxer.SIMPLEX, 3600.0), lambda *_: None)
    assert isinstance(start, Relaxation)
    relaxing = CoveringLP(program, start.multipliers)
    found = relaxing.solve({}, 3600.0)
    assert found is not None
    assert program.value(found.values) == pytest.approx(program.value(start.values), rel=1e-9)
    assert len(relaxing._asked) < 0.3 * len(relaxing._rows.states)


def small(rows: list[list[float]], upper: list[float], earning: list[float]) -> Program:
    """Two choices, then states with these objectives, within `rows @ columns <= upper`."""
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", 2))
    states = names("R", len(earning))
    builder.add_columns("covered", states, objective=earning, domain=Domain.IMPLIED)
    for number, (limit, row) in enumerate(zip(upper, rows, strict=True)):
        parts = {
            "choose": csr_array(np.array([row[:2]], dtype=float)),
            "covered": csr_array(np.array([row[2:]], dtype=float)),
        }
        builder.add_rows(f"row {number}", (), parts, upper=limit)
    return builder.build()


@pytest.mark.parametrize(
    ("rows", "upper", "earning", "found"),
    [
        ([[-1, -1, 1]], [0], [5], [2]),
        ([[-1, -1, 2]], [0.5], [5], [2]),
        ([[-1, 1, 1]], [0], [5], []),  # a choice that takes away
        ([[-1, -1, 1]], [-1], [5], []),  # below 0 without any choice
        ([[-1, -1, 1], [0, 0, 1]], [0, 1], [5], []),  # in two rows
        ([[-1, -1, 1]], [0], [-5], []),  # that costs
        ([[-1, -1, 1, 1]], [0], [5, 5], []),  # two in a row
        ([[-1, -1, 1, 0], [0, -1, 0, 1]], [0, 0], [5, 5], [2, 3]),
    ],
)
def test_states_follow_by_one_row_each(
    rows: list[list[float]], upper: list[float], earning: list[float], found: list[int]
) -> None:
    assert covering_rows(small(rows, upper, earning)).states.tolist() == found


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("price", [None, 0.0, 5.0])
def test_what_is_covered_whatever_is_chosen_counts_once(
    constant: float, price: float | None
) -> None:
    program = small([[-1, -1, 1], [1, 1, 0]], [constant, 0.25], [5])
    start = None if price is None else np.array([price, 0.0])
    found = CoveringLP(program, start).solve({}, 3600.0)
    assert found is not None
    expected = 5 * min(1.0, constant + 0.25)
    assert program.value(found.values) == pytest.approx(expected)
    assert safe_bound(program, found.multipliers) == pytest.approx(expected)
