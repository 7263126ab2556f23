"""Looks whether an index is whole, and whether the points that it calls done are there."""

from __future__ import annotations

import os
import time
from pathlib import Path

from siting.plain_files import DATABASE_PARTS
from siting.sweep.claims import Owner, is_alive
from siting.sweep.finished import finished
from siting.sweep.index import INDEX_FILE, SweepIndex
from siting.sweep.index_whole import is_whole
from siting.sweep.outcome import Outcome

POINTS = "points"


def mended_index(folder: Path) -> SweepIndex:
    """The index of a sweep folder; a damaged one is put aside, and another one begun.

    Points that are finished are taken from their run folders when their turn comes.

    Raises:
        InputError: The file there is of another version.
    """
    path = folder / INDEX_FILE
    if os.path.lexists(path) and not is_whole(path):
        for suffix in DATABASE_PARTS:
            part = folder / f"{INDEX_FILE}{suffix}"
            if os.path.lexists(part):
                part.replace(folder / f"damaged-{part.name}")
    return SweepIndex(folder)


def look_at_done(index: SweepIndex) -> list[str]:
    """Gives back points whose run folder is not what the index says of it.

    Returns:
        Names of these points: they are to be solved again.
    """
    points = index.folder / POINTS
    lost = {
        identity: name
        for identity, name, folder, objective in index.done()
        if (points / folder).parent != points
        or _objective(finished(identity, points / folder)) != objective
    }
    index.give_back(lost)
    return list(lost.values())


def _objective(outcome: Outcome | None) -> float | None:
    return None if outcome is None else outcome.objective


def others_at_work(index: SweepIndex) -> dict[Owner, float]:
    """Living processes that work on points of a folder, with the time of their oldest point."""
    found: dict[Owner, float] = {}
    for point in index.running():
        if is_alive(point.owner, time.time() - point.heartbeat) and point.owner != Owner.this():
            found.setdefault(point.owner, point.started)
    return found
