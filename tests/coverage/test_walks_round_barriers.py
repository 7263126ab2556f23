"""Walks round barriers: by hand, against brute force, and what holds of any barrier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from barrier_towns import (
    NO_CROSSINGS,
    barriers_of,
    brute_force,
    crossings_at,
    draw_cut_town,
    with_barriers,
)
from hypothesis import given
from hypothesis import strategies as st

from laws import on
from siting.coverage import compute_coverage, measure_walks
from siting.coverage.barriers import BarrierMap
from siting.inputs import Instance, StraightLineTravel
from towns import frame, hand_town, judged, spec_of

NOWHERE = np.array([], dtype=np.int64)
FAR = 1e6
# How far a corner may move: barriers are taken to the millimetre.
NEAR = 0.01


def line_of(town: Instance) -> StraightLineTravel:
    assert isinstance(town.travel, StraightLineTravel)
    return town.travel


def xy(table: pd.DataFrame) -> Any:
    return table[["x", "y"]].to_numpy(float)


def to_sites(town: Instance) -> Any:
    """Metres from each demand point to each site, infinite where there is no way."""
    entries = measure_walks(town).to_sites(FAR).tocoo()
    metres = np.full(entries.shape, np.inf)
    metres[entries.row, entries.col] = entries.data
    return metres


def river_town(*circles: tuple[float, float, float], **changes: Any) -> Instance:
    """A river along y = 0 from x = -1,000 to 1,000; R1 south of it, S1 north, both at x = 300."""
    town = hand_town(
        residents=frame(
            "resident_id x y residents elderly",
            ("R1", 300.0, -400.0, 10.0, 4.0),
            ("R2", 350.0, 400.0, 5.0, 1.0),
        ),
        sites=frame("site_id x y", ("S1", 300.0, 400.0)),
        outlets=frame("outlet_id x y categories", ("E1", 300.0, 400.0, "pharmacy")),
        offers=hand_town().offers.iloc[:1],
        **changes,
    )
    river = barriers_of([(-1000.0, 0.0), (1000.0, 0.0)])
    return with_barriers(town, river, crossings_at(*circles))


# --- by hand ------------------------------------------------------------------------------------


def test_a_river_is_crossed_at_its_bridge() -> None:
    """The bridge opens 20 m each side of x = 0: 280 m across and 400 m on, twice."""
    metres = to_sites(river_town((0.0, 0.0, 20.0)))
    assert metres[:, 0].tolist() == pytest.approx([2 * np.hypot(280, 400), 50.0], abs=1e-6)


def test_a_bridge_in_the_way_is_no_detour() -> None:
    assert to_sites(river_town((290.0, 0.0, 20.0)))[0, 0] == 800.0


def test_a_bridge_beside_the_river_opens_what_its_circle_holds() -> None:
    """12 m off the river, a circle of 20 m opens 16 m each side."""
    metres = to_sites(river_town((0.0, 12.0, 20.0)))
    assert metres[0, 0] == pytest.approx(2 * np.hypot(284, 400), abs=1e-6)


def test_without_a_bridge_one_walks_round_the_end() -> None:
    metres = to_sites(river_town())
    assert metres[0, 0] == pytest.approx(2 * np.hypot(700, 400), abs=1e-6)


def test_the_detour_makes_a_way_round_longer_too() -> None:
    town = river_town((0.0, 0.0, 20.0))
    town = replace(town, travel=replace(line_of(town), detour=1.25))
    assert to_sites(town)[0, 0] == pytest.approx(2.5 * np.hypot(280, 400), abs=1e-6)


def test_inside_a_closed_barrier_nobody_gets_out() -> None:
    square = [(200.0, -500.0), (400.0, -500.0), (400.0, -300.0), (200.0, -300.0), (200.0, -500.0)]
    town = with_barriers(river_town(), barriers_of(square))
    assert to_sites(town)[:, 0].tolist() == [np.inf, 50.0]
    walks = measure_walks(town)
    assert walks.to_nearest(np.array([0]), NOWHERE).tolist() == [np.inf, 50.0]
    assert walks.to_nearest(np.array([0]), NOWHERE, 900.0).tolist() == [np.inf, 50.0]


def test_a_wall_with_a_branch_is_walked_round_along_its_own_straight_side() -> None:
    """A T: from one side of the stem to the other, below the bar, past both of its ends."""
    bar, stem = [(-100.0, 0.0), (100.0, 0.0)], [(0.0, 0.0), (0.0, 5000.0)]
    town = with_barriers(
        hand_town(
            residents=frame("resident_id x y residents elderly", ("R1", -100.0, 50.0, 1.0, 0.0)),
            sites=frame("site_id x y", ("S1", 100.0, 50.0)),
        ),
        barriers_of(bar, stem),
    )
    assert to_sites(town)[0, 0] == pytest.approx(50.0 + 200.0 + 50.0, abs=1e-6)


def test_a_gap_of_less_than_a_metre_is_closed() -> None:
    """Two pieces of one river, drawn 0.9 m apart."""
    pieces = barriers_of([(-1000.0, 0.0), (300.0, 0.0)], [(300.9, 0.0), (1000.0, 0.0)])
    town = with_barriers(river_town(), pieces)
    assert to_sites(town)[0, 0] == pytest.approx(2 * np.hypot(700, 400), abs=1e-6)
    wider = pieces.assign(x=pieces["x"] + (pieces["barrier"] == 1) * 0.2)
    assert to_sites(with_barriers(town, wider))[0, 0] == pytest.approx(800.0, abs=NEAR)


def test_a_gap_stays_closed_when_another_barrier_comes_nearer() -> None:
    pieces = [[(-1000.0, 0.0), (300.0, 0.0)], [(300.9, 0.0), (1000.0, 0.0)]]
    for post in ([(300.0, 0.0), (300.0, 5.0)], [(300.2, 0.2), (300.2, 5.0)]):
        town = with_barriers(river_town(), barriers_of(*pieces, post))
        assert to_sites(town)[0, 0] == pytest.approx(2 * np.hypot(700, 400), abs=NEAR)


def test_a_crossing_opens_every_barrier_near_it() -> None:
    rails = barriers_of(*([(-1000.0, y), (1000.0, y)] for y in (-8.0, -4.0, 0.0, 4.0)))
    town = with_barriers(river_town(), rails, crossings_at((300.0, -2.0, 15.0)))
    assert to_sites(town)[0, 0] == 800.0


def test_a_barrier_that_nobody_needs_to_cross_changes_nothing() -> None:
    plain = measure_walks(hand_town()).to_sites(FAR).toarray()
    far = barriers_of([(0.0, 50.0), (3000.0, 50.0)])
    assert to_sites(with_barriers(hand_town(), far)).tolist() == plain.tolist()


def test_who_stands_on_a_barrier_is_told_and_reaches_nothing() -> None:
    town = with_barriers(hand_town(), barriers_of([(300.0, -50.0), (300.0, 50.0)]))
    walks = measure_walks(town)
    assert [(p.code, p.where, p.found, p.severity) for p in walks.warnings] == [
        ("on-barrier", "residents", "1 point on a barrier (R2)", "warning"),
        ("on-barrier", "sites", "1 point on a barrier (S1)", "warning"),
    ]
    assert np.isinf(to_sites(town)[1]).all()
    assert np.isinf(to_sites(town)[:, 0]).all()
    for limit in (np.inf, 900.0):
        assert np.isinf(walks.to_nearest(np.array([0]), NOWHERE, limit)[1])
        assert np.isinf(walks.to_nearest(NOWHERE, np.array([0]), limit)).all()


def test_near_a_crossing_one_may_stand_on_the_line() -> None:
    barrier = barriers_of([(300.0, -50.0), (300.0, 50.0)])
    town = with_barriers(hand_town(), barrier, crossings_at((300.0, 0.0, 10.0)))
    assert measure_walks(town).warnings == ()
    assert to_sites(town)[0, 0] == 300.0


def test_coverage_counts_the_way_round() -> None:
    """5 minutes at 80 m/min are 400 m: R2 has the pharmacy at 50 m, R1 over the bridge not."""
    coverage = compute_coverage(river_town((0.0, 0.0, 20.0)))
    assert coverage["pharmacy"].served.tolist() == [False, True]
    assert coverage["pharmacy"].minutes == pytest.approx([2 * np.hypot(280, 400) / 80, 50 / 80])


# --- against brute force, and by three paths through the code -----------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_ways_are_those_of_brute_force(seed: int) -> None:
    town = draw_cut_town(seed)
    expected = brute_force(line_of(town), xy(town.residents), xy(town.sites))
    np.testing.assert_allclose(to_sites(town), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("seed", range(60))
def test_the_model_and_the_judge_measure_alike(seed: int) -> None:
    town = draw_cut_town(seed)
    walks, pairs = measure_walks(town), to_sites(town)
    for site in range(len(town.sites)):
        chosen = np.array([site])
        for limit in (np.inf, 4000.0):
            nearest = walks.to_nearest(NOWHERE, chosen, limit)
            np.testing.assert_allclose(nearest, pairs[:, site], rtol=0, atol=1e-7)
    everything = walks.to_nearest(NOWHERE, np.arange(len(town.sites)), 4000.0)
    np.testing.assert_allclose(everything, pairs.min(axis=1), rtol=0, atol=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_a_limit_keeps_what_is_within_it(seed: int) -> None:
    town = draw_cut_town(seed)
    walks, pairs = measure_walks(town), to_sites(town)
    near = walks.to_sites(250.0).tocoo()
    found = set(zip(near.row.tolist(), near.col.tolist(), strict=True))
    assert found == set(zip(*(part.tolist() for part in np.nonzero(pairs <= 250.0)), strict=True))
    nearest = walks.to_nearest(NOWHERE, np.arange(len(town.sites)), 250.0)
    least = pairs.min(axis=1)
    assert ((nearest <= 250.0) == (least <= 250.0)).all()


@pytest.mark.parametrize("seed", range(15))
def test_the_judge_covers_whom_the_coverage_covers(seed: int) -> None:
    town = draw_cut_town(seed)
    town = replace(town, categories=town.categories.assign(standard_minutes=5.0))
    coverage = compute_coverage(town)
    judgement = judged(town, spec_of(), [])
    for column, category in enumerate(town.category_names):
        assert (judgement.before[:, column] == coverage[category].served).all()


def test_outlets_are_measured_like_sites() -> None:
    town = draw_cut_town(3)
    twin = replace(town, outlets=town.sites.assign(outlet_id=town.sites["site_id"], categories=""))
    walks = measure_walks(twin)
    same = walks.to_outlets(300.0).toarray() == walks.to_sites(300.0).toarray()
    assert same.all()


# --- laws ---------------------------------------------------------------------------------------


def no_longer(shorter: Any, longer: Any) -> bool:
    return bool((np.nan_to_num(shorter - longer, posinf=np.inf) <= NEAR).all())


@on(40)
@given(
    seed=st.integers(0, 400),
    x=st.integers(0, 600),
    y=st.integers(0, 300),
    radius=st.sampled_from([5.0, 30.0, 120.0]),
)
def test_another_crossing_makes_no_walk_longer(seed: int, x: int, y: int, radius: float) -> None:
    town = draw_cut_town(seed)
    more = pd.concat([line_of(town).crossings, crossings_at((float(x), float(y), radius))])
    opened = replace(town, travel=replace(line_of(town), crossings=more.reset_index(drop=True)))
    with np.errstate(invalid="ignore"):
        assert no_longer(to_sites(opened), to_sites(town))


@on(40)
@given(
    seed=st.integers(0, 400),
    corners=st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 300)), min_size=2, max_size=4, unique=True
    ),
)
def test_another_barrier_makes_no_walk_shorter(seed: int, corners: list[tuple[int, int]]) -> None:
    town = draw_cut_town(seed)
    line = barriers_of([(float(x), float(y)) for x, y in corners]).assign(barrier=99)
    more = pd.concat([line_of(town).barriers, line], ignore_index=True)
    cut = replace(town, travel=replace(line_of(town), barriers=more))
    with np.errstate(invalid="ignore"):
        assert no_longer(to_sites(town), to_sites(cut))


@pytest.mark.parametrize("seed", range(10))
def test_no_walk_is_shorter_than_the_straight_line(seed: int) -> None:
    town = draw_cut_town(seed)
    straight = np.hypot(*(xy(town.residents)[:, None] - xy(town.sites)).transpose(2, 0, 1))
    assert (to_sites(town) >= straight - 1e-9).all()


def test_the_same_barriers_in_another_order_are_the_same_ground() -> None:
    line = line_of(draw_cut_town(11))
    assert line.barriers is not None
    assert line.crossings is not None
    other = pd.concat([part for _, part in reversed(list(line.barriers.groupby("barrier")))])
    grounds = [
        BarrierMap.from_tables(table, line.crossings, FAR) for table in (line.barriers, other)
    ]
    assert (grounds[0].segments == grounds[1].segments).all()
    assert (to_sites(draw_cut_town(11)) == to_sites(draw_cut_town(11))).all()


def test_pieces_of_barriers_meet_at_their_ends_only() -> None:
    for seed in range(30):
        line = line_of(draw_cut_town(seed))
        assert line.barriers is not None
        pieces = shapely.linestrings(
            BarrierMap.from_tables(line.barriers, NO_CROSSINGS, FAR).segments
        )
        first, second = shapely.STRtree(pieces).query(pieces, predicate="crosses")
        assert len(first) == len(second) == 0


def test_no_barriers_are_left_where_crossings_open_them_all() -> None:
    ground = BarrierMap.from_tables(
        barriers_of([(0.0, 0.0), (10.0, 0.0)]), crossings_at((5.0, 0.0, 50.0)), FAR
    )
    assert len(ground.segments) == len(ground.corners.at) == 0
    assert ground.clearance(np.zeros((1, 2))).tolist() == [np.inf]
    town = with_barriers(
        hand_town(), barriers_of([(150.0, -5.0), (150.0, 5.0)]), crossings_at((150.0, 0.0, 50.0))
    )
    assert to_sites(town)[0, 0] == 300.0
