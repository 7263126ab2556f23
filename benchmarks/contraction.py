"""Compares walking distances on the full and on the contracted network of an OSM extract.

    python benchmarks/contraction.py FILE.osm.pbf

Every node that the points of an instance could snap to is drawn at random; distances from random
origins to all kept nodes are compared with scipy up to 1,500 m, and a few with networkx. Ends with
exit code 1 when any differs by more than 1 mm.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from siting.prepare.osm_mapping_file import default_streets
from siting.prepare.osm_read import read_extract
from siting.prepare.street_network import (
    Network,
    build_network,
    contract,
    drop_small_parts,
    round_lengths,
)

# Lengths are geodesic, so that the coordinates do not matter here.
ANY_CRS = "EPSG:3857"
LIMIT = 1500.0
TOLERANCE = 0.001
POINTS = 15_000
CHUNK = 20


def distances(network: Network, origins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres from each origin to every node, infinite beyond the limit, by scipy."""
    count = len(network.xy)
    graph = coo_array((network.metres, (network.tail, network.head)), shape=(count, count)).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=origins, limit=LIMIT))


def distances_again(network: Network, origins: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same by networkx, which shares no code with the other."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(network.xy)))
    rows = zip(network.tail.tolist(), network.head.tolist(), network.metres.tolist(), strict=True)
    graph.add_weighted_edges_from(rows)
    metres = np.full((len(origins), len(network.xy)), np.inf)
    for row, origin in enumerate(origins.tolist()):
        reached = nx.single_source_dijkstra_path_length(graph, origin, cutoff=LIMIT)
        metres[row, list(reached)] = list(reached.values())
    return metres


def largest_difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Largest difference in metres; a node at the limit may be reached in one alone."""
    one, other = np.minimum(one, LIMIT), np.minimum(other, LIMIT)
    return float(np.abs(one - other).max(initial=0.0))


def main() -> int:
    """Builds both networks, compares them, prints the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("extract", type=Path)
    parser.add_argument("--origins", type=int, default=200)
    parser.add_argument("--again", type=int, default=20)
    given = parser.parse_args()
    rules = default_streets()
    ways = read_extract(given.extract).having("highway")
    full = build_network(ways, rules.foot, ANY_CRS)[0]
    full = drop_small_parts(full, rules.least_component)[0]
    draw = np.random.default_rng(0)
    keep = np.zeros(len(full.xy), dtype=bool)
    keep[draw.integers(len(keep), size=min(POINTS, len(keep) // 4))] = True
    start = time.perf_counter()
    small, old = contract(full, keep, rules.keep_every)
    small = round_lengths(small)
    print(f"contraction {time.perf_counter() - start:.2f} s")
    print(f"full        {len(full.xy):>9,} nodes {len(full.metres):>9,} edges")
    print(f"contracted  {len(small.xy):>9,} nodes {len(small.metres):>9,} edges")
    origins = draw.choice(len(small.xy), size=min(given.origins, len(small.xy)), replace=False)
    worst = 0.0
    for at in range(0, len(origins), CHUNK):
        part = origins[at : at + CHUNK]
        there = distances(full, old[part])[:, old]
        worst = max(worst, largest_difference(there, distances(small, part)))
    few = origins[: given.again]
    again = largest_difference(distances(full, old[few])[:, old], distances_again(small, few))
    print(f"largest difference, scipy, {len(origins)} origins: {worst * 1000:.4f} mm")
    print(f"largest difference, networkx, {len(few)} origins: {again * 1000:.4f} mm")
    return int(max(worst, again) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
