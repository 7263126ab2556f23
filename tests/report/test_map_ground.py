"""What a map is drawn on: streets, barriers, and outlines round points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray

from siting.inputs import NetworkTravel, StraightLineTravel, TableTravel
from siting.report.page.street_lines import area_round, areas_round, barriers, streets
from towns import draw_instance, frame, hand_town

NODES = frame(
    "node_id x y",
    ("A", 0.0, 0.0),
    ("B", 100.0, 0.0),
    ("C", 100.0, 100.0),
    ("D", 0.0, 100.0),
    ("M", 50.0, 1.0),
    ("far", 0.0, 3000.0),
    ("farther", 0.0, 3200.0),
)


def network(*edges: tuple[str, str]) -> NetworkTravel:
    rows = [(start, end, 100.0) for start, end in edges]
    table = frame("from_node to_node metres", *rows)
    return NetworkTravel(NODES, table)


def drawn(travel: NetworkTravel) -> list[NDArray[np.float64]]:
    return streets(hand_town(travel=travel))


def test_a_block_is_one_line_along_all_its_streets() -> None:
    (line,) = drawn(network(("A", "B"), ("C", "B"), ("C", "D"), ("A", "D")))
    assert shapely.LineString(line).length == 400
    assert {tuple(corner) for corner in line} == {(0, 0), (100, 0), (100, 100), (0, 100)}


def test_every_street_is_drawn_once_whatever_its_direction() -> None:
    lines = drawn(network(("A", "B"), ("C", "B"), ("C", "D"), ("A", "D"), ("A", "C"), ("B", "D")))
    assert sum(shapely.LineString(line).length for line in lines) == pytest.approx(
        400 + 2 * 100 * 2**0.5
    )
    # Four odd junctions need two lines at least; one a street would be six.
    assert 2 <= len(lines) <= 3


def test_slight_bends_are_straightened() -> None:
    (line,) = drawn(network(("A", "M"), ("M", "B")))
    assert line.tolist() in ([[0, 0], [100, 0]], [[100, 0], [0, 0]])


def test_streets_far_from_everything_are_left_out() -> None:
    assert drawn(network(("far", "farther"))) == []
    assert len(drawn(network(("far", "farther"), ("A", "B")))) == 1


def test_a_loop_at_one_junction_is_nothing_to_draw() -> None:
    assert drawn(network(("A", "A"))) == []


def test_a_network_without_streets_is_no_fault() -> None:
    assert drawn(NetworkTravel(NODES, frame("from_node to_node metres"))) == []


def test_drawn_streets_are_those_of_the_network() -> None:
    town = draw_instance(4, "network")
    travel = town.travel
    assert isinstance(travel, NetworkTravel)
    xy = travel.nodes.set_index("node_id")[["x", "y"]]
    given = shapely.multilinestrings(
        [
            shapely.linestrings([xy.loc[start], xy.loc[end]])
            for start, end in travel.edges[["from_node", "to_node"]].to_numpy()
            if start != end
        ]
    )
    shown = shapely.MultiLineString(streets(town))
    assert shapely.union_all(shown).symmetric_difference(shapely.union_all(given)).length < 1e-6


def test_other_walks_have_no_streets() -> None:
    for travel in (StraightLineTravel(1.2), TableTravel(pd.DataFrame(), "minutes")):
        town = hand_town(travel=travel)
        assert (streets(town), barriers(town)) == ([], [])


def test_barriers_are_drawn_as_they_are() -> None:
    lines = frame(
        "barrier x y", (1, 0.0, 5.0), (1, 10.0, 5.0), (1, 10.0, 9.0), (0, -3.0, 0.0), (0, 0.0, 0.0)
    )
    shown = barriers(hand_town(travel=StraightLineTravel(1.2, lines)))
    assert [line.tolist() for line in shown] == [
        [[0, 5], [10, 5], [10, 9]],
        [[-3, 0], [0, 0]],
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_an_outline_holds_its_points(count: int) -> None:
    points = np.random.default_rng(count).random((count, 2)) * 500
    area = shapely.Polygon(area_round(points))
    assert area.is_valid
    assert all(area.contains(shapely.Point(point)) for point in points)
    assert area.within(shapely.MultiPoint(points).convex_hull.buffer(50))


def test_quarters_apart_have_an_outline_each() -> None:
    row = np.stack([np.arange(0, 1000, 50.0), np.zeros(20)], axis=1)
    apart = [row, row + np.array([0, 900])]
    areas = [shapely.Polygon(line) for line in areas_round(np.concatenate(apart))]
    assert len(areas) == 2
    for points in apart:
        assert sum(area.contains(shapely.MultiPoint(points)) for area in areas) == 1
