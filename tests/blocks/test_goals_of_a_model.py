"""Goals of a model: their order, names and shares, weighted sums, and what is refused of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_models import draw_city, draw_model

from siting.blocks import (
    BLOCKS,
    Budget,
    CompleteResidents,
    Count,
    CoveredResidents,
    ObjectiveBlock,
)
from siting.errors import InputError
from siting.model import ModelSpec, WeightedSum, explain, read_model

HEAD = "siting_model: 1\nname: goals\n"


def read(tmp_path: Path, text: str) -> ModelSpec:
    path = tmp_path / "goals.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_model(path)


def problems(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    return "\n".join(map(str, caught.value.problems))


# --- reading ------------------------------------------------------------------------------------


def test_goals_come_in_their_order_with_their_shares(tmp_path: Path) -> None:
    text = (
        "maximise:\n"
        "  - complete_residents: {tier: basic, within: 0.5%}\n"
        "  - sum: [{complete_residents: {}, weight: 2}, {complete_residents: {tier: quality}}]\n"
        "    within: 1%\n"
        "  - covered_residents\n"
    )
    first, second, third = read(tmp_path, text).goals
    assert (first.name, first.within, first.sense) == ("complete_residents", 0.005, "maximise")
    assert (second.name, second.within) == ("sum", 0.01)
    assert [(block.block, weight) for block, weight in second.parts] == [
        ("complete_residents", 2.0),
        ("complete_residents", 1.0),
    ]
    assert (third.name, third.within) == ("covered_residents", 1e-4)
    assert first.parts == ((CompleteResidents(tier=("basic",), within=0.005), 1.0),)


def test_names_that_would_clash_are_numbered() -> None:
    goals = (
        WeightedSum(((CoveredResidents(), 1.0),)),
        CompleteResidents(),
        WeightedSum(((CompleteResidents(tier=("quality",)), 2.0),)),
        CompleteResidents(category=("canteen",)),
    )
    blocks = (Budget(), Count(at_most=1), Budget(at_most="3 CNY"), Budget(at_least="1 CNY"))
    spec = ModelSpec("t", goals, blocks)
    assert [goal.name for goal in spec.goals] == [
        *("sum", "complete_residents", "sum_2", "complete_residents_2"),
    ]
    assert [name for name, _ in spec.constraints] == ["budget", "count", "budget_2", "budget_3"]


@pytest.mark.parametrize("goals", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_is_read_again(seed: int, goals: int) -> None:
    spec = draw_model(seed, draw_city(seed), goals=goals)
    again = ModelSpec.from_dict(spec.to_dict())
    assert again == spec
    assert again.digest == spec.digest
    assert again.goals == spec.goals
    assert again.constraints == spec.constraints


@given(st.floats(0, 1, exclude_max=True), st.floats(1e-9, 1e9))
def test_shares_and_weights_are_kept_to_the_last_digit(within: float, weight: float) -> None:
    goals: tuple[ObjectiveBlock | WeightedSum, ...] = (
        WeightedSum(((CoveredResidents(), weight),), within),
        CompleteResidents(within=within),
    )
    spec = ModelSpec("t", goals, ())
    assert ModelSpec.from_dict(spec.to_dict()) == spec


def test_each_of_two_models_with_other_goals_has_a_digest_of_its_own() -> None:
    goals: list[tuple[ObjectiveBlock | WeightedSum, ...]] = [
        (CoveredResidents(), CompleteResidents()),
        (CompleteResidents(), CoveredResidents()),
        (CoveredResidents(within=0.1), CompleteResidents()),
        (WeightedSum(((CoveredResidents(), 1.0), (CompleteResidents(), 1.0))),),
        (WeightedSum(((CoveredResidents(), 1.0), (CompleteResidents(), 2.0))),),
        (WeightedSum(((CoveredResidents(), 1.0), (CompleteResidents(), 1.0)), 0.1),),
    ]
    assert len({ModelSpec("t", entry, ()).digest for entry in goals}) == len(goals)


def test_several_goals_are_numbered_where_they_are_explained() -> None:
    goals = (CoveredResidents(), WeightedSum(((CompleteResidents(), 2.0), (CoveredResidents(), 1))))
    text = explain(ModelSpec("t", goals, ()))
    assert text.index("maximise 1\n") < text.index("maximise 2\n  2 x complete_residents")


# --- what is refused ----------------------------------------------------------------------------

SUM = "maximise:\n  - sum: "
REFUSED: dict[str, tuple[str, str]] = {
    "twice": ("maximise: [covered_residents, covered_residents: {}]\n", "second time"),
    "twice with another share": (
        "maximise: [covered_residents, covered_residents: {within: 1%}]\n",
        "second time",
    ),
    "twice in a sum": (
        SUM + "[{covered_residents: {}, weight: 2}, {covered_residents: {}, weight: 3}]\n",
        "second time",
    ),
    "in a sum and alone": (
        SUM + "[{covered_residents: {}, weight: 2}]\n  - covered_residents\n",
        "second time",
    ),
    "an empty sum": (SUM + "[]\n", "sum.*objectives with weights"),
    "a sum of nothing": (SUM + "\n", "sum.*objectives with weights"),
    "a sum that is no list": (SUM + "{covered_residents: {}}\n", "sum.*objectives with weights"),
    "another key of a sum": (
        SUM + "[{covered_residents: {}}]\n    withn: 1%\n",
        "withn.*within",
    ),
    "another key of a part": (SUM + "[{covered_residents: {}, weigth: 2}]\n", "weigth"),
    "no weight at all": (SUM + "[{covered_residents: {}, weight: 0}]\n", "weight.*above 0"),
    "a weight below 0": (SUM + "[{covered_residents: {}, weight: -1}]\n", "weight.*above 0"),
    "a weight in words": (SUM + "[{covered_residents: {}, weight: much}]\n", "weight.*above 0"),
    "an infinite weight": (SUM + "[{covered_residents: {}, weight: .inf}]\n", "weight"),
    "a weight that is no number": (SUM + "[{covered_residents: {}, weight: .nan}]\n", "weight"),
    "a weight alone": (SUM + "[{weight: 2}]\n", "no block"),
    "a constraint in a sum": (SUM + "[{budget: {}, weight: 1}]\n", "belongs under 'subject_to'"),
    "an unknown part": (SUM + "[{covered_resident: {}}]\n", "covered_residents"),
    "a sum in a sum": (SUM + "[{sum: [covered_residents]}]\n", "unknown block 'sum'"),
    "a sum among constraints": (
        "maximise: [covered_residents]\nsubject_to:\n  - sum: [budget]\n",
        "unknown block 'sum'",
    ),
    "all of a goal given up": ("maximise: [covered_residents: {within: 100%}]\n", "within.*share"),
    "a share below 0": ("maximise: [covered_residents: {within: -0.1}]\n", "within.*share"),
    "all of a sum given up": (SUM + "[covered_residents]\n    within: 1.0\n", "within.*share"),
    "an infinite share": ("maximise: [covered_residents: {within: .nan}]\n", "within"),
    "no goal": ("maximise: []\n", "maximise.*objectives"),
    "an objective among constraints": (
        "maximise: [covered_residents]\nsubject_to: [complete_residents]\n",
        "belongs under 'maximise'",
    ),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_cannot_be_meant_is_refused_in_words(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    told = problems(tmp_path, text)
    assert re.search(words, told, flags=re.DOTALL), told


def test_every_problem_of_a_sum_comes_at_once_with_its_line(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        "maximise:\n"
        "  - sum:\n"
        "    - {covered_residents: {}, weight: 0}\n"
        "    - {complete_residents: {teir: basic}}\n"
        "    - {nothing: {}}\n",
    )
    assert [f"goals.yaml:{line}" in told for line in (5, 6, 7)] == [True] * 3


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(maximise=3),
        lambda said: said.update(maximise=[None]),
        lambda said: said.update(maximise=[{"sum": None}]),
        lambda said: said.update(maximise=[{"sum": [3]}]),
        lambda said: said.update(maximise=[{3: {}}]),
        lambda said: said.update(subject_to={"budget": {}}),
        lambda said: said.update(subject_to=[["budget"]]),
        lambda said: said.update(subject_to=[{"budget": 3}]),
        lambda said: said.update(siting_model=2),
        lambda said: said.update(name=""),
        lambda said: said.update(more=1),
        lambda said: said.pop("maximise"),
    ],
)
def test_odd_plain_values_are_refused_in_words(change: Callable[[dict[str, object]], None]) -> None:
    said = ModelSpec("t", (CoveredResidents(),), (Budget(),)).to_dict()
    change(said)
    with pytest.raises(InputError) as caught:
        ModelSpec.from_dict(said)
    assert all(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("name", list(BLOCKS))
def test_every_block_refuses_what_it_does_not_know(name: str) -> None:
    said = {"siting_model": 1, "name": "t", "maximise": ["covered_residents"]}
    key = "maximise" if issubclass(BLOCKS[name], ObjectiveBlock) else "subject_to"
    with pytest.raises(InputError, match="nonsense"):
        ModelSpec.from_dict({**said, key: [{name: {"nonsense": 1}}]})
