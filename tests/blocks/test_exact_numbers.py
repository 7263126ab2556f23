"""Whole numbers and fractions are never rounded, whatever a file holds."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from siting.blocks import Budget, CompleteResidents, CoveredResidents, CoveredShare
from siting.blocks.exact import (
    ExactVector,
    exact,
    exact_product,
    exact_vector,
    from_fractions,
    joined,
    narrow,
    rounded_down,
    rounded_up,
)
from siting.blocks.plain_model import PlainModel
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import Instance
from siting.model import ModelSpec, WeightedSum, formulate, say_plainly
from siting.plan import make_plan
from siting.plan.brute_force import brute_force
from siting.solve import SolveSettings, solve
from towns import hand_town

SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=20, threads=1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
# As files have them: few decimals, many decimals, huge, tiny.
AMOUNTS = st.one_of(
    st.integers(-(10**7), 10**7).map(float),
    st.decimals(-(10**7), 10**7, places=3).map(float),
    st.decimals(-(10**7), 10**7, places=9).map(float),
    FLOATS,
)
FRACTIONS = st.fractions(min_value=-(10**30), max_value=10**30)
WHOLES = st.one_of(st.integers(-5, 5), st.integers(-(2**80), 2**80), st.integers(2**61, 2**63))


@given(FLOATS)
def test_a_number_is_the_decimal_that_it_is_written_as(number: float) -> None:
    assert exact(number) == Fraction(repr(number))
    assert float(exact(number)) == number


@given(st.lists(AMOUNTS, max_size=8))
def test_a_vector_holds_the_same_decimals(numbers: list[float]) -> None:
    vector = exact_vector(np.array(numbers))
    assert vector.fractions() == [exact(number) for number in numbers]
    assert vector.total() == sum(map(exact, numbers), Fraction(0))


def test_of_two_decimals_for_one_float_the_vector_has_the_written_one() -> None:
    """Above 2^23 two decimals of 9 places can be one float."""
    numbers = [8_388_608 + k * 1e-9 for k in range(2000)]
    assert exact_vector(np.array(numbers)).fractions() == [exact(number) for number in numbers]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="Invalid literal for Fraction"):
        exact(number)
    with pytest.raises(ValueError, match="Invalid literal for Fraction"):
        exact_vector(np.array([1.0, number]))


@given(FRACTIONS)
def test_rounding_goes_to_the_safe_side_and_no_further(number: Fraction) -> None:
    up, down = rounded_up(number), rounded_down(number)
    assert Fraction(down) <= number <= Fraction(up)
    assert Fraction(math.nextafter(up, -math.inf)) < number
    assert Fraction(math.nextafter(down, math.inf)) > number


@given(st.lists(st.lists(FRACTIONS, max_size=4), min_size=1, max_size=3), FRACTIONS)
def test_vectors_are_joined_scaled_and_picked_exactly(
    parts: list[list[Fraction]], factor: Fraction
) -> None:
    vectors = [from_fractions(part) for part in parts]
    every = [number for part in parts for number in part]
    whole = joined(vectors)
    assert whole.fractions() == every
    assert whole.times(factor).fractions() == [number * factor for number in every]
    order = np.arange(len(every))[::-1]
    assert whole[order].fractions() == every[::-1]
    at = whole.at(whole.denominator * 7)
    assert [Fraction(int(n), whole.denominator * 7) for n in at] == every


@given(st.lists(WHOLES, max_size=6))
def test_narrow_numbers_are_the_same_numbers(numbers: list[int]) -> None:
    assert narrow(np.array(numbers, dtype=object)).tolist() == numbers


@given(st.data())
def test_products_are_exact_whatever_their_size(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    entry = st.one_of(st.just(0), st.integers(-9, 9), st.integers(-(2**62), 2**62))
    table = [[data.draw(entry) for _ in range(columns)] for _ in range(rows)]
    vector = [data.draw(WHOLES) for _ in range(columns)]
    matrix = csr_array(np.array(table, dtype=np.int64).reshape(rows, columns))
    found = exact_product(matrix, narrow(np.array(vector, dtype=object)))
    assert [int(n) for n in found] == [
        sum(a * b for a, b in zip(line, vector, strict=True)) for line in table
    ]


# --- a model of such numbers --------------------------------------------------------------------


def model_of(instance: Instance, *blocks: Budget | CoveredShare) -> PlainModel:
    return say_plainly(
        instance, compute_coverage(instance), ModelSpec("t", (CoveredResidents(),), blocks)
    )


def with_people(people: list[float], priorities: tuple[float, float] = (1.0, 2.0)) -> Instance:
    town = hand_town()
    return hand_town(
        residents=town.residents.assign(residents=people),
        categories=town.categories.assign(priority=list(priorities), group="all"),
    )


PEOPLE = [
    [0.123456789, 1e6 + 1e-9, 7.0, 1e-9, 3.3],
    [1e15, 1.0, 0.1, 1e15 + 2, 3.0],
    [1 / 3, 2 / 3, 1e-300, 5e-324, 1e9],
    [1e300, 1e300, 1e300, 1.0, 0.5],
]


@pytest.mark.parametrize("priorities", [(1e6, 1 / 3), (1e-9, 123456.789), (1e300, 1.0)])
@pytest.mark.parametrize("people", PEOPLE)
def test_sums_of_any_people_and_priorities_are_exact(
    people: list[float], priorities: tuple[float, float]
) -> None:
    instance = with_people(people, priorities)
    model = model_of(instance)
    best = brute_force(model)
    assert best is not None
    after = [
        exact(value) * exact(people[row])
        for name, value in zip(instance.category_names, priorities, strict=True)
        for row in range(4)
        for here in [model.inputs.coverage[name]]
        if here.served[row] or here.reach[[row], :].nnz
    ]
    assert best.values[0] == sum(after, Fraction(0))


@pytest.mark.parametrize("people", PEOPLE[:3])
def test_plans_of_such_people_are_proven(people: list[float]) -> None:
    """What a float cannot hold, the certificate can; the bound is at most a rounding away."""
    instance = with_people(people, (1e6, 1 / 3))
    spec = ModelSpec("t", (CoveredResidents(),), (Budget(at_most="2500 CNY"),))
    coverage = compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    plan = make_plan(instance, coverage, spec, program, solve(program, SETTINGS))
    best = brute_force(plan.model)
    assert best is not None
    assert Fraction(plan.certified_bound) >= best.values[0]
    assert plan.objective == pytest.approx(float(best.values[0]), rel=1e-9)


def test_amounts_that_no_row_can_add_are_refused() -> None:
    """In words, before anything is solved."""
    instance = with_people([4e9 + k * 1e-9 + 0.123456789 for k in range(5)])
    wide = with_people([1e15, 1e-9, 1.0, 2.0, 3.0])
    share = CoveredShare(at_least=0.123456789)
    for town in (instance, wide):
        with pytest.raises(InputError, match="cannot be added exactly"):
            model_of(town, share)


@pytest.mark.parametrize(("size", "fits"), [(2**58, True), (2**60, False)])
def test_merged_columns_add_up_exactly(size: int, fits: bool) -> None:
    """Demand points at one place are one column of a proof, which may need more than 64 bits."""
    people = [float(size + 2**12 * k) for k in range(5)]
    town = hand_town()
    instance = hand_town(
        residents=town.residents.assign(x=600.0, district="east", residents=people),
        categories=town.categories.assign(group="all", priority=1.0),
    )
    block = CoveredShare(at_least=0.5, category=("pharmacy",))
    if not fits:
        with pytest.raises(InputError, match="cannot be added exactly"):
            model_of(instance, block)
        return
    rows = model_of(instance, block).merged.model.sections["covered_share"]
    assert [int(n) for n in rows.terms["covered"].data] == [rows.scale[0] * sum(map(exact, people))]


@pytest.mark.parametrize("weight", [1 / 3, 1e6, 1e-7])
def test_a_floor_of_odd_weights_loses_no_plan(weight: float) -> None:
    """Thirds have 16 decimals; as a row of 64 bits the floor may be a little weak, never strong."""
    goals = (
        WeightedSum(((CoveredResidents(), weight), (CompleteResidents(), 1.0)), within=0.123456),
        CompleteResidents(category=("canteen",), within=1e-3),
    )
    spec = ModelSpec("t", goals, (Budget(at_most="3000 CNY"),))
    instance = with_people([0.123456789, 1e6 + 1e-9, 7.0, 1e-9, 3.3])
    coverage = compute_coverage(instance)
    program = formulate(instance, coverage, spec)
    plan = make_plan(instance, coverage, spec, program, solve(program, SETTINGS))
    best = brute_force(plan.model)
    assert best is not None
    for goal, value in zip(plan.goals, best.best, strict=True):
        assert goal.certified_bound >= float(value) * (1 - 1e-9)
    kept, floor = plan.model.goals[0], exact(plan.goals[0].floor or 0.0)
    row = kept.as_row(floor)
    values = plan.judgement.values
    (activity,) = row.activity(values).tolist()
    slack = Fraction(activity - (row.lower[0] or 0), row.scale[0])
    assert slack >= kept.value(values) - floor
    rounded = 1 + sum(map(len, kept.terms.values()))
    assert slack <= kept.value(values) - floor + Fraction(rounded, row.scale[0])


def test_an_exact_vector_is_picked_by_flags() -> None:
    vector = ExactVector(np.array([1, 2, 3]), 2)
    assert vector[np.array([True, False, True])].fractions() == [Fraction(1, 2), Fraction(3, 2)]
