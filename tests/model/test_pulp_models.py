"""What PuLP writes: names that files can hold, and the optimum that the arrays have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pulp
import pytest

from siting.blocks import Budget, CategoryOncePerSite, LockedIn, SiteSlots
from siting.coverage import compute_coverage
from siting.inputs import Instance
from siting.model import ModelSpec, formulate, write_pulp
from siting.program import Domain, Program
from siting.solve import Reason, SolveSettings, solve
from siting.solve.pulp_bridge import read_pulp
from towns import draw_instance, draw_spec, hand_town, spec_of

ODD_IDS = ("点位", "点 位", "S 1", "S_1", "S-1", "S_1__1", "a,b", "[x]", "é", "1e5")
SETTINGS = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)


def written(instance: Instance, spec: ModelSpec) -> pulp.LpProblem:
    return write_pulp(instance, compute_coverage(instance), spec)


def both(instance: Instance, spec: ModelSpec) -> tuple[Program, Program]:
    """The arrays, and what is read from PuLP."""
    coverage = compute_coverage(instance)
    return formulate(instance, coverage, spec), read_pulp(write_pulp(instance, coverage, spec))


def assert_same_optimum(arrays: Program, read: Program) -> None:
    from_arrays, from_pulp = (solve(program, SETTINGS) for program in (arrays, read))
    assert (from_arrays.objective is None) == (from_pulp.objective is None)
    if from_arrays.objective is None:
        assert from_arrays.termination.reason == from_pulp.termination.reason == Reason.INFEASIBLE
    else:
        assert from_arrays.objective == pytest.approx(from_pulp.objective, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_model_read_from_pulp_has_the_optimum_of_the_arrays(seed: int) -> None:
    instance = draw_instance(seed)
    assert_same_optimum(*both(instance, draw_spec(seed, instance)))


# --- names --------------------------------------------------------------------------------------


def renamed(instance: Instance) -> Instance:
    """The same town with ids that files cannot hold, or that clash once they can."""
    residents, sites, offers = instance.residents, instance.sites, instance.offers
    site_of = dict(zip(sites["site_id"], ODD_IDS, strict=False))
    return replace(
        instance,
        residents=residents.assign(resident_id=list(ODD_IDS[: len(residents)])),
        sites=sites.assign(site_id=sites["site_id"].map(site_of)),
        offers=offers.assign(
            offer_id=list(ODD_IDS[: len(offers)]), site_id=offers["site_id"].map(site_of)
        ),
    )


def names_of(program: Program) -> tuple[list[str], list[str]]:
    """Names of the columns and of the rows of what was read from PuLP."""
    return list(program.columns[0].ids[0]), list(program.rows[0].ids[0])


@pytest.mark.parametrize("seed", range(30))
def test_ids_that_clash_in_a_file_stay_apart(seed: int) -> None:
    plain, odd = (draw_instance(seed, travel="line"), renamed(draw_instance(seed, travel="line")))
    blocks = (Budget(at_most=None), SiteSlots(default=1), CategoryOncePerSite())
    arrays, read = both(odd, spec_of(*blocks))
    columns, rows = names_of(read)
    assert (len(set(rows)), len(set(columns))) == read.shape == arrays.shape
    assert all(name.isascii() and name.isidentifier() for name in (*columns, *rows))
    assert_same_optimum(formulate(plain, compute_coverage(plain), spec_of(*blocks)), read)


def choices_of(*offers: str) -> list[str]:
    """The names that a file has for the choice of each of the hand town's offers."""
    town = hand_town(offers=hand_town().offers.assign(offer_id=list(offers)))
    problem = written(town, spec_of())  # PuLP 4 forgets the variables of a problem nobody holds
    return [variable.name for variable in problem.variables()][: len(offers)]


@pytest.mark.parametrize("ids", [("a ", "a-", "a__1_", "b"), ("a__1_", "a ", "a-", "b")])
def test_a_number_behind_a_clash_never_clashes_itself(ids: tuple[str, ...]) -> None:
    """`choose_a__1__1` is the second of a name, and the first of another."""
    names = choices_of(*ids)
    assert {"choose_a__1", "choose_a__1__1"} <= set(names)
    assert len(set(names)) == 4


def test_long_ids_are_cut_and_stay_apart() -> None:
    names = choices_of(*(f"{'x' * 300}{i}" for i in range(4)))
    assert max(map(len, names)) <= 210
    assert len(set(names)) == 4


def test_the_order_of_rows_does_not_hang_on_hashes() -> None:
    """Sets of names come in another order in each process; the model must not."""
    offers = hand_town().offers.assign(site_id="S1", categories="pharmacy;canteen")
    problem = written(hand_town(offers=offers), spec_of(CategoryOncePerSite()))
    names = [row.name for row in problem.constraints()]
    assert names[-2:] == ["category_once_per_site_S1_pharmacy", "category_once_per_site_S1_canteen"]


# --- odd cells ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        {"pharmacy;canteen": " canteen ; pharmacy;"},
        {"pharmacy": "pharmacy;pharmacy"},
    ],
    ids=["blanks", "twice"],
)
def test_how_the_categories_of_a_cell_are_written_changes_nothing(cells: dict[str, str]) -> None:
    spec = spec_of(SiteSlots(default=1), CategoryOncePerSite())
    town = hand_town(offers=hand_town().offers.replace(cells))
    for one, two in zip(both(town, spec), both(hand_town(), spec), strict=True):
        assert one.column_names() == two.column_names()
        assert one.row_names() == two.row_names()
        assert abs(one.matrix - two.matrix).max() == 0
        np.testing.assert_array_equal(one.row_upper, two.row_upper)


def test_a_town_without_offers_has_an_empty_model() -> None:
    arrays, read = both(hand_town(offers=hand_town().offers.iloc[:0]), spec_of())
    assert arrays.shape == read.shape == (0, 0)
    assert arrays.offset == read.offset == 30.0


def test_a_decided_offer_is_a_row() -> None:
    problem = written(hand_town(), spec_of(LockedIn(offers=("P1",))))
    (row,) = (row for row in problem.constraints() if row.name.startswith("locked_in"))
    assert str(row) in {"choose_P1_1 >= 1.0", "choose_P1_1 >= 1"}  # as PuLP 3 and 4 write it


# --- any PuLP problem ---------------------------------------------------------------------------


def small_problem(sense: int) -> pulp.LpProblem:
    problem = pulp.LpProblem("small", sense)
    x = problem.add_variable("x", 0, 4, "Integer")
    y = problem.add_variable("y", -1, 2.5, "Continuous")
    problem += 3 * x - 2 * y + 7
    problem += (x + y <= 5, "most")
    problem += (x - y >= -3, "least")
    problem += (2 * x + y == 6, "exactly")
    return problem


def test_every_part_of_a_pulp_problem_is_read() -> None:
    program = read_pulp(small_problem(pulp.LpMaximize))
    assert list(program.columns[0].ids[0]) == ["x", "y"]
    assert program.matrix.toarray().tolist() == [[1, 1], [1, -1], [2, 1]]
    assert program.row_lower.tolist() == [-np.inf, -3, 6]
    assert program.row_upper.tolist() == [5, np.inf, 6]
    assert (program.lower.tolist(), program.upper.tolist()) == ([0, -1], [4, 2.5])
    assert (program.objective.tolist(), program.offset) == ([3, -2], 7)
    assert program.domain.tolist() == [Domain.INTEGER, Domain.CONTINUOUS]


def test_a_minimisation_is_turned_round() -> None:
    program = read_pulp(small_problem(pulp.LpMinimize))
    assert (program.objective.tolist(), program.offset) == ([-3, 2], -7)


@pytest.mark.parametrize(("low", "up", "side"), [(None, 1, "lowBound"), (0, None, "upBound")])
def test_a_variable_without_a_bound_is_refused(
    low: float | None, up: float | None, side: str
) -> None:
    problem = pulp.LpProblem("open", pulp.LpMaximize)
    problem += problem.add_variable("x", low, up, "Continuous")
    with pytest.raises(ValueError, match=f"{side} of x is not finite; give every variable both"):
        read_pulp(problem)
