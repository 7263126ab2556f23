"""Cuts of a core, put to the whole problem: no whole solution breaks one, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array
from small_programs import Floats, problem_of
from test_engine_steps import draw_overlapping
from test_odd_cycles import bound_of, full, relaxed, strengthened

from siting.program.program import Program
from siting.solve.backends.contract import Relaxation
from siting.solve.cuts.lift import mean_of_rounded, to_whole, with_lifted_cuts
from siting.solve.cuts.odd_cycles import cut_rows
from siting.solve.presolve.cover import CoverProblem, restrict
from siting.solve.settings import Step

CASES = 16


@dataclass(frozen=True)
class Case:
    """A problem, a core of it, what the core's cuts are, and the problem's program with them."""

    problem: CoverProblem
    core: CoverProblem
    found: Relaxation
    lifted: Program

    @property
    def own(self) -> int:
        """Rows of the problem's program without cuts."""
        return self.problem.to_program().shape[0]

    @property
    def inside(self) -> Floats:
        """1 for the core's offers, shape (offers,)."""
        return np.isin(self.problem.offers, self.core.offers).astype(float)


@cache
def cases() -> list[Case]:
    """Problems whose core has merged rows, and cuts."""
    found: list[Case] = []
    for seed in range(1000):
        rng = np.random.default_rng([seed, 31])
        problem = problem_of(draw_overlapping(rng))
        core = restrict(problem, rng.random(len(problem.offers)) < 0.8)
        program = core.to_program()
        if program.shape[0] == 0 or len(core.weights) == len(problem.weights):
            continue
        cut = strengthened(program)
        assert cut.cut_multipliers is not None
        if cut.cut_multipliers.shape[0] == 0:
            continue
        lifted = with_lifted_cuts(problem, core, cut.cut_multipliers, problem.to_program())
        found.append(Case(problem, core, cut, lifted))
        if len(found) == CASES:
            return found
    pytest.fail("too few problems have cuts")


def choices(offers: int) -> Floats:
    return ((np.arange(2**offers)[:, None] >> np.arange(offers)) & 1).astype(float)


def kept_by_sides(problem: CoverProblem, chosen: Floats) -> bool:
    use = problem.side @ chosen
    return bool(np.all(use <= problem.side_upper) and np.all(use >= problem.side_lower))


def test_no_whole_solution_breaks_a_lifted_cut() -> None:
    least = np.inf
    for case in cases():
        matrix, upper = case.lifted.matrix[case.own :], case.lifted.row_upper[case.own :]
        for chosen in choices(len(case.problem.offers)):
            if kept_by_sides(case.problem, chosen):
                room = upper - matrix @ full(case.problem, chosen)
                assert np.all(room >= 0)
                least = min(least, room.min())
    # Some solution leaves one no room, or they might all be far too weak.
    assert least < 1e-6


def test_within_the_core_they_say_what_they_say_there() -> None:
    for case in cases():
        assert case.found.cut_multipliers is not None
        there, upper = cut_rows(case.core.to_program(), case.found.cut_multipliers)
        here = case.lifted.matrix[case.own :]
        np.testing.assert_allclose(case.lifted.row_upper[case.own :], upper, atol=1e-8)
        rng = np.random.default_rng(len(upper))
        for chosen in rng.integers(0, 2, (30, len(case.core.offers))).astype(float):
            whole = to_whole(case.problem, case.core, chosen)
            np.testing.assert_allclose(here @ whole, there @ full(case.core, chosen), atol=1e-9)


def test_without_the_other_offers_they_prove_what_the_core_proves() -> None:
    better = 0
    for case in cases():
        closed = case.lifted.upper.copy()
        closed[: len(case.inside)] *= case.inside
        proven = bound_of(program := replace(case.lifted, upper=closed), relaxed(program))
        core = case.core.to_program()
        assert proven == pytest.approx(bound_of(core, case.found), rel=1e-6)
        better += proven < bound_of(core, relaxed(core)) * (1 - 1e-6)
    assert better >= 10


@pytest.mark.parametrize(("weights", "share"), [((2.0, 6.0), 0.75), ((0.0, 0.0), 0.5)])
def test_offers_outside_count_where_they_cover_some_rows_of_a_merged_one(
    weights: tuple[float, float], share: float
) -> None:
    """Three rows of two offers each, each joined by a twin that one more offer covers too."""
    pairs = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=float)
    cover = np.hstack([np.repeat(pairs, 2, axis=0), np.tile([[0.0], [1.0]], (3, 1))])
    case = problem_of(draw_overlapping(np.random.default_rng(0)))
    problem = replace(
        case,
        weights=np.array(weights * 3),
        cover=csr_array(cover),
        gain=np.zeros(4),
        side=csr_array((1, 4)),
        side_lower=np.array([-np.inf]),
        side_upper=np.array([1.0]),
        side_rows=np.array([6]),
        lower=np.zeros(4),
        upper=np.ones(4),
        offers=np.arange(4),
        demand_of=np.arange(6),
        cover_rows=np.arange(6),
        without=frozenset({Step.SETTLE}),
    )
    core = restrict(problem, np.array([True, True, True, False]))
    assert len(core.weights) == 3
    cut_multipliers = csr_array(np.array([[1.0, 1.0, 1.0, 0.0]]))
    lifted = with_lifted_cuts(problem, core, cut_multipliers, problem.to_program())
    row = lifted.matrix[[-1]].toarray().ravel()
    # y1 + y2 + y3 <= 1 + x1 + x2 + x3 for any one of each two rows, so for their weighted mean.
    np.testing.assert_allclose(row[:3], -1.0)
    np.testing.assert_allclose(row[4:], [1 - share, share] * 3)
    # The fourth covers so much of each row on average; half of that and of one more row counts.
    np.testing.assert_allclose(row[3], -(3 * share + 1) / 2, atol=1e-8)
    assert lifted.row_upper[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("takes", [-1.0, -0.5, 0.0, 0.5, 1.0, 1.7, 2.0, 3.0])
def test_the_mean_of_rounded_halves_is_never_too_high(takes: float) -> None:
    rng = np.random.default_rng(int(takes) + 5)
    for size in range(1, 9):
        odds = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], (200, size))
        counts = (rng.random((400, 1, size)) < odds).sum(axis=2)
        exact = np.floor((takes - counts) / 2).mean(axis=0)
        assert np.all(mean_of_rounded(counts.mean(axis=0), np.full(200, takes)) <= exact + 1e-12)
    corners = np.array([0.0, 2.0, 4.0] if np.floor(takes) % 2 else [0.0, 1.0, 3.0])
    reached = mean_of_rounded(corners, np.full(3, takes))
    np.testing.assert_array_equal(reached, np.floor((takes - corners) / 2))
