"""The walking network as arrays: points snap to its nodes, walks follow its edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from siting.coverage.near_pairs import refuse_more_pairs

Metres = NDArray[np.float64]
Index = NDArray[np.int64]

# Rows of a dense distance block held at once; each has a number for every node of the network.
CHUNK = 48


@dataclass(frozen=True)
class Snap:
    """Points tied to their nearest network node.

    Attributes:
        node: Position of the node in the network, shape (points,).
        metres: Straight-line distance to it, walked at the same speed, shape (points,).
    """

    node: Index
    metres: Metres

    def __getitem__(self, chosen: Index) -> Snap:
        return Snap(self.node[chosen], self.metres[chosen])


@dataclass(frozen=True)
class WalkNetwork:
    """An undirected street network.

    Attributes:
        xy: Node coordinates in metres, shape (nodes, 2).
        graph: Upper triangle of edge lengths in metres, shape (nodes, nodes).
    """

    xy: NDArray[np.float64]
    graph: csr_array

    @classmethod
    def from_tables(cls, nodes: pd.DataFrame, edges: pd.DataFrame) -> WalkNetwork:
        """Builds the network from `node_id, x, y` and `from_node, to_node, metres`."""
        position = pd.Series(np.arange(len(nodes)), index=nodes["node_id"].to_numpy())
        ends = [position.loc[edges[end]].to_numpy() for end in ("from_node", "to_node")]
        low, high, metres = shortest_edges(ends[0], ends[1], edges["metres"].to_numpy(float))
        graph = csr_array((metres, (low, high)), shape=(len(nodes), len(nodes)))
        return cls(nodes[["x", "y"]].to_numpy(float), graph)

    @cached_property
    def component(self) -> Index:
        """Number of the connected part that each node is in, shape (nodes,)."""
        return connected_components(self.graph, directed=False)[1].astype(np.int64)

    def snap(self, xy: NDArray[np.float64], limit: float) -> Snap:
        """Ties points to their nearest nodes; beyond `limit` metres the distance is infinite."""
        metres, node = (np.asarray(found) for found in KDTree(self.xy).query(xy))
        return Snap(node.astype(np.int64), np.where(metres <= limit, metres, np.inf))

    def within(self, sources: Snap, targets: Snap, limit: float) -> csr_array:
        """Walks from sources to targets of at most `limit` metres, snap distances counted.

        Returns:
            Metres, shape (targets, sources); a pair further apart than `limit` is absent, a pair at
            zero distance is present with an explicit zero. Memory grows with the pairs in reach.

        Raises:
            InputError: More pairs than may be held in memory.
        """
        blocks, count = [], 0
        order = np.flatnonzero(np.isfinite(sources.metres))
        for start in range(0, len(order), CHUNK):
            part = order[start : start + CHUNK]
            near = dijkstra(self.graph, directed=False, indices=sources.node[part], limit=limit)
            walk = near[:, targets.node] + targets.metres + sources.metres[part, None]
            row, target = np.nonzero(walk <= limit)
            count += len(row)
            refuse_more_pairs(count)
            blocks.append((walk[row, target], target, part[row]))
        return _to_csr(blocks, (len(targets.node), len(sources.node)))

    def nearest(self, sources: Snap, targets: Snap) -> Metres:
        """Metres from each target to its nearest source, snaps counted; inf without any."""
        usable = sources[np.flatnonzero(np.isfinite(sources.metres))]
        if len(usable.node) == 0:
            return np.full(len(targets.node), np.inf)
        count = len(self.xy)
        first = pd.Series(usable.metres).groupby(usable.node).min()
        # One more node, tied to every source by its snap distance, makes this a single search.
        hub = coo_array(
            (first.to_numpy(), (np.full(len(first), count), first.index.to_numpy())),
            shape=(count + 1, count + 1),
        )
        grown = self.graph.tocoo()
        graph = csr_array(
            (
                np.concatenate([grown.data, grown.data, hub.data]),
                (
                    np.concatenate([grown.row, grown.col, hub.row]),
                    np.concatenate([grown.col, grown.row, hub.col]),
                ),
            ),
            shape=hub.shape,
        )
        walk: Metres = dijkstra(graph, directed=True, indices=[count])[0]
        return walk[targets.node] + targets.metres


def shortest_edges(tail: Index, head: Index, metres: Metres) -> tuple[Index, Index, Metres]:
    """Each undirected edge once, lower end first; of parallel edges the shortest, without loops.

    Sparse constructors add parallel edges up, so they are reduced first.
    """
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((metres, high, low))
    low, high, metres = low[order], high[order], metres[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    keep = first & (low != high)
    return low[keep], high[keep], metres[keep]


def _to_csr(blocks: list[tuple[Metres, Index, Index]], shape: tuple[int, int]) -> csr_array:
    data, row, column = (
        np.concatenate([block[part] for block in blocks]) if blocks else np.empty(0)
        for part in range(3)
    )
    return csr_array((data, (row.astype(np.int64), column.astype(np.int64))), shape=shape)
