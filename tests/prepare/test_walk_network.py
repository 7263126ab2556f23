"""Which ways are walked, how they are joined, and that contraction changes no distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from small_town import way

from siting.prepare.osm_mapping_file import default_streets
from siting.prepare.street_network import (
    LEAST_METRES,
    Network,
    build_network,
    contract,
    drop_small_parts,
    is_walkable,
    round_lengths,
    select_nodes,
    simple_network,
)

FOOT = default_streets().foot
CRS = "EPSG:32632"
RESIDENTIAL = {"highway": "residential"}


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ("highway=footway", True),
        ("highway=steps", True),
        ("highway=pedestrian area=yes", True),
        ("highway=residential", True),
        ("highway=service", True),
        ("highway=track", True),
        ("highway=cycleway", True),
        ("highway=cycleway foot=no", False),
        ("highway=primary", True),
        ("highway=primary foot=no", False),
        ("highway=tertiary foot=use_sidepath", False),
        ("highway=motorway", False),
        ("highway=motorway_link foot=yes", False),
        ("highway=trunk", False),
        ("highway=trunk foot=yes", True),
        ("highway=trunk foot=designated", True),
        ("highway=trunk sidewalk=both", True),
        ("highway=trunk_link sidewalk=none", False),
        ("highway=trunk sidewalk=both foot=no", False),
        ("highway=service access=private", False),
        ("highway=service access=no", False),
        ("highway=service access=private foot=yes", True),
        ("highway=service access=private foot=permissive", True),
        ("highway=service access=customers", True),
        ("highway=secondary motorroad=yes", False),
        ("highway=construction", False),
        ("highway=proposed foot=yes", False),
        ("highway=raceway", False),
        ("highway=footway foot=private", False),
        ("building=yes", False),
    ],
)
def test_foot_rules(tags: str, walked: bool) -> None:
    pairs = dict(tag.split("=") for tag in tags.split())
    assert is_walkable(pairs, FOOT) is walked


def test_lengths_are_geodesic_metres() -> None:
    # At 60 N, 0.01 degrees of longitude are 558.0 m on WGS84.
    street = replace(
        way(1, RESIDENTIAL, (1, 0, 0), (2, 1, 0)), lonlat=np.array([[9.0, 60.0], [9.01, 60.0]])
    )
    network = build_network([street], FOOT, CRS)[0]
    assert network.metres[0] == pytest.approx(558.0, abs=0.1)


def test_a_projection_with_a_scale_error_changes_no_length() -> None:
    street = way(1, RESIDENTIAL, (1, 0, 0), (2, 300, 400))
    utm = build_network([street], FOOT, CRS)[0]
    mercator = build_network([street], FOOT, "EPSG:3857")[0]
    assert utm.metres[0] == mercator.metres[0] == pytest.approx(500, rel=0.01)
    assert np.linalg.norm(mercator.xy[0] - mercator.xy[1]) > 900


def test_ways_join_at_the_nodes_they_share() -> None:
    one = way(1, RESIDENTIAL, (5, 0, 0), (6, 100, 0))
    other = way(2, {"highway": "path"}, (6, 100, 0), (7, 100, 100))
    apart = way(3, {"highway": "path"}, (8, 100, 0), (9, 200, 0))
    network = build_network([one, other, apart], FOOT, CRS)[0]
    assert network.degree.tolist() == [1, 2, 1, 1, 1]
    assert len(set(network.component.tolist())) == 2


def test_pieces_beyond_the_border_are_left_out_and_counted() -> None:
    unknown = float("nan")
    street = way(
        1, RESIDENTIAL, (1, 0, 0), (2, 50, 0), (3, unknown, unknown), (4, 150, 0), (5, 200, 0)
    )
    network, cut = build_network([street], FOOT, CRS)
    assert len(network.xy) == 4
    assert network.metres == pytest.approx([50, 50], rel=0.01)
    assert cut.counts["pieces beyond the border"] == 2


def test_an_area_is_walked_round_its_outline() -> None:
    plaza = way(
        1, {"highway": "pedestrian", "area": "yes"},
        (1, 0, 0), (2, 50, 0), (3, 50, 50), (4, 0, 50), (1, 0, 0),
    )  # fmt: skip
    network = build_network([plaza], FOOT, CRS)[0]
    assert network.degree.tolist() == [2, 2, 2, 2]
    assert network.metres.sum() == pytest.approx(200, rel=0.01)


def test_two_nodes_at_one_place_stay_connected() -> None:
    street = way(1, RESIDENTIAL, (1, 0, 0), (2, 0, 0), (3, 10, 0))
    network = build_network([street], FOOT, CRS)[0]
    assert network.metres.min() == LEAST_METRES
    assert len(set(network.component.tolist())) == 1


def test_a_node_twice_in_a_row_makes_no_loop() -> None:
    street = way(1, RESIDENTIAL, (1, 0, 0), (1, 0, 0), (2, 10, 0))
    network = build_network([street], FOOT, CRS)[0]
    assert len(network.metres) == 1


def test_no_walkable_way_gives_an_empty_network() -> None:
    network, cut = build_network([way(1, {"highway": "motorway"}, (1, 0, 0), (2, 9, 0))], FOOT, CRS)
    assert len(network.xy) == len(network.metres) == 0
    assert cut.counts["ways not walked"] == 1


def test_of_parallel_edges_the_shortest_stays() -> None:
    network = simple_network(
        np.zeros((3, 2)), np.array([0, 1, 2, 2]), np.array([1, 0, 2, 1]), np.array([7.0, 5, 3, 4])
    )
    assert list(zip(network.tail, network.head, network.metres, strict=True)) == [
        (0, 1, 5.0),
        (1, 2, 4.0),
    ]


def test_small_parts_are_dropped_but_never_the_largest() -> None:
    network = line_network([(0, 1), (1, 2), (3, 4), (5, 6)], 7)
    kept, cut = drop_small_parts(network, 100)
    assert len(kept.xy) == 3
    assert cut.counts == {"small parts dropped": 2, "nodes in them": 4, "parts kept": 1}
    assert len(drop_small_parts(network, 2)[0].xy) == 7


def test_selected_nodes_keep_their_edges_and_order() -> None:
    network = line_network([(0, 1), (1, 2), (2, 3)], 4)
    part = select_nodes(network, np.array([False, True, True, True]))
    assert part.xy[:, 0].tolist() == [1.0, 2.0, 3.0]
    assert list(zip(part.tail.tolist(), part.head.tolist(), strict=True)) == [(0, 1), (1, 2)]


def line_network(edges: list[tuple[int, int]], count: int, metres: float = 10.0) -> Network:
    """Nodes on a line, edges of equal length."""
    xy = np.column_stack([np.arange(count, dtype=float), np.zeros(count)])
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return simple_network(xy, ends[:, 0], ends[:, 1], np.full(len(ends), metres))


def all_distances(network: Network) -> NDArray[np.float64]:
    count = len(network.xy)
    graph = coo_array((network.metres, (network.tail, network.head)), shape=(count, count)).tocsr()
    return np.asarray(dijkstra(graph, directed=False))


def nothing_kept(network: Network) -> NDArray[np.bool_]:
    return np.zeros(len(network.xy), dtype=bool)


def test_a_street_is_contracted_to_nodes_at_most_the_spacing_apart() -> None:
    network = line_network([(at, at + 1) for at in range(20)], 21)
    small, old = contract(network, nothing_kept(network), 60)
    assert old.tolist() == [0, 6, 12, 18, 20]
    assert small.metres.tolist() == [60.0, 60.0, 60.0, 20.0]


def test_an_edge_longer_than_the_spacing_stays_as_it_is() -> None:
    network = line_network([(0, 1), (1, 2)], 3, 100.0)
    small, old = contract(network, nothing_kept(network), 60)
    assert old.tolist() == [0, 1, 2]
    assert small.metres.tolist() == [100.0, 100.0]


def test_nodes_to_keep_stay() -> None:
    network = line_network([(0, 1), (1, 2), (2, 3), (3, 4)], 5)
    keep = nothing_kept(network)
    keep[3] = True
    assert contract(network, keep, 1000)[1].tolist() == [0, 3, 4]


def test_a_loop_street_is_dropped_with_its_inner_nodes() -> None:
    network = line_network([(0, 1), (1, 2), (2, 3), (3, 1)], 4)
    small, old = contract(network, nothing_kept(network), 1000)
    assert old.tolist() == [0, 1]
    assert small.metres.tolist() == [10.0]


def test_two_streets_between_the_same_corners_leave_the_shorter() -> None:
    edges = [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (5, 2)]
    small, old = contract(*_with_nothing_kept(edges, 6), 1000)
    assert old.tolist() == [0, 1, 2, 3]
    assert small.metres.tolist() == [10.0, 10.0, 10.0]


def test_a_ring_without_corners_keeps_a_node() -> None:
    small, old = contract(*_with_nothing_kept([(0, 1), (1, 2), (2, 3), (3, 0)], 4), 1000)
    assert old.tolist() == [0]
    assert len(small.metres) == 0


def test_an_empty_network_contracts_to_an_empty_one() -> None:
    network = Network(
        np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    )
    assert len(contract(network, nothing_kept(network), 60)[0].xy) == 0


def _with_nothing_kept(
    edges: list[tuple[int, int]], count: int
) -> tuple[Network, NDArray[np.bool_]]:
    network = line_network(edges, count)
    return network, nothing_kept(network)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Network, NDArray[np.bool_], float]:
    """Small sparse graphs, rich in mid-street nodes, rings, loops and parallel streets."""
    count = draw(st.integers(1, 25))
    node = st.integers(0, count - 1)
    chain = [(at, at + 1) for at in range(count - 1) if draw(st.integers(0, 9))]
    extra = draw(st.lists(st.tuples(node, node), max_size=8))
    ends = np.array([*chain, *extra], dtype=np.int64).reshape(-1, 2)
    lengths = draw(st.lists(st.floats(0.01, 150), min_size=len(ends), max_size=len(ends)))
    xy = np.column_stack([np.arange(count, dtype=float), np.zeros(count)])
    network = simple_network(xy, ends[:, 0], ends[:, 1], np.array(lengths, dtype=float))
    keep = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=bool)
    return network, keep, draw(st.sampled_from([1.0, 60.0, 1e9]))


@given(graphs())
def test_contraction_changes_no_distance(case: tuple[Network, NDArray[np.bool_], float]) -> None:
    network, keep, spacing = case
    small, old = contract(network, keep, spacing)
    expected = all_distances(network)[np.ix_(old, old)]
    np.testing.assert_allclose(all_distances(small), expected, rtol=1e-12, atol=1e-9)


@given(graphs())
def test_contraction_keeps_what_it_must(case: tuple[Network, NDArray[np.bool_], float]) -> None:
    network, keep, spacing = case
    small, old = contract(network, keep, spacing)
    must = keep | (network.degree != 2)
    assert set(np.flatnonzero(must)) <= set(old.tolist())
    assert (small.tail < small.head).all()
    assert len({*zip(small.tail.tolist(), small.head.tolist(), strict=True)}) == len(small.metres)
    assert small.xy.tolist() == network.xy[old].tolist()


@given(graphs())
def test_contracted_edges_are_single_ones_or_within_the_spacing(
    case: tuple[Network, NDArray[np.bool_], float],
) -> None:
    network, keep, spacing = case
    small = contract(network, keep, spacing)[0]
    longest = max(spacing, network.metres.max(initial=0.0))
    assert small.metres.max(initial=0.0) <= longest + 1e-9


@given(graphs())
def test_stored_lengths_add_up_to_less_than_a_millimetre_of_error(
    case: tuple[Network, NDArray[np.bool_], float],
) -> None:
    network = contract(*case)[0]
    exact, stored = all_distances(network), all_distances(round_lengths(network))
    reached = np.isfinite(exact)
    assert (reached == np.isfinite(stored)).all()
    assert np.abs(exact[reached] - stored[reached]).max(initial=0.0) < 0.001
