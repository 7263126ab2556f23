"""Finds layers in mixed coordinate systems by places of the same name that lie apart.

Between any two files, places whose name is there once in each are compared. Each file is read once
more as if it were in another system (GCJ-02, BD-09, WGS84; or UTM for Gauss-Krueger). Where that
brings at least 3 pairs, and at least half of those within 2.5 km of each other, to within a fifth
of the shift, the two files are refused: one of them is not in the system that the mapping says.
With fewer than 3 common names the mistake cannot be noticed this way.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Geod

from siting.errors import Problem
from siting.inputs.header_units import plain
from siting.language import tr
from siting.prepare.bureau.ledger_points import LedgerPoints
from siting.prepare.bureau.systems import UTM_OF_CHINA, System, epsg_system, zone_of
from siting.prepare.coordinates import Datum, Floats

LEAST_PAIRS = 3
LEAST_SHARE = 0.5
_CLOSE = 0.2
# No shift is as large; further off, two places only have the same name.
_FARTHEST_METRES = 2500.0
_GEOD = Geod(ellps="WGS84")
_DATUMS: tuple[Datum, ...] = ("WGS84", "GCJ-02", "BD-09")
_NOISE = re.compile(r"[\s()\[\]·.,、\-_'\"]")


@dataclass(frozen=True)
class _Cause:
    """One file read in another system, and how many pairs that brings together."""

    points: LedgerPoints
    system: System
    agree: int
    metres: float


def name_key(name: str) -> str:
    """A name as it is compared: no blanks, brackets or punctuation, full-width as ASCII."""
    return _NOISE.sub("", plain(name))


def check_shifts(layers: Sequence[LedgerPoints]) -> list[Problem]:
    """Refuses pairs of files whose places of the same name are shifted as by a wrong system."""
    problems: list[Problem] = []
    for one, other in itertools.combinations(layers, 2):
        rows = _common(one, other)
        if len(rows[0]) >= LEAST_PAIRS:
            problems += _compare(one, other, rows)
    return problems


def _common(one: LedgerPoints, other: LedgerPoints) -> tuple[list[int], list[int]]:
    """Rows of the names that both files have once."""
    first, second = _once(one.names), _once(other.names)
    names = [name for name in first if name in second]
    return [first[name] for name in names], [second[name] for name in names]


def _once(names: Sequence[str]) -> dict[str, int]:
    keys = [name_key(name) for name in names]
    seen: dict[str, int] = {}
    for row, key in enumerate(keys):
        seen[key] = -1 if key in seen else row
    return {key: row for key, row in seen.items() if key and row >= 0}


def _compare(
    one: LedgerPoints, other: LedgerPoints, rows: tuple[list[int], list[int]]
) -> Iterator[Problem]:
    xy = (one.xy[rows[0]], other.xy[rows[1]])
    lonlat = (one.system.lonlat(xy[0]), other.system.lonlat(xy[1]))
    apart = _metres(lonlat[0], lonlat[1])
    near = apart <= _FARTHEST_METRES
    xy, lonlat = (xy[0][near], xy[1][near]), (lonlat[0][near], lonlat[1][near])
    apart = apart[near]
    causes = [
        *_causes(one, xy[0], lonlat[1], apart),
        *_causes(other, xy[1], lonlat[0], apart),
    ]
    best = max((cause.agree for cause in causes), default=0)
    if best >= max(LEAST_PAIRS, LEAST_SHARE * len(apart)):
        likely = [cause for cause in causes if cause.agree == best]
        yield _problem(one, other, apart, likely)


def _causes(points: LedgerPoints, xy: Floats, fixed: Floats, apart: Floats) -> Iterator[_Cause]:
    """Every other reading of a file's points, against those of the other file."""
    as_read = points.system.lonlat(xy)
    for system in _readings(points.system):
        moved = system.lonlat(xy)
        shift = _metres(as_read, moved)
        left = _metres(moved, fixed)
        agree = (left <= _CLOSE * shift) & (apart > 0.5 * shift)
        if agree.any():
            yield _Cause(points, system, int(agree.sum()), float(np.median(shift)))


def _readings(system: System) -> Iterator[System]:
    """What the numbers of a file might be instead."""
    for datum in _DATUMS:
        if datum != system.datum:
            name = datum if system.geographic else f"{system.name} ({datum})"
            yield System(name, datum, system.crs)
    zone, code = zone_of(system.crs), system.crs.to_epsg() or 0
    if zone and zone.number is None:
        number, rest = divmod(zone.meridian + 183, 6)
        if rest == 0:
            yield epsg_system(32600 + number)
    if code - 32600 in UTM_OF_CHINA:
        yield epsg_system(4534 + ((code - 32600) * 6 - 183 - 75) // 3)


def _metres(a: Floats, b: Floats) -> Floats:
    return np.asarray(_GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], dtype=float)


def _problem(
    one: LedgerPoints, other: LedgerPoints, apart: Floats, causes: Sequence[_Cause]
) -> Problem:
    best = causes[0]
    return Problem(
        code="mixed-systems",
        where=tr("{one} and {other}", one=one.label, other=other.label),
        found=tr(
            "{agree} of {pairs} places of the same name apart by {metres:.0f} m (median), all the "
            "same way",
            agree=best.agree,
            pairs=len(apart),
            metres=float(np.median(apart)),
        ),
        expected=tr(
            "places of the same name at one place; {metres:.0f} m is the shift between {wrong} "
            "and {right} here",
            metres=best.metres,
            wrong=best.points.system.name,
            right=best.system.name,
        ),
        mend=tr("Likely {causes}. ", causes=tr(", or ").join(_likely(one) for one in causes))
        + tr("Ask who made the file, then correct 'crs'; numbers that were projected from shifted "
             "degrees must be made again from the degrees."),
    )  # fmt: skip


def _likely(cause: _Cause) -> str:
    return tr(
        "{file} is {name} and not {said}",
        file=cause.points.ledger.grid.label,
        name=cause.system.name,
        said=cause.points.system.name,
    )
