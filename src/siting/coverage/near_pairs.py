"""Pairs of points near each other, counted before they are held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray
from scipy.spatial import KDTree

from siting.errors import InputError, Problem
from siting.inputs.limits import LIMIT, most_bytes
from siting.language import tr

_AT_ONCE = 64


def most_pairs() -> int:
    """How many pairs of a demand point and what is within its reach an instance may have."""
    return most_bytes() // 4


def distances_within(points: NDArray[Any], places: NDArray[Any], reach: float) -> NDArray[Any]:
    """Pairs within a distance, as records of `i` (point), `j` (place) and `v` (metres).

    Args:
        points: Shape (points, 2), metres.
        places: Shape (places, 2), metres.
        reach: The distance in metres.

    Raises:
        InputError: More pairs than may be held in memory.
    """
    one, other = KDTree(points), KDTree(places)
    refuse_more_pairs(int(one.count_neighbors(other, reach)))
    found: NDArray[Any] = one.sparse_distance_matrix(other, reach, output_type="ndarray")
    return found


def refuse_more_pairs(count: int, most: int | None = None) -> None:
    """Refuses what would not fit in memory: points that are all near each other.

    Raises:
        InputError: There are more pairs than that.
    """
    most = most_pairs() if most is None else most
    if count <= most:
        return
    raise InputError(
        [
            Problem(
                code="too-many-pairs",
                where=tr("walking distances"),
                found=tr("{count:,} pairs of places near each other", count=count),
                expected=tr("at most {most:,}", most=most),
                mend=tr(
                    "Look whether many places have the same coordinates, or shorten the distance; "
                    "if they are right and you have the memory, set {variable} to a larger number "
                    "of MB.",
                    variable=LIMIT,
                ),
            )
        ]
    )


def neighbours(tree: KDTree, points: NDArray[Any], reach: float) -> Iterator[list[int]]:
    """Positions within a distance of each point, ascending, never those of many at once.

    Args:
        tree: What they are positions in.
        points: Shape (points, 2), metres.
        reach: The distance in metres.
    """
    for start in range(0, len(points), _AT_ONCE):
        part = points[start : start + _AT_ONCE]
        yield from tree.query_ball_point(part, reach, return_sorted=True)
