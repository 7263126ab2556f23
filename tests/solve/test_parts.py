"""Parts of a program: what they prove holds of the whole, and their plans are plans of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array

from siting.program import Domain, Program
from siting.program.builder import ProgramBuilder
from siting.solve import SolveSettings, solve
from siting.solve.backends.calls import Parent, run_call
from siting.solve.backends.contract import Relaxation, Relaxer
from siting.solve.backends.mathopt import relax
from siting.solve.bounds.duality import safe_bound, usable_multipliers
from siting.solve.general.part_bounds import PartBound, with_lemmas
from siting.solve.general.part_call import PartCall
from siting.solve.general.part_plans import PartPlans
from siting.solve.general.parts import PartParameters, find_parts, needs_several
from siting.solve.general.states import States, open_states
from siting.solve.presolve.compose_states import ComposedStates, compose_states
from siting.solve.presolve.merge_states import MergeStates
from siting.solve.tree.proof import SearchTree
from siting.solve.tree.run import TreeAnswer

Floats = NDArray[np.float64]

# A budget over all offers joins the parts even where there are few offers.
EVERYWHERE = PartParameters(narrow=3, wide=0.4, least=1)


def ids(letter: str, count: int) -> tuple[NDArray[np.object_], ...]:
    return (np.array([f"{letter}{i}" for i in range(count)], dtype=object),)


def draw_baskets(seed: int, quarters: int = 2, offers: int = 5, points: int = 6) -> Program:
    """Quarters with points that need offers of one or two categories each, and money for some."""
    rng = np.random.default_rng(seed)
    count, people = quarters * offers, quarters * points
    near = np.zeros((2 * people, count))
    for pair, offer in itertools.product(range(2 * people), range(count)):
        same = (pair // 2) // points == offer // offers and pair % 2 == offer % 2
        near[pair, offer] = same and rng.random() < 0.6
    builder = ProgramBuilder(offset=3.0)
    builder.add_columns("choose", ids("O", count))
    builder.add_columns("covered", ids("P", 2 * people), domain=Domain.IMPLIED)
    weights = rng.integers(1, 30, people).astype(float)
    builder.add_columns("complete", ids("R", people), objective=weights, domain=Domain.IMPLIED)
    one = csr_array(eye_array(2 * people))
    cover = {"choose": csr_array(-near), "covered": one}
    builder.add_rows("cover", ids("P", 2 * people), cover, upper=0.0)
    needs = {"covered": csr_array(-one), "complete": csr_array(np.repeat(np.eye(people), 2, 0))}
    builder.add_rows("completion", ids("P", 2 * people), needs, upper=0.0)
    costs = rng.integers(1, 9, count).astype(float)
    limit = float(rng.integers(4, max(5, int(costs.sum() * 0.7))))
    builder.add_rows("budget", (), {"choose": csr_array(costs[None, :])}, upper=limit)
    return builder.build()


@dataclass(frozen=True)
class Town:
    """A program, what it is without what only passes on, and its relaxation."""

    program: Program
    composed: ComposedStates
    states: States
    relaxation: Relaxation

    @property
    def multipliers(self) -> Floats:
        return usable_multipliers(self.composed.program, self.relaxation.multipliers)

    def best(self) -> float:
        """The best of all plans, counted one by one."""
        program, rows = self.composed.program, self.composed.program.matrix
        best = -np.inf
        for choice in itertools.product((0.0, 1.0), repeat=len(self.states.whole)):
            values = self.states.filled(np.array(choice))
            used = rows @ values
            if np.all((used <= program.row_upper + 1e-9) & (used >= program.row_lower - 1e-9)):
                best = max(best, program.value(values))
        return best


def town(seed: int, **size: int) -> Town:
    program = draw_baskets(seed, **size)
    composed = compose_states(MergeStates().apply(program))
    found = relax(composed.program, Relaxer.SIMPLEX, time_limit=20)
    assert isinstance(found, Relaxation)
    return Town(program, composed, open_states(composed.program), found)


def bound_of(one: Town, factor: float = 1.0) -> PartBound | None:
    parts = find_parts(one.states, one.relaxation.values, EVERYWHERE)
    if parts is None:
        return None
    multipliers = one.multipliers.copy()
    multipliers[parts.joining] *= factor
    plans = PartPlans(parts, parts.joining)
    return PartBound(parts, multipliers, lambda: 60.0, plans.add)


def everything(bound: PartBound) -> SearchTree:
    bound.run(lambda _bound: None, lambda: False)
    proof = bound.proof()
    assert proof is not None
    return proof


# --- states that only pass on -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_without_what_passes_on_plans_and_bounds_are_the_same(seed: int) -> None:
    one, rng = town(seed), np.random.default_rng(seed)
    whole, states = one.program, open_states(one.program)
    assert [s.stop - s.start for s in one.composed.program.columns][1] == 0
    choice = (rng.random(len(states.whole)) < 0.5).astype(float)
    values = one.composed.invert_values(one.states.filled(choice))
    assert whole.value(values) == pytest.approx(whole.value(states.filled(choice)))
    small = rng.random(one.composed.program.shape[0]) * 10
    there = safe_bound(one.composed.program, small)
    assert safe_bound(whole, one.composed.invert_multipliers(small)) <= there + 1e-6


def test_what_something_else_asks_for_stays() -> None:
    program = draw_baskets(0)
    objective = program.objective.copy()
    objective[program.section("covered").start] = 5.0
    asked = Program(**{**program.__dict__, "objective": objective})
    composed = compose_states(MergeStates().apply(asked))
    assert [s.stop - s.start for s in composed.program.columns][1] == 1


def test_a_state_that_waits_for_two_at_once_keeps_them() -> None:
    program = draw_baskets(1)
    # z <= x1 + x2 is weaker than z <= sum of all offers of both: each of them is at most 1.
    matrix, covered = program.matrix.tolil(), program.section("covered").start
    matrix[program.rows[1].start, covered + 1] = -1.0
    both = Program(**{**program.__dict__, "matrix": csr_array(matrix)})
    composed = compose_states(MergeStates().apply(both))
    assert solve(composed.program).objective == pytest.approx(solve(both).objective)


# --- bounds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("factor", [1.0, 0.8, 1.3])
def test_no_plan_is_better_than_what_the_parts_prove(seed: int, factor: float) -> None:
    one = town(seed)
    bound = bound_of(one, factor)
    if bound is None:
        pytest.skip("the relaxation is whole")
    proof, best = everything(bound), one.best()
    assert proof.bound >= best - 1e-6
    assert proof.bound == pytest.approx(bound.bound, rel=1e-6, abs=1e-2)
    if factor == 1.0:
        assert proof.bound <= safe_bound(one.composed.program, one.multipliers) + 1e-2


@pytest.mark.parametrize("seed", range(40))
def test_every_lemma_holds_of_every_plan(seed: int) -> None:
    one = town(seed)
    bound = bound_of(one)
    if bound is None:
        pytest.skip("the relaxation is whole")
    for lemma in everything(bound).lemmas:
        for choice in itertools.product((0.0, 1.0), repeat=len(one.states.whole)):
            values = one.states.filled(np.array(choice))
            assert lemma.weights @ values[lemma.columns] <= lemma.limit + 1e-6


def test_parts_bound_some_program_better_than_its_relaxation() -> None:
    gains = []
    for seed in range(20):
        one = town(seed, quarters=3, offers=4)
        bound = bound_of(one)
        if bound is not None:
            relaxed = safe_bound(one.composed.program, one.multipliers)
            gains.append(relaxed - everything(bound).bound)
    assert max(gains) > 1.0


def test_a_tree_stopped_early_still_proves_what_it_says() -> None:
    for seed in range(20):
        one = town(seed)
        bound = bound_of(one)
        if bound is None:
            continue
        for tree in bound.trees:
            tree.step()
        proof = bound.proof()
        assert proof is not None
        assert proof.bound >= one.best() - 1e-6
        stated = with_lemmas(one.composed.program, proof.lemmas)
        assert safe_bound(stated, proof.root) == pytest.approx(proof.bound)


def test_parts_are_for_states_that_need_several_others() -> None:
    assert needs_several(town(0).states)
    program = draw_baskets(0)
    covered = np.zeros(program.shape[1])
    covered[program.section("covered").slice] = 1.0
    asked = Program(**{**program.__dict__, "objective": covered})
    single = compose_states(MergeStates().apply(asked))
    assert not needs_several(open_states(single.program))


def test_what_joins_parts_is_told_from_what_lies_in_them() -> None:
    one = town(0)
    drawn = np.full(one.composed.program.shape[1], 0.5)
    money = [section.start for section in one.composed.program.rows if section.name == "budget"]
    for parameters, joining in ((EVERYWHERE, money), (PartParameters(narrow=1000), [])):
        parts = find_parts(one.states, drawn, parameters)
        assert parts is not None
        assert parts.joining.tolist() == joining


# --- plans --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_plans_of_parts_put_together_keep_what_joins_them(seed: int) -> None:
    one = town(seed)
    parts = find_parts(one.states, one.relaxation.values, EVERYWHERE)
    if parts is None:
        pytest.skip("the relaxation is whole")
    plans = PartPlans(parts, parts.joining)
    for factor in (1.0, 1.4):
        multipliers = one.multipliers.copy()
        multipliers[parts.joining] *= factor
        everything(PartBound(parts, multipliers, lambda: 60.0, plans.add))
    combined = plans.combine()
    if combined is not None:
        values = one.states.filled(np.round(combined[one.states.whole]))
        used = one.composed.program.matrix @ values
        assert np.all(used <= one.composed.program.row_upper + 1e-9)
    assert plans.combine() is None


def test_a_call_reports_bounds_and_plans() -> None:
    one = town(3, quarters=4, offers=12, points=12)
    assert find_parts(one.states, one.relaxation.values) is not None
    said: list[float] = []
    plans: list[Floats] = []
    call = PartCall(one.composed.program, one.relaxation.values, one.multipliers, 20.0)
    parent = Parent(submit=plans.append)
    answer = run_call(call, lambda _best, bound: said.append(float(bound or 0.0)), parent)
    assert isinstance(answer, TreeAnswer)
    assert answer.tree is not None
    best = solve(one.program, SolveSettings(relative_gap=0.0, time_limit=30)).objective
    assert best is not None
    assert said == sorted(said, reverse=True)
    assert best - 1e-6 <= answer.tree.bound <= said[0] + 1e-6


def test_of_many_parts_those_with_most_open_choices_are_kept() -> None:
    one = town(2, quarters=3)
    drawn = np.full(one.composed.program.shape[1], 0.5)
    every = find_parts(one.states, drawn, EVERYWHERE)
    fewer = find_parts(one.states, drawn, replace(EVERYWHERE, most=1))
    assert every is not None
    assert fewer is not None
    assert len(every) > 1
    assert len(fewer) == 1
