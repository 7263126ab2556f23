"""A largest flow from points to outlets, in whole numbers: Dinic 1970."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Hashable, Iterable, Mapping

_Edges = dict[Hashable, dict[Hashable, int]]
_Ways = dict[Hashable, list[Hashable]]
_SOURCE, _SINK = "source", "sink"


def largest_flow(
    pairs: Iterable[tuple[int, int]], supply: Mapping[int, int], room: Mapping[int, int]
) -> dict[tuple[int, int], int]:
    """How much goes from each point to each outlet, when as much as possible does.

    Args:
        pairs: A point, and an outlet that it may go to.
        supply: The most that leaves a point.
        room: The most that an outlet takes.

    Returns:
        The amount of each pair, where there is any.
    """
    known = list(pairs)
    left: _Edges = {_SOURCE: {}, _SINK: {}}
    for point, outlet in known:
        start, end = ("point", point), ("outlet", outlet)
        _edge(left, _SOURCE, start, supply[point])
        _edge(left, start, end, supply[point])
        _edge(left, end, _SINK, room[outlet])
    while levels := _levels(left):
        open_edges = {node: list(edges) for node, edges in left.items()}
        while _push(left, levels, open_edges):
            pass
    amounts = {pair: left["outlet", pair[1]]["point", pair[0]] for pair in known}
    return {pair: amount for pair, amount in amounts.items() if amount}


def _edge(left: _Edges, start: Hashable, end: Hashable, most: int) -> None:
    left.setdefault(start, {})[end] = most
    left.setdefault(end, {}).setdefault(start, 0)


def _levels(left: _Edges) -> dict[Hashable, int]:
    """Steps from the source to each node; empty where the sink cannot be reached."""
    levels: dict[Hashable, int] = {_SOURCE: 0}
    waiting = deque([_SOURCE])
    while waiting:
        node: Hashable = waiting.popleft()
        for other, room in left[node].items():
            if room > 0 and other not in levels:
                levels[other] = levels[node] + 1
                waiting.append(other)  # type: ignore[arg-type]
    return levels if _SINK in levels else {}


def _push(left: _Edges, levels: dict[Hashable, int], open_edges: _Ways) -> int:
    """Pushes along one shortest path that is open; 0 where there is none."""
    path: list[Hashable] = [_SOURCE]
    while path[-1] != _SINK:
        node, ways = path[-1], open_edges[path[-1]]
        while ways and not (left[node][ways[-1]] > 0 and levels.get(ways[-1]) == levels[node] + 1):
            ways.pop()
        if ways:
            path.append(ways[-1])
        elif len(path) == 1:
            return 0
        else:
            path.pop()
            open_edges[path[-1]].pop()
    steps = list(itertools.pairwise(path))
    amount = min(left[start][end] for start, end in steps)
    for start, end in steps:
        left[start][end] -= amount
        left[end][start] += amount
    return amount
