"""Where a map looks: around the city, with small maps of what lies far from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from siting.inputs import Instance

Points = NDArray[np.float64]
# Settlements farther apart than this stand apart on a map: the least that leaves most people
# in one of them, so that a city is not cut where it has gaps.
_APART_METRES = (2500.0, 5000.0, 10_000.0, 20_000.0)
_MOST_PEOPLE = 0.7
_MOST_INSETS = 4


@dataclass(frozen=True)
class Window:
    """The part of the plane that a map shows, in metres of the instance's coordinates."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right, in metres."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top, in metres."""
        return self.top - self.bottom

    def holds(self, x: Points, y: Points) -> NDArray[np.bool_]:
        """Which points lie in it."""
        across = (x >= self.left) & (x <= self.right)
        return np.asarray(across & (y >= self.bottom) & (y <= self.top))


def main_window(instance: Instance, ratio: float) -> Window:
    """The part of the map with the settlement where most people live, or all of it.

    Settlements far from the largest would leave it a few dots wide. It alone is shown if it takes
    less than half of the whole and most people live there; where a city has gaps, its parts are
    one settlement.

    Args:
        instance: The inputs.
        ratio: Width by height.
    """
    x, y, people = where_people_live(instance)
    found = (_largest_settlement(x, y, people, apart) for apart in _APART_METRES)
    whole = np.ones(len(x), dtype=bool)
    inside = next((one for one in found if people[one].sum() >= _MOST_PEOPLE * people.sum()), whole)
    inside = _uncut(x, y, inside, ratio)
    near, all_ = (_around(x[part], y[part], ratio) for part in (inside, slice(None)))
    alone = near.width * near.height < all_.width * all_.height / 2
    return near if alone else all_


def inset_windows(instance: Instance, window: Window) -> tuple[Window, ...]:
    """Windows of the settlements beyond a map, those of most people first, a few at most."""
    x, y, people = where_people_live(instance)
    found = list[Window]()
    beyond = ~window.holds(x, y)
    while beyond.any() and len(found) < _MOST_INSETS:
        x, y, people = x[beyond], y[beyond], people[beyond]
        inside = _largest_settlement(x, y, people, _APART_METRES[1])
        found.append(_around(x[inside], y[inside], 1.2))
        beyond = ~found[-1].holds(x, y)
    return tuple(found)


def where_people_live(instance: Instance) -> tuple[Points, Points, Points]:
    """x, y and people of the demand points with people."""
    frame = instance.residents[instance.residents["residents"] > 0]
    x, y, people = (frame[name].to_numpy(float) for name in ("x", "y", "residents"))
    return x, y, people


def _largest_settlement(x: Points, y: Points, people: Points, apart: float) -> NDArray[np.bool_]:
    """Which points belong to the settlement with most people."""
    settlement = _settlements(x, y, apart)
    return np.asarray(settlement == np.bincount(settlement, weights=people).argmax())


def _settlements(x: Points, y: Points, apart: float) -> NDArray[np.int64]:
    """The settlement of each point: cells in a row without a gap."""
    column, row = (((line - line.min()) // apart).astype(np.int64) for line in (x, y))
    peopled = np.zeros((column.max() + 1, row.max() + 1), dtype=bool)
    peopled[column, row] = True
    return np.asarray(label(peopled, structure=np.ones((3, 3)))[0][column, row], dtype=np.int64)


def _uncut(x: Points, y: Points, inside: NDArray[np.bool_], ratio: float) -> NDArray[np.bool_]:
    """The points with all those of settlements that the window around them would cut."""
    homes = _settlements(x, y, _APART_METRES[0])
    for _ in range(_MOST_INSETS):
        seen = _around(x[inside], y[inside], ratio).holds(x, y)
        whole = np.isin(homes, homes[seen]) | inside
        if (whole == inside).all():
            break
        inside = whole
    return inside


def _around(x: Points, y: Points, ratio: float) -> Window:
    """A window of this ratio around some points, with a margin."""
    middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    width, height = (max(1.08 * float(np.ptp(line)), 200.0) for line in (x, y))
    width, height = max(width, height * ratio), max(height, width / ratio)
    return Window(
        middle[0] - width / 2,
        middle[1] - height / 2,
        middle[0] + width / 2,
        middle[1] + height / 2,
    )
