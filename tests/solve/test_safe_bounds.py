"""Bounds hold whatever the multipliers are, and are never below what exact arithmetic gives."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from small_programs import Enumeration, Floats, draw_program

from laws import on
from siting.program.program import Domain, Program, Section
from siting.solve.bounds.duality import (
    reduced_costs,
    safe_bound,
    tighten,
    usable_multipliers,
    whole_objective,
)

law = on(200)
SIZES = (1e-300, 1e-9, 1e-3, 1.0, 7.0, 1e6, 1e12)
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-100, 100),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e-308, 1e300, -1e300, 1.7e308]),
)


def draw_numbers(rng: np.random.Generator, count: int) -> Floats:
    """Numbers whose sizes lie far apart, of both signs."""
    sizes = rng.choice(SIZES, count)
    return np.asarray(rng.uniform(-1, 1, count) * sizes, dtype=np.float64)


def draw_scaled(seed: int) -> Program:
    """A program of badly scaled numbers; whether it has a solution does not matter here."""
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(0, 8)), int(rng.integers(1, 9))
    matrix = random_array((rows, columns), density=0.5, rng=rng).tocsr()
    matrix.data = draw_numbers(rng, matrix.nnz)
    limits = np.sort(np.stack([draw_numbers(rng, rows), draw_numbers(rng, rows)]), axis=0)
    bounds = np.sort(np.stack([draw_numbers(rng, columns), draw_numbers(rng, columns)]), axis=0)
    return Program(
        columns=(Section("choose", 0, columns, ()),),
        rows=(Section("row", 0, rows, ()),),
        objective=draw_numbers(rng, columns),
        offset=float(draw_numbers(rng, 1)[0]),
        matrix=csr_array(matrix),
        row_lower=np.where(rng.random(rows) < 0.4, -np.inf, limits[0]),
        row_upper=np.where(rng.random(rows) < 0.4, np.inf, limits[1]),
        lower=bounds[0],
        upper=bounds[1],
        domain=np.full(columns, Domain.CONTINUOUS, dtype=np.int8),
    )


def exact_bound(program: Program, multipliers: Floats) -> Fraction:
    """The same formula in rational numbers."""
    usable = [Fraction(float(number)) for number in usable_multipliers(program, multipliers)]
    total = Fraction(program.offset)
    for number, low, high in zip(usable, program.row_lower, program.row_upper, strict=True):
        if number:
            total += number * Fraction(float(high if number > 0 else low))
    dense = program.matrix.toarray()
    for column in range(program.shape[1]):
        gain = Fraction(float(program.objective[column])) - sum(
            (Fraction(float(dense[row, column])) * number for row, number in enumerate(usable)),
            Fraction(0),
        )
        ends = (Fraction(float(end[column])) for end in (program.lower, program.upper))
        total += max(gain * end for end in ends)
    return total


def is_not_below(bound: float, exact: Fraction) -> bool:
    return bound == np.inf or Fraction(bound) >= exact


@given(st.integers(0, 2**32 - 1), st.data())
@law
def test_no_bound_is_below_the_exact_one(seed: int, data: st.DataObject) -> None:
    program = draw_scaled(seed)
    count = program.shape[0]
    multipliers = np.array(data.draw(st.lists(numbers, min_size=count, max_size=count)))
    assert is_not_below(safe_bound(program, multipliers), exact_bound(program, multipliers))


@given(st.integers(0, 2**32 - 1))
@law
def test_no_bound_of_likely_multipliers_is_below_the_exact_one(seed: int) -> None:
    program = draw_scaled(seed)
    multipliers = draw_numbers(np.random.default_rng(seed), program.shape[0])
    assert is_not_below(safe_bound(program, multipliers), exact_bound(program, multipliers))


@given(st.integers(0, 2**32 - 1), st.data())
@law
def test_no_bound_is_below_the_optimum(seed: int, data: st.DataObject) -> None:
    program = draw_program(seed)
    best = Enumeration(program).best()
    count = program.shape[0]
    multipliers = np.array(data.draw(st.lists(numbers, min_size=count, max_size=count)))
    bound = safe_bound(program, multipliers)
    assert best is None or is_not_below(bound, best)
    assert best is None or tighten(program, bound) >= float(best)


@given(st.integers(0, 2**32 - 1))
@law
def test_the_widening_is_a_hair(seed: int) -> None:
    """A bound that is safe because it is far away would be of no use."""
    program = draw_program(seed)
    multipliers = np.random.default_rng(seed).uniform(0, 10, program.shape[0])
    exact = float(exact_bound(program, multipliers))
    paid = abs(program.matrix).T @ multipliers
    limits = np.where(np.isfinite(program.row_upper), program.row_upper, 0)
    size = abs(program.offset) + (program.objective + paid).sum() + multipliers @ limits
    assert safe_bound(program, multipliers) - exact <= 1e-12 * max(1.0, size)


def test_no_multipliers_give_the_sum_of_all_weights() -> None:
    program = draw_program(3)
    everything = program.offset + program.objective.sum()
    assert safe_bound(program, np.zeros(program.shape[0])) == pytest.approx(everything)


def test_multipliers_of_the_wrong_sign_count_as_none() -> None:
    program = draw_program(3)
    nothing = np.zeros(program.shape[0])
    assert np.all(np.isinf(program.row_lower))
    assert safe_bound(program, nothing - 5.0) == safe_bound(program, nothing)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_multiplier_that_is_no_number_counts_as_none(bad: float) -> None:
    program = draw_program(3)
    multipliers = np.ones(program.shape[0])
    multipliers[1] = 0.0
    without = safe_bound(program, multipliers)
    multipliers[1] = bad
    assert safe_bound(program, multipliers) == without


def test_multipliers_that_overflow_prove_nothing() -> None:
    program = draw_program(3)
    assert safe_bound(program, np.full(program.shape[0], 1.7e308)) == np.inf


def test_a_multiplier_is_used_where_the_row_has_that_limit() -> None:
    program = draw_scaled(0)
    matrix = csr_array((3, program.shape[1]))
    limits = np.array([-np.inf, 0.0, -np.inf]), np.array([0.0, np.inf, np.inf])
    rows = Program(
        **{**vars(program), "matrix": matrix, "row_lower": limits[0], "row_upper": limits[1]}
    )
    assert usable_multipliers(rows, np.full(3, 2.0)).tolist() == [2.0, 0.0, 0.0]
    assert usable_multipliers(rows, np.full(3, -2.0)).tolist() == [0.0, -2.0, 0.0]


def test_a_reduced_cost_is_a_weight_less_what_its_rows_cost() -> None:
    program = draw_program(3)
    multipliers = np.arange(program.shape[0], dtype=float)
    expected = program.objective - program.matrix.toarray().T @ multipliers
    assert reduced_costs(program, multipliers) == pytest.approx(expected)


# --- rounding down ------------------------------------------------------------------------------


def one_column(weight: float, domain: Domain, offset: float = 0.0) -> Program:
    return Program(
        columns=(Section("choose", 0, 1, ()),),
        rows=(),
        objective=np.array([weight]),
        offset=offset,
        matrix=csr_array((0, 1)),
        row_lower=np.empty(0),
        row_upper=np.empty(0),
        lower=np.zeros(1),
        upper=np.ones(1),
        domain=np.array([domain], dtype=np.int8),
    )


@pytest.mark.parametrize("domain", [Domain.INTEGER, Domain.IMPLIED])
def test_a_bound_on_whole_residents_is_rounded_down(domain: Domain) -> None:
    assert tighten(one_column(3.0, domain), 7.9) == 7.0


def test_it_is_rounded_from_the_offset_on() -> None:
    assert tighten(one_column(3.0, Domain.INTEGER, offset=0.5), 7.4) == 6.5


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(one_column(2.5, Domain.INTEGER), id="half weights"),
        pytest.param(one_column(3.0, Domain.CONTINUOUS), id="a continuous column that earns"),
    ],
)
def test_any_other_bound_stays_as_it_is(program: Program) -> None:
    assert not whole_objective(program)
    assert tighten(program, 7.9) == 7.9


def test_a_continuous_column_that_earns_nothing_does_not_matter() -> None:
    assert tighten(one_column(0.0, Domain.CONTINUOUS), 7.9) == 7.0


def test_no_bound_stays_no_bound() -> None:
    assert tighten(one_column(3.0, Domain.INTEGER), np.inf) == np.inf


def test_a_whole_bound_is_not_rounded_away() -> None:
    assert tighten(one_column(3.0, Domain.INTEGER, offset=0.1), 0.1 + 5.0) == 5.1
