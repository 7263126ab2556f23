"""Walks along a street network: what counts as a street, and how points get onto it."""

from __future__ import annotations

import itertools
import tracemalloc

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from siting.coverage import compute_coverage, measure_walks
from siting.coverage.network import CHUNK, Snap, WalkNetwork
from siting.inputs import Instance, NetworkTravel
from towns import frame, hand_town

Edge = tuple[str, str, float]
STREET = [("a", 0.0, 0.0), ("b", 300.0, 0.0), ("c", 600.0, 0.0)]


def network(nodes: list[tuple[str, float, float]], *edges: Edge) -> WalkNetwork:
    return WalkNetwork.from_tables(
        frame("node_id x y", *nodes), frame("from_node to_node metres", *edges)
    )


def between(streets: WalkNetwork, source: int, target: int) -> float:
    """Metres between two nodes; infinite where no street joins them."""
    at = [Snap(np.array([node]), np.zeros(1)) for node in (source, target)]
    return float(streets.nearest(at[0], at[1])[0])


def pairs_of(matrix: csr_array) -> dict[tuple[int, int], float]:
    """Entries of a sparse matrix, explicit zeros included."""
    entries = matrix.tocoo()
    return dict(
        zip(
            zip(entries.row.tolist(), entries.col.tolist(), strict=True),
            entries.data.tolist(),
            strict=True,
        )
    )


# --- streets ------------------------------------------------------------------------------------


def test_of_parallel_streets_the_shortest_is_walked() -> None:
    streets = network(STREET, ("a", "b", 500.0), ("b", "a", 310.0), ("a", "b", 400.0))
    assert between(streets, 0, 1) == between(streets, 1, 0) == 310.0


def test_streets_are_walked_in_both_directions() -> None:
    streets = network(STREET, ("b", "a", 300.0), ("b", "c", 300.0))
    assert between(streets, 0, 2) == between(streets, 2, 0) == 600.0


def test_a_street_of_no_length_is_still_a_street() -> None:
    streets = network(STREET, ("a", "b", 0.0), ("b", "c", 7.0))
    assert between(streets, 0, 1) == 0.0
    assert between(streets, 0, 2) == 7.0
    assert len(set(streets.component.tolist())) == 1


def test_a_loop_leads_nowhere() -> None:
    streets = network(STREET, ("a", "a", 5.0), ("a", "b", 300.0))
    assert between(streets, 0, 0) == 0.0
    assert between(streets, 0, 1) == 300.0


def test_parts_without_a_street_between_are_out_of_reach() -> None:
    streets = network(STREET, ("a", "b", 300.0))
    assert between(streets, 0, 2) == np.inf
    assert streets.component.tolist() == [0, 0, 1]


def test_a_network_without_streets_reaches_only_its_own_nodes() -> None:
    streets = network(STREET)
    assert (between(streets, 1, 1), between(streets, 0, 1)) == (0.0, np.inf)


# --- getting onto the network -------------------------------------------------------------------


def test_points_snap_to_the_nearest_node() -> None:
    snap = network(STREET).snap(np.array([[40.0, 30.0], [580.0, 0.0]]), 300.0)
    assert snap.node.tolist() == [0, 2]
    assert snap.metres.tolist() == [50.0, 20.0]


def test_the_snap_limit_is_inclusive() -> None:
    points = np.array([[0.0, 300.0], [0.0, 300.001]])
    assert network(STREET).snap(points, 300.0).metres.tolist() == [300.0, np.inf]


def test_no_points_snap_to_nothing() -> None:
    snap = network(STREET).snap(np.empty((0, 2)), 300.0)
    assert (len(snap.node), len(snap.metres)) == (0, 0)


def test_both_snaps_are_walked() -> None:
    streets = network(STREET, ("a", "b", 300.0))
    source, target = (streets.snap(np.array([[x, 40.0]]), 300.0) for x in (0.0, 300.0))
    assert streets.nearest(source, target).tolist() == [380.0]
    assert pairs_of(streets.within(source, target, 380.0)) == {(0, 0): 380.0}
    assert pairs_of(streets.within(source, target, 379.9)) == {}


def test_a_walk_of_no_length_is_present() -> None:
    streets = network(STREET, ("a", "b", 300.0))
    here = streets.snap(np.array([[0.0, 0.0]]), 300.0)
    assert pairs_of(streets.within(here, here, 100.0)) == {(0, 0): 0.0}


def test_of_two_sources_at_one_node_the_nearer_counts() -> None:
    streets = network(STREET, ("a", "b", 300.0))
    sources = streets.snap(np.array([[0.0, 90.0], [0.0, 10.0]]), 300.0)
    target = streets.snap(np.array([[300.0, 0.0]]), 300.0)
    assert streets.nearest(sources, target).tolist() == [310.0]


def test_a_source_off_the_network_reaches_nobody() -> None:
    streets = network(STREET, ("a", "b", 300.0))
    off = streets.snap(np.array([[0.0, 900.0]]), 300.0)
    on = streets.snap(np.array([[0.0, 0.0]]), 300.0)
    assert streets.nearest(off, on).tolist() == [np.inf]
    assert pairs_of(streets.within(off, on, 1e9)) == {}
    assert streets.nearest(on, off).tolist() == [np.inf]
    assert pairs_of(streets.within(on, off, 1e9)) == {}


# --- against another implementation -------------------------------------------------------------


def random_streets(seed: int, nodes: int, edges: int) -> tuple[WalkNetwork, nx.MultiGraph]:
    rng = np.random.default_rng(seed)
    names = [f"n{i}" for i in range(nodes)]
    xy = rng.random((nodes, 2)) * 1000
    lines = [
        (names[a], names[b], float(metres))
        for (a, b), metres in zip(
            rng.integers(0, nodes, (edges, 2)), rng.integers(0, 200, edges), strict=True
        )
    ]
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(nodes))
    for tail, head, metres in lines:
        graph.add_edge(int(tail[1:]), int(head[1:]), metres=metres)
    table = pd.DataFrame({"node_id": names, "x": xy[:, 0], "y": xy[:, 1]})
    edge_table = pd.DataFrame(lines, columns=["from_node", "to_node", "metres"])
    return WalkNetwork.from_tables(table, edge_table), graph


@pytest.mark.parametrize("seed", range(6))
def test_walks_are_those_of_networkx(seed: int) -> None:
    streets, graph = random_streets(seed, 60, 80)
    rng = np.random.default_rng(seed)
    sources = Snap(rng.integers(0, 60, 70), rng.integers(0, 50, 70).astype(float))
    targets = Snap(rng.integers(0, 60, 40), rng.integers(0, 50, 40).astype(float))
    walks = dict(nx.all_pairs_dijkstra_path_length(graph, weight="metres"))
    limit = 260.0
    expected = {}
    for (s, source), (t, target) in itertools.product(
        enumerate(sources.node.tolist()), enumerate(targets.node.tolist())
    ):
        metres = walks[source].get(target, np.inf) + sources.metres[s] + targets.metres[t]
        if metres <= limit:
            expected[t, s] = metres
    assert pairs_of(streets.within(sources, targets, limit)) == expected
    assert len(expected) > 100


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_the_nearest_is_the_least_of_those_within(count: int) -> None:
    """Sources are searched in chunks; neither end of a chunk may be lost."""
    streets, _ = random_streets(count, 300, 500)
    rng = np.random.default_rng(count)
    sources = Snap(rng.integers(0, 300, count), rng.integers(0, 90, count).astype(float))
    targets = Snap(np.arange(300), np.zeros(300))
    least = np.full(300, np.inf)
    entries = streets.within(sources, targets, 1e9).tocoo()
    np.minimum.at(least, entries.row, entries.data)
    np.testing.assert_array_equal(streets.nearest(sources, targets), least)
    assert set(entries.col) == set(range(count))


def test_memory_grows_with_the_pairs_in_reach() -> None:
    """4,000 points and 4,000 sites in a row of 160 km: a full table would take 128 MB."""
    count = 4000
    names = [f"n{i}" for i in range(count)]
    nodes = pd.DataFrame({"node_id": names, "x": np.arange(count) * 40.0, "y": 0.0})
    edges = pd.DataFrame({"from_node": names[:-1], "to_node": names[1:], "metres": 40.0})
    places = nodes.rename(columns={"node_id": "id"})
    town = hand_town(
        residents=places.rename(columns={"id": "resident_id"}).assign(residents=1.0, elderly=1.0),
        sites=places.rename(columns={"id": "site_id"}),
        travel=NetworkTravel(nodes, edges),
    )
    tracemalloc.start()
    try:
        coverage = compute_coverage(town)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert coverage["pharmacy"].reach.nnz == 21 * count - 110
    assert peak < 40e6


# --- what is odd is told ------------------------------------------------------------------------


def town_on(edges: list[Edge], **changes: object) -> Instance:
    nodes = frame("node_id x y", *STREET, ("d", 3000.0, 0.0))
    travel = NetworkTravel(nodes, frame("from_node to_node metres", *edges), 300.0)
    return hand_town(travel=travel, **changes)


def test_points_off_the_network_are_told_with_their_people() -> None:
    town = town_on([("a", "b", 300.0), ("b", "c", 300.0), ("c", "d", 2400.0)])
    (problem,) = measure_walks(town).warnings
    assert (problem.code, problem.where, problem.severity) == (
        "off-network",
        "residents",
        "warning",
    )
    assert problem.found == "1 point with 40 people off the network (R4)"
    assert problem.expected == "a street node within 300 m of every point"


def test_sites_and_outlets_off_the_network_are_told() -> None:
    sites = hand_town().sites.assign(y=[0.0, 900.0])
    outlets = hand_town().outlets.assign(y=900.0)
    edges = [("a", "b", 300.0), ("b", "c", 300.0), ("c", "d", 2400.0)]
    town = town_on(edges, sites=sites, outlets=outlets)
    found = {problem.where: problem.found for problem in measure_walks(town).warnings}
    assert found["sites"] == "1 point off the network (S2)"
    assert found["outlets"] == "1 point off the network (E1)"
    assert not compute_coverage(town)["pharmacy"].served.any()


def test_people_in_another_part_are_told() -> None:
    town = town_on([("a", "b", 300.0), ("b", "c", 300.0)])
    found = {problem.code: problem.found for problem in measure_walks(town).warnings}
    assert found["network-in-parts"] == (
        "2 parts without a street between them; 50 people live outside the largest"
    )


def test_people_in_another_part_are_served_there_alone() -> None:
    outlets = hand_town().outlets.assign(x=3000.0)
    coverage = compute_coverage(town_on([("a", "b", 300.0), ("b", "c", 300.0)], outlets=outlets))
    assert coverage["pharmacy"].served.tolist() == [False, False, False, False, True]
