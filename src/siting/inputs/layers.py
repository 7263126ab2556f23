"""Layers of places: nothing beside them is written, and a feature is one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from siting.errors import InputError, Problem
from siting.language import phrase, tr
from siting.units import listed

_SAME_PLACE_METRES = 100.0
_METRES_A_DEGREE = 111_195.0


_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


def pending(path: Path) -> str:
    """The ending of a file beside a GeoPackage that holds pages of it; empty if there is none."""
    wal, journal = (path.with_name(path.name + one) for one in ("-wal", "-journal"))
    if wal.is_file() and wal.stat().st_size:
        return "-wal"
    if not journal.is_file():
        return ""
    # What a writer that ended in the middle left: the pages as they were before.
    with journal.open("rb") as file:
        return "-journal" if file.read(len(_JOURNAL)) == _JOURNAL else ""


def refuse_scattered(label: str, frame: Any) -> None:  # noqa: ANN401 - geopandas has no types
    """Refuses points of several places: none of them would be the right one.

    Raises:
        InputError: A feature has points more than 100 m apart.
    """
    several = frame.geometry.geom_type.fillna("").eq("MultiPoint").to_numpy(bool)
    if not several.any():
        return
    west, south, east, north = frame.geometry.bounds.to_numpy(float).T
    degrees = frame.crs is not None and frame.crs.is_geographic
    metres = np.hypot(east - west, north - south) * (_METRES_A_DEGREE if degrees else 1.0)
    rows = [str(at + 1) for at in np.flatnonzero(several & (metres > _SAME_PLACE_METRES))]
    if rows:
        form = (
            phrase("{file} feature {rows}") if len(rows) == 1 else phrase("{file} features {rows}")
        )
        problem = Problem(
            code="several-places",
            where=tr(form, file=label, rows=listed(rows)),
            found=tr("several points in one feature, up to {metres:,.0f} m apart",
                     metres=float(metres[several].max())),
            expected=tr("one place in each feature"),
            mend=tr("Split them, in QGIS with 'Multipart to singleparts', each with its numbers."),
        )  # fmt: skip
        raise InputError([problem])
