"""A first answer from what is known of another program: it keeps every row, and its bound holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_programs import Floats, draw_program, draw_town
from test_starts import BEST, RICHER, at_budget, start_of

from siting.program.program import Program
from siting.solve import SolveSettings, WarmStart, restart, solve
from siting.solve.bounds.duality import safe_bound

TOWN = draw_town(60, 300, share=0.06)
ALL = SolveSettings(relative_gap=0, threads=1, isolate=False, time_limit=3600)


def with_floor(program: Program, name: str) -> Program:
    """The same program where one row must hold at least one offer."""
    lower = program.row_lower.copy()
    (section,) = (section for section in program.rows if section.name == name)
    lower[section.start] = 1.0
    return replace(program, row_lower=lower)


def locked_out(program: Program, values: Floats) -> Program:
    """The same program without the first offer that a plan chooses."""
    upper = program.upper.copy()
    upper[np.flatnonzero(values[: program.columns[0].stop] > 0.5)[0]] = 0.0
    return replace(program, upper=upper)


def keeps_the_rows_of_choices(program: Program, values: Floats) -> bool:
    choices = program.columns[0].slice
    own = np.diff(program.matrix[:, choices.stop :].indptr) == 0
    activity = (program.matrix[:, choices] @ values[choices])[own]
    spare = 1e-8 * np.maximum(1.0, np.abs(activity))
    below = activity <= program.row_upper[own] + spare
    return bool(np.all(below & (activity >= program.row_lower[own] - spare)))


CHANGED = {
    "less money": at_budget(TOWN, 0.5),
    "more money": RICHER,
    "an offer less": locked_out(TOWN, np.asarray(BEST.values)),
    "something required": with_floor(TOWN, "slots"),
}


@pytest.mark.parametrize("program", CHANGED.values(), ids=CHANGED)
def test_a_repaired_plan_keeps_every_row_and_the_bound_holds(program: Program) -> None:
    known = restart(program, [start_of(BEST)], gap=0.0)
    assert known is not None
    assert known.values is not None
    assert known.multipliers is not None
    assert keeps_the_rows_of_choices(program, known.values)
    best = solve(program, ALL, start=[known])
    assert best.objective is not None
    assert best.objective <= safe_bound(program, known.multipliers)


def test_a_plan_that_fits_already_is_kept_and_its_bound_not_worsened() -> None:
    known = restart(TOWN, [start_of(BEST)], gap=0.0)
    assert known is not None
    assert known.values is not None
    assert known.multipliers is not None
    choices = TOWN.columns[0].slice
    assert np.array_equal(known.values[choices] > 0.5, np.asarray(BEST.values)[choices] > 0.5)
    assert safe_bound(TOWN, known.multipliers) <= safe_bound(TOWN, np.asarray(BEST.multipliers))


@pytest.mark.parametrize("seed", range(40))
def test_of_no_program_a_plan_comes_out_that_breaks_it(seed: int) -> None:
    program = draw_program(seed)
    everything = WarmStart(np.ones(program.shape[1]), np.ones(program.shape[0]))
    known = restart(program, [everything], gap=0.0)
    if known is None or known.values is None:
        return
    assert keeps_the_rows_of_choices(program, known.values)
    best = solve(program, ALL)
    assert best.objective is not None, "a plan where there is none"
    assert known.multipliers is None or safe_bound(program, known.multipliers) >= best.objective
