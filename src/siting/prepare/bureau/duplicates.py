"""The same place listed twice: merged where that is sure, reported where it is not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from siting.coverage.near_pairs import neighbours
from siting.inputs.instance import CATEGORY_SEPARATOR
from siting.language import joined, quoted, tr
from siting.prepare.bureau.findings import Finding, Findings
from siting.prepare.bureau.shifts import name_key

SAME_PLACE_METRES = 30.0
_SAME_POINT_METRES = 0.5
_CROWD = 3


@dataclass(frozen=True)
class Merged:
    """Rows without duplicates.

    Attributes:
        frame: The rows that stay.
        stands_for: Position in the frame before of the row that each of its rows became.
        before: The frame before.
    """

    frame: pd.DataFrame
    stands_for: np.ndarray
    before: pd.DataFrame


def merge_same(frame: pd.DataFrame, findings: Findings, *, same: str | None = None) -> Merged:
    """Merges rows of one name within 30 m of each other into the first of them.

    Args:
        frame: Columns `name`, `x`, `y` (metres), `file`, `sheet`, `row`; with `categories`, those
            of the merged rows are united.
        findings: Where each merged row is noted.
        same: A column that must be equal, too; else the rows are kept and reported.
    """
    stands_for = np.arange(len(frame))
    keys = [name_key(name) for name in frame["name"]]
    for first, second in _near(frame, SAME_PLACE_METRES):
        if not keys[second] or keys[first] != keys[second] or stands_for[second] != second:
            continue
        keeper = int(stands_for[first])
        if same and frame[same].iloc[keeper] != frame[same].iloc[second]:
            findings.add(_possible(frame, keeper, second))
            continue
        stands_for[second] = keeper
        findings.add(_merged(frame, keeper, second))
    merged = frame.copy()
    if "categories" in frame:
        merged["categories"] = _united(frame["categories"], stands_for)
    return Merged(merged[stands_for == np.arange(len(frame))], stands_for, frame)


def report_same_point(frame: pd.DataFrame, findings: Findings) -> None:
    """Reports outlets of a common category at the very same coordinates; they are kept."""
    parts = [set(cell.split(CATEGORY_SEPARATOR)) for cell in frame["categories"]]
    seen: set[int] = set()
    for first, second in _near(frame, _SAME_POINT_METRES):
        if second not in seen and parts[first] & parts[second]:
            seen.add(second)
            findings.add(_possible(frame, first, second))


def report_crowded_points(frame: pd.DataFrame, findings: Findings) -> None:
    """Reports places of different names at one and the same point, as a placeholder makes them."""
    for _, rows in frame.groupby([frame["x"], frame["y"]], sort=False):
        names = dict.fromkeys(one for one in rows["name"] if one)
        if len(names) < _CROWD:
            continue
        one = rows.iloc[0]
        shown = joined(quoted(name) for name in list(names)[:3])
        what = tr("{count} rows of different names at the very same point: {names} and others",
                  count=len(rows), names=shown)  # fmt: skip
        done = tr("kept; see that it is no placeholder")
        findings.add(Finding("doubt", one["file"], one["sheet"], int(one["row"]), what, done))


def _near(frame: pd.DataFrame, metres: float) -> Iterator[tuple[int, int]]:
    """Pairs of rows within a distance, the earlier row first, in order of the later."""
    if len(frame) < 2:
        return
    xy = frame[["x", "y"]].to_numpy(float)
    for second, found in enumerate(neighbours(KDTree(xy), xy, metres)):
        yield from ((first, second) for first in found[: bisect_left(found, second)])


def _united(categories: pd.Series[str], stands_for: np.ndarray) -> list[str]:
    united: dict[int, dict[str, None]] = {}
    for keeper, cell in zip(stands_for, categories, strict=True):
        united.setdefault(int(keeper), {}).update(dict.fromkeys(cell.split(CATEGORY_SEPARATOR)))
    return [
        CATEGORY_SEPARATOR.join(part for part in united.get(row, {}) if part)
        for row in range(len(stands_for))
    ]


def _place(frame: pd.DataFrame, at: int) -> str:
    one = frame.iloc[at]
    return tr("{file} row {row}", file=one["file"], row=one["row"])


def _merged(frame: pd.DataFrame, keeper: int, second: int) -> Finding:
    one = frame.iloc[second]
    what = tr("{name}, also in {place}", name=quoted(one["name"]), place=_place(frame, keeper))
    done = tr("merged into that row")
    return Finding("merged-duplicate", one["file"], one["sheet"], one["row"], what, done, True)  # noqa: FBT003


def _possible(frame: pd.DataFrame, first: int, second: int) -> Finding:
    one = frame.iloc[second]
    what = tr("{name}, at the same place as {other} in {place}", name=quoted(one["name"]),
              other=quoted(frame["name"].iloc[first]), place=_place(frame, first))  # fmt: skip
    done = tr("kept; delete one if they are the same")
    return Finding("possible-duplicate", one["file"], one["sheet"], one["row"], what, done)
