"""Laws that hold for every block and any mixture of them, whatever the town looks like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_models import DRAWS, draw_city, draw_model

from laws import on
from siting.blocks import Budget, CoveredResidents, ObjectiveBlock, Scenarios, SiteSlots
from siting.coverage import compute_coverage
from siting.inputs import Instance
from siting.model import ModelSpec, formulate
from siting.solve import Reason, SolveSettings, solve

SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
seeds = st.integers(0, 2**32 - 1)
law = on(20)


def best(instance: Instance, spec: ModelSpec) -> float | None:
    """The best value, more being better, or None where no plan keeps every rule."""
    result = solve(formulate(instance, compute_coverage(instance), spec), SETTINGS)
    assert (result.objective is None) == (result.termination.reason is Reason.INFEASIBLE)
    return result.objective


def no_worse(first: float | None, second: float | None) -> bool:
    spare = 1e-8 * max(1.0, abs(first or 0.0))
    return first is None or (second is not None and second >= first - spare)


def of_goal(goal: ObjectiveBlock) -> ModelSpec:
    return ModelSpec("law", (goal,), (Budget(), SiteSlots(default=2)))


def drawn(seed: int) -> tuple[Instance, ModelSpec]:
    """A city and a mixture of blocks that asks for its money."""
    instance = draw_city(seed)
    instance = replace(instance, budget=instance.budget or 4000.0)
    spec = draw_model(seed, instance, "budget")
    return instance, replace(spec, subject_to=(*spec.subject_to, Budget()))


@law
@given(seeds, st.floats(1, 4))
def test_more_money_is_never_worse(seed: int, factor: float) -> None:
    instance, spec = drawn(seed)
    years = {year: money * factor for year, money in instance.years.items()}
    richer = replace(instance, budget=(instance.budget or 0.0) * factor, years=years)
    assert no_worse(best(instance, spec), best(richer, spec))


@law
@given(seeds, st.sampled_from(sorted(DRAWS)))
def test_a_wish_more_is_never_better(seed: int, wish: str) -> None:
    instance = draw_city(seed)
    spec = draw_model(seed, instance, wish)
    assume(any(block.block == wish for block in spec.subject_to))
    without = tuple(block for block in spec.subject_to if block.block != wish)
    assert no_worse(best(instance, spec), best(instance, replace(spec, subject_to=without)))


@law
@given(seeds, st.integers(0, 9000).map(float))
def test_a_year_more_is_never_worse(seed: int, money: float) -> None:
    """What is built stays, and sums over the years only grow; walking alone is to be little.

    Shares may fall with a year in which there are other people, or fewer outlets.
    """
    instance, spec = drawn(seed)
    outlets = instance.outlets.drop(columns="until", errors="ignore")
    instance = replace(instance, growth={}, outlets=outlets)
    goals = {block.block for goal in spec.goals for block, _ in goal.parts}
    assume(instance.years and "least_walking" not in goals)
    # A floor for each year asks something of the new one, too.
    kept = tuple(block for block in spec.subject_to if getattr(block, "each", None) != "year")
    spec = replace(spec, subject_to=kept)
    longer = replace(instance, years={**instance.years, max(instance.years) + 1: money})
    assert no_worse(best(instance, spec), best(longer, spec))


@law
@given(seeds, st.sampled_from(["expected", "worst"]))
def test_one_scenario_is_the_plain_model(seed: int, by: str) -> None:
    instance = replace(draw_city(seed), budget=4000.0)
    one = Scenarios.model_validate({"of": {"as it is": {}}, "by": by})
    plain = best(instance, of_goal(CoveredResidents()))
    assert best(instance, of_goal(one)) == pytest.approx(plain, rel=1e-8)


@law
@given(seeds)
def test_the_worst_scenario_counts_no_more_than_the_expected(seed: int) -> None:
    instance = replace(draw_city(seed), budget=4000.0)
    of = {"dry": {"ground": "none"}, "ice": {"ground": "ice", "people": {"all": 1.2}}}
    expected, worst = (
        best(instance, of_goal(Scenarios.model_validate({"of": of, "by": by})))
        for by in ("expected", "worst")
    )
    assert no_worse(worst, expected)


@law
@given(seeds)
def test_capacity_for_everybody_is_none_and_less_is_never_better(seed: int) -> None:
    instance = replace(draw_city(seed), budget=4000.0)
    values = [
        best(
            instance,
            of_goal(CoveredResidents(capacity=dict.fromkeys(instance.category_names, people))),
        )
        for people in (10.0, 25.5, 1e6)
    ]
    plain = best(instance, of_goal(CoveredResidents()))
    assert values[-1] == pytest.approx(plain, rel=1e-8)
    assert no_worse(values[0], values[1])
    assert no_worse(values[1], values[2])


@law
@given(seeds)
def test_what_is_worth_something_anywhere_near_is_worth_no_less_than_nearer(seed: int) -> None:
    instance = replace(draw_city(seed), budget=4000.0)
    near, far = (
        best(instance, of_goal(CoveredResidents.model_validate({"worth": worth})))
        for worth in ({"2 min": 1}, {"2 min": 1, "4 min": 0.5})
    )
    assert no_worse(near, far)
