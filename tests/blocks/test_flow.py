"""A largest flow, against one that was written elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from siting.blocks.flow import largest_flow


@pytest.mark.parametrize("seed", range(40))
def test_as_much_flows_as_scipy_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, outlets = int(rng.integers(1, 8)), int(rng.integers(1, 6))
    pairs = [(i, o) for i in range(points) for o in range(outlets) if rng.random() < 0.5]
    supply = {i: int(rng.integers(1, 20)) for i in range(points)}
    room = {o: int(rng.integers(1, 30)) for o in range(outlets)}
    flow = largest_flow(pairs, supply, room)
    size = points + outlets + 2
    graph = np.zeros((size, size), dtype=np.int32)
    for i, o in pairs:
        graph[1 + i, 1 + points + o] = supply[i]
    for i, most in supply.items():
        graph[0, 1 + i] = most
    for o, most in room.items():
        graph[1 + points + o, size - 1] = most
    assert sum(flow.values()) == maximum_flow(csr_array(graph), 0, size - 1).flow_value
    assert set(flow) <= set(pairs)
    for i, most in supply.items():
        assert sum(amount for pair, amount in flow.items() if pair[0] == i) <= most
    for o, most in room.items():
        assert sum(amount for pair, amount in flow.items() if pair[1] == o) <= most
