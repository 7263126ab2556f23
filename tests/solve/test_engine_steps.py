"""Every step of the engine can be left out: the optimum stays, and the step is not taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array
from small_programs import Enumeration, Kind, draw_program, is_settled, names
from small_programs import draw_town as draw_plane

from siting.coverage import compute_coverage
from siting.model import formulate
from siting.program.builder import ProgramBuilder
from siting.program.program import Domain, Program
from siting.solve import Backend, Reason, SolveResult, SolveSettings, Step, solve
from siting.solve import engine as engine_module
from siting.solve import exact_search as prove_module
from siting.solve import relax as relax_module
from siting.solve.heuristics import improve as improve_module
from siting.solve.heuristics.improve import Improver
from siting.solve.heuristics.local_search import LocalSearch
from siting.solve.presolve import cover as cover_module
from siting.solve.tree.branch_and_bound import BranchAndBound
from towns import draw_town

# The draws go by smaller numbers than 36, so the first programs are of every kind already.
PROGRAMS, MORE = 72, 500
CHUNKS = [range(start, start + 12) for start in range(0, PROGRAMS, 12)]
MORE_CHUNKS = [range(start, start + 38) for start in range(PROGRAMS, MORE, 38)]
ROUNDING = 1e-12
STEPS = tuple(Step)
# The others are taken only where a process proves beside this one.
BESIDE = {Step.NEIGHBOURHOODS, Step.BESIDE}
HERE = tuple(step for step in Step if step not in BESIDE)
# Of budgets and of weights that are far apart, and of many that are equal.
KINDS = (
    Kind(offers=7, demands=14),
    Kind(offers=7, demands=14, costs="extreme"),
    Kind(offers=7, demands=14, weights="thirds", costs="cents"),
    Kind(offers=7, demands=20, weights="zeros", costs="equal", fixed=0.3),
)


def draw(seed: int) -> Program:
    """A town with all blocks, two programs that greed seldom settles, one of cover rows, ..."""
    rng = np.random.default_rng([seed, 2])
    if seed % 4 == 0:
        instance, spec = draw_town(seed)
        return formulate(instance, compute_coverage(instance), spec)
    if seed % 4 == 3:
        program = draw_program(seed, KINDS[seed // 4 % len(KINDS)])
    else:
        program = draw_overlapping(rng)
    return badly_scaled(program, rng) if seed % 3 == 0 else program


def draw_overlapping(rng: np.random.Generator) -> Program:
    """Every demand row is within reach of two or three offers, and the budget buys a third."""
    offers, demands = 8, int(rng.integers(10, 18))
    builder = ProgramBuilder()
    builder.add_columns("choose", names("O", offers))
    weights = rng.integers(1, 60, demands) / rng.choice([1.0, 3.0])
    ids = names("R", demands)
    builder.add_columns("covered", ids, objective=weights, domain=Domain.IMPLIED)
    order = rng.random((demands, offers)).argsort(axis=1)
    near = csr_array((order < rng.integers(2, 4, (demands, 1))).astype(float))
    terms = {"choose": -near, "covered": eye_array(demands, format="csr")}
    builder.add_rows("cover", ids, terms, upper=0.0)
    cost = rng.integers(5, 12, offers) * 1000.0
    money = csr_array(cost.reshape(1, -1))
    builder.add_rows("budget", (), {"choose": money}, upper=float(round(0.35 * cost.sum())))
    site = csr_array((rng.integers(0, 4, offers) == np.arange(4)[:, None]).astype(float))
    builder.add_rows("slots", names("S", 4), {"choose": site}, upper=rng.choice([1.0, 2.0], 4))
    return builder.build()


def badly_scaled(program: Program, rng: np.random.Generator) -> Program:
    """The same with each kind of side rows multiplied by up to a million, or divided.

    Its numbers stay decimals, as people write them.
    """
    factor = np.ones(program.shape[0])
    for section in program.rows:
        if section.name != "cover":
            factor[section.slice] = 10.0 ** rng.integers(-6, 7)
    matrix = program.matrix.copy()
    matrix.data = decimals(matrix.data * np.repeat(factor, np.diff(matrix.indptr)))
    return replace(
        program,
        matrix=matrix,
        row_lower=decimals(program.row_lower * factor),
        row_upper=decimals(program.row_upper * factor),
    )


def decimals(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([float(f"{number:.12g}") for number in numbers])


def variants(seed: int) -> list[frozenset[Step]]:
    """No step left out, all left out, some at random, and a third of the steps each by itself.

    What draws programs goes by smaller numbers than 12, so each third meets every kind.
    """
    drawn = np.random.default_rng(seed).random(len(STEPS)) < 0.5
    some = frozenset(step for step, out in zip(STEPS, drawn, strict=True) if out)
    alone = [frozenset({step}) for step in HERE[seed // 12 % 3 :: 3]]
    return [frozenset(), frozenset(STEPS), some, *alone]


def settings(without: frozenset[Step]) -> SolveSettings:
    return SolveSettings(relative_gap=0, time_limit=3600, threads=1, isolate=False, without=without)


class Right:
    """What a result must be, from counting every choice of offers once."""

    def __init__(self, program: Program) -> None:
        self.counted = Enumeration(program)
        self.best = self.counted.best()

    def check(self, result: SolveResult, told: str) -> None:
        if self.best is None:
            assert result.termination.reason is Reason.INFEASIBLE, told
            return
        assert is_settled(result), told
        assert result.values is not None, told
        assert result.objective is not None, told
        slack = ROUNDING * max(1.0, abs(float(self.best)))
        assert abs(result.objective - float(self.best)) <= slack, told
        assert min(result.bound, result.certified_bound) >= float(self.best) - slack, told
        assert self.counted.holds(result.values), told


@pytest.mark.parametrize(
    "seeds",
    [*CHUNKS, *(pytest.param(seeds, marks=pytest.mark.slow) for seeds in MORE_CHUNKS)],
    ids=lambda seeds: f"from-{seeds[0]}",
)
def test_the_optimum_is_that_of_the_enumeration_whatever_is_left_out(seeds: range) -> None:
    for seed in seeds:
        program = draw(seed)
        right = Right(program)
        for without in variants(seed):
            told = f"program {seed} without {', '.join(sorted(without)) or 'nothing'}"
            right.check(solve(program, settings(without)), told)


def test_the_programs_are_of_every_kind() -> None:
    """Programs that the first steps settle would prove nothing about the later ones."""
    seen: Counter[str] = Counter()
    for seed in range(PROGRAMS):
        result = solve(draw(seed), settings(frozenset()))
        seen["no solution"] += result.values is None
        seen["relaxed"] += "relax" in result.seconds
        seen["rounded"] += "round" in result.seconds
        seen["searched"] += "prove" in result.seconds
    assert seen["no solution"] >= 2, seen
    assert min(seen["relaxed"], seen["rounded"], seen["searched"]) >= PROGRAMS / 10, seen


# --- a step that is left out is not taken -------------------------------------------------------

HARD = draw_plane(60, 300)
# What does the work of a step, and nothing else.
WORKERS: dict[Step, tuple[Any, str]] = {
    Step.SETTLE: (cover_module, "settle_decided"),
    Step.FOLD: (cover_module, "fold_single"),
    Step.MERGE_ROWS: (cover_module, "merge_equal"),
    Step.IDLE_ROWS: (engine_module, "without_idle_rows"),
    Step.NESTED: (prove_module, "nest"),
    Step.GREEDY: (engine_module, "lazy_greedy"),
    Step.RELAX: (relax_module, "relax_call"),
    Step.CUTS: (engine_module, "strengthen_relaxation"),
    Step.FIX: (prove_module, "reduced_costs"),
    Step.DIVE: (improve_module, "dive"),
    Step.EXCHANGE: (LocalSearch, "_exchange"),
    Step.UNION: (Improver, "_start"),
    Step.NEIGHBOURHOODS: (Improver, "neighbourhood"),
    Step.BESIDE: (prove_module, "ChildProcessCall"),
    Step.TREE: (BranchAndBound, "step"),
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[Step]:
    """Counts how often each step is taken."""
    counted: Counter[Step] = Counter()

    def watch(step: Step, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counted[step] += 1
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for step, (owner, name) in WORKERS.items():
        watch(step, owner, name)
    return counted


# Steps of the exact search by a backend, which is left out where a tree ends by itself.
OF_A_BACKEND = {Step.NESTED, Step.FIX}


def test_every_step_has_a_worker() -> None:
    assert set(WORKERS) == set(Step)


@pytest.mark.parametrize("step", HERE)
def test_a_step_is_taken_unless_it_is_left_out(step: Step, calls: Counter[Step]) -> None:
    asked = replace(settings(frozenset()), relative_gap=1e-3)
    if step in OF_A_BACKEND:
        asked = replace(asked, backend=Backend.HIGHS)
    solve(HARD, asked)
    assert calls[step] >= 1
    calls.clear()
    solve(HARD, replace(asked, without=frozenset({step})))
    assert calls[step] == 0
    assert sum(calls.values()) >= 1


@pytest.mark.parametrize("step", sorted(BESIDE))
def test_a_step_beside_the_proof_is_taken_unless_it_is_left_out(
    step: Step, calls: Counter[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (engine_module, relax_module):
        monkeypatch.setattr(module, "is_large", lambda *_arguments: True)
    asked = SolveSettings(relative_gap=0, threads=2, time_limit=3600, backend=Backend.HIGHS)
    solve(HARD, asked, stop=lambda: calls[step] > 0)
    assert calls[step] >= 1
    calls.clear()
    solve(HARD, replace(asked, without=frozenset({step})))
    assert calls[step] == 0


def test_without_any_step_the_search_is_left(calls: Counter[Step]) -> None:
    result = solve(draw_plane(20, 60), settings(frozenset(STEPS)))
    assert is_settled(result)
    assert not calls
    assert {"reduce", "search"} <= set(result.seconds)


def test_cold_takes_no_step(calls: Counter[Step]) -> None:
    cold = replace(settings(frozenset()), cold=True)
    assert not any(cold.takes(step) for step in Step)
    assert is_settled(solve(draw_plane(20, 60), cold))
    assert not calls


# --- naming steps -------------------------------------------------------------------------------


def test_a_name_will_do() -> None:
    named = SolveSettings(without={"dive", Step.FIX})  # type: ignore[arg-type]
    assert named.without == frozenset({Step.DIVE, Step.FIX})
    assert all(isinstance(step, Step) for step in named.without)
    assert not named.takes(Step.DIVE)
    assert named.takes(Step.GREEDY)
    assert SolveSettings().without == frozenset()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dive", "jump"}, "without has jump; expected steps out of settle, fold, merge_rows, "),
        ({"jump", "Dive"}, "without has Dive, jump; expected steps out of .*, tree$"),
        ("dive", "without is 'dive'; expected a set of steps out of settle, fold"),
    ],
)
def test_a_step_that_there_is_not_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SolveSettings(without=wrong)
