"""What PuLP writes and what the arrays hold are one model, row for row and column for column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pulp
import pytest

from siting.blocks import Budget, CategoryOncePerSite, LockedIn, SiteSlots
from siting.coverage import compute_coverage
from siting.inputs import Instance, read_instance
from siting.model import ModelSpec, formulate, read_model, write_pulp
from siting.program import Domain, Program
from siting.solve import Reason, SolveSettings, solve
from siting.solve.pulp_bridge import read_pulp
from towns import draw_instance, draw_spec, draw_town, hand_town, spec_of

MONACO = Path(__file__).parents[2] / "instances" / "monaco"
ODD_IDS = ("点位", "点 位", "S 1", "S_1", "S-1", "S_1__1", "a,b", "[x]", "é", "1e5")


def both(instance: Instance, spec: ModelSpec) -> tuple[Program, Program]:
    coverage = compute_coverage(instance)
    return formulate(instance, coverage, spec), read_pulp(write_pulp(instance, coverage, spec))


def assert_same(arrays: Program, read: Program) -> None:
    """Every number of two programs, matched by the names that files hold."""
    columns, rows = list(read.columns[0].ids[0]), list(read.rows[0].ids[0])
    assert sorted(columns) == sorted(arrays.column_names())
    assert sorted(rows) == sorted(arrays.row_names())
    column = [columns.index(name) for name in arrays.column_names()]
    row = [rows.index(name) for name in arrays.row_names()]
    assert abs(arrays.matrix - read.matrix[row][:, column]).max() == 0 if rows else True
    for name in ("objective", "lower", "upper"):
        np.testing.assert_array_equal(getattr(arrays, name), getattr(read, name)[column], name)
    for name in ("row_lower", "row_upper"):
        np.testing.assert_array_equal(getattr(arrays, name), getattr(read, name)[row], name)
    assert arrays.offset == pytest.approx(read.offset, rel=1e-12, abs=1e-12)
    whole = arrays.domain == Domain.INTEGER
    np.testing.assert_array_equal(whole, read.domain[column] == Domain.INTEGER)


@pytest.mark.parametrize("chunk", range(8))
def test_both_ways_write_the_same_model_of_random_towns(chunk: int) -> None:
    for seed in range(1000 + chunk, 1160, 8):
        instance, spec = draw_town(seed)
        assert_same(*both(instance, spec))


def test_both_ways_write_the_same_model_of_a_whole_town() -> None:
    arrays, read = both(read_instance(MONACO), read_model("annual-plan"))
    columns, rows = list(read.columns[0].ids[0]), list(read.rows[0].ids[0])
    column = {name: position for position, name in enumerate(columns)}
    row = {name: position for position, name in enumerate(rows)}
    ordered = replace(
        read,
        objective=read.objective[[column[name] for name in arrays.column_names()]],
        matrix=read.matrix[[row[name] for name in arrays.row_names()]][
            :, [column[name] for name in arrays.column_names()]
        ],
        row_upper=read.row_upper[[row[name] for name in arrays.row_names()]],
    )
    assert arrays.shape == read.shape
    assert arrays.shape[0] > 1000
    assert abs(arrays.matrix - ordered.matrix).max() == 0
    np.testing.assert_array_equal(arrays.objective, ordered.objective)
    np.testing.assert_array_equal(arrays.row_upper, ordered.row_upper)
    assert arrays.offset == pytest.approx(read.offset, rel=1e-12)


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


@pytest.mark.parametrize("seed", range(30))
def test_ids_that_clash_in_a_file_stay_apart(seed: int) -> None:
    instance = renamed(draw_instance(seed, travel="line"))
    blocks = (Budget(at_most=None), SiteSlots(default=1), CategoryOncePerSite())
    arrays, read = both(instance, spec_of(*blocks))
    names = [*arrays.column_names(), *arrays.row_names()]
    assert len(set(arrays.column_names())) == arrays.shape[1]
    assert len(set(arrays.row_names())) == arrays.shape[0]
    assert all(name.isascii() and name.isidentifier() for name in names)
    assert_same(arrays, read)


def test_a_number_behind_a_clash_never_clashes_itself() -> None:
    offers = hand_town().offers.assign(offer_id=["a", "a ", "a__1", "a__1 "])
    arrays, read = both(hand_town(offers=offers), spec_of())
    assert arrays.column_names()[:4] == ["add_a", "add_a__1", "add_a__1__1", "add_a__1__2"]
    assert_same(arrays, read)
    offers = hand_town().offers.assign(offer_id=["a__1", "a", "a ", "b"])
    arrays, read = both(hand_town(offers=offers), spec_of())
    assert arrays.column_names()[:4] == ["add_a__1", "add_a", "add_a__2", "add_b"]
    assert_same(arrays, read)


def test_long_ids_are_cut_and_stay_apart() -> None:
    offers = hand_town().offers.assign(offer_id=[f"{'x' * 300}{i}" for i in range(4)])
    arrays, read = both(hand_town(offers=offers), spec_of())
    assert max(map(len, arrays.column_names())) <= 210
    assert_same(arrays, read)


def test_the_order_of_rows_does_not_hang_on_hashes() -> None:
    """Sets of names come in another order in each process; the model must not."""
    offers = hand_town().offers.assign(site_id="S1", categories="pharmacy;canteen")
    instance = hand_town(offers=offers)
    problem = write_pulp(instance, compute_coverage(instance), spec_of(CategoryOncePerSite()))
    names = [row.name for row in problem.constraints() if row.name.startswith("once")]
    assert names == ["once_S1_pharmacy", "once_S1_canteen"]


def test_blanks_around_categories_change_nothing() -> None:
    blocks = (SiteSlots(default=1), CategoryOncePerSite())
    plain = both(hand_town(), spec_of(*blocks))
    offers = hand_town().offers.replace("pharmacy;canteen", " canteen ; pharmacy;")
    spaced = both(hand_town(offers=offers), spec_of(*blocks))
    assert_same(*spaced)
    assert_same(plain[0], spaced[1])


def test_a_category_named_twice_in_a_cell_counts_once() -> None:
    blocks = (SiteSlots(default=1), CategoryOncePerSite())
    offers = hand_town().offers.replace("pharmacy", "pharmacy;pharmacy")
    arrays, _ = both(hand_town(), spec_of(*blocks))
    doubled, read = both(hand_town(offers=offers), spec_of(*blocks))
    assert_same(doubled, read)
    assert_same(arrays, read)


def test_a_town_without_offers_has_an_empty_model() -> None:
    offers = hand_town().offers.iloc[:0]
    arrays, read = both(hand_town(offers=offers), spec_of())
    assert arrays.shape == read.shape == (0, 0)
    assert arrays.offset == read.offset == 30.0


@pytest.mark.parametrize("seed", range(20))
def test_a_model_read_from_pulp_has_the_same_optimum(seed: int) -> None:
    instance = draw_instance(seed)
    arrays, read = both(instance, draw_spec(seed, instance))
    settings = SolveSettings(relative_gap=0, isolate=False, time_limit=3600, threads=1)
    from_arrays, from_pulp = (solve(program, settings) for program in (arrays, read))
    assert (from_arrays.objective is None) == (from_pulp.objective is None)
    if from_arrays.objective is None:
        assert from_arrays.termination.reason == from_pulp.termination.reason == Reason.INFEASIBLE
    else:
        assert from_arrays.objective == pytest.approx(from_pulp.objective, rel=1e-9)


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


def test_a_decided_offer_is_one_in_both() -> None:
    arrays, read = both(hand_town(), spec_of(LockedIn(offers=("P1",))))
    assert arrays.lower[:4].tolist() == [1, 0, 0, 0]
    assert_same(arrays, read)
